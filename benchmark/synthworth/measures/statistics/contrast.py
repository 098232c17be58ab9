"""Variance of a mean score over a few runs, and of a weighted difference of two such means."""

import math
from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synthworth.measures.statistics.bootstrap import Resampled, Score
from synthworth.measures.statistics.interval import Variance
from synthworth.measures.statistics.variance import SOURCES, VarianceSplit, row_variance_alone

STEP = 1e-3  # in test rows: a derivative by differences, exact to seven digits
DRAWS = 1000  # of a mean whose rows were not resampled


class Sample(NamedTuple):
    """The scores of K runs of one method, shape (K,), and their variance over test rows.

    `row_variance` is the variance over test rows in squared units of the score: of one run, or, of several, what they
    share (`shared_row_variance`; their own on the safe side), since the rest is in the spread of the runs. `resampled`
    holds the
    scores on test rows resampled jointly for everything that is compared, shape (K, resamples); None if the rows are
    not known.
    """

    scores: NDArray[np.float64]
    row_variance: float
    resampled: NDArray[np.float64] | None = None

    @property
    def mean(self) -> float:
        """The mean of the scores."""
        return float(self.scores.mean())


def sample_of(resampled: Resampled) -> Sample:
    """Return jointly resampled runs as a sample; its row variance is the mean of theirs."""
    return Sample(resampled.scores, float(resampled.resampled.var(axis=1, ddof=1).mean()), resampled.resampled)


def row_variance(counts: NDArray[np.integer], score: Score) -> NDArray[np.float64]:
    """Return the variance of a score of confusion counts over test rows, drawn within true labels, without resampling.

    `counts` has the shape (..., labels, labels), the variance (...). It is the infinitesimal jackknife (Efron 1982, The
    Jackknife, the Bootstrap and Other Resampling Plans, chapter 6): the variance of multinomial counts through the
    derivatives of the score, which are taken by differences. From 20 rows a label on it is that of the bootstrap
    within a few per cent, and thousands of times faster.

    >>> from synthworth.measures.metrics import accuracy
    >>> counts = np.array([[80, 20], [10, 90]])
    >>> round(float(row_variance(counts, accuracy)), 8), (100 * 0.8 * 0.2 + 100 * 0.9 * 0.1) / 200**2
    (0.000625, 0.000625)
    """
    return np.asarray((counts * row_slopes(counts, score) ** 2).sum(axis=(-2, -1)))


def row_slopes(counts: NDArray[np.integer], score: Score) -> NDArray[np.float64]:
    """Return what one test row more of each true and predicted label adds to a score, in the shape of `counts`.

    It is the derivative, less its mean over the rows of the true label, whose number is fixed. Over test rows, the
    variance of a score is the sum of their squares, and the covariance of two scores of the same rows that of products.

    >>> from synthworth.measures.metrics import accuracy
    >>> row_slopes(np.array([[8, 2], [1, 9]]), accuracy).round(3).tolist()
    [[0.01, -0.04], [-0.045, 0.005]]
    """
    labels = counts.shape[-1]
    steps = STEP * np.eye(labels**2).reshape(-1, labels, labels)
    ends = np.stack([steps, -steps])[(slice(None), *[None] * (counts.ndim - 2))]
    up, down = score(counts[..., None, :, :] + ends)  # type: ignore[arg-type]
    slope = ((up - down) / (2 * STEP)).reshape(counts.shape)
    rows = np.maximum(counts.sum(axis=-1), 1)
    mean = (counts * slope).sum(axis=-1) / rows
    return np.asarray(slope - mean[..., None])


def shared_row_variance(
    counts: NDArray[np.integer], predicted: NDArray[np.integer], runs: Sequence[int], score: Score
) -> float:
    """Return the mean covariance over test rows of the scores of two runs, in squared units, without the true labels.

    `counts` are the confusion tables of R classifiers, shape (R, labels, labels), `predicted` their predictions of the
    same rows by the label's place, shape (R, rows), and `runs` says which of at least two runs each belongs to. The
    covariance of two classifiers is half of what their variances exceed that of their difference by. Rows that both
    predict alike add next to nothing to that, whatever their label; where they differ, the label is taken to be as
    likely as both confusion tables make it if errors are independent. On real predictions this is within a few per cent
    of what the true labels give.

    >>> from synthworth.measures.metrics import accuracy
    >>> counts, predicted = np.array([[[8, 2], [2, 8]]] * 2), np.array([[0] * 10 + [1] * 10] * 2)
    >>> found = shared_row_variance(counts, predicted, [0, 1], accuracy)
    >>> round(found, 6), round(float(row_variance(counts, accuracy)[0]), 6)
    (0.008, 0.008)
    """
    labels, slopes = counts.shape[-1], row_slopes(counts, score)
    variances = (counts * slopes**2).sum(axis=(-2, -1))
    shares = counts / np.maximum(counts.sum(axis=-1, keepdims=True), 1)
    found = []
    for one, other in combinations(range(len(counts)), 2):
        if runs[one] == runs[other]:
            continue
        both = np.bincount(predicted[one] * labels + predicted[other], minlength=labels**2).reshape(labels, labels)
        likely = counts[one][:, :, None] * shares[other][:, None, :]
        likely = likely / np.maximum(likely.sum(axis=0), 1e-12)
        apart = slopes[one][:, :, None] - slopes[other][:, None, :]
        difference = float((both * (likely * apart**2).sum(axis=0)).sum())
        found.append((float(variances[one] + variances[other]) - difference) / 2)
    return max(0.0, float(np.mean(found)))


