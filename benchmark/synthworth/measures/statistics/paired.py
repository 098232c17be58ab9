"""Comparison of two classifiers by their predictions of the same test rows."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from synthworth.measures.statistics.bootstrap import Score, resampled_scores
from synthworth.measures.statistics.interval import tails


class McNemar(NamedTuple):
    """Test rows that only the first or only the second classifier got right, and the two-sided p of an even split."""

    first_only: int
    second_only: int
    p: float


class Difference(NamedTuple):
    """First less second, in the unit of the score, with an interval and a two-sided p in (0, 1]."""

    difference: float
    low: float
    high: float
    p: float


def mcnemar(true: Sequence[str], first: Sequence[str], second: Sequence[str]) -> McNemar:
    """Return McNemar's exact test that two classifiers are right equally often on the same rows.

    Of the rows that exactly one of them got right, each is as likely the first's as the second's: p is that of a
    binomial test with chance 1/2, twice the smaller tail and at most 1; without such a row it is 1. McNemar 1947,
    Psychometrika 12. Raises ValueError if the lists differ in length.

    >>> mcnemar("aaaaaaaa", "aaaaaaab", "abbbbbba")
    McNemar(first_only=6, second_only=1, p=0.125)
    """
    from scipy.special import bdtr

    for predicted in (first, second):
        if len(predicted) != len(true):
            raise ValueError(f"{len(true)} true labels and {len(predicted)} predicted ones; they must pair up")
    right = [(one == label, two == label) for label, one, two in zip(true, first, second, strict=True)]
    first_only, second_only = right.count((True, False)), right.count((False, True))
    p = 2 * float(bdtr(min(first_only, second_only), first_only + second_only, 0.5))
    return McNemar(first_only, second_only, min(1.0, p))


def paired_difference(
    true: Sequence[str],
    first: Sequence[str],
    second: Sequence[str],
    labels: Sequence[str],
    score: Score,
    *,
    level: float = 0.95,
    seed: int = 0,
) -> Difference:
    """Return the difference of two classifiers' scores, by a paired bootstrap; source of variance: the test sample.

    Every resample draws the same rows for both, within true labels, so that what makes a row hard for both cancels.
    The interval is its percentiles. p inverts it: twice the smaller share of resampled differences on either side of
    0, each side counted with one resample more (the data themselves), and at most 1. So p is at least
    2 / (RESAMPLES + 1), never 0, and below 1 - `level` where the interval leaves 0 out. Measured coverage of a nominal
    95 %: 94 to 96 at 50 rows a label, 92 at 10 and 87 at 3, as `bootstrap_interval` explains. `score` maps confusion
    counts of shape (..., labels, labels) to (...). Raises ValueError as `resampled_scores` does.

    >>> from synthworth.measures.metrics import accuracy
    >>> apart = paired_difference("ab" * 50, "ab" * 45 + "ba" * 5, "ab" * 40 + "ba" * 10, "ab", accuracy)
    >>> round(apart.difference, 3), 0.03 < apart.low < 0.06 and 0.14 < apart.high < 0.17, apart.p < 0.002
    (0.1, True, True)
    """
    scores = resampled_scores(true, [first, second], labels, score, seed=seed)
    resampled = scores.resampled[0] - scores.resampled[1]
    low, high = np.quantile(resampled, tails(level))
    rarer = min(int(np.count_nonzero(side)) for side in (resampled <= 0, resampled >= 0))
    p = min(1.0, 2 * (1 + rarer) / (1 + len(resampled)))
    return Difference(float(scores.scores[0] - scores.scores[1]), float(low), float(high), p)
