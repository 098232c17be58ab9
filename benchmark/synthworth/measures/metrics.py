"""Scores of a classifier on a test set, from true and predicted labels in a fixed label order."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def confusion(true: Sequence[str], predicted: Sequence[str], labels: Sequence[str]) -> NDArray[np.int64]:
    """Return counts of (true, predicted) pairs, shape (labels, labels), with a row for each true label.

    Raises ValueError if the lists differ in length, or for a label that is not in `labels`.

    >>> confusion(["a", "a", "b"], ["a", "b", "b"], ["a", "b"]).tolist()
    [[1, 1], [0, 1]]
    """
    if len(true) != len(predicted):
        raise ValueError(f"{len(true)} true labels and {len(predicted)} predicted ones; they must pair up")
    place = {label: i for i, label in enumerate(labels)}
    for label in (*true, *predicted):
        if label not in place:
            raise ValueError(f"unknown label {label!r}; labels: {', '.join(labels)}")
    counts = np.zeros((len(labels), len(labels)), dtype=np.int64)
    np.add.at(counts, ([place[t] for t in true], [place[p] for p in predicted]), 1)
    return counts


def accuracy(counts: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return the share of rows predicted right, in [0, 1], of confusion counts of shape (..., labels, labels).

    >>> float(accuracy(np.array([[1, 1], [0, 2]])))
    0.75
    """
    hits = np.trace(counts, axis1=-2, axis2=-1)
    return np.asarray(hits / np.maximum(counts.sum(axis=(-2, -1)), 1))


def macro_f1(counts: NDArray[np.number]) -> NDArray[np.float64]:
    """Return the mean over labels of F1 = 2 TP / (2 TP + FP + FN), in [0, 1]; 0 for a label without rows or hits.

    The shape is that of `counts` without its last two axes. Equal to scikit-learn's `f1_score(average="macro",
    labels=labels, zero_division=0)`.

    >>> round(float(macro_f1(np.array([[1, 1], [0, 2]]))), 4)
    0.7333
    """
    hits = np.diagonal(counts, axis1=-2, axis2=-1)
    sizes = counts.sum(axis=-1) + counts.sum(axis=-2)
    return np.asarray((2 * hits / np.maximum(sizes, 1)).mean(axis=-1))
