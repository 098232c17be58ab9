"""Curves in small multiples, a panel for each task: accuracy against agreement, and score against training size."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from synthworth.study.figures.look import FAINT, GREY, SMALL, Style, grid, header, legend, marks
from synthworth.study.figures.numbers import AgreementCurve, AgreementCurves, LearningCurves, LearningPoint

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

APART = 2.0  # points, between the whiskers of two methods at one place
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)  # between ticks
NAME = 9  # letters of a method, beyond which its name has no room above a panel of agreement
LINE = 26  # the same of a method with its worth
MANY = 6  # thresholds, above which their n stand upright


def paint_agreement(figure: AgreementCurves, styles: Mapping[str, Style]) -> "Figure":
    """Paint accuracy against the threshold, with n below each threshold and the trend's numbers above."""
    tasks = list(dict.fromkeys(curve.task for curve in figure.curves))
    methods = [method for method in styles if any(curve.method == method for curve in figure.curves)]
    many = max(len(curve.points) for curve in figure.curves) > MANY
    height = 46 + 3.2 * len(methods) + 8 * many
    painted, panels = grid(len(tasks), height, "threshold γ, instances n", "accuracy", pad=33 if many else 11)
    if not (named := max(map(len, methods)) <= NAME):
        legend(painted, {method: styles[method] for method in methods}, lines=True)
    ends = []
    for axes, task in zip(panels, tasks, strict=True):
        own = {curve.method: curve for curve in figure.curves if curve.task == task}
        rows = {method: (styles[method], _trend(own[method])) for method in methods if method in own}
        header(axes, task, {"R²": 0.585, "ρ": 0.775, "p": 1.0}, rows, named)
        for place, method in enumerate(methods):
            if method in own:
                _agreement(axes, own[method], styles[method], _aside(axes, place, len(methods)))
        _thresholds(axes, own.values(), many)
        ends.append([end for curve in own.values() for p in curve.points for end in _ends(p.accuracy, p.low, p.high)])
    _one_span(panels, ends)
    return painted


def _trend(curve: AgreementCurve) -> tuple[str, str, str]:
    rank = curve.rank
    explained = f"{curve.line.r_squared:.2f}" if curve.line else "–"
    return explained, f"{rank.rho:.2f}" if rank else "–", _p(rank.p) if rank else "–"


def _p(p: float) -> str:
    return f"{p:.3f}" if p >= 0.001 else "<0.001"


def _agreement(axes: "Axes", curve: AgreementCurve, style: Style, place: Any) -> None:
    x, y = [], []
    for point in curve.points:
        if point.accuracy is not None:
            x.append(point.threshold)
            y.append(point.accuracy)
            _whisker(axes, point.threshold, point.low, point.high, style, place)
    axes.plot(x, y, linestyle="", transform=place, **marks(style))
    if curve.line:
        ends = [min(x), max(x)]
        fitted = [curve.line.intercept + curve.line.slope * end for end in ends]
        axes.plot(ends, fitted, color=style.colour, linestyle=style.line, transform=place)


def _whisker(axes: "Axes", x: float, low: float | None, high: float | None, style: Style, place: Any) -> None:
    if low is not None and high is not None:
        axes.plot([x, x], [low, high], color=style.colour, transform=place, linewidth=0.9, solid_capstyle="butt")


def _thresholds(axes: "Axes", curves: Iterable[AgreementCurve], many: bool) -> None:
    """Write each threshold with its n below it, in brackets if it is left out; upright if there are `many`."""
    points = {point.threshold: point for curve in curves for point in curve.points}
    ticks = sorted(points)
    margin = 0.08 * (ticks[-1] - ticks[0]) or 0.05
    axes.set_xlim(ticks[0] - margin, ticks[-1] + margin)
    turned = 90 if many else 0
    axes.set_xticks(ticks, [f"{tick:.2f}".removesuffix("0") for tick in ticks], rotation=turned)
    second = -25 if many else -15

    def write(text: str, x: float, right: float, y: float, **how: Any) -> None:
        below = axes.get_xaxis_transform()
        axes.annotate(text, (x, 0), (right, y), below, "offset points", va="top", fontsize=SMALL, **how)

    for tick in ticks:
        n, left_out = points[tick].n, points[tick].accuracy is None
        colour = GREY if left_out else "black"
        write(f"({n})" if left_out else str(n), tick, 0, second, ha="center", rotation=turned, color=colour)
    for text, y in (("γ", -5), ("n", second)):
        write(text, ticks[0] - margin, -4, y, ha="right", color=GREY)
    axes.grid(axis="y")


def _ends(*numbers: float | None) -> list[float]:
    return [number for number in numbers if number is not None]


