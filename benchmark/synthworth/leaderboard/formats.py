"""Leaderboards as text: a terminal's table, GitHub Markdown, LaTeX, CSV and JSON."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from synthworth.leaderboard.cells import REAL
from synthworth.leaderboard.columns import HEADERS, IDENTITY, LEFT, Shown, cell, columns_of, note_of
from synthworth.leaderboard.row import Leaderboard, Row

NONE = "no generator"  # of real texts, where generators are columns
LATEX = """% \\usepackage{{booktabs}}
\\begin{{table*}}
\\caption{{{title}. {note}}}
\\centering
{body}
\\end{{table*}}
"""


class _Style(NamedTuple):
    """How a table is laid out: tabulate's name for it, the page around it, and what makes cells and prose harmless."""

    name: str
    page: str
    clean: Callable[[str], str] = str
    prose: Callable[[str], str] = str


def _text(boards: Sequence[Leaderboard], shown: Shown, style: _Style) -> str:
    from tabulate import tabulate

    pages = []
    for board in boards:
        if not board.rows:
            continue
        names, lines = _lines(board.rows, shown, lambda row, name: cell(row, name, intervals=shown.intervals))
        names, same = _apart(names, lines) if shown.by else (columns_of(board.rows, shown), "")
        cells = [[style.clean(line[name]) for name in names] for line in lines]
        headers = [style.clean(HEADERS.get(name, name)) for name in names]
        align = ["left" if name in LEFT else "right" for name in names]
        body = tabulate(cells, headers, tablefmt=style.name, colalign=align, disable_numparse=True)
        note = same + note_of(board.rows, names, shown)
        pages.append(style.page.format(title=style.prose(board.title), body=body, note=style.prose(note)))
    return "\n".join(pages)


def _lines(
    rows: Sequence[Row], shown: Shown, value: Callable[[Row, str], Any]
) -> tuple[list[str], list[dict[str, Any]]]:
    """Names of columns, and lines with a value in each; of a pivot, a line is what its rows share.

    Real texts are no generator's: with a column for each method, they stand on the line of each generator.
    """
    if not shown.by:
        names = list(dict.fromkeys(shown.columns or HEADERS))
        return names, [{name: value(row, name) for name in names} for row in rows]
    measure = shown.columns[0] if shown.columns else "macro_f1"
    named = [name for name in IDENTITY if name != shown.by and (name != "version" or any(row.version for row in rows))]
    across = list(dict.fromkeys(getattr(row, shown.by) or NONE for row in rows))
    lines: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in rows:
        shared = {name: getattr(row, name) for name in named}
        line = lines.setdefault(tuple(shared.values()), shared | dict.fromkeys(across, ""))
        line[getattr(row, shown.by) or NONE] = value(row, measure)
    if shown.by == "method":
        for key, of_real in [
            (key, line) for key, line in lines.items() if not line["generator"] and line.get(REAL, "")
        ]:
            beside = [line for line in lines.values() if line["generator"] and _same(line, of_real, named)]
            for line in beside:
                line[REAL] = of_real[REAL]
            if beside and all(of_real[name] == "" for name in across if name != REAL):
                del lines[key]
    return [*named, *across], list(lines.values())


def _same(one: Mapping[str, Any], other: Mapping[str, Any], names: Sequence[str]) -> bool:
    return all(one[name] == other[name] for name in names if name != "generator")


def _apart(names: Sequence[str], lines: Sequence[Mapping[str, Any]]) -> tuple[list[str], str]:
    """The columns of a pivot that tell its lines apart, or hold its numbers, and in words what all lines share."""
    shared = [n for n in names if n in IDENTITY[1:] and len({line[n] for line in lines}) == 1]
    words = HEADERS | {"generator": "written by"}
    told = ", ".join(f"{words[name]} {lines[0][name]}" for name in shared if lines[0][name] != "")
    return [name for name in names if name not in shared], f"All: {told}. " if told else ""


def _csv(boards: Sequence[Leaderboard], shown: Shown) -> str:
    tables = [(board.title, *_lines(board.rows, shown, getattr)) for board in boards]
    names = dict.fromkeys(name for _, found, _ in tables or [("", _lines((), shown, getattr)[0], [])] for name in found)
    text = io.StringIO()
    writer = csv.DictWriter(text, ["leaderboard", *names], restval="", lineterminator="\n")
    writer.writeheader()
    for title, _, lines in tables:
        writer.writerows({"leaderboard": title, **line} for line in lines)
    return text.getvalue()


def _json(boards: Sequence[Leaderboard], shown: Shown) -> str:
    tables = [{"title": board.title, "rows": _lines(board.rows, shown, getattr)[1]} for board in boards]
    return json.dumps(tables, indent=2, ensure_ascii=False) + "\n"


def _escaped(text: str) -> str:
    from tabulate import LATEX_ESCAPE_RULES  # which tabulate applies to cells

    return "".join(LATEX_ESCAPE_RULES.get(letter, letter) for letter in text)


def _without_bars(text: str) -> str:
    return text.replace("|", "\\|")


STYLES = {
    "plain": _Style("simple", "{title}\n\n{body}\n\n{note}\n"),
    "github": _Style("github", "### {title}\n\n{body}\n\n{note}\n", clean=_without_bars),
    "latex": _Style("latex_booktabs", LATEX, prose=_escaped),
}
FORMATS: Mapping[str, Callable[[Sequence[Leaderboard], Shown], str]] = {
    "plain": lambda boards, shown: _text(boards, shown, STYLES["plain"]),
    "github": lambda boards, shown: _text(boards, shown, STYLES["github"]),
    "csv": _csv,
    "json": _json,
    "latex": lambda boards, shown: _text(boards, shown, STYLES["latex"]),
}
