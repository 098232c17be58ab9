"""Tables as text, GitHub Markdown, LaTeX, CSV or JSON; no cell can act on a terminal, a page or a spreadsheet."""

import csv
import html
import io
import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import floor, isnan, log10
from typing import NamedTuple

from synthworth.core.errors import unknown

Value = str | int | float | bool | None
Row = Mapping[str, Value]

WIDE = 250  # characters: beyond that, padding Markdown cells helps no reader
JOINERS = "\u200c\u200d"  # parts of words in Persian and Indic scripts, and of emoji: the only format characters kept
FORMULA = ("=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠")  # what a spreadsheet takes for a formula
ONE = r"[+-]?[\d.,]+ ?%?"
NUMBER = re.compile(rf"{ONE}( to {ONE})?( \({ONE} to {ONE}\))?")  # also a range, and a number with its interval
LATEX = """% \\usepackage{{booktabs}}
\\begin{{table*}}
\\caption{{{title}. {note}}}
\\centering
{body}
\\end{{table*}}
"""


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows with the same columns, under a title and above a note."""

    title: str
    """One line above the table."""
    rows: Sequence[Row]
    """A value for each column, by the column's name. Text is shown as it is, a float with three decimals, an integer
    with separators, None and nan as an empty cell."""
    note: str = ""
    """One paragraph below the table."""
    columns: Sequence[str] = ()
    """The columns in their order. Default: those of the first row."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers by column. Default: the column's name with blanks for underscores."""
    left: Collection[str] | None = None
    """Columns aligned left. Default: those with text in the first row."""
    limit: int | None = None
    """The most rows that text shows, before it says how many more there are. Default: all."""
    compact: bool | None = None
    """True for Markdown cells without padding. Default: if a line would be wider than `WIDE`."""
    title_column: str = "table"
    """The column of CSV that holds the title; "" for none."""

    @property
    def names(self) -> list[str]:
        """The columns in their order."""
        return list(self.columns or (self.rows[0] if self.rows else ()))

    def header(self, name: str) -> str:
        """The header of a column."""
        return self.headers.get(name, name.replace("_", " "))


def render(tables: Sequence[Table], form: str = "plain") -> str:
    """Render the tables that have rows in one of `FORMATS`.

    CSV is one table: it holds the first one and those that have its columns. Raises ValueError for an unknown format.

    >>> print(render([Table(title="votes", rows=[{"task": "imdb", "alpha": 0.25, "low": None}])], "github"), end="")
    ### votes
    <BLANKLINE>
    | task   |   alpha |   low |
    |--------|---------|-------|
    | imdb   |   0.250 |       |
    """
    check_format(form)
    return FORMATS[form](tables)


def check_format(form: str, allowed: Collection[str] = ()) -> None:
    """Raise ValueError if a format is not one of `allowed`, which are all of `FORMATS` by default."""
    if form not in (allowed or FORMATS):
        raise ValueError(unknown("format", form, allowed or FORMATS))


def in_words(sentences: Sequence[tuple[str, str]]) -> Table:
    """Return what a report says in words, each sentence with what it is, as a table before its others."""
    rows: list[Row] = [{"what": what, "sentence": sentence} for what, sentence in sentences]
    return Table(title="In words", rows=rows, left=("what", "sentence"))


def grid(table: Table, form: str = "plain") -> str:
    """Render header and rows alone, as plain, github, latex or html, without title, note and last line break."""
    from tabulate import tabulate

    style = STYLES[form]
    names = table.names
    left = [name for name in names if isinstance(table.rows[0][name], str)] if table.left is None else table.left
    body = tabulate(
        [[style.clean(printable(text_of(row[name]))) for name in names] for row in table.rows[: table.limit]],
        [style.clean(printable(table.header(name))) for name in names],
        tablefmt=style.name,
        colalign=["left" if name in left else "right" for name in names],
        disable_numparse=True,
    )
    wide = max(map(len, body.splitlines())) > WIDE
    if form == "github" and (wide if table.compact is None else table.compact):
        body = re.sub(r" {2,}\|", " |", re.sub(r"-{4,}", "---", body))
    return body


def text_of(value: Value) -> str:
    """A value as a cell shows it.

    >>> [text_of(value) for value in (0.25, -0.0001, 1200, float("nan"), None, "imdb")]
    ['0.250', '0.000', '1,200', '', '', 'imdb']
    """
    if _empty(value):
        return ""
    if isinstance(value, float):
        return f"{round(value, 3) + 0.0:.3f}"  # no -0.000
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def usd_text(amount: float) -> str:
    """Write an amount of US dollars with four decimals, or with two digits that are not 0 below a tenth of a cent.

    >>> usd_text(1.23456), usd_text(0), usd_text(0.0000213), usd_text(-0.00001), usd_text(0.00014)
    ('1.2346', '0.0000', '0.000021', '-0.00001', '0.00014')
    """
    if not amount or abs(amount) >= 0.001:
        return f"{amount:.4f}"
    return f"{amount:.{1 - floor(log10(abs(amount)))}f}".rstrip("0")


def in_usd(amount: float) -> str:
    """Write a cost as a person reads it: whole dollars from 100 on, cents below, and two digits below one cent.

    >>> [in_usd(amount) for amount in (0, 0.0012, 0.00002, 3, 99.999, 1250, -0.4)]
    ['$0.00', '$0.0012', '$0.00002', '$3.00', '$100', '$1,250', '-$0.40']
    """
    sign, size = "-" * (amount < 0), abs(amount)
    if size and size < 0.01:
        return f"{sign}${usd_text(size).rstrip('0')}"
    return f"{sign}${size:,.{0 if round(size, 2) >= 100 else 2}f}"


