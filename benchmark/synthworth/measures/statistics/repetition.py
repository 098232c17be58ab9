"""Whether a measurement that was made again agrees with the first one, by how far training seeds scatter."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Scatter(NamedTuple):
    """The variance of a score between training seeds, and the degrees of freedom that it was estimated with."""

    variance: float
    degrees: float


def pooled_scatter(groups: Sequence[Sequence[float]]) -> Scatter:
    """The variance within groups of scores, each of the seeds of one training set; groups of one say nothing.

    >>> variance, degrees = pooled_scatter([[0.6, 0.8], [0.5, 0.7, 0.9], [0.1]])
    >>> round(variance, 4), degrees
    (0.0333, 3)
    """
    degrees = sum(len(group) - 1 for group in groups if group)
    squares = sum(float(np.var(group)) * len(group) for group in groups if group)
    return Scatter(squares / degrees if degrees else 0.0, degrees)


def scatter_of_mean(scatters: Sequence[Scatter]) -> Scatter:
    """The scatter of a mean over tasks from those of its tasks, with the degrees of freedom of Satterthwaite (1946).

    Biometrics Bulletin 2. Without any of them, nothing is known of the mean: 0 degrees. ValueError for none at all.

    >>> variance, degrees = scatter_of_mean([Scatter(1e-4, 6), Scatter(1e-4, 6)])
    >>> round(variance, 7), round(degrees, 3)
    (5e-05, 12.0)
    """
    if not scatters:
        raise ValueError("no scatter to average; a mean has at least one task")
    variance = sum(one.variance for one in scatters) / len(scatters) ** 2
    if min(one.degrees for one in scatters) <= 0:
        return Scatter(variance, 0)
    spread = sum((one.variance / len(scatters) ** 2) ** 2 / one.degrees for one in scatters)
    return Scatter(variance, variance**2 / spread if spread else sum(one.degrees for one in scatters))


def repetition_tolerance(
    scatter: Scatter, *, first: int, again: int, comparisons: int = 1, false_alarms: float = 0.01
) -> float:
    """How far the mean over `first` seeds may lie from that over `again` others, where both were honestly measured.

    Student's t at the degrees of freedom of `scatter`, two-sided, Bonferroni-corrected: that any of all `comparisons`
    of honest measurements exceeds its tolerance has a chance of at most `false_alarms`. Infinite without a degree of
    freedom: nothing is known then. ValueError where a count is not positive.

    >>> round(repetition_tolerance(Scatter(1e-4, 6), first=3, again=1, comparisons=10), 3)
    0.069
    """
    from scipy.special import stdtrit

    if min(first, again, comparisons) < 1 or not 0 < false_alarms < 1:
        raise ValueError(f"{first} and {again} seeds, {comparisons} comparisons at {false_alarms}; each is positive")
    if not scatter.degrees:
        return math.inf
    quantile = float(stdtrit(scatter.degrees, 1 - false_alarms / comparisons / 2))
    return quantile * math.sqrt(scatter.variance * (1 / first + 1 / again))
