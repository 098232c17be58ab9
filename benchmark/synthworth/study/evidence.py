"""The evidence of the study, and the numbers with intervals that its figures and tables share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from statistics import fmean
from typing import NamedTuple, TypeVar

import numpy as np

from synthworth.core import SUITE_VERSION, Quality, Result, Task
from synthworth.generation.methods import holds_real_texts, is_written
from synthworth.leaderboard import resampled_by_key, sample_of, score
from synthworth.measures import macro_f1
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
from synthworth.pipeline import REAL, Data
from synthworth.study.claims.over_tasks import METHODS
from synthworth.study.claims.scores import Conditions
from synthworth.subjectivity import TaskAgreement
from synthworth.subjectivity.ranking import Subjectivity


class Missing(ValueError):
    """A figure, table or claim lacks its numbers: what is missing, and how to get it, in one line."""


class Series(NamedTuple):
    """The results that one series of a figure or table is about: a method, its generator and its demonstrations."""

    method: str
    generator: str
    demonstrations: str

    @property
    def is_written(self) -> bool:
        """True for texts that were written to train on, with no real text among them, as it is or augmented."""
        return is_written(self.method) and not holds_real_texts(self.method)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Results under one set of conditions, and what is known about their texts, test rows and tasks.

    Of several versions of a task or its data, results count if they have the version of `data`, or the only one there
    is; without `data`, several versions raise `Missing`.
    """

    tasks: Mapping[str, Task]
    """By name, as all mappings here."""
    results: Sequence[Result]
    """Those of one key count once."""
    redrawn: Sequence[Result] = ()
    """Results of further generation seeds: they show what a draw of the texts does, and appear nowhere else."""
    conditions: Conditions
    quality: Sequence[Quality] = ()
    """Measures of the training texts."""
    data: Mapping[str, Data] = field(default_factory=dict)
    """Real texts, for tasks at hand."""
    rated: Mapping[str, TaskAgreement] = field(default_factory=dict)
    """Annotators' agreement, for tasks with votes."""
    subjectivity: Mapping[str, Subjectivity] = field(default_factory=dict)
    """For tasks with a known subjectivity."""

    @cached_property
    def series(self) -> dict[str, Series]:
        """Every method of these conditions by its name in figures: real, few_shot, zero_shot, then others by name.

        A method of several generators is named with each of them. A generator that labels test texts itself has made no
        texts, and is none.
        """
        conditions = self.conditions
        there = {
            Series(r.method, r.generator, r.demonstrations)
            for r in self.results
            if (r.data, r.per_label) == (conditions.data, conditions.per_label)
            and conditions.is_about(r)
            and r.train_rows
        }
        by_name: dict[str, list[Series]] = {}
        for one in sorted(there):
            by_name.setdefault(named(one.method, one.demonstrations), []).append(one)
        unique = {
            name if len(same) == 1 else f"{name}, {one.generator or 'no generator'}": one
            for name, same in by_name.items()
            for one in same
        }
        first = [name for method in METHODS for name, one in unique.items() if one.method == method]
        return {name: unique[name] for name in dict.fromkeys([*first, *sorted(unique)])}

    def results_for(
        self,
        task: str,
        method: str,
        *,
        classifier: str | None = None,
        per_label: int | None = None,
        redrawn: bool = False,
    ) -> list[Result]:
        """Return the results of all seeds for one task and series, by generation and training seed."""
        conditions = self.conditions
        wanted = self.series.get(method)
        trained = (classifier or conditions.classifier, conditions.per_label if per_label is None else per_label)
        current = [
            result
            for result in (*self.results, *(self.redrawn if redrawn else ()))
            if (result.task, result.data) == (task, conditions.data)
            and (result.task_version, result.suite_version) == (self.tasks[task].version, SUITE_VERSION)
            and (task not in self.data or result.data_version == self.data[task].version)
        ]
        if len(versions := sorted({result.data_version for result in current})) > 1:
            raise Missing(
                f"results of {task} are of several versions of its data, {', '.join(versions)}; name one with --data"
            )
        there = {
            result.key: result
            for result in current
            if (result.classifier, result.per_label) == trained
            and Series(result.method, result.generator, result.demonstrations) == wanted
        }
        return sorted(there.values(), key=lambda r: (r.generation_seed, r.training_seed))

    @property
    def methods(self) -> list[str]:
        """The names of all series: real texts, few_shot, zero_shot, then others by name."""
        return list(self.series)

    @property
    def generators(self) -> list[str]:
        """The generators of all series, by name."""
        return sorted({one.generator for one in self.series.values()} - {""})

    @property
    def measured(self) -> list[str]:
        """The tasks with results on real texts for this classifier and size, by name."""
        return sorted(task for task in self.tasks if self.results_for(task, REAL))

    def quality_of(self, task: str, method: str) -> Quality | None:
        """Return the measures of the texts that a series' results were trained on; None if there are none."""
        if method not in self.series:
            return None
        versions, wanted = (
            {result.train_version for result in self.results_for(task, method)},
            self.series[method].method,
        )
        return next(
            (q for q in self.quality if (q.task, q.method) == (task, wanted) and q.train_version in versions), None
        )

    @property
    def rated_rows(self) -> list[str]:
        """The measured tasks whose test rows are at hand and rated; a source may rate training texts alone."""
        return [t for t in self.measured if t in self.data and t in self.rated and self.rated[t].agreement]

    def true(self, task: str) -> list[str]:
        """Return the gold labels of the test rows; raises Missing if the real texts are not at hand."""
        if task not in self.data:
            raise Missing(f"the test rows of {task} are not at hand; name their source with --data")
        return [example.label for example in self.data[task].test]

    def right(self, task: str, results: Iterable[Result]) -> list[dict[str, bool]]:
        """Return, for each result, whether each test row is predicted right, by the row's id."""
        true, ids = self.true(task), [example.id for example in self.data[task].test]
        return [
            {row: label == prediction for row, label, prediction in zip(ids, true, result.predictions, strict=True)}
            for result in results
        ]

    def split(self, results: Sequence[Result]) -> VarianceSplit:
        """Return the mean Macro-F1 of these seeds, and the sources of its variance; rows count jointly if they can."""
        scores = [SeedScore(r.generation_seed, r.training_seed, r.macro_f1, _row_variance(r)) for r in results]
        return variance_split(scores, correlation=self._correlation(results))

    def interval(self, results: Sequence[Result]) -> tuple[float, Interval]:
        """Return the mean Macro-F1 of these seeds with its 95 % interval over rows and seeds, as on leaderboards."""
        mean, low, high = score(sample_of(results, {}))
        return mean, Interval(low, high)

    def drop(self, real: Sequence[Result], other: Sequence[Result]) -> tuple[float, Difference | None]:
        """Return Macro-F1 of real texts less that of the others, as `difference` does, at equal size.

        Raises Missing if the two were trained on different numbers of texts: that difference would be one of size.
        """
        if reason := unequal_sizes(real, other):
            raise Missing(reason)
        return self.difference(real, other)

    def difference(self, real: Sequence[Result], other: Sequence[Result]) -> tuple[float, Difference | None]:
        """Return Macro-F1 of the first less that of the second, with its paired interval; None if rows are not at hand.

        Units are those of the leaderboard's `sample_of`; a side of one takes the spread of the other's.
        """
        task = real[0].task
        if task not in self.data or not all(r.predicted for r in (*real, *other)):
            return fmean(r.macro_f1 for r in real) - fmean(r.macro_f1 for r in other), None
        true = self.true(task)
        if len(real) == len(other) == 1:
            paired = paired_difference(true, real[0].predictions, other[0].predictions, real[0].labels, macro_f1)
            return paired.difference, paired
        drawn = resampled_by_key([*real, *other], true)
        one, two = sample_of(real, drawn), sample_of(other, drawn)
        difference, variance = one.mean - two.mean, variance_of_difference(one, two)
        p = p_of(difference, variance, least=2 / (1 + RESAMPLES))
        return difference, Difference(difference, *interval_of(difference, variance), p)

    def _correlation(self, results: Sequence[Result]) -> float:
        if len(results) < 2 or results[0].task not in self.data or not all(r.predicted for r in results):
            return 1.0  # the wide side
        sampled = resampled_scores(
            self.true(results[0].task), [r.predictions for r in results], results[0].labels, macro_f1
        )
        return row_correlation(sampled.resampled)


