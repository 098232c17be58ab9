"""Tasks ranked by comparisons of two at a time: how subjective each is, how sure that is, and how consistent."""

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmark.comparisons import STAND_IN, Comparison

MEASURES = ("mean agreement", "Krippendorff's alpha")
DRAWS = 10_000
CELLS = 4_000_000  # of tables of wins at once: 32 MB
SAME = 1e-6  # strengths that differ by less than this differ by rounding

TINY = 1e-300  # in place of a divisor 0

Floats = NDArray[np.float64]


class Standing(NamedTuple):
    """A task among others: `strength` is on the log scale with mean 0 over tasks, `rank` 1 is the most objective task.

    `low <= high` and `rank_low <= rank_high` bound an interval; `n` counts the comparisons that the task was in.
    """

    task: str
    strength: float
    low: float
    high: float
    rank: int
    rank_low: int
    rank_high: int
    n: int


class Triad(NamedTuple):
    """Three tasks that go in a circle: most say `first` over `second`, `second` over `third`, `third` over `first`.

    `majority` is the smallest of the three majorities, in (0.5, 1]; the larger it is, the less it looks like chance.
    """

    first: str
    second: str
    third: str
    majority: float


class Consistence(NamedTuple):
    """How far the majorities are from an order: `circular` of `decided` triads go in a circle, `worst` names them.

    A triad is decided where each of its pairs has a majority. `zeta` is in [0, 1], 1 without circles, and None where
    a pair has no majority; `share` is `circular / decided`, in [0, 1], and None where no triad is decided.
    """

    circular: int
    decided: int
    zeta: float | None
    share: float | None
    worst: tuple[Triad, ...]


class Agreement(NamedTuple):
    """How often two annotators say the same of one pair: `share` is in [0, 1], `u` in [-1, 1] is 0 by chance.

    `n` counts what was looked at: two answers of different annotators on the same pair. None where there are none.
    """

    share: float | None
    u: float | None
    n: int


class Subjectivity(NamedTuple):
    """How subjective a task is: the higher `value` the more, with its interval (None where unknown) and its source.

    `source` says what was measured, on what, and by whom; `n` is its size. Values of different sources have different
    units and do not compare. A task that nobody has measured has no such record.
    """

    task: str
    value: float
    low: float | None
    high: float | None
    source: str
    n: int


def strengths(comparisons: Sequence[Comparison], *, prior: bool = True) -> dict[str, float]:
    """Bradley-Terry strengths on the log scale, mean 0, the most objective task first.

    The odds that task i is called more objective than j are exp(strength i - strength j) (Bradley and Terry 1952).
    With ten tasks, one that wins every comparison is nothing unusual, and the most likely strength of it is infinite.
    `prior` keeps it finite, by Jeffreys' prior (Firth 1993): as if there were further comparisons, one fewer than
    tasks in all, each half won by either side, spread over the compared pairs by their leverage. No strength of the
    prior is to be chosen, it removes the bias of first order, and 540 comparisons hardly feel it. It is that of R's
    `BTm(br = TRUE)`. Without it these are the maximum likelihood estimates.
    ValueError where there are no comparisons, where tasks fall into groups never compared with each other, and,
    without the prior, where the maximum lies at infinity.

    >>> found = strengths([Comparison("ag_news", "imdb", "ann")] * 3 + [Comparison("imdb", "ag_news", "ann")])
    >>> {task: round(strength, 3) for task, strength in found.items()}
    {'ag_news': 0.424, 'imdb': -0.424}
    """
    tasks, _, by_annotator = _tables(comparisons)
    wins = by_annotator.sum(axis=0)
    if prior:
        found, _ = _with_prior(wins)
    else:
        _check_finite(tasks, wins)
        found = _most_likely(wins)
    return {tasks[i]: float(found[i]) for i in np.argsort(-found.round(6), kind="stable")}


