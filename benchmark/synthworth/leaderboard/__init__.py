"""Results as a table: one row for each task, method and classifier, with what real data give beside it."""

from collections.abc import Sequence
from dataclasses import replace

from synthworth.core.errors import unknown
from synthworth.core.result import Result
from synthworth.leaderboard.columns import HEADERS, LEFT, Shown, cell, check, columns_of, notes
from synthworth.leaderboard.evidence import Curve, fits, resampled_by_key, sample_of
from synthworth.leaderboard.formats import FORMATS
from synthworth.leaderboard.row import Known, Leaderboard, Row
from synthworth.leaderboard.rows import leaderboards
from synthworth.leaderboard.tiers import tiers

__all__ = [
    "FORMATS",
    "HEADERS",
    "LEFT",
    "Curve",
    "Known",
    "Leaderboard",
    "Row",
    "Shown",
    "cell",
    "columns_of",
    "fits",
    "leaderboards",
    "notes",
    "render",
    "resampled_by_key",
    "sample_of",
    "tiers",
]


MEAN = "mean"


def _is_mean(task: str) -> bool:
    return task.startswith("mean of ")  # as `leaderboards` names it; a task's name has no blanks


def _of(row: Row, task: str) -> bool:
    return _is_mean(row.task) if task == MEAN else task in ("", row.task)


def render(
    results: Sequence[Result],
    form: str = "plain",
    classifier: str = "",
    per_label: str = "",
    known: Known | None = None,
    shown: Shown | None = None,
    task: str = "",
) -> str:
    """The leaderboards in one of `FORMATS`, of one classifier, size and task or of all; ValueError lists what there is.

    The task `mean` is the mean over tasks.

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
    tasks = list(dict.fromkeys(MEAN if _is_mean(row.task) else row.task for board in boards for row in board.rows))
    if task and task not in tasks:
        raise ValueError(unknown("task", task, tasks))
    kept = [
        replace(board, rows=tuple(row for row in board.rows if per_label in ("", row.per_label) and _of(row, task)))
        for board in boards
    ]
    return FORMATS[form](kept, shown)
