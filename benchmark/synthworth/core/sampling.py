"""The sample of test rows that a generator labels itself: fixed, so that all results on it are about the same rows."""

import random
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


def sampled(rows: Sequence[Item], size: int) -> list[Item]:
    """Return `size` of the rows in their order, the same places for every list of that length; all if there are fewer.

    Labels play no part: the sample has as many rows of each as chance gives it.

    >>> sampled("abcdefgh", 3), sampled("ab", 3)
    (['b', 'c', 'd'], ['a', 'b'])
    """
    if size >= len(rows):
        return list(rows)
    return [rows[place] for place in sorted(random.Random(f"test rows/{len(rows)}").sample(range(len(rows)), size))]
