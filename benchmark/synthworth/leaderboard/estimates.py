"""Numbers with 95 % intervals from the samples of a row: score, drop, gap recovered, and their means over tasks."""

import math
from collections.abc import Sequence
from statistics import fmean
from typing import NamedTuple

from synthworth.measures.statistics import (
    Estimate,
    Sample,
    Variance,
    interval_of,
    p_of,
    variance_of_difference,
    variance_of_mean,
    variance_over_tasks,
)

ROUNDING = 1e-6  # scores in results are rounded: closer ones are equal
LEAST = 1e-9  # the smallest p: a family of many pairs multiplies it, and no tail is known better


class TaskContrast(NamedTuple):
    """The scores of one row on one task, beside real texts of the same size and the floor of that test set."""

    scores: Sample
    real: Sample
    floor: float


def score(sample: Sample) -> Estimate:
    """The mean of a sample with its interval over test rows and, from two runs on, over seeds; cut to [0, 1].

    What test rows do to all runs alike is told from confusion tables and predictions alone (`shared_row_variance`),
    so that the interval is the same whether or not the test labels are at hand. It is the one interval of a score:
    tables, pages, figures and CSV show it. If runs are draws of the texts (`sample_of` makes them so where there are
    several), it is about the method; with one draw it is about these very texts, and whoever shows it says "one draw".
    """
    return score_over_tasks([sample])


def score_over_tasks(samples: Sequence[Sample]) -> Estimate:
    """The mean of independent scores, a sample for each task, with its interval for these very tasks; cut to [0, 1].

    What rows and seeds of each task add to the variance is summed, and the few seeds of every task have Welch's degrees
    of freedom together: with three seeds of each of ten tasks, about twenty in place of two.

    >>> import numpy as np
    >>> one = Sample(np.array([0.68, 0.70, 0.72]), row_variance=1e-4)
    >>> alone, ten = score_over_tasks([one]), score_over_tasks([one] * 10)
    >>> round(alone.high - alone.value, 3), round(ten.high - ten.value, 3)
    (0.05, 0.01)
    """
    value = fmean(sample.mean for sample in samples)
    variances = [variance_of_mean(sample._replace(resampled=None)) for sample in samples]
    low, high = interval_of(value, variance_over_tasks(variances))
    return Estimate(value, max(0.0, low), min(1.0, high))


def p_of_pair(first: Sequence[Sample], second: Sequence[Sample]) -> float:
    """The two-sided p that two entries have the same mean over these tasks, a sample for each; paired on test rows."""
    pairs = list(zip(first, second, strict=True))
    variance = variance_over_tasks([variance_of_difference(one, other) for one, other in pairs])
    return p_of(fmean(one.mean - other.mean for one, other in pairs), variance, least=LEAST)


def drop(tasks: Sequence[TaskContrast]) -> Estimate:
    """Macro-F1 of real texts less that of the row, a mean over tasks; its interval holds test rows and seeds."""
    return difference([task.real for task in tasks], [task.scores for task in tasks])


def difference(first: Sequence[Sample], second: Sequence[Sample]) -> Estimate:
    """The mean of the first less that of the second, over tasks, with a sample for each; paired on test rows.

    >>> import numpy as np
    >>> one, other = (Sample(np.array([score] * 2), row_variance=1e-4) for score in (0.75, 0.5))
    >>> round(difference([one, one], [other, one]).value, 3)
    0.125
    """
    pairs = list(zip(first, second, strict=True))
    value = fmean(one.mean - other.mean for one, other in pairs)
    return Estimate(value, *interval_of(value, variance_over_tasks([variance_of_difference(*pair) for pair in pairs])))


def gap_recovered(tasks: Sequence[TaskContrast]) -> Estimate | None:
    """The share of the gap between floor and real texts of the same size that the row closes: 0 the floor, 1 real.

    (score - floor) / (real - floor), each a mean over tasks: the performance gap recovered of AgoraBench (Kim et al.
    2024, arXiv 2412.03679), from the floor of `chance_macro_f1`. It may be below 0 or above 1. None if the interval of
    real - floor does not lie above 0: a share of nothing says nothing. The interval holds test rows and seeds, by the
    delta method.
    """
    whole = fmean(task.real.mean - task.floor for task in tasks)
    if interval_of(whole, variance_over_tasks([variance_of_mean(task.real) for task in tasks])).low <= ROUNDING:
        return None
    share = fmean(task.scores.mean - task.floor for task in tasks) / whole
    known, estimated, degrees = variance_over_tasks(
        [variance_of_difference(task.scores, task.real, weight=share) for task in tasks]
    )
    return Estimate(share, *interval_of(share, Variance(known / whole**2, estimated / whole**2, degrees)))


def mean_of(estimates: Sequence[Estimate]) -> Estimate:
    """The mean of independent estimates, one for each task, with the interval that theirs give it for these tasks.

    Each end is as far from the mean as the ends of the parts are from theirs, added as variances are: the method of
    variance estimates recovery (Zou & Donner 2008, Statistics in Medicine 27).

    >>> mean_of([Estimate(0.5, 0.25, 0.75), Estimate(1.0, 0.75, 1.0)])
    Estimate(value=0.75, low=0.5732233047033631, high=0.875)
    """
    value = fmean(part.value for part in estimates)
    below, above = (math.hypot(*(part[end] - part.value for part in estimates)) / len(estimates) for end in (1, 2))
    return Estimate(value, value - below, value + above)
