"""Scatter plots: a point for each task with intervals both ways, and its name beside it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from synthworth.study.figures.look import FAINT, GREY, NORMAL, SMALL, WIDTH, Style, canvas, marks
from synthworth.study.figures.names import Array, arranged, leads, wider
from synthworth.study.figures.numbers import Drop, DropAgainstSubjectivity

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Point = tuple[float, float]
Box = tuple[float, float, float, float]  # left, bottom, right, top

LEADER = {"arrowstyle": "-", "color": GREY, "linewidth": 0.5, "shrinkA": 0, "shrinkB": 3}


def paint_drops(figure: DropAgainstSubjectivity, styles: Mapping[str, Style]) -> "Figure":
    """Paint a panel for each method, on the same scales."""
    methods = [method for method in styles if any(drop.method == method for drop in figure.drops)]
    columns = min(2, len(methods))
    rows = -(-len(methods) // columns)
    painted = canvas(WIDTH if columns == 2 else 0.7 * WIDTH, rows * 76 + 4)
    panels = list(painted.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).flat)
    for spare in panels[len(methods) :]:
        spare.remove()
    own = {method: [drop for drop in figure.drops if drop.method == method] for method in methods}
    for axes, method in zip(panels, methods, strict=False):
        _panel(axes, own[method], styles[method])
        rank = figure.rank.get(method)
        text = f"ρ {rank.rho:.2f}, p {'<0.001' if rank.p < 0.001 else f'{rank.p:.3f}'}" if rank else ""
        axes.set_title(method, loc="left", fontsize=NORMAL, fontweight="bold")
        axes.set_title(text, loc="right", fontsize=SMALL)
        axes.tick_params(labelbottom=True)
        axes.set_xlabel(figure.subjectivity)
    for axes in panels[: len(methods) : columns]:
        axes.set_ylabel(f"drop in {figure.score} against real")
    painted.draw_without_rendering()  # the names are placed in a picture whose sizes are known
    for axes, method in zip(panels, methods, strict=False):
        _name(axes, own[method])
    return painted


def _panel(axes: "Axes", drops: Sequence[Drop], style: Style) -> None:
    axes.grid(color=FAINT)
    axes.axhline(0, color=GREY, linewidth=0.6)
    for drop in drops:
        for left, bottom, right, top in _whiskers(drop):
            axes.plot([left, right], [bottom, top], color=style.colour, linewidth=0.9, solid_capstyle="butt")
    axes.plot(
        [drop.subjectivity for drop in drops], [drop.drop for drop in drops], linestyle="", **marks(style), zorder=3
    )
    axes.margins(0.08)


def _whiskers(drop: Drop) -> list[Box]:
    """Return the known intervals, as boxes without a height or a width."""
    x, y, boxes = drop.subjectivity, drop.drop, []
    if drop.subjectivity_low is not None and drop.subjectivity_high is not None:
        boxes.append((drop.subjectivity_low, y, drop.subjectivity_high, y))
    if drop.drop_low is not None and drop.drop_high is not None:
        boxes.append((x, drop.drop_low, x, drop.drop_high))
    return boxes


def _name(axes: "Axes", drops: Sequence[Drop]) -> None:
    """Write each task's name at the place with the least overlap, with a thin line to its dot if that is far."""
    from matplotlib.patheffects import withStroke

    pixels = axes.figure.dpi / 72

    def points(places: Sequence[Point]) -> Array:
        return np.asarray(axes.transData.transform(places) / pixels)

    dots = points([(drop.subjectivity, drop.drop) for drop in drops])
    sizes = [_size(axes, drop.task, pixels) for drop in drops]
    frame = np.asarray(axes.get_window_extent().extents) / pixels
    zero = points([(0, 0)]).item(1)
    lines = [points([box[:2], box[2:]]).ravel() for drop in drops for box in _whiskers(drop)]
    lines.append(np.array([frame[0], zero, frame[2], zero]))
    for drop, dot, box in zip(drops, dots, arranged(dots, sizes, wider(lines, 0.7), frame), strict=True):
        axes.annotate(
            drop.task,
            (drop.subjectivity, drop.drop),
            xytext=(box[:2] + box[2:]) / 2 - dot,
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=SMALL,
            zorder=1.9,  # a name never hides the end of an interval
            path_effects=[withStroke(linewidth=1.2, foreground="white")],
            arrowprops=LEADER if leads(dot, box) else None,
        )


def _size(axes: "Axes", text: str, pixels: float) -> Point:
    measured = axes.text(0, 0, text, fontsize=SMALL)
    box = measured.get_window_extent()
    measured.remove()
    return box.width / pixels, box.height / pixels
