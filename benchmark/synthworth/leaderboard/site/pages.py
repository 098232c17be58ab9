"""The content of each page: the values that its template shows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from synthworth.core import STATES, Entry, EntryNote, Quality, Task, notes_about
from synthworth.generation import prompts
from synthworth.generation.methods import OF_FILES, is_written
from synthworth.leaderboard.columns import COLUMNS, by_name, interval_sources, notes
from synthworth.leaderboard.groups import REAL
from synthworth.leaderboard.row import Row
from synthworth.leaderboard.site import figures
from synthworth.leaderboard.site.html import Render
from synthworth.leaderboard.site.names import slug
from synthworth.leaderboard.site.samples import SampleKey, ShownTexts
from synthworth.leaderboard.site.tables import FILTERS, EntryKey, PageTable
from synthworth.leaderboard.site.worths import WorthStrips

BEST = 12  # entries in a figure
FOLDED = 3  # tasks on an entry's page: more of them are folded, and opened from the list of contents
OF_PROMPTS = 3  # demonstrations and earlier texts that a prompt shows
MEANING = {
    STATES[0]: "not checked by anyone else",
    STATES[1]: "its scores were measured again from its texts",
    STATES[2]: "its texts were made again from its recordings, and its scores measured again",
}


@dataclass(frozen=True, kw_only=True)
class Content:
    """All that the pages show."""

    tables: Sequence[PageTable]
    """The leaderboards."""
    entries: Mapping[EntryKey, Entry]
    """The submissions, by method and generator."""
    samples: Mapping[SampleKey, ShownTexts]
    """Some training texts, by entry and task."""
    tasks: Mapping[str, Task]
    """The tasks whose suites are at hand, by name."""
    quality: Mapping[tuple[str, str], Quality]
    """Measurements of training sets, by task and train_version."""
    notes: Sequence[EntryNote] = ()
    """Warnings about methods."""
    worth: WorthStrips | None = None
    """The worth of written sets, None if no learning curve gives it."""
    sentences: Sequence[str] = ()
    """The same in a sentence for each size."""


def pages(content: Content, render: Render) -> Iterator[tuple[str, str]]:
    """The name and the text of each page."""
    measured = sorted({r.task for table in content.tables for r in table.results})
    keys = sorted({line.key for table in content.tables for line in table.lines})
    files = _Files(tasks=measured, keys=keys)
    yield "index.html", render("index", **_index(content, files), files=files, root="")
    for key in keys:
        yield files.entries[key], render("entry", **_entry(content, key), files=files, root="../")
    for task in measured:
        yield files.tasks[task], render("task", **_task(content, task), files=files, root="../")


class _Files:
    """The paths of the pages of entries and tasks."""

    def __init__(self, tasks: Sequence[str], keys: Sequence[EntryKey]) -> None:
        self.tasks = {task: f"task/{slug(task)}.html" for task in tasks}
        # Real texts have no generator.
        self.anchors = {task: slug("on", task) for task in tasks}
        self.entries = {key: f"entry/{slug(*key) if key[1] else slug(key[0])}.html" for key in keys}


def _index(content: Content, files: _Files) -> dict[str, Any]:
    boards = [
        {
            "slug": table.slug,
            "title": table.title,
            "columns": [
                {"name": column.name, "header": column.header, "numeric": column.name in table.numeric}
                for column in table.columns
            ],
            "cells": [line.cells for line in table.lines],
            "orders": [line.orders for line in table.lines],
            "links": [[files.tasks.get(line.row.task, ""), files.entries[line.key]] for line in table.lines],
            "real": [line.row.method == REAL for line in table.lines],
            "plots": [_plot(strip) for strip in figures.strips(table, [line.row for line in table.lines])],
        }
        for table in content.tables
    ]
    overall = next((r.task for t in content.tables for line in t.lines if (r := line.row).task not in files.tasks), "")
    rows = [line.row for table in content.tables for line in table.lines]
    return {
        "title": "Leaderboard",
        "data": {"boards": boards, "filters": FILTERS, "overall": overall},
        "filters": {name: by_name()[name].header for name in FILTERS},
        "worth": content.worth,
        "sentences": content.sentences,
        "answers": [answer for table in content.tables if (answer := _answer(table, overall))],
        "legend": figures.legend_of(rows),
        "note": notes(COLUMNS),
        "sources": interval_sources(rows),
        "states": MEANING,
        "tasks": list(files.tasks),
    }


def _plot(strip: figures.Strip) -> list[float | None]:
    row = strip.row
    return [row.macro_f1, row.low, row.high, row.floor, strip.real, strip.style]


def _answer(table: PageTable, overall: str) -> str:
    """The leaderboard in a sentence: the best written set over all tasks, or of the first, beside as many real texts.

    "" if no written set has real texts of its size beside it.
    """
    tasks = [overall] if overall else list(table.by_task)[:1]
    rows = [line.row for task in tasks for line in table.by_task.get(task, ())]
    written = [row for row in rows if is_written(row.method)]
    best = max((row for row in written if row.drop is not None and not row.at_chance), key=_score, default=None)
    if best is None:
        return ""
    author = f" by {best.generator}" if best.generator else ""
    where = f"over {overall.removeprefix('mean of ')} tasks" if overall else f"on {best.task}"
    return (
        f"Best written set with as many real texts beside it, {where}: {best.classifier}, trained on {best.per_label} "
        f"texts per label of {best.method}{author}, reaches a Macro-F1 of {best.macro_f1:.3f} (95 % {best.low:.3f} to "
        f"{best.high:.3f}); trained on as many real texts, {best.macro_f1 + (best.drop or 0.0):.3f}. A guesser who "
        f"reads no text reaches {best.floor:.3f}."
    )


def _score(row: Row) -> float:
    return row.macro_f1


def _entry(content: Content, key: EntryKey) -> dict[str, Any]:
    entry, boards, rows_of_entry = content.entries.get(key), [], list[Row]()
    for table in content.tables:
        if lines := table.by_entry.get(key):
            rows = [line.row for line in lines]
            rows_of_entry += rows
            of_each = {c: [r for r in rows if r.classifier == c] for c in _classifiers(rows)}
            strips = [
                (classifier, figures.strips(table, mine, content.notes), figures.legend_of(mine))
                for classifier, mine in of_each.items()
            ]
            boards.append({"table": table, "lines": lines, "strips": strips})
    tasks = sorted({task for table in content.tables for of_key, task in table.results_by if of_key == key})
    return {
        "title": entry.name if entry else name_in_words(key),
        "key": key,
        "entry": entry,
        "meaning": MEANING,
        "boards": boards,
        "sections": [_section(content, key, task) for task in tasks],
        "is_real": key[0] == REAL,
        "origin": _origin(rows_of_entry),
        "notes": notes_about(content.notes, key[0], tasks),
        "folded": len(tasks) > FOLDED,
    }


def _origin(rows: Sequence[Row]) -> dict[str, str]:
    """The maker of an entry's texts, as they say themselves, in words by name."""
    stated = {name: sorted({str(getattr(row, name)) for row in rows} - {""}) for name in ("prompting", "source")}
    return {name: "; ".join(values) for name, values in stated.items() if values}


