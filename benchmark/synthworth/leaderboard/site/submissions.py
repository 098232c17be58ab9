"""The bundles of submissions, each with the state from a verification of this very bundle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthworth.core import STATES, Entry, Result, from_mapping, untrusted_json
from synthworth.submission import MANIFEST, BundleText, Files, bundle, load

MARKS = (MANIFEST, bundle.DECLARATION)  # of a bundle, whole or not
VERIFICATION = ".verification.json"  # beside NAME/, as NAME.verification.json: a stranger's bundle cannot hold it


@dataclass(frozen=True, kw_only=True)
class SubmittedEntry:
    """One bundle of a submission."""

    entry: Entry
    """Its declaration, with the state and flags of its verification."""
    results: Sequence[Result]
    """Its results; those of the verifier if it was verified."""
    texts: Mapping[tuple[str, int], Sequence[BundleText]]
    """Its training texts, by task and generation seed."""


def read(folder: Path) -> list[SubmittedEntry]:
    """Read the bundles in the folders of a folder, by name. Raises ValueError, in one line, if one cannot be read.

    A bundle's own words about its state count for nothing, and a verification counts for its own bundle alone.
    """
    if not folder.is_dir():
        raise ValueError(f"no folder {folder}; name the one that holds the submissions' folders")
    return [_submission(path) for path in sorted(folder.iterdir()) if any((path / n).exists() for n in MARKS)]


def _submission(folder: Path) -> SubmittedEntry:
    try:
        files = load(folder)
        content = bundle.read(files)
        problems = bundle.manifest_problems(files)
    except ValueError as error:
        raise ValueError(f"{folder}: {error}") from None
    if problems:
        raise ValueError(f"{folder}: {problems[0]}; fetch it again")
    verified = _verification(folder.with_name(folder.name + VERIFICATION), files)
    entry = content.declaration.entry(**{name: verified[name] for name in ("state", "flags") if name in verified})
    if not content.results:
        raise ValueError(f"{folder}: {bundle.RESULTS} holds no result")
    for result in content.results:
        if (result.method, result.generator) != (entry.method, entry.generator):
            raise ValueError(
                f"{folder}: {bundle.RESULTS} has a result of {result.method!r} by {result.generator!r}; "
                f"{entry.name!r} declares {entry.method!r} by {entry.generator!r}"
            )
    return SubmittedEntry(entry=entry, results=verified.get("results") or content.results, texts=content.texts)


def _verification(path: Path, files: Files) -> dict[str, Any]:
    """Return the state, the flags and the verifier's own results for these files; {} if nobody has verified them.

    Raises ValueError if the report is damaged, or belongs to another bundle.
    """
    if not path.exists():
        return {}
    report = untrusted_json.decode(path.read_text(encoding="utf-8"), str(path))
    if not isinstance(report, dict) or not isinstance(report.get("entry"), dict | None):
        raise ValueError(f"{path} is not a verification report; write one with: synthworth verify --json")
    if report.get("manifest") != bundle.digest(files):
        raise ValueError(f"{path} belongs to another bundle; verify this one: synthworth verify --json {path}")
    parts = {name: report["entry"][name] for name in ("state", "flags") if name in (report["entry"] or {})}
    if parts.get("state") in (None, STATES[0]):
        return parts
    # A verified score is the one that the verifier's training gave, never the bundle's own.
    if not isinstance(report.get("results"), list) or not report["results"]:
        raise ValueError(f"{path} holds no results of the verifier; verify again: synthworth verify --json {path}")
    return parts | {"results": [from_mapping(values) for values in report["results"]]}
