"""The answer of a run in one sentence, for the end of a session."""

from collections.abc import Sequence

from synthworth.generation.methods import LABELLED, REAL, is_written, mixture_of
from synthworth.leaderboard.row import Leaderboard, Row

MEAN = "mean of "
UNLEARNT = "majority"  # the classifier that guesses the commonest label, whatever the texts say


def sentence(boards: Sequence[Leaderboard]) -> str:
    """Say in one sentence what the best written texts of these boards are worth, or what is there instead.

    The mean over tasks speaks if there is one of written texts, and the largest size; "" without any row. Rows of the
    classifier that learns nothing say nothing of texts.
    """
    every = [row for board in boards for row in board.rows]
    rows = [row for row in every if row.classifier != UNLEARNT]
    if every and not rows:
        return (
            f"Nothing was learnt here: the classifier {UNLEARNT} guesses the commonest label, whatever the texts say."
        )
    over_tasks = [row for row in rows if row.task.startswith(MEAN)] or rows
    all_written = [row for row in rows if _is_written_alone(row.method.partition(" ")[0])]
    written = [row for row in all_written if row.task.startswith(MEAN)] or all_written
    if written:
        return _of_written(max(written, key=lambda row: (_size(row), row.macro_f1)))
    if rows:
        best = max(over_tasks, key=lambda row: row.macro_f1)
        what = "real texts" if best.method == REAL else best.method
        return f"No written texts here: {what}, {_how(best)}, reach a Macro-F1 of {best.macro_f1:.3f} on {best.task}."
    return ""


def _is_written_alone(method: str) -> bool:
    """Tell whether a method's texts are all written: no mixture, and no real texts under a generator's label."""
    return is_written(method) and mixture_of(method) is None and method not in LABELLED


def _of_written(row: Row) -> str:
    by = f" by {row.generator}" if row.generator else ""
    what = f"The texts of {row.method}{by}, {_how(row)},"
    if row.at_chance:
        said = f"teach a classifier nothing that can be told from chance on {row.task} (Macro-F1 {row.macro_f1:.3f})"
    elif row.worth:
        said = f"are worth {row.worth} real ones per label on {row.task}"
    else:
        said = f"reach a Macro-F1 of {row.macro_f1:.3f} ({row.low:.3f} to {row.high:.3f}) on {row.task}{_against(row)}"
    one = "; one draw, so it is about these texts and not about the method" if row.draws == 1 else ""
    return f"{what} {said}{one}."


def _against(row: Row) -> str:
    if row.drop is None:
        return ""
    return f", {abs(row.drop):.3f} {'below' if row.drop >= 0 else 'above'} as many real ones"


def _how(row: Row) -> str:
    size = "all" if row.per_label == "all" else f"{row.per_label} per label"
    return f"{size}, {row.classifier}"


def _size(row: Row) -> float:
    return float("inf") if row.per_label == "all" else float(row.per_label) if row.per_label.isdecimal() else 0.0
