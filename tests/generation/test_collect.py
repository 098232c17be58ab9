"""How training sets are made, with a generator whose answers are written here."""

import re
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import example as also
from hypothesis import given, settings
from hypothesis import strategies as st

import toys
from synthworth.core.completion import Completion
from synthworth.core.task import Example
from synthworth.generation import prompts
from synthworth.generation.collect import ATTEMPTS, Draw, Sources, collect
from synthworth.generation.filters import READY_MADE
from synthworth.generation.methods.builtin import METHODS, few_shot, real, zero_shot

LABELS = ("sea", "land")
TASK = toys.places(8)
GENERATED = [zero_shot, few_shot]


class Writer:
    """Answers request by request from `write(request)`, and keeps what it was asked, round by round."""

    def __init__(self, write=lambda request: f"{request.label} line {request.sample}"):
        self.write, self.rounds = write, []

    def complete(self, requests):
        self.rounds.append(list(requests))
        return [Completion(text=self.write(request), finish_reason="stop") for request in requests]

    @property
    def asked(self):
        return [request for requests in self.rounds for request in requests]


def made_by(method, writer, per_label, seed=0, task=TASK):
    return method(task, Sources(client=writer, pool=task.pool), per_label, seed)


def texts_of(generated, label="sea"):
    return [example.text for example in generated.examples if example.label == label]


def train_of(counts):
    return tuple(
        Example(id=f"{label}-{i}", text=f"{label} real {i}", label=label)
        for label, n in counts.items()
        for i in range(n)
    )


def drawn(per_label, seed, train):
    return [example.id for example in real(TASK, Sources(client=None, train=train), per_label, seed).examples]


def test_the_methods_are_named_as_their_functions():
    assert {name: method.__name__ for name, method in METHODS.items()} == {name: name for name in METHODS}


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 99))
def test_real_draws_balanced_subsets_that_are_nested(small, large, seed):
    train = train_of({"sea": 50, "land": 40})
    small, large = sorted((small, large))
    few, many = drawn(small, seed, train), drawn(large, seed, train)
    assert Counter(name.split("-")[0] for name in few) == {"sea": small, "land": small}
    assert set(few) <= set(many) <= {example.id for example in train}
    assert len(set(few)) == len(few)


def test_real_draws_the_same_by_the_same_seed_and_others_by_another():
    train = train_of({"sea": 50, "land": 50})
    assert drawn(10, 0, train) == drawn(10, 0, train)
    assert len({tuple(drawn(10, seed, train)) for seed in range(10)}) == 10


def test_real_with_0_takes_all_there_is():
    train = train_of({"sea": 5, "land": 3})
    assert sorted(drawn(0, 0, train)) == sorted(example.id for example in train)


def test_real_says_which_label_is_short():
    made = real(TASK, Sources(client=None, train=train_of({"sea": 9, "land": 3})), 5, 0)
    assert (made.short, made.attempts, made.dropped) == ({"land": 3}, 0, {})


def test_real_without_any_text_of_a_label_is_refused():
    with pytest.raises(ValueError, match="task 'places': no real training text has the label 'land'; give some"):
        drawn(5, 0, train_of({"sea": 5}))


@pytest.mark.parametrize("method", GENERATED)
def test_every_label_gets_its_quota(method):
    made = made_by(method, Writer(), 12)
    assert Counter(example.label for example in made.examples) == {"sea": 12, "land": 12}
    assert (made.short, made.dropped) == ({}, {})


@pytest.mark.parametrize("method", GENERATED)
def test_no_two_requests_are_the_same_sample_of_a_label(method):
    writer = Writer(lambda request: "" if request.sample % 3 else f"{request.label} line {request.sample}")
    made_by(method, writer, 20)
    asked = [(request.label, request.sample) for request in writer.asked]
    assert len(set(asked)) == len(asked)
    sampled = sorted(sample for label, sample in asked if label == "sea")
    assert sampled == list(range(len(sampled)))


def test_zero_shot_asks_ten_at_a_time():
    writer = Writer()
    made_by(zero_shot, writer, 25)
    assert [Counter(request.label for request in one) for one in writer.rounds] == [{"sea": 10, "land": 10}] * 3


def test_zero_shot_shows_nothing_earlier_to_the_first_ten():
    writer = Writer()
    made_by(zero_shot, writer, 30)
    for request in writer.rounds[0]:
        assert [m["role"] for m in request.messages] == ["system", "user"]
        assert TASK.diversity_prompt not in request.messages[-1]["content"]


