"""Distance of comparisons from an order, and of annotators from one another."""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from synthworth.subjectivity.comparisons import Comparison
from synthworth.subjectivity.ranking.wins import tables


class Triad(NamedTuple):
    """Three tasks that go in a circle: most say `first` over `second`, `second` over `third`, `third` over `first`.

    `majority` is the smallest of the three majorities, in (0.5, 1]; the larger it is, the less it looks like chance.
    """

    first: str
    second: str
    third: str
    majority: float


class Consistence(NamedTuple):
    """Distance of the majorities from an order: `circular` of `decided` triads go in a circle, `worst` names them.

    A triad is decided if each of its pairs has a majority. `zeta` is in [0, 1], 1 without circles, and None if a pair
    has no majority; `share` is `circular / decided`, in [0, 1], and None if no triad is decided.
    """

    circular: int
    decided: int
    zeta: float | None
    share: float | None
    worst: tuple[Triad, ...]


class Agreement(NamedTuple):
    """Rate at which two annotators agree on one pair of tasks: `share` in [0, 1], and `u` in [-1, 1], 0 by chance.

    `n` counts the couples of answers: by different annotators, on the same pair. None if there are none.
    """

    share: float | None
    u: float | None
    n: int


class Repeatability(NamedTuple):
    """Rate at which annotators repeat their answer on a pair: `share` of `n` pairs, in [0, 1]; None if n is 0."""

    share: float | None
    n: int


def coefficient_of_consistence(comparisons: Sequence[Comparison]) -> Consistence:
    """Count circular triads among the majorities, for Kendall and Babington Smith's (1940) coefficient zeta.

    zeta = 1 - circular / most, where `most` is (k^3 - k) / 24 for an odd number k of tasks and (k^3 - 4 k) / 24 for an
    even one. It is defined if every pair is decided; `share` always is, and random majorities make it 0.25. For the
    consistence of one annotator, give that annotator's comparisons alone.

    >>> loop = [Comparison("a", "b", "ann"), Comparison("b", "c", "ann"), Comparison("c", "a", "ann")]
    >>> consistence = coefficient_of_consistence(loop)
    >>> consistence.zeta, consistence.worst
    (0.0, (Triad(first='a', second='b', third='c', majority=1.0),))
    """
    tasks, _, by_annotator = tables(comparisons, connected=False)
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
    """Measure how often annotators agree on pairs that they share, with Kendall and Babington Smith's (1940) u.

    u = 2 share - 1. Two answers of one annotator on one pair do not count. u is Kendall's if every annotator answers
    each pair once.

    >>> votes = [Comparison("a", "b", "ann"), Comparison("a", "b", "ben"), Comparison("b", "a", "cy")]
    >>> coefficient_of_agreement(votes)
    Agreement(share=0.3333333333333333, u=-0.33333333333333337, n=3)
    """
    _, _, each = tables(comparisons, connected=False)
    all_wins, answers = each.sum(axis=0), each + each.transpose(0, 2, 1)
    all_answers = all_wins + all_wins.T
    # n^2 counts each two of n answers twice, and the two halves of a table of answers are one another's mirror.
    same = (all_wins**2 - (each**2).sum(axis=0)).sum() / 2
    n = (all_answers**2 - (answers**2).sum(axis=0)).sum() / 4
    if not n:
        return Agreement(None, None, 0)
    return Agreement(float(same / n), float(2 * same / n - 1), int(n))


def repeatability(comparisons: Sequence[Comparison]) -> Repeatability:
    """Measure the share, of the pairs that an annotator answered more than once, with the same answer each time.

    A stand-in is asked in both orders: one that only names the task shown first has 0, and chance has 1/2.

    >>> repeatability([Comparison("a", "b", "ann"), Comparison("b", "a", "ann"), Comparison("a", "c", "ann")])
    Repeatability(share=0.0, n=1)
    """
    _, _, each = tables(comparisons, connected=False)
    again = np.triu(each + each.transpose(0, 2, 1)) > 1
    n = int(again.sum())
    mixed = int((again & (each > 0) & (each.transpose(0, 2, 1) > 0)).sum())
    return Repeatability(1 - mixed / n if n else None, n)
