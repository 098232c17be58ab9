"""Labels of real texts that a generator gives: what is asked, what counts as a label, and what a recording keeps."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import toys
from synthworth.core.completion import Completion
from synthworth.generation.collect import Sources
from synthworth.generation.methods.labelling import ASKED, MOST_TOKENS, generator, labelled

TASK = toys.task()
GOOD, BAD = TASK.labels


class Labels:
    """A generator that labels a text by what it says of itself; remembers the requests."""

    def __init__(self, answer=lambda text: text.split()[0]):
        self.requests, self._answer = [], answer

    def complete(self, requests):
        self.requests += requests
        texts = [request.messages[-1]["content"].partition("\n")[0][6:] for request in requests]
        return [Completion(text=self._answer(text), finish_reason="stop") for text in texts]


def texts_of(*counts, kinds=(GOOD, BAD, "neither")):
    return [f"{kind} text {i}" for kind, count in zip(kinds, counts, strict=False) for i in range(count)]


def made(method, texts, per_label=5, seed=0, **changed):
    client = Labels(**changed)
    return method(TASK, Sources(client=client, unlabelled=texts), per_label, seed), client.requests


def test_each_label_gets_its_quota_of_the_texts_that_the_generator_gave_it():
    generated, _ = made(labelled, texts_of(40, 40))
    assert [example.label for example in generated.examples] == [GOOD] * 5 + [BAD] * 5
    assert all(example.text.startswith(example.label) for example in generated.examples)
    assert (generated.short, generated.dropped) == ({}, {})


def test_an_answer_without_a_label_is_dropped_under_a_rule_of_its_own():
    generated, requests = made(labelled, texts_of(20, 20, 20))
    assert generated.attempts == len(requests) > 10
    unnamed = generated.dropped[""]["no_label"]
    assert unnamed == sum("neither" in request.messages[-1]["content"] for request in requests) > 0


def test_a_label_that_is_named_too_seldom_is_short_and_asking_ends():
    generated, requests = made(labelled, texts_of(2000, 100), per_label=20)
    assert len(requests) == generated.attempts == ASKED * 20 * 2
    assert 0 < generated.short[BAD] < 20
    whole, _ = made(labelled, texts_of(28, 2))
    assert whole.short == {BAD: 2}


def test_a_label_that_is_never_named_ends_in_one_line():
    with pytest.raises(ValueError, match=f"of 30 texts, the generator gave none the label '{BAD}'") as caught:
        made(labelled, texts_of(100))
    assert "\n" not in str(caught.value)


def test_without_training_texts_there_is_nothing_to_label():
    with pytest.raises(ValueError, match="no real training texts to label"):
        made(labelled, [])


@settings(max_examples=30)
@given(small=st.integers(1, 6), more=st.integers(0, 6), counts=st.tuples(*[st.integers(5, 40)] * 3))
def test_a_small_quota_asks_for_nothing_that_a_large_one_does_not(small, more, counts):
    texts = texts_of(*counts)
    try:
        few, asked_few = made(labelled, texts, small)
        many, asked_many = made(labelled, texts, small + more)
    except ValueError:
        return
    assert [request.messages for request in asked_few] == [request.messages for request in asked_many][: len(asked_few)]
    for label in TASK.labels:
        of_few, of_many = ([e.text for e in one.examples if e.label == label] for one in (few, many))
        assert of_few == of_many[: len(of_few)]


def test_the_seed_draws_the_texts_and_a_repeated_text_is_asked_about_once():
    texts = texts_of(40, 40)
    same, again, other = (made(labelled, texts * 2, seed=seed)[0] for seed in (0, 0, 1))
    assert same == again != other
    assert len({example.text for example in same.examples}) == 10


def test_a_request_names_the_labels_and_neither_seed_nor_method():
    (_, one), (_, other) = made(labelled, texts_of(5, 5), seed=3), made(generator, texts_of(5, 5))
    asked = [{json.dumps([request.body("m"), request.sample]) for request in requests} for requests in (one, other)]
    assert asked[0] == asked[1]
    assert {request.choices for request in one} == {tuple(TASK.labels)}
    assert one[0].parameters == {"temperature": 0, "max_tokens": MOST_TOKENS}


def test_own_answers_have_the_order_of_the_texts_and_are_empty_where_none_is_named():
    texts = [*texts_of(1, 1, 1), *texts_of(1, 1)]
    generated, requests = made(generator, texts)
    assert [example.label for example in generated.examples] == [GOOD, BAD, "", GOOD, BAD]
    assert [example.text for example in generated.examples] == texts
    assert (generated.attempts, len(requests), generated.dropped) == (5, 3, {"": {"no_label": 1}})
