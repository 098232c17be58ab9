"""Dot plots: a row for each task, a dot with its interval for each method, a panel for each measure."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from synthworth.study.figures.look import BAND, SMALL, WIDTH, Style, canvas, legend, marks
from synthworth.study.figures.numbers import Diversity, MeasuredPoint, Scores, Similarity

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW = 0.22  # of a task's row, between two methods


def paint_diversity(figure: Diversity, styles: Mapping[str, Style]) -> "Figure":
    """Paint two panels, one for each distance, on their own scales."""
    panels = {
        f"remote clique ({figure.distance})": figure.remote_clique,
        f"Chamfer ({figure.distance})": figure.chamfer,
    }
    return _paint(panels, styles)


def paint_similarity(figure: Similarity, styles: Mapping[str, Style]) -> "Figure":
    """Paint one panel of cosines."""
    return _paint({f"mean cosine to the {figure.nearest} nearest synthetic texts": figure.cosines}, styles)


def paint_scores(figure: Scores, styles: Mapping[str, Style]) -> "Figure":
    """Paint a panel for each classifier on one scale, with a line at the score of real texts."""
    panels = {f"Macro-F1, {classifier}": scores for classifier, scores in figure.macro_f1.items()}
    return _paint(panels, styles, reference="real", one_scale=True)


def _paint(
    panels: Mapping[str, Sequence[MeasuredPoint]],
    styles: Mapping[str, Style],
    *,
    reference: str = "",
    one_scale: bool = False,
) -> "Figure":
    there = {m.method for dots in panels.values() for m in dots}
    shown = {method: style for method, style in styles.items() if method in there}
    tasks = list(dict.fromkeys(m.task for dots in panels.values() for m in dots))
    columns = min(len(panels), 3 if len(panels) in (3, 5, 6) else 2)
    rows = -(-len(panels) // columns)
    pairs = {(m.task, m.method) for dots in panels.values() for m in dots}
    own = {task: [method for method in shown if (task, method) in pairs] for task in tasks}
    height = len(tasks) * (2.4 + 1.9 * max(map(len, own.values()))) + 11
    figure = canvas(WIDTH if columns > 1 else 0.7 * WIDTH, rows * height + 6)
    axes = list(figure.subplots(rows, columns, sharey=True, sharex=one_scale, squeeze=False).flat)
    for spare in axes[len(panels) :]:
        spare.remove()
    for panel, (label, dots) in zip(axes, panels.items(), strict=False):
        _panel(panel, dots, own, shown, reference)
        panel.set_xlabel(label)
        panel.tick_params(labelbottom=True)
    legend(figure, shown, lines=False)
    return figure


def _panel(
    axes: "Axes",
    dots: Sequence[MeasuredPoint],
    methods: Mapping[str, Sequence[str]],
    shown: Mapping[str, Style],
    reference: str,
) -> None:
    """Draw the dots of a panel; `methods` are those that each task has in any panel: one beside another."""
    tasks = list(methods)
    most = max(map(len, methods.values()))
    for row in range(0, len(tasks), 2):
        axes.axhspan(row - 0.5, row + 0.5, color=BAND, linewidth=0, zorder=0)
    axes.grid(axis="x")
    for method, style in shown.items():
        own = [m for m in dots if m.method == method]
        aside = [methods[m.task].index(method) - (len(methods[m.task]) - 1) / 2 for m in own]
        heights = [tasks.index(m.task) + n * ROW * min(1, 3 / most) for m, n in zip(own, aside, strict=True)]
        for m, y in zip(own, heights, strict=True):
            if method == reference:
                row = tasks.index(m.task)
                axes.plot([m.value] * 2, [row - 0.46, row + 0.46], color=style.colour, linewidth=0.6, alpha=0.6)
            if m.low is not None and m.high is not None:
                axes.plot([m.low, m.high], [y, y], color=style.colour, solid_capstyle="butt")
        axes.plot([m.value for m in own], heights, linestyle="", **marks(style))
    axes.set_yticks(range(len(tasks)), tasks, fontsize=SMALL + 0.5)
    axes.set_ylim(len(tasks) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.margins(x=0.03)
