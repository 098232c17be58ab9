"""The worth of written sets against the tokens that they took: one panel, both axes logarithmic, the front a line."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from synthworth.leaderboard import Matrix, spent_sets
from synthworth.study.figures.look import FAINT, GREY, SMALL, WIDTH, Style, canvas, legend, marks
from synthworth.study.figures.numbers import TokenPoint, WorthAgainstTokens
from synthworth.study.figures.worths import BEYOND

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT = 105.0  # mm
TICKS = (1, 3, 5, 10, 30, 100, 300, 1000, 3000)


def tokens_figure(matrix: Matrix) -> WorthAgainstTokens:
    """Return the figure of the sets whose tokens are known; raises ValueError without any, or without a curve."""
    points = [
        TokenPoint(
            name=" by ".join(filter(None, (one.name.full, one.name.generator))),
            method=one.name.method,
            per_label=one.per_label,
            tokens=one.measured.tokens or 0.0,
            worth=worth.value,
            worth_low=worth.low,
            worth_high=worth.high,
            least=worth.least,
            most=worth.most,
            draws=one.measured.draws,
            front=one.front,
        )
        for one in spent_sets(matrix)
        if (worth := one.measured.worth)
    ]
    if not points:
        raise ValueError(
            "no worth to draw against tokens: there are no sets of known tokens on all tasks, or real texts of fewer "
            "than two sizes; add --synth-method real,all --synth-curve 10,30,100"
        )
    single = sorted({point.name for point in points if point.draws == 1})
    return WorthAgainstTokens(
        points=tuple(points),
        tasks=tuple(matrix.tasks),
        source=f"results of {matrix.classifier}",
        interval="95 % over test rows and draws of the texts",
        note=f"One draw, about these very texts, no order follows: {', '.join(single)}" if single else "",
    )


def paint_tokens(figure: WorthAgainstTokens, styles: Mapping[str, Style]) -> "Figure":
    """Paint one panel; sets on the Pareto front are named and joined, and what lies beyond the curve is an arrow."""
    painted = canvas(WIDTH, HEIGHT)
    axes = painted.subplots()
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.grid(color=FAINT)
    for point in figure.points:
        _point(axes, point, styles[point.method])
    front = [point for point in figure.points if point.front]
    places = [(point.tokens, _at(point.worth, point)) for point in front]
    axes.plot(*zip(*places, strict=True), color=GREY, linewidth=0.8, drawstyle="steps-post", zorder=1)
    for number, point in enumerate(front):
        axes.annotate(
            f"{point.name}, {point.per_label:,}",
            (point.tokens, _at(point.worth, point)),
            xytext=(5, -9 if number % 2 else 5),
            textcoords="offset points",
            fontsize=SMALL,
        )
    least, most = min(point.least for point in figure.points), max(point.most for point in figure.points)
    axes.set_ylim(least / BEYOND / 1.35, most * BEYOND * 1.1)
    spent = [point.tokens for point in figure.points]
    axes.set_xlim(min(spent) / 1.3, max(spent) * 2)  # room for a name on the right
    numbers = [tick for tick in _round_numbers(max(spent) * 2) if tick >= min(spent) / 1.3]
    axes.set_xticks(numbers, [f"{number:,}" for number in numbers])
    ticks = [tick for tick in TICKS if least <= tick <= most]
    axes.set_yticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel("tokens of prompts and answers, of a task and draw")
    axes.set_ylabel("real texts per label that reach the same score")
    legend(painted, {method: styles[method] for method in dict.fromkeys(p.method for p in figure.points)}, lines=False)
    return painted


def _round_numbers(most: float) -> list[int]:
    """Return 1, 2, 5, 10, 20, 50 and so on, up to a number.

    >>> _round_numbers(120)
    [1, 2, 5, 10, 20, 50, 100]
    """
    return [step * 10**power for power in range(len(f"{most:.0f}")) for step in (1, 2, 5) if step * 10**power <= most]


def _point(axes: "Axes", point: TokenPoint, style: Style) -> None:
    low, value, high = (_at(end, point) for end in (point.worth_low, point.worth, point.worth_high))
    strength = 1.0 if point.front else 0.45
    axes.plot([point.tokens] * 2, [low, high], color=style.colour, linewidth=0.9, alpha=strength)
    look = marks(style)
    if not point.least <= point.worth <= point.most:
        look["marker"] = "v" if point.worth < point.least else "^"
    size = 5.0 if point.front else 3.4
    axes.plot([point.tokens], [value], linestyle="", markersize=size, **look, alpha=strength, zorder=3)


def _at(worth: float, point: TokenPoint) -> float:
    if worth < point.least:
        return point.least / BEYOND
    return point.most * BEYOND if worth > point.most else worth
