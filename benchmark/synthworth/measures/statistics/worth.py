"""The worth of a synthetic training set: the number of real examples that reach the same score."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthworth.measures.statistics.interval import tails

ROUNDING = 1e-12  # of means of scores: what is this near a score reaches it


class Worth(NamedTuple):
    """A number of real examples with its interval; 0 stands for less than `least`, inf for more than `most`.

    `least` and `most` are the smallest and largest number of real examples that were measured: the curve is not
    extrapolated. The text says so in words.

    >>> str(Worth(120.4, 0.0, math.inf, least=50, most=1000))
    '120 (less than 50 to more than 1,000)'
    """

    value: float
    low: float
    high: float
    least: int
    most: int

    def __str__(self) -> str:
        return f"{self._say(self.value)} ({self._say(self.low)} to {self._say(self.high)})"

    def _say(self, examples: float) -> str:
        if examples < self.least:
            return f"less than {self.least:,}"
        return f"more than {self.most:,}" if examples > self.most else f"{examples:,.0f}"


def real_examples(real_curve: Mapping[int, ArrayLike], score: ArrayLike) -> NDArray[np.float64]:
    """Return the fewest real examples whose score, on a monotone learning curve, is at least `score`.

    `real_curve` maps numbers of real examples to scores; these and `score` are numbers, or arrays of one shape, one
    curve for each element. The curve is the nearest one that does not fall (isotonic least squares, by its max-min
    formula: Robertson, Wright & Dykstra 1988, Order Restricted Statistical Inference, section 1.4), linear in
    log n between the points. 0 if the score is below the curve, and inf if it is above. Raises ValueError for fewer
    than two points, a number of examples below 1, or a score that is not finite.

    >>> real_examples({100: 0.60, 1000: 0.80}, [0.5, 0.6, 0.7, 0.9]).round(1).tolist()
    [0.0, 100.0, 316.2, inf]
    """
    sizes = _sizes(real_curve)
    measured = np.broadcast_arrays(*(np.asarray(real_curve[n], dtype=float) for n in sizes), np.asarray(score, float))
    curve, wanted = _isotonic(np.stack(measured[:-1])), measured[-1]
    if not (np.isfinite(curve).all() and np.isfinite(wanted).all()):
        raise ValueError("a score that is not finite; leave out what could not be measured")
    reached = curve >= wanted - ROUNDING
    above = np.argmax(reached, axis=0)  # the first point that reaches the score
    right = np.take_along_axis(curve, above[None], axis=0)[0]
    left = np.take_along_axis(curve, np.maximum(above - 1, 0)[None], axis=0)[0]
    logs = np.log(sizes)
    share = np.clip((wanted - left) / np.where(right > left, right - left, 1), 0, 1)
    between = np.exp(logs[above - 1] + share * (logs[above] - logs[above - 1]))
    first = np.where(curve[0] <= wanted + ROUNDING, float(sizes[0]), 0.0)
    return np.where(reached.any(axis=0), np.where(above > 0, between, first), math.inf)


def worth(
    real_curve: Mapping[int, float],
    score: float,
    *,
    resampled_curve: Mapping[int, NDArray[np.float64]],
    resampled_score: NDArray[np.float64],
    level: float = 0.95,
) -> Worth:
    """Return how many real examples reach the `score` of a synthetic training set, with a percentile interval.

    `real_curve` maps numbers of real examples to (mean) scores; `resampled_curve` and `resampled_score` hold R
    resamples of each, of the same test rows at the same place, so that what rows do to all of them cancels, and of
    seeds where there are several: `resampled_scores` of all predictions together, then `draws_of_mean` of each size,
    makes them. The interval holds those sources, and not the error of a curve between its points. Isotonic curves are
    flat over neighbours whose order noise has turned round, and a score on a flat part is worth the fewest examples
    there. Measured coverage of a nominal 95 %: 95 to 97 with 10 seeds a point, 96 to 98 with 5, 97 to 99.5 with 3:
    the doubts of several few seeds add up. Raises ValueError as `real_examples` does, or if the resamples differ in
    number.

    >>> noise = np.random.default_rng(0).normal(0, 0.01, (3, 1000))
    >>> curve = {100: 0.60 + noise[0], 1000: 0.80 + noise[1]}
    >>> print(worth({100: 0.60, 1000: 0.80}, 0.70, resampled_curve=curve, resampled_score=0.70 + noise[2]))
    316 (238 to 420)
    """
    sizes = _sizes(real_curve)
    if _sizes(resampled_curve) != sizes:
        raise ValueError(f"a curve of sizes {sizes} resampled at {_sizes(resampled_curve)}; give the same sizes")
    for n in sizes:
        if np.shape(resampled_curve[n]) != np.shape(resampled_score):
            raise ValueError(
                f"{np.size(resampled_curve[n])} resamples of {n} real examples and {np.size(resampled_score)} of the "
                "score; they must pair up"
            )
    ordered = np.sort(real_examples(resampled_curve, resampled_score))
    # Resamples themselves: between one of them and inf there is nothing to interpolate.
    places = (round(tail * (len(ordered) - 1)) for tail in tails(level))
    low, high = (float(ordered[place]) for place in places)
    return Worth(float(real_examples(real_curve, score)), low, high, sizes[0], sizes[-1])


def _sizes(curve: Mapping[int, object]) -> list[int]:
    sizes = sorted(curve)
    if len(sizes) < 2:
        raise ValueError(f"a learning curve of {len(sizes)} points; it needs at least two numbers of real examples")
    if sizes[0] < 1:
        raise ValueError(f"a point at {sizes[0]} real examples; allowed: 1 and more")
    return sizes


def _isotonic(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the least-squares scores that do not fall along the first axis: a max of mins of means of neighbours."""
    fitted = np.full(scores.shape, -math.inf)
    lengths = np.arange(1, len(scores) + 1).reshape(-1, *[1] * (scores.ndim - 1))
    for start in range(len(scores)):
        means = np.cumsum(scores[start:], axis=0) / lengths[: len(scores) - start]
        least = np.minimum.accumulate(means[::-1], axis=0)[::-1]  # over where the neighbours end
        fitted[start:] = np.maximum(fitted[start:], least)
    return fitted
