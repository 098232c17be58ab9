"""Labelled texts of a task, read from a file in any format that people keep them in."""

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from synthworth.core.errors import brief, unknown
from synthworth.core.table_files import ENDINGS, Place, PlacedRow, read_table
from synthworth.core.task import Example, Task
from synthworth.core.words import is_unicode

EVERYBODY = "all"  # an agreement level of 100 %, as financial_phrasebank calls it
SHARD = re.compile(r"-(\d{5})-of-(\d{5})\.parquet")
SHOWN = 12  # labels of a file that a message names

Placed = tuple[Place, Example]


def files_named(folder: Path, stem: str) -> list[Path]:
    """Return the files that hold `stem` in a folder: `stem` with one of `ENDINGS`, or all shards of its Parquet.

    [] if there is none. Raises ValueError if there are two, or a shard is missing.
    """
    if not folder.is_dir():
        return []
    names = sorted(path for path in folder.iterdir() if path.name.startswith(stem) and path.is_file())
    whole = [path for path in names if path.name.removeprefix(stem).lower() in ENDINGS]
    shards = [path for path in names if SHARD.fullmatch(path.name.removeprefix(stem))]
    if len(whole) > 1 or (whole and shards):
        raise ValueError(f"{whole[0]} and {(whole[1:] + shards)[0]} are both there; remove one")
    if shards:
        expected = int(shards[0].name[-13:-8])
        if len(shards) != expected:
            raise ValueError(f"{folder}: {len(shards)} of the {expected} files {stem}-*.parquet are there; fetch all")
    return whole or shards


def read_examples(path: Path, task: Task, *, written: bool = False) -> list[Placed]:
    """Read the texts of a task from a file that `read_table` reads, each with its place.

    Columns: `text`, `label`, and if wanted `id`, `agreement` (a share, or a percentage as text) and `provenance`; or
    those that the task's hub data set names; others are passed over. Without ids, the hash of a text is its id. A label
    is one of the task's, as text or as an equal number, or a value that the hub data set maps to one; the latter's
    other labels are left out if it says so. Texts that a generator has `written` keep their case, also if the task's
    real ones are lower-cased, and may have no words. Raises ValueError with the file, the line and the remedy.
    """
    rows = read_table(path, "texts")
    if not rows:
        raise ValueError(f"{path}: no texts; give rows with text and label")
    return examples_in(path, rows, task, written=written)


def examples_in(path: Path, rows: Sequence[PlacedRow], task: Task, *, written: bool = False) -> list[Placed]:
    """Return the texts of rows, at least one, as `read_examples` does; `path` is their file, or a name for messages."""
    text, label = (_column(path, rows[0].values, name, task) for name in ("text", "label"))
    labels = _labels(rows, label, task)
    ids = _ids(rows, task, text)
    return [
        (
            place,
            Example(
                id=ids[number],
                text=_text(place, values, text, task, written=written),
                label=known,
                provenance=_provenance(place, values.get("provenance")),
                agreement=_level(place, values.get("agreement")),
            ),
        )
        for number, (place, values) in enumerate(rows)
        if (known := labels[number]) is not None
    ]


def _column(path: Path, columns: Mapping[str, Any], name: str, task: Task) -> str:
    of_hub = str(getattr(task.hub, name, name))
    if name not in columns and of_hub not in columns:
        came = ", ".join(map(brief, list(columns)[:SHOWN]))
        raise ValueError(f"{path}: the key {name!r} is missing; there are {came}; name the two columns text and label")
    return name if name in columns else of_hub


def _value(place: Place, values: Mapping[str, Any], column: str) -> Any:
    if column not in values:
        raise ValueError(f"{place}: the key {column!r} is missing; every row needs a text and a label")
    return values[column]


def _text(place: Place, values: Mapping[str, Any], column: str, task: Task, *, written: bool) -> str:
    text = _value(place, values, column)
    if isinstance(text, list) and all(isinstance(word, str) for word in text):
        text = " ".join(text)
    if not isinstance(text, str) or not (written or text.strip()):
        raise ValueError(f"{place}: the text is {brief(text)}, not words; every row needs a text and a label")
    if not is_unicode(text):
        raise ValueError(f"{place}: the text {brief(text)} is not Unicode: it has half of a pair of surrogates")
    return text.lower() if task.hub and task.hub.lowercase and not written else text


# ---- labels


