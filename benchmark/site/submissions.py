"""The bundles of submissions, as far as pages show them: read as a stranger's files, bounded and strict."""

import json
import re
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from benchmark.entry import Entry
from benchmark.lines import record_of
from benchmark.result import Result, from_mapping

DECLARATION, RESULTS, TEXTS = "declaration.json", "results.jsonl", "texts"
VERIFICATION = ".verification.json"  # beside NAME/, as NAME.verification.json: a stranger's bundle cannot hold it
LARGEST = 64 * 2**20  # bytes of a file
NAME = re.compile(r"([a-z][a-z0-9_]{0,63})\.(0|[1-9][0-9]{0,8})\.jsonl")


@dataclass(frozen=True, kw_only=True)
class Text:
    """One submitted training text; `provenance` is what the bundle says of where it comes from, in short words."""

    text: str
    label: str
    provenance: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Submission:
    """One bundle: its entry with what was found of it, its results, and its texts by task and generation seed."""

    entry: Entry
    results: Sequence[Result]
    texts: Mapping[tuple[str, int], Sequence[Text]] = field(default_factory=dict)


def read(folder: Path) -> list[Submission]:
    """The bundles in the folders of a folder, by name; ValueError, in one line, where one cannot be read."""
    if not folder.is_dir():
        raise ValueError(f"no folder {folder}; name the one that holds the submissions' folders")
    return [_submission(path) for path in sorted(folder.iterdir()) if (path / DECLARATION).exists()]


def _submission(folder: Path) -> Submission:
    declared = _object(folder / DECLARATION)
    # State and flags are a verifier's to give: what a stranger says of them counts for nothing.
    known = {f.name for f in fields(Entry)} - {"state", "flags"}
    found = _verification(folder.with_name(folder.name + VERIFICATION))
    entry = record_of(Entry, {n: v for n, v in declared.items() if n in known} | found, f"{folder / DECLARATION}")
    for name in ("name", "method", "generator", "who", "date", "note"):
        if not isinstance(getattr(entry, name), str):
            raise ValueError(f"{folder / DECLARATION}: {name} is not text")
    results = [_result(values, where, entry) for where, values in _lines(folder / RESULTS)]
    if not results:
        raise ValueError(f"{folder / RESULTS} holds no result")
    texts = {
        (match[1], int(match[2])): [_text(values, where) for where, values in _lines(path)]
        for path in sorted((folder / TEXTS).glob("*.jsonl"))
        if (match := NAME.fullmatch(path.name))
    }
    return Submission(entry=entry, results=results, texts=texts)


def _verification(path: Path) -> dict[str, Any]:
    """State and flags that a verification found, in the file itself or in its `entry`; none without the file."""
    if not path.exists():
        return {}
    found = _object(path)
    entry = found.get("entry", found)
    if not isinstance(entry, dict):
        return {}
    flags = entry.get("flags", [])
    if not isinstance(flags, list) or not all(isinstance(flag, str) for flag in flags):
        raise ValueError(f"{path}: flags are not a list of texts")
    return {name: entry[name] for name in ("state", "flags") if name in entry}


def _result(values: Any, where: str, entry: Entry) -> Result:
    try:
        result = from_mapping(values)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None
    if (result.method, result.generator) != (entry.method, entry.generator):
        raise ValueError(
            f"{where}: a result of {result.method!r} by {result.generator!r}, where {entry.name!r} declares "
            f"{entry.method!r} by {entry.generator!r}"
        )
    return result


def _text(values: Any, where: str) -> Text:
    if not isinstance(values, dict) or not all(isinstance(values.get(name), str) for name in ("text", "label")):
        raise ValueError(f"{where}: not an object with a text and a label")
    told = {
        name: " ".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in values.items()
        if name not in ("text", "label") and value not in (None, "", [], {})
    }
    return Text(text=values["text"], label=values["label"], provenance=told)


def _object(path: Path) -> dict[str, Any]:
    found = _decoded(_content(path), str(path))
    if not isinstance(found, dict):
        raise ValueError(f"{path}: not an object of JSON")
    return found


def _lines(path: Path) -> list[tuple[str, Any]]:
    # Not splitlines: JSON leaves U+2028 and its like in a string, and they end no line.
    lines = enumerate(_content(path).split("\n"), 1)
    return [(f"{path}, line {n}", _decoded(line, f"{path}, line {n}")) for n, line in lines if line]


def _content(path: Path) -> str:
    try:
        kind = path.lstat()
        if not stat.S_ISREG(kind.st_mode) or kind.st_size > LARGEST:
            raise ValueError(f"{path} is no plain file of at most {LARGEST >> 20} MB")
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ValueError(f"{path}: not UTF-8 text") from None


def _decoded(text: str, where: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except RecursionError:
        raise ValueError(f"{where}: nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key comes twice")
    return found


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")
