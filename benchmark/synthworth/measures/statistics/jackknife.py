"""The standard error of any measure of a sample, from the measure without each part of it."""

from collections.abc import Sequence

import numpy as np


def jackknife_error(without: Sequence[float]) -> float:
    """Return the standard error of a measure, in its unit, from its values without each of the g parts of a sample.

    The delete-one-group jackknife (Tukey, 1958; Shao & Tu, 1995): √((g - 1) / g · Σ (θᵢ - θ̄)²). It holds one source of
    variance, the sample that was parted. Unlike a bootstrap it never takes a text twice, and so does not make texts
    look alike. Raises ValueError if there are fewer than 2 parts.

    >>> sample = [1.0, 2.0, 4.0, 9.0]
    >>> means = [(sum(sample) - left_out) / 3 for left_out in sample]
    >>> round(jackknife_error(means), 4)  # of a mean: the standard deviation over the root of n
    1.7795
    """
    values = np.asarray(without, dtype=float)
    if len(values) < 2:
        raise ValueError(f"{len(values)} part of a sample; a jackknife leaves out one of at least 2")
    return float(np.sqrt((len(values) - 1) * np.mean((values - values.mean()) ** 2)))
