"""Scores from predictions and the gold labels: a bundle's are recomputed, and a verifier's replace them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synthworth.core import Result, Task, pack
from synthworth.measures import metrics
from synthworth.measures.statistics import bootstrap_interval
from synthworth.pipeline import Data

DIGITS = 6  # of a score in a result
# Six standard errors of the difference of two bootstrap quantiles at 2.5 % of 10,000 resamples of a normal score, in
# widths of the interval: another version of numpy may draw other resamples.
INTERVAL = 0.06


class TaskWithData(NamedTuple):
    """The verifier's own copy of a task: the suite's task, and its real texts."""

    task: Task
    data: Data

    @property
    def labels(self) -> list[str]:
        """The gold labels of the test texts."""
        return [example.label for example in self.data.test]

    def confusion(self, predicted: Sequence[str]) -> NDArray[np.int64]:
        """Counts of true and predicted labels of the test texts, a row for each true label."""
        return metrics.confusion(self.labels, predicted, list(self.task.labels))

    def macro_f1(self, predicted: Sequence[str]) -> float:
        """Macro-F1 of predictions of the test texts."""
        return float(metrics.macro_f1(self.confusion(predicted)))


def score_problem(result: Result, known: TaskWithData) -> str:
    """Return which reported number cannot be recomputed from the predictions and the gold labels; "" if all can."""
    if not result.predicted:
        return "has no predictions; measure it again"
    if result.test_rows != len(known.data.test):
        return f"has {result.test_rows} test rows; there are {len(known.data.test)}"
    if result.labels != tuple(known.task.labels):
        return "has other labels than the task"
    counts = known.confusion(result.predictions)
    if counts.tolist() != [list(row) for row in result.confusion]:
        return "has another confusion table than its predictions give"
    for name, score in (("macro_f1", metrics.macro_f1), ("accuracy", metrics.accuracy)):
        if getattr(result, name) != round(float(score(counts)), DIGITS):
            return f"has {name} {getattr(result, name)}, but its predictions give {float(score(counts)):.{DIGITS}f}"
    low, high = bootstrap_interval(counts, metrics.macro_f1)
    most = INTERVAL * (high - low) + 10**-DIGITS
    if abs(result.macro_f1_low - low) > most or abs(result.macro_f1_high - high) > most:
        given = f"{result.macro_f1_low} to {result.macro_f1_high}"
        return f"has the interval {given}, but its predictions give {low:.{DIGITS}f} to {high:.{DIGITS}f}"
    return ""


def rescored(result: Result, predicted: Sequence[str], known: TaskWithData) -> Result:
    """Return the result with other predictions, and every number that follows from them."""
    counts = known.confusion(predicted)
    low, high = bootstrap_interval(counts, metrics.macro_f1)
    labels = list(known.task.labels)
    return replace(
        result,
        predicted=pack([labels.index(label) for label in predicted], len(labels)),
        confusion=tuple(tuple(row) for row in counts.tolist()),
        macro_f1=round(float(metrics.macro_f1(counts)), DIGITS),
        macro_f1_low=round(low, DIGITS),
        macro_f1_high=round(high, DIGITS),
        accuracy=round(float(metrics.accuracy(counts)), DIGITS),
    )
