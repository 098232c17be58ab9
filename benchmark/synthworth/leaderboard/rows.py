"""Results become rows: seeds averaged, each beside real texts of its size, one data source and division to a table."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from statistics import fmean
from typing import Any

from synthworth.core.entry import Entry
from synthworth.core.result import Result
from synthworth.leaderboard import evidence
from synthworth.leaderboard.cells import REAL, Cell, Name, cells_of, compared, curves_of, method_of, version_of
from synthworth.leaderboard.evidence import Against, Estimate, worth_told
from synthworth.leaderboard.row import Known, Leaderboard, Row
from synthworth.leaderboard.texts import Texts
from synthworth.leaderboard.tiers import leaders, tiers
from synthworth.measures.statistics import Sample


def leaderboards(results: Sequence[Result], known: Known | None = None) -> list[Leaderboard]:
    """One leaderboard for each data source, suite version and division among the results; seeds are averaged.

    Real texts, which everything is compared with, are on each of them. ValueError for two entries of one method and
    generator, and where `gold` is not what results were scored on.
    """
    known = known or Known()
    entries = _by_name(known.entries)
    sources: dict[tuple[str, int], dict[str, list[Result]]] = {}
    for result in {r.key: r for r in results}.values():
        entry = entries.get((result.method, result.generator))
        divisions = sources.setdefault((result.data, result.suite_version), {})
        division = REAL if result.method == REAL else entry.division if entry else ""
        divisions.setdefault(division, []).append(result)
    boards = []
    for source, divisions in sorted(sources.items()):
        real = divisions.pop(REAL, [])
        for division in sorted(divisions) or [""]:
            held = [*real, *divisions.get(division, ())]
            told = division if set(divisions) - {""} else None
            boards.append(Leaderboard(title=_title(*source, told, held), rows=_rows(held, known, entries)))
    return boards


def _by_name(entries: Sequence[Entry]) -> dict[Name, Entry]:
    found: dict[Name, Entry] = {}
    for entry in entries:
        other = found.setdefault((entry.method, entry.generator), entry)
        if other is not entry:
            both = f"{other.name} and {entry.name}"
            raise ValueError(f"{both} are two entries of {entry.method} by {entry.generator!r}; keep one of them")
    return found


def _title(data: str, version: int, division: str | None, results: Sequence[Result]) -> str:
    meaning = {
        "quickstart": "quickstart texts, hand-written for this project: not real data",
        "mirror": "real data from a local mirror",
        "hub": "real data from the hub",
    }[data]
    tasks = len({result.task for result in results})
    told = "" if division is None else f", {division} division" if division else ", no division declared"
    return f"synthworth leaderboard, suite version {version}{told}: {meaning} ({tasks} task{'s' if tasks > 1 else ''})"


def _rows(results: Sequence[Result], known: Known, entries: Mapping[Name, Entry]) -> tuple[Row, ...]:
    versions: dict[str, set[str]] = {}
    for result in results:
        versions.setdefault(result.task, set()).add(version_of(result))
    cells = cells_of(results, known.gold)
    texts, curves = Texts(known.quality), curves_of(cells)
    placed = []
    for cell in cells:
        tier, leading = _tiers({name: [sample] for name, sample in cell.samples.items()})
        steps = {result.steps for result in cell.results}
        for name, found in cell.found.items():
            against, curve = cell.against(name), curves.get(compared(cell.first)[:-1])
            row = replace(
                _row(found, texts, entries.get((found[0].method, found[0].generator))),
                version=version_of(cell.first) if len(versions[cell.first.task]) > 1 else "",
                steps=found[0].steps if len(steps) > 1 else None,
                tier=tier.get(name),
                leads=(name in leading) if tier.get(name) else None,
                worth=worth_told(curve.worth(cell.samples[name])) if curve and found[0].method != REAL else "",
                **_beside_real([against] if against else []),
            )
            placed.append((cell, name, row))
    return (*(row for _, _, row in placed), *_means(placed))


def _tiers(samples: Mapping[Name, Sequence[Sample]]) -> tuple[dict[Name, int], set[Name]]:
    """Tiers and their leaders among all methods but real, of a sample for each task; none where rows do not pair."""
    entries = {name: of for name, of in sorted(samples.items()) if name[0] != REAL}
    if len(entries) < 2 or any(sample.resampled is None for of in entries.values() for sample in of):
        return {}, set()
    means = {name: fmean(sample.mean for sample in of) for name, of in entries.items()}
    p_values = {pair: evidence.p_of_pair(entries[pair[0]], entries[pair[1]]) for pair in combinations(entries, 2)}
    found = tiers(means, p_values)
    return found, leaders(means, found)


Placed = tuple[Cell, Name, Row]


def _means(placed: Sequence[Placed]) -> list[Row]:
    """One row for each method and classifier that has a score on every task of the table, in its current version."""
    current = _current([result for cell in dict.fromkeys(cell for cell, _, _ in placed) for result in cell.results])
    if len(current) < 2:
        return []
    same: dict[tuple[str, int], dict[Name, list[Placed]]] = {}
    for cell, name, row in placed:
        if version_of(cell.first) == current[cell.first.task]:
            group = same.setdefault((cell.first.classifier, cell.first.per_label), {})
            group.setdefault(name, []).append((cell, name, row))
    rows = []
    for group in same.values():
        whole = {name: found for name, found in group.items() if len(found) == len(current)}
        tier, leading = _tiers({name: [cell.samples[name] for cell, _, _ in found] for name, found in whole.items()})
        for name, found in whole.items():
            row = _mean(found)
            rows.append(replace(row, tier=tier.get(name), leads=(name in leading) if tier.get(name) else None))
    return rows


def _current(results: Sequence[Result]) -> dict[str, str]:
    """The version of each task that a mean takes: its newest, and of that the data with the most results."""
    counts = Counter((result.task, result.task_version, result.data_version, version_of(result)) for result in results)
    return {task: told for (task, number, data, told), _ in sorted(counts.items(), key=lambda c: (c[0][1], c[1], c[0]))}


def _mean(placed: Sequence[Placed]) -> Row:
    rows = [row for _, _, row in placed]
    score = evidence.mean_of([Estimate(row.macro_f1, row.low, row.high) for row in rows])
    right = evidence.mean_of([Estimate(row.accuracy, row.accuracy_low, row.accuracy_high) for row in rows])
    against = [cell.against(name) for cell, name, _ in placed]
    return replace(
        rows[0],
        task=f"mean of {len(rows)}",
        version="",
        steps=None,
        short=min((row.short for row in rows if row.short is not None), default=None),
        macro_f1=score.value,
        low=score.low,
        high=score.high,
        accuracy=right.value,
        accuracy_low=right.low,
        accuracy_high=right.high,
        worth="",
        diversity=_over_tasks([row.diversity for row in rows]),
        diversity_low=None,
        diversity_high=None,
        diversity_of="",
        leaks=_over_tasks([row.leaks for row in rows]),
        disagreement=_over_tasks([row.disagreement for row in rows]),
        tokens=_total([row.tokens for row in rows]),
        usd=_total([row.usd for row in rows]),
        dropped="",
        seeds=min(row.seeds for row in rows),
        collapsed=sum(row.collapsed or 0 for row in rows) or None,
        task_version=None,
        data_version="",
        **_beside_real([one for one in against if one] if all(against) else []),
    )


def _over_tasks(values: Sequence[float | None]) -> float | None:
    return None if None in values else fmean(value for value in values if value is not None)


def _total(values: Sequence[Any]) -> Any:
    return None if None in values else sum(values)


def _beside_real(tasks: Sequence[Against]) -> dict[str, Any]:
    """The fields of a row that compare it with real texts, of one task or a mean over several; None without them."""
    found = {"drop": evidence.drop(tasks) if tasks else None, "gap": evidence.gap_recovered(tasks) if tasks else None}
    return {
        name + end: getattr(estimate, part) if estimate else None
        for name, estimate in found.items()
        for end, part in (("", "value"), ("_low", "low"), ("_high", "high"))
    }


def _row(found: Sequence[Result], texts: Texts, entry: Entry | None) -> Row:
    first, right = found[0], evidence.accuracy(found)
    # All training seeds share what one generation seed made, and it counts once.
    made = {r.generation_seed: r for r in sorted(found, key=lambda r: r.key)}.values()
    attempts = sum(r.attempts for r in made)
    return Row(
        task=first.task,
        version="",
        method=method_of(first),
        generator=first.generator,
        classifier=first.classifier,
        per_label=str(first.per_label) if first.per_label else "all",
        steps=None,
        short=min((n for r in found for n in r.short.values()), default=None),
        tier=None,
        leads=None,
        macro_f1=fmean(r.macro_f1 for r in found),
        low=fmean(r.macro_f1_low for r in found),
        high=fmean(r.macro_f1_high for r in found),
        accuracy=right.value,
        accuracy_low=right.low,
        accuracy_high=right.high,
        **_beside_real([]),
        worth="",
        **texts.of(found),
        dropped=f"{sum(r.dropped_total for r in made)}/{attempts}" if attempts else "",
        seeds=len(found),
        collapsed=sum(r.collapsed for r in found) or None,
        state=entry.state if entry else "",
        flags=", ".join(entry.flags) if entry else "",
        date=entry.date if entry else "",
        division=entry.division if entry else "",
        task_version=first.task_version,
        data_version=first.data_version,
    )