def test_zero_shot_asks_after_every_ten_for_something_unlike_the_last_three_kept():
    writer = Writer(lambda request: "" if request.sample in (8, 19) else f"{request.label} line {request.sample}")
    made_by(zero_shot, writer, 28)
    for sample, last in {10: (6, 7, 9), 20: (16, 17, 18)}.items():
        for request in (r for r in writer.asked if r.sample == sample):
            earlier = [m["content"] for m in request.messages if m["role"] == "assistant"]
            assert earlier == [f"{request.label} line {i}" for i in last]
            assert request.messages[-1]["content"].startswith(TASK.diversity_prompt)


def test_zero_shot_shows_nothing_earlier_between_two_tens():
    writer = Writer()
    made_by(zero_shot, writer, 30)
    for request in (r for r in writer.asked if r.sample % 10):
        assert [m["role"] for m in request.messages] == ["system", "user"]
        assert TASK.diversity_prompt not in request.messages[-1]["content"]


def test_zero_shot_shows_fewer_than_three_where_fewer_were_kept():
    writer = Writer(lambda request: f"{request.label} line {request.sample}" if request.sample in (4, 5) else "")
    made_by(zero_shot, writer, 3)
    asked = [request for request in writer.asked if request.sample == 10]
    assert [sum(m["role"] == "assistant" for m in request.messages) for request in asked] == [2, 2]


def test_zero_shot_shows_no_demonstration():
    writer = Writer()
    made_by(zero_shot, writer, 12)
    assert not any("demonstration" in m["content"] for request in writer.asked for m in request.messages)


def test_few_shot_shows_three_different_demonstrations_of_the_label():
    writer = Writer()
    made_by(few_shot, writer, 30)
    for request in writer.asked:
        shown = [m["content"] for m in request.messages if m["role"] == "assistant"]
        assert len(set(shown)) == len(shown) == 3
        assert set(shown) <= set(TASK.demonstrations[request.label])


def test_few_shot_draws_demonstrations_anew_for_each_sample():
    writer = Writer()
    made_by(few_shot, writer, 60)
    drawn = Counter(tuple(request.demonstrations) for request in writer.asked)
    assert len(drawn) > 60
    assert {one for shown in drawn for one in shown} == {example.id for example in TASK.pool}


def test_few_shot_asks_for_as_many_texts_as_are_still_wanted():
    writer = Writer(lambda request: "" if request.sample % 2 else f"{request.label} line {request.sample}")
    made_by(few_shot, writer, 12)
    assert [sum(request.label == "sea" for request in one) for one in writer.rounds] == [12, 6, 3, 1, 1]


def test_few_shot_records_the_ids_of_what_it_showed():
    made = made_by(few_shot, writer := Writer(), 10)
    text_of = {example.id: example.text for example in TASK.pool}
    asked = {(request.label, request.sample): request for request in writer.asked}
    for example in made.examples:
        request = asked[example.label, example.provenance["sample"]]
        shown = [m["content"] for m in request.messages if m["role"] == "assistant"]
        assert [text_of[one] for one in example.provenance["demonstrations"].split(" ")] == shown


@pytest.mark.parametrize("method", GENERATED)
def test_a_request_carries_the_parts_of_its_prompt(method):
    made_by(method, writer := Writer(), 12)
    for request in writer.asked:
        assert request.parts["context"]
        assert request.parts["generation"]
        assert ("diversity" in request.parts) == (TASK.diversity_prompt in request.messages[-1]["content"])


def test_few_shot_carries_a_hash_of_each_text_it_showed():
    made_by(few_shot, writer := Writer(), 10)
    text_of = {example.id: example.text for example in TASK.pool}
    for request in writer.asked:
        assert request.demonstrations == {one: prompts.short_hash(text_of[one]) for one in request.demonstrations}
        assert len(request.demonstrations) == 3


def test_zero_shot_carries_no_demonstration():
    made_by(zero_shot, writer := Writer(), 12)
    assert not any(request.demonstrations for request in writer.asked)


@pytest.mark.parametrize("method", GENERATED)
def test_the_body_of_a_request_holds_messages_and_parameters_and_nothing_of_the_parts(method):
    made_by(method, writer := Writer(), 3)
    for request in writer.asked:
        body = request.body("m")
        own = {"frequency_penalty"} if method is few_shot else set()
        assert set(body) == {"model", "messages", "temperature", "top_p", "stop", "max_tokens", "seed"} | own
        assert body["max_tokens"] == 2 * 9 + 16


def test_few_shot_draws_from_the_pool_it_is_given():
    pool = train_of({"sea": 5, "land": 5})
    made = few_shot(TASK, Sources(client=Writer(), pool=pool), 5, 0)
    used = {one for example in made.examples for one in example.provenance["demonstrations"].split(" ")}
    assert used <= {example.id for example in pool}


