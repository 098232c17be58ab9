"""Scores of a classifier on a test set, from true and predicted labels in a fixed label order."""

from collections.abc import Sequence
from typing import NamedTuple

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


class LabelScores(NamedTuple):
    """Scores of one label, each in [0, 1], and the number of its test rows."""

    precision: float
    recall: float
    f1: float
    rows: int


def label_scores(counts: NDArray[np.integer]) -> list[LabelScores]:
    """Return precision, recall and F1 of each label from confusion counts of shape (labels, labels).

    0 for what has no rows to be counted over, as scikit-learn's `precision_recall_fscore_support(zero_division=0)`.

    >>> label_scores(np.array([[1, 1], [0, 2]]))[0]
    LabelScores(precision=1.0, recall=0.5, f1=0.6666666666666666, rows=2)
    """
    hits, rows, named = np.diagonal(counts), counts.sum(axis=1), counts.sum(axis=0)
    scores = (hits / np.maximum(named, 1), hits / np.maximum(rows, 1), 2 * hits / np.maximum(rows + named, 1))
    return [LabelScores(float(p), float(r), float(f), int(n)) for p, r, f, n in zip(*scores, rows, strict=True)]


def average_precision(is_true: NDArray[np.bool_], shares: NDArray[np.floating]) -> float:
    """Return the average precision of a label: the area under its precision-recall curve, as a sum of steps.

    `is_true` and `shares`, both of shape (rows,), say which rows have the label, and how likely it is for each. A guess
    at random has the label's share of the rows. Equal to scikit-learn's `average_precision_score`. Raises ValueError if
    no row has the label.

    >>> average_precision(np.array([True, False, True]), np.array([0.9, 0.6, 0.4])).__round__(4)
    0.8333
    """
    if not is_true.any():
        raise ValueError(f"none of {len(is_true)} rows has the label; an average precision needs one")
    order = np.argsort(-shares, kind="stable")
    hits = np.cumsum(is_true[order])
    ends = np.flatnonzero(np.append(np.diff(shares[order]) != 0, True))  # rows of equal shares come at once
    recalls = hits[ends] / hits[-1]
    return float((np.diff(recalls, prepend=0.0) * hits[ends] / (ends + 1)).sum())
