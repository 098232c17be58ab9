"""The evidence of the study, and the numbers with intervals that its figures and tables share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from operator import eq
from typing import NamedTuple, TypeVar

import numpy as np

from synthworth.core import BALANCED, SUITE_VERSION, EntryNote, Quality, Result, Task
from synthworth.generation.methods import holds_real_texts, is_drawn, is_written
from synthworth.leaderboard import (
    LearningCurve,
    ResultGroup,
    TaskContrast,
    WrittenSet,
    comparable,
    curves_of,
    draws_of,
    drop,
    groups_of,
    runs_of,
    score,
    written_sets,
)
from synthworth.measures import macro_f1
from synthworth.measures.statistics import (
    Estimate,
    Sample,
    SeedScore,
    VarianceSplit,
    Worth,
    resampled_counts,
    resampled_scores,
    row_correlation,
    variance_split,
)
from synthworth.pipeline import REAL, Data
from synthworth.study.claims.over_tasks import COMPARED
from synthworth.study.claims.scores import Conditions
from synthworth.subjectivity import TaskAgreement
from synthworth.subjectivity.ranking import Subjectivity

FIDELITY = "label fidelity"
WORTH_SIZES = (100, 1000)  # texts per label, of the written sets whose worth is shown task by generator


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


class ScoredSeries(NamedTuple):
    """The results of one series on one task, with one classifier at one size, and their numbers as on leaderboards."""

    results: Sequence[Result]
    sample: Sample
    score: Estimate
    """Macro-F1."""
    drop: Estimate | None
    """Macro-F1 of real texts of the same size and classifier, less this; None for real texts, or if there are none."""
    unequal: str
    """The reason why there is no drop, though there are real texts; ""."""

    @property
    def draws(self) -> int:
        """Draws of the texts among the results; 0 for a method that draws none."""
        return draws_of(self.results) if is_drawn(self.results[0].method) else 0

    @property
    def test_rows(self) -> int:
        """Test rows that were scored."""
        return self.results[0].test_rows


class _Board(NamedTuple):
    groups: Mapping[tuple[str, int], ResultGroup]  # by classifier and size
    curves: Mapping[str, LearningCurve]  # by classifier


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Results under one set of conditions, and what is known about their texts, test rows and tasks.

    Of several versions of a task or its data, results count if they have the version of `data`, or the only one there
    is; without `data`, several versions raise `Missing`.
    """

    tasks: Mapping[str, Task]
    """By name, as all mappings here."""
    results: Sequence[Result]
    """Those of all draws of the texts; of one key, the last counts."""
    conditions: Conditions
    quality: Sequence[Quality] = ()
    """Measures of the training texts."""
    data: Mapping[str, Data] = field(default_factory=dict)
    """Real texts, for tasks at hand."""
    rated: Mapping[str, TaskAgreement] = field(default_factory=dict)
    """Annotators' agreement, for tasks with votes."""
    subjectivity: Mapping[str, Subjectivity] = field(default_factory=dict)
    """For tasks with a known subjectivity."""
    notes: Sequence[EntryNote] = ()
    """Warnings about methods."""

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
        first = [name for method in COMPARED for name, one in unique.items() if one.method == method]
        return {name: unique[name] for name in dict.fromkeys([*first, *sorted(unique)])}

    def results_for(
        self, task: str, method: str, *, classifier: str | None = None, per_label: int | None = None
    ) -> list[Result]:
        """Return the results of all draws and seeds for one task and series, by generation and training seed."""
        wanted = self.series.get(method)
        trained = classifier or self.conditions.classifier, self._size(per_label)
        there = [
            result
            for result in self._current(task)
            if (result.classifier, result.per_label) == trained
            and Series(result.method, result.generator, result.demonstrations) == wanted
        ]
        return sorted(there, key=lambda r: (r.generation_seed, r.training_seed))

    @cached_property
    def written(self) -> Sequence[WrittenSet]:
        """The written sets of this classifier at `WORTH_SIZES`, by every generator; raises Missing without any."""
        conditions = self.conditions
        current = [result for task in self.tasks for result in self._current(task)]
        try:  # without the test labels, as the table that anybody can print: one interval for a number
            return written_sets(
                current,
                classifier=conditions.classifier,
                sizes=WORTH_SIZES,
                source=conditions.data,
                gold={},
                notes=self.notes,
            )
        except ValueError as problem:
            raise Missing(str(problem)) from None

    def _size(self, per_label: int | None) -> int:
        return self.conditions.per_label if per_label is None else per_label

    def _current(self, task: str) -> list[Result]:
        current = {
            result.key: result
            for result in self.results
            if (result.task, result.data, result.shares) == (task, self.conditions.data, BALANCED)
            and (result.task_version, result.suite_version) == (self.tasks[task].version, SUITE_VERSION)
            and (task not in self.data or result.data_version == self.data[task].version)
        }
        if len(versions := sorted({result.data_version for result in current.values()})) > 1:
            raise Missing(
                f"results of {task} are of several versions of its data, {', '.join(versions)}; name one with --data"
            )
        return list(current.values())

    @cached_property
    def _boards(self) -> dict[str, _Board]:
        return {}  # of the tasks that were asked for so far

    def _board(self, task: str) -> _Board:
        """The task's results as leaderboards group them, so that a number has one interval wherever it is shown."""
        if task not in self._boards:
            gold = {(task, self.data[task].version): self.true(task)} if task in self.data else {}
            groups = groups_of(self._current(task), gold)
            curves = curves_of(groups)
            self._boards[task] = _Board(
                {(group.first.classifier, group.first.per_label): group for group in groups},
                {g.first.classifier: c for g in groups if (c := curves.get(comparable(g.first)[:-1]))},
            )
        return self._boards[task]

    def cell(
        self, task: str, method: str, *, classifier: str | None = None, per_label: int | None = None
    ) -> ScoredSeries | None:
        """Return the results of one task and series with their numbers; None without results."""
        of = self.series.get(method)
        group = self._board(task).groups.get((classifier or self.conditions.classifier, self._size(per_label)))
        if of is None or group is None:
            return None
        name = named(of.method, of.demonstrations), of.generator
        if name not in group.results:
            return None
        contrast, reason = group.beside_real(name)
        return ScoredSeries(
            results=group.results[name],
            sample=group.samples[name],
            score=score(group.samples[name]),
            drop=drop([contrast]) if contrast else None,
            unequal=reason,
        )

    def worth(self, task: str, cell: ScoredSeries) -> Worth | None:
        """Return the number of real texts per label that a cell is worth; None without a learning curve."""
        curve = self._board(task).curves.get(cell.results[0].classifier)
        return curve.worth([cell.sample]) if curve else None

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

    def qualities(self, task: str, method: str) -> list[Quality]:
        """Return the measures of the texts that a series' results were trained on, those of each draw, by its seed."""
        versions = {result.train_version for result in self.results_for(task, method)}
        of = self.series.get(method)
        there = [q for q in self.quality if of and (q.task, q.method) == (task, of.method)]
        once = {q.train_version: q for q in there if q.train_version in versions}
        return sorted(once.values(), key=lambda q: q.generation_seed)

    def measures(self, task: str, method: str, measure: str) -> list[float]:
        """Return a measure of the texts of each draw of a series that has it: one of `Quality.measures`, in words.

        `label fidelity` is that of `Quality`; of real texts that nobody judged, the judge's on real test texts.
        """
        measured, name = self.qualities(task, method), measure.translate(str.maketrans(" -", "__"))
        if measure != FIDELITY:
            return [quality.measures[name].value for quality in measured if name in quality.measures]
        fidelities = [share for quality in measured if (share := quality.fidelity) is not None]
        if not fidelities and method in self.series and self.series[method].method == REAL:
            judged = [q for q in self.quality if q.task == task and q.judge_error is not None]
            fidelities = [q.fidelity_of_real or 1 - (q.judge_error or 0.0) for q in judged[:1]]
        return fidelities

    @property
    def rated_rows(self) -> list[str]:
        """The measured tasks whose test rows are at hand and rated; a source may rate training texts alone."""
        return [t for t in self.measured if t in self.data and t in self.rated and self.rated[t].agreement]

    def true(self, task: str) -> list[str]:
        """Return the gold labels of the test rows; raises Missing if the real texts are not at hand."""
        if task not in self.data:
            raise Missing(f"the test rows of {task} are not at hand; name their source with --data")
        return [example.label for example in self.data[task].test]

    def right(self, task: str, results: Sequence[Result]) -> list[dict[str, Fraction]]:
        """Return for each run of `runs_of` the share of its trainings that get a test row right, by the row's id."""
        true, ids = self.true(task), [example.id for example in self.data[task].test]
        found = []
        for run in runs_of(results):
            hits = zip(*(map(eq, true, result.predictions) for result in run), strict=True)
            found.append({row: Fraction(sum(of_row), len(run)) for row, of_row in zip(ids, hits, strict=True)})
        return found

    def split(self, results: Sequence[Result]) -> VarianceSplit:
        """Return the mean Macro-F1 of these seeds, and the sources of its variance; rows count jointly if they can."""
        scores = [SeedScore(r.generation_seed, r.training_seed, r.macro_f1, _row_variance(r)) for r in results]
        return variance_split(scores, correlation=self._correlation(results))

    @staticmethod
    def difference(first: ScoredSeries, second: ScoredSeries) -> Estimate:
        """Return Macro-F1 of the first less that of the second on one task, with the interval that a drop has."""
        return drop([TaskContrast(scores=second.sample, real=first.sample, floor=0.0)])

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
    ('few_shot', 'few_shot (real examples)')
    """
    return f"{method} (real examples)" if demonstrations == REAL else method


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
