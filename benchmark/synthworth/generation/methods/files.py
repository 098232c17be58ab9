"""Texts made elsewhere as a method: one JSON Lines file for each task."""

import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from reprlib import repr as brief
from typing import Any

from synthworth.core.errors import unknown
from synthworth.core.records import read_json_lines
from synthworth.core.task import Example, Task
from synthworth.generation.collect import Generated, Generates, Sources
from synthworth.generation.methods import admission

KEYS = ("id", "text", "label", "provenance")
ENDINGS = (".jsonl", ".jsonl.gz")


def reader(given: str) -> Generates:
    """The method that takes its texts from `FOLDER/TASK.jsonl` or `.jsonl.gz`; ValueError where there is no such file.

    A line is `{"text", "label"}`, with an `id` and a `provenance` (names with strings or numbers) where wanted. All
    texts of the file are judged, by the rules that judge a generator's, all but those that need a prompt. Of those
    that pass, the seed draws `per_label` of each label (0: all), in the order of the file: for one seed, the texts of a
    smaller draw are among those of a larger one, and a file that holds the quota and no more gives the same
    set for every seed. The texts stay as they are, to the letter.
    """
    folder = Path(given)
    if not given or not folder.is_dir():
        raise ValueError(f"no folder {given or '(none is named)'}; data:DIR takes one with a TASK.jsonl for each task")
    if not _tasks(folder):
        raise ValueError(f"{folder} holds no TASK.jsonl or TASK.jsonl.gz; name the folder that does")

    def make(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
        path = _path(folder, task)
        rows = list(_examples(path, task))
        found = admission.admit(task, sources, rows)
        for label, examples in found.kept.items():
            places = list(range(len(examples)))
            random.Random(f"{seed}/{task.name}/{label}").shuffle(places)
            found.kept[label] = [examples[place] for place in sorted(places[: per_label or None])]
        return found.generated(str(path), attempts=len(rows), per_label=per_label)

    return make


def _tasks(folder: Path) -> list[str]:
    return sorted({path.name.partition(".jsonl")[0] for path in folder.iterdir() if path.name.endswith(ENDINGS)})


def _path(folder: Path, task: Task) -> Path:
    there = [path for ending in ENDINGS if (path := folder / f"{task.name}{ending}").is_file()]
    if not there:
        tasks = ", ".join(_tasks(folder))
        raise ValueError(f"{folder} has no texts for the task {task.name}: no {task.name}.jsonl; tasks there: {tasks}")
    if len(there) > 1:
        raise ValueError(f"{there[0]} and {there[1]} are both there; remove one")
    return there[0]


def _examples(path: Path, task: Task) -> Iterator[Example]:
    places: dict[str, str] = {}
    for number, (where, values) in enumerate(read_json_lines(path, "texts", "a line is {text, label} in JSON"), 1):
        for problem in _row_problems(values):
            raise ValueError(f"{where}: {problem}")
        name = str(values.get("id", f"{task.name}/{values['label']}/{number}"))
        example = Example(id=name, text=values["text"], label=values["label"], provenance=values.get("provenance", {}))
        for problem in admission.problems(example, task):
            raise ValueError(f"{where}: {problem}")
        if name in places:
            raise ValueError(f"{where}: the id {name!r} is that of {places[name]} too; give each text its own, or none")
        places[name] = where
        yield example


def _row_problems(values: Any) -> Iterator[str]:
    if not isinstance(values, Mapping):
        yield f"it is {type(values).__name__}; a line is {{text, label}} in JSON"
        return
    for key in values:
        if key not in KEYS:
            yield unknown("key", key, KEYS)
    for key in ("text", "label"):
        if key not in values:
            yield f"the key {key!r} is missing; a line is {{text, label}} in JSON"
        elif not isinstance(values[key], str):
            yield f"the {key} is {brief(values[key])}, not a string"
    if not isinstance(values.get("id", ""), str | int):
        yield f"the id is {brief(values['id'])}, not a string or number"
