"""What difference a comparison can tell, and how many test rows or seeds would tell a given one."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from synthworth.measures.statistics.interval import Variance, half_width

QUANTILES = 400  # of the spread that a few seeds may turn out to have


def mcnemar_power(rows: int, discordance: float, difference: float, *, alpha: float = 0.05) -> float:
    """The chance that McNemar's exact two-sided test at `alpha` tells two classifiers apart on `rows` test rows.

    `discordance` is the share of rows that exactly one of them gets right, in (0, 1]; `difference` that of their
    accuracies, at most `discordance`. Exact: the binomial test's chance for each number of such rows, averaged over
    that number's binomial distribution. ValueError for what is out of range.

    >>> round(mcnemar_power(1000, 0.1, 0.03), 2)
    0.83
    """
    from scipy.stats import binom

    _check_shares(discordance, alpha)
    if rows < 1:
        raise ValueError(f"{rows} test rows; a comparison needs at least one")
    if abs(difference) > discordance:
        raise ValueError(
            f"difference {difference} is more than discordance {discordance}, the share of rows that exactly one "
            "gets right; allowed: at most that"
        )
    spread = binom(rows, discordance)
    apart = np.arange(spread.ppf(1e-9), spread.ppf(1 - 1e-9) + 1)
    largest = binom.ppf(alpha / 2, apart, 0.5)  # of the rarer side, to be significant; one less where that is too often
    largest -= 2 * binom.cdf(largest, apart, 0.5) > alpha
    first = (1 + difference / discordance) / 2
    told = binom.cdf(largest, apart, first) + binom.cdf(largest, apart, 1 - first)
    return float(spread.pmf(apart) @ told)


def detectable_difference(rows: int, discordance: float, *, power: float = 0.8, alpha: float = 0.05) -> float | None:
    """The least difference of two accuracies that McNemar's exact test on `rows` test rows tells with that `power`.

    `discordance` as in `mcnemar_power`. None where no difference is large enough: with so few rows of which exactly one
    is right, not even all in favour of one classifier would do. ValueError for what is out of range.

    >>> round(detectable_difference(3000, 0.1), 4), detectable_difference(50, 0.1)
    (0.0165, None)
    """
    from scipy.optimize import brentq

    _check_shares(power)

    def missing(difference: float) -> float:
        return mcnemar_power(rows, discordance, difference, alpha=alpha) - power

    return None if missing(discordance) < 0 else float(brentq(missing, 0, discordance, xtol=1e-9))


def rows_to_detect(difference: float, discordance: float, *, power: float = 0.8, alpha: float = 0.05) -> int:
    """How many test rows McNemar's exact test needs to tell that `difference` of two accuracies with that `power`.

    `discordance` as in `mcnemar_power`; one row fewer has less than that power. ValueError for what is out of range.

    >>> rows_to_detect(0.02, 0.1)
    2043
    """
    _check_shares(power)
    _check_difference(difference)
    return _least(lambda rows: mcnemar_power(rows, discordance, difference, alpha=alpha) >= power, 1)


def means_power(seeds: int, difference: float, seed_sd: float, *, row_sd: float = 0.0, alpha: float = 0.05) -> float:
    """The chance that `paired_difference_of_means` with `seeds` a side finds p <= `alpha`.

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
    """The least difference of two mean scores over `seeds` seeds each that is told with that `power`.

    `seed_sd` and `row_sd` as in `means_power`, and so is the unit. ValueError for what is out of range.

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
    """How many seeds a side tell that `difference` of two mean scores with that `power`; at least 2.

    `seed_sd` and `row_sd` as in `means_power`. None where no number does: the test rows alone leave more doubt than
    that, and more of them are needed. ValueError for what is out of range.

    >>> seeds_to_detect(0.01, 0.01), seeds_to_detect(0.01, 0.01, row_sd=0.01)
    (17, None)
    """
    from scipy.special import ndtr, ndtri

    _check_shares(power, alpha)
    _check_difference(difference)
    if row_sd and ndtr(abs(difference) / row_sd + ndtri(alpha / 2)) < power:
        return None
    return _least(lambda seeds: means_power(seeds, difference, seed_sd, row_sd=row_sd, alpha=alpha) >= power, 2)


def _ends(seeds: int, seed_sd: float, row_sd: float, alpha: float) -> NDArray[np.float64]:
    """Half widths of the interval of a difference of means, at equally likely spreads of the seeds."""
    from scipy.special import gammaincinv

    if seeds < 2:
        raise ValueError(f"{seeds} seeds a side; their variance needs at least 2")
    if min(seed_sd, row_sd) < 0:
        raise ValueError(f"a standard deviation of {min(seed_sd, row_sd)}; allowed: 0 or more")
    degrees = 2 * (seeds - 1)
    spreads = gammaincinv(degrees / 2, (np.arange(QUANTILES) + 0.5) / QUANTILES) * 2 / degrees
    estimated = 2 * seed_sd**2 / seeds * spreads
    return np.array([half_width(Variance(row_sd**2, float(part), degrees), alpha / 2) for part in estimated])


def _least(enough: Callable[[int], bool], start: int) -> int:
    """A number from `start` on that is enough while the one before is not; assumes that enough stays enough."""
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
            raise ValueError(f"{share} is no share; allowed for power, alpha and discordance: more than 0, at most 1")


def _check_difference(difference: float) -> None:
    if not difference or not math.isfinite(difference):
        raise ValueError(f"difference is {difference}; no number tells that apart from 0: give one that matters to you")
