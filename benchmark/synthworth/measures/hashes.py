"""Hashes of pieces of texts, in arrays."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Number = TypeVar("Number", np.uint64, np.int64)


def distinct(numbers: NDArray[Number]) -> NDArray[Number]:
    """Return the numbers of an array of one dimension, sorted, each once.

    As `np.unique`, which looks each number up in a hash table since numpy 2.3: of ten million hashes, half of them
    different, that takes forty times as long as to sort them.

    >>> distinct(np.array([3, 1, 3], dtype=np.uint64)).tolist()
    [1, 3]
    """
    ordered = np.sort(numbers)
    first = np.ones(len(ordered), dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]
