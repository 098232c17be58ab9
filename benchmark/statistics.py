"""How far a score can be trusted: intervals by resampling."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 10_000
CELLS = 4_000_000  # of confusion counts at once: 32 MB


class Interval(NamedTuple):
    """A two-sided interval; `low <= high`, in the unit of the score."""

    low: float
    high: float


def bootstrap_interval(
    counts: NDArray[np.integer],
    score: Callable[[NDArray[np.integer]], NDArray[np.float64]],
    *,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Percentile bootstrap of a score of confusion counts, within true labels; source of variance: the test sample.

    Every resample has as many rows of each true label as the test set. A free draw leaves out a label of few rows now
    and then; its F1 is 0 there, for no fault of the classifier, and the interval would lie below the score. To draw
    a label's rows with replacement and count them is one multinomial draw over its row of the counts: no loop over
    test rows.

    >>> from benchmark.metrics import accuracy
    >>> low, high = bootstrap_interval(np.array([[80, 20], [20, 80]]), accuracy)
    >>> 0.73 < low < 0.76 and 0.84 < high < 0.87
    True
    """
    rows = counts.sum(axis=-1)
    if not rows.any():
        raise ValueError("no test rows to resample; a score needs at least one")
    shares = counts / np.maximum(rows, 1)[:, None]
    random, scores, size = np.random.default_rng(seed), [], max(1, CELLS // counts.size)
    for start in range(0, RESAMPLES, size):
        drawn = random.multinomial(rows, shares, size=(min(size, RESAMPLES - start), len(rows)))
        scores.append(score(drawn))
    tail = (1 - level) / 2
    return Interval(*(float(q) for q in np.quantile(np.concatenate(scores), [tail, 1 - tail])))
