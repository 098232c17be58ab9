"""Similarity of the texts of one set to those of another, as cosines of their embeddings."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

CELLS = 4_000_000  # cosines at once: 16 MB


class Nearest(NamedTuple):
    """The nearest row of each row: `row` of shape (rows,), and `cosine` of the two in [-1, 1]."""

    row: NDArray[np.int64]
    cosine: NDArray[np.float64]


def unit_vectors(embeddings: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the rows of an array of shape (texts, dimensions), each divided by its length.

    Raises ValueError if it has another shape, or a row has no direction: a zero, infinite or missing one.

    >>> unit_vectors(np.array([[3.0, 4.0]])).tolist()
    [[0.6, 0.8]]
    """
    if embeddings.ndim != 2:
        raise ValueError(f"embeddings of shape {embeddings.shape}; they have the shape (texts, dimensions)")
    rows = embeddings.astype(np.float64)
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    lost = np.flatnonzero(~np.isfinite(lengths) | (lengths == 0))
    if lost.size:
        raise ValueError(f"row {lost[0]} has the length {lengths[lost[0]]}; a cosine needs a direction: leave it out")
    rows /= lengths[:, None]
    return rows


def nearest(a: NDArray[np.floating], b: NDArray[np.floating]) -> Nearest:
    """Find for each row of `a`, shape (n, d), the row of `b`, shape (m, d), with the largest cosine.

    Searched in float32, so that rows whose cosines differ by less than 1e-6 count as equally near; the cosine that is
    returned is exact, 1 for a duplicate. Raises ValueError if `b` has no rows.

    >>> closest = nearest(np.array([[2.0, 0.0]]), np.array([[0.0, 1.0], [1.0, 0.0]]))
    >>> closest.row.tolist(), closest.cosine.tolist()
    ([1], [1.0])
    """
    one, other = _of_one_width(a, b)
    if not len(other):
        raise ValueError("no rows to compare with; `b` needs at least one")
    return _search(one, other, itself=True)


def nearest_other(embeddings: NDArray[np.floating]) -> Nearest:
    """Find for each row of an array of shape (n, d) the nearest of the other rows; raises ValueError if n < 2.

    >>> nearest_other(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])).row.tolist()[::2]
    [2, 0]
    """
    rows = unit_vectors(embeddings)
    if len(rows) < 2:
        raise ValueError(f"{len(rows)} texts; a nearest other one needs at least 2")
    return _search(rows, rows, itself=False)


def top_k_similarity(real: NDArray[np.floating], synthetic: NDArray[np.floating], k: int = 5) -> float:
    """Return the mean over real texts of the mean of their k largest cosines to synthetic texts, in [-1, 1].

    For arrays of shapes (n, d) and (m, d). With k = 5, what Figure B.2 of Li et al. (2023) shows. It grows with the
    number of synthetic texts, so compare sets of equal size. Raises ValueError if k is not in 1 to m, or n is 0.

    >>> top_k_similarity(np.array([[1.0, 0.0]]), np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]), k=2)
    0.5
    """
    one, other = _of_one_width(real, synthetic)
    if not 1 <= k <= len(other):
        raise ValueError(f"k is {k}, for {len(other)} synthetic texts; k is at least 1 and at most their number")
    if not len(one):
        raise ValueError("no real texts to average over; at least one is needed")
    columns, total = other.astype(np.float32).T, 0.0
    for rows in _blocks(len(one), len(other)):
        cosines = one[rows].astype(np.float32) @ columns
        cosines.partition(len(other) - k, axis=1)
        total += float(cosines[:, -k:].sum(dtype=np.float64))
    return min(1.0, max(-1.0, total / (len(one) * k)))


def _of_one_width(a: NDArray[np.floating], b: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    one, other = unit_vectors(a), unit_vectors(b)
    if one.shape[1] != other.shape[1]:
        raise ValueError(f"{one.shape[1]} and {other.shape[1]} dimensions; embed both with the same embedder")
    return one, other


def _blocks(rows: int, columns: int) -> list[slice]:
    size = max(1, CELLS // columns)
    return [slice(start, start + size) for start in range(0, rows, size)]


def _search(one: NDArray[np.float64], other: NDArray[np.float64], *, itself: bool) -> Nearest:
    columns = other.astype(np.float32).T
    row, cosine = np.zeros(len(one), dtype=np.int64), np.zeros(len(one))
    for rows in _blocks(len(one), len(other)):
        cosines = one[rows].astype(np.float32) @ columns
        if not itself:
            np.fill_diagonal(cosines[:, rows], -np.inf)
        row[rows] = cosines.argmax(axis=1)
        # |u - v|² = 2 - 2 u·v; the difference of duplicates is exactly 0, where their product is 1 only up to rounding.
        gaps = one[rows] - other[row[rows]]
        cosine[rows] = 1 - np.einsum("ij,ij->i", gaps, gaps) / 2
    return Nearest(row, cosine)
