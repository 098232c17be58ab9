"""Logistic regression solved to rounding, and what each of its texts does to the loss on held-out ones: influence."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthworth.training.regression import labels_are_labels

STRENGTH = 10.0  # C of the regression, as that of `fit_frozen`: embeddings of length 1 are close together
SOLVED = 1e-10  # of the slope at the solution, and of the solution of the linear equations
STEPS = 1000

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Regression:
    """A solved logistic regression: `labels`, sorted, and `weights` of shape (d + 1, labels), the last for the bias."""

    labels: Sequence[str]
    weights: Floats

    def shares(self, embeddings: NDArray[np.floating]) -> Floats:
        """Return how likely each label is for each text, shape (texts, labels); `embeddings` has shape (texts, d)."""
        return _softmax(_with_bias(embeddings) @ self.weights)


def solved(embeddings: NDArray[np.floating], labels: Sequence[str], weights: Floats | None = None) -> Regression:
    """Fit a logistic regression by Newton's method until nothing changes any more, in double precision.

    An optimiser that stops early leaves an error that another machine would not repeat. Here the answer differs between
    machines by what their embeddings do, and no more. `embeddings` has the shape (texts, d), each of length 1. The
    `weights` of the texts, shape (texts,), are by default such that labels count alike, however many texts they have.
    Raises ValueError if all texts have one label.
    """
    from sklearn.linear_model import LogisticRegression

    names, given = _checked(labels)
    two = (
        len(names) == 2
    )  # scikit-learn then has one row of weights, the difference of ours: half of its square is ours
    regression = LogisticRegression(
        C=STRENGTH * (2 if two else 1), fit_intercept=False, solver="newton-cg", tol=SOLVED, max_iter=STEPS
    )
    with labels_are_labels():
        regression.fit(_with_bias(embeddings), given, _balance(given) if weights is None else weights)
    found = np.asarray(regression.coef_.T, dtype=np.float64)
    return Regression(labels=names, weights=np.hstack([-found / 2, found / 2]) if two else found)


def helpfulness(
    embeddings: NDArray[np.floating],
    labels: Sequence[str],
    held_out: NDArray[np.floating],
    held_out_labels: Sequence[str],
) -> Floats:
    """Return how fast more weight on each text lowers the loss on held-out texts: its influence, sign turned round.

    Koh and Liang 2017 (arXiv 1703.04730), for the regression of `solved`: the gradient of the held-out loss, by the
    inverse Hessian, by the gradient of the text's own cross-entropy. The held-out loss is the reverse cross-entropy, as
    in ProGen (Ye et al. 2022, arXiv 2210.12329): up to a factor, one minus the probability of the label. It is bounded,
    so that a held-out text with a wrong label counts no more than another. Above 0: the text helps. Embeddings have the
    shapes (texts, d) and (held-out texts, d); returns shape (texts,). Raises ValueError if all texts have one label, or
    a held-out label is none of theirs.
    """
    names, given = _checked(labels)
    if others := sorted(set(held_out_labels) - set(names)):
        raise ValueError(f"held-out texts of {others[0]!r}, which no text that is learnt from has; give some of it")
    regression = solved(embeddings, labels)
    shares, their_shares = regression.shares(embeddings), regression.shares(held_out)
    right = np.eye(len(names))[given]
    their_right = np.eye(len(names))[[names.index(label) for label in held_out_labels]]
    falls = (their_shares * their_right).sum(axis=1, keepdims=True) * (their_shares - their_right)
    points = _with_bias(embeddings)
    downhill = _by_inverse_hessian(points, shares, _balance(given), _with_bias(held_out).T @ falls / len(held_out))
    return np.asarray(((points @ downhill) * (shares - right)).sum(axis=1))


def _by_inverse_hessian(points: Floats, shares: Floats, weights: Floats, slope: Floats) -> Floats:
    """Solve for the step, shape (d + 1, labels), by conjugate gradients: the matrix of 77 labels would be gigabytes."""
    from scipy.sparse.linalg import LinearOperator, cg

    def times(flat: Floats) -> Floats:
        step = flat.reshape(slope.shape)
        scores = points @ step
        turned = shares * (scores - (shares * scores).sum(axis=1, keepdims=True))
        return np.ravel(points.T @ (weights[:, None] * turned) + step / STRENGTH)

    hessian = LinearOperator((slope.size, slope.size), matvec=times, dtype=np.float64)
    found, _ = cg(hessian, slope.ravel(), rtol=SOLVED, atol=0, maxiter=STEPS)
    return np.asarray(found).reshape(slope.shape)


def _checked(labels: Sequence[str]) -> tuple[list[str], NDArray[np.int64]]:
    names = sorted(set(labels))
    if len(names) < 2:
        raise ValueError(f"all {len(labels)} texts have one label; a classifier needs two")
    return names, np.array([names.index(label) for label in labels])


def _with_bias(embeddings: NDArray[np.floating]) -> Floats:
    return np.hstack([np.asarray(embeddings, dtype=np.float64), np.ones((len(embeddings), 1))])


def _balance(given: NDArray[np.int64]) -> Floats:
    """Weights of the texts, shape (texts,): the same sum for each label."""
    counts = np.bincount(given)
    return np.asarray((len(given) / (len(counts) * counts))[given])


def _softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
