"""Results as a table: one row for each task, method and classifier, with the drop against real data beside it."""

import csv
import io
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
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
    "Macro-F1 and accuracy: mean over training seeds. 95 %: bootstrap over test rows (mean of the seeds' bounds). "
    "drop: Macro-F1 of real texts of the same size and classifier, minus this row's. "
    "dropped: answers of the generator that became no text, of all answers."
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the leaderboard; `drop` is None where there is no result on real data to compare with."""

    task: str
    method: str
    generator: str
    classifier: str
    per_label: str
    macro_f1: float
    low: float
    high: float
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
    return tuple(_row(found, real.get(_compared(found[0]))) for found in ordered)


def _place(result: Result) -> tuple[str | float, ...]:
    size = result.per_label or math.inf
    method = ORDER.index(result.method) if result.method in ORDER else len(ORDER)
    return (result.task, result.classifier, size, method, result.method, result.generator, *_cell(result))


def _cell(result: Result) -> tuple[str, ...]:
    parts = (result.task, result.data_version, result.method, result.generator, result.demonstrations)
    return (*parts, result.classifier, str(result.per_label), str(result.generation_seed))


def _compared(result: Result) -> tuple[str | int, ...]:
    return (result.task, result.data_version, result.classifier, result.per_label)


def _row(found: Sequence[Result], real: Sequence[float] | None) -> Row:
    first, score = found[0], fmean(r.macro_f1 for r in found)
    size = "all" if first.per_label == 0 else str(first.per_label)
    return Row(
        task=first.task,
        method=first.method,
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


def render(results: Sequence[Result], form: str = "plain") -> str:
    """The leaderboards in one of `FORMATS`; ValueError lists them where `form` is another."""
    if form not in FORMATS:
        raise ValueError(unknown("format", form, FORMATS))
    return FORMATS[form](leaderboards(results))


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
