"""Results as a table: one row for each task, method and classifier, with the drop against real data beside it."""

import csv
import io
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import fmean
from typing import Any

from benchmark.choice import unknown
from benchmark.result import Result

HEADERS = {
    "task": "task",
    "version": "version",
    "method": "method",
    "generator": "generator",
    "classifier": "classifier",
    "per_label": "n/label",
    "steps": "steps",
    "short": "short",
    "macro_f1": "Macro-F1",
    "low": "95 % low",
    "high": "95 % high",
    "accuracy": "accuracy",
    "drop": "drop",
    "worth": "worth in real",
    "dropped": "dropped",
    "seeds": "seeds",
    "collapsed": "collapsed",
}
DRAWS = 2000  # for an interval of what a set is worth
ORDER = ("real", "few_shot", "zero_shot")
LEFT = ("task", "version", "method", "generator", "classifier")
NOTE = (
    "Macro-F1 and accuracy: mean over seeds. 95 %: bootstrap over the test rows of each label (mean of the seeds' "
    "bounds). drop: Macro-F1 of real texts of the same size and classifier, minus this row's. "
    "dropped: answers of the generator that became no text, of all answers."
)
RARE = {  # columns that a table shows only where one of its rows has something to say there
    "version": " version: of task and data, where a task has several; a mean over tasks counts the mean of them.",
    "short": " short: texts of the label that has the fewest, where one misses its quota.",
    "steps": " steps: of the optimiser, where methods of one size were not trained equally long.",
    "worth": " worth in real: how many real texts per label reach this score, on their curve (in brackets 95 % "
    "over test rows and seeds).",
    "collapsed": " collapsed: seeds whose training failed (loss at chance, or one label for all); the mean has them.",
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the leaderboard; `drop` is None where there is no result on real data to compare with.

    `version` tells rows apart where there are results of several versions of the task or its data, and is "" elsewhere.
    `steps` of the optimiser are given where they differ between methods of one size, as where a label is short.
    `short` is the size of the smallest label where one misses its quota. `worth` is in real texts per label, "" where
    real texts were measured at one size only. `collapsed` counts seeds whose training failed, None for none. A mean
    over tasks has no interval: tasks are no sample of anything.
    """

    task: str
    version: str
    method: str
    generator: str
    classifier: str
    per_label: str
    steps: int | None
    short: int | None
    macro_f1: float
    low: float | None
    high: float | None
    accuracy: float
    drop: float | None
    worth: str
    dropped: str
    seeds: int
    collapsed: int | None


@dataclass(frozen=True, kw_only=True)
class Leaderboard:
    """The rows of one data source, which is in the title: rows of different sources never share a table."""

    title: str
    rows: tuple[Row, ...]


def leaderboards(results: Sequence[Result]) -> list[Leaderboard]:
    """One leaderboard for each data source and suite version among the results; seeds are averaged."""
    sources: dict[tuple[str, int], list[Result]] = {}
    for result in {r.key: r for r in results}.values():
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
    versions: dict[str, set[str]] = {}
    for result in results:
        versions.setdefault(result.task, set()).add(_version(result))
    ordered = sorted(cells.values(), key=lambda found: _place(found[0]))
    curves, steps = _curves(results), dict[tuple[str | int, ...], set[int]]()
    for result in results:
        steps.setdefault(_compared(result), set()).add(result.steps)
    rows = [
        replace(
            _row(found, real.get(_compared(found[0])), len(versions[found[0].task]) > 1),
            steps=found[0].steps if len(steps[_compared(found[0])]) > 1 else None,
            worth=_worth(found, curves.get(_compared(found[0])[:-1], {})),
        )
        for found in ordered
    ]
    return (*rows, *_means(rows))


Curve = Mapping[int, Sequence[Result]]


def _curves(results: Sequence[Result]) -> dict[tuple[str | int, ...], dict[int, list[Result]]]:
    """The results on real texts, by what they are compared with and by size; a label that is short has no size."""
    curves: dict[tuple[str | int, ...], dict[int, list[Result]]] = {}
    for result in results:
        if result.method == "real" and result.per_label and not result.short:
            curves.setdefault(_compared(result)[:-1], {}).setdefault(result.per_label, []).append(result)
    return curves


def _worth(found: Sequence[Result], curve: Curve) -> str:
    """How many real texts per label reach the mean score of these results, with its interval."""
    if found[0].method == "real" or len(curve) < 2:
        return ""
    from benchmark.statistics.worth import worth

    drawn = {size: _draws(results, seed) for seed, (size, results) in enumerate(curve.items())}
    value, *bounds, least, most = worth(
        {size: fmean(r.macro_f1 for r in results) for size, results in curve.items()},
        fmean(r.macro_f1 for r in found),
        resampled_curve=drawn,
        resampled_score=_draws(found, len(curve)),
    )

    def said(examples: float) -> str:
        return f"<{least}" if examples < least else f">{most}" if examples > most else f"{examples:.0f}"

    told, low, high = map(said, (value, *bounds))
    return told if told == low == high else f"{told} ({low} to {high})"


def _draws(results: Sequence[Result], seed: int) -> Any:
    """Draws of the mean score of these results, over test rows and seeds; different seeds draw other rows."""
    import numpy as np

    from benchmark.metrics import macro_f1
    from benchmark.statistics.bootstrap import resampled_counts
    from benchmark.statistics.variance import draws_of_mean

    rows = [
        resampled_counts(np.array(r.confusion), macro_f1, resamples=DRAWS, seed=1000 * seed + number)
        for number, r in enumerate(results)
    ]
    return draws_of_mean(np.array([r.macro_f1 for r in results]), np.stack(rows), seed=seed)


def _means(rows: Sequence[Row]) -> list[Row]:
    """One row for each method and classifier that has a score on every task of the table."""
    tasks = {row.task for row in rows}
    same: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        same.setdefault((row.classifier, row.per_label, row.method, row.generator), []).append(row)
    return [_mean(found) for found in same.values() if len(tasks) > 1 and {row.task for row in found} == tasks]


def _mean(found: Sequence[Row]) -> Row:
    by_task: dict[str, list[Row]] = {}
    for row in found:
        by_task.setdefault(row.task, []).append(row)

    def mean(name: str) -> float:
        return fmean(fmean(getattr(row, name) for row in rows) for rows in by_task.values())

    return replace(
        found[0],
        task=f"mean of {len(by_task)}",
        version="",
        steps=None,
        short=min((row.short for row in found if row.short is not None), default=None),
        macro_f1=mean("macro_f1"),
        low=None,
        high=None,
        accuracy=mean("accuracy"),
        drop=mean("drop") if all(row.drop is not None for row in found) else None,
        worth="",
        dropped="",
        seeds=min(row.seeds for row in found),
        collapsed=sum(row.collapsed or 0 for row in found) or None,
    )


def _place(result: Result) -> tuple[str | float, ...]:
    size = result.per_label or math.inf
    method = ORDER.index(result.method) if result.method in ORDER else len(ORDER)
    return (result.task, result.classifier, size, method, result.method, result.generator, *_cell(result))


def _cell(result: Result) -> tuple[str, ...]:
    return (result.task, _version(result), _method(result), result.generator, result.classifier, str(result.per_label))


def _version(result: Result) -> str:
    return f"task {result.task_version}, data {result.data_version}"


def _method(result: Result) -> str:
    return f"{result.method} (real)" if result.demonstrations == "real" else result.method


def _compared(result: Result) -> tuple[str | int, ...]:
    return (result.task, _version(result), result.classifier, result.per_label)


def _row(found: Sequence[Result], real: Sequence[float] | None, several_versions: bool) -> Row:
    first, score = found[0], fmean(r.macro_f1 for r in found)
    # All training seeds share what one generation seed made, and it counts once.
    made = {r.generation_seed: r for r in sorted(found, key=lambda r: r.key)}.values()
    attempts = sum(r.attempts for r in made)
    return Row(
        task=first.task,
        version=_version(first) if several_versions else "",
        method=_method(first),
        generator=first.generator,
        classifier=first.classifier,
        per_label=str(first.per_label) if first.per_label else "all",
        steps=None,
        short=min((n for r in found for n in r.short.values()), default=None),
        macro_f1=score,
        low=fmean(r.macro_f1_low for r in found),
        high=fmean(r.macro_f1_high for r in found),
        accuracy=fmean(r.accuracy for r in found),
        drop=None if real is None or first.method == "real" else fmean(real) - score,
        worth="",
        dropped=f"{sum(r.dropped_total for r in made)}/{attempts}" if attempts else "",
        seeds=len(found),
        collapsed=sum(r.collapsed for r in found) or None,
    )


def render(results: Sequence[Result], form: str = "plain", classifier: str = "", per_label: str = "") -> str:
    """The leaderboards in one of `FORMATS`, of one classifier and size or of all; ValueError lists what there is.

    What a set is worth is found from the real texts of all sizes, whichever is shown.
    """
    if form not in FORMATS:
        raise ValueError(unknown("format", form, FORMATS))
    there = sorted({result.classifier for result in results})
    if classifier and classifier not in there:
        raise ValueError(unknown("classifier", classifier, there))
    boards = leaderboards([r for r in results if classifier in ("", r.classifier)])
    sizes = list(dict.fromkeys(row.per_label for board in boards for row in board.rows))
    if per_label and per_label not in sizes:
        raise ValueError(unknown("size", per_label, sizes))
    kept = [replace(b, rows=tuple(r for r in b.rows if per_label in ("", r.per_label))) for b in boards]
    return FORMATS[form](kept)


def _text(boards: Sequence[Leaderboard], style: str, heading: str) -> str:
    from tabulate import tabulate

    parts = []
    for board in boards:
        shown = [name for name in HEADERS if name not in RARE or any(_shown(getattr(row, name)) for row in board.rows)]
        cells = [[_shown(getattr(row, name)) for name in shown] for row in board.rows]
        align = ["left" if name in LEFT else "right" for name in shown]
        table = tabulate(cells, [HEADERS[n] for n in shown], tablefmt=style, colalign=align, disable_numparse=True)
        note = NOTE + "".join(told for name, told in RARE.items() if name in shown)
        parts.append(f"{heading}{board.title}\n\n{table}\n\n{note}\n" if cells else "")
    return "\n".join(parts)


def _shown(value: object) -> str:
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
