"""The rows of the leaderboards as cells to show and numbers to sort by, whatever columns they have."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from synthworth.core.entry import Entry
from synthworth.core.result import Result
from synthworth.leaderboard import HEADERS, LEFT, Known, Row, Shown, cell, columns_of, leaderboards
from synthworth.leaderboard.site.names import slug
from synthworth.pipeline.training_sets import REAL

Key = tuple[str, str]  # an entry's method and generator, as a row of the leaderboard names them
OF_ENTRIES = {"entry": "entry", "state": "state", "division": "division"}
FILTERS = ("task", "method", "generator", "classifier", "per_label", "division", "state")
# What `leaderboard` and `worth` write: 12, <10, 0.5 (0.4 to 0.6), 3 %, 1,234. A date is no number, and sorts as text.
NUMBER = re.compile(r"([<>]?)[$€]?([+-]?[\d,]*\.?\d+)(?: ?%)?(?: \(.*\))?")
ALL = 1e300  # of the texts there are; JSON has no infinity
SHARE = re.compile(r"(\d+)/(\d+)")


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: the name of its field, its heading, and whether it is sorted by number."""

    name: str
    header: str
    numeric: bool


@dataclass(frozen=True, kw_only=True)
class Line:
    """One row: what it shows in each column, and what each sorts by, None for nothing and for text."""

    row: Row
    key: Key
    cells: tuple[str, ...]
    orders: tuple[float | None, ...]


@dataclass(frozen=True, kw_only=True)
class Table:
    """One leaderboard, and the results that it is made of; columns without a word in any row are left out."""

    slug: str
    title: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    results: tuple[Result, ...]

    @cached_property
    def by_entry(self) -> Mapping[Key, Sequence[Line]]:
        """Its lines, by entry."""
        found: dict[Key, list[Line]] = {}
        for line in self.lines:
            found.setdefault(line.key, []).append(line)
        return found

    @cached_property
    def by_task(self) -> Mapping[str, Sequence[Line]]:
        """Its lines, by task."""
        found: dict[str, list[Line]] = {}
        for line in self.lines:
            found.setdefault(line.row.task, []).append(line)
        return found

    @cached_property
    def results_by(self) -> Mapping[tuple[Key, str], Sequence[Result]]:
        """Its results, by entry and task."""
        found: dict[tuple[Key, str], list[Result]] = {}
        for result in self.results:
            found.setdefault((key_of(result), result.task), []).append(result)
        return found

    @cached_property
    def real(self) -> Sequence[Row]:
        """Its rows on real texts."""
        return [line.row for line in self.lines if line.row.method == REAL]


def tables(results: Sequence[Result], entries: Mapping[Key, Entry], known: Known | None = None) -> list[Table]:
    """A table for each data source, suite version and division: their rows never mix, real texts are in all."""
    open_ones = {key for key, entry in entries.items() if entry.division == "open"}
    found = []
    for source in sorted({(r.data, r.suite_version) for r in results}):
        mine = [r for r in results if (r.data, r.suite_version) == source]
        for told, keys in (("", {key_of(r) for r in mine} - open_ones), (", open division", open_ones)):
            side = [r for r in mine if r.method == REAL or key_of(r) in keys]
            if any(r.method != REAL for r in side) or not told:
                found += [_table(board.title + told, board.rows, side, entries) for board in leaderboards(side, known)]
    return found


def key_of(result: Result) -> Key:
    """The entry that a result belongs to."""
    return (f"{result.method} (real)" if result.demonstrations == "real" else result.method, result.generator)


def order(shown: str) -> float | None:
    """The number that a cell sorts by; None where it is none.

    >>> [order(cell) for cell in ("0.5", "30/120", "all", "<10", ">10", "45 (30 to 60)", "2026-11-20")]
    [0.5, 0.25, 1e+300, 9.999999, 10.000001, 45.0, None]
    """
    if shown == "all":
        return ALL
    if share := SHARE.fullmatch(shown):
        return int(share[1]) / max(int(share[2]), 1)
    if number := NUMBER.fullmatch(shown):
        beyond = {"<": -1e-6, ">": 1e-6, "": 0.0}[number[1]]
        return float(number[2].replace(",", "")) + beyond
    return None


def _table(title: str, rows: Sequence[Row], results: Sequence[Result], entries: Mapping[Key, Entry]) -> Table:
    headers = {name: HEADERS[name] for name in columns_of(rows, Shown())} | OF_ENTRIES
    shown = [
        {name: cell(row, name) for name in headers if name not in OF_ENTRIES} | _told(row, entries) for row in rows
    ]
    columns = []
    for name, header in headers.items():
        cells = [line[name] for line in shown if line[name]]
        if cells or name == "method":
            numeric = name not in LEFT and bool(cells) and all(order(cell) is not None for cell in cells)
            columns.append(Column(name=name, header=header, numeric=numeric))
    lines = [
        Line(
            row=row,
            key=(row.method, row.generator),
            cells=tuple(cells[column.name] for column in columns),
            orders=tuple(_order(row, column, cells[column.name]) for column in columns),
        )
        for row, cells in zip(rows, shown, strict=True)
    ]
    return Table(slug=slug(title), title=title, columns=tuple(columns), lines=tuple(lines), results=tuple(results))


def _told(row: Row, entries: Mapping[Key, Entry]) -> dict[str, str]:
    entry = entries.get((row.method, row.generator))
    told = {"entry": entry.name, "state": entry.state, "division": entry.division} if entry else {}
    return {**dict.fromkeys(OF_ENTRIES, ""), **told}


def _order(row: Row, column: Column, cell: str) -> float | None:
    if not column.numeric or not cell:
        return None
    value = getattr(row, column.name, None)
    return float(value) if isinstance(value, int | float) else order(cell)