def variance_of_mean(sample: Sample) -> Variance:
    """Return the variance of a mean score over test rows and, from two runs on, over seeds, in squared units.

    Rows that were not resampled count as equally hard for all runs. This is the safe side: more runs then lower nothing
    of the variance over rows.

    >>> variance_of_mean(Sample(np.array([0.5, 0.7]), row_variance=1e-4)).degrees
    1.0
    """
    return _variance([(sample, 1.0)], [sample])


def variance_of_difference(first: Sample, second: Sample, weight: float = 1.0) -> Variance:
    """Return the variance of mean(first) - `weight` x mean(second) over test rows and seeds, in squared units.

    If both were resampled on the same rows, the comparison is paired: what makes a row hard for both cancels. Otherwise
    rows count as independent, which is too wide for methods that find the same rows hard. Seeds are not paired: their
    part has Welch's degrees of freedom (1947, Biometrika 34). A side of one run takes the variance between seeds of the
    other; if both have one run, seeds have no part, and the difference is about these two runs.

    >>> rows = np.random.default_rng(0).normal(0, 0.01, (1, 1000)).repeat(3, axis=0)
    >>> one, other = (Sample(np.array([s, s, s]), 1e-4, s + rows) for s in (0.75, 0.5))
    >>> variance_of_difference(one, other).known < 1e-12, variance_of_difference(one, other._replace(resampled=None))
    (True, Variance(known=0.0002, estimated=0.0, degrees=inf))
    """
    sides = [(first, 1.0), (second, -weight)]
    several = [side for side in (first, second) if len(side.scores) > 1]
    return _variance(sides, [side if len(side.scores) > 1 else several[0] if several else side for side, _ in sides])


def _variance(sides: Sequence[tuple[Sample, float]], lent: Sequence[Sample]) -> Variance:
    """Return the variance of a weighted sum of means; `lent` are the samples whose variance between seeds is used."""
    between, degrees, alone = [], [], 0.0
    for (side, weight), of in zip(sides, lent, strict=True):
        if len(of.scores) > 1:
            part = weight**2 / len(side.scores)
            between.append(part * float(of.scores.var(ddof=1)))
            degrees.append(len(of.scores) - 1)
            alone += part * row_variance_alone(of.resampled) if of.resampled is not None else 0.0
    resampled = [weight * side.resampled.mean(axis=0) for side, weight in sides if side.resampled is not None]
    if len(resampled) == len(sides):
        # What rows do to one run alone is between the runs already.
        rows = max(0.0, float(np.sum(resampled, axis=0).var(ddof=1)) - alone)
    else:
        rows = sum(weight**2 * side.row_variance for side, weight in sides)
    if len({id(of) for of in lent}) < len(lent):  # one estimate serves both sides
        return Variance(rows, sum(between), degrees[0] if degrees else math.inf)
    return Variance(rows, sum(between), _degrees(between, degrees))


def draws_of_mean(samples: Sequence[Sample], *, paired: bool = True, seed: int = 0) -> NDArray[np.float64]:
    """Return draws of a mean over tasks of mean scores that vary test rows and seeds, shape (resamples,).

    `samples` has one for each task. A draw is a resampled mean plus the error of a mean over few seeds: Student's t,
    scaled by the variance between seeds beyond that of rows alone (0 if that is negative), with Welch's degrees of
    freedom over the tasks; a mean of one t for each task would be as wide for ten tasks as for one where each has two
    seeds. Drawing K seeds again would show only (K - 1) / K of it. A sample of one run has no such error. If `paired`,
    rows are those of `resampled`, of which means that are given other seeds share their rows; otherwise, or without
    them, they are normal. Test sets of different tasks are independent: their resamples may come from one stream, so
    they are put in another order for each task, the same for every `seed`. Give the draws of each of several means
    their own `seed`.

    >>> sample = Sample(np.array([0.6, 0.7, 0.8]), 0.0, np.full((3, 1000), 0.7))
    >>> 0.04 < float(np.median(abs(draws_of_mean([sample]) - 0.7))) < 0.06    # half of t: 0.816 x 0.1 / sqrt(3)
    True
    """
    rows, between = zip(*(_drawn(sample, [seed, task], paired) for task, sample in enumerate(samples)), strict=True)
    drawn = np.mean([np.random.default_rng(t).permutation(one) if t else one for t, one in enumerate(rows)], axis=0)
    _, estimated, degrees = variance_over_tasks(between)
    if not estimated:
        return np.asarray(drawn)
    return np.asarray(drawn + np.random.default_rng(seed).standard_t(degrees, len(drawn)) * math.sqrt(estimated))


