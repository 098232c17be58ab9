"""The scores of a bundle, computed anew from its predictions and the gold labels."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synthworth.core.result import Result
from synthworth.core.task import Task
from synthworth.measures import metrics
from synthworth.measures.statistics import bootstrap_interval
from synthworth.pipeline.dataset import Data

DIGITS = 6  # that a result keeps of a score
# Six standard errors of the difference of two bootstrap quantiles at 2.5 % of 10,000 resamples of a normal score, in
# widths of the interval: another version of numpy may draw other resamples.
INTERVAL = 0.06


class TaskWithData(NamedTuple):
    """What the verifier has itself of a task: the suite's task, and the real texts."""

    task: Task
    data: Data

    def confusion(self, predicted: Sequence[str]) -> NDArray[np.int64]:
        """Counts of true and predicted labels."""
        return metrics.confusion([example.label for example in self.data.test], predicted, list(self.task.labels))

    def macro_f1(self, predicted: Sequence[str]) -> float:
        """The score of predictions of the test texts."""
        return float(metrics.macro_f1(self.confusion(predicted)))


def computed_anew(result: Result, known: TaskWithData) -> str:
    """What of the result's numbers its predictions and the gold labels do not give; "" where they give all."""
    if not result.predicted:
        return "has no predictions"
    if result.test_rows != len(known.data.test):
        return f"is of {result.test_rows} test rows, where there are {len(known.data.test)}"
    if result.labels != tuple(known.task.labels):
        return "has other labels than the task"
    counts = known.confusion(result.predictions)
    if counts.tolist() != [list(row) for row in result.confusion]:
        return "has another confusion table than its predictions give"
    for name, score in (("macro_f1", metrics.macro_f1), ("accuracy", metrics.accuracy)):
        if getattr(result, name) != round(float(score(counts)), DIGITS):
            return f"has {name} {getattr(result, name)}, where its predictions give {float(score(counts)):.{DIGITS}f}"
    low, high = bootstrap_interval(counts, metrics.macro_f1)
    most = INTERVAL * (high - low) + 10**-DIGITS
    if abs(result.macro_f1_low - low) > most or abs(result.macro_f1_high - high) > most:
        given = f"{result.macro_f1_low} to {result.macro_f1_high}"
        return f"has the interval {given}, where its predictions give {low:.{DIGITS}f} to {high:.{DIGITS}f}"
    return ""
