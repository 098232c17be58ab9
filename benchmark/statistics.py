"""How far a score can be trusted: intervals by resampling."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 10_000


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
    """Percentile bootstrap over test rows of a score of confusion counts; source of variance: the test sample.

    Drawing n rows with replacement and counting them is one multinomial draw over the cells, so 10,000
    resamples are one array of shape (resamples, labels, labels): no loop over rows.

    >>> from benchmark.metrics import accuracy
    >>> low, high = bootstrap_interval(np.array([[80, 20], [20, 80]]), accuracy)
    >>> 0.73 < low < 0.76 and 0.84 < high < 0.87
    True
    """
    rows = int(counts.sum())
    if rows == 0:
        raise ValueError("no test rows to resample; a score needs at least one")
    draws = np.random.default_rng(seed).multinomial(rows, counts.ravel() / rows, size=RESAMPLES)
    scores = score(draws.reshape(RESAMPLES, *counts.shape))
    tail = (1 - level) / 2
    return Interval(*(float(q) for q in np.quantile(scores, [tail, 1 - tail])))
