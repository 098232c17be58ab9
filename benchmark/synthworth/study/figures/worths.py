"""The worth of written sets: a row for each, grouped by task, on a logarithmic axis of real texts per label."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from synthworth.leaderboard import WrittenSet
from synthworth.study.figures.look import BAND, GREY, SMALL, WIDTH, Style, canvas, legend, marks
from synthworth.study.figures.numbers import WorthPoint, Worths, size_in_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW, HEAD = 3.6, 1.3  # mm of a set's row, and rows that the name of a task takes
APART = 0.16  # of a row, between two sizes
BEYOND = 1.35  # times the last real number: where what lies beyond the curve is drawn


def worth_figure(sets: Sequence[WrittenSet], sizes: Sequence[int], *, classifier: str) -> Worths:
    """Return the figure of sets at these sizes; raises ValueError if no task has a learning curve of real texts."""
    points = [
        WorthPoint(
            task=one.task,
            name=one.name,
            per_label=size,
            worth=of.worth.value,
            worth_low=of.worth.low,
            worth_high=of.worth.high,
            least=of.worth.least,
            most=of.worth.most,
            draws=of.draws,
        )
        for one in sets
        for size in sizes
        if (of := one.sizes.get(size)) and of.worth
    ]
    if not points:
        raise ValueError("no worth to draw: real texts of two sizes or more are not among the results")
    single = sorted({f"{point.task} by {point.name}" for point in points if point.draws == 1})
    return Worths(
        points=tuple(points),
        source=f"results of {classifier}",
        interval="95 % over test rows and draws of the texts",
        note=f"One draw, about these very texts, no order follows: {', '.join(single)}" if single else "",
    )


def paint_worths(figure: Worths, styles: Mapping[str, Style]) -> "Figure":
    """Paint one panel; what lies beyond a task's learning curve stands at its end, as an arrow."""
    rows = list(dict.fromkeys((point.task, point.name) for point in figure.points))
    tasks = list(dict.fromkeys(task for task, _ in rows))
    places: dict[tuple[str, str], float] = {}
    heads: dict[str, float] = {}
    y = 0.0
    for task in tasks:
        heads[task], y = y, y + HEAD
        for row in rows:
            if row[0] == task:
                places[row], y = y, y + 1
    painted = canvas(WIDTH, y * ROW + 18)
    axes = painted.subplots()
    least, most = min(point.least for point in figure.points), max(point.most for point in figure.points)
    ends = least / BEYOND, most * BEYOND
    _scale(axes, ends, [point.per_label for point in figure.points])
    for place, head in enumerate(heads.values()):
        if not place % 2:
            after = [*heads.values(), y][place + 1]
            axes.axhspan(head - 0.5, after - 0.5, color=BAND, linewidth=0, zorder=0)
    sizes = list(dict.fromkeys(point.per_label for point in figure.points))
    for point in figure.points:
        aside = (sizes.index(point.per_label) - (len(sizes) - 1) / 2) * 2 * APART
        _point(axes, point, places[point.task, point.name] + aside, styles[size_in_words(point.per_label)])
    axes.set_yticks([*heads.values(), *places.values()], [*heads, *(name for _, name in places)], fontsize=SMALL)
    for label in axes.get_yticklabels()[: len(heads)]:
        label.set_fontweight("bold")
    axes.set_ylim(y - 0.5, -0.7)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("real texts per label that reach the same score")
    legend(painted, {name: styles[name] for name in map(size_in_words, sizes)}, lines=False)
    return painted


def _scale(axes: "Axes", ends: tuple[float, float], sizes: Sequence[int]) -> None:
    axes.set_xscale("log")
    axes.set_xlim(ends[0] / 1.1, ends[1] * 1.1)
    ticks = [n for n in (5, 10, 30, 100, 300, 1000, 3000) if ends[0] <= n <= ends[1]]
    axes.set_xticks(ticks, [f"{n:,}" for n in ticks])
    axes.minorticks_off()
    axes.grid(axis="x")
    for size in dict.fromkeys(sizes):  # a set that is worth as many real texts as it holds stands on this line
        if ends[0] < size < ends[1]:
            axes.axvline(size, color=GREY, linewidth=0.6, linestyle=(0, (2, 2)))


def _point(axes: "Axes", point: WorthPoint, y: float, style: Style) -> None:
    low, value, high = (_at(end, point) for end in (point.worth_low, point.worth, point.worth_high))
    axes.plot([low, high], [y, y], color=style.colour, linewidth=0.9, solid_capstyle="butt")
    look = marks(style)
    if not point.least <= point.worth <= point.most:
        look["marker"] = "<" if point.worth < point.least else ">"
    axes.plot([value], [y], linestyle="", markersize=3.4, **look)


def _at(worth: float, point: WorthPoint) -> float:
    if worth < point.least:
        return point.least / BEYOND
    return point.most * BEYOND if worth > point.most or math.isinf(worth) else worth
