"""Sources of the variance of a mean score: test rows, training seeds, generation seeds."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synthworth.core import unknown
from synthworth.measures.statistics.interval import Interval, Variance, interval_of

SOURCES = ("test_rows", "training_seeds", "generation_seeds")


class SeedScore(NamedTuple):
    """The score of a classifier of these seeds, and the variance that its test rows give it, as its bootstrap says."""

    generation_seed: int
    training_seed: int
    score: float
    row_variance: float


class VarianceSplit(NamedTuple):
    """A mean score, its variance, and how much of that comes from each source, in squared units of the score.

    A source that the seeds at hand say nothing about is None: unknown, not 0. `clipped` names the sources whose
    estimate was negative and is given as 0; `variance` is not cut, and less than the sum of the sources then. `uncut`
    are the estimates of training and generation seeds as they were, for averages: a mean of cut ones is too large.
    `rows_alone` is the part of `test_rows` that hits one run at a time, and that more runs lower too. `generations`
    counts generation seeds; `trainings` is the harmonic mean of their numbers of training seeds.
    """

    mean: float
    variance: Variance
    test_rows: float
    training_seeds: float | None
    generation_seeds: float | None
    rows_alone: float
    uncut: tuple[float | None, float | None]
    clipped: tuple[str, ...]
    generations: int
    trainings: float


class Purchase(NamedTuple):
    """One more of a source and by how much that lowers the variance of the mean for its price; None: unknown."""

    source: str
    drop: float | None


def row_variance_alone(resampled: NDArray[np.float64]) -> float:
    """Return the variance over test rows that two runs do not share: mean variance less mean covariance.

    `resampled` are scores of K >= 2 runs on jointly resampled rows, shape (K, resamples), as `resampled_scores` has.

    >>> row_variance_alone(np.array([[0.5, 0.6, 0.7], [0.6, 0.7, 0.8]])) < 1e-12     # the same rows are hard for both
    True
    """
    apart = resampled - resampled.mean(axis=1, keepdims=True)
    return float(apart.var(axis=0, ddof=1).sum() / (resampled.shape[1] - 1))


def row_correlation(resampled: NDArray[np.float64]) -> float:
    """Return the correlation of two runs over resampled test rows, in [0, 1]: 1 if the same rows are hard for both.

    `resampled` as in `row_variance_alone`; 1 if no score varies, and 0 if the estimate is negative.

    >>> row_correlation(np.array([[0.5, 0.6, 0.7], [0.6, 0.7, 0.8]]))
    1.0
    """
    variance = float(resampled.var(axis=1, ddof=1).mean())
    return max(0.0, 1 - row_variance_alone(resampled) / variance) if variance else 1.0


def variance_split(scores: Sequence[SeedScore], *, correlation: float = 1.0) -> VarianceSplit:
    """Return the mean of scores by generation seed and training seed, and the sources of its variance.

    Random effects: training seeds lie within generation seeds (a training seed does not mean the same on another
    training set), and all runs share their test rows, by a `correlation` that `row_correlation` measures; 1 is the safe
    side, where more runs lower nothing of what rows do. Every generation seed counts alike in the mean, so that the
    variance of its means is unbiased for unequal numbers of training seeds too; the split is that of the nested
    analysis of variance with unweighted means (Searle, Casella & McCulloch 1992, Variance Components, chapter 3).

    One generation seed leaves that source unknown. Where each has one training seed, the two cannot be told apart:
    `training_seeds` is unknown and `generation_seeds` holds both. Raises ValueError without scores, for two scores of
    one pair of seeds, or for a variance or a correlation out of range.

    >>> runs = [SeedScore(0, 0, 0.70, 4e-4), SeedScore(0, 1, 0.72, 4e-4), SeedScore(0, 2, 0.74, 4e-4)]
    >>> split = variance_split(runs)
    >>> split.test_rows, round(split.training_seeds, 6), split.generation_seeds
    (0.0004, 0.000133, None)
    """
    _check(scores, correlation)
    by_generation: dict[int, list[float]] = {}
    for run in scores:
        by_generation.setdefault(run.generation_seed, []).append(run.score)
    row_variance = float(np.mean([run.row_variance for run in scores]))
    means = np.array([np.mean(values) for values in by_generation.values()])
    generations, inverse = len(means), float(np.mean([1 / len(values) for values in by_generation.values()]))
    spare = len(scores) - generations
    apart = sum(float(np.var(values)) * len(values) for values in by_generation.values())
    # Parts of the variance of the mean: by what differs between the runs of one training set, by what differs between
    # training sets with their runs, and by rows. What rows do to one run alone is in the first two already.
    within = apart / spare * inverse / generations if spare else None
    among = float(means.var(ddof=1)) / generations if generations > 1 else None
    shared, alone = correlation * row_variance, (1 - correlation) * row_variance * inverse / generations
    seeds, degrees = (within, spare) if among is None else (among, generations - 1)
    training = None if within is None else within - alone
    generation = None if among is None else among - (alone if within is None else within)
    parts = {"training_seeds": training, "generation_seeds": generation}
    return VarianceSplit(
        mean=float(means.mean()),
        variance=Variance(shared + alone, 0.0, math.inf) if seeds is None else Variance(shared, seeds, degrees),
        test_rows=shared + alone,
        training_seeds=None if training is None else max(0.0, training),
        generation_seeds=None if generation is None else max(0.0, generation),
        rows_alone=alone,
        uncut=(training, generation),
        clipped=tuple(source for source, part in parts.items() if part is not None and part < 0),
        generations=generations,
        trainings=1 / inverse,
    )


def mean_interval(split: VarianceSplit, *, level: float = 0.95) -> Interval:
    """Return the interval of a mean score over every known source of variance, by `half_width`.

    What is unknown is not in it: with one generation seed it is about the score on that training set, and with one
    run about that one classifier. Measured coverage of a nominal 95 %: 95 to 97 from 4 seeds on, and at most 98 with 3
    and 2; where the correlation is left at 1 and is 0.8 or 0.5, up to 98 or 99.7.

    >>> split = variance_split([SeedScore(0, i, score, 1e-4) for i, score in enumerate((0.70, 0.72, 0.74))])
    >>> low, high = mean_interval(split)
    >>> round(low, 3), round(high, 3)
    (0.67, 0.77)
    """
    return interval_of(split.mean, split.variance, level)


def purchases(split: VarianceSplit, *, rows: int, prices: Mapping[str, float] | None = None) -> tuple[Purchase, ...]:
    """Return by how much one more of each source lowers the variance of the mean for its price, the best first.

    One more is a test row beside the `rows` there are, a training seed of every generation seed, or a generation seed
    with as many training seeds as the others have. `prices` of one more, in any unit, are 1 where not given. A source
    whose gain is unknown has the drop None and comes last: a second seed has to be bought to know.

    >>> split = variance_split([SeedScore(0, i, score, 1e-4) for i, score in enumerate((0.70, 0.72, 0.74))])
    >>> best, *_ = purchases(split, rows=1000, prices={"test_rows": 0.01, "training_seeds": 1})
    >>> best.source
    'training_seeds'
    """
    prices = prices or {}
    for source, price in prices.items():
        if source not in SOURCES:
            raise ValueError(unknown("source", source, SOURCES))
        if not price > 0:
            raise ValueError(f"price of {source} is {price}; a price is more than 0")
    if rows < 1:
        raise ValueError(f"{rows} test rows; a score needs at least one")
    training, generation = split.training_seeds, split.generation_seeds
    drops = {
        "test_rows": split.test_rows / (rows + 1),
        "training_seeds": None if training is None else (training + split.rows_alone) / (split.trainings + 1),
        "generation_seeds": None
        if generation is None
        else (generation + (training or 0) + split.rows_alone) / (split.generations + 1),
    }
    options = [Purchase(s, None if drop is None else drop / prices.get(s, 1)) for s, drop in drops.items()]
    return tuple(sorted(options, key=lambda one: -math.inf if one.drop is None else one.drop, reverse=True))


def _check(scores: Sequence[SeedScore], correlation: float) -> None:
    if not scores:
        raise ValueError("no scores to average; a mean needs at least one")
    if not 0 <= correlation <= 1:
        raise ValueError(f"correlation is {correlation}; allowed: 0 to 1, and 1 if it is not known")
    for run in scores:
        if not (math.isfinite(run.score) and 0 <= run.row_variance < math.inf):
            raise ValueError(f"{run}; a score is finite, and its variance is finite and at least 0")
    pair, times = Counter((run.generation_seed, run.training_seed) for run in scores).most_common(1)[0]
    if times > 1:
        raise ValueError(f"{times} scores of generation seed {pair[0]} and training seed {pair[1]}; give one of each")
