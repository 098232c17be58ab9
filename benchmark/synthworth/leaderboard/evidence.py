"""What the results of a row say: their mean, and with its interval the drop, the gap recovered and the worth."""

import math
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any, NamedTuple

import numpy as np

from synthworth.core.result import Result
from synthworth.measures import metrics
from synthworth.measures.statistics import (
    Sample,
    Worth,
    draws_of_mean,
    resampled_scores,
    row_variance,
    variance_of_difference,
    variance_of_mean,
    variance_over_tasks,
    worth,
)
from synthworth.measures.statistics.interval import Variance, half_width, interval_of, p_of, tails

DRAWS = 1000  # for an interval of what a set is worth, where rows were not resampled
ROUNDING = 1e-6  # of a score in a result: what is this near is equal
LEAST = 1e-9  # the smallest p: a family of many pairs multiplies it, and no tail is known better


class Estimate(NamedTuple):
    """A number with the ends of its 95 % interval, in its own unit."""

    value: float
    low: float
    high: float


class Against(NamedTuple):
    """One task's scores beside those of real texts of the same size, and of always guessing the most frequent label."""

    scores: Sample
    real: Sample
    floor: float


def sample_of(found: Sequence[Result], resampled: Mapping[tuple[str | int, ...], Any]) -> Sample:
    """The Macro-F1 of the results of one row: a run is a training seed, or a generation seed where there are several.

    Training seeds share the texts of their generation seed, and are averaged there. `resampled` maps the keys of
    results to their scores on resampled test rows; where one is missing, none is used.
    """
    found = sorted(found, key=lambda result: result.key)
    several = len({result.generation_seed for result in found}) > 1
    runs: dict[int, list[Result]] = {}
    for result in found:
        runs.setdefault(result.generation_seed if several else result.training_seed, []).append(result)
    drawn = None
    if all(result.key in resampled for result in found):
        drawn = np.stack([np.mean([resampled[result.key] for result in run], axis=0) for run in runs.values()])
    return Sample(
        scores=np.array([fmean(result.macro_f1 for result in run) for run in runs.values()]),
        row_variance=float(row_variance(np.array([result.confusion for result in found]), metrics.macro_f1).mean()),
        resampled=drawn,
    )


def resampled_by_key(results: Sequence[Result], true: Sequence[str]) -> dict[tuple[str | int, ...], Any]:
    """The Macro-F1 of results of one test set on the same resampled rows, by their keys; `true` are its labels.

    ValueError where a result's predictions and these labels do not give the confusion that it says.
    """
    results = sorted(results, key=lambda result: result.key)  # an order of their own: the draws depend on it
    for result in results:
        if not fits(result, true):
            raise ValueError(
                f"result of {result.task}, {result.method}, {result.classifier}: its predictions and the labels of the "
                "data do not give its confusion; give the data that it was scored on, or measure it again"
            )
    found = resampled_scores(true, [result.predictions for result in results], results[0].labels, metrics.macro_f1)
    return {result.key: drawn for result, drawn in zip(results, found.resampled, strict=True)}


def fits(result: Result, true: Sequence[str]) -> bool:
    """Whether a result's predictions of test rows with these labels give the confusion that it says."""
    return len(true) == result.test_rows and np.array_equal(
        metrics.confusion(true, result.predictions, result.labels), result.confusion
    )


def p_of_pair(first: Sequence[Sample], second: Sequence[Sample]) -> float:
    """The two-sided p that two entries have the same mean over these tasks, a sample for each; paired on test rows."""
    pairs = list(zip(first, second, strict=True))
    variance = variance_over_tasks([variance_of_difference(one, other) for one, other in pairs])
    return p_of(fmean(one.mean - other.mean for one, other in pairs), variance, least=LEAST)


def drop(tasks: Sequence[Against]) -> Estimate:
    """Macro-F1 of real texts less that of the row, a mean over tasks; its interval holds test rows and seeds."""
    value = fmean(of.real.mean - of.scores.mean for of in tasks)
    return Estimate(
        value,
        *interval_of(value, variance_over_tasks([variance_of_difference(of.real, of.scores) for of in tasks])),
    )