def _labels(rows: Sequence[PlacedRow], column: str, task: Task) -> list[str | None]:
    """The task's label of each row, None for a row to leave out."""
    values = [_value(place, row, column) for place, row in rows]
    labels, strange = [], []
    for (place, _), value in zip(rows, values, strict=True):
        names = _names(value, task)
        labels.append(names[0] if len(names) == 1 else None)
        if len(names) != 1 and (isinstance(value, str) or not (task.hub and task.hub.other_labels)):
            strange.append((place, value))
    for place, value in strange:
        came = value if isinstance(value, str) else brief(value)
        raise ValueError(f"{place}: {unknown('label', came, task.labels)}{_census(values, task)}")
    return labels


def _names(value: Any, task: Task) -> list[str]:
    """The labels of the task that a value stands for."""
    if isinstance(value, list):
        return [name for one in value for name in _names(one, task)]
    spelled = [value.strip()] if isinstance(value, str) else []
    number = _number(value)
    if number is not None:
        spelled.append(str(int(number)) if number == int(number) else repr(number))
    for one in spelled:
        if one in task.labels:
            return [one]
    mapped: Mapping[str | int, str] = task.hub.labels if task.hub else {}
    candidates: list[str | int] = [*spelled]
    if number is not None and number == int(number):
        candidates.append(int(number))
    return next(([mapped[one]] for one in candidates if one in mapped), [])


def _number(value: Any) -> float | None:
    """The number that a label is, or that its text spells; a bool is 0 or 1 to a hub data set that says so."""
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) and abs(value) < 2**53 else None
    spelled = isinstance(value, str) and re.fullmatch(r"\s*-?[0-9]{1,15}(\.[0-9]{1,15})?\s*", value)
    return float(value) if spelled else None


def _census(values: Sequence[Any], task: Task) -> str:
    """The labels that a file has, if they are of another kind than the task's, and how to tell which is which."""
    counts = Counter(brief(value) for value in values)
    if any(_names(value, task) for value in values):
        return ""
    shown = ", ".join(f"{name} ({count:,})" for name, count in sorted(counts.items())[:SHOWN])
    more = ", ..." * (len(counts) > SHOWN)
    return f"; the file has {shown}{more}: write the task's names, or map them in its Hub(labels={{VALUE: NAME}})"


# ---- the rest of a row


def _ids(rows: Sequence[PlacedRow], task: Task, text: str) -> list[str]:
    column = next((name for name in ("id", task.hub and task.hub.id) if name and name in rows[0].values), None)
    values = [row.get(column) if column else None for _, row in rows]
    if all(value is None or value == "" for value in values):
        return list(_derived_ids(row.get(text) for _, row in rows))
    first: dict[str, Place] = {}
    ids = []
    for (place, _), value in zip(rows, values, strict=True):
        whole = isinstance(value, float) and math.isfinite(value) and value == int(value)
        name = f"{value:.0f}" if whole else str(value).strip()
        if isinstance(value, bool) or not (whole or isinstance(value, str | int)) or not name:
            raise ValueError(
                f"{place}: the id is {brief(value)}, not a string or number; give each text its own, or none an id"
            )
        if name in first:
            raise ValueError(
                f"{place}: the id {brief(name)} is that of {first[name].within} too; give each text its own, or none "
                "an id"
            )
        first[name] = place
        ids.append(name)
    return ids


def _derived_ids(texts: Iterator[Any]) -> Iterator[str]:
    seen: Counter[str] = Counter()
    for text in texts:
        name = hashlib.sha256(str(text).encode(errors="surrogatepass")).hexdigest()[:16]
        seen[name] += 1
        yield f"{name}-{seen[name]}" if seen[name] > 1 else name


def _provenance(place: Place, value: Any) -> Mapping[str, str | int | float]:
    if value is None or value == "":
        return {}
    plain = isinstance(value, Mapping) and all(
        isinstance(one, str | int) or (isinstance(one, float) and math.isfinite(one)) for one in value.values()
    )
    if not plain:
        raise ValueError(f"{place}: the provenance is {brief(value)}; give names with strings or numbers")
    return dict(value)


def _level(place: Place, value: Any) -> float | None:
    """The share that an agreement level stands for: text above 1 is a percentage, all else a share."""
    if value is None or value == "":
        return None
    try:
        # Spreadsheets of many countries write 0,75.
        share = 1.0 if value == EVERYBODY else float(value.replace(",", ".") if isinstance(value, str) else value)
    except (ValueError, TypeError):
        share = 0.0
    if isinstance(value, str) and value != EVERYBODY and share > 1:
        share /= 100
    if isinstance(value, bool) or not 0 < share <= 1:
        raise ValueError(
            f'{place}: agreement is {brief(value)}; give a share in (0, 1], a percentage as text, or "{EVERYBODY}"'
        )
    return share
