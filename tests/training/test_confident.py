"""Confident learning, against the paper's definition written out, numbers of cleanlab, and labels that were swapped."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthworth.training.confident import out_of_sample, suspected
from synthworth.training.frozen import frozen_shares
from synthworth.training.influence import solved

LABELS = ("ad", "news", "note")


def probabilities(rows, seed):
    drawn = np.random.default_rng(seed).gamma(0.7, size=(rows, len(LABELS)))
    return drawn / drawn.sum(axis=1, keepdims=True)


@settings(max_examples=80)
@given(given_labels=st.lists(st.sampled_from(LABELS), max_size=30), seed=st.integers(0, 999))
def test_the_suspected_are_off_the_diagonal_of_the_confident_joint(given_labels, seed):
    labels = [*LABELS, *given_labels]
    p = probabilities(len(labels), seed)
    least = {one: np.mean([p[i, k] for i, own in enumerate(labels) if own == one]) for k, one in enumerate(LABELS)}
    expected = []
    for i, own in enumerate(labels):
        over = {one: p[i, k] for k, one in enumerate(LABELS) if p[i, k] >= least[one] - 1e-9}
        if over and max(over, key=over.get) != own and LABELS[p[i].argmax()] != own:
            expected.append(i)
    assert suspected(labels, p) == expected


def test_the_suspected_are_those_of_cleanlab():
    # cleanlab 2.9.0: find_label_issues(filter_by="confident_learning") on these numbers
    draw = np.random.default_rng(0)
    labels = draw.integers(0, 3, 60)
    p = (draw.dirichlet(np.ones(3), 60) + 0.4 * np.eye(3)[labels]) / 1.4
    assert suspected([str(label) for label in labels], p) == [0, 7, 10, 14, 17, 23, 26, 27, 31, 41, 49]


def embeddings(labels, seed=0):
    """A direction for each label, and noise."""
    vectors = np.eye(8)[[LABELS.index(label) for label in labels]]
    vectors = vectors + np.random.default_rng(seed).normal(scale=0.1, size=vectors.shape)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_labels_that_were_swapped_are_found_and_few_others():
    true = [LABELS[place % 3] for place in range(90)]
    wrong = [4, 17, 33, 50, 71, 88]
    labels = [LABELS[(LABELS.index(one) + 1) % 3] if place in wrong else one for place, one in enumerate(true)]
    found = suspected(labels, out_of_sample(embeddings(true), labels, seed=0))
    assert len({*wrong} & {*found}) >= len(wrong) - 1
    assert len(found) <= len(wrong) + 2


def test_no_text_is_judged_by_a_classifier_that_has_seen_it():
    labels = [LABELS[place % 3] for place in range(30)]
    vectors = np.eye(30, dtype=np.float32)  # nothing in common: only by heart could a label be known
    p = out_of_sample(vectors, labels, seed=0)
    assert p.shape == (30, 3)
    assert p.sum(axis=1) == pytest.approx(np.ones(30))
    assert np.mean(p.argmax(axis=1) == [LABELS.index(one) for one in labels]) < 0.5


def test_one_seed_gives_the_same_folds():
    labels = [LABELS[place % 3] for place in range(30)]
    vectors = embeddings(labels)
    first, again, other = (out_of_sample(vectors, labels, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("labels", [["ad", "ad"], ["ad", "ad", "news"]], ids=["one label", "one text"])
def test_too_few_texts_are_refused_in_one_line(labels):
    with pytest.raises(ValueError, match="cannot be cross-validated") as caught:
        out_of_sample(np.eye(len(labels)), labels, seed=0)
    assert "\n" not in str(caught.value)


def test_labels_with_a_text_or_two_each_are_fitted_without_a_warning():
    points = np.random.default_rng(0).standard_normal((60, 8))
    labels = [f"label {number:02}" for number in range(60)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert frozen_shares(points, labels, points, labels, seed=0).shape == (60, 60)
        assert list(solved(points, labels).labels) == labels
        assert out_of_sample(np.concatenate([points, points]), labels * 2, seed=0).shape == (120, 60)