def gap_recovered(tasks: Sequence[Against]) -> Estimate | None:
    """The share of what real texts of the same size add to the floor that the row adds: 0 the floor, 1 real texts.

    (score - floor) / (real - floor), each a mean over tasks: the performance gap recovered of AgoraBench (Kim et al.
    2024, arXiv 2412.03679) with a majority floor. It may be below 0 or above 1. None where the interval of real - floor
    does not lie above 0: a share of nothing says nothing. The interval holds test rows and seeds, by the delta method.
    """
    whole = fmean(of.real.mean - of.floor for of in tasks)
    if interval_of(whole, variance_over_tasks([variance_of_mean(of.real) for of in tasks])).low <= ROUNDING:
        return None
    share = fmean(of.scores.mean - of.floor for of in tasks) / whole
    known, estimated, degrees = variance_over_tasks(
        [variance_of_difference(of.scores, of.real, weight=share) for of in tasks]
    )
    return Estimate(share, *interval_of(share, Variance(known / whole**2, estimated / whole**2, degrees)))


def floor(confusion: Sequence[Sequence[int]]) -> float:
    """The Macro-F1 of always guessing the most frequent test label, whatever was predicted; no test row moves it.

    >>> round(floor([[50, 10], [20, 20]]), 4)    # F1 of the first label 2 x 60 / (60 + 100), of the second 0
    0.375
    """
    rows = [sum(row) for row in confusion]
    return 2 * max(rows) / (max(rows) + sum(rows)) / len(rows)


def accuracy(found: Sequence[Result]) -> Estimate:
    """The mean accuracy of results and its interval over test rows, within true labels, as `low` and `high` are."""
    value = fmean(result.accuracy for result in found)
    counts = np.array([result.confusion for result in found])
    hits, rows = np.diagonal(counts, axis1=-2, axis2=-1), counts.sum(axis=-1)
    variance = (hits * (1 - hits / np.maximum(rows, 1))).sum(axis=-1) / rows.sum(axis=-1) ** 2  # of binomial hits
    half = half_width(Variance(float(variance.mean()), 0.0, math.inf), tails(0.95)[0])
    return Estimate(value, max(0.0, value - half), min(1.0, value + half))


def mean_of(estimates: Sequence[Estimate]) -> Estimate:
    """The mean of independent estimates, one a task, with the interval that theirs give it for these very tasks.

    Each end is as far from the mean as the ends of the parts are from theirs, added as variances are: the method of
    variance estimates recovery (Zou & Donner 2008, Statistics in Medicine 27).

    >>> mean_of([Estimate(0.5, 0.25, 0.75), Estimate(1.0, 0.75, 1.0)])
    Estimate(value=0.75, low=0.5732233047033631, high=0.875)
    """
    value = fmean(of.value for of in estimates)
    below, above = (math.hypot(*(of[end] - of.value for of in estimates)) / len(estimates) for end in (1, 2))
    return Estimate(value, value - below, value + above)


class Curve:
    """Scores of real texts by size, with draws of their means over test rows and seeds."""

    def __init__(self, points: Mapping[int, Sample]) -> None:
        self.points = points
        self._drawn: dict[bool, dict[int, Any]] = {}

    def worth(self, scores: Sample) -> Worth:
        """How many real texts per label reach the mean of `scores`, with its interval.

        Where all rows were resampled, they are the same rows for all: what they do to several scores is paired.
        """
        paired = all(sample.resampled is not None for sample in (scores, *self.points.values()))
        if paired not in self._drawn:
            numbered = enumerate(self.points.items())
            self._drawn[paired] = {size: _draws(sample, seed, paired) for seed, (size, sample) in numbered}
        return worth(
            {size: sample.mean for size, sample in self.points.items()},
            scores.mean,
            resampled_curve=self._drawn[paired],
            resampled_score=_draws(scores, len(self.points), paired),
        )


def worth_told(found: Worth) -> str:
    """What a set is worth, in words, with the interval unless it is as narrow.

    >>> worth_told(Worth(120.0, 0.0, 150.0, least=50, most=1000))
    '120 (<50 to 150)'
    """
    value, *bounds, least, most = found

    def said(examples: float) -> str:
        return f"<{least}" if examples < least else f">{most}" if examples > most else f"{examples:.0f}"

    told, low, high = map(said, (value, *bounds))
    return told if told == low == high else f"{told} ({low} to {high})"


def _draws(sample: Sample, seed: int, paired: bool) -> Any:
    """Draws of a mean score; different seeds draw other errors of seeds and, where rows are not paired, other rows."""
    if paired and sample.resampled is not None:
        return draws_of_mean(sample.scores, sample.resampled, seed=seed)
    random, runs = np.random.default_rng(seed), len(sample.scores)
    drawn = sample.mean + math.sqrt(sample.row_variance) * random.standard_normal(DRAWS)
    if runs > 1:
        drawn += random.standard_t(runs - 1, DRAWS) * math.sqrt(float(sample.scores.var(ddof=1)) / runs)
    return drawn