def standings(comparisons: Sequence[Comparison], *, level: float = 0.95, seed: int = 0) -> list[Standing]:
    """Strengths and ranks with intervals, the most objective task first; source of variance: who was asked, and what.

    The strengths are those of `strengths`. The intervals are percentiles of a Bayesian bootstrap (Rubin 1981): every
    annotator gets a random weight of mean 1, for the answers of one person hang together; where there is one annotator,
    every comparison does, and the interval is that of this annotator alone. No draw leaves out a task, as one with
    replacement would. The prior's comparisons get random weights too, so that a task that always wins has a wide
    interval and not one of width 0; for two tasks and one annotator it is Jeffreys' interval of a share.
    Measured for ten tasks, a nominal 95 % holds the strength in 95 % of 12 annotators' answers to all 45 pairs, in 96 %
    for 5 annotators, in 99 % for 3 (so few leave it open how much they differ), and in 91 % for 1.
    Errors are those of `strengths`, and a level that is not between 0 and 1.

    >>> top, last = standings([Comparison("ag_news", "imdb", "ann")] * 12)
    >>> (top.task, top.rank, top.n), round(top.strength, 2), 0.7 < top.low < 0.9 and top.high > 3
    (('ag_news', 1, 12), 1.61, True)
    """
    tasks, annotators, by_annotator = _tables(comparisons)
    wins = by_annotator.sum(axis=0)
    found, virtual = _with_prior(wins)
    drawn = _draws(by_annotator, virtual / 2, seed)
    places = 1 + np.argsort(np.argsort(-drawn, axis=1), axis=1)
    tail = _tail(level, len(annotators))
    low, high = np.quantile(drawn, [tail, 1 - tail], axis=0)
    first = np.quantile(places, tail, axis=0, method="lower")
    last = np.quantile(places, 1 - tail, axis=0, method="higher")
    rows = [
        Standing(
            task=task,
            strength=float(found[i]),
            low=float(low[i]),
            high=float(high[i]),
            rank=1 + int((found > found[i] + SAME).sum()),
            rank_low=int(first[i]),
            rank_high=int(last[i]),
            n=int(wins[i].sum() + wins[:, i].sum()),
        )
        for i, task in enumerate(tasks)
    ]
    return sorted(rows, key=lambda row: (row.rank, row.task))


def coefficient_of_consistence(comparisons: Sequence[Comparison]) -> Consistence:
    """Circular triads among the majorities, and Kendall and Babington Smith's (1940) coefficient of consistence zeta.

    zeta = 1 - circular / most, where `most` is (k^3 - k) / 24 for an odd number k of tasks and (k^3 - 4 k) / 24 for an
    even one. It is defined where every pair is decided; `share` always is, and random majorities make it 0.25. For the
    consistence of one annotator, give that annotator's comparisons alone.

    >>> loop = [Comparison("a", "b", "ann"), Comparison("b", "c", "ann"), Comparison("c", "a", "ann")]
    >>> found = coefficient_of_consistence(loop)
    >>> found.zeta, found.worst
    (0.0, (Triad(first='a', second='b', third='c', majority=1.0),))
    """
    tasks, _, by_annotator = _tables(comparisons, connected=False)
    wins, k = by_annotator.sum(axis=0), len(tasks)
    over = wins > wins.T
    either = over | over.T
    decided, worst = 0, []
    for a, b, c in combinations(range(k), 3):
        decided += bool(either[a, b] and either[b, c] and either[a, c])
        for x, y, z in ((a, b, c), (a, c, b)):
            if over[x, y] and over[y, z] and over[z, x]:
                share = min(wins[i, j] / (wins[i, j] + wins[j, i]) for i, j in ((x, y), (y, z), (z, x)))
                worst.append(Triad(tasks[x], tasks[y], tasks[z], float(share)))
    most = (k**3 - (k if k % 2 else 4 * k)) // 24
    complete = most > 0 and int(either.sum()) == k * (k - 1)
    return Consistence(
        circular=len(worst),
        decided=decided,
        zeta=1 - len(worst) / most if complete else None,
        share=len(worst) / decided if decided else None,
        worst=tuple(sorted(worst, key=lambda triad: (-triad.majority, triad))),
    )


def coefficient_of_agreement(comparisons: Sequence[Comparison]) -> Agreement:
    """How often annotators agree on pairs that they share, and Kendall and Babington Smith's (1940) u = 2 share - 1.

    Two answers of one annotator on one pair do not count. u is Kendall's where every annotator answers each pair once.

    >>> votes = [Comparison("a", "b", "ann"), Comparison("a", "b", "ben"), Comparison("b", "a", "cy")]
    >>> coefficient_of_agreement(votes)
    Agreement(share=0.3333333333333333, u=-0.33333333333333337, n=3)
    """
    _, _, each = _tables(comparisons, connected=False)
    all_wins, answers = each.sum(axis=0), each + each.transpose(0, 2, 1)
    asked = all_wins + all_wins.T
    # n^2 counts each two of n answers twice, and the two halves of a table of answers are one another's mirror.
    same = (all_wins**2 - (each**2).sum(axis=0)).sum() / 2
    n = (asked**2 - (answers**2).sum(axis=0)).sum() / 4
    if not n:
        return Agreement(None, None, 0)
    return Agreement(float(same / n), float(2 * same / n - 1), int(n))


