"""Texts made elsewhere as a method: one file for each task."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from synthworth.core import ENDINGS, Example, Task, files_named, read_examples
from synthworth.generation.collect import Generated, Generates, Sources
from synthworth.generation.filters import RULES, length
from synthworth.generation.methods import admission


def reader(given: str) -> Generates:
    """Make the method that takes its texts from `FOLDER/TASK.jsonl`, or another format of `ENDINGS`.

    A row has `text` and `label`, with an `id` and a `provenance` (names with strings or numbers) if wanted. All texts
    of the file are judged by the rules for a generator's answers, but for those that need a prompt, and for `length`:
    real training texts are not held to the task's range either. Of those that pass, the seed draws `per_label` of each
    label (0: all), in the order of the file: for one seed, the texts of a smaller draw are among those of a larger one,
    and a file that holds the quota and no more gives the same set for every seed. The texts stay as they are, to the
    letter. Raises ValueError if there is no such file.
    """
    folder = Path(given)
    if not given or not folder.is_dir():
        raise ValueError(f"no folder {given or '(none is named)'}; data:DIR takes one with a TASK.jsonl for each task")
    if not _tasks(folder):
        raise ValueError(f"{folder} holds no TASK.jsonl, .json, .csv, .tsv or .parquet; name the folder that does")

    def make(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
        paths = _paths(folder, task)
        rows = [example for path in paths for example in _examples(path, task)]
        admitted = admission.admit(task, sources, rows, rules=[rule for rule in RULES if rule is not length])
        others: list[Example] = []
        for label, examples in admitted.kept.items():
            places = list(range(len(examples)))
            random.Random(f"{seed}/{task.name}/{label}").shuffle(places)
            drawn = set(places[: per_label or None])
            others += [example for place, example in enumerate(examples) if place not in drawn]
            admitted.kept[label] = [examples[place] for place in sorted(drawn)]
        generated = admitted.generated(str(paths[0]), attempts=len(rows), per_label=per_label)
        return replace(generated, others=tuple(others))

    return make


def _tasks(folder: Path) -> list[str]:
    names = [path.name for path in folder.iterdir() if path.is_file()]
    return sorted({name.removesuffix(ending) for name in names for ending in ENDINGS if name.endswith(ending)})


def _paths(folder: Path, task: Task) -> list[Path]:
    paths = files_named(folder, task.name)
    if not paths:
        tasks = ", ".join(_tasks(folder))
        raise ValueError(f"{folder} has no texts for the task {task.name}: no {task.name}.jsonl; tasks there: {tasks}")
    return paths


def _examples(path: Path, task: Task) -> Iterator[Example]:
    for place, example in read_examples(path, task, written=True):  # the rules judge texts without words
        for problem in admission.problems(example, task):
            raise ValueError(f"{place}: {problem}")
        yield example
