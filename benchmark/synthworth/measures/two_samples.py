"""Distances between two sets of texts, by their embeddings and without labels: MMD, two-sample test, PAD."""

import math

import numpy as np
from numpy.typing import NDArray

FOLDS = 5


def median_distance(embeddings: NDArray[np.floating]) -> float:
    """Return the median Euclidean distance of two rows of an array of shape (n, d): the usual width of a kernel.

    The median heuristic (Gretton et al. 2012, JMLR 13, section 8). Raises ValueError if n < 2, or the median is 0.

    >>> median_distance(np.array([[0.0], [1.0], [3.0]]))
    2.0
    """
    rows = np.asarray(embeddings, dtype=np.float64)
    if len(rows) < 2:
        raise ValueError(f"{len(rows)} text; a distance between texts needs at least 2")
    apart = np.sqrt(_squared_distances(rows, rows)[np.triu_indices(len(rows), k=1)])
    middle = float(np.median(apart))
    if not middle:
        raise ValueError("most of the texts are the same; give different ones")
    return middle


def squared_mmd(a: NDArray[np.floating], b: NDArray[np.floating], width: float) -> float:
    """Return the unbiased estimate of the squared maximum mean discrepancy of two samples, shapes (n, d) and (m, d).

    MMD_u^2 of Gretton et al. 2012 (JMLR 13, equation 3) with the Gaussian kernel exp(-|x - y|^2 / (2 width^2)): about 0
    for samples of one distribution, and below it as often as above; at most 2. Raises ValueError if n or m is below 2.

    >>> round(squared_mmd(np.array([[0.0], [0.0]]), np.array([[9.0], [9.0]]), 1.0), 6)
    2.0
    """
    n, m = len(a), len(b)
    if min(n, m) < 2:
        raise ValueError(f"{n} and {m} texts; the discrepancy of two samples needs at least 2 of each")
    within_a, within_b, across = (_kernel(x, y, width) for x, y in ((a, a), (b, b), (a, b)))
    same_a = (within_a.sum() - n) / (n * (n - 1))  # a text beside itself, with the kernel 1, does not count
    same_b = (within_b.sum() - m) / (m * (m - 1))
    return float(same_a + same_b - 2 * across.mean())


def neighbour_accuracy(a: NDArray[np.floating], b: NDArray[np.floating], *, seed: int = 0) -> float:
    """Return how often the nearest neighbours of a row tell which of two samples it is of: 0.5 by chance, at most 1.

    The classifier two-sample test of Lopez-Paz & Oquab 2017 (ICLR, C2ST-KNN): cross-validated in 5 folds drawn by the
    seed, each with equal shares of the samples; k is the root of the number of rows to learn from, made odd, and the
    accuracy a mean over both samples. Raises ValueError if one has fewer than 5 rows.

    >>> neighbour_accuracy(np.arange(5.0)[:, None], np.arange(90.0, 95.0)[:, None])
    1.0
    """
    if min(len(a), len(b)) < FOLDS:
        raise ValueError(f"{len(a)} and {len(b)} texts; cross-validation needs at least {FOLDS} of each")
    rows, is_b = np.concatenate([a, b]).astype(np.float64), np.repeat([False, True], [len(a), len(b)])
    lot = np.random.default_rng(seed)
    fold = np.concatenate([lot.permutation(np.arange(len(one)) % FOLDS) for one in (a, b)])
    apart = _squared_distances(rows, rows)
    right = np.zeros(len(rows), dtype=bool)
    for held in range(FOLDS):
        inside, others = np.flatnonzero(fold == held), np.flatnonzero(fold != held)
        k = math.isqrt(len(others)) | 1
        nearest = others[np.argsort(apart[np.ix_(inside, others)], axis=1, kind="stable")[:, :k]]
        right[inside] = (is_b[nearest].mean(axis=1) > 0.5) == is_b[inside]
    return float((right[~is_b].mean() + right[is_b].mean()) / 2)


def proxy_a_distance(error: float) -> float:
    """Return the proxy A-distance 2 (1 - 2 error) of two samples that a linear classifier tells apart with that error.

    Ben-David et al. 2007 (NeurIPS 19): 2 for samples that are told apart always, 0 for such as cannot be; an error
    above a half counts as a half. Raises ValueError if `error`, on held-out rows, is not in [0, 1].

    >>> proxy_a_distance(0.05), proxy_a_distance(0.6)
    (1.8, 0.0)
    """
    if not 0 <= error <= 1:
        raise ValueError(f"the error is {error}; it is a share of rows, between 0 and 1")
    return 2 * (1 - 2 * min(error, 0.5))


def _kernel(x: NDArray[np.floating], y: NDArray[np.floating], width: float) -> NDArray[np.float64]:
    return np.asarray(np.exp(-_squared_distances(x, y) / (2 * width**2)))


def _squared_distances(x: NDArray[np.floating], y: NDArray[np.floating]) -> NDArray[np.float64]:
    one, other = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    squares = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1)[None, :] - 2 * one @ other.T
    if x is y:
        np.fill_diagonal(squares, 0.0)
    return np.asarray(np.maximum(squares, 0.0))
