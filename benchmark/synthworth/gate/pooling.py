"""May tasks share their variance between draws? The rate of false alarms of the average task, and of the worst."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synthworth.gate.comparison import score_change
from synthworth.gate.error_rates import PLANTED_RESAMPLES, MeasuredCell
from synthworth.gate.verdict import ALPHA, MARGIN
from synthworth.measures.statistics import Variance, half_width, moderated_variances, variance_over_tasks

DRAWS = 3  # a side
DROP = 0.05
TRIALS = 4000
Estimates = Callable[[NDArray[np.float64], int], tuple[NDArray[np.float64], NDArray[np.float64]]]


class Spread(NamedTuple):
    """The variances of one task's score, in squared units of it."""

    task: str
    rows: float
    """Of a difference of two means, over test rows."""
    seeds: float
    """Between runs that each have texts of their own."""


class PoolingRates(NamedTuple):
    """Shares, in [0, 1], of comparisons that were called regressed."""

    average: float
    """Of the tasks, with no drop."""
    worst: float
    """Of the task that has the most, with no drop."""
    worst_task: str
    mean: float
    """Of the means over tasks, with no drop."""
    found: float
    """Of the tasks, with a drop of 5 points."""
    mean_found: float
    """Of the means, with a drop of 5 points."""


def own(variances: NDArray[np.float64], degrees: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Leave each task its own variance; shapes (trials, tasks)."""
    return variances, np.full_like(variances, degrees)


def pooled(variances: NDArray[np.float64], degrees: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give all tasks the mean of their variances, with the degrees of freedom of all."""
    tasks = variances.shape[1]
    return np.repeat(variances.mean(axis=1, keepdims=True), tasks, axis=1), np.full_like(variances, degrees * tasks)


WAYS: dict[str, Estimates] = {"each its own": own, "drawn together": moderated_variances, "pooled": pooled}


def spreads_of(cells: Sequence[MeasuredCell]) -> list[Spread]:
    """Return the measured variances of cells with several draws; where draws add nothing, those of training seeds."""
    spreads = []
    for cell in cells:
        drawn = cell.generation_sd
        if drawn is None:
            raise ValueError(f"{cell.task} has one generation seed; what draws differ by takes two or more")
        one, two, *_ = cell.predictions.values()
        change = score_change(cell.true, cell.labels, {0: one}, {0: two}, resamples=PLANTED_RESAMPLES)
        rows = change.variance.known if change.variance else 0.0
        spreads.append(Spread(cell.task, rows, drawn**2 + cell.training_sd**2))
    return spreads


def shrunk(spreads: Sequence[Spread], share: float) -> list[Spread]:
    """Return the spreads, each variance between seeds moved by that share of the way to their mean."""
    mean = float(np.mean([s.seeds for s in spreads]))
    return [s._replace(seeds=(1 - share) * s.seeds + share * mean) for s in spreads]


def pooling_rates(
    spreads: Sequence[Spread],
    estimates: Estimates,
    *,
    draws: int = DRAWS,
    margin: float = MARGIN,
    trials: int = TRIALS,
    seed: int = 0,
) -> PoolingRates:
    """Simulate gates of `draws` draws a side, one training seed each, over tasks with normal scores of these spreads.

    Raises ValueError for fewer than two tasks, two draws or one trial.
    """
    if len(spreads) < 2 or draws < 2 or trials < 1:
        raise ValueError(
            f"{len(spreads)} tasks, {draws} draws, {trials} trials; give at least 2 tasks, 2 draws, 1 trial"
        )
    random = np.random.default_rng(seed)
    sds = np.sqrt([s.seeds for s in spreads])
    scores = random.normal(0, 1, (trials, 2, draws, len(spreads))) * sds
    rows = random.normal(0, 1, (trials, len(spreads))) * np.sqrt([s.rows for s in spreads])
    drops = scores[:, 0].mean(axis=1) - scores[:, 1].mean(axis=1) + rows
    measured = scores.var(axis=2, ddof=1).sum(axis=1) / draws
    variances, degrees = estimates(measured, 2 * (draws - 1))
    known = np.array([s.rows for s in spreads])
    ends = np.array(
        [
            [half_width(Variance(*parts), ALPHA) for parts in zip(known, one, of, strict=True)]
            for one, of in zip(variances, degrees, strict=True)
        ]
    )
    own_degrees = 2 * (draws - 1)
    means = np.array([_mean_end(known, one, own_degrees) for one in measured])

    def told(by: float, shift: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(((shift + by > end) & (shift + by >= margin)).mean(axis=0))

    alarms = told(0.0, drops, ends)
    return PoolingRates(
        average=float(alarms.mean()),
        worst=float(alarms.max()),
        worst_task=spreads[int(alarms.argmax())].task,
        mean=float(told(0.0, drops.mean(axis=1), means)),
        found=float(told(DROP, drops, ends).mean()),
        mean_found=float(told(DROP, drops.mean(axis=1), means)),
    )


def _mean_end(known: NDArray[np.float64], estimated: NDArray[np.float64], degrees: int) -> float:
    """Return the half width of the mean's interval, which takes each task's own variance: `variance_over_tasks`."""
    parts = [Variance(float(k), float(e), degrees) for k, e in zip(known, estimated, strict=True)]
    return half_width(variance_over_tasks(parts), ALPHA)
