"""Groups of results that compare with each other: one task and version, one classifier, and one size."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from synthworth.core import BALANCED, Result, sampled
from synthworth.generation.methods import FREE, is_drawn, is_real
from synthworth.generation.methods import REAL as REAL
from synthworth.leaderboard.estimates import TaskContrast, score
from synthworth.leaderboard.learning_curve import LearningCurve
from synthworth.leaderboard.row import Gold
from synthworth.leaderboard.samples import Key, draws_of, resampled_by_key, sample_of
from synthworth.measures.statistics import Sample, chance_macro_f1
from synthworth.training import RECIPES

ORDER = ("real", "few_shot", "zero_shot")
LEAST_DRAWS = 2  # of the texts of a row that enters tiers

RowName = tuple[str, str]  # method, with its demonstrations if they are real, and generator
FreeRung = tuple[str, str]  # method and classifier


@dataclass(frozen=True, kw_only=True, eq=False)
class ResultGroup:
    """The results of one task and version, one classifier, and one size, by the rows that they become."""

    results: Mapping[RowName, Sequence[Result]]
    """The results of each row, in the order of a table."""
    samples: Mapping[RowName, Sample]
    """Their scores; resampled on the same test rows if the test labels are at hand and predictions were kept."""
    floor: float
    """The Macro-F1 that a guesser who reads no text can expect on this test set."""
    free: Mapping[FreeRung, Sample]
    """The scores of the free rungs of the same task and version, whatever their classifier and size: of the methods
    that need neither a real text nor a generator. Resampled on the same test rows as `samples`."""

    @property
    def first(self) -> Result:
        """A result that stands for what all share: task, versions, classifier and size."""
        return next(iter(self.results.values()))[0]

    @property
    def real(self) -> RowName | None:
        """The row of real texts, None without one."""
        return next((name for name, results in self.results.items() if results[0].method == REAL), None)

    def enters_tiers(self, name: RowName) -> bool:
        """Return True if a row has draws enough to say anything about its method: `LEAST_DRAWS`, or none to make.

        Rows of real texts alone never do, as they are or augmented: tiers are about what can be had without.
        """
        results = self.results[name]
        if is_real(results[0].method):
            return False
        return not is_drawn(results[0].method) or draws_of(results) >= LEAST_DRAWS

    def rung_of(self, name: RowName) -> FreeRung | None:
        """The free rung that a row is; None if it is none."""
        rung = (self.results[name][0].method, self.first.classifier)
        return rung if rung in self.free else None

    def beside_real(self, name: RowName) -> tuple[TaskContrast | None, str]:
        """The row beside real texts; or None and the reason, which is "" if there are no real texts beside it."""
        real = self.real
        if real is None or real == name:
            return None, ""
        mine, theirs = (_sizes(self.results[one]) for one in (name, real))
        if len(mine | theirs) > 1:
            return None, f"no drop: trained on {_range(mine)} texts, real on {_range(theirs)}"
        return TaskContrast(self.samples[name], self.samples[real], self.floor), ""


def groups_of(results: Sequence[Result], gold: Gold) -> list[ResultGroup]:
    """The groups that these results fall into, in the order of a table.

    If `gold` has the test labels, all results of one task and version that kept their predictions are resampled on the
    same rows: free rungs are compared with rows of other classifiers. Those of a generator that labels a sample of the
    test rows itself are a group of their own: other rows do not pair with them.
    """
    tests: dict[Key, list[Result]] = {}
    for result in results:
        tests.setdefault((result.task, version_of(result), result.test_rows), []).append(result)
    groups = []
    for same_test in tests.values():
        all_rows = gold.get((same_test[0].task, same_test[0].data_version))
        true = None if all_rows is None else sampled(all_rows, same_test[0].test_rows)
        predicted = [result for result in same_test if result.predicted]
        compares = any(result.method != REAL for result in predicted)
        drawn = resampled_by_key(predicted, true) if compares and true is not None else {}
        free = _free_rungs(same_test, drawn)
        same: dict[Key, list[Result]] = {}
        for result in same_test:
            same.setdefault(comparable(result), []).append(result)
        for same_size in same.values():
            by_row: dict[RowName, list[Result]] = {}
            for result in sorted(same_size, key=place):
                by_row.setdefault((method_of(result), result.generator), []).append(result)
            groups.append(
                ResultGroup(
                    results=by_row,
                    samples={name: sample_of(mine, drawn) for name, mine in by_row.items()},
                    floor=chance_macro_f1([sum(row) for row in same_size[0].confusion]),
                    free=free,
                )
            )
    return sorted(groups, key=lambda group: place(group.first))


def _free_rungs(results: Sequence[Result], resampled: Mapping[Key, Any]) -> dict[FreeRung, Sample]:
    rungs: dict[FreeRung, list[Result]] = {}
    for result in results:
        if result.method in FREE:
            rungs.setdefault((result.method, result.classifier), []).append(result)
    return {rung: _settled(sample_of(mine, resampled), rung[1]) for rung, mine in rungs.items()}


def _settled(sample: Sample, classifier: str) -> Sample:
    """Return the sample of a free rung; where no seed changes anything, as two runs that are the same.

    A comparison lends a side of one run the spread of the other's seeds. This one has none, and two equal runs say so.
    """
    recipe = RECIPES.get(classifier)
    if recipe is None or recipe.is_seeded or len(sample.scores) > 1:
        return sample
    resampled = None if sample.resampled is None else sample.resampled.repeat(2, axis=0)
    return sample._replace(scores=sample.scores.repeat(2), resampled=resampled)


def curves_of(groups: Sequence[ResultGroup]) -> dict[Key, LearningCurve]:
    """Learning curves of real texts, by what groups share but for their size.

    A point is a size that real texts fill: neither all texts nor a set that is short of a label. A curve has at least
    two, and one above the floor: on a curve of a classifier that learns nothing, no number of texts means anything.
    """
    points: dict[Key, dict[int, Sample]] = {}
    learns: set[Key] = set()
    for group in groups:
        if (real := group.real) and group.first.per_label and not any(r.short for r in group.results[real]):
            key = comparable(group.first)[:-1]
            points.setdefault(key, {})[group.first.per_label] = group.samples[real]
            if score(group.samples[real]).low > group.floor:
                learns.add(key)
    return {
        key: LearningCurve({size: [sample] for size, sample in of_curve.items()})
        for key, of_curve in points.items()
        if len(of_curve) > 1 and key in learns
    }


def place(result: Result) -> tuple[str | float, ...]:
    """The place of a result in a table, as a key to sort by."""
    size = result.per_label or math.inf
    method = ORDER.index(result.method) if result.method in ORDER else len(ORDER)
    return (
        *(result.task, result.classifier, result.shares, size, version_of(result)),
        *(method, result.method, result.generator, method_of(result), *result.key),
    )


def version_of(result: Result) -> str:
    """The version of the task and its data, in words."""
    return f"task {result.task_version}, data {result.data_version}"


def method_of(result: Result) -> str:
    """The method as a table names it: with real demonstrations it is another one."""
    return f"{result.method} (real examples)" if result.demonstrations == "real" else result.method


def size_of(result: Result) -> str:
    """The size of a result's training set as a table names it: texts per label, and "natural" if their shares are."""
    if not result.per_label:
        return "all"
    return str(result.per_label) if result.shares == BALANCED else f"{result.per_label} {result.shares}"


def comparable(result: Result) -> Key:
    """The key of results that compare with each other; its last part is their size."""
    return (result.task, version_of(result), result.classifier, result.test_rows, result.shares, result.per_label)


def _sizes(results: Sequence[Result]) -> set[int]:
    return {result.train_rows for result in results}


def _range(sizes: set[int]) -> str:
    return f"{min(sizes):,}" if len(sizes) == 1 else f"{min(sizes):,} to {max(sizes):,}"
