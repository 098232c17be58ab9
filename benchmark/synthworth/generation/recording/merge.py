"""Recordings of two branches, or a file with both sides of a conflict, as one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from synthworth.core import atomic
from synthworth.generation.recording.entries import Entries, UnreadableRecording, dumps, salvaged
from synthworth.generation.recording.store import read_journal, read_saved

JOURNALS = (".partial", ".again.partial")


@dataclass(frozen=True, kw_only=True)
class Merged:
    """A recording made of others, and how many answers two of them give differently: those of the first are kept."""

    entries: Entries
    differing: int


def merge(paths: Sequence[Path], base: Path | None = None) -> Merged:
    """All answers of these files, which may hold conflict markers or the footers of other versions.

    With `base`, their common ancestor, an answer that one side has removed or recorded again is removed or new in the
    result too. Raises UnreadableRecording, with its place, for a line that is no answer.
    """
    before = Entries() if base is None else _read(base)[0]
    merged, differing = _read(paths[0])
    for path in paths[1:]:
        others, conflicts = _read(path)
        differing += conflicts
        lines: dict[str, str] = {}
        for key in {**dict.fromkeys(merged), **dict.fromkeys(others)}:
            mine, theirs, old = (side.line(key) if key in side else None for side in (merged, others, before))
            line = theirs if mine == old else mine
            differing += mine is not None and theirs is not None and mine != theirs and old not in (mine, theirs)
            if line is not None:
                lines[key] = line
        merged = Entries(lines, paths[0], merged.servers | others.servers)
    return Merged(entries=merged, differing=differing)


def write(merged: Merged, path: Path) -> None:
    """Write the recording in one step."""
    atomic.replace(path, dumps(merged.entries))


def check(path: Path) -> list[str]:
    """The faults of a recording and of the journals beside it, one line for each; none if it is whole."""
    faults = []
    try:
        entries = read_saved(path)
        for key in entries:
            entries[key]
        if path.exists() and path.read_bytes().replace(b"\r\n", b"\n") != dumps(entries).encode():
            faults.append(f"recording {path} is not sorted as synthworth writes it; rewrite it with: {rewrite(path)}")
    except UnreadableRecording as error:
        faults.append(str(error))
    for ending in JOURNALS:
        try:
            faults += [fault for fault, _ in read_journal(path.with_name(path.name + ending)).strange]
        except UnreadableRecording as error:
            faults.append(str(error))
    return faults


def rewrite(path: Path) -> str:
    """The command that writes a recording anew."""
    return f"synthworth recordings merge {path}"


def recordings_in(paths: Iterable[Path]) -> list[Path]:
    """The recordings among files and folders, also if there is a journal only; raises ValueError for a missing path."""
    recordings: set[Path] = set()
    for path in paths:
        if path.is_dir():
            recordings.update(path.rglob("*.jsonl"))
            for ending in JOURNALS:
                recordings.update(
                    file.with_name(file.name.removesuffix(ending)) for file in path.rglob(f"*.jsonl{ending}")
                )
        elif path.exists():
            recordings.add(path)
        else:
            raise ValueError(f"no recording {path}; give files, or folders such as cassettes")
    return sorted(recordings)


def _read(path: Path) -> tuple[Entries, int]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            text = file.read()
    except UnicodeDecodeError:
        raise UnreadableRecording(f"recording {path} is not UTF-8 text; restore it from version control") from None
    except OSError as error:
        raise UnreadableRecording(f"cannot read recording {path}: {error.strerror or error}") from None
    return salvaged(text, path)
