"""Classifiers on frozen embeddings: seconds of work where fine-tuning takes minutes."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from synthworth.core import Example, Progress
from synthworth.training.embedding import embed
from synthworth.training.recipes import Predicted, Recipe, Untrainable
from synthworth.training.regression import labels_are_labels, logistic_regression
from synthworth.training.threads import computing_on
from synthworth.training.weighting import weights_of

Predict = Callable[[Any], list[str]]


def classify(
    chosen: Recipe,
    train: Sequence[Example],
    texts: Sequence[str],
    labels: Sequence[str],
    progress: Progress,
    *,
    threads: int = 1,
    embeddings: Path | None = None,
) -> Predicted:
    """Embed all texts, fit the head of the recipe to those of `train`, and predict one of `labels` for each of `texts`.

    The head is `nearest_direction`, or the logistic regression of `fit_frozen` for the recipe `probe`, with the weights
    of the texts if they have any. Every seed gives the same. The folder `embeddings` keeps those of `texts`. Raises
    Untrainable if the embedder is not installed.
    """
    try:
        with computing_on(threads):
            ours = embed([example.text for example in train])
            theirs = embed(texts, cache=embeddings, progress=progress)
    except ValueError as error:  # its package is missing
        raise Untrainable(str(error)) from None
    given, weights = [example.label for example in train], weights_of(train)
    if chosen.name == "nearest":
        predict = nearest_direction(ours, given, labels, weights)
    elif len(labels) > 1:
        predict = fit_frozen(ours, given, weights=weights)
    else:
        raise Untrainable(f"the task has the one label {labels[0]!r}; a classifier needs two")
    return Predicted(tuple(predict(theirs)), 0)


def nearest_direction(
    embeddings: Any, given: Sequence[str], labels: Sequence[str], weights: Sequence[float] | None = None
) -> Predict:
    """Return a function that gives the label whose mean direction has the highest cosine; of equals, the first.

    The mean direction of a label is that of the sum of its texts' embeddings, each of length 1: Rocchio's classifier
    (1971) on sentence embeddings. `embeddings` has the shape (texts, d), and `given` are their labels; with `weights`,
    it is the direction of the weighted sum.
    """
    of_label = np.array([[one == label for one in given] for label in labels], dtype=np.float32)
    if weights is not None:
        of_label *= np.asarray(weights, dtype=np.float32)
    sums = of_label @ embeddings
    directions = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return lambda others: [labels[place] for place in (others @ directions.T).argmax(axis=1)]


def fit_frozen(
    embeddings: Any, labels: Sequence[str], *, seed: int = 0, weights: Sequence[float] | None = None
) -> Predict:
    """Fit a logistic regression to embeddings, shape (texts, d), each of length 1; return a function that predicts.

    Balanced classes, and weak regularisation (C = 10), as embeddings of length 1 are close together. `weights` are
    those of the texts in the loss, None for equal ones. Raises ValueError if all texts have one label.

    >>> import numpy as np
    >>> predict = fit_frozen(np.eye(2), ["news", "ad"])
    >>> predict(np.array([[0.9, 0.1], [0.2, 0.8]]))
    ['news', 'ad']
    """
    model = _fitted(embeddings, labels, seed, weights)
    return lambda others: [str(label) for label in model.predict(others)]


def frozen_shares(embeddings: Any, labels: Sequence[str], others: Any, order: Sequence[str], *, seed: int = 0) -> Any:
    """Return how likely each label is for `others`, by the classifier of `fit_frozen`, shape (others, order).

    A column for each label of `order`, 0 for one that no text has. Raises ValueError as `fit_frozen` does.

    >>> import numpy as np
    >>> frozen_shares(np.eye(2), ["news", "ad"], np.array([[0.9, 0.1]]), ["ad", "sport", "news"]).round(2).tolist()
    [[0.21, 0.0, 0.79]]
    """
    model = _fitted(embeddings, labels, seed)
    return in_order(model.predict_proba(others), model.classes_, order)


def in_order(shares: Any, classes: Sequence[str], order: Sequence[str]) -> Any:
    """Put the columns of `shares`, one for each of `classes`, in the order of other labels; 0 for one that lacks."""
    placed = np.zeros((len(shares), len(order)))
    place = {label: column for column, label in enumerate(order)}
    placed[:, [place[str(label)] for label in classes]] = shares
    return placed


def _fitted(embeddings: Any, labels: Sequence[str], seed: int, weights: Sequence[float] | None = None) -> Any:
    if len(set(labels)) < 2:
        raise ValueError(f"all {len(labels)} texts have one label; a classifier needs two")
    with labels_are_labels():
        return logistic_regression(seed).fit(embeddings, list(labels), sample_weight=weights)
