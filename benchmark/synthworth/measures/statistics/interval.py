"""Intervals, and the interval and p of an estimate whose variance is partly estimated."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Interval(NamedTuple):
    """A two-sided interval; `low <= high`, in the unit of the score."""

    low: float
    high: float


class Estimate(NamedTuple):
    """A number with the ends of its interval, in its own unit."""

    value: float
    low: float
    high: float


def tails(level: float) -> tuple[float, float]:
    """Return the two quantiles, in (0, 1), between which a share `level` of a distribution lies.

    Raises ValueError if `level` is not between 0 and 1.

    >>> tails(0.5)
    (0.25, 0.75)
    """
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; an interval holds a share between 0 and 1, for example 0.95")
    tail = (1 - level) / 2
    return tail, 1 - tail


def normal_quantiles(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the values that a standard normal number is below with these chances; -inf for 0 and inf for 1.

    >>> normal_quantiles(np.array([0.025, 0.5, 1.0])).round(2).tolist()
    [-1.96, 0.0, inf]
    """
    from scipy.special import ndtri

    return np.asarray(ndtri(shares))


def share_interval(count: float, n: float, *, level: float = 0.95) -> Interval:
    """Return the interval of a share that was counted as `count` of `n`: Wilson 1927, JASA 22.

    Both may be fractions, of an effective sample size. Raises ValueError if `count` is not in 0 to `n`, or `n` is 0.

    >>> [round(end, 3) for end in share_interval(5, 100)], round(share_interval(0, 100).high, 3)
    ([0.022, 0.112], 0.037)
    """
    from scipy.special import ndtri

    if not 0 <= count <= n or not n:
        raise ValueError(f"{count} of {n}; a share needs at least one, and a count between 0 and their number")
    z = -float(ndtri(tails(level)[0]))
    middle, spread = (count + z * z / 2) / (n + z * z), z * math.sqrt(count * (n - count) / n + z * z / 4) / (n + z * z)
    return Interval(max(0.0, middle - spread), min(1.0, middle + spread))


class Variance(NamedTuple):
    """The variance of an estimate in two parts, in its squared unit.

    `known` is that of many test rows, from a bootstrap; `estimated` is from the spread of a few seeds, with `degrees`
    of freedom, which may be a fraction, or inf if there is no such part.
    """

    known: float
    estimated: float
    degrees: float


def half_width(variance: Variance, tail: float) -> float:
    """Return half the width of the interval that leaves out `tail` on each side, in the unit of the estimate.

    The standard deviation times the mean of the normal and of Student's quantile, weighted by the parts of the
    variance: Cochran 1964, Biometrics 20. Satterthwaite's degrees of freedom, the usual choice, leave a nominal 95 % at
    87 where 2 seeds decide and at 92 where 3 do: a spread that is small by chance passes for a well-known one, too.

    >>> round(half_width(Variance(known=0.0, estimated=4.0, degrees=4), tail=0.025), 3)    # 2 x 2.776
    5.553
    """
    from scipy.special import ndtri, stdtrit

    known, estimated, degrees = variance
    if not known + estimated:
        return 0.0
    return float(-ndtri(tail) * known - stdtrit(degrees, tail) * estimated) / math.sqrt(known + estimated)


def interval_of(estimate: float, variance: Variance, level: float = 0.95) -> Interval:
    """Return the interval of an estimate of that variance, in its unit.

    Its ends are not cut to the range of a score: cut, they would hide how little a few seeds say.

    >>> low, high = interval_of(0.7, Variance(known=1e-4, estimated=1e-4, degrees=4))
    >>> round(low, 4), round(high, 4)
    (0.6665, 0.7335)
    """
    half = half_width(variance, tails(level)[0])
    return Interval(estimate - half, estimate + half)


def p_of(estimate: float, variance: Variance, least: float) -> float:
    """Return the two-sided p of a true value of 0: 1 - level of the interval that ends at 0, at least `least`.

    >>> round(p_of(1.96, Variance(known=1.0, estimated=0.0, degrees=4), least=1e-4), 3)
    0.05
    """
    from scipy.optimize import brentq

    def beyond(p: float) -> float:
        return half_width(variance, p / 2) - abs(estimate)

    if not estimate:
        return 1.0
    return least if beyond(least) <= 0 else float(brentq(beyond, least, 1))
