"""Influence of texts on a held-out loss, judged by scikit-learn and by fitting again with a little more weight."""

import tracemalloc

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from synthworth.training import influence
from synthworth.training.influence import helpfulness, solved

LABELS = ("ad", "news", "sport")


def drawn(texts, seed=0, labels=3, d=6, noise=0.6):
    """Embeddings of length 1 around a direction for each label, and the labels."""
    random = np.random.default_rng(seed)
    directions = np.random.default_rng(99).standard_normal((labels, d))
    given = np.arange(texts) % labels
    points = directions[given] + noise * random.standard_normal((texts, d))
    return points / np.linalg.norm(points, axis=1, keepdims=True), [LABELS[place] for place in given]


def test_the_regression_is_that_of_scikit_learn():
    points, labels = drawn(31)
    with_bias = np.hstack([points, np.ones((31, 1))])
    judge = LogisticRegression(
        C=influence.STRENGTH, class_weight="balanced", fit_intercept=False, tol=1e-12, max_iter=100_000
    ).fit(with_bias, labels)
    others, _ = drawn(20, seed=1)
    expected = judge.predict_proba(np.hstack([others, np.ones((20, 1))]))
    assert np.allclose(solved(points, labels).shares(others), expected, atol=1e-6)


def held_out_loss(points, labels, held_out, their_labels, weights):
    regression = solved(points, labels, weights)
    places = [regression.labels.index(label) for label in their_labels]
    return 1 - regression.shares(held_out)[np.arange(len(places)), places].mean()


@pytest.mark.parametrize("labels", [2, 3])
def test_helpfulness_is_how_fast_the_held_out_loss_falls_with_a_text_s_weight(labels):
    points, given = drawn(8 * labels, labels=labels)
    held_out, theirs = drawn(5 * labels, seed=1, labels=labels)
    more = 1e-4 * np.eye(len(points))
    for place, found in enumerate(helpfulness(points, given, held_out, theirs)):
        losses = [held_out_loss(points, given, held_out, theirs, 1 + sign * more[place]) for sign in (1, -1)]
        assert found == pytest.approx((losses[1] - losses[0]) / 2e-4, rel=1e-4, abs=1e-8)


def test_texts_with_a_wrong_label_help_less_than_the_others_even_if_held_out_texts_have_wrong_labels_too():
    points, given = drawn(60, labels=2)
    held_out, theirs = drawn(60, seed=1, labels=2)
    turned = {"ad": "news", "news": "ad"}
    wrong = range(0, 60, 6)
    labels = [turned[label] if place in wrong else label for place, label in enumerate(given)]
    their_labels = [turned[label] if place % 7 == 0 else label for place, label in enumerate(theirs)]
    ranked = np.argsort(helpfulness(points, labels, held_out, their_labels))
    assert set(ranked[:8]) <= set(wrong)


def test_more_dimensions_than_texts_change_nothing_but_the_time():
    points, labels = drawn(9)
    wide = np.hstack([points, np.zeros((9, 50))])
    others, theirs = drawn(6, seed=1)
    found = helpfulness(wide, labels, np.hstack([others, np.zeros((6, 50))]), theirs)
    assert np.allclose(found, helpfulness(points, labels, others, theirs))


def test_two_texts_of_each_of_77_labels_take_no_matrix_of_all_weights():
    random = np.random.default_rng(0)
    points = random.standard_normal((154, 384))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    labels = [f"intent {place % 77}" for place in range(154)]
    tracemalloc.start()
    helpfulness(points, labels, points, labels)
    assert tracemalloc.get_traced_memory()[1] < 100e6  # the matrix has 385 * 77 rows: 7 GB
    tracemalloc.stop()


def test_what_cannot_be_learnt_or_judged_is_one_line():
    points, _ = drawn(4)
    with pytest.raises(ValueError, match="all 4 texts have one label; a classifier needs two"):
        solved(points, ["ad"] * 4)
    with pytest.raises(ValueError, match="held-out texts of 'news', which no text that is learnt from has"):
        helpfulness(points, ["ad", "sport", "ad", "sport"], points, ["ad", "news", "ad", "ad"])
