"""What the study rests on, and the numbers with their intervals that its figures and tables share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import TypeVar

import numpy as np

from synthworth.core.quality import Quality
from synthworth.core.result import SUITE_VERSION, Result
from synthworth.core.task import Task
from synthworth.leaderboard.estimates import score
from synthworth.leaderboard.samples import resampled_by_key, sample_of
from synthworth.measures.metrics import macro_f1
from synthworth.measures.statistics import (
    RESAMPLES,
    Difference,
    Interval,
    SeedScore,
    VarianceSplit,
    interval_of,
    p_of,
    paired_difference,
    resampled_counts,
    resampled_scores,
    row_correlation,
    variance_of_difference,
    variance_split,
)
from synthworth.pipeline.dataset import Data
from synthworth.study.claims import METHODS, Conditions
from synthworth.subjectivity.ranking import Subjectivity
from synthworth.subjectivity.sources import TaskAgreement


class Missing(ValueError):
    """A figure, table or claim whose numbers are not there: what is missing, and how to get it, in one line."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Results under one set of conditions, and what is known of their texts, test rows and tasks.

    `tasks`, `data`, `rated` and `subjectivity` are by the task's name; `data` lacks tasks whose real texts are not at
    hand, `rated` those without votes, `subjectivity` those of which it is not known. Of several versions of a task or
    its data, results of the one that `data` has count, or of the only one there is; without `data`, `Missing` tells of
    several. `results` of one key count once; `redrawn` are those of further generation seeds, which tell what a draw of
    the texts does and stand nowhere else.
    """

    tasks: Mapping[str, Task]
    results: Sequence[Result]
    redrawn: Sequence[Result] = ()
    conditions: Conditions
    quality: Sequence[Quality] = ()
    data: Mapping[str, Data] = field(default_factory=dict)
    rated: Mapping[str, TaskAgreement] = field(default_factory=dict)
    subjectivity: Mapping[str, Subjectivity] = field(default_factory=dict)

    def found(
        self,
        task: str,
        method: str,
        *,
        classifier: str | None = None,
        per_label: int | None = None,
        redrawn: bool = False,
    ) -> list[Result]:
        """The results of all seeds for one task and method, by generation and training seed."""
        asked = self.conditions
        wanted = (method, classifier or asked.classifier, asked.per_label if per_label is None else per_label)
        current = [
            result
            for result in (*self.results, *(self.redrawn if redrawn else ()))
            if (result.task, result.data) == (task, asked.data)
            and (result.task_version, result.suite_version) == (self.tasks[task].version, SUITE_VERSION)
            and (task not in self.data or result.data_version == self.data[task].version)
        ]
        if len(versions := sorted({result.data_version for result in current})) > 1:
            told = ", ".join(versions)
            raise Missing(f"results of {task} are of several versions of its data, {told}; name one with --data")
        there = {
            result.key: result
            for result in current
            if (result.method, result.classifier, result.per_label) == wanted
            and result.generator in ("", asked.generator)
            and result.demonstrations in ("", asked.demonstrations)
        }
        return sorted(there.values(), key=lambda r: (r.generation_seed, r.training_seed))

    @property
    def methods(self) -> list[str]:
        """All methods with results of these conditions: the study's three, then others by name."""
        asked = self.conditions
        there = {r.method for r in self.results if (r.data, r.per_label) == (asked.data, asked.per_label)}
        return [method for method in METHODS if method in there] + sorted(there - set(METHODS))

    @property
    def measured(self) -> list[str]:
        """The tasks that have results on real texts of this classifier and size, by name."""
        return sorted(task for task in self.tasks if self.found(task, METHODS[0]))

    def quality_of(self, task: str, method: str) -> Quality | None:
        """What was measured of the texts that the results of that method were trained on."""
        versions = {result.train_version for result in self.found(task, method)}
        return next(
            (q for q in self.quality if (q.task, q.method) == (task, method) and q.train_version in versions), None
        )

    @property
    def rated_rows(self) -> list[str]:
        """The measured tasks whose test rows are at hand and rated: a source may rate training texts alone."""
        return [t for t in self.measured if t in self.data and t in self.rated and self.rated[t].agreement]

    def true(self, task: str) -> list[str]:
        """The gold labels of the test rows; Missing where the real texts are not at hand."""
        if task not in self.data:
            raise Missing(f"the test rows of {task} are not at hand; name their source with --data")
        return [example.label for example in self.data[task].test]

    def right(self, task: str, results: Iterable[Result]) -> list[dict[str, bool]]:
        """Which test rows each result got right, by the row's id."""
        true, ids = self.true(task), [example.id for example in self.data[task].test]
        return [
            {row: label == found for row, label, found in zip(ids, true, result.predictions, strict=True)}
            for result in results
        ]

    def split(self, results: Sequence[Result]) -> VarianceSplit:
        """The mean Macro-F1 of these seeds, and what its variance comes from; rows count jointly where they can."""
        scores = [SeedScore(r.generation_seed, r.training_seed, r.macro_f1, _row_variance(r)) for r in results]
        return variance_split(scores, correlation=self._correlation(results))

    def interval(self, results: Sequence[Result]) -> tuple[float, Interval]:
        """The mean Macro-F1 of these seeds with the 95 % interval over test rows and seeds that leaderboards show."""
        mean, low, high = score(sample_of(results, {}))
        return mean, Interval(low, high)

    def drop(self, real: Sequence[Result], other: Sequence[Result]) -> tuple[float, Difference | None]:
        """Macro-F1 of real texts less that of the others, and its paired interval, None where rows are not at hand.

        Units are those of the leaderboard's `sample_of`; a side of one takes the spread of the other's.
        """
        task = real[0].task
        if task not in self.data or not all(r.predicted for r in (*real, *other)):
            return fmean(r.macro_f1 for r in real) - fmean(r.macro_f1 for r in other), None
        true = self.true(task)
        if len(real) == len(other) == 1:
            found = paired_difference(true, real[0].predictions, other[0].predictions, real[0].labels, macro_f1)
            return found.difference, found
        drawn = resampled_by_key([*real, *other], true)
        one, two = sample_of(real, drawn), sample_of(other, drawn)
        difference, variance = one.mean - two.mean, variance_of_difference(one, two)
        p = p_of(difference, variance, least=2 / (1 + RESAMPLES))
        return difference, Difference(difference, *interval_of(difference, variance), p)

    def _correlation(self, results: Sequence[Result]) -> float:
        if len(results) < 2 or results[0].task not in self.data or not all(r.predicted for r in results):
            return 1.0  # the safe side
        found = resampled_scores(
            self.true(results[0].task), [r.predictions for r in results], results[0].labels, macro_f1
        )
        return row_correlation(found.resampled)


def _row_variance(result: Result) -> float:
    return float(resampled_counts(np.array(result.confusion), macro_f1).var(ddof=1))


Made = TypeVar("Made")


def each_of(makers: Iterable[Callable[[Evidence], Made]], evidence: Evidence) -> tuple[list[Made], list[str]]:
    """What can be made of the evidence, and of everything else why it cannot, in a line."""
    made: list[Made] = []
    left_out: list[str] = []
    for make in makers:
        try:
            made.append(make(evidence))
        except Missing as problem:
            left_out.append(str(problem))
    return made, left_out
