"""Accuracy against the agreement of annotators, and its trend.

If the gold label is a majority of the very votes that agreement is computed from, it is wrong more often when they
split, and the accuracy of any classifier rises with agreement for that alone. A gold label that is wrong on a share e
of the instances takes e (2 t - 1) from the accuracy t on two labels: more from the better classifier. So `trend` is
too steep there, and `trend_difference` leans towards a steeper trend of the better one.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synthworth.measures.statistics import (
    Correlation,
    Difference,
    Interval,
    RegressionLine,
    Resampled,
    Variance,
    bootstrap,
    interval_of,
    p_of,
    regression_line,
    sample_of,
    tails,
    variance_of_difference,
    variance_of_mean,
)

LEAST = 30  # instances that a threshold needs to have a point
ROUNDING = 1e-9  # of sums of agreement: what is this near is a tie

Right = Sequence[Mapping[str, bool | Fraction]]  # by run and instance: is it right, or in what share of trainings
Floats = NDArray[np.float64]


class AccuracyPoint(NamedTuple):
    """Accuracy on the `n` instances whose agreement is at least `threshold`, with its interval around it."""

    threshold: float
    accuracy: float
    low: float
    high: float
    n: int


class LeftOut(NamedTuple):
    """A threshold that too few instances reach, `n` of them, to have a point."""

    threshold: float
    n: int


class Trend(NamedTuple):
    """Accuracy by which an instance of agreement 1 is above one of 0, its interval, and the two-sided p of no trend."""

    slope: float
    low: float
    high: float
    p: float
    instances: int


class Hits(NamedTuple):
    """Correct answers of the runs, shape (instances, runs): integers out of `whole`, so that their sums are exact."""

    counts: NDArray[np.int64]
    whole: int

    @property
    def shares(self) -> Floats:
        """The counts as shares in [0, 1]."""
        return np.asarray(self.counts / self.whole)


@dataclass(frozen=True, kw_only=True)
class AccuracyCurve:
    """Accuracy at each threshold of agreement, and how it rises.

    `line` and `rank` go over `points`, as the study's figures show them; they are None with fewer than 3 points, or one
    accuracy. `trend` goes over instances. `runs` counts the draws or trainings that the interval holds. `unrated`
    counts predicted instances without agreement, which are in nothing.
    """

    points: tuple[AccuracyPoint, ...]
    left_out: tuple[LeftOut, ...]
    line: RegressionLine | None
    rank: Correlation | None
    trend: Trend
    runs: int
    unrated: int


def curve(
    agreement: Mapping[str, float], right: Right, *, least: int = LEAST, level: float = 0.95, seed: int = 0
) -> AccuracyCurve:
    """Return accuracy on the instances with a_i >= gamma for each gamma that occurs (Figures 2, C.1 of Li et al. 2023).

    `agreement` maps instances to a_i in [0, 1], as `subjectivity.agreement.agreement` does. `right` says for each run
    which instances it got right. A run is a draw of the texts if there are several, with the share of its training
    seeds that got an instance right; otherwise it is a training seed. Accuracies are means over runs. A gamma that
    fewer than `least` instances reach is in `left_out`.

    The interval of a point holds test instances and runs: it is normal, with z^2 / 2 instances more that are
    right and as many that are wrong (Agresti & Coull 1998, The American Statistician 52), so that an accuracy of 1 has
    one too, and Student's for what runs vary beyond that; of one draw it is about these very texts, and of one run
    about that classifier. It is not cut to [0, 1]. Measured coverage of a nominal 95 %: 93 to 98.

    `line` and `rank.rho` describe the points, as in the paper. Points are nested, each holding all instances of the
    next, so the p of independent pairs does not hold for them: with no association at all, a rho of 1 over 3 points
    is nothing unusual. `rank.p` is honest: agreement is shuffled over instances and rho found again, RESAMPLES times,
    for the classifiers at hand. `rank.low` and `rank.high` are percentiles of rho over resampled instances, at the same
    thresholds. Few thresholds have few rhos: what can be said at all, `trend` says.

    Raises ValueError if runs differ in their instances, an agreement is not in [0, 1] or the same for all, or no
    instance is in both.

    >>> agreement = {str(i): (0.6, 0.8, 1.0)[i % 3] for i in range(300)}
    >>> right = {i: a > 0.7 or int(i) % 2 == 0 for i, a in agreement.items()}
    >>> found = curve(agreement, [right])
    >>> [(point.threshold, round(point.accuracy, 3), point.n) for point in found.points]
    [(0.6, 0.833, 300), (0.8, 1.0, 200), (1.0, 1.0, 100)]
    >>> round(found.line.slope, 3), round(found.line.r_squared, 2), round(found.rank.rho, 3), found.trend.p < 0.001
    (0.417, 0.75, 0.866, True)
    """
    if least < 1:
        raise ValueError(f"least is {least}; a point needs at least 1 instance")
    rated, (hits,), unrated = _rated(agreement, right)
    shares = hits.shares
    counts = {float(gamma): int((rated >= gamma).sum()) for gamma in np.unique(rated)}
    points = tuple(_point(gamma, shares[rated >= gamma], level) for gamma, n in counts.items() if n >= least)
    gammas, accuracies = [point.threshold for point in points], [point.accuracy for point in points]
    drawn = len(points) >= 3 and len(set(accuracies)) > 1
    return AccuracyCurve(
        points=points,
        left_out=tuple(LeftOut(gamma, n) for gamma, n in counts.items() if n < least),
        line=regression_line(gammas, accuracies) if drawn else None,
        rank=_rank(rated, hits, len(points), level, seed) if drawn else None,
        trend=_trend(rated, hits, level, seed),
        runs=shares.shape[1],
        unrated=unrated,
    )


def trend(agreement: Mapping[str, float], right: Right, *, level: float = 0.95, seed: int = 0) -> Trend:
    """Return the rise of accuracy with agreement over instances: the least-squares slope of right on a_i.

    Arguments and errors as in `curve`. The interval holds test instances and runs, as that of
    `variance_of_difference` does: instances are drawn with replacement for all runs at once, and the spread of the
    runs' slopes is Student's; one run's interval is about that classifier. Measured coverage of a nominal 95 %: 93
    to 97 from 100 instances on, and up to 100 if fewer than 5 are wrong. p is the larger of two. One inverts the
    interval. The other is exact for the classifiers at hand: agreement is shuffled over instances RESAMPLES times, and
    the |slope| found counts as one more draw (Phipson & Smyth 2010, SAGMB 9). Alone it would take the luck of a
    run for a trend. If every prediction is right, or every one wrong, nothing can be seen of a trend, and
    the interval is infinite.

    >>> agreement = {str(i): (0.6, 0.8, 1.0)[i % 3] for i in range(300)}
    >>> found = trend(agreement, [{i: a > 0.7 or int(i) % 2 == 0 for i, a in agreement.items()}])
    >>> round(found.slope, 2), 0.9 < found.low < 1.1, 1.4 < found.high < 1.6, found.p < 0.001, found.instances
    (1.25, True, True, True, 300)
    """
    rated, (hits,), _ = _rated(agreement, right)
    return _trend(rated, hits, level, seed)


def trend_difference(
    agreement: Mapping[str, float], first: Right, second: Right, *, level: float = 0.95, seed: int = 0
) -> Difference:
    """Return the first classifier's trend less the second's on the same instances, with its interval and p.

    Of synthetic less real, more than 0 says that the trend is weaker for real data. Unit, arguments and errors are
    those of `trend`. Sources: test instances, drawn jointly for both, so that what an instance does to both cancels,
    and the runs of each. p inverts the interval, as that of `paired_difference` does. Measured coverage of a
    nominal 95 %: 94 to 98, 99 with 2 runs. Infinite if neither classifier ever changes between right and wrong.

    >>> agreement = {str(i): (0.6, 0.8, 1.0)[i % 3] for i in range(300)}
    >>> steep = {i: a > 0.7 or int(i) % 2 == 0 for i, a in agreement.items()}
    >>> flat = {i: int(i) % 4 > 0 for i in agreement}
    >>> found = trend_difference(agreement, [steep], [flat])
    >>> round(found.difference, 2), 0.8 > found.low > 0.7, found.p < 0.001
    (1.25, True, True)
    """
    rated, (one, other), _ = _rated(agreement, first, second)
    if not (_varies(one) or _varies(other)):
        return Difference(0.0, -math.inf, math.inf, 1.0)
    slopes, resampled = _slopes(rated, np.hstack([one.shares, other.shares]), seed)
    sides = slice(0, one.counts.shape[1]), slice(one.counts.shape[1], None)
    variance = _variance([slopes[side] for side in sides], [resampled[side] for side in sides])
    difference = float(slopes[sides[0]].mean() - slopes[sides[1]].mean())
    p = p_of(difference, variance, least=2 / (1 + bootstrap.RESAMPLES))
    return Difference(difference, *interval_of(difference, variance, level), p)


def _rated(agreement: Mapping[str, float], *sides: Right) -> tuple[Floats, list[Hits], int]:
    """Agreement by instance in ascending order, what the runs of each side got right, and how many lack agreement."""
    for side in sides:
        if not side:
            raise ValueError("no predictions; give what at least one classifier got right")
    predicted = sides[0][0].keys()
    for one in (one for side in sides for one in side):
        if one.keys() != predicted:
            odd = min(map(str, one.keys() ^ predicted))
            raise ValueError(
                f"instance {odd!r} is not in the predictions of every run; give all runs the same test set"
            )
        for instance, value in one.items():
            if value not in (0, 1) and not (isinstance(value, Fraction) and 0 < value < 1):
                raise ValueError(
                    f"instance {instance!r} is {value!r}; give whether its prediction is right, or the share of "
                    "trainings in which it is, as a Fraction"
                )
    names = sorted((name for name in predicted if name in agreement), key=lambda name: (agreement[name], name))
    if not names:
        raise ValueError(f"none of {len(predicted)} predicted instances has an agreement; do their ids match?")
    rated = np.array([agreement[name] for name in names], dtype=float)
    for name, value in zip(names, rated, strict=True):
        if not 0 <= value <= 1:
            raise ValueError(f"agreement of instance {name!r} is {value}; allowed: 0 to 1")
    if rated[0] == rated[-1]:
        raise ValueError(
            f"all {len(names)} instances have agreement {rated[0]}; a trend needs at least two values of it"
        )
    hits = [_counted([[one[name] for one in side] for name in names]) for side in sides]
    return rated, hits, len(predicted) - len(names)


def _counted(rows: Sequence[Sequence[bool | Fraction]]) -> Hits:
    whole = math.lcm(*{value.denominator for row in rows for value in row if isinstance(value, Fraction)})
    return Hits(np.array([[int(value * whole) for value in row] for row in rows], dtype=np.int64), whole)


def _point(gamma: float, shares: Floats, level: float) -> AccuracyPoint:
    return AccuracyPoint(gamma, float(shares.mean()), *_accuracy_interval(shares, level), len(shares))


def _accuracy_interval(shares: Floats, level: float) -> Interval:
    (n, runs), of_instance = shares.shape, shares.mean(axis=1)
    more = NormalDist().inv_cdf(tails(level)[0]) ** 2
    means = (shares.sum(axis=0) + more / 2) / (n + more)
    centre = float(means.mean())
    added = more / 2 * ((1 - centre) ** 2 + centre**2) / (n + more) ** 2
    rows = added + float(((of_instance - centre) ** 2).sum()) / (n + more) ** 2
    if runs == 1:
        return interval_of(centre, Variance(rows, 0.0, math.inf), level)
    alone = float((shares - of_instance[:, None]).var(axis=0).sum()) / (runs - 1) / (n + more) / runs
    between = float(means.var(ddof=1)) / runs
    return interval_of(centre, Variance(max(added, rows - alone), between, runs - 1), level)


def _varies(hits: Hits) -> bool:
    return bool((hits.counts != hits.counts[0, 0]).any())


def _trend(rated: Floats, hits: Hits, level: float, seed: int) -> Trend:
    if not _varies(hits):
        return Trend(0.0, -math.inf, math.inf, 1.0, len(rated))
    slopes, resampled = _slopes(rated, hits.shares, seed)
    slope, variance = float(slopes.mean()), _variance([slopes], [resampled])
    p = max(_shuffled_p(rated, hits, seed), p_of(slope, variance, least=2 / (1 + bootstrap.RESAMPLES)))
    return Trend(slope, *interval_of(slope, variance, level), p, len(rated))


def _shuffled_p(rated: Floats, hits: Hits, seed: int) -> float:
    """The share of shuffles of agreement over instances whose slope is at least as far from 0."""
    levels, starts = np.unique(rated - rated.mean(), return_index=True)
    # Of the slope, a shuffle changes this alone: the sum of centred agreement over what is right.
    observed = abs(float(_by_level(hits.counts.sum(axis=1)[None], starts)[0] @ levels))
    beyond = (np.abs(sums @ levels) >= observed - ROUNDING for sums in _shuffled(hits, starts, seed))
    return (1 + sum(int(np.count_nonzero(some)) for some in beyond)) / (1 + bootstrap.RESAMPLES)


def _slopes(rated: Floats, shares: Floats, seed: int) -> tuple[Floats, Floats]:
    """Slope of each column of `shares` on agreement, (V,), and on jointly resampled instances, (V, resamples).

    Instances of one agreement that all columns treat alike are interchangeable: a multinomial draw over these groups
    replaces the loop over instances. A resample that has one agreement alone has no slope and is left out.
    """
    cells, sizes = _groups(rated, shares)
    a, columns = cells[:, :1] - rated.mean(), cells[:, 1:]
    parts = np.hstack([a, a**2, columns, a * columns])
    least = ROUNDING * float(rated.var())

    def slopes(sums: Floats) -> Floats:
        mean, squares, right, products = np.split(sums / len(rated), [1, 2, 2 + columns.shape[1]], axis=1)
        spread = squares - mean**2
        kept = spread[:, 0] > least
        return np.asarray((products - mean * right)[kept] / spread[kept])

    resampled = [slopes(drawn @ parts) for drawn in _draws(sizes, seed)]
    return slopes((sizes @ parts)[None])[0], np.vstack(resampled).T


def _variance(slopes: Sequence[Floats], resampled: Sequence[Floats]) -> Variance:
    """The variance of the mean slope of a side, or of the first side's less the second's, by instances and by runs.

    A side of one run takes the spread of the runs of the other, as `variance_of_difference` says.
    """
    first, *others = (sample_of(Resampled(*side)) for side in zip(slopes, resampled, strict=True))
    return variance_of_difference(first, others[0]) if others else variance_of_mean(first)


def _groups(rated: Floats, right: NDArray[np.number]) -> tuple[Floats, NDArray[np.int64]]:
    """The different rows of agreement and right predictions, agreement ascending, and how many instances have each."""
    cells, sizes = np.unique(np.column_stack([rated, right]), axis=0, return_counts=True)
    return cells, sizes


def _draws(sizes: NDArray[np.int64], seed: int) -> Iterator[NDArray[np.int64]]:
    """Yield the count of each group when all instances are drawn with replacement, shape (some resamples, groups)."""
    random, instances = np.random.default_rng((seed, 3)), int(sizes.sum())
    some = max(1, bootstrap.CELLS // len(sizes))
    for start in range(0, bootstrap.RESAMPLES, some):
        resamples = min(some, bootstrap.RESAMPLES - start)
        yield random.multinomial(instances, sizes / instances, size=resamples)


def _shuffled(hits: Hits, starts: NDArray[np.intp], seed: int) -> Iterator[NDArray[np.int64]]:
    """Right predictions by level of agreement once they are shuffled over instances, shape (some shuffles, levels)."""
    random, most = np.random.default_rng((seed, 4)), hits.whole * hits.counts.shape[1]
    # Sorted, so that the names of instances, which break ties in their order, change no draw.
    of_instance = np.sort(hits.counts.sum(axis=1)).astype(np.min_scalar_type(most))
    some = max(1, bootstrap.CELLS // len(of_instance))
    for start in range(0, bootstrap.RESAMPLES, some):
        rows = np.tile(of_instance, (min(some, bootstrap.RESAMPLES - start), 1))
        yield _by_level(random.permuted(rows, axis=1, out=rows), starts)


def _by_level(values: NDArray[np.number], starts: NDArray[np.intp]) -> NDArray[np.int64]:
    return np.asarray(np.add.reduceat(values, starts, axis=1, dtype=np.int64))


def _rank(rated: Floats, hits: Hits, points: int, level: float, seed: int) -> Correlation:
    """Spearman's rho of accuracy and threshold over the lowest thresholds, as many as there are points."""
    starts, sizes = np.unique(rated, return_index=True, return_counts=True)[1:]
    rho = float(_rho(_by_level(hits.counts.sum(axis=1)[None], starts), sizes[None], points)[0])
    beyond = (abs(_rho(sums, sizes[None], points)) >= abs(rho) - ROUNDING for sums in _shuffled(hits, starts, seed))
    p = (1 + sum(int(np.count_nonzero(some)) for some in beyond)) / (1 + bootstrap.RESAMPLES)
    cells, alike = _groups(rated, hits.counts)
    first = np.unique(cells[:, 0], return_index=True)[1]
    right = cells[:, 1:].sum(axis=1)
    resampled = [_rho(_by_level(d * right, first), _by_level(d, first), points) for d in _draws(alike, seed)]
    low, high = np.nanquantile(np.concatenate(resampled), tails(level))
    return Correlation(rho, float(low), float(high), p)