def subjectivities(comparisons: Sequence[Comparison], *, level: float = 0.95, seed: int = 0) -> list[Subjectivity]:
    """Subjectivity as the negative strength of `standings`, the least subjective task first, mean 0 over tasks.

    The source names the comparisons and who made them: people, stand-ins, or both. Errors are those of `strengths`.

    >>> answers = [Comparison("ag_news", "imdb", "ann"), Comparison("ag_news", "imdb", "model:smollm2")]
    >>> least, most = subjectivities(answers)
    >>> most.task, round(most.value, 3), most.source
    ('imdb', 0.805, 'Bradley-Terry strength, 2 comparisons by 1 person and the stand-in model:smollm2')
    """
    source = f"Bradley-Terry strength, {_source(comparisons)}"
    rows = standings(comparisons, level=level, seed=seed)
    return [Subjectivity(row.task, -row.strength, -row.high, -row.low, source, row.n) for row in rows]


def from_agreement(
    task: str,
    agreed: float,
    *,
    measure: str = MEASURES[0],
    low: float | None = None,
    high: float | None = None,
    source: str,
    n: int,
) -> Subjectivity:
    """Subjectivity as 1 minus agreement on a task's texts: mean a_i (Li et al. 2023, Eq. 1) or Krippendorff's alpha.

    `low` and `high` bound the interval of what was agreed, `n` counts the texts, and `source` says whose labels they
    are. ValueError where the measure is unknown or a number is outside of its range: [0, 1] for the mean agreement,
    [-1, 1] for alpha.

    >>> from_agreement("imdb", 0.75, low=0.5, high=1, source="5 annotators a text", n=100)
    Subjectivity(task='imdb', value=0.25, low=0, high=0.5, source='1 - mean agreement, 5 annotators a text', n=100)
    """
    if measure not in MEASURES:
        raise ValueError(f"unknown measure {measure!r}; measures: {', '.join(MEASURES)}")
    least = 0 if measure == MEASURES[0] else -1
    for number in (agreed, low, high):
        if number is not None and not least <= number <= 1:
            raise ValueError(f"task {task!r}: {measure} is {number}; it lies in {least} to 1")
    below, above = (None if bound is None else 1 - bound for bound in (high, low))
    return Subjectivity(task, 1 - agreed, below, above, f"1 - {measure}, {source}", n)


def _source(comparisons: Iterable[Comparison]) -> str:
    made = [comparison.annotator for comparison in comparisons]
    stand_ins = sorted({name for name in made if name.startswith(STAND_IN)})
    people = len(set(made)) - len(stand_ins)
    by = [f"{people} {'people' if people > 1 else 'person'}"] if people else []
    if stand_ins:
        by.append(f"the stand-in{'s' * (len(stand_ins) > 1)} {', '.join(stand_ins)}")
    return f"{len(made)} comparison{'s' * (len(made) > 1)} by {' and '.join(by)}"


def _tables(comparisons: Sequence[Comparison], *, connected: bool = True) -> tuple[list[str], list[str], Floats]:
    """Names of tasks and of annotators, and how often each annotator called task i more objective than task j."""
    if not comparisons:
        raise ValueError("no comparisons to rank tasks by; give at least one")
    tasks = sorted({name for comparison in comparisons for name in comparison[:2]})
    annotators = sorted({comparison.annotator for comparison in comparisons})
    place = {name: i for i, name in enumerate(tasks)}
    row = {name: i for i, name in enumerate(annotators)}
    wins = np.zeros((len(annotators), len(tasks), len(tasks)))
    for winner, loser, annotator in comparisons:
        if winner == loser:
            raise ValueError(f"{winner!r} is compared with itself by {annotator!r}; a comparison has two tasks")
        wins[row[annotator], place[winner], place[loser]] += 1
    if connected:
        reached = _reached(wins.sum(axis=0) + wins.sum(axis=0).T)[0]
        if not reached.all():
            one, other = (", ".join(np.array(tasks)[group]) for group in (reached, ~reached))
            raise ValueError(f"no comparison connects {one} with {other}; compare a task of the one with the other's")
    return tasks, annotators, wins


def _reached(wins: Floats) -> NDArray[np.bool_]:
    """Whether a chain of wins leads from task i to task j; every task reaches itself."""
    reached = (wins > 0) | np.eye(len(wins), dtype=bool)
    for _ in range(len(wins).bit_length()):  # the length of a chain doubles
        reached = reached @ reached
    return reached


def _check_finite(tasks: Sequence[str], wins: Floats) -> None:
    """ValueError where some tasks never lost to the others, which puts the maximum at infinity (Ford 1957)."""
    reached = _reached(wins)
    if reached.all():
        return
    # Whoever beats a task, through a chain of wins, of the fewest others: nobody else beats these.
    unbeaten = reached[:, reached.sum(axis=0).argmin()]
    top, others = (", ".join(np.array(tasks)[group]) for group in (unbeaten, ~unbeaten))
    raise ValueError(
        f"{top} never lost to {others}, so the maximum lies at infinity; keep the prior, or compare them more often"
    )


