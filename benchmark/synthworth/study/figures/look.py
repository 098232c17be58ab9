"""The look of figures: light, 170 mm wide, methods distinct by lightness, marker and line as well as by colour."""

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 170.0  # mm, the text width of an A4 page
DPI = 200
NORMAL, SMALL = 8.0, 7.0  # points
GREY, FAINT, BAND = "#555555", "#dddddd", "#f4f4f4"


@dataclass(frozen=True, kw_only=True)
class Style:
    """The look of a method: a colour of its own lightness, a marker, filled or hollow, and a line."""

    colour: str
    marker: str
    hollow: bool = False
    line: Literal["-"] | tuple[float, tuple[float, ...]]


# Okabe and Ito's hues, darker where they would vanish on white, at steps of lightness (L* 5, 40, 62, 25, 51, 72).
STYLES = {
    "real": Style(colour="#111111", marker="o", line="-"),
    "few_shot": Style(colour="#00639c", marker="s", line=(0, (5, 1.5))),
    "zero_shot": Style(colour="#e8702a", marker="^", line=(0, (1.5, 1.2))),
}
OTHERS = (
    Style(colour="#6a1b5d", marker="D", hollow=True, line=(0, (6, 1.5, 1, 1.5))),
    Style(colour="#00876a", marker="v", hollow=True, line=(0, (4, 1.5, 1, 1.5, 1, 1.5))),
    Style(colour="#c9a800", marker="P", hollow=True, line=(0, (8, 3))),
)

MARKERS = ("X", "p", "h", "d", "<", ">", "*", "8", "H")  # of further methods, which share a colour with another

SETTINGS: Any = {  # a dict; the keys have a type of matplotlib's own
    "axes.axisbelow": True,
    "axes.edgecolor": GREY,
    "axes.labelsize": NORMAL,
    "axes.linewidth": 0.6,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.dpi": DPI,
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same everywhere
    "font.size": NORMAL,
    "grid.color": FAINT,
    "grid.linewidth": 0.5,
    "legend.fontsize": NORMAL,
    "legend.frameon": False,
    "lines.linewidth": 1.1,
    "lines.markersize": 4.2,
    "svg.fonttype": "path",
    "svg.hashsalt": "synthworth",  # ids in the SVG are otherwise random
    "text.parse_math": False,  # a name may hold a dollar
    "xtick.color": GREY,
    "xtick.labelcolor": "black",
    "xtick.labelsize": SMALL,
    "xtick.major.size": 2.5,
    "xtick.major.width": 0.6,
    "ytick.color": GREY,
    "ytick.labelcolor": "black",
    "ytick.labelsize": SMALL,
    "ytick.major.size": 2.5,
    "ytick.major.width": 0.6,
}


@contextmanager
def settings() -> Iterator[None]:
    """Draw by SETTINGS alone: the user's own settings, or a matplotlibrc, neither count nor change."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(SETTINGS)
        yield


def styles(methods: Iterable[str]) -> dict[str, Style]:
    """Return a style for each method: real, few_shot and zero_shot first, with styles of their own, then the others.

    Three others have colours of their own; more repeat these colours with other markers. Raises ValueError for more
    than can be told apart.
    """
    given = list(dict.fromkeys(methods))
    others = [method for method in given if method not in STYLES]
    looks = [(hollow, marker, style) for hollow in (False, True) for marker in MARKERS for style in OTHERS]
    more = [replace(style, marker=marker, hollow=hollow) for hollow, marker, style in looks]
    if len(others) > len(OTHERS) + len(more):
        raise ValueError(
            f"{len(others)} methods beside {', '.join(STYLES)}; figures can show {len(OTHERS) + len(more)}: draw fewer "
            "at once, with --generator"
        )
    known = {method: style for method, style in STYLES.items() if method in given}
    return known | dict(zip(others, [*OTHERS, *more], strict=False))


def canvas(width: float, height: float, pad: float = 0.03) -> "Figure":
    """Return an empty figure in mm, without a window, whose parts keep `pad` inches clear of each other."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(h_pad=pad, w_pad=pad)
    return Figure(figsize=(width / 25.4, height / 25.4), layout=layout, facecolor="white")


def grid(panels: int, height: float, x: str, y: str, pad: float) -> tuple["Figure", list["Axes"]]:
    """Return a figure of panels, each `height` mm high, three in a row; fewer make a narrower figure.

    The lowest panel in each column names the x axis, `pad` points below it, and the first in each row the y axis.
    """
    columns = {1: 1, 2: 2, 4: 2}.get(panels, 3)
    rows = math.ceil(panels / columns)
    figure = canvas(max(WIDTH / 2, columns * WIDTH / 3), rows * height + 4, pad=0.06)
    drawn = list(figure.subplots(rows, columns, squeeze=False).flat)
    for i, axes in enumerate(drawn):
        if i >= panels:
            axes.remove()
        if i + columns >= panels:
            axes.set_xlabel(x, labelpad=pad)
        if i % columns == 0:
            axes.set_ylabel(y)
    return figure, drawn[:panels]


def marks(style: Style) -> dict[str, Any]:
    """Return the arguments of `Axes.plot` for a method's points."""
    face = "white" if style.hollow else style.colour
    return {"marker": style.marker, "markerfacecolor": face, "markeredgecolor": style.colour, "color": style.colour}


def legend(figure: "Figure", shown: Mapping[str, Style], lines: bool) -> None:
    """Name the methods above the panels, with their markers, and `lines` if they have some; in one line if it fits."""
    from matplotlib.lines import Line2D

    widest = 8 + 0.6 * NORMAL / 72 * 25.4 * max(map(len, shown))  # mm, of a method with its marker
    columns = min(len(shown), max(1, int(figure.get_figwidth() * 25.4 / widest)))
    handles = [
        Line2D([], [], label=method, linestyle=style.line if lines else "", **marks(style))
        for method, style in shown.items()
    ]
    length = 2.4 if lines else 1.0
    figure.legend(handles=handles, loc="outside upper center", ncols=columns, borderpad=0.1, handlelength=length)


def header(
    axes: "Axes",
    title: str,
    columns: Mapping[str, float],
    rows: Mapping[str, tuple[Style, tuple[str, ...]]],
    named: bool,
) -> None:
    """Write a title above a panel and, for each method, a sample of its line, its name if `named`, and its numbers.

    `columns` maps the head of each column of numbers to its right end, as a share of the panel's width.
    """
    from matplotlib.lines import Line2D
    from matplotlib.transforms import offset_copy

    def write(text: str, x: float, y: float, **how: Any) -> None:
        axes.annotate(text, (x, 1), xycoords="axes fraction", xytext=(0, y), textcoords="offset points", **how)

    step, bottom = SMALL * 1.25, 5.0
    top = bottom + step * len(rows)
    write(title, 0, top + (step if columns else 0), fontsize=NORMAL, fontweight="bold")
    for head, right in columns.items():
        write(head, right, top, ha="right", fontsize=SMALL, color=GREY)
    for row, (method, (style, cells)) in enumerate(rows.items()):
        y = top - step * (row + 1)
        middle = offset_copy(axes.transAxes, axes.get_figure(root=True), 0, y + 2.5, units="points")
        sample = Line2D([0.0, 0.065, 0.13], [1, 1, 1], linestyle=style.line, transform=middle, clip_on=False)
        sample.set(**marks(style), markevery=[1], markersize=3.5)
        axes.add_line(sample)
        if named:
            write(method, 0.16, y, fontsize=SMALL)
        for cell, right in zip(cells, columns.values(), strict=True):
            write(cell, right, y, ha="right", fontsize=SMALL)
