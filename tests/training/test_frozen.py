"""The classifier on frozen embeddings is scikit-learn's, and needs two labels."""

import numpy as np
import pytest

from synthworth.training import fit_frozen


def test_texts_that_point_two_ways_are_told_apart():
    random = np.random.default_rng(0)
    centres = {"news": np.eye(8)[0], "ad": np.eye(8)[1]}
    labels = ["news", "ad"] * 30
    embeddings = np.array([centres[label] for label in labels]) + random.normal(scale=0.2, size=(60, 8))
    assert fit_frozen(embeddings[:40], labels[:40])(embeddings[40:]) == labels[40:]


def test_a_rare_label_is_predicted_as_often_as_it_is_right():
    labels = ["common"] * 30 + ["rare"] * 2
    embeddings = np.array([[1.0, 0.0]] * 30 + [[0.8, 0.6]] * 2)
    assert fit_frozen(embeddings, labels)(embeddings[-2:]) == ["rare", "rare"]


def test_one_label_is_an_error():
    with pytest.raises(ValueError, match=r"^all 3 texts have one label; a classifier needs two$"):
        fit_frozen(np.eye(3), ["news"] * 3)
