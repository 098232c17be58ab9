"""The learning curve of real texts, and the number of them that a score is worth."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from synthworth.measures.statistics import Sample, Worth, draws_of_mean
from synthworth.measures.statistics.worth import worth

DRAWS = 1000  # for an interval of what a set is worth, if rows were not resampled


class LearningCurve:
    """Scores of real texts by their number per label, with draws of their means over test rows and seeds."""

    def __init__(self, points: Mapping[int, Sample]) -> None:
        self.points = points
        self._drawn: dict[bool, dict[int, Any]] = {}

    def worth(self, scores: Sample) -> Worth:
        """The number of real texts per label that reach the mean of `scores`, with its interval.

        If all rows were resampled, they are the same rows for all: what they do to several scores is paired.
        """
        paired = all(sample.resampled is not None for sample in (scores, *self.points.values()))
        if paired not in self._drawn:
            numbered = enumerate(self.points.items())
            self._drawn[paired] = {size: _draws(sample, seed, paired) for seed, (size, sample) in numbered}
        return worth(
            {size: sample.mean for size, sample in self.points.items()},
            scores.mean,
            resampled_curve=self._drawn[paired],
            resampled_score=_draws(scores, len(self.points), paired),
        )


def worth_in_words(number: Worth) -> str:
    """The worth of a set as a cell shows it, with its interval unless that is as narrow.

    >>> worth_in_words(Worth(120.0, 0.0, 150.0, least=50, most=1000))
    '120 (<50 to 150)'
    """
    value, *bounds, least, most = number

    def words(examples: float) -> str:
        return f"<{least}" if examples < least else f">{most}" if examples > most else f"{examples:.0f}"

    middle, low, high = map(words, (value, *bounds))
    return middle if middle == low == high else f"{middle} ({low} to {high})"


def _draws(sample: Sample, seed: int, paired: bool) -> Any:
    """Draws of a mean score; different seeds draw other errors of seeds and, if rows are not paired, other rows."""
    if paired and sample.resampled is not None:
        return draws_of_mean(sample.scores, sample.resampled, seed=seed)
    random, runs = np.random.default_rng(seed), len(sample.scores)
    drawn = sample.mean + math.sqrt(sample.row_variance) * random.standard_normal(DRAWS)
    if runs > 1:
        drawn += random.standard_t(runs - 1, DRAWS) * math.sqrt(float(sample.scores.var(ddof=1)) / runs)
    return drawn
