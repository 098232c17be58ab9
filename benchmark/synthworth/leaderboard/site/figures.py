"""Figures as numbers that a template draws in SVG: places in percent, so that text keeps its size at any width."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from synthworth.core import EntryNote, Result, notes_about
from synthworth.generation.methods import is_written
from synthworth.leaderboard.columns import interval_sources
from synthworth.leaderboard.groups import REAL, size_of
from synthworth.leaderboard.row import Row
from synthworth.leaderboard.site.tables import PageTable

FLOOR = "majority"  # the classifier that looks at no text
LEFT, RIGHT, TOP, BOTTOM = 13.0, 96.0, 6.0, 84.0  # percent: the ends of a curve's axes
STYLES = 6  # of marks, by colour and shape; style.css has them, the first is that of real texts
NEAR, NEAR_ON_NARROW = 4.0, 8.5  # percent: the least room from number to number on a wide screen, and on a phone
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2)


@dataclass(frozen=True, kw_only=True)
class Strip:
    """One row of a dot plot: a score with its interval, beside real texts of the same size and the floor."""

    row: Row
    """The row of the leaderboard."""
    style: int
    """The style of its mark: 0 for real texts, 1 for written ones, 2 for what no generator wrote and is not real alone:
    label descriptions, demonstrations, edits of real texts."""
    real: float | None
    """Macro-F1 of real texts of the same size; None on their own row, or if there are none."""
    note: str = ""
    """The warning about it."""


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A place on an axis."""

    place: float
    """Percent of the figure's width or height."""
    label: str
    """The number at that place."""
    fine: bool = False
    """True if it is so near to the one before that a narrow screen has no room for it."""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A score on a curve."""

    x: float
    """Percent of the figure's width."""
    y: float
    """Percent of its height."""
    low: float
    """The height of the lower end of the interval, in percent."""
    high: float
    """The height of the upper end, in percent."""
    style: int
    """The style of the mark."""
    words: str
    """The score in words, for whoever points at the mark."""
    legend: str
    """Its entry in the legend, with the numbers of texts and seeds."""


@dataclass(frozen=True, kw_only=True)
class CurveFigure:
    """Macro-F1 by the number of real texts, and written sets beside it."""

    classifier: str
    """The classifier whose scores these are."""
    x: tuple[Tick, ...]
    """Ticks of texts per label."""
    y: tuple[Tick, ...]
    """Ticks of Macro-F1."""
    real: tuple[Mark, ...]
    """Real texts, by size."""
    others: tuple[Mark, ...]
    """Written sets."""
    rows: tuple[Row, ...]
    """All that is drawn, for the table below the figure."""

    @property
    def legend_of_real(self) -> str:
        """The entry of real texts in the legend."""
        sizes = ", ".join(row.per_label for row in self.rows[: len(self.real)])
        return f"real texts ({sizes} per label; {_seeds(self.rows[: len(self.real)])})"


@dataclass(frozen=True, kw_only=True)
class Mistakes:
    """The predictions of a classifier for the test rows of each label, summed over seeds."""

    title: str
    """The title of the leaderboard."""
    classifier: str
    """The classifier that predicted."""
    per_label: str
    """Training texts per label."""
    seeds: int
    """The number of classifiers that are summed."""
    labels: tuple[str, ...]
    """The labels in the order of the counts."""
    counts: tuple[tuple[int, ...], ...]
    """Test rows: a row for each true label, a column for each predicted one."""

    @property
    def recalls(self) -> tuple[float, ...]:
        """The share of each label's test rows that were recognised; 0 for a label without any."""
        return tuple(row[place] / max(sum(row), 1) for place, row in enumerate(self.counts))

    @property
    def worst(self) -> tuple[str, str, float] | None:
        """The label most often taken for another, the other, and the share of its rows; None without a mistake."""
        size = range(len(self.labels))
        shares = ((self.counts[i][j] / max(sum(self.counts[i]), 1), i, j) for i in size for j in size if i != j)
        share, true, taken = max(shares, default=(0.0, 0, 0))
        return (self.labels[true], self.labels[taken], share) if share else None


def strips(table: PageTable, rows: Sequence[Row], warnings: Sequence[EntryNote] = ()) -> list[Strip]:
    """A strip for each of the rows, beside the rows on real texts of the same task, size and classifier.

    Each has those of the warnings that are about its method and task.
    """
    real = {_compared(row): row.macro_f1 for row in table.real}
    return [
        Strip(
            row=row,
            style=_style(row),
            real=None if row.method == REAL else real.get(_compared(row)),
            note=notes_about(warnings, row.method, [row.task]),
        )
        for row in rows
    ]


