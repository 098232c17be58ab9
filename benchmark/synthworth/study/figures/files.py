"""Figures as files: a PNG and an SVG with the caption in them, and a CSV of exactly the drawn numbers."""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthworth.core import atomic, csv_text
from synthworth.measures.statistics import Correlation, RegressionLine
from synthworth.study.figures import captions, curves, dots, scatter, tokens, worths
from synthworth.study.figures.look import Style, settings, styles
from synthworth.study.figures.numbers import (
    AgreementCurves,
    Diversity,
    DropAgainstSubjectivity,
    Figure,
    LearningCurves,
    Scores,
    Similarity,
    WorthAgainstTokens,
    Worths,
    pairs,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Painted

PAINT: Mapping[type, Callable[[Any, Mapping[str, Style]], "Painted"]] = {
    Diversity: dots.paint_diversity,
    Similarity: dots.paint_similarity,
    Scores: dots.paint_scores,
    AgreementCurves: curves.paint_agreement,
    LearningCurves: curves.paint_learning,
    DropAgainstSubjectivity: scatter.paint_drops,
    Worths: worths.paint_worths,
    WorthAgainstTokens: tokens.paint_tokens,
}


def draw(figures: Sequence[Figure], folder: Path) -> list[Path]:
    """Write `NAME.png` (200 dpi), `NAME.svg` and `NAME.csv` of each figure to `folder`, and return their paths.

    The caption is in the files: of the PNG as Title and Description, of the SVG as title and RDF description. A method
    has one style in all the figures of a call. Equal numbers give equal bytes under one version of matplotlib, and a
    file that is the same already is not touched. Nothing is written before all figures are drawn, and each file in one
    step. Raises ValueError for two figures of one name, or for more methods than can be told apart.
    """
    names = [figure.name for figure in figures]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"two figures named {repeated[0]}; their files would be the same: give one another name")
    shown = styles(method for figure in figures for _, method in pairs(figure))
    files = {folder / f"{figure.name}{ending}": b for figure in figures for ending, b in _files(figure, shown).items()}
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != content:
            atomic.replace(path, content)
    return list(files)


def _files(figure: Figure, shown: Mapping[str, Style]) -> dict[str, bytes]:
    metadata = {"Title": captions.title(figure), "Description": captions.caption(figure)}
    png, svg = io.BytesIO(), io.BytesIO()
    with settings():
        painted = paint(figure, shown)
        # What names the version or the time would change the bytes of the same picture.
        painted.savefig(png, format="png", metadata=metadata | {"Software": None})
        painted.savefig(svg, format="svg", metadata=metadata | {"Creator": None, "Date": None})
    return {".png": png.getvalue(), ".svg": svg.getvalue(), ".csv": _csv(figure).encode()}


def paint(figure: Figure, shown: Mapping[str, Style]) -> "Painted":
    """Return the matplotlib figure with its parts in their final places; to be called within `settings`."""
    painted = PAINT[type(figure)](figure, shown)
    painted.draw_without_rendering()
    painted.set_layout_engine("none")  # the PNG and the SVG shall not each find places of their own
    return painted


def _csv(figure: Figure) -> str:
    """Return a header and a line for each point, floats with all digits, missing numbers empty."""
    rows = list(_rows(figure))
    return csv_text(list(rows[0]), rows)


def _rows(figure: Figure) -> Iterator[dict[str, Any]]:
    match figure:
        case Diversity():
            for measure in ("remote_clique", "chamfer"):
                yield from ({"measure": measure, **asdict(m)} for m in getattr(figure, measure))
        case Similarity():
            yield from map(asdict, figure.cosines)
        case Scores():
            for classifier, scores in figure.macro_f1.items():
                yield from ({"classifier": classifier, **asdict(m)} for m in scores)
        case AgreementCurves():
            for curve in figure.curves:
                trend = _line(curve.line) | _rank(curve.rank)
                for point in curve.points:
                    yield {"task": curve.task, "method": curve.method, **asdict(point), **trend}
        case LearningCurves():
            yield from map(asdict, figure.points)
        case Worths() | WorthAgainstTokens():
            yield from map(asdict, figure.points)
        case DropAgainstSubjectivity():
            for drop in figure.drops:
                yield asdict(drop) | _rank(figure.rank.get(drop.method))


def _line(line: RegressionLine | None) -> dict[str, float | None]:
    return dict(zip(RegressionLine._fields, line or [None] * 3, strict=True))


def _rank(rank: Correlation | None) -> dict[str, float | None]:
    return dict(zip(("rho", "rho_low", "rho_high", "p"), rank or [None] * 4, strict=True))
