"""From leaderboards to tables: rounded cells for readers, values in full for programs, and pivots of both."""

from collections.abc import Callable, Mapping, Sequence

from synthworth.core import Table, Value
from synthworth.generation.methods import is_drawn, is_written
from synthworth.leaderboard.columns import (
    NO_TIERS,
    NO_TIERS_OF_ONE_DRAW,
    Column,
    View,
    by_name,
    columns_of,
    interval_sources,
    note_of,
)
from synthworth.leaderboard.groups import LEAST_DRAWS, REAL
from synthworth.leaderboard.row import Leaderboard, Row

NONE = "no generator"  # of real texts, if generators are columns
CHANCE = " †"
AT_CHANCE = "†: at chance, the interval is not above the Macro-F1 that a guesser who reads no text can expect."
EXPLAINED = "Each column is explained under: synthworth leaderboard FILE"
SHARED = {"generator": "written by"}  # words for what all lines of a pivot share

Line = dict[str, Value]


def table_for_readers(board: Leaderboard, view: View) -> Table:
    """A leaderboard as a table of rounded cells, with the columns that have something to say, and its note."""
    if view.by:
        return _pivot_for_readers(board, view)
    columns = columns_of(board.rows, view)
    without = _without_tiers(board.rows) if not view.columns or "tier" in view.columns else ""
    note = " ".join(filter(None, (note_of(board.rows, columns, view), without)))
    note = f"95 %: over {interval_sources(board.rows)}. {EXPLAINED}" if view.brief else note
    lines: list[Line] = [{c.name: c.text(row, interval=view.intervals) for c in columns} for row in board.rows]
    return _table(board.title, lines, [column.name for column in columns], note)


def table_for_programs(board: Leaderboard, view: View) -> Table:
    """A leaderboard as a table of values in full, for all columns or those of the view."""
    if view.by:
        names, lines = _pivot(board.rows, view, lambda row: _measure(view).value(row))
        return _table(board.title, lines, names)
    there = by_name()
    names = list(dict.fromkeys(view.columns or there))
    return _table(board.title, [{name: there[name].value(row) for name in names} for row in board.rows], names)


def _table(title: str, lines: Sequence[Line], names: Sequence[str], note: str = "") -> Table:
    there = by_name()
    return Table(
        title=title,
        rows=lines,
        note=note,
        columns=names,
        headers={name: there[name].header if name in there else name for name in names},
        left=[name for name in names if name in there and there[name].left],
        title_column="leaderboard",
    )


def _without_tiers(rows: Sequence[Row]) -> str:
    """Why no row has a tier, though there are rows to compare; "" if one has, or if there are none to compare."""
    if any(row.tier for row in rows):
        return ""
    for least, reason in ((LEAST_DRAWS, NO_TIERS), (1, NO_TIERS_OF_ONE_DRAW)):
        drawn = [row for row in rows if row.method != REAL and (row.draws >= least or not is_drawn(row.method))]
        same = [(row.task, row.version, row.classifier, row.per_label) for row in drawn]
        if len(set(same)) < len(same):
            return reason
    return ""


def _measure(view: View) -> Column:
    return by_name()[view.columns[0] if view.columns else "macro_f1"]


def _pivot_for_readers(board: Leaderboard, view: View) -> Table:
    measure = _measure(view)
    chance = [row for row in board.rows if measure.name == "macro_f1" and row.at_chance]

    def cell(row: Row) -> str:
        return measure.text(row, interval=view.intervals) + (CHANCE if row in chance else "")

    names, lines = _pivot(board.rows, view, cell)
    names, shared = _apart(names, lines)
    parts = [shared, f"In the cells: {measure.header}.", note_of(board.rows, [measure], view)]
    return _table(board.title, lines, names, " ".join(filter(None, [*parts, AT_CHANCE if chance else ""])))


def _pivot(rows: Sequence[Row], view: View, value: Callable[[Row], Value]) -> tuple[list[str], list[Line]]:
    """Names of columns, and a line for the rows that differ in `view.by` alone.

    What nobody wrote has no generator: with a column for each method, it stands on the line of each generator.
    """
    versions = any(row.version for row in rows)
    named = [
        c.name for c in by_name().values() if c.identity and c.name != view.by and (c.name != "version" or versions)
    ]
    across = list(dict.fromkeys(getattr(row, view.by) or NONE for row in rows))
    lines: dict[tuple[str, ...], Line] = {}
    for row in rows:
        shared = {name: getattr(row, name) for name in named}
        line = lines.setdefault(tuple(shared.values()), shared | dict.fromkeys(across, ""))
        line[getattr(row, view.by) or NONE] = value(row)
    if view.by == "method":
        _spread_references(lines, named, across)
    return [*named, *across], list(lines.values())


def _spread_references(lines: dict[tuple[str, ...], Line], named: Sequence[str], across: Sequence[str]) -> None:
    """Put what nobody wrote on the line of each generator; its own line goes if it holds nothing else."""
    references = [name for name in across if not is_written(name)]
    alone = [(k, line) for k, line in lines.items() if not line["generator"] and any(line[n] != "" for n in references)]
    for key, own in alone:
        beside = [line for line in lines.values() if line["generator"] and _same(line, own, named)]
        for line in beside:
            line |= {name: own[name] for name in references if own[name] != ""}
        if beside and all(own[name] == "" for name in across if name not in references):
            del lines[key]


def _same(one: Mapping[str, Value], other: Mapping[str, Value], names: Sequence[str]) -> bool:
    return all(one[name] == other[name] for name in names if name != "generator")


def _apart(names: Sequence[str], lines: Sequence[Line]) -> tuple[list[str], str]:
    """The columns of a pivot that tell its lines apart, or hold its numbers, and in words what all lines share."""
    identity = {column.name: column for column in by_name().values() if column.identity and column.name != "task"}
    shared = [name for name in names if name in identity and len({line[name] for line in lines}) == 1]
    words = ", ".join(
        f"{SHARED.get(name, identity[name].header)} {lines[0][name]}" for name in shared if lines[0][name] != ""
    )
    return [name for name in names if name not in shared], f"All: {words}." if words else ""
