"""Leaderboards as text for a terminal, GitHub Markdown, LaTeX, CSV or JSON."""

from collections.abc import Sequence
from dataclasses import replace

from synthworth.core import Result, Table, tables, unknown
from synthworth.generation.methods import FREE
from synthworth.leaderboard.board_tables import table_for_programs, table_for_readers
from synthworth.leaderboard.boards import leaderboards
from synthworth.leaderboard.columns import View
from synthworth.leaderboard.row import Context, Leaderboard, Row
from synthworth.leaderboard.sentence import sentence

MEAN = "mean"
PROGRAMS = ("csv", "json")


def render(
    results: Sequence[Result], form: str = "plain", *, view: View | None = None, context: Context | None = None
) -> str:
    """Render the leaderboards of these results in one of `core.tables.FORMATS`.

    The number of real texts that a set is worth comes from real texts of all sizes, whichever is shown. Raises
    ValueError, with the allowed names, if a format, classifier, size or task is unknown. A brief view begins with the
    answer in one sentence.

    >>> from pathlib import Path
    >>> from synthworth.core import read
    >>> committed = read(Path("suites/results.jsonl"))  # in a clone of the benchmark
    >>> results = [one for one in committed if one.method in ("real", "augmented10") and one.per_label == 100]
    >>> view = View(task="sms_spam", classifier="tfidf", columns=["method", "macro_f1"])
    >>> print(render(results, "github", view=view).partition("\\n\\n")[2])
    | method      |   Macro-F1 |
    |-------------|------------|
    | real        |      0.884 |
    | augmented10 |      0.657 |
    <BLANKLINE>
    Macro-F1 and accuracy: mean over seeds.
    <BLANKLINE>
    """
    view = view or View()
    tables.check_format(form)
    classifiers = sorted({result.classifier for result in results})
    _check("classifier", view.classifier, classifiers)
    _check("generator", view.generator, sorted({result.generator for result in results} - {""}))
    about = [result for result in results if view.generator in ("", result.generator) or not result.generator]
    boards = leaderboards(_of_classifier(about, view.classifier), context)
    _check("size", view.per_label, list(dict.fromkeys(row.per_label for board in boards for row in board.rows)))
    _check("task", view.task, list(dict.fromkeys(_task(row) for board in boards for row in board.rows)))
    table = table_for_programs if form in PROGRAMS else table_for_readers
    shown = [table(board, view) for board in (_selected(board, view) for board in boards) if board.rows]
    if form == "csv":
        shown = _with_same_columns(shown or [table(Leaderboard(title="", rows=()), replace(view, by=""))])
    said = sentence(boards) if view.brief else ""
    return f"{said}\n\n{tables.render(shown, form)}" if said else tables.render(shown, form)


def _of_classifier(results: Sequence[Result], classifier: str) -> list[Result]:
    """The results of one classifier ("": of all), and the free rungs that its rows are compared with."""
    tasks = {result.task for result in results if classifier in ("", result.classifier)}
    return [r for r in results if classifier in ("", r.classifier) or (r.method in FREE and r.task in tasks)]


def _with_same_columns(shown: Sequence[Table]) -> list[Table]:
    names = list(dict.fromkeys(name for table in shown for name in table.names))
    blank = dict.fromkeys(names, "")
    return [replace(table, columns=names, rows=[blank | dict(row) for row in table.rows]) for table in shown]


def _check(kind: str, name: str, allowed: Sequence[str]) -> None:
    if name and name not in allowed:
        raise ValueError(unknown(kind, name, allowed))


def _task(row: Row) -> str:
    return MEAN if row.task.startswith("mean of ") else row.task  # a task's name has no blanks


def _selected(board: Leaderboard, view: View) -> Leaderboard:
    asked = ((view.classifier, "classifier"), (view.per_label, "per_label"))
    rows = [row for row in board.rows if all(value in ("", getattr(row, name)) for value, name in asked)]
    return replace(board, rows=tuple(row for row in rows if view.task in ("", _task(row))))
