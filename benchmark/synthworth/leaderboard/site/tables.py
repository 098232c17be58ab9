"""The rows of the leaderboards as cells to show and numbers to sort by, in whatever columns they have."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from synthworth.core import Entry, Result
from synthworth.generation.methods import is_written
from synthworth.leaderboard.boards import leaderboards
from synthworth.leaderboard.columns import Column, View, columns_of
from synthworth.leaderboard.groups import REAL, method_of
from synthworth.leaderboard.row import Context, Row
from synthworth.leaderboard.site.names import slug

EntryKey = tuple[str, str]  # an entry's method and generator, as a row of the leaderboard names them
FILTERS = ("task", "method", "generator", "classifier", "per_label", "division", "state")
# What `leaderboard` and `worth` write: 12, <10, 0.5 (0.4 to 0.6), 3 %, 1,234. A date is no number, and sorts as text.
NUMBER = re.compile(r"([<>]?)[$€]?([+-]?[\d,]*\.?\d+)(?: ?%)?(?: \(.*\))?")
ALL = 1e300  # of the texts there are; JSON has no infinity
SHARE = re.compile(r"(\d+)/(\d+)(?: \(.*\))?")


@dataclass(frozen=True, kw_only=True)
class PageRow:
    """One row of a table on a page."""

    row: Row
    """The row of the leaderboard."""
    key: EntryKey
    """The entry it belongs to."""
    cells: tuple[str, ...]
    """Its text in each column."""
    orders: tuple[float | None, ...]
    """Its number to sort by in each column; None for an empty cell and in a column of text."""


@dataclass(frozen=True, kw_only=True)
class PageTable:
    """One leaderboard on the pages, and the results that it is made of."""

    slug: str
    """Its name in addresses."""
    title: str
    """Its title."""
    columns: tuple[Column, ...]
    """Its columns; those that are empty in all rows are left out."""
    numeric: frozenset[str]
    """The columns that are sorted by number."""
    lines: tuple[PageRow, ...]
    """Its rows."""
    results: tuple[Result, ...]
    """The results that its rows are means of."""

    @cached_property
    def by_entry(self) -> Mapping[EntryKey, Sequence[PageRow]]:
        """Its rows, by entry."""
        by_entry: dict[EntryKey, list[PageRow]] = {}
        for line in self.lines:
            by_entry.setdefault(line.key, []).append(line)
        return by_entry

    @cached_property
    def by_task(self) -> Mapping[str, Sequence[PageRow]]:
        """Its rows, by task."""
        by_task: dict[str, list[PageRow]] = {}
        for line in self.lines:
            by_task.setdefault(line.row.task, []).append(line)
        return by_task

    @cached_property
    def results_by(self) -> Mapping[tuple[EntryKey, str], Sequence[Result]]:
        """Its results, by entry and task."""
        results: dict[tuple[EntryKey, str], list[Result]] = {}
        for result in self.results:
            results.setdefault((key_of(result), result.task), []).append(result)
        return results

    @cached_property
    def real(self) -> Sequence[Row]:
        """Its rows on real texts."""
        return [line.row for line in self.lines if line.row.method == REAL]


def tables(
    results: Sequence[Result], entries: Mapping[EntryKey, Entry], context: Context | None = None
) -> list[PageTable]:
    """A table for each data source, suite version and division: their rows never mix, references are in all."""
    free = {key for key, entry in entries.items() if entry.division == "open"}
    page_tables = []
    for source in sorted({(r.data, r.suite_version) for r in results}):
        mine = [r for r in results if (r.data, r.suite_version) == source]
        for division, keys in (("", {key_of(r) for r in mine} - free), (", open division", free)):
            side = [r for r in mine if not is_written(r.method) or key_of(r) in keys]
            if any(is_written(r.method) for r in side) or not division:
                boards = leaderboards(side, context)
                page_tables += [_table(board.title + division, board.rows, side, entries) for board in boards]
    return page_tables


def key_of(result: Result) -> EntryKey:
    """The entry that a result belongs to."""
    return (method_of(result), result.generator)


def order(text: str) -> float | None:
    """The number that a cell sorts by; None if it is text.

    >>> [order(cell) for cell in ("0.5", "30/120", "all", "<10", ">10", "45 (30 to 60)", "2026-11-20")]
    [0.5, 0.25, 1e+300, 9.999999, 10.000001, 45.0, None]
    """
    if text == "all":
        return ALL
    if share := SHARE.fullmatch(text):
        return int(share[1]) / max(int(share[2]), 1)
    if number := NUMBER.fullmatch(text):
        beyond = {"<": -1e-6, ">": 1e-6, "": 0.0}[number[1]]
        return float(number[2].replace(",", "")) + beyond
    return None


def _table(title: str, rows: Sequence[Row], results: Sequence[Result], entries: Mapping[EntryKey, Entry]) -> PageTable:
    columns = [*columns_of(rows, View()), *_columns_of_entries(entries)]
    columns = [c for c in columns if c.name == "method" or any(c.text(row) for row in rows)]
    numeric = frozenset(column.name for column in columns if _is_numeric(column, rows))
    lines = [
        PageRow(
            row=row,
            key=(row.method, row.generator),
            cells=tuple(column.text(row) for column in columns),
            orders=tuple(_order(column, row) if column.name in numeric else None for column in columns),
        )
        for row in rows
    ]
    return PageTable(
        slug=slug(title),
        title=title,
        columns=tuple(columns),
        numeric=numeric,
        lines=tuple(lines),
        results=tuple(results),
    )


def _columns_of_entries(entries: Mapping[EntryKey, Entry]) -> list[Column]:
    def part(row: Row, name: str) -> str:
        entry = entries.get((row.method, row.generator))
        return str(getattr(entry, name)) if entry else ""

    return [
        Column(name="entry", header="entry", value=lambda row: part(row, "name"), left=True),
        Column(name="state", header="state", value=lambda row: part(row, "state"), left=True),
        Column(name="division", header="division", value=lambda row: part(row, "division"), left=True),
    ]


def _is_numeric(column: Column, rows: Sequence[Row]) -> bool:
    filled = [row for row in rows if column.text(row)]
    return not column.left and bool(filled) and all(_order(column, row) is not None for row in filled)


def _order(column: Column, row: Row) -> float | None:
    value = column.value(row)
    return float(value) if isinstance(value, int | float) else order(column.text(row))
