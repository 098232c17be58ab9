"""Scores agree with scikit-learn on whatever labels there are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    confusion_matrix,
    f1_score,
    precision_recall_fscore_support,
)

from synthworth.measures.metrics import accuracy, average_precision, confusion, label_scores, macro_f1

LABELS = ["sport", "world", "tech", "none"]
ROWS = st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS)), min_size=1)
COUNTS = st.lists(st.integers(0, 50), min_size=9, max_size=9).map(lambda cells: np.array(cells).reshape(3, 3))


@given(ROWS)
def test_confusion_is_that_of_scikit_learn(rows):
    true, predicted = zip(*rows, strict=True)
    assert confusion(true, predicted, LABELS).tolist() == confusion_matrix(true, predicted, labels=LABELS).tolist()


@given(ROWS)
def test_accuracy_is_that_of_scikit_learn(rows):
    true, predicted = zip(*rows, strict=True)
    assert accuracy(confusion(true, predicted, LABELS)) == pytest.approx(accuracy_score(true, predicted))


@given(ROWS)
def test_macro_f1_is_that_of_scikit_learn(rows):
    true, predicted = zip(*rows, strict=True)
    judge = f1_score(true, predicted, average="macro", labels=LABELS, zero_division=0)
    assert macro_f1(confusion(true, predicted, LABELS)) == pytest.approx(judge)


def test_a_label_that_nobody_has_and_nobody_predicts_counts_as_0():
    assert macro_f1(confusion(["a"], ["a"], ["a", "b"])) == 0.5


@pytest.mark.parametrize("score", [accuracy, macro_f1])
def test_no_rows_score_0(score):
    assert score(confusion([], [], LABELS)) == 0


@pytest.mark.parametrize("score", [accuracy, macro_f1])
@given(st.lists(COUNTS, min_size=1, max_size=5))
def test_a_stack_of_counts_scores_as_each_of_them(score, stack):
    assert score(np.array(stack)).tolist() == [score(counts) for counts in stack]


@pytest.mark.parametrize("score", [accuracy, macro_f1])
@given(COUNTS)
def test_a_score_is_in_0_to_1(score, counts):
    assert 0 <= score(counts) <= 1


@pytest.mark.parametrize("score", [accuracy, macro_f1])
@given(COUNTS, st.permutations(range(3)))
def test_the_order_of_labels_does_not_change_a_score(score, counts, order):
    assert score(counts[np.ix_(order, order)]) == pytest.approx(score(counts))


@pytest.mark.parametrize("score", [accuracy, macro_f1])
@given(st.lists(st.integers(1, 50), min_size=2, max_size=6))
def test_only_right_predictions_score_1(score, sizes):
    assert score(np.diag(sizes)) == 1


@given(COUNTS)
def test_macro_f1_is_blind_to_which_side_is_true(counts):
    assert macro_f1(counts.T) == pytest.approx(macro_f1(counts))


def test_lists_of_different_length_are_refused():
    with pytest.raises(ValueError, match="2 true labels and 1 predicted ones; they must pair up"):
        confusion(["a", "b"], ["a"], ["a", "b"])


@pytest.mark.parametrize(("true", "predicted"), [(["x"], ["a"]), (["a"], ["x"])])
def test_an_unknown_label_is_refused_with_the_known_ones(true, predicted):
    with pytest.raises(ValueError, match="unknown label 'x'; labels: a, b"):
        confusion(true, predicted, ["a", "b"])


def test_average_precision_is_that_of_scikit_learn_with_ties_too():
    lot = np.random.default_rng(0)
    for levels in (3, 10, 1000):
        is_true, shares = lot.random(200) < 0.2, lot.integers(levels, size=200) / levels
        assert average_precision(is_true, shares) == pytest.approx(average_precision_score(is_true, shares))
    with pytest.raises(ValueError, match="none of 2 rows"):
        average_precision(np.zeros(2, bool), np.zeros(2))


def test_scores_of_labels_are_those_of_scikit_learn():
    true, predicted = list("aaabbbccda"), list("aabbbaacaa")
    expected = precision_recall_fscore_support(true, predicted, labels=list("abcde"), zero_division=0)
    found = label_scores(confusion(true, predicted, "abcde"))
    assert np.allclose(np.array(found).T, expected)