def test_few_shot_with_too_few_demonstrations_is_refused():
    pool = train_of({"sea": 5, "land": 2})
    with pytest.raises(ValueError, match="task 'places': 2 demonstrations of 'land'; few_shot draws 3"):
        few_shot(TASK, Sources(client=Writer(), pool=pool), 5, 0)


@pytest.mark.parametrize("method", GENERATED)
def test_the_quota_is_topped_up_after_drops(method):
    writer = Writer(lambda request: "" if request.sample % 2 else f"{request.label} line {request.sample}")
    made = made_by(method, writer, 15)
    assert texts_of(made) == [f"sea line {i}" for i in range(0, 30, 2)]
    assert made.short == {}
    assert made.attempts == len(writer.asked)


@pytest.mark.parametrize("method", GENERATED)
def test_duplicates_within_a_label_are_dropped_and_counted(method):
    writer = Writer(lambda request: f"{request.label} line {request.sample // 2}")
    made = made_by(method, writer, 10)
    assert texts_of(made) == [f"sea line {i}" for i in range(10)]
    assert {label: set(by_rule) for label, by_rule in made.dropped.items()} == {x: {"duplicate"} for x in LABELS}
    per_label = Counter(request.label for request in writer.asked)
    assert made.dropped["sea"]["duplicate"] == per_label["sea"] // 2


@pytest.mark.parametrize("method", GENERATED)
def test_the_same_text_under_two_labels_is_no_duplicate(method):
    made = made_by(method, Writer(lambda request: f"a line {request.sample}"), 10)
    assert texts_of(made, "sea") == texts_of(made, "land")
    assert made.dropped == {}


@pytest.mark.parametrize("method", GENERATED)
def test_every_answer_is_kept_or_dropped_by_a_rule(method):
    answers = ["", "I can't help with that", " ".join("abcdefghijklmnopq"), "Here is a line: blue", "Dear [name] hello"]
    writer = Writer(lambda r: answers[r.sample % 7] if r.sample % 7 < 5 else f"{r.label} line {r.sample}")
    made = made_by(method, writer, 10)
    dropped = sum(made.dropped["sea"].values())
    kept = sum(request.label == "sea" for request in writer.asked) - dropped
    assert kept == sum(request.label == "sea" and request.sample % 7 >= 5 for request in writer.asked) >= 10
    assert set(made.dropped["sea"]) == {"empty", "refusal", "length", "preamble", "placeholder"}


@pytest.mark.parametrize("quota", [1, 3, 10, 25])
@pytest.mark.parametrize("method", GENERATED)
def test_a_generator_that_never_pleases_ends_short_after_ten_attempts_a_text(method, quota):
    writer = Writer(lambda request: "land line" if request.label == "land" else f"sea line {request.sample}")
    made = made_by(method, writer, quota)
    attempts = Counter(request.label for request in writer.asked)
    assert made.short == ({"land": 1} if quota > 1 else {})
    assert attempts["land"] == (ATTEMPTS * quota if quota > 1 else attempts["sea"])
    assert len(texts_of(made, "sea")) == quota


@pytest.mark.parametrize("quota", [2, 10, 100])
@pytest.mark.parametrize("method", GENERATED)
def test_a_generator_whose_answers_are_all_dropped_is_left_after_twenty(method, quota):
    writer = Writer(lambda r: "<think> The user wants a line" if r.label == "land" else f"sea line {r.sample}")
    with pytest.raises(ValueError, match=r"^task 'places', label 'land': ") as caught:
        made_by(method, writer, quota)
    assert str(caught.value) == (
        "task 'places', label 'land': 20 of 20 answers dropped as 'thinking'; the first: '<think> The user wants a "
        "line'; switch the generator's reasoning off, or let its server strip it"
    )
    assert Counter(request.label for request in writer.asked)["land"] == 20


def test_the_line_on_hopeless_answers_names_every_rule_and_stays_one_line():
    answers = ["", "I can't help with that\n\nand", "x " * 400]
    with pytest.raises(ValueError, match="label 'sea'") as caught:
        made_by(few_shot, Writer(lambda request: answers[request.sample % 3]), 50)
    assert re.search(r"7 of 20 answers dropped as '\w+', 7 as '\w+', 6 as '\w+'; the first: ", str(caught.value))
    assert len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("method", GENERATED)
def test_thoughts_that_are_closed_are_no_part_of_a_text(method):
    writer = Writer(lambda request: f"<think>Hm.</think>\n\n{request.label} line {request.sample}<|im_end|>")
    made = made_by(method, writer, 5)
    assert (texts_of(made), made.dropped) == ([f"sea line {i}" for i in range(5)], {})


@pytest.mark.parametrize("method", GENERATED)
def test_a_quota_of_0_asks_nobody(method):
    made = made_by(method, writer := Writer(), 0)
    assert (made.examples, writer.rounds) == ((), [])