def _style(row: Row) -> int:
    return 0 if row.method == REAL else 1 if is_written(row.method.partition(" ")[0]) else 2


def legend_of(rows: Sequence[Row]) -> str:
    """The legend of a dot plot: the sources of its bars, and the number of seeds."""
    return f"Bars: 95 % over {interval_sources(rows)}; {_seeds(rows)} a row."


def curves(table: PageTable, task: str, rows: Sequence[Row]) -> list[CurveFigure]:
    """A learning curve for each classifier with real texts of several sizes, with `rows` beside it, in their order."""
    drawn = []
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
                drawn.append(_curve(classifier, sorted(real, key=_size), beside))
    return drawn


def mistakes(table: PageTable, results: Sequence[Result]) -> list[Mistakes]:
    """The mistakes of each classifier when trained on the largest of these sets, of one entry and task."""
    groups: dict[tuple[str, int, str], list[Result]] = {}
    for result in results:
        if result.classifier != FLOOR:
            groups.setdefault((result.classifier, result.task_version, result.data_version), []).append(result)
    matrices = []
    for (classifier, _, _), group in sorted(groups.items()):
        most = max(r.per_label or math.inf for r in group)
        largest = [r for r in group if (r.per_label or math.inf) == most]
        summed = [[sum(cells) for cells in zip(*rows, strict=True)] for rows in zip(*_confusions(largest), strict=True)]
        matrices.append(
            Mistakes(
                title=table.title,
                classifier=classifier,
                per_label=size_of(largest[0]),
                seeds=len(_confusions(largest)),
                labels=tuple(largest[0].labels),
                counts=tuple(map(tuple, summed)),
            )
        )
    return matrices


def _confusions(results: Sequence[Result]) -> list[Sequence[Sequence[int]]]:
    # A line of other labels, or in another order, is of another task, whatever its name says.
    return [r.confusion for r in results if r.labels == results[0].labels]


def _ticks(numbers: Sequence[tuple[float, str]]) -> Iterator[Tick]:
    """Yield the ticks of an axis, from the left, without those that the one before leaves no room for."""
    last, wide = -math.inf, -math.inf  # the places of the last tick, and of the last that a narrow screen shows
    for place, label in numbers:
        if place - last >= NEAR:
            last, fine = place, place - wide < NEAR_ON_NARROW
            wide = wide if fine else place
            yield Tick(place=place, label=label, fine=fine)


def _compared(row: Row) -> tuple[str, str, str, str]:
    return (row.task, row.version, row.classifier, row.per_label)


def _size(row: Row) -> int:
    return int(row.per_label)


def _seeds(rows: Sequence[Row]) -> str:
    counts = sorted({row.seeds for row in rows})
    span = f"{counts[0]} to {counts[-1]}" if len(counts) > 1 else f"{counts[0]}"
    return f"{span} seed{'' if counts == [1] else 's'}"


def _curve(classifier: str, real: Sequence[Row], others: Sequence[Row]) -> CurveFigure:
    rows = [*real, *others]
    sizes = sorted({_size(row) for row in rows})
    scores = [score for row in rows for score in (row.macro_f1, row.low, row.high)]
    step = next((s for s in STEPS if (max(scores) - min(scores)) / s <= 5), STEPS[-1])
    least, most = math.floor(min(scores) / step - 1e-9) * step, math.ceil(max(scores) / step + 1e-9) * step

    def across(size: int) -> float:
        share = math.log(size / sizes[0]) / math.log(sizes[-1] / sizes[0])
        return LEFT + 3 + share * (RIGHT - LEFT - 6)

    def up(score: float) -> float:
        return BOTTOM - (score - least) / (most - least) * (BOTTOM - TOP)

    def mark(row: Row, style: int) -> Mark:
        name = f"{row.method} by {row.generator}" if row.generator else row.method
        score = f"{row.macro_f1:.3f} (95 % {row.low:.3f} to {row.high:.3f})"
        return Mark(
            x=across(_size(row)),
            y=up(row.macro_f1),
            low=up(row.low),
            high=up(row.high),
            style=style,
            words=f"{row.method}, {row.per_label} per label: {score}",
            legend=f"{name} ({row.per_label} per label; {_seeds([row])})",
        )

    levels = range(round((most - least) / step) + 1)
    return CurveFigure(
        classifier=classifier,
        x=tuple(_ticks([(across(size), str(size)) for size in sizes])),
        y=tuple(Tick(place=up(least + n * step), label=f"{least + n * step:.2f}") for n in levels),
        real=tuple(mark(row, 0) for row in real),
        others=tuple(mark(row, number) for number, row in enumerate(others, 1)),
        rows=tuple(rows),
    )
