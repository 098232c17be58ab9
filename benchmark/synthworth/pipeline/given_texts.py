"""Real texts that a notebook gives: examples, pairs, files, or the place of a task's data."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

from synthworth.core import Example, Place, PlacedRow, Task, brief, examples_in, opened, read_examples
from synthworth.pipeline.dataset import HUB, MIRROR, QUICKSTART, Data, data_of, load

Texts: TypeAlias = str | Path | Iterable[Example | tuple[str, str]]
"""Real texts of a task: a table file, or rows that are each an `Example` or a pair (text, label)."""


def given_texts(task: Task, texts: Texts, name: str) -> list[Example]:
    """Return texts as examples, read as those of a file are; `name` stands for it in messages.

    Raises ValueError, in one line, for a row that is no text with one of the task's labels.
    """
    if isinstance(texts, str | os.PathLike):
        return [example for _, example in read_examples(Path(texts), task)]
    rows = [
        PlacedRow(Place(Path(name), number, "row"), _values(row, name, number)) for number, row in enumerate(texts, 1)
    ]
    return [example for _, example in examples_in(Path(name), rows, task)] if rows else []


def given_data(task: Task, train: Texts, test: Texts) -> Data:
    """Return the real texts to train and to score on; `test` may be hub, or a mirror's folder, which has both.

    Raises ValueError if there is no test text, or if training texts come twice.
    """
    if isinstance(test, str | os.PathLike) and (str(test) in (HUB, QUICKSTART) or Path(test).is_dir()):
        if given_texts(task, train, "train"):
            raise ValueError(f"test={str(test)!r} has training texts of its own; leave train out, or give test texts")
        with opened():
            return load(task, str(test), Path(QUICKSTART))
    held = given_texts(task, test, "test")
    if not held:
        raise ValueError("test has no texts; give real ones with labels: a file, pairs (text, label), or hub")
    return data_of(task, MIRROR, given_texts(task, train, "train"), held, "these texts")


def smallest_label(task: Task, texts: Sequence[Example]) -> int:
    """Return the number of texts of the label that has the fewest."""
    return min(sum(example.label == label for example in texts) for label in task.labels)


def _values(row: object, name: str, number: int) -> dict[str, object]:
    if isinstance(row, Example):
        return {
            "id": row.id,
            "text": row.text,
            "label": row.label,
            "agreement": row.agreement,
            "provenance": row.provenance,
        }
    if not isinstance(row, tuple | list) or len(row) != 2:
        raise ValueError(f"{name}, row {number}: {brief(row)}; give pairs (text, label), or zip(texts, labels)")
    return {"text": row[0], "label": row[1]}