def _one_span(panels: Sequence["Axes"], ends: Sequence[Sequence[float]]) -> None:
    """Give all panels scales of one length, each around its own numbers: slopes compare, and no panel is flat."""
    from matplotlib.ticker import MultipleLocator

    widest = max(max(own) - min(own) for own in ends) or 0.1
    margin = 0.05 * widest
    span = widest + 2 * margin
    for axes, own in zip(panels, ends, strict=True):
        # No score is above 1; an interval may be.
        top = min((max(own) + min(own) + span) / 2, max(1.0, *own) + margin)
        axes.set_ylim(top - span, top)
        axes.yaxis.set_major_locator(MultipleLocator(next(step for step in STEPS if span / step <= 6)))


def _aside(axes: "Axes", place: int, of: int) -> Any:
    """Return data coordinates moved sideways, so that the whiskers of methods do not hide each other."""
    from matplotlib.transforms import offset_copy

    return offset_copy(axes.transData, axes.get_figure(root=True), (place - (of - 1) / 2) * APART, 0, units="points")


def paint_learning(figure: LearningCurves, styles: Mapping[str, Style]) -> "Figure":
    """Paint score against texts per label on a log axis, with lines from written scores across to the real curve."""
    tasks = list(dict.fromkeys(point.task for point in figure.points))
    methods = [method for method in styles if any(point.method == method for point in figure.points)]
    worths = {(task, method): _worth_in_words(task, method, figure.points) for task in tasks for method in methods}
    columns = {"worth in real": 1.0} if any(worths.values()) else {}
    height = 42 + 3.2 * len(methods)
    painted, panels = grid(len(tasks), height, "training texts per label", figure.score, pad=2)
    if not (named := max(len(method) + len(worth) for (_, method), worth in worths.items()) <= LINE):
        legend(painted, {method: styles[method] for method in methods}, lines=True)
    ends = []
    for axes, task in zip(panels, tasks, strict=True):
        own = [point for point in figure.points if point.task == task]
        _sizes(axes, sorted({point.per_label for point in own}))
        rows = {}
        for place, method in enumerate(methods):
            curve = sorted((point for point in own if point.method == method), key=lambda point: point.per_label)
            if curve:
                rows[method] = (styles[method], (worths[task, method],) if columns else ())
                _learning(axes, curve, styles[method], _aside(axes, place, len(methods)))
        header(axes, task, columns, rows, named)
        ends.append([end for p in own for end in _ends(p.value, p.low, p.high)])
    _one_span(panels, ends)
    return painted


def _learning(axes: "Axes", curve: Sequence[LearningPoint], style: Style, place: Any) -> None:
    for point in curve:
        _whisker(axes, point.per_label, point.low, point.high, style, place)
        if point.worth is not None:
            _worth(axes, point, point.worth, style)
    x, y = [point.per_label for point in curve], [point.value for point in curve]
    axes.plot(x, y, linestyle=style.line, transform=place, **marks(style))


def _worth(axes: "Axes", point: LearningPoint, worth: float, style: Style) -> None:
    """From the synthetic point across to the real curve, over its interval, and from there down to the axis."""
    left, right = axes.get_xlim()

    def draw(sizes: Sequence[float], heights: Sequence[float], **how: Any) -> None:
        seen = [min(max(size, left), right) for size in sizes]
        axes.plot(seen, heights, color=style.colour, zorder=1.5, solid_capstyle="butt", **how)

    draw([point.per_label, worth], [point.value] * 2, linewidth=0.6)
    if point.worth_low is not None and point.worth_high is not None:
        draw([point.worth_low, point.worth_high], [point.value] * 2, linewidth=3.5, alpha=0.35)
    if left < worth < right:
        draw([worth, worth], [0, point.value], linewidth=0.6)


def _worth_in_words(task: str, method: str, points: Sequence[LearningPoint]) -> str:
    """Return the worth of a method's largest set in words; "" if it was not computed."""
    real = [point.per_label for point in points if (point.task, point.method) == (task, "real")]
    valued = [p for p in points if (p.task, p.method) == (task, method) and p.worth is not None]
    if not valued:
        return ""

    def text(size: float) -> str:
        return f"<{min(real)}" if size < min(real) else f">{max(real)}" if size > max(real) else f"{size:.0f}"

    point = max(valued, key=lambda point: point.per_label)
    worths, *bounds = (text(size) for size in _ends(point.worth, point.worth_low, point.worth_high))
    return f"{worths} ({'–'.join(bounds)})" if set(bounds) - {worths} else worths


def _sizes(axes: "Axes", sizes: Sequence[int]) -> None:
    """Set a log axis with a tick at each size that has room for its number."""
    from matplotlib.ticker import NullLocator

    axes.set_xscale("log")
    reach = sizes[-1] / sizes[0]
    margin = max(reach**0.07, 1.1)
    axes.set_xlim(sizes[0] / margin, sizes[-1] * margin)
    ticks = [sizes[-1]]
    for size in reversed(sizes[:-1]):
        if math.log(ticks[-1] / size) > 0.14 * math.log(reach):
            ticks.append(size)
    axes.set_xticks(ticks, [f"{tick // 1000}k" if tick % 1000 == 0 else str(tick) for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(axis="y", color=FAINT)
