"""Tables of numbers as text, GitHub Markdown, CSV or JSON."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan

from synthworth.core.errors import unknown

Value = str | int | float | None
Row = Mapping[str, Value]


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows with the same columns, under a title and above a note; a column's name has _ for its blanks.

    Text shows the first `shown` rows and says how many more there are; None shows all.
    """

    title: str
    rows: Sequence[Row]
    note: str = ""
    shown: int | None = None


def render(tables: Sequence[Table], form: str = "plain") -> str:
    """The tables that have rows, in one of `FORMATS`; csv holds the first one alone, its title in every row.

    ValueError for an unknown format.

    >>> print(render([Table(title="votes", rows=[{"task": "imdb", "alpha": 0.25, "low": None}])], "github"), end="")
    ### votes
    <BLANKLINE>
    | task   |   alpha |   low |
    |--------|---------|-------|
    | imdb   |   0.250 |       |
    """
    if form not in FORMATS:
        raise ValueError(unknown("format", form, FORMATS))
    return FORMATS[form]([table for table in tables if table.rows])


def _text(tables: Sequence[Table], style: str, heading: str) -> str:
    from tabulate import tabulate

    parts = []
    for table in tables:
        names = list(table.rows[0])
        cells = [[_cell(row[name]) for name in names] for row in table.rows[: table.shown]]
        if style == "github":
            cells = [[cell.replace("|", "\\|") for cell in row] for row in cells]
        align = ["left" if isinstance(table.rows[0][name], str) else "right" for name in names]
        headers = [name.replace("_", " ") for name in names]
        part = f"{heading}{table.title}\n\n"
        part += tabulate(cells, headers, tablefmt=style, colalign=align, disable_numparse=True) + "\n"
        if (more := len(table.rows) - len(cells)) > 0:
            part += f"\nand {more:,} more, which --format json shows\n"
        parts.append(part + (f"\n{table.note}\n" if table.note else ""))
    return "\n".join(parts)


def _cell(value: Value) -> str:
    if _empty(value):
        return ""
    if isinstance(value, float):
        return f"{round(value, 3) + 0.0:.3f}"  # no -0.000
    return f"{value:,}" if isinstance(value, int) else str(value)


def _empty(value: Value) -> bool:
    return value is None or (isinstance(value, float) and isnan(value))


def _csv(tables: Sequence[Table]) -> str:
    text = io.StringIO()
    for table in tables[:1]:
        writer = csv.DictWriter(text, ["table", *table.rows[0]], lineterminator="\n")
        writer.writeheader()
        writer.writerows({"table": table.title} | _known(row) for row in table.rows)
    return text.getvalue()


def _json(tables: Sequence[Table]) -> str:
    shown = [{"title": t.title, "rows": [_known(row) for row in t.rows], "note": t.note} for t in tables]
    return json.dumps(shown, indent=2, ensure_ascii=False) + "\n"


def _known(row: Row) -> dict[str, Value]:
    # JSON has no nan.
    return {name: None if _empty(value) else value for name, value in row.items()}


FORMATS: Mapping[str, Callable[[Sequence[Table]], str]] = {
    "plain": lambda tables: _text(tables, "simple", ""),
    "github": lambda tables: _text(tables, "github", "### "),
    "csv": _csv,
    "json": _json,
}
