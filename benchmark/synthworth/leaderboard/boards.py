"""From results to leaderboards: one for each data source, suite version and division."""

from collections.abc import Sequence
from dataclasses import replace

from synthworth.core import Entry, EntryNote, Result, notes_about
from synthworth.generation.methods import is_written
from synthworth.leaderboard.groups import RowName
from synthworth.leaderboard.row import Context, Leaderboard, Row
from synthworth.leaderboard.rows import rows_of

REFERENCES = "references"  # no division has this name


def leaderboards(results: Sequence[Result], context: Context | None = None) -> list[Leaderboard]:
    """One leaderboard for each data source, suite version and division among the results; seeds are averaged.

    What nobody wrote, the reference for all others, is on each of them: real texts, as they are or augmented, and free
    rungs. Raises ValueError for two entries of one method
    and generator, and if the test labels are not those that results were scored on.
    """
    context = context or Context()
    entries = _by_name(context.entries)
    sources: dict[tuple[str, int], dict[str, list[Result]]] = {}
    for result in {r.key: r for r in results}.values():
        entry = entries.get((result.method, result.generator))
        divisions = sources.setdefault((result.data, result.suite_version), {})
        division = entry.division if entry else ""
        if not is_written(result.method):
            division = REFERENCES
        divisions.setdefault(division, []).append(result)
    boards = []
    for source, divisions in sorted(sources.items()):
        references = divisions.pop(REFERENCES, [])
        several = bool(set(divisions) - {""})
        for division in sorted(divisions) or [""]:
            together = [*references, *divisions.get(division, ())]
            title = _title(*source, division if several else None, together)
            rows = _with_notes(rows_of(together, context, entries), context.notes)
            boards.append(Leaderboard(title=title, rows=rows))
    return boards


def _with_notes(rows: Sequence[Row], notes: Sequence[EntryNote]) -> tuple[Row, ...]:
    """The rows with the notes about their methods behind their remarks; a mean has those about any of its tasks."""
    tasks = {row.task for row in rows if row.task_version is not None}
    noted = []
    for row in rows:
        about = notes_about(notes, row.method, tasks if row.task_version is None else [row.task])
        noted.append(replace(row, remarks="; ".join(filter(None, (row.remarks, about)))) if about else row)
    return tuple(noted)


def _by_name(entries: Sequence[Entry]) -> dict[RowName, Entry]:
    by_name: dict[RowName, Entry] = {}
    for entry in entries:
        other = by_name.setdefault((entry.method, entry.generator), entry)
        if other is not entry:
            both = f"{other.name} and {entry.name}"
            raise ValueError(f"{both} are two entries of {entry.method} by {entry.generator!r}; keep one of them")
    return by_name


def _title(data: str, version: int, division: str | None, results: Sequence[Result]) -> str:
    meaning = {
        "quickstart": "quickstart texts, hand-written for this project: not real data",
        "mirror": "real data from a local mirror",
        "hub": "real data from the hub",
    }.get(data, f"data from {data}")
    tasks = len({result.task for result in results})
    side = "" if division is None else f", {division} division" if division else ", no division declared"
    return f"synthworth leaderboard, suite version {version}{side}: {meaning} ({tasks} task{'s' if tasks > 1 else ''})"
