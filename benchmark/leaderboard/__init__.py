"""Results as a table: one row for each task, method and classifier, with what real data give beside it."""

from collections.abc import Sequence
from dataclasses import replace

from benchmark.choice import unknown
from benchmark.leaderboard.columns import HEADERS, LEFT, NOTE, RARE, Shown, cell, check, columns_of
from benchmark.leaderboard.evidence import Curve, resampled_by_key, sample_of
from benchmark.leaderboard.formats import FORMATS
from benchmark.leaderboard.row import Known, Leaderboard, Row
from benchmark.leaderboard.rows import leaderboards
from benchmark.leaderboard.tiers import tiers
from benchmark.result import Result

__all__ = [
    "FORMATS",
    "HEADERS",
    "LEFT",
    "NOTE",
    "RARE",
    "Curve",
    "Known",
    "Leaderboard",
    "Row",
    "Shown",
    "cell",
    "columns_of",
    "leaderboards",
    "render",
    "resampled_by_key",
    "sample_of",
    "tiers",
]


def render(
    results: Sequence[Result],
    form: str = "plain",
    classifier: str = "",
    per_label: str = "",
    known: Known | None = None,
    shown: Shown | None = None,
) -> str:
    """The leaderboards in one of `FORMATS`, of one classifier and size or of all; ValueError lists what there is.

    `known` is what is known beside the results, and `shown` which columns are wanted. What a set is worth is found from
    the real texts of all sizes, whichever is shown.
    """
    shown = shown or Shown()
    if form not in FORMATS:
        raise ValueError(unknown("format", form, FORMATS))
    check(shown)
    there = sorted({result.classifier for result in results})
    if classifier and classifier not in there:
        raise ValueError(unknown("classifier", classifier, there))
    boards = leaderboards([r for r in results if classifier in ("", r.classifier)], known)
    sizes = list(dict.fromkeys(row.per_label for board in boards for row in board.rows))
    if per_label and per_label not in sizes:
        raise ValueError(unknown("size", per_label, sizes))
    kept = [replace(b, rows=tuple(r for r in b.rows if per_label in ("", r.per_label))) for b in boards]
    return FORMATS[form](kept, shown)
