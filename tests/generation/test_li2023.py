"""The protocol of Li et al. (2023): one conversation a label, a fixed sentence, real examples with their labels."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import toys
from synthworth.core.completion import Completion
from synthworth.core.task import Example
from synthworth.core.words import word_count
from synthworth.generation.collect import Sources
from synthworth.generation.methods import li2023

TASK = toys.places(8)
TRAIN = tuple(
    Example(id=f"{label}-{i}", text=f"{label} seen {i} from here", label=label)
    for label in TASK.labels
    for i in range(60)
)


class Writer:
    """Answers each request with a text of its own, and keeps the requests in their rounds."""

    def __init__(self, write=lambda request: f"{request.label} line {request.sample}"):
        self.write, self.rounds = write, []

    def complete(self, requests):
        self.rounds.append(list(requests))
        return [Completion(text=self.write(request), finish_reason="stop") for request in requests]


def conversation(method, per_label, label="sea", writer=None, seed=0, train=TRAIN, task=TASK):
    """The requests of one label in their order, and the training set."""
    writer = writer or Writer()
    made = method(task, Sources(client=writer, train=train, pool=train), per_label, seed)
    return [request for asked in writer.rounds for request in asked if request.label == label], made


def said(request, role="user"):
    return [message["content"] for message in request.messages if message["role"] == role]


@pytest.mark.parametrize("method", li2023.LI2023.values())
def test_a_label_has_one_conversation_and_the_labels_go_side_by_side(method):
    writer = Writer()
    made = method(TASK, Sources(client=writer, train=TRAIN, pool=TRAIN), 5, 0)
    assert [sorted(request.label for request in asked) for asked in writer.rounds] == [["land", "sea"]] * 5
    assert Counter(example.label for example in made.examples) == {"sea": 5, "land": 5}


@pytest.mark.parametrize("method", li2023.LI2023.values())
def test_a_request_goes_on_the_conversation_word_for_word(method):
    asked, made = conversation(method, 4)
    texts = [example.text for example in made.examples if example.label == "sea"]
    for number, request in enumerate(asked):
        assert said(request, "assistant") == texts[:number]
        assert said(request)[:-1] == [said(before)[-1] for before in asked[:number]]
        assert request.messages[0]["content"].startswith(TASK.context_prompt)


@pytest.mark.parametrize("method", li2023.LI2023.values())
def test_after_every_ten_texts_it_asks_for_more_diversity_in_the_words_of_the_paper(method):
    asked, _ = conversation(method, 25)
    with_sentence = [number for number, request in enumerate(asked) if li2023.DIVERSE in said(request)[-1]]
    assert with_sentence == [10, 20]
    assert li2023.DIVERSE == "Can you provide something more diverse compared to the previously generated data?"


@settings(max_examples=20)
@given(st.integers(1, 200))
def test_the_conversation_fits_a_small_generator_however_long_the_texts_are(words):
    task = replace(TASK, words=(1, 200))
    writer = Writer(lambda request: " ".join(f"{request.label}{request.sample}word{i}" for i in range(words)))
    asked, _ = conversation(li2023.zero_shot, 15, writer=writer, task=task)
    for request in asked:
        turns = [message["content"] for message in request.messages if message["role"] != "system"]
        assert len(turns) <= 2 * li2023.EXCHANGES + 1
        assert sum(map(word_count, turns)) <= li2023.REMEMBERED


def test_an_answer_that_a_rule_drops_does_not_stay_in_the_conversation():
    refused = "Sorry, I cannot write that text."
    writer = Writer(lambda r: refused if r.sample == 1 else f"{r.label} line {r.sample}")
    asked, made = conversation(li2023.zero_shot, 4, writer=writer)
    assert refused not in said(asked[-1], "assistant")
    assert len(asked) == 5
    assert sum(made.dropped["sea"].values()) == 1


def test_three_real_examples_are_shown_with_their_labels_and_not_of_the_asked_label_alone():
    asked, _ = conversation(li2023.few_shot, 9)
    labels = Counter()
    for request in asked:
        last = said(request)[-1]
        assert len(request.demonstrations) == li2023.EXAMPLES
        for example in (example for example in TRAIN if example.id in request.demonstrations):
            assert f"Label: {example.label}\nText: {example.text}\n" in last
            labels[example.label] += 1
        assert last.index(li2023.NOT_REWRITTEN) < last.index("Write")
    assert set(labels) == set(TASK.labels)


def test_examples_come_from_a_tenth_of_the_real_texts_that_the_seed_draws():
    shown = {
        seed: {name for request in conversation(li2023.few_shot, 30, seed=seed)[0] for name in request.demonstrations}
        for seed in (0, 1)
    }
    assert all(len(names) <= len(TRAIN) // 10 for names in shown.values())
    assert shown[0] != shown[1]


def test_a_copy_of_a_shown_example_of_another_label_is_no_text_either():
    longer = tuple(replace(e, text=f"{e.text} while the boats of the harbour are going out") for e in TRAIN)
    texts = {example.id: example.text for example in longer}

    def write(request):
        others = [texts[name] for name in request.demonstrations if not name.startswith(request.label)]
        return others[0] if others and request.sample % 2 else f"{request.label} line {request.sample}"

    task = replace(TASK, words=(2, 40))
    _, made = conversation(li2023.few_shot, 6, writer=Writer(write), train=longer, task=task)
    assert sum(made.dropped["sea"].values()) > 1
    assert not {example.text for example in made.examples} & set(texts.values())


def test_real_texts_that_are_too_long_for_the_task_are_not_shown_and_too_few_are_an_error():
    long = tuple(Example(id=f"long-{i}", text="word " * 500, label="sea") for i in range(9))
    asked, _ = conversation(li2023.few_shot, 3, train=(*TRAIN, *long))
    assert not any(name.startswith("long") for request in asked for name in request.demonstrations)
    with pytest.raises(
        ValueError, match=r"^task 'places': 0 texts of at most \d+ words to show; .* give real training"
    ):
        conversation(li2023.few_shot, 3, train=long)
