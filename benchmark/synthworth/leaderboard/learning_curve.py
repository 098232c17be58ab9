"""The learning curve of real texts, and the number of them that a score is worth."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from synthworth.measures.statistics import Sample, Worth, draws_of_mean
from synthworth.measures.statistics.worth import worth


class LearningCurve:
    """Scores of real texts by their number per label: of one task, or the means over several.

    `points` maps a number of texts per label to a sample for each task, in one order of the tasks.
    """

    def __init__(self, points: Mapping[int, Sequence[Sample]]) -> None:
        self.points = points
        self._drawn: dict[bool, dict[int, Any]] = {}

    def worth(self, scores: Sequence[Sample]) -> Worth:
        """The number of real texts per label that reach the mean of `scores`, a sample for each task.

        Its interval holds test rows and seeds. If all rows of all tasks were resampled, what they do to several scores
        is paired.
        """
        paired = all(sample.resampled is not None for tasks in (scores, *self.points.values()) for sample in tasks)
        if paired not in self._drawn:
            numbered = enumerate(self.points.items())
            self._drawn[paired] = {
                size: draws_of_mean(samples, seed=place, paired=paired) for place, (size, samples) in numbered
            }
        return worth(
            {size: _mean(samples) for size, samples in self.points.items()},
            _mean(scores),
            resampled_curve=self._drawn[paired],
            resampled_score=draws_of_mean(scores, seed=len(self.points), paired=paired),
        )


def mean_curve(curves: Sequence[LearningCurve]) -> LearningCurve | None:
    """The curve of the mean over tasks, from one curve for each, at the sizes that all have; None if fewer than two."""
    sizes = sorted(set.intersection(*(set(curve.points) for curve in curves)))
    if len(sizes) < 2:
        return None
    return LearningCurve({size: [sample for curve in curves for sample in curve.points[size]] for size in sizes})


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


def _mean(samples: Sequence[Sample]) -> float:
    return fmean(sample.mean for sample in samples)
