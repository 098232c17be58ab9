"""The end of a run: the answer in a sentence, a table that fits a screen, and the way to the whole leaderboard."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from synthworth.core import Result, Table, grid, tables
from synthworth.generation.methods import REAL, is_written
from synthworth.leaderboard.board_tables import CHANCE, Line, table_for_readers
from synthworth.leaderboard.boards import leaderboards
from synthworth.leaderboard.columns import View, by_name, interval_sources
from synthworth.leaderboard.row import Context, Leaderboard, Row
from synthworth.leaderboard.sentence import MEAN, sentence

ROWS = 12  # of a table on a screen of 24 lines, beside the sentence, the title, the notes and pytest's own last lines
LEAST = 12  # characters of a name or a remark that is cut
REMARKED = " *"
GAP = "  "  # between columns
NAMED = ("task", "version", "method", "generator", "classifier", "per_label")
CUT = ("method", "generator", "classifier", "task", "best")  # columns of names, which may be cut
MORE = ("worth", "drop", "tier", "short", "collapsed", "margin", "fidelity", "accuracy", "seeds")  # the first that fit
SAID_BY_THE_INTERVAL = {"at chance", "below chance", "one draw"}


def end_of_run(results: Sequence[Result], context: Context, *, width: int, whole: str, written: str = "") -> str:
    """Return the text that a session ends with, for a terminal of `width` characters.

    The whole leaderboard stands there if it fits, else the part of it that does, and `whole`, which says how to get at
    the rest. `written` says which file holds the results, if one does.
    """
    boards = [board for board in leaderboards(results, context) if board.rows]
    most = max(ROWS // max(len(boards), 1), 3)
    shown = [table_for_readers(board, View(brief=True)) for board in boards]
    last = written
    if not all(_fits(table, width, most) for table in shown):
        shown = [_on_a_screen(board, width, most) for board in boards]
        rows = sum(len(board.rows) for board in boards)
        of_its = f"its {rows} rows" if rows > 1 else "its row"
        at_hand = f"the whole leaderboard, every column of {of_its}: {whole}"
        last = f"{written}; {at_hand}" if written else f"T{at_hand[1:]}"
    return f"{sentence(boards)}\n\n{tables.render(shown)}{last}".rstrip()


def _fits(table: Table, width: int, most: int) -> bool:
    return len(table.rows) <= most and _width(table) <= width


def _width(table: Table) -> int:
    return max(map(len, grid(table).splitlines()), default=0)


def _on_a_screen(board: Leaderboard, width: int, most: int) -> Table:
    """The first that fits: all rows with fewer columns, tasks by methods, the best of each task, or the best rows."""
    tables_of_tasks = len({row.task for row in board.rows}) > 1
    if len(board.rows) <= most or not tables_of_tasks:
        return _best_rows(board, width, most)
    for table in _tasks_by_methods(board, most):
        if _fits(table, width, most):
            return table
    return _best_of_tasks(board, width, most)


# ---- tasks by methods


def _tasks_by_methods(board: Leaderboard, most: int) -> Iterator[Table]:
    """Tables with a line for each task and a column for each method, from the one that says most to that with least."""
    slices = list(_slices(board.rows))
    for interval in (True, False):
        for part in slices:
            yield _pivot(board, part, most, interval=interval)


@dataclass(frozen=True, kw_only=True)
class _Slice:
    """Rows of a leaderboard, and how they were chosen."""

    rows: Sequence[Row]
    chosen: Mapping[str, str]
    """Columns that these rows share because the others were left out, and the reason in words."""


def _slices(rows: Sequence[Row]) -> Iterator[_Slice]:
    """All rows; those of one classifier, the best on average; of these, the ones with the most texts per label."""
    part = _Slice(rows=rows, chosen={})
    yield part
    scores: dict[str, list[float]] = {}
    for row in rows:
        scores.setdefault(row.classifier, []).append(row.macro_f1)
    if len(scores) > 1:
        best = max(scores, key=lambda name: fmean(scores[name]))
        part = _Slice(
            rows=[row for row in rows if row.classifier == best],
            chosen={"classifier": f"the best of {len(scores)} on average"},
        )
        yield part
    sizes = {row.per_label for row in part.rows}
    if len(sizes) > 1:
        largest = max(sizes, key=_size)
        of_size = [row for row in part.rows if row.per_label == largest]
        yield _Slice(rows=of_size, chosen={**part.chosen, "per_label": f"the largest of {len(sizes)}"})


def _size(per_label: str) -> float:
    return float(per_label) if per_label.isdecimal() else float("inf")


def _pivot(board: Leaderboard, part: _Slice, most: int, *, interval: bool) -> Table:
    differing = _differing(part.rows)
    across = [name for name in differing if name not in ("task", "version")]
    along = ["task", *(name for name in differing if name == "version")]
    headers = {tuple(getattr(row, name) for name in across): "" for row in part.rows}
    columns = {parts: f"{place} {' '.join(filter(None, parts))}" for place, parts in enumerate(headers)}
    lines: dict[tuple[str, ...], Line] = {}
    for row in part.rows:
        mine = tuple(getattr(row, name) for name in along)
        line = lines.setdefault(mine, dict(zip(along, mine, strict=True)) | dict.fromkeys(columns.values(), ""))
        line[columns[tuple(getattr(row, name) for name in across)]] = _score(row, interval=interval)
    kept, left = _cut(list(lines.values()), most)
    return Table(
        title=board.title,
        rows=kept,
        columns=[*along, *columns.values()],
        headers={name: " ".join(filter(None, parts)) or "Macro-F1" for parts, name in columns.items()},
        left=[*along, *columns.values()],
        note=_note(part, differing, interval=interval, more=f"{left} more tasks" if left else ""),
    )


def _differing(rows: Sequence[Row]) -> list[str]:
    """Names of the columns that tell these rows apart; the generator only if nothing else does."""
    named = [name for name in NAMED if len({getattr(row, name) for row in rows}) > 1]
    others = [name for name in named if name != "generator"]
    return others if len({tuple(getattr(row, name) for name in others) for row in rows}) == len(rows) else named


def _score(row: Row, *, interval: bool) -> str:
    marks = (CHANCE if row.at_chance else "") + (REMARKED if _remarks(row) else "")
    return by_name()["macro_f1"].text(row, interval=interval) + marks


def _remarks(row: Row) -> list[str]:
    """The remarks about a row that its interval, or the note under a table, does not say."""
    return [said for said in row.remarks.split("; ") if said and said not in SAID_BY_THE_INTERVAL]


def _cut(lines: Sequence[Line], most: int) -> tuple[list[Line], int]:
    """At most so many lines, the means over tasks among them, and how many were left out."""
    means = [line for line in lines if _is_mean(line)][-most:]
    others = [line for line in lines if not _is_mean(line)]
    kept = others[: most - len(means)]
    return [*kept, *means], len(others) - len(kept)


def _is_mean(line: Line) -> bool:
    return str(line["task"]).startswith(MEAN)


def _note(part: _Slice, differing: Sequence[str], *, interval: bool, more: str = "") -> str:
    """One line: what the rows have in common, what was chosen, what the numbers are, and what their marks mean."""
    there, first = by_name(), part.rows[0]
    writers = {row.generator for row in part.rows} - {""}
    writer = writers.pop() if len(writers) == 1 else ""
    values = {"generator": writer, "classifier": first.classifier, "per_label": first.per_label}
    said = ["Macro-F1"]
    for name, value in values.items():
        if value and name not in differing:
            why = f" ({part.chosen[name]})" if name in part.chosen else ""
            said.append(f"{there[name].header} {value}{why}")
    said = [", ".join(said)]
    said += [f"95 %: over {interval_sources(part.rows)}"] if interval else []
    said += [more] if more else []
    if any(row.at_chance for row in part.rows):
        said.append(f"{CHANCE.strip()}: at chance")
    if any(map(_remarks, part.rows)):
        said.append(f"{REMARKED.strip()}: with remarks")
    return "; ".join(said) + "."


# ---- the best of each task, and the best rows


def _best_of_tasks(board: Leaderboard, width: int, most: int) -> Table:
    """A line for each task: real texts, and the best written ones by name."""
    *_, part = _slices(board.rows)
    tasks: dict[tuple[str, str], list[Row]] = {}
    for row in part.rows:
        tasks.setdefault((row.task, row.version), []).append(row)
    differing = _differing(part.rows)
    lines: list[Line] = []
    for (task, version), rows in tasks.items():
        real = next((_score(row, interval=False) for row in rows if row.method == REAL), "")
        line: Line = {"task": task, "version": version, "real": real, "best": "", "macro_f1": "", "sets": ""}
        if written := [row for row in rows if is_written(row.method)]:
            best = max(written, key=lambda row: row.macro_f1)
            line["best"] = " ".join(filter(None, [best.method, best.generator if "generator" in differing else ""]))
            line |= {"macro_f1": _score(best, interval=True), "sets": str(len(written))}
        lines.append(line)
    kept, left = _cut(lines, most)
    names = ("task", "version", "real", "best", "macro_f1", "sets")
    more = "the best are picked by these very scores" + (f"; {left} more tasks" if left else "")
    table = Table(
        title=board.title,
        rows=kept,
        columns=[name for name in names if any(line[name] for line in kept)],
        headers={"best": "best written", "macro_f1": "its Macro-F1"},
        left=["task", "version", "real", "best", "macro_f1"],
        note=_note(part, differing, interval=True, more=more),
    )
    return _with_cut_names(table, width)


def _best_rows(board: Leaderboard, width: int, most: int) -> Table:
    """A line for each row, with the columns that fit; of too many rows those of one slice, and of these the best."""
    parts = list(_slices(board.rows))
    part = next((one for one in parts if len(one.rows) <= most), parts[-1])
    kept = set(sorted(range(len(part.rows)), key=lambda place: _rank(part.rows[place]))[:most])
    rows = [row for place, row in enumerate(part.rows) if place in kept]
    left = len(part.rows) - len(rows)
    differing = _differing(part.rows)
    note = _note(part, differing, interval=True, more=f"the best, and {left} more rows" if left else "")
    names = [*dict.fromkeys(["task", "method", *differing]), "macro_f1"]
    table = _with_cut_names(_of_rows(board.title, rows, names, note), width)
    for name in MORE:
        wider = _of_rows(board.title, rows, [*table.columns, name], note)
        if any(by_name()[name].fills(row) for row in rows) and _width(wider) <= width:
            table = wider
    return _with_remarks(table, rows, width)


def _rank(row: Row) -> tuple[bool, float]:
    return row.method != REAL, -row.macro_f1


def _of_rows(title: str, rows: Sequence[Row], names: Sequence[str], note: str) -> Table:
    columns = [by_name()[name] for name in names]
    lines: list[Line] = [
        {c.name: _score(row, interval=True) if c.name == "macro_f1" else c.text(row) for c in columns} for row in rows
    ]
    headers = {column.name: column.header for column in columns}
    left = [column.name for column in columns if column.left or column.name == "macro_f1"]
    return Table(title=title, rows=lines, columns=list(names), headers=headers, left=left, note=note)


def _with_remarks(table: Table, rows: Sequence[Row], width: int) -> Table:
    """The table with what remarks add to its notes, cut to the width that is left; as it is if that is too little."""
    room = width - _width(table) - len(GAP)
    texts = ["; ".join(_remarks(row)) for row in rows]
    if room < LEAST or not any(texts):
        return table
    lines: list[Line] = [
        dict(line) | {"remarks": _cut_end(text, room)} for line, text in zip(table.rows, texts, strict=True)
    ]
    return replace(table, rows=lines, columns=[*table.columns, "remarks"], left=[*(table.left or ()), "remarks"])


def _with_cut_names(table: Table, width: int) -> Table:
    """The table with its longest names cut in the middle until it fits, or none can be cut further."""
    names = [name for name in table.columns if name in CUT]
    longest = {name: max(len(str(line[name])) for line in table.rows) for name in names}
    while names and (over := _width(table) - width) > 0:
        name = max(names, key=lambda one: longest[one])
        longest[name] = max(longest[name] - over, LEAST)
        names.remove(name)
        lines: list[Line] = [dict(line) | {name: _cut_middle(str(line[name]), longest[name])} for line in table.rows]
        table = replace(table, rows=lines)
    return table


def _cut_middle(text: str, most: int) -> str:
    """The text with its middle left out: names that begin alike differ at their ends.

    >>> _cut_middle("data-gpt-3.5-turbo.few_shot.one", 15)
    'data-gp…hot.one'
    """
    if len(text) <= most:
        return text
    return f"{text[: most // 2]}…{text[len(text) - (most - 1 - most // 2) :]}"


def _cut_end(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