def uneven(lucky):
    """A writer whose answers depend on the whole prompt, and which pleases in `lucky` of 10 cases."""

    def write(request):
        chance = int(prompts.prompt_hash(request.messages), 16) + request.sample * 7
        return f"{request.label} line {chance % 89}" if chance % 10 < lucky else ""

    return Writer(write)


@settings(max_examples=60)
@given(
    st.sampled_from(GENERATED),
    st.integers(1, 30),
    st.integers(1, 30),
    st.integers(3, 10),
    st.integers(0, 9),
)
def test_the_texts_of_a_small_quota_are_the_first_of_a_large_one(method, small, large, lucky, seed):
    small, large = sorted((small, large))
    few, many = (made_by(method, uneven(lucky), quota, seed) for quota in (small, large))
    for label in LABELS:
        assert texts_of(few, label) == texts_of(many, label)[: len(texts_of(few, label))]
        assert len(texts_of(few, label)) == few.short.get(label, small)


@settings(max_examples=60)
@given(st.sampled_from(GENERATED), st.integers(1, 30), st.integers(1, 30), st.integers(3, 10))
@also(few_shot, 7, 8, 4)
def test_a_small_quota_asks_nothing_that_a_large_one_does_not(method, small, large, lucky):
    small, large = sorted((small, large))
    asked = []
    for quota in (small, large):
        made_by(method, writer := uneven(lucky), quota)
        asked.append({(r.label, r.sample, prompts.prompt_hash(r.messages), r.parameters["seed"]) for r in writer.asked})
    assert asked[0] <= asked[1]


@pytest.mark.parametrize("method", GENERATED)
def test_a_label_does_not_depend_on_what_another_one_gets(method):
    fine, bad = Writer(), Writer(lambda r: "" if r.label == "land" and r.sample % 5 else f"{r.label} line {r.sample}")
    for writer in (fine, bad):
        made_by(method, writer, 20)
    assert [r for r in fine.asked if r.label == "sea"] == [r for r in bad.asked if r.label == "sea"]


@pytest.mark.parametrize("method", GENERATED)
def test_the_same_seed_asks_the_same_and_another_seed_something_else(method):
    asked = []
    for seed in (0, 0, 1):
        made_by(method, writer := Writer(), 12, seed)
        asked.append(writer.asked)
    assert asked[0] == asked[1] != asked[2]


@pytest.mark.parametrize("method", GENERATED)
def test_lengths_asked_for_fill_the_range_of_the_task(method):
    made_by(method, writer := Writer(), 100)
    lengths = {int(re.search(r"of (\d+) words", r.messages[-1]["content"])[1]) for r in writer.asked}
    assert lengths == set(range(2, 10))


@pytest.mark.parametrize("method", GENERATED)
def test_provenance_names_prompt_sample_seed_and_finish_reason(method):
    made = made_by(method, writer := Writer(), 5)
    asked = {(request.label, request.sample): request for request in writer.asked}
    for example in made.examples:
        request = asked[example.label, example.provenance["sample"]]
        assert example.provenance["prompt"] == prompts.prompt_hash(request.messages)
        assert example.provenance["seed"] == request.parameters["seed"]
        assert example.provenance["finish_reason"] == "stop"
    assert len({example.id for example in made.examples}) == len(made.examples)


def test_a_language_that_the_rules_do_not_know_is_a_warning():
    with pytest.warns(UserWarning, match="task 'places': the rules refusal and preamble know no phrases in sw"):
        made_by(few_shot, Writer(), 2, task=replace(TASK, language="sw"))


@pytest.mark.parametrize("quota", [1, 2, 5])
@pytest.mark.parametrize("method", GENERATED)
def test_a_label_of_which_every_answer_is_dropped_ends_the_run_whatever_the_quota(method, quota):
    writer = Writer(lambda request: "" if request.label == "land" else f"sea line {request.sample}")
    with pytest.raises(ValueError, match=r"label 'land': 20 of 20 answers dropped as 'empty'"):
        made_by(method, writer, quota)


def test_a_caller_says_what_answers_are_held_to():
    text = {"sea": "the tide comes in at noon " * 3, "land": "moss grows here "}
    writer = Writer(lambda request: f"{text[request.label]}once {request.sample}")

    def ask(label, sample, kept):
        draw = Draw(0, TASK, "terse", label, sample)
        return draw.request(prompts.zero_shot(TASK, label, draw.words))

    task, sources = replace(TASK, words=(1, 40)), Sources(client=writer, pool=TASK.pool)
    assert not collect(task, sources, 2, ask, rules=READY_MADE).dropped
    with pytest.raises(ValueError, match=r"dropped as 'loop'.*; sample with a frequency penalty"):
        collect(task, sources, 2, ask)
