"""Results as a table: one row for each task, method and classifier, with the drop against real data beside it."""

import csv
import io
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import fmean

from benchmark.choice import unknown
from benchmark.result import Result

HEADERS = {
    "task": "task",
    "method": "method",
    "generator": "generator",
    "classifier": "classifier",
    "per_label": "n/label",
    "macro_f1": "Macro-F1",
    "low": "95 % low",
    "high": "95 % high",
    "accuracy": "accuracy",
    "drop": "drop",
    "dropped": "dropped",
    "seeds": "seeds",
}
ORDER = ("real", "few_shot", "zero_shot")
NOTE = (
    "Macro-F1 and accuracy: mean over seeds. 95 %: bootstrap over test rows (mean of the seeds' bounds). "
    "drop: Macro-F1 of real texts of the same size and classifier, minus this row's. "
    "dropped: answers of the generator that became no text, of all answers."
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the leaderboard; `drop` is None where there is no result on real data to compare with.

    A mean over tasks has no interval: tasks are no sample of anything.
    """

    task: str
    method: str
    generator: str
    classifier: str
    per_label: str
    macro_f1: float
    low: float | None
    high: float | None
    accuracy: float
    drop: float | None
    dropped: str
    seeds: int


@dataclass(frozen=True, kw_only=True)
class Leaderboard:
    """The rows of one data source, which is in the title: rows of different sources never share a table."""

    title: str
    rows: tuple[Row, ...]


def leaderboards(results: Sequence[Result]) -> list[Leaderboard]:
    """One leaderboard for each data source and suite version among the results; seeds are averaged."""
    sources: dict[tuple[str, int], list[Result]] = {}
    for result in {(r.key, r.suite_version): r for r in results}.values():
        sources.setdefault((result.data, result.suite_version), []).append(result)
    return [Leaderboard(title=_title(*s, sources[s]), rows=_rows(sources[s])) for s in sorted(sources)]


def _title(data: str, version: int, results: Sequence[Result]) -> str:
    meaning = {
        "quickstart": "quickstart texts, hand-written for this project: not real data",
        "mirror": "real data from a local mirror",
        "hub": "real data from the hub",
    }[data]
    tasks = len({result.task for result in results})
    return f"synthworth leaderboard, suite version {version}: {meaning} ({tasks} task{'s' if tasks > 1 else ''})"


def _rows(results: Sequence[Result]) -> tuple[Row, ...]:
    cells: dict[tuple[str, ...], list[Result]] = {}
    for result in results:
        cells.setdefault(_cell(result), []).append(result)
    real: dict[tuple[str | int, ...], list[float]] = {}
    for result in results:
        if result.method == "real":
            real.setdefault(_compared(result), []).append(result.macro_f1)
    ordered = sorted(cells.values(), key=lambda found: _place(found[0]))
    rows = [_row(found, real.get(_compared(found[0]))) for found in ordered]
    return (*rows, *_means(rows))


def _means(rows: Sequence[Row]) -> list[Row]:
    """One row for each method and classifier that has a score on every task of the table."""
    tasks = {row.task for row in rows}
    same: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        same.setdefault((row.classifier, row.per_label.split()[0], row.method, row.generator), []).append(row)
    complete = [found for found in same.values() if len(found) == len(tasks) > 1 and {r.task for r in found} == tasks]
    return [_mean(found) for found in complete]


def _mean(found: Sequence[Row]) -> Row:
    drops = [row.drop for row in found if row.drop is not None]
    return replace(
        found[0],
        task=f"mean of {len(found)}",
        per_label=found[0].per_label.split()[0],
        macro_f1=fmean(row.macro_f1 for row in found),
        low=None,
        high=None,
        accuracy=fmean(row.accuracy for row in found),
        drop=fmean(drops) if len(drops) == len(found) else None,
        dropped="",
        seeds=min(row.seeds for row in found),
    )


def _place(result: Result) -> tuple[str | float, ...]:
    size = result.per_label or math.inf
    method = ORDER.index(result.method) if result.method in ORDER else len(ORDER)
    return (result.task, result.classifier, size, method, result.method, result.generator, *_cell(result))


def _cell(result: Result) -> tuple[str, ...]:
    parts = (result.task, str(result.task_version), result.data_version, _method(result), result.generator)
    return (*parts, result.classifier, str(result.per_label))


def _method(result: Result) -> str:
    return f"{result.method} (real)" if result.demonstrations == "real" else result.method


def _compared(result: Result) -> tuple[str | int, ...]:
    return (result.task, result.task_version, result.data_version, result.classifier, result.per_label)


def _row(found: Sequence[Result], real: Sequence[float] | None) -> Row:
    first, score = found[0], fmean(r.macro_f1 for r in found)
    size = "all" if first.per_label == 0 else str(first.per_label)
    return Row(
        task=first.task,
        method=_method(first),
        generator=first.generator,
        classifier=first.classifier,
        per_label=f"{size} (short: {min(first.short.values())})" if first.short and first.per_label else size,
        macro_f1=score,
        low=fmean(r.macro_f1_low for r in found),
        high=fmean(r.macro_f1_high for r in found),
        accuracy=fmean(r.accuracy for r in found),
        drop=None if real is None or first.method == "real" else fmean(real) - score,
        dropped=f"{first.dropped_total}/{first.attempts}" if first.attempts else "",
        seeds=len(found),
    )


def render(results: Sequence[Result], form: str = "plain", classifier: str = "") -> str:
    """The leaderboards in one of `FORMATS`, of one classifier or of all; ValueError lists what there is."""
    if form not in FORMATS:
        raise ValueError(unknown("format", form, FORMATS))
    there = sorted({result.classifier for result in results})
    if classifier and classifier not in there:
        raise ValueError(unknown("classifier", classifier, there))
    return FORMATS[form](leaderboards([r for r in results if classifier in ("", r.classifier)]))


def _text(boards: Sequence[Leaderboard], style: str, heading: str) -> str:
    from tabulate import tabulate

    parts = []
    for board in boards:
        cells = [[_shown(name, value) for name, value in asdict(row).items()] for row in board.rows]
        right = {"per_label", "macro_f1", "low", "high", "accuracy", "drop", "dropped", "seeds"}
        align = ["right" if name in right else "left" for name in HEADERS]
        table = tabulate(cells, list(HEADERS.values()), tablefmt=style, colalign=align, disable_numparse=True)
        parts.append(f"{heading}{board.title}\n\n{table}\n\n{NOTE}\n" if cells else "")
    return "\n".join(parts)


def _shown(name: str, value: object) -> str:
    if value is None:
        return ""
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _csv(boards: Sequence[Leaderboard]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["leaderboard", *HEADERS])
    for board in boards:
        writer.writerows([board.title, *asdict(row).values()] for row in board.rows)
    return text.getvalue()


def _json(boards: Sequence[Leaderboard]) -> str:
    return json.dumps([asdict(board) for board in boards], indent=2, ensure_ascii=False) + "\n"


FORMATS: Mapping[str, Callable[[Sequence[Leaderboard]], str]] = {
    "plain": lambda boards: _text(boards, "simple", ""),
    "github": lambda boards: _text(boards, "github", "### "),
    "csv": _csv,
    "json": _json,
}
