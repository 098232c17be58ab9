"""What is on each page: the values that its template shows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from synthworth.core.entry import STATES, Entry
from synthworth.core.quality import Quality
from synthworth.core.task import Task
from synthworth.generation import prompts
from synthworth.leaderboard.columns import COLUMNS, by_name, notes
from synthworth.leaderboard.groups import REAL
from synthworth.leaderboard.row import Row
from synthworth.leaderboard.site import figures
from synthworth.leaderboard.site.html import Render
from synthworth.leaderboard.site.names import slug
from synthworth.leaderboard.site.samples import Made, ShownTexts
from synthworth.leaderboard.site.tables import FILTERS, EntryKey, PageTable

BEST = 12  # entries in a figure
OF_PROMPTS = 3  # demonstrations and earlier texts that a prompt shows
MEANING = {
    STATES[0]: "nobody else has checked it",
    STATES[1]: "its scores were measured again from its texts",
    STATES[2]: "its texts were made again from its recordings, and its scores measured again",
}


@dataclass(frozen=True, kw_only=True)
class Content:
    """All that the pages show."""

    tables: Sequence[PageTable]
    entries: Mapping[EntryKey, Entry]
    samples: Mapping[Made, ShownTexts]
    tasks: Mapping[str, Task]
    quality: Mapping[tuple[str, str], Quality]  # by task and train_version


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
    """Where the page of each entry and task lies."""

    def __init__(self, tasks: Sequence[str], keys: Sequence[EntryKey]) -> None:
        self.tasks = {task: f"task/{slug(task)}.html" for task in tasks}
        # Real texts have no generator.
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
        }
        for table in content.tables
    ]
    overall = next((r.task for t in content.tables for line in t.lines if (r := line.row).task not in files.tasks), "")
    return {
        "title": "Leaderboard",
        "data": {"boards": boards, "filters": FILTERS, "overall": overall},
        "filters": {name: by_name()[name].header for name in FILTERS},
        "note": notes(COLUMNS),
        "states": MEANING,
        "tasks": list(files.tasks),
    }


def _entry(content: Content, key: EntryKey) -> dict[str, Any]:
    entry, boards = content.entries.get(key), []
    for table in content.tables:
        if lines := table.by_entry.get(key):
            rows = [line.row for line in lines]
            of_each = {c: [r for r in rows if r.classifier == c] for c in _classifiers(rows)}
            strips = [(classifier, figures.strips(table, of_it)) for classifier, of_it in of_each.items()]
            boards.append({"table": table, "lines": lines, "strips": strips})
    tasks = sorted({task for table in content.tables for found, task in table.results_by if found == key})
    return {
        "title": entry.name if entry else called(key),
        "key": key,
        "entry": entry,
        "meaning": MEANING,
        "boards": boards,
        "sections": [_section(content, key, task) for task in tasks],
        "is_real": key[0] == REAL,
    }


def _section(content: Content, key: EntryKey, task: str) -> dict[str, Any]:
    found = [(table, table.results_by[key, task]) for table in content.tables if (key, task) in table.results_by]
    versions = dict.fromkeys(result.train_version for _, results in found for result in results)
    return {
        "task": task,
        "anchor": slug("on", task),
        "samples": content.samples.get((key, task)),
        "mistakes": [one for table, results in found for one in figures.mistakes(table, results)],
        "curves": [
            one
            for table, _ in found
            for one in figures.curves(table, task, [line.row for line in table.by_entry[key] if line.row.task == task])
        ],
        "quality": [content.quality[task, version] for version in versions if (task, version) in content.quality],
    }


def _task(content: Content, name: str) -> dict[str, Any]:
    boards = []
    for table in content.tables:
        if lines := table.by_task.get(name):
            best = sorted((line.row for line in lines), key=lambda row: -row.macro_f1)
            boards.append(
                {
                    "table": table,
                    "lines": lines,
                    "strips": _best_strips(table, best),
                    "curves": figures.curves(table, name, best),
                    "mistakes": _mistakes(table, name, best),
                }
            )
    task = content.tasks.get(name)
    return {
        "title": name,
        "task": task,
        "boards": boards,
        "prompts": _prompts(content, task) if task else [],
        "requests": {label: prompts.request(task, label, _middle(task)) for label in task.labels} if task else {},
    }


def _best_strips(table: PageTable, rows: Sequence[Row]) -> list[tuple[str, list[figures.Strip], int]]:
    """By classifier the strips of its best entries and of real texts, and how many there are in all."""
    found = []
    for classifier in _classifiers(rows):
        of_it = [row for row in rows if row.classifier == classifier]
        best = [row for row in of_it if row.method != REAL][:BEST]
        shown = [row for row in of_it if row.method == REAL or row in best]
        found.append((classifier, figures.strips(table, shown), len(of_it)))
    return found


def _mistakes(table: PageTable, task: str, rows: Sequence[Row]) -> list[tuple[EntryKey, figures.Mistakes]]:
    """What the classifiers got wrong with real texts and with the best entries."""
    keys = list(dict.fromkeys((row.method, row.generator) for row in rows))
    chosen = [key for key in keys if key[0] == REAL] + [key for key in keys if key[0] != REAL][:BEST]
    return [(key, one) for key in chosen for one in figures.mistakes(table, table.results_by[key, task])]


def _classifiers(rows: Sequence[Row]) -> list[str]:
    """Those that look at texts."""
    return [name for name in dict.fromkeys(row.classifier for row in rows) if name != figures.FLOOR]


def _prompts(content: Content, task: Task) -> list[dict[str, Any]]:
    """The requests that are sent for the first label, and what is asked for each of the others."""
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
            "told": f"The request for one text of {label!r}, about {words} words long.",
            "messages": prompts.zero_shot(task, label, words).messages,
        },
        {
            "name": "zero_shot, diversity turn",
            "told": "The same request after every tenth text, with earlier texts as turns before it.",
            "messages": prompts.zero_shot(task, label, words, earlier).messages,
        },
        {
            "name": "few_shot",
            "told": f"Demonstrations of {label!r} as turns, drawn anew for every text, then the same request.",
            "messages": prompts.few_shot(task, label, words, shown).messages,
        },
    ]


def _middle(task: Task) -> int:
    return sum(task.words) // 2


def called(key: EntryKey) -> str:
    """An entry in words.

    >>> called(("few_shot", "smollm2-135m")), called(("real", ""))
    ('few_shot by smollm2-135m', 'real texts')
    """
    method, generator = key
    if method == REAL and not generator:
        return "real texts"
    return f"{method} by {generator}" if generator else method