def _section(content: Content, key: EntryKey, task: str) -> dict[str, Any]:
    tables = [table for table in content.tables if (key, task) in table.results_by]
    results = [result for table in tables for result in table.results_by[key, task]]
    versions = dict.fromkeys(result.train_version for result in results)
    rows = [line.row for table in tables for line in table.by_entry[key] if line.row.task == task]
    return {
        "task": task,
        "anchor": slug("on", task),
        "samples": content.samples.get((key, task)),
        "notes": notes_about(content.notes, key[0], [task]),
        "summary": _summary(rows),
        "mistakes": [one for table in tables for one in figures.mistakes(table, table.results_by[key, task])],
        "curves": [
            one
            for table in tables
            for one in figures.curves(table, task, [line.row for line in table.by_entry[key] if line.row.task == task])
        ],
        "quality": [content.quality[task, version] for version in versions if (task, version) in content.quality],
    }


def _summary(rows: Sequence[Row]) -> str:
    best = max((row for row in rows if row.classifier != figures.FLOOR), key=_score, default=None)
    return "" if best is None else f"Macro-F1 {best.macro_f1:.3f}{', at chance' if best.at_chance else ''}"


def _task(content: Content, name: str) -> dict[str, Any]:
    boards = []
    for table in content.tables:
        if lines := table.by_task.get(name):
            best = sorted((line.row for line in lines), key=lambda row: -row.macro_f1)
            boards.append(
                {
                    "table": table,
                    "lines": lines,
                    "strips": _best_strips(table, best, content.notes),
                    "curves": figures.curves(table, name, best),
                    "mistakes": _mistakes(table, name, best),
                }
            )
    task = content.tasks.get(name)
    return {
        "title": name,
        "task": task,
        "boards": boards,
        "unmeasured": _unmeasured(content, name),
        "prompts": _prompts(content, task) if task else [],
        "requests": {label: prompts.request(task, label, _middle(task)) for label in task.labels} if task else {},
    }


