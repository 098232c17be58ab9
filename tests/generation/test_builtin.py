"""The methods that take a task's own words, and which methods a seed draws; `test_collect` has the others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import toys
from synthworth.core.task import Example
from synthworth.generation.collect import Sources
from synthworth.generation.methods import FREE, METHODS, is_drawn

TASK = toys.task()
TRAIN = tuple(Example(id=f"{label}-{i}", text=f"{label} {i}", label=label) for label in TASK.labels for i in range(9))


def made(method, per_label=5, seed=0, task=TASK, train=()):
    """A training set; the client is None, so that whoever asks a generator fails."""
    return METHODS[method](task, Sources(client=None, train=train, pool=task.pool), per_label, seed)


def test_the_label_descriptions_are_one_text_each():
    found = [(example.text, example.label) for example in made("labels").examples]
    assert found == [("a kind note", "good"), ("an unkind note", "bad")]


def test_the_demonstrations_are_those_of_the_task_to_the_letter():
    assert made("demonstrations").examples == TASK.pool
    assert [e.text for e in made("demonstrations").examples if e.label == "good"] == list(TASK.demonstrations["good"])


@given(st.sampled_from(FREE), st.integers(0, 1000), st.integers(0, 99))
def test_the_words_of_a_task_are_the_same_whatever_quota_seed_and_real_texts(method, per_label, seed):
    found = made(method, per_label, seed, train=TRAIN)
    assert found == made(method)
    assert not found.short


@pytest.mark.parametrize(
    "demonstrations", [{}, {"good": ("How kind you are!",), "bad": ()}], ids=["without any", "without one label's"]
)
def test_a_task_without_demonstrations_says_so_in_one_line(demonstrations):
    label = "good" if not demonstrations else "bad"
    with pytest.raises(ValueError, match=f"^task 'toy': no demonstration of '{label}'; .*leave the method out$"):
        made("demonstrations", task=toys.task(demonstrations=demonstrations))


@pytest.mark.parametrize("method", ["real", *FREE])
def test_a_method_is_drawn_if_another_seed_may_make_another_set(method):
    sets = {tuple(made(method, seed=seed, train=TRAIN).examples) for seed in range(9)}
    assert is_drawn(method) == (len(sets) > 1)
