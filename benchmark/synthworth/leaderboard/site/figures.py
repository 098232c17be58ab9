"""Figures as numbers that a template draws in SVG: places in percent, so that text keeps its size at any width."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from synthworth.core.result import Result
from synthworth.leaderboard.groups import REAL
from synthworth.leaderboard.row import Row
from synthworth.leaderboard.site.tables import PageTable

FLOOR = "majority"  # the classifier that looks at no text
LEFT, RIGHT, TOP, BOTTOM = 13.0, 96.0, 6.0, 84.0  # percent: where a curve's axes begin and end
STYLES = 6  # of marks, by colour and shape; style.css has them, the first is that of real texts
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2)


@dataclass(frozen=True, kw_only=True)
class Strip:
    """One row of a dot plot: a score with its interval, beside real texts of the same size and the floor."""

    row: Row
    style: int
    real: float | None
    floor: float | None


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A place on an axis, in percent, and what stands there."""

    place: float
    label: str


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A score on a curve: its place in percent, the ends of its interval, its style, and what it says in words."""

    x: float
    y: float
    low: float
    high: float
    style: int
    told: str


@dataclass(frozen=True, kw_only=True)
class CurveFigure:
    """Macro-F1 by the number of real texts, and `others` beside it; `rows` are what is drawn, as a table."""

    classifier: str
    x: tuple[Tick, ...]
    y: tuple[Tick, ...]
    real: tuple[Mark, ...]
    others: tuple[Mark, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class Mistakes:
    """What a classifier predicted for the test rows of each label, summed over seeds."""

    title: str
    classifier: str
    per_label: str
    seeds: int
    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    @property
    def recalls(self) -> tuple[float, ...]:
        """The share of each label's test rows that were found; 0 for a label without any."""
        return tuple(row[place] / max(sum(row), 1) for place, row in enumerate(self.counts))

    @property
    def worst(self) -> tuple[str, str, float] | None:
        """The label most often taken for another, the other, and the share of its rows; None where nothing is."""
        size = range(len(self.labels))
        shares = ((self.counts[i][j] / max(sum(self.counts[i]), 1), i, j) for i in size for j in size if i != j)
        share, true, taken = max(shares, default=(0.0, 0, 0))
        return (self.labels[true], self.labels[taken], share) if share else None


def strips(table: PageTable, rows: Sequence[Row]) -> list[Strip]:
    """A strip for each of the rows, beside the rows on real texts of the same task, size and classifier."""
    real = {_compared(row): row.macro_f1 for row in table.real}
    return [
        Strip(
            row=row,
            style=0 if row.method == REAL else 1,
            real=None if row.method == REAL else real.get(_compared(row)),
            floor=real.get((row.task, row.version, FLOOR, row.per_label)),
        )
        for row in rows
    ]


def curves(table: PageTable, task: str, rows: Sequence[Row]) -> list[CurveFigure]:
    """A learning curve for each classifier with real texts of several sizes, with `rows` beside it, in their order."""
    found = []
    for classifier in dict.fromkeys(row.classifier for row in rows if row.classifier != FLOOR):
        written = [row for row in rows if row.method != REAL and row.per_label.isdecimal()]
        for version in dict.fromkeys(row.version for row in rows):
            real = [
                row
                for row in table.real
                if (row.task, row.classifier, row.version) == (task, classifier, version)
                and row.per_label.isdecimal()
                and row.short is None
            ]
            beside = [row for row in written if (row.classifier, row.version) == (classifier, version)][: STYLES - 1]
            if len(real) > 1:
                found.append(_curve(classifier, sorted(real, key=_size), beside))
    return found


def mistakes(table: PageTable, results: Sequence[Result]) -> list[Mistakes]:
    """What each classifier got wrong when trained on the largest of these sets, of one entry and task."""
    groups: dict[tuple[str, int, str], list[Result]] = {}
    for result in results:
        if result.classifier != FLOOR:
            groups.setdefault((result.classifier, result.task_version, result.data_version), []).append(result)
    found = []
    for (classifier, _, _), group in sorted(groups.items()):
        most = max(r.per_label or math.inf for r in group)
        largest = [r for r in group if (r.per_label or math.inf) == most]
        summed = [[sum(cells) for cells in zip(*rows, strict=True)] for rows in zip(*_confusions(largest), strict=True)]
        found.append(
            Mistakes(
                title=table.title,
                classifier=classifier,
                per_label=str(largest[0].per_label or "all"),
                seeds=len(_confusions(largest)),
                labels=tuple(largest[0].labels),
                counts=tuple(map(tuple, summed)),
            )
        )
    return found


def _confusions(results: Sequence[Result]) -> list[Sequence[Sequence[int]]]:
    # A line of other labels, or in another order, is of another task, whatever its name says.
    return [r.confusion for r in results if r.labels == results[0].labels]


def _compared(row: Row) -> tuple[str, str, str, str]:
    return (row.task, row.version, row.classifier, row.per_label)


def _size(row: Row) -> int:
    return int(row.per_label)


def _curve(classifier: str, real: Sequence[Row], others: Sequence[Row]) -> CurveFigure:
    rows = [*real, *others]
    sizes = sorted({_size(row) for row in rows})
    scores = [score for row in rows for score in (row.macro_f1, row.low, row.high) if score is not None]
    step = next((s for s in STEPS if (max(scores) - min(scores)) / s <= 5), STEPS[-1])
    least, most = math.floor(min(scores) / step - 1e-9) * step, math.ceil(max(scores) / step + 1e-9) * step

    def across(size: int) -> float:
        share = math.log(size / sizes[0]) / math.log(sizes[-1] / sizes[0])
        return LEFT + 3 + share * (RIGHT - LEFT - 6)

    def up(score: float) -> float:
        return BOTTOM - (score - least) / (most - least) * (BOTTOM - TOP)

    def point(row: Row, style: int) -> Mark:
        low, high = (row.macro_f1 if end is None else end for end in (row.low, row.high))
        told = f"{row.method}, {row.per_label} per label: {row.macro_f1:.3f} (95 % {low:.3f} to {high:.3f})"
        return Mark(x=across(_size(row)), y=up(row.macro_f1), low=up(low), high=up(high), style=style, told=told)

    levels = range(round((most - least) / step) + 1)
    return CurveFigure(
        classifier=classifier,
        x=tuple(Tick(place=across(size), label=str(size)) for size in sizes),
        y=tuple(Tick(place=up(least + n * step), label=f"{least + n * step:.2f}") for n in levels),
        real=tuple(point(row, 0) for row in real),
        others=tuple(point(row, number) for number, row in enumerate(others, 1)),
        rows=tuple(rows),
    )
