"""The files of a task of a user's own: a suite, and a mirror of the real texts; all of them, or none."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from synthworth.core import ENDINGS, Example, replace_all
from synthworth.pipeline.own_data import OwnData
from synthworth.pipeline.suite_file import suite_file


def write_own_task(
    made: OwnData, folder: Path, data: str, command: str, *, source: Path | None = None, force: bool = False
) -> list[Path]:
    """Write `test_NAME.py` in a folder, and `NAME/train.jsonl` and `test.jsonl` in its folder `data`.

    Returns the paths, the suite first. Raises ValueError if one is there, unless `force`, or if one is `source`, the
    file that the texts come from, and OSError if one cannot be written; then, and if it is stopped, what was written is
    removed, unless it took the place of another.
    """
    suite, mirror = folder / f"test_{made.task.name}.py", folder / data / made.task.name
    contents = {
        mirror / "train.jsonl": _lines(made.train),
        mirror / "test.jsonl": _lines(made.test),
        suite: suite_file(made.task, command, made.standing_out),
    }
    there = [path for path in (suite, *_texts_in(mirror)) if path.exists()]
    if source and source.exists() and any(path in contents and path.samefile(source) for path in there):
        raise ValueError(f"{source} is read from and would be overwritten; give another --name, --data or --out")
    if there and not force:
        raise ValueError(f"{there[0]} is there already; add --force to overwrite, or give another --name or --out")
    for path in there:
        if path not in contents:
            raise ValueError(f"{path} is there, beside the file to write; remove it, or give another --name or --out")
    replace_all(contents)
    return [suite, mirror / "train.jsonl", mirror / "test.jsonl"]


def _texts_in(mirror: Path) -> Iterator[Path]:
    """Yield the files of a mirror that would be read as training or test texts."""
    if mirror.is_dir():
        for path in sorted(mirror.iterdir()):
            if path.name.startswith(("train", "test")) and path.name.endswith(ENDINGS):
                yield path


def _lines(examples: Sequence[Example]) -> str:
    rows = ({"id": example.id, "text": example.text, "label": example.label} for example in examples)
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