def named(method: str, demonstrations: str) -> str:
    """Return a method's name in figures and tables; with real demonstrations it is another one.

    >>> named("few_shot", "pool"), named("few_shot", "real")
    ('few_shot', 'few_shot (real)')
    """
    return f"{method} (real)" if demonstrations == REAL else method


def unequal_sizes(one: Sequence[Result], other: Sequence[Result]) -> str:
    """Return why two sides cannot be compared at equal size; "" if they were trained on the same number of texts."""
    sizes = [sorted({result.train_rows for result in side}) for side in (one, other)]
    if sizes[0] == sizes[1] or not all(sizes):
        return ""
    ours, theirs = (" to ".join(dict.fromkeys(f"{size:,}" for size in (side[0], side[-1]))) for side in sizes)
    return f"no drop of {other[0].method} on {other[0].task}: trained on {theirs} texts, {one[0].method} on {ours}"


def _row_variance(result: Result) -> float:
    return float(resampled_counts(np.array(result.confusion), macro_f1).var(ddof=1))


Made = TypeVar("Made")


def each_of(makers: Iterable[Callable[[Evidence], Made]], evidence: Evidence) -> tuple[list[Made], list[str]]:
    """Return what can be made from the evidence, and for everything else the reason why not, in a line."""
    items: list[Made] = []
    left_out: list[str] = []
    for make in makers:
        try:
            items.append(make(evidence))
        except Missing as problem:
            left_out.append(str(problem))
    return items, left_out