def _drawn(sample: Sample, seed: Sequence[int], paired: bool) -> tuple[NDArray[np.float64], Variance]:
    """Return draws of the mean of a sample over test rows, and its variance between seeds beyond that of rows."""
    runs = len(sample.scores)
    between = float(sample.scores.var(ddof=1)) if runs > 1 else 0.0
    if paired and sample.resampled is not None:
        if runs > 1:
            between = max(0.0, between - row_variance_alone(sample.resampled))
        rows = sample.resampled.mean(axis=0)
    else:
        rows = sample.mean + math.sqrt(sample.row_variance) * np.random.default_rng(seed).standard_normal(DRAWS)
    return np.asarray(rows), Variance(0.0, between / runs, runs - 1 or math.inf)


def variance_of_sum(variances: Sequence[Variance]) -> Variance:
    """Return the variance of a sum, or difference, of independent estimates, with Welch's degrees of freedom.

    >>> variance_of_sum([Variance(0.0, 4.0, 2), Variance(2.0, 4.0, 2)])
    Variance(known=2.0, estimated=8.0, degrees=4.0)
    """
    between = [v.estimated for v in variances]
    return Variance(sum(v.known for v in variances), sum(between), _degrees(between, [v.degrees for v in variances]))


def variance_over_tasks(variances: Sequence[Variance]) -> Variance:
    """Return the variance of the mean of independent estimates, one per task, for these very tasks.

    >>> variance_over_tasks([Variance(0.0, 4.0, 2), Variance(2.0, 4.0, 2)])
    Variance(known=0.5, estimated=2.0, degrees=4.0)
    """
    known, estimated, degrees = variance_of_sum(variances)
    return Variance(known / len(variances) ** 2, estimated / len(variances) ** 2, degrees)


def split_over_tasks(splits: Sequence[VarianceSplit]) -> VarianceSplit:
    """Return the mean over tasks of their mean scores, for these very tasks, and the sources of its variance.

    With few seeds, one task's variance is hardly known; that of the mean over tasks has the degrees of freedom of all.
    A source that is unknown for one task is unknown for the mean. `generations` and `trainings` are those of the task
    with the fewest. Raises ValueError without a split.

    >>> from synthworth.measures.statistics import SeedScore, variance_split
    >>> one, other = ([SeedScore(g, t, s + x, 1e-4) for g, t, x in ((0, 0, .0), (0, 1, .02), (1, 0, .06), (1, 1, .08))]
    ...               for s in (0.5, 0.7))
    >>> split = split_over_tasks([variance_split(one), variance_split(other)])
    >>> round(split.mean, 3), [round(part, 6) for part in split.variance], round(split.generation_seeds, 6)
    (0.64, [5e-05, 0.00045, 2.0], 0.000425)
    """
    if not splits:
        raise ValueError("no splits to average; a mean over tasks needs at least one")
    size = len(splits) ** 2
    sums = [[parts[source] for parts in (split.uncut for split in splits)] for source in (0, 1)]
    uncut = tuple(None if None in parts else sum(p for p in parts if p is not None) / size for parts in sums)
    training, generation = (None if part is None else max(0.0, part) for part in uncut)
    return VarianceSplit(
        mean=float(np.mean([split.mean for split in splits])),
        variance=variance_over_tasks([split.variance for split in splits]),
        test_rows=sum(split.test_rows for split in splits) / size,
        training_seeds=training,
        generation_seeds=generation,
        rows_alone=sum(split.rows_alone for split in splits) / size,
        uncut=(uncut[0], uncut[1]),
        clipped=tuple(s for s, part in zip(SOURCES[1:], uncut, strict=True) if part is not None and part < 0),
        generations=min(split.generations for split in splits),
        trainings=min(split.trainings for split in splits),
    )


def _degrees(parts: Sequence[float], degrees: Sequence[float]) -> float:
    doubt = sum(part**2 / of for part, of in zip(parts, degrees, strict=True))
    return sum(parts) ** 2 / doubt if doubt else math.inf
