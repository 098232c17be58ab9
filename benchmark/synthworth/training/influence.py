"""Logistic regression solved to rounding, and what each of its texts does to the loss on held-out ones: influence."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STRENGTH = 10.0  # C of the regression, as that of `fit_frozen`: embeddings of length 1 are close together
STEPS = 100
SOLVED = 1e-12  # of a Newton step, relative to the weights

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Regression:
    """A solved logistic regression: `labels`, sorted, and `weights` of shape (d + 1, labels), the last for the bias."""

    labels: Sequence[str]
    weights: Floats

    def shares(self, embeddings: NDArray[np.floating]) -> Floats:
        """Return how likely each label is for each text, shape (texts, labels); `embeddings` has shape (texts, d)."""
        return _softmax(_with_bias(embeddings) @ self.weights)


def solved(embeddings: NDArray[np.floating], labels: Sequence[str]) -> Regression:
    """Fit a logistic regression by Newton's method until nothing changes any more, in double precision.

    An optimiser that stops early leaves an error that another machine would not repeat. Here the answer differs between
    machines by what their embeddings do, and no more. `embeddings` has the shape (texts, d), each of length 1; labels
    count alike, however many texts they have. Raises ValueError if all texts have one label.
    """
    names, given = _checked(labels)
    points, basis = _turned(_with_bias(embeddings))
    weights = _newton(points, _one_hot(given, len(names)), _balance(given))
    return Regression(labels=names, weights=basis @ weights)


def helpfulness(
    embeddings: NDArray[np.floating],
    labels: Sequence[str],
    held_out: NDArray[np.floating],
    held_out_labels: Sequence[str],
) -> Floats:
    """Return how fast more weight on each text lowers the loss on held-out texts: its influence, sign turned round.

    Koh and Liang 2017 (arXiv 1703.04730), in closed form for the regression of `solved`: the gradient of the held-out
    loss, by the inverse Hessian, by the gradient of the text's own cross-entropy. The held-out loss is the reverse
    cross-entropy, as in ProGen (Ye et al. 2022, arXiv 2210.12329): up to a factor, one minus the probability of the
    label. It is bounded, so that a held-out text with a wrong label counts no more than another. Above 0: the text
    helps. Embeddings have the shapes (texts, d) and (held-out texts, d); returns shape (texts,). Raises ValueError if
    all texts have one label, or a held-out label is none of theirs.
    """
    names, given = _checked(labels)
    if others := sorted(set(held_out_labels) - set(names)):
        raise ValueError(f"held-out texts of {others[0]!r}, which no text that is learnt from has; give some of it")
    points, basis = _turned(_with_bias(embeddings))
    right, weight = _one_hot(given, len(names)), _balance(given)
    weights = _newton(points, right, weight)
    shares = _softmax(points @ weights)
    others_points = _with_bias(held_out) @ basis
    their_right = _one_hot(np.array([names.index(label) for label in held_out_labels]), len(names))
    their_shares = _softmax(others_points @ weights)
    falls = (their_shares * their_right).sum(axis=1, keepdims=True) * (their_shares - their_right)
    downhill = _solve(_hessian(points, shares, weight), _flat(others_points.T @ falls) / len(held_out))
    return np.asarray(((points @ _matrix(downhill, len(names))) * (shares - right)).sum(axis=1))


def _checked(labels: Sequence[str]) -> tuple[list[str], NDArray[np.int64]]:
    names = sorted(set(labels))
    if len(names) < 2:
        raise ValueError(f"all {len(labels)} texts have one label; a classifier needs two")
    return names, np.array([names.index(label) for label in labels])


def _with_bias(embeddings: NDArray[np.floating]) -> Floats:
    return np.hstack([np.asarray(embeddings, dtype=np.float64), np.ones((len(embeddings), 1))])


def _turned(points: Floats) -> tuple[Floats, Floats]:
    """Return the points in the coordinates of the space that they span, and that space's basis: fewer to solve for."""
    left, lengths, right = np.linalg.svd(points, full_matrices=False)
    kept = lengths > lengths[0] * 1e-10
    return left[:, kept] * lengths[kept], right[kept].T


def _one_hot(given: NDArray[np.int64], labels: int) -> Floats:
    return np.eye(labels)[given]


def _balance(given: NDArray[np.int64]) -> Floats:
    """Weights of the texts, shape (texts, 1): the same sum for each label."""
    counts = np.bincount(given)
    return (len(given) / (len(counts) * counts))[given][:, None]


def _newton(points: Floats, right: Floats, weight: Floats) -> Floats:
    weights = np.zeros((points.shape[1], right.shape[1]))
    for _ in range(STEPS):
        shares = _softmax(points @ weights)
        slope = points.T @ (weight * (shares - right)) + weights / STRENGTH
        step = _matrix(_solve(_hessian(points, shares, weight), _flat(slope)), right.shape[1])
        length, here = 1.0, _loss(points, right, weight, weights)
        while length > 1e-6 and _loss(points, right, weight, weights - length * step) > here * (1 + 1e-12):
            length /= 2  # the loss is convex: a full step overshoots at the beginning at most
        weights = weights - length * step
        if np.abs(step).max() <= SOLVED * max(1.0, float(np.abs(weights).max())):
            break
    return weights


def _loss(points: Floats, right: Floats, weight: Floats, weights: Floats) -> float:
    scores = points @ weights
    most = scores.max(axis=1, keepdims=True)
    logs = scores - most - np.log(np.exp(scores - most).sum(axis=1, keepdims=True))
    return float(-(weight * right * logs).sum() + (weights**2).sum() / (2 * STRENGTH))


def _hessian(points: Floats, shares: Floats, weight: Floats) -> Floats:
    """The second derivatives of the loss, shape (labels * d, labels * d): label by label."""
    size, labels = points.shape[1], shares.shape[1]
    hessian = np.eye(size * labels) / STRENGTH
    for one in range(labels):
        for other in range(labels):
            curve = weight[:, 0] * shares[:, one] * ((one == other) - shares[:, other])
            block = points.T @ (curve[:, None] * points)
            hessian[one * size : (one + 1) * size, other * size : (other + 1) * size] += block
    return hessian


def _solve(matrix: Floats, right: Floats) -> Floats:
    return np.asarray(np.linalg.solve(matrix, right), dtype=np.float64)


def _flat(matrix: Floats) -> Floats:
    return np.asarray(matrix.T.reshape(-1))


def _matrix(flat: Floats, labels: int) -> Floats:
    return np.asarray(flat.reshape(labels, -1).T)


def _softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
