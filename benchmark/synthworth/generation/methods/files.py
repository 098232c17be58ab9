"""Texts made elsewhere as methods: an entry is a folder with one file for each task that it has texts for."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from synthworth.core import ENDINGS, NOTES, EntryNote, Example, Progress, Task, files_named, read_examples, read_notes
from synthworth.generation.collect import Generated, Generates, Sources
from synthworth.generation.filters import READY_MADE, length
from synthworth.generation.methods import admission
from synthworth.generation.methods.admission import Admitted, admit

# From least to most that the prompt shows; a folder's name may state one of these, a provenance any.
PROMPTINGS = ("zero_shot", "few_shot", "grounded")
LARGE, EVERY = 2000, 200  # texts of a file whose judgement is reported, and of one report


def entry_folders(given: str) -> list[Path]:
    """Return the folders of the entries in a folder: itself if it holds files of texts, else those in it that do.

    Raises ValueError if there is none.
    """
    folder = Path(given)
    if not given or not folder.is_dir():
        raise ValueError(f"no folder {given or '(none is named)'}; data:DIR takes one with a TASK.jsonl for each task")
    if tasks_of(folder):
        return [folder]
    inner = [path for path in sorted(folder.iterdir()) if path.is_dir() and tasks_of(path)]
    if not inner:
        raise ValueError(
            f"{folder} holds no TASK.jsonl, .json, .csv, .tsv or .parquet, and no folder that does; name the folder "
            "that does"
        )
    return inner


def tasks_of(folder: Path) -> list[str]:
    """Return the names of the tasks that a folder has texts for, sorted."""
    names = [path.name for path in folder.iterdir() if path.is_file() and path.name != NOTES]
    return sorted({name.removesuffix(ending) for name in names for ending in ENDINGS if name.endswith(ending)})


def origin_of(folder: Path) -> dict[str, str]:
    """Return what a folder's name states about its texts, as their provenance; {} if it states nothing.

    It does if it is GENERATOR.PROMPTING.SOURCE, with one of `PROMPTINGS`.

    >>> origin_of(Path("gpt-3.5-turbo.few_shot.lab")), origin_of(Path("texts.v2"))
    ({'generator': 'gpt-3.5-turbo', 'prompting': 'few_shot', 'source': 'lab'}, {})
    """
    generator, *rest = folder.resolve().name.rsplit(".", 2)
    if len(rest) != 2 or rest[0] not in PROMPTINGS or not generator or not rest[1]:
        return {}
    return dict(zip(admission.ORIGIN, (generator, *rest), strict=True))


def notes_in(folder: Path, method: str) -> list[EntryNote]:
    """Return the notes beside the texts of a method, about that method unless they name others."""
    path = folder / NOTES
    notes = read_notes(path) if path.is_file() else []
    return [note if note.methods else replace(note, methods=[method]) for note in notes]


def reader(folder: Path) -> Generates:
    """Make the method that takes its texts from `FOLDER/TASK.jsonl`, or another format of `ENDINGS`.

    A row has `text` and `label`, with an `id` and a `provenance` (names with strings or numbers) if wanted. All texts
    of the file are judged by the rules for a generator's answers, but for those that need a prompt, for `length`, which
    real training texts are not held to either, and for those of how a text is written: what a maker left in his file is
    measured as it is. Of those that pass, the seed draws `per_label` of each
    label (0: all), in the order of the file: for one seed, the texts of a smaller draw are among those of a larger one,
    and a file that holds the quota and no more gives the same set for every seed. The texts stay as they are, to the
    letter. What their provenance does not state of generator, prompting and source, the folder's name does, if it is
    made of these. Raises ValueError if there is no such file, or if it has no text of a label.
    """
    origin = origin_of(folder)
    judged: list[tuple[Any, Admitted]] = []  # of the task before: each draw of a task is from the same texts

    def admitted(task: Task, sources: Sources, paths: Sequence[Path]) -> Admitted:
        stats = [path.stat() for path in paths]
        state = task, sources.pool, sources.train, [(path.st_ino, path.st_size, path.st_mtime_ns) for path in stats]
        if judged and judged[0][0] == state:
            return judged[0][1]
        rows = [example for path in paths for example in _examples(path, task, origin)]
        _check_labels(rows, task, paths[0])
        told = _told(rows, f"judging {task.name} of {folder.name}", sources.progress)
        rules = [rule for rule in READY_MADE if rule is not length]
        judged[:] = [(state, admit(task, sources, told, rules=rules))]
        return judged[0][1]

    def make(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
        paths = _paths(folder, task)
        whole = admitted(task, sources, paths)
        kept: dict[str, list[Example]] = {}
        others: list[Example] = []
        for label, examples in whole.kept.items():
            places = list(range(len(examples)))
            random.Random(f"{seed}/{task.name}/{label}").shuffle(places)
            drawn = set(places[: sources.quota(label, per_label) or None])
            others += [example for place, example in enumerate(examples) if place not in drawn]
            kept[label] = [examples[place] for place in sorted(drawn)]
        quotas = {label: sources.quota(label, per_label) for label in task.labels}
        attempts = sum(map(len, whole.kept.values())) + len(whole.discarded)
        generated = replace(whole, kept=kept).generated(str(paths[0]), attempts=attempts, quotas=quotas)
        return replace(generated, others=tuple(others))

    return make


def _paths(folder: Path, task: Task) -> list[Path]:
    paths = files_named(folder, task.name)
    if not paths:
        tasks = ", ".join(tasks_of(folder))
        raise ValueError(f"{folder} has no texts for the task {task.name}: no {task.name}.jsonl; tasks there: {tasks}")
    return paths


def _check_labels(rows: Sequence[Example], task: Task, path: Path) -> None:
    """Raise ValueError, with the counts of the labels that there are, if a label of the task has no text."""
    counts = Counter(example.label for example in rows)
    if lacking := [label for label in task.labels if not counts[label]]:
        there = ", ".join(f"{label} ({counts[label]:,})" for label in task.labels if counts[label])
        raise ValueError(
            f"{path} has no text of {' and '.join(map(repr, lacking))} for the task {task.name}, which cannot be "
            f"learnt from it; labels there: {there or 'none'}: add such texts, or make a task of the labels there"
        )


def _told(rows: Sequence[Example], stage: str, progress: Progress) -> Iterator[Example]:
    """Yield the rows, and report of a large file how many of them are done: its judgement takes seconds."""
    for done, example in enumerate(rows):
        if len(rows) >= LARGE and done % EVERY == 0:
            progress(stage, done, len(rows))
        yield example
    if len(rows) >= LARGE:
        progress(stage, len(rows), len(rows))


def _examples(path: Path, task: Task, origin: Mapping[str, str]) -> Iterator[Example]:
    for place, example in read_examples(path, task, written=True):  # the rules judge texts without words
        for problem in admission.problems(example, task):
            raise ValueError(f"{place}: {problem}")
        yield replace(example, provenance={**origin, **example.provenance})
