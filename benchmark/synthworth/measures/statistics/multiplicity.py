"""Correction of p values for a family of tests."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def holm(p_values: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Holm's adjusted p of each test of a family, in the order given, in [0, 1].

    Those at most alpha are rejected with a chance of at most alpha of any false rejection, however the tests depend on
    each other: the k-th smallest of m is multiplied by m - k + 1, raised to the largest before it, and at most 1. Holm
    1979, Scandinavian Journal of Statistics 6. Raises ValueError if a p is not in [0, 1].

    >>> holm([0.01, 0.04, 0.03, 0.005]).round(4).tolist()
    [0.03, 0.06, 0.06, 0.02]
    """
    p = np.asarray(p_values, dtype=float)
    wrong = p[~((p >= 0) & (p <= 1))]
    if len(wrong):
        raise ValueError(f"a p of {wrong[0]}; allowed: 0 to 1")
    order = np.argsort(p)
    raised = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(raised, 1)
    return adjusted
