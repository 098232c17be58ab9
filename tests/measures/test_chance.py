"""The floor is what a guesser who reads no text reaches."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from synthworth.measures.statistics.chance import chance_macro_f1

ROWS = st.lists(st.integers(0, 60), min_size=1, max_size=6).filter(any)


def majority(rows):
    true = np.repeat(np.arange(len(rows)), rows)
    guessed = np.full(len(true), int(np.argmax(rows)))
    return f1_score(true, guessed, labels=range(len(rows)), average="macro", zero_division=0)


@given(ROWS)
def test_it_is_at_least_what_scikit_learn_says_of_the_most_frequent_label(rows):
    assert chance_macro_f1(rows) >= majority(rows) - 1e-9


@given(ROWS)
def test_it_does_not_depend_on_the_order_of_the_labels(rows):
    assert chance_macro_f1(rows) == pytest.approx(chance_macro_f1(rows[::-1]))


@pytest.mark.parametrize("rows", [(50, 50), (87, 13), (30, 20, 10, 5), (3, 2)])
def test_it_is_what_guesses_by_the_labels_shares_reach_on_average(rows):
    true = np.repeat(np.arange(len(rows)), rows)
    chance = np.random.default_rng(0)
    scores = []
    for _ in range(400):
        guessed = chance.choice(len(rows), size=len(true), p=np.array(rows) / sum(rows))
        scores.append(f1_score(true, guessed, labels=range(len(rows)), average="macro", zero_division=0))
    assert max(np.mean(scores), majority(rows)) == pytest.approx(chance_macro_f1(rows), abs=4 * np.std(scores) / 20)


def test_with_many_rows_it_is_one_over_the_labels():
    for labels in (2, 4, 10):
        assert chance_macro_f1([500] * labels) == pytest.approx(1 / labels, rel=0.01)


@pytest.mark.parametrize("rows", [[], [0, 0], [5, -1]])
def test_no_rows_have_no_floor(rows):
    with pytest.raises(ValueError, match="a floor needs at least one row"):
        chance_macro_f1(rows)
