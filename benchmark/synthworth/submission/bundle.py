"""The files of a bundle: their contents, how they are written, and how a stranger's are read.

declaration.json              who made what, with which generator, and the parameters as they were sent
texts/TASK.SEED.jsonl         the training set of one generation seed: texts, labels, keys of their answers
recordings/TASK.jsonl         the recorded answers of the generator, as `synthworth.generation.recording` keeps them
results.jsonl                 scores, with predictions
usage.json                    requests and tokens by task
versions.json                 versions of the code, the suites and the libraries
manifest.json                 size and sha256 of each of the others
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from synthworth.core import Result, current, decode, fits, lines, record_of, shown, to_line
from synthworth.generation.recording import Usage, loads
from synthworth.submission.contents import BundleText, BundleVersions, Declaration, RecordedAnswer, RecordedResponse
from synthworth.submission.folder import MANIFEST, RECORDING, SINGLE, TEXTS, Files

DECLARATION, RESULTS, USAGE, VERSIONS = SINGLE

Contents = TypeVar("Contents")


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """The contents of a bundle."""

    declaration: Declaration
    texts: Mapping[tuple[str, int], Sequence[BundleText]]
    """Training sets by task and generation seed."""
    recordings: Mapping[str, Mapping[str, RecordedAnswer]]
    """Recorded answers by task, then key."""
    usage: Mapping[str, Usage]
    """Requests and tokens by task."""
    results: Sequence[Result]
    versions: BundleVersions

    @property
    def tasks(self) -> list[str]:
        """Names of the tasks with texts, sorted."""
        return sorted({task for task, _ in self.texts})


def to_files(bundle: Bundle, recordings: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files of a bundle by name, with their manifest; `recordings` are copied as they are, by task."""
    files = {
        DECLARATION: _json(asdict(bundle.declaration)),
        USAGE: _json({task: asdict(usage) for task, usage in bundle.usage.items()}),
        VERSIONS: _json(asdict(bundle.versions)),
        RESULTS: "".join(to_line(result) + "\n" for result in sorted(bundle.results, key=lambda r: r.key)).encode(),
        **{f"recordings/{task}.jsonl": content for task, content in recordings.items()},
    }
    for (task, seed), texts in bundle.texts.items():
        files[f"texts/{task}.{seed}.jsonl"] = "".join(map(_text_line, texts)).encode()
    return files | {MANIFEST: manifest_of(files)}


def manifest_of(files: Files) -> bytes:
    """Return the manifest of these files: the size and sha256 of each."""
    return _json({name: _stamp(files[name]) for name in sorted(files) if name != MANIFEST})


def digest(files: Files) -> str:
    """Return the sha256 of the manifest, which stands for the whole bundle."""
    return hashlib.sha256(files[MANIFEST]).hexdigest()


def manifest_problems(files: Files) -> list[str]:
    """Return a line for each file that does not match the manifest; raises ValueError if the manifest is unreadable."""
    listed = decode(_text(files, MANIFEST), MANIFEST)
    if not fits(listed, Mapping[str, Mapping[str, int | str]]):
        raise ValueError(f"{MANIFEST}: not an object of files, each with its bytes and sha256")
    here = {name: _stamp(content) for name, content in files.items() if name != MANIFEST}
    problems = [f"{shown(name)} is in the manifest and not in the bundle" for name in listed if name not in here]
    problems += [f"{name} is in the bundle and not in the manifest" for name in here if name not in listed]
    problems += [
        f"{name} is not what the manifest says: it has {stamp['bytes']:,} bytes with the sha256 {stamp['sha256']}"
        for name, stamp in here.items()
        if name in listed and listed[name] != stamp
    ]
    return problems


def read(files: Files) -> Bundle:
    """Read a bundle from its files; raises ValueError, in one line with file and line number, for invalid contents."""
    for name in SINGLE:
        if name not in files:
            raise ValueError(f"{name} is missing; the bundle is incomplete")
    usage = decode(_text(files, USAGE), USAGE)
    if not isinstance(usage, dict):
        raise ValueError(f"{USAGE}: {shown(usage)}; expected an object of tasks")
    return Bundle(
        declaration=_object(Declaration, files, DECLARATION),
        texts={
            (match[1], int(match[2])): _objects(BundleText, files, name)
            for name in files
            if (match := TEXTS.fullmatch(name))
        },
        recordings={
            match[1]: read_answers(_text(files, name), name) for name in files if (match := RECORDING.fullmatch(name))
        },
        usage={task: record_of(Usage, row, f"{USAGE}, {shown(task)}", older="") for task, row in usage.items()},
        results=[_result(row, at) for at, row in lines(_text(files, RESULTS), RESULTS)],
        versions=_object(BundleVersions, files, VERSIONS),
    )


def read_answers(text: str, where: str) -> dict[str, RecordedAnswer]:
    """Return the answers of a recording by key.

    Raises ValueError if this is not a recording, or its footer does not match.
    """
    rows = list(lines(text, where))
    loads(text, where)  # checks the footer
    answers = {}
    for at, row in rows[:-1]:
        if not isinstance(row, dict):
            raise ValueError(f"{at}: {shown(row)}; expected an object")
        answer = row | {"response": record_of(RecordedResponse, row.get("response"), f"{at}, response", older="")}
        answers[str(row.get("key"))] = record_of(RecordedAnswer, answer, at, older="")
    return answers


def _object(kind: type[Contents], files: Files, name: str) -> Contents:
    return record_of(kind, decode(_text(files, name), name), name, older="")


def _objects(kind: type[Contents], files: Files, name: str) -> list[Contents]:
    return [record_of(kind, row, at, older="") for at, row in lines(_text(files, name), name)]


def _result(row: Any, at: str) -> Result:
    try:
        newest = current(row)
    except ValueError as error:
        raise ValueError(f"{at}: {error}") from None
    return record_of(Result, newest, at, older="")


def _text(files: Files, name: str) -> str:
    try:
        return files[name].decode()
    except UnicodeDecodeError:
        raise ValueError(f"{name}: not UTF-8 text") from None


def _stamp(content: bytes) -> dict[str, int | str]:
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _text_line(text: BundleText) -> str:
    # Without weights, the line that older versions read.
    return _line({name: value for name, value in asdict(text).items() if name != "weight" or value != 1})


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"