def _chances(strength: Floats) -> Floats:
    """Chance that task i wins over task j, shape (..., tasks, tasks), of strengths of shape (..., tasks)."""
    return np.asarray(1 / (1 + np.exp(strength[..., None, :] - strength[..., :, None])))


def _information(counts: Floats, chances: Floats) -> Floats:
    """Fisher information of the strengths, made invertible, shape (..., tasks, tasks).

    It is a Laplacian: what all strengths have in common is not determined. A constant gives that direction a curvature
    like that of the others, and changes nothing else: neither a slope nor a difference has a part in it.
    """
    weights = counts * chances * (1 - chances)
    degrees, tasks = weights.sum(axis=-1), counts.shape[-1]
    return np.asarray(np.eye(tasks) * degrees[..., None] - weights + degrees.sum(axis=-1)[..., None, None] / tasks**2)


def _most_likely(wins: Floats) -> Floats:
    """Strengths of maximum likelihood, of shape (..., tasks), mean 0, of wins of shape (..., tasks, tasks).

    Newton's method, damped by log(1 + r) / r, where r is the largest change of a difference between two tasks that
    were compared: such a step always gains (Sun and Tran-Dinh 2019, generalized self-concordance of order 2).
    """
    counts = wins + np.swapaxes(wins, -1, -2)
    strength = np.zeros(wins.shape[:-1])
    for _ in range(500):
        chances = _chances(strength)
        slope = (wins - counts * chances).sum(axis=-1)
        step = np.linalg.solve(_information(counts, chances), slope[..., None])[..., 0]
        changes = np.abs(step[..., :, None] - step[..., None, :]) * (counts > 0)
        largest = np.maximum(changes.max(axis=(-1, -2)), TINY)[..., None]
        strength = strength + step * np.log1p(largest) / largest
        # Steps shrink to their squares now, and where a task hardly ever loses, rounding keeps them from 0.
        if largest.max() < 1e-4:
            break
    return strength


def _with_prior(wins: Floats) -> tuple[Floats, Floats]:
    """Strengths under Jeffreys' prior, and the virtual comparisons of each pair that amount to it (Firth 1993).

    A pair has as many as its comparisons have leverage, which depends on the strengths, and these on it: both are
    repeated until they agree. All leverages add up to the number of tasks less one.
    """
    counts = wins + wins.T
    virtual = (counts > 0) * 2 * (len(wins) - 1) / np.count_nonzero(counts)
    for _ in range(500):
        strength = _most_likely(wins + virtual / 2)
        before, virtual = virtual, _leverage(counts, strength)
        if np.abs(virtual - before).max() < 0.01 * SAME:
            break
    return strength, virtual


def _leverage(counts: Floats, strength: Floats) -> Floats:
    """How much the comparisons of each pair determine of the strengths, in [0, 1], shape (tasks, tasks)."""
    chances = _chances(strength)
    inverse = np.linalg.inv(_information(counts, chances))
    spread = np.diagonal(inverse)[:, None] + np.diagonal(inverse) - 2 * inverse
    return np.asarray(counts * chances * (1 - chances) * spread)


def _draws(by_annotator: Floats, half: Floats, seed: int) -> Floats:
    """Strengths under random weights of annotators, or of comparisons, shape (DRAWS, tasks).

    Weights are exponential, and a sum of n of them is gamma with shape n; so is that of the prior's `half` wins.
    """
    # A stream for each kind of weight: however the draw is cut into pieces, it is the same.
    (of_answers, of_prior), drawn = np.random.default_rng(seed).spawn(2), []
    annotators, tasks, _ = by_annotator.shape
    size = max(1, CELLS // tasks**2)
    for start in range(0, DRAWS, size):
        n = min(size, DRAWS - start)
        if annotators > 1:
            wins = np.tensordot(of_answers.exponential(size=(n, annotators)), by_annotator, axes=1)
        else:
            wins = of_answers.gamma(by_annotator[0], size=(n, tasks, tasks))
        wins += of_prior.gamma(half, size=(n, tasks, tasks))
        drawn.append(_most_likely(wins))
    return np.concatenate(drawn)


def _tail(level: float, annotators: int) -> float:
    """The share of draws below an interval: (1 - level) / 2, or less where few annotators were drawn from.

    n random weights spread a mean by (n - 1) / (n + 1) of its variance as n annotators estimate it, and this estimate
    has n - 1 degrees of freedom: the percentiles are expanded for both, as Hesterberg (2015) does for draws with
    replacement. One annotator is no sample, and that annotator's comparisons are.
    """
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; an interval holds a share between 0 and 1, for example 0.95")
    if annotators == 1:
        return (1 - level) / 2
    from scipy.special import ndtr, stdtrit  # type: ignore[import-untyped,unused-ignore]

    t = stdtrit(annotators - 1, (1 + level) / 2)
    return float(ndtr(-t * np.sqrt((annotators + 1) / (annotators - 1))))
