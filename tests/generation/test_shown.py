"""Texts to rewrite, lists to continue, and mixtures that the generator labels itself."""

from collections import Counter

import pytest

import toys
from synthworth.core.completion import Completion
from synthworth.core.task import Example
from synthworth.generation.collect import Sources
from synthworth.generation.methods.shown import LISTED, completion, grounded, mixture

TASK = toys.places(8)
POOL = tuple(
    Example(id=f"{label}-{i}", text=f"{label} seen {i} from the old tower", label=label)
    for label in TASK.labels
    for i in range(9)
)


class Writer:
    """Answers with a text of its own, and a question for a label by `name`."""

    def __init__(self, write=lambda request: f"{request.label} line {request.sample}", name=lambda request: "1"):
        self.write, self.name, self.asked = write, name, []

    def complete(self, requests):
        self.asked += requests
        answers = [self.name(request) if request.choices else self.write(request) for request in requests]
        return [Completion(text=answer, finish_reason="stop") for answer in answers]


def made(method, per_label=6, writer=None, pool=POOL, seed=0):
    writer = writer or Writer()
    return method(TASK, Sources(client=writer, pool=pool), per_label, seed), writer.asked


def test_grounded_shows_texts_of_every_label_as_earlier_answers_and_says_none_of_their_labels():
    result, asked = made(grounded, 30)
    assert Counter(example.label for example in result.examples) == dict.fromkeys(TASK.labels, 30)
    texts = {example.text: example.label for example in POOL}
    for label in TASK.labels:
        shown = [
            message["content"]
            for request in asked
            if request.label == label
            for message in request.messages
            if message["role"] == "assistant"
        ]
        assert len(shown) == 30
        assert {texts[text] for text in shown} == set(TASK.labels)
    assert all(TASK.labels[request.label] in request.messages[-1]["content"] for request in asked)


def test_a_near_copy_of_any_shown_text_is_dropped_whatever_its_label():
    copied = POOL[0].text  # of the first label
    second = list(TASK.labels)[1]

    def write(request):
        return copied if request.label == second and request.sample == 0 else f"{request.label} line {request.sample}"

    result, _ = made(grounded, 4, Writer(write))
    assert result.dropped == {second: {"demonstration_copy": 1}}


def test_completion_lists_demonstrations_of_the_label_in_one_message():
    result, asked = made(completion)
    assert Counter(example.label for example in result.examples) == dict.fromkeys(TASK.labels, 6)
    for request in asked:
        system, user = request.messages
        lines = user["content"].splitlines()[:LISTED]
        assert [line.partition(". ")[0] for line in lines] == ["1", "2", "3", "4", "5"]
        assert {line.split()[1] for line in lines} == {request.label}
        assert f"entry {LISTED + 1}" in user["content"]
        assert TASK.context_prompt in system["content"]
        assert len(request.demonstrations) == LISTED


def test_completion_lists_what_there_is_and_says_if_there_is_nothing():
    few = [example for example in POOL if example.id.endswith(("-0", "-1"))]
    _, asked = made(completion, pool=few)
    assert {len(request.demonstrations) for request in asked} == {2}
    with pytest.raises(ValueError, match=r"no demonstration of '\w+' to list; give each label some"):
        made(completion, pool=())
    with pytest.raises(ValueError, match=r"no text to rewrite; give demonstrations, or --synth-demonstrations real"):
        made(grounded, pool=())


def named_by_its_words(request):
    """The label that a text begins with; of every fourth text the other one."""
    text = request.messages[-1]["content"].splitlines()[0].removeprefix("Text: ")
    label, _, number = text.split()
    names = list(TASK.labels)
    return str(1 + ((names.index(label) + (int(number) % 4 == 0)) % 2))


def test_a_mixture_has_the_labels_that_the_generator_names_and_its_quota():
    result, asked = made(mixture, 8, Writer(name=named_by_its_words))
    assert Counter(example.label for example in result.examples) == dict.fromkeys(TASK.labels, 8)
    changed = [example for example in result.examples if example.text.split()[0] != example.label]
    assert all(int(example.text.split()[2]) % 4 == 0 for example in changed)
    assert changed
    texts = [request for request in asked if not request.choices]
    for request in texts:
        (other,) = set(TASK.labels) - {request.label}
        assert TASK.labels[other] in request.messages[-1]["content"]


def test_a_mixture_whose_texts_all_go_to_one_label_is_one_line():
    with pytest.raises(ValueError, match=r"of \d+ mixed texts, none was given 'land'"):
        made(mixture, 4, Writer(name=lambda request: "sea"))


def test_a_label_that_stays_short_is_counted():
    def name(request):
        return "land" if " 0" in request.messages[-1]["content"].splitlines()[0] else "sea"

    result, _ = made(mixture, 6, Writer(name=name))
    counts = Counter(example.label for example in result.examples)
    assert counts["sea"] == 6
    assert result.short == {"land": counts["land"]}


def test_answers_that_name_no_label_are_counted():
    def name(request):
        return "neither" if "line 1" in request.messages[-1]["content"] else named_by_its_words(request)

    result, _ = made(mixture, 4, Writer(name=name))
    assert result.dropped[""]["no_label"] >= 2


def test_texts_that_are_one_under_the_label_that_both_get_are_kept_once():
    def write(request):
        return f"one line {request.sample}"  # the same for both labels

    def name(request):
        number = int(request.messages[-1]["content"].splitlines()[0].split()[-1])
        return list(TASK.labels)[number % 2]

    result, _ = made(mixture, 4, Writer(write, name))
    texts = [(example.label, example.text) for example in result.examples]
    assert len(set(texts)) == len(texts)
    assert sum(rules.get("duplicate", 0) for rules in result.dropped.values()) >= 4
