"""The score that a guesser who reads no text can expect: the floor under every trained classifier."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np


def chance_macro_f1(rows: Sequence[int]) -> float:
    """Return the higher expected Macro-F1 of two guessers who know the labels of the test set and read no text.

    `rows` counts the test rows of each label. One guesser always names the most frequent label; the other draws labels
    at random, with their shares in the test set, which of all random guessers has the highest Macro-F1 (1 / labels but
    for a few rows). Raises ValueError if there are no rows.

    >>> round(chance_macro_f1([500, 500]), 3), round(chance_macro_f1([870, 130]), 3), round(chance_macro_f1([9, 0]), 3)
    (0.5, 0.5, 0.5)
    """
    if not rows or min(rows) < 0 or not sum(rows):
        raise ValueError(f"test rows by label are {list(rows)}; a floor needs at least one row, and none below 0")
    return _chance(tuple(rows))


@lru_cache(maxsize=1024)
def _chance(rows: tuple[int, ...]) -> float:
    most, total = max(rows), sum(rows)
    majority = 2 * most / (most + total) / len(rows)
    return max(majority, sum(_expected_f1(label, total) for label in rows) / len(rows))


def _expected_f1(label: int, total: int) -> float:
    """Return the expected F1 of a label that is named at random with its share of the rows.

    It is named for M rows, which is binomial. Given M, M x label / total of them are right in expectation, so that F1
    is 2 x M x (label / total) / (M + label).
    """
    from scipy.special import gammaln, xlog1py, xlogy

    share, named = label / total, np.arange(total + 1)
    ways = gammaln(total + 1) - gammaln(named + 1) - gammaln(total - named + 1)
    chances = np.exp(ways + xlogy(named, share) + xlog1py(total - named, -share))
    return float((chances * 2 * named * share / np.maximum(named + label, 1)).sum())
