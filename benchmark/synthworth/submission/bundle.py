"""The files of a bundle: what each holds, how they are written, and how they are read from a stranger.

declaration.json              who made what, with which generator, and the parameters as they were sent
texts/TASK.SEED.jsonl         a training set, of one generation seed: texts, labels, keys of their answers
recordings/TASK.jsonl         the recorded answers of the generator, as `synthworth.generation.recording` keeps them
results.jsonl                 what was measured, with predictions
usage.json                    requests and tokens by task
versions.json                 of the code, the suites, the libraries
manifest.json                 size and sha256 of each of the others
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from synthworth.core.result import Result, current, to_line
from synthworth.generation.recording import Usage
from synthworth.generation.recording.entries import loads
from synthworth.submission.contents import BundleText, BundleVersions, Declaration, RecordedAnswer, RecordedResponse
from synthworth.submission.folder import MANIFEST, RECORDING, SINGLE, TEXTS, Files
from synthworth.submission.untrusted_json import decode, fits, lines, record, shown

DECLARATION, RESULTS, USAGE, VERSIONS = SINGLE


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """All that a bundle holds; texts by task and generation seed."""

    declaration: Declaration
    texts: Mapping[tuple[str, int], Sequence[BundleText]]
    recordings: Mapping[str, Mapping[str, RecordedAnswer]]
    usage: Mapping[str, Usage]
    results: Sequence[Result]
    versions: BundleVersions

    @property
    def tasks(self) -> list[str]:
        """The names of the tasks that it has texts of."""
        return sorted({task for task, _ in self.texts})


def dumped(bundle: Bundle, recordings: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of a bundle by name, the manifest among them; `recordings` as they are, by task."""
    files = {
        DECLARATION: _json(asdict(bundle.declaration)),
        USAGE: _json({task: asdict(usage) for task, usage in bundle.usage.items()}),
        VERSIONS: _json(asdict(bundle.versions)),
        RESULTS: "".join(to_line(result) + "\n" for result in sorted(bundle.results, key=lambda r: r.key)).encode(),
        **{f"recordings/{task}.jsonl": content for task, content in recordings.items()},
    }
    for (task, seed), texts in bundle.texts.items():
        files[f"texts/{task}.{seed}.jsonl"] = "".join(_line(asdict(text)) for text in texts).encode()
    return files | {MANIFEST: manifest_of(files)}


def manifest_of(files: Files) -> bytes:
    """The manifest of these files: of each its size and its sha256."""
    return _json({name: _stamp(files[name]) for name in sorted(files) if name != MANIFEST})


def digest(files: Files) -> str:
    """The sha256 of the manifest, which stands for all that is in the bundle."""
    return hashlib.sha256(files[MANIFEST]).hexdigest()


def altered(files: Files) -> list[str]:
    """What does not fit the manifest, one line each; ValueError where that cannot be read."""
    listed = decode(_text(files, MANIFEST), MANIFEST)
    if not fits(listed, Mapping[str, Mapping[str, int | str]]):
        raise ValueError(f"{MANIFEST}: not an object of files, each with its bytes and sha256")
    here = {name: _stamp(content) for name, content in files.items() if name != MANIFEST}
    found = [f"{shown(name)} is in the manifest and not in the bundle" for name in listed if name not in here]
    found += [f"{name} is in the bundle and not in the manifest" for name in here if name not in listed]
    found += [
        f"{name} is not what the manifest says: it has {stamp['bytes']:,} bytes with the sha256 {stamp['sha256']}"
        for name, stamp in here.items()
        if name in listed and listed[name] != stamp
    ]
    return found


def read(files: Files) -> Bundle:
    """What the files hold; ValueError, in one line that names file and line, where one is not what it must be."""
    for name in SINGLE:
        if name not in files:
            raise ValueError(f"{name} is missing; the bundle is not whole")
    usage = decode(_text(files, USAGE), USAGE)
    if not isinstance(usage, dict):
        raise ValueError(f"{USAGE}: {shown(usage)}, where an object of tasks belongs")
    return Bundle(
        declaration=record(Declaration, decode(_text(files, DECLARATION), DECLARATION), DECLARATION),
        texts={
            (found[1], int(found[2])): [record(BundleText, row, at) for at, row in _lines(files, name)]
            for name in files
            if (found := TEXTS.fullmatch(name))
        },
        recordings={
            found[1]: recorded(_text(files, name), name) for name in files if (found := RECORDING.fullmatch(name))
        },
        usage={task: record(Usage, row, f"{USAGE}, {shown(task)}") for task, row in usage.items()},
        results=[_result(row, at) for at, row in _lines(files, RESULTS)],
        versions=record(BundleVersions, decode(_text(files, VERSIONS), VERSIONS), VERSIONS),
    )


def recorded(text: str, where: str) -> dict[str, RecordedAnswer]:
    """The answers of a recording by key; ValueError where it is none, or does not fit its footer."""
    rows = list(lines(text, where))
    loads(text, where)  # judges the footer
    found = {}
    for at, row in rows[:-1]:
        if not isinstance(row, dict):
            raise ValueError(f"{at}: {shown(row)}, where an object belongs")
        answer = row | {"response": record(RecordedResponse, row.get("response"), f"{at}, response")}
        found[str(row.get("key"))] = record(RecordedAnswer, answer, at)
    return found


def _result(row: Any, at: str) -> Result:
    try:
        newest = current(row)
    except ValueError as error:
        raise ValueError(f"{at}: {error}") from None
    return record(Result, newest, at)


def _text(files: Files, name: str) -> str:
    try:
        return files[name].decode()
    except UnicodeDecodeError:
        raise ValueError(f"{name}: not UTF-8 text") from None


def _lines(files: Files, name: str) -> Iterator[tuple[str, Any]]:
    return lines(_text(files, name), name)


def _stamp(content: bytes) -> dict[str, int | str]:
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"
