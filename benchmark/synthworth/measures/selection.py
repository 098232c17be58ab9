"""The choice of some texts among many by their embeddings: without near copies, and so that few stand for all."""

import numpy as np
from numpy.typing import NDArray

ROUNDING = 1e-6  # of a cosine: an embedding and its copy may differ in the last digits

Embeddings = NDArray[np.floating]


def unlike_earlier(embeddings: Embeddings, cosine: float) -> list[int]:
    """Return the rows whose cosine with each row returned before is below `cosine`, in order.

    `embeddings` has the shape (texts, d), each of length 1. The first of several near copies stays, and of what is
    returned, all would be returned again.

    >>> unlike_earlier(np.array([[1.0, 0.0], [0.6, 0.8], [1.0, 0.0]]), 0.95)
    [0, 1]
    """
    kept: list[int] = []
    near = np.zeros(len(embeddings), dtype=bool)
    for row in range(len(embeddings)):
        if not near[row]:
            kept.append(row)
            near |= embeddings @ embeddings[row] >= cosine - ROUNDING
    return kept


def k_centre(embeddings: Embeddings, size: int) -> list[int]:
    """Return `size` rows so that no row is far from all of them, in order; all rows if there are no more.

    Greedy (Gonzalez 1985; for training sets, Sener and Savarese 2018): first the row nearest to the mean, then again
    and again the row whose highest cosine with those chosen is lowest. The largest distance that is left is at most
    twice the least possible. `embeddings` has the shape (texts, d), each of length 1.
    """
    if size >= len(embeddings):
        return list(range(len(embeddings)))
    chosen: list[int] = []
    nearest = -(embeddings @ embeddings.mean(axis=0))
    while len(chosen) < size:
        row = int(nearest.argmin())
        nearest = np.maximum(nearest, embeddings @ embeddings[row]) if chosen else embeddings @ embeddings[row]
        chosen.append(row)
        nearest[chosen] = np.inf
    return sorted(chosen)


def facility_location(embeddings: Embeddings, size: int) -> list[int]:
    """Return `size` rows so that the sum over all rows of the highest cosine with a chosen one is high, in order.

    Greedy, which reaches 1 - 1/e of the best sum or more (Nemhauser, Wolsey and Fisher 1978); cosines below 0 count as
    0. All rows if there are no more. `embeddings` has the shape (texts, d), each of length 1.
    """
    if size >= len(embeddings):
        return list(range(len(embeddings)))
    cosines = np.maximum(embeddings @ embeddings.T, 0)
    covered, chosen = np.zeros(len(embeddings)), list[int]()
    while len(chosen) < size:
        gains = np.maximum(cosines - covered, 0).sum(axis=1)
        gains[chosen] = -1
        chosen.append(int(gains.argmax()))
        covered = np.maximum(covered, cosines[chosen[-1]])
    return sorted(chosen)
