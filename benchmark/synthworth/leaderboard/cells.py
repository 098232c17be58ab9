"""Results that compare with each other: of one task and version, one classifier, and one size."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from synthworth.core.result import Result
from synthworth.leaderboard import evidence
from synthworth.leaderboard.evidence import Against, Curve
from synthworth.leaderboard.row import Gold
from synthworth.measures.statistics import Sample

ORDER = ("real", "few_shot", "zero_shot")
REAL = "real"

Key = tuple[str | int, ...]
Name = tuple[str, str]  # of what stands on a row: its method and generator


class Cell:
    """The results of one task and version, one classifier, and one size, by the rows that they become.

    `drawn` maps keys of results to their scores on resampled test rows, where those are known.
    """

    def __init__(self, results: Sequence[Result], drawn: Mapping[Key, Any]) -> None:
        self.results = sorted(results, key=place)
        self.first = self.results[0]
        self.drawn = drawn
        self.found: dict[Name, list[Result]] = {}
        for result in self.results:
            self.found.setdefault((method_of(result), result.generator), []).append(result)
        self.samples = {name: evidence.sample_of(found, drawn) for name, found in self.found.items()}
        self.real = next((self.samples[name] for name, found in self.found.items() if found[0].method == REAL), None)

    def against(self, name: Name) -> Against | None:
        """What a row's scores are compared with; None where there are no real texts, or it is them."""
        if self.real is None or self.samples[name] is self.real:
            return None
        return Against(self.samples[name], self.real, evidence.floor(self.first.confusion))


def cells_of(results: Sequence[Result], gold: Gold) -> list[Cell]:
    """The cells that these results fall into, in the order of a table.

    Where `gold` has the test labels, all results of one task, version and classifier that hold their predictions are
    resampled on the same rows.
    """
    tested: dict[Key, list[Result]] = {}
    for result in results:
        tested.setdefault(compared(result)[:-1], []).append(result)
    cells = []
    for found in tested.values():
        true = gold.get((found[0].task, found[0].data_version))
        paired = [result for result in found if result.predicted]
        compares = any(result.method != REAL for result in paired)
        drawn = evidence.resampled_by_key(paired, true) if compares and true is not None else {}
        sizes: dict[int, list[Result]] = {}
        for result in found:
            sizes.setdefault(result.per_label, []).append(result)
        cells += [Cell(same, drawn) for same in sizes.values()]
    return sorted(cells, key=lambda cell: place(cell.first))


def curves_of(cells: Sequence[Cell]) -> dict[Key, Curve]:
    """Learning curves of real texts, by what they are compared with but for size; a label that is short has no size."""
    found: dict[Key, dict[int, Sample]] = {}
    for cell in cells:
        met = [result for result in cell.results if result.method == REAL and not result.short]
        if met and cell.first.per_label:
            points = found.setdefault(compared(cell.first)[:-1], {})
            points[cell.first.per_label] = evidence.sample_of(met, cell.drawn)
    return {key: Curve(points) for key, points in found.items() if len(points) > 1}


def place(result: Result) -> tuple[str | float, ...]:
    """What results of a table are ordered by."""
    size = result.per_label or math.inf
    method = ORDER.index(result.method) if result.method in ORDER else len(ORDER)
    return (
        *(result.task, result.classifier, size, version_of(result)),
        *(method, result.method, result.generator, method_of(result)),
    )


def version_of(result: Result) -> str:
    """The version of the task and its data, in words."""
    return f"task {result.task_version}, data {result.data_version}"


def method_of(result: Result) -> str:
    """The method as a table names it: with real demonstrations it is another."""
    return f"{result.method} (real)" if result.demonstrations == "real" else result.method


def compared(result: Result) -> Key:
    """What results share that compare with each other."""
    return (result.task, version_of(result), result.classifier, result.per_label)