def _unmeasured(content: Content, task: str) -> list[tuple[list[str], str]]:
    """The methods that notes name for a task and that have no row on it, by note."""
    having = {line.row.method for table in content.tables for line in table.by_task.get(task, ())}
    lacking = [
        ([m for m in note.methods if m not in having], note.text) for note in content.notes if task in note.tasks
    ]
    return [(methods, text) for methods, text in lacking if methods]


def _best_strips(
    table: PageTable, rows: Sequence[Row], warnings: Sequence[EntryNote]
) -> list[tuple[str, list[figures.Strip], int, str]]:
    """By classifier the strips of its best entries, then of real texts, how many there are in all, and the legend."""
    panels = []
    for classifier in _classifiers(rows):
        of_it = [row for row in rows if row.classifier == classifier]
        best = [row for row in of_it if row.method != REAL][:BEST]
        shown = best + [row for row in of_it if row.method == REAL]
        panels.append((classifier, figures.strips(table, shown, warnings), len(of_it), figures.legend_of(shown)))
    return panels


def _mistakes(table: PageTable, task: str, rows: Sequence[Row]) -> list[tuple[EntryKey, figures.Mistakes]]:
    """The mistakes of the classifiers after real texts and after the best entries."""
    keys = list(dict.fromkeys((row.method, row.generator) for row in rows))
    chosen = [key for key in keys if key[0] == REAL] + [key for key in keys if key[0] != REAL][:BEST]
    return [(key, one) for key in chosen for one in figures.mistakes(table, table.results_by[key, task])]


def _classifiers(rows: Sequence[Row]) -> list[str]:
    """The classifiers that look at texts."""
    return [name for name in dict.fromkeys(row.classifier for row in rows) if name != figures.FLOOR]


def _prompts(content: Content, task: Task) -> list[dict[str, Any]]:
    """The requests that are sent for the first label."""
    label, words = next(iter(task.labels)), _middle(task)
    shown = [example for example in task.pool if example.label == label][:OF_PROMPTS]
    earlier = [
        sample.text
        for (key, name), samples in content.samples.items()
        if name == task.name and key[0] == "zero_shot"
        for sample in samples.shown
        if sample.label == label
    ][:OF_PROMPTS] or [example.text for example in shown]
    return [
        {
            "name": "zero_shot",
            "words": f"The request for one text of {label!r}, about {words} words long.",
            "messages": prompts.zero_shot(task, label, words).messages,
        },
        {
            "name": "zero_shot, diversity turn",
            "words": "The same request after every tenth text, with earlier texts as turns before it.",
            "messages": prompts.zero_shot(task, label, words, earlier).messages,
        },
        {
            "name": "few_shot",
            "words": f"Demonstrations of {label!r} as turns, drawn anew for every text, then the same request.",
            "messages": prompts.few_shot(task, label, words, shown).messages,
        },
    ]


def _middle(task: Task) -> int:
    return sum(task.words) // 2


def name_in_words(key: EntryKey) -> str:
    """An entry in words; a folder that is named after its generator is named by the rest of its name.

    >>> name_in_words(("few_shot", "smollm2-135m")), name_in_words(("real", ""))
    ('few_shot by smollm2-135m', 'real texts')
    >>> name_in_words(("data-gpt-9.few_shot.lab", "gpt-9"))
    'few_shot.lab by gpt-9'
    """
    method, generator = key
    if method == REAL and not generator:
        return "real texts"
    return f"{method.removeprefix(f'{OF_FILES}{generator}.')} by {generator}" if generator else method
