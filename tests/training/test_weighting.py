"""Weights of texts in the loss: what they are made of, and that every classifier which trains takes them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from encoders import LABELS, cell, texts, tiny_bert, tuned
from synthworth.core.task import Example
from synthworth.training import effective_texts, fit_frozen, robust_weights, weights_of
from synthworth.training.cell import train
from synthworth.training.floors import tfidf
from synthworth.training.frozen import nearest_direction
from synthworth.training.recipes import RECIPES

SHARES = st.lists(st.floats(0, 1), min_size=2, max_size=30)
NEXT = dict(zip(LABELS, (*LABELS[1:], LABELS[0]), strict=True))
HARDLY = 0.01


def partly_wrong(per_label, weight):
    """Texts of which three of four have the label after theirs, and these the weight given."""
    return [
        replace(example, label=NEXT[example.label], weight=weight) if number % 4 else example
        for number, example in enumerate(texts(per_label))
    ]


def right(predicted, asked):
    return np.mean([label == example.label for label, example in zip(predicted.labels, asked, strict=True)])


# ---- what they are


@pytest.mark.parametrize("q", [0.01, 0.5, 0.7, 1.0])
def test_a_weight_is_what_the_generalised_cross_entropy_gives_the_gradient_of_a_text(q):
    torch = pytest.importorskip("torch")
    logits = torch.randn(6, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64, requires_grad=True)
    labels = ["a", "a", "b", "b", "c", "c"]
    place = torch.tensor([0, 0, 1, 1, 2, 2])
    likely = logits.softmax(1).gather(1, place[:, None])[:, 0]
    (robust,) = torch.autograd.grad(((1 - likely**q) / q).sum(), logits, retain_graph=True)
    (plain,) = torch.autograd.grad((-likely.log()).sum(), logits)
    ratio = (robust / plain)[:, 0].detach().numpy().reshape(3, 2)
    weights = np.array(robust_weights(labels, logits.softmax(1).detach().numpy(), q=q)).reshape(3, 2)
    assert weights == pytest.approx(ratio / ratio.mean(axis=1, keepdims=True), abs=0.006)


@given(SHARES, st.floats(0.01, 1))
def test_the_mean_weight_of_every_label_is_one_and_no_text_is_lost(shares, q):
    labels = ["good" if place % 3 else "bad" for place in range(len(shares))]
    likely = np.array([[1 - share, share] for share in shares])
    weights = robust_weights(labels, likely, q=q)
    assert min(weights) >= HARDLY
    for label in {*labels}:
        mine = [weight for weight, own in zip(weights, labels, strict=True) if own == label]
        assert np.mean(mine) == pytest.approx(1, abs=0.006 + HARDLY)


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=20))
def test_weighted_texts_are_at_most_as_many_as_they_are(weights):
    examples = [Example(id="1", text="a", label="good", weight=weight) for weight in weights]
    effective = effective_texts(examples)
    assert (effective == {}) == all(weight == 1 for weight in weights) == (weights_of(examples) is None)
    if effective:
        assert 0.99 <= effective["good"] <= len(weights) + 0.01


# ---- where they go


def test_tfidf_is_scikit_learn_s_with_sample_weights():
    from sklearn.feature_extraction.text import TfidfVectorizer

    examples, asked = partly_wrong(20, HARDLY), texts(20, seed=2)
    vectors = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2))
    model = LogisticRegression(C=10, class_weight="balanced", max_iter=1000, random_state=0)
    model.fit(
        vectors.fit_transform([e.text for e in examples]),
        [e.label for e in examples],
        sample_weight=[e.weight for e in examples],
    )
    expected = model.predict(vectors.transform([e.text for e in asked])).tolist()
    found = tfidf(examples, [e.text for e in asked], 0)
    assert list(found.labels) == expected
    assert right(found, asked) > 0.9 > 0.4 > right(tfidf(partly_wrong(20, 1), [e.text for e in asked], 0), asked)


def test_a_text_of_weight_two_is_as_good_as_two_of_them():
    random = np.random.default_rng(0)
    embeddings = random.normal(size=(40, 6))
    labels = ["ad" if row[0] + random.normal() > 0 else "news" for row in embeddings]
    weights = random.integers(1, 4, 40)
    asked = random.normal(size=(200, 6))
    repeated = embeddings.repeat(weights, axis=0), [x for x, n in zip(labels, weights, strict=True) for _ in range(n)]
    for fit in (
        lambda e, given, w: fit_frozen(e, given, weights=w),
        lambda e, given, w: nearest_direction(e, given, ["ad", "news"], w),
    ):
        found = fit(embeddings, labels, weights.tolist())(asked)
        assert found == fit(*repeated, None)(asked)
        assert found != fit(embeddings, labels, None)(asked)


def test_an_encoder_hardly_learns_from_texts_that_hardly_weigh_anything(tmp_path):
    chosen = tuned(tiny_bert(tmp_path / "bert"), precision="fp32", least_steps=60)
    asked = texts(20, seed=2)
    given = {"texts": [example.text for example in asked]}
    misled, weighted = (train(cell(chosen, train=partly_wrong(20, weight), **given)) for weight in (1.0, HARDLY))
    assert right(weighted, asked) > 0.3 + right(misled, asked)


def test_the_loss_of_equal_weights_is_that_many_times_the_loss_without(tmp_path):
    chosen = tuned(tiny_bert(tmp_path / "bert"), precision="fp32", least_steps=1, learning_rate=1e-9)
    plain, doubled = (
        train(cell(chosen, train=[replace(e, weight=weight) for e in texts(8)])).loss for weight in (1.0, 2.0)
    )
    assert doubled == pytest.approx(2 * plain, rel=1e-4)


def test_the_majority_does_not_look_at_weights():
    assert train(cell(RECIPES["majority"])) == train(cell(RECIPES["majority"], train=partly_wrong(8, 3.0)))
