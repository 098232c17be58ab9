"""The smallest difference of two mean scores that a comparison can detect, and the seeds that a given one needs."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from synthworth.measures.statistics.interval import Variance, half_width

QUANTILES = 400  # of the spread that a few seeds may turn out to have


def means_power(seeds: int, difference: float, seed_sd: float, *, row_sd: float = 0.0, alpha: float = 0.05) -> float:
    """Return the chance that a comparison of two means over `seeds` seeds each, by `p_of`, has p <= `alpha`.

    `seed_sd` is the standard deviation of a score between seeds, the same for both methods; `row_sd` is that of the
    difference over test rows, 0 to hold them fixed; all in the unit of the score. Averaged over what the spread of the
    seeds may turn out to be. Without rows it is the power of Student's test of two samples.

    >>> round(means_power(64, 0.5, 1.0), 2)    # Cohen 1988, table 2.4.1
    0.8
    """
    from scipy.special import ndtr

    standard, ends = math.hypot(row_sd, seed_sd * math.sqrt(2 / seeds)), _ends(seeds, seed_sd, row_sd, alpha)
    if not standard:
        return float(bool(difference))
    return float(np.mean(ndtr((difference - ends) / standard) + ndtr((-difference - ends) / standard)))


def detectable_difference_of_means(
    seeds: int, seed_sd: float, *, row_sd: float = 0.0, power: float = 0.8, alpha: float = 0.05
) -> float:
    """Return the smallest difference of two mean scores over `seeds` seeds each that is detected with that `power`.

    `seed_sd` and `row_sd` as in `means_power`, and so is the unit. Raises ValueError for a value out of range.

    >>> [round(detectable_difference_of_means(5, 0.01, row_sd=row_sd), 4) for row_sd in (0, 0.01)]
    [0.0202, 0.0344]
    """
    from scipy.optimize import brentq

    _check_shares(power, alpha)
    most = _ends(seeds, seed_sd, row_sd, alpha).max() + 40 * math.hypot(row_sd, seed_sd)

    def missing(difference: float) -> float:
        return means_power(seeds, difference, seed_sd, row_sd=row_sd, alpha=alpha) - power

    return float(brentq(missing, 0, most)) if most else 0.0


def seeds_to_detect(
    difference: float, seed_sd: float, *, row_sd: float = 0.0, power: float = 0.8, alpha: float = 0.05
) -> int | None:
    """Return the number of seeds a side that detects a `difference` of two mean scores with that `power`, from 2 on.

    `seed_sd` and `row_sd` as in `means_power`. None if no number does, because the test rows alone leave too much
    doubt: more rows are needed. Raises ValueError for a value out of range.

    >>> seeds_to_detect(0.01, 0.01), seeds_to_detect(0.01, 0.01, row_sd=0.01)
    (17, None)
    """
    from scipy.special import ndtr, ndtri

    _check_shares(power, alpha)
    _check_difference(difference)
    if row_sd and ndtr(abs(difference) / row_sd + ndtri(alpha / 2)) < power:
        return None
    return _least(lambda seeds: means_power(seeds, difference, seed_sd, row_sd=row_sd, alpha=alpha) >= power, 2)


def detection_power(difference: float, variance: Variance, tail: float, *, least: float = 0.0) -> float:
    """Return the chance that an estimate of a `difference` is at least `least` and its interval lies above 0.

    `variance` is that of the estimate, `tail` what its interval leaves out on each side (`half_width`); averaged over
    what the estimated part may turn out to be. All in the unit of the score; the chance is in [0, 1].

    >>> round(detection_power(2.4865, Variance(known=1.0, estimated=0.0, degrees=4), 0.05), 3)  # 1.645 + 0.842
    0.8
    """
    from scipy.special import ndtr

    known, estimated, degrees = variance
    standard = math.sqrt(known + estimated)
    if not standard:
        return float(difference > 0 and difference >= least)
    parts = estimated * _spreads(degrees) if estimated else [0.0]
    ends = np.array([max(half_width(Variance(known, float(part), degrees), tail), least) for part in parts])
    return float(np.mean(ndtr((difference - ends) / standard)))


def _ends(seeds: int, seed_sd: float, row_sd: float, alpha: float) -> NDArray[np.float64]:
    """Return half widths of the interval of a difference of means, at equally likely spreads of the seeds."""
    if seeds < 2:
        raise ValueError(f"{seeds} seeds a side; their variance needs at least 2")
    if min(seed_sd, row_sd) < 0:
        raise ValueError(f"a standard deviation of {min(seed_sd, row_sd)}; allowed: 0 or more")
    degrees = 2 * (seeds - 1)
    estimated = 2 * seed_sd**2 / seeds * _spreads(degrees)
    return np.array([half_width(Variance(row_sd**2, float(part), degrees), alpha / 2) for part in estimated])


def _spreads(degrees: float) -> NDArray[np.float64]:
    """Return equally likely ratios of an estimated variance with these degrees of freedom to the true one."""
    from scipy.special import gammaincinv

    if math.isinf(degrees):
        return np.ones(1)
    return np.asarray(gammaincinv(degrees / 2, (np.arange(QUANTILES) + 0.5) / QUANTILES) * 2 / degrees)


def _least(enough: Callable[[int], bool], start: int) -> int:
    """Return the smallest number from `start` on that is enough, if every larger one is enough too."""
    if enough(start):
        return start
    too_few, least = start, 2 * start
    while not enough(least):
        too_few, least = least, 2 * least
    while least - too_few > 1:
        middle = (too_few + least) // 2
        too_few, least = (too_few, middle) if enough(middle) else (middle, least)
    return least


def _check_shares(*shares: float) -> None:
    for share in shares:
        if not 0 < share <= 1:
            raise ValueError(f"{share} is not a share; allowed for power and alpha: more than 0, at most 1")


def _check_difference(difference: float) -> None:
    if not difference or not math.isfinite(difference):
        raise ValueError(
            f"difference is {difference}, which no number of seeds detects; give the smallest that matters to you"
        )