def with_interval(value: float, low: float | None, high: float | None, form: Callable[[float], str] = text_of) -> str:
    """A number with the ends of its interval in brackets; without brackets if it has none.

    >>> with_interval(0.71234, 0.7, 0.72), with_interval(0.71234, None, None)
    ('0.712 (0.700 to 0.720)', '0.712')
    """
    return form(value) if low is None or high is None else f"{form(value)} ({form(low)} to {form(high)})"


def printable(text: str) -> str:
    """The text with a blank for each character that a terminal obeys or that reorders the text around it.

    >>> printable("a\\x1b[31m\\nb \\u202eevil")
    'a [31m b  evil'
    """
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() or letter in JOINERS else " " for letter in text)


def html_text(text: str) -> str:
    """The text for a page or a notebook: printable, and nothing in it is markup.

    >>> html_text("a <b> & \\x1b c")
    'a &lt;b&gt; &amp;   c'
    """
    return html.escape(printable(text))


def csv_text(names: Sequence[str], rows: Sequence[Row]) -> str:
    """Rows as CSV under the names of their columns, numbers in full, missing values empty.

    A text cell that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV injection). A cell
    that is a number, with or without its interval, is none.

    >>> csv_text(["method", "drop"], [{"method": "=1+1", "drop": -0.5}, {"method": "real", "drop": "-0.5 (-0.6 to 0)"}])
    "method,drop\\n'=1+1,-0.5\\nreal,-0.5 (-0.6 to 0)\\n"
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, list(names), restval="", lineterminator="\n")
    writer.writerow({name: _inert(name) for name in names})
    writer.writerows({name: _inert(value) for name, value in _present(row).items()} for row in rows)
    return text.getvalue()


def _inert(value: Value) -> Value:
    if not isinstance(value, str):
        return value
    text = value.replace("\r\n", "\n").replace("\r", "\n")  # csv does not quote a bare carriage return
    return f"'{text}" if _could_be_guarded(text) and not NUMBER.fullmatch(text) else text


def unguarded(cell: str) -> str:
    """Return the text that `csv_text` wrote as this cell: without the apostrophe that keeps it from being a formula.

    >>> unguarded("'=1+1"), unguarded("-0.5"), unguarded("'tis")
    ('=1+1', '-0.5', "'tis")
    """
    return cell[1:] if cell.startswith("'") and _could_be_guarded(cell) else cell


def _could_be_guarded(text: str) -> bool:
    # Apostrophes that were there before get one more, so that a reader can take exactly one away.
    return text.lstrip("'").startswith(FORMULA)


def _empty(value: Value) -> bool:
    return value is None or (isinstance(value, float) and isnan(value))


def _present(row: Row) -> dict[str, Value]:
    # JSON has no nan.
    return {name: None if _empty(value) else value for name, value in row.items()}


class _Style(NamedTuple):
    """The layout of a table: tabulate's name for it, the page around it, and what makes cells and prose harmless."""

    name: str
    page: str
    clean: Callable[[str], str] = str
    prose: Callable[[str], str] = str


def _pages(tables: Sequence[Table], form: str) -> str:
    style, pages = STYLES[form], []
    for table in tables:
        if not table.rows:
            continue
        more = len(table.rows) - len(table.rows[: table.limit])
        title, note = (style.prose(printable(text)) for text in (table.title, table.note))
        body = grid(table, form) + (f"\n\nand {more:,} more, which --format json shows" if more else "")
        if form != "latex" and note:
            body += f"\n\n{note}"
        pages.append(style.page.format(title=title, body=body, note=note))
    return "\n".join(pages)


def _markdown(text: str) -> str:
    # GitHub shows no script, but a tag in a name could hide what stands after it.
    return re.sub(r"<(?=[A-Za-z/!?])", "&lt;", text.replace("|", "\\|"))


def _tex(text: str) -> str:
    from tabulate import LATEX_ESCAPE_RULES  # which tabulate applies to cells

    return "".join(LATEX_ESCAPE_RULES.get(letter, letter) for letter in text)


STYLES = {
    "plain": _Style("simple", "{title}\n\n{body}\n"),
    "github": _Style("github", "### {title}\n\n{body}\n", clean=_markdown),
    "latex": _Style("latex_booktabs", LATEX, prose=_tex),
    "html": _Style("html", "{body}"),  # for a notebook; tabulate escapes the cells
}


def _csv(tables: Sequence[Table]) -> str:
    first = next((table for table in tables if table.rows or table.columns), None)
    if first is None:
        return ""
    titled = [first.title_column] if first.title_column else []
    rows: list[Row] = [
        {**dict.fromkeys(titled, table.title), **{name: row[name] for name in first.names}}
        for table in tables
        if table.names == first.names
        for row in table.rows
    ]
    return csv_text([*titled, *first.names], rows)


def _json(tables: Sequence[Table]) -> str:
    shown = [{"title": t.title, "rows": [_present(row) for row in t.rows], "note": t.note} for t in tables if t.rows]
    return json.dumps(shown, indent=2, ensure_ascii=False) + "\n"


FORMATS: Mapping[str, Callable[[Sequence[Table]], str]] = {
    "plain": lambda tables: _pages(tables, "plain"),
    "github": lambda tables: _pages(tables, "github"),
    "csv": _csv,
    "json": _json,
    "latex": lambda tables: _pages(tables, "latex"),
}
