"""Limits for the length of written texts, and how well they fit the lengths of real ones."""

from collections.abc import Sequence
from math import ceil
from statistics import median

# Lenient, since they hold of every task: of imdb, whose range is cut at 200 words on purpose, 54 % of the texts fit; of
# sms_spam, the median is 12 words and the middle of the range 18.
FITTING = 0.5
WIDE = 2


def share_within(limits: tuple[int, int], lengths: Sequence[int]) -> float:
    """Return the share of the lengths that lie within the limits, in [0, 1]."""
    fewest, most = limits
    return sum(fewest <= length <= most for length in lengths) / len(lengths)


def fits(limits: tuple[int, int], lengths: Sequence[int]) -> bool:
    """Tell whether enough texts lie within the limits, and their middle is about as long as the median text."""
    middle, usual = sum(limits) / 2, median(lengths)
    return share_within(limits, lengths) >= FITTING and middle / WIDE <= usual <= middle * WIDE


def usual_lengths(lengths: Sequence[int]) -> tuple[int, int]:
    """Return limits that fit: of the middle 90 % of the lengths, less of the long ones if these are far from usual.

    >>> usual_lengths(range(1, 30))
    (2, 28)
    """
    ordered, usual = sorted(max(1, length) for length in lengths), median(lengths)
    tail = len(ordered) // 20
    for fewest in (ordered[tail], ordered[0]):
        most = min(ordered[-1 - tail], int(2 * WIDE * usual) - fewest)
        if fewest <= most and fits((fewest, most), lengths):
            return fewest, most
    return ordered[0], max(ordered[0], ceil(usual))