def _rho(right: NDArray[np.number], sizes: NDArray[np.number], points: int) -> Floats:
    """Return Spearman's rho of each row of right predictions by level, shape (rows, levels); nan if all are equal."""
    above = [np.cumsum(part[:, ::-1], axis=1)[:, ::-1][:, :points] for part in (right, sizes)]
    with np.errstate(invalid="ignore"):
        accuracies = above[0] / above[1]
        ranks = _centred_ranks(accuracies) + 0 * accuracies  # nan where a resample reaches a threshold nowhere
        x = 2.0 * np.arange(points) - (points - 1)
        return np.asarray(ranks @ x / np.sqrt((ranks**2).sum(axis=1) * (x @ x)))


def _centred_ranks(rows: Floats) -> Floats:
    """Twice the mean ranks within each row less their mean; ties share their mean rank."""
    order, last = np.argsort(rows, axis=1), rows.shape[1] - 1
    ordered = np.take_along_axis(rows, order, axis=1)
    steps = np.pad(ordered[:, 1:] != ordered[:, :-1], ((0, 0), (1, 1)), constant_values=True)
    place = np.arange(rows.shape[1])
    first = np.maximum.accumulate(np.where(steps[:, :-1], place, 0), axis=1)
    until = np.minimum.accumulate(np.where(steps[:, 1:], place, last)[:, ::-1], axis=1)[:, ::-1]
    ranks = np.empty(rows.shape)
    np.put_along_axis(ranks, order, (first + until - last).astype(float), axis=1)
    return ranks
