"""The files of a recording: sorted JSON Lines with a checked footer, and a journal that a crash cannot empty."""

import contextlib
import errno
import fcntl
import json
import os
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from synthworth.core import atomic
from synthworth.generation.recording.entries import (
    Entries,
    UnreadableRecording,
    broken,
    canonical,
    dumps,
    fault_of,
    loads,
    withheld,
)

BEGINNINGS = (b'{"key":"', b'{"server":"')  # of every line of a journal
ROOM = 4096  # bytes that have to fit before anything is asked for: a few answers


class UnwritableRecording(ValueError):
    """An answer that came, or would come, cannot be kept: the disk is full, say, or the folder may not be written."""


@dataclass(frozen=True, kw_only=True)
class Journal:
    """The content of a journal: answers by key, the servers that gave them, and strange lines with their faults.

    A line that a kill tore is none of these: that answer was in flight.
    """

    entries: Entries = field(default_factory=Entries)
    servers: frozenset[str] = frozenset()
    strange: tuple[tuple[str, bytes], ...] = ()


class Store:
    """Entries of one recording on disk: `FILE.jsonl`, and beside it `FILE.jsonl.partial` while it is written.

    If everything is recorded `again`, what is new stays apart in `FILE.jsonl.again.partial` until it is saved: a
    run that is cut short leaves the old answers to those who replay them. `old` holds the keys of these. `server` is
    written beside the answers that are appended. `faults` names the lines of the journal that hold no answer; they
    stay where they are.
    """

    def __init__(self, path: Path, *, again: bool = False, secrets: Mapping[str, str] | None = None) -> None:
        self.path = path
        self._secrets = dict(secrets or {})
        self.server = ""
        self._partial = path.with_name(path.name + ".partial")
        self._again = again and path.exists()  # else there is nothing old to be kept apart from
        self.journal = path.with_name(path.name + ".again.partial") if self._again else self._partial
        self._fresh: set[str] = set()
        self._seen: tuple[Any, ...] = ()
        self._entries: Entries | None = None
        self.refresh()

    @property
    def entries(self) -> Entries:
        """All entries, read from the files if they were put away."""
        if self._entries is None:
            self.refresh()
        assert self._entries is not None
        return self._entries

    def put_away(self) -> None:
        """Free the memory of the entries, which are on disk: who asks for one again has them read again."""
        self._entries = None

    def refresh(self) -> None:
        """Read the files anew if they are not as this process left them: another one may have added to them."""
        if self._seen == (seen := self._state()) and self._entries is not None:
            return
        self._seen = seen
        # The journal before the file: another process may be folding the one into the other.
        journal = read_journal(self.journal)
        stored, self.faults = self._stored()
        if self._again:
            self.faults += [fault for fault, _ in journal.strange]
        self.old = set()
        if self._again:
            self._fresh |= set(journal.entries)
            self.old = set(stored) - self._fresh
        self._entries = stored.joined(journal.entries, journal.servers)

    def append(self, entry: Mapping[str, Any], *, server: str = "") -> None:
        """Keep one new entry, on disk before this returns; raises UnwritableRecording if that fails.

        `server` has answered, else the one that all answers come from.

        Its text is left out if it looks like a secret. On disk as far as a killed process is concerned: what outlives a
        power cut is what `save` has synced.
        """
        entry = withheld(entry, {**os.environ, **self._secrets})
        lines = [canonical(entry)]
        server = server or self.server
        if server and server not in self.entries.servers:
            lines.insert(0, canonical({"server": server}))
        data = "".join(f"{line}\n" for line in lines).encode()
        with self._writing():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Not buffered: after a failure, a buffer would try again to write its rest.
            with atomic.folder_lock(self.path.parent), self.journal.open("ab+", buffering=0) as file:
                untouched = self._state() == self._seen
                if file.seek(0, os.SEEK_END):
                    file.seek(-1, os.SEEK_END)
                    if file.read(1) != b"\n":
                        data = b"\n" + data  # ends a line that a kill or a full disk tore: this one stays whole
                while data:
                    data = data[file.write(data) :]
                if untouched:
                    self._seen = self._state()
        if len(lines) > 1:
            self.entries.servers |= {server}
        self.entries[entry["key"]] = dict(entry)
        if self._again:
            self._fresh.add(entry["key"])
        self.old.discard(entry["key"])

    @contextlib.contextmanager
    def alone(self, on_wait: Callable[[], None] = lambda: None) -> Iterator[None]:
        """While open, no other process records the same; before, what others have recorded is read.

        `on_wait` is called if another process has to be waited for. Raises UnwritableRecording if nothing can be kept.
        """
        with self._writing():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            held = self._hold(on_wait)
        try:
            with self._writing():
                self._check_room()
            self.refresh()
            yield
        finally:
            with self._writing(), atomic.folder_lock(self.path.parent):
                if not os.fstat(held).st_size and _is_at(held, self.journal):
                    self.journal.unlink()
            os.close(held)

    def save(self) -> None:
        """Fold the journal into the sorted file, which is replaced in one step; without a journal, nothing.

        A journal that another process is recording into is left to that process.
        """
        if not self.journal.exists():
            return
        with self._writing():
            try:
                held = self._hold(None)
            except BlockingIOError:
                return
            try:
                with atomic.folder_lock(self.path.parent):
                    self._fold()
            finally:
                os.close(held)

    def prune(self, used: Container[str]) -> int:
        """Drop the entries whose keys are not in `used`; return how many that were."""
        with self._writing(), atomic.folder_lock(self.path.parent):
            stored, _ = self._stored(clean=True)
            self._entries = kept = stored.only(used)
            if len(kept) < len(stored):
                self._replace()
        return len(stored) - len(kept)

    def _hold(self, on_wait: Callable[[], None] | None) -> int:
        """An open journal that no other process holds; BlockingIOError, instead of waiting, without `on_wait`."""
        while True:
            held = os.open(self.journal, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
            try:
                try:
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    if on_wait is None:
                        raise
                    on_wait()
                    fcntl.flock(held, fcntl.LOCK_EX)
                if _is_at(held, self.journal):
                    return held
            except BaseException:
                os.close(held)
                raise
            os.close(held)  # the other process has saved, and removed this file: there is another one, or none

    def _check_room(self) -> None:
        trial = self.path.with_name(f".{self.path.name}.{os.getpid()}.trial")
        try:
            with trial.open("wb", buffering=0) as file:
                if file.write(bytes(ROOM)) < ROOM:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        finally:
            trial.unlink(missing_ok=True)

    def _fold(self) -> None:
        journal = read_journal(self.journal)
        if journal.entries:
            stored, _ = self._stored(clean=True)
            self._entries = stored.joined(self._without_secrets(journal.entries), journal.servers)
            self._replace()
        _leave(self.journal, journal)

    def _replace(self) -> None:
        journal = read_journal(self._partial)
        atomic.replace(self.path, dumps(self.entries))
        _leave(self._partial, journal)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            remedy = "make room" if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) else "allow writing there"
            raise UnwritableRecording(
                f"cannot write recording {self.path}: {error.strerror or error}; what was written before is whole, "
                f"{remedy} and run the same command again"
            ) from None

    def _stored(self, *, clean: bool = False) -> tuple[Entries, list[str]]:
        """The entries of file and journal, without secrets if they are to be saved, and the faults of the journal."""
        journal = read_journal(self._partial)
        entries = self._without_secrets(journal.entries) if clean else journal.entries
        return read_saved(self.path).joined(entries, journal.servers), [fault for fault, _ in journal.strange]

    def _without_secrets(self, entries: Entries) -> Entries:
        known, clean = {**os.environ, **self._secrets}, Entries()
        for key, entry in entries.items():
            clean[key] = withheld(entry, known)
        return clean

    def _state(self) -> tuple[Any, ...]:
        """A value that changes when another process writes to the files."""
        state: list[Any] = []
        for path in (self.path, self._partial, self.journal):
            with contextlib.suppress(OSError):
                there = path.stat()
                state.append((path, there.st_ino, there.st_size, there.st_mtime_ns))
        return (*state, len(state))


def read_saved(path: Path) -> Entries:
    """The entries of a saved file, none if it is not there; raises UnreadableRecording if it is damaged."""
    if not path.exists():
        return Entries(path=path)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return loads(file.read(), path)
    except UnicodeDecodeError:
        raise UnreadableRecording(broken(path, "it is not UTF-8 text")) from None
    except OSError as error:
        raise UnreadableRecording(f"cannot read recording {path}: {error.strerror or error}") from None


def read_journal(path: Path) -> Journal:
    """The content of a journal, read line by line; nothing if there is none."""
    entries = Entries(path=path)
    servers: set[str] = set()
    strange: list[tuple[str, bytes]] = []
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):  # at "\n" alone
                line = line.removesuffix(b"\n").removesuffix(b"\r")
                if not line:
                    continue
                value, fault = _read_line(line)
                if isinstance(value, dict) and set(value) == {"server"} and isinstance(value["server"], str):
                    servers.add(value["server"])
                elif fault:
                    strange.append((f"{path}, line {number} {fault}; it is left there: correct or delete it", line))
                elif value is not None:
                    entries[value["key"]] = value
    except (FileNotFoundError, NotADirectoryError):
        return Journal()
    except OSError as error:
        raise UnreadableRecording(f"cannot read recording {path}: {error.strerror or error}") from None
    return Journal(entries=entries, servers=frozenset(servers), strange=tuple(strange))


def _read_line(line: bytes) -> tuple[Any, str]:
    """The value of a line of a journal, and why it is no answer; neither for the line that a kill tore."""
    try:
        value = json.loads(line)
    except RecursionError:
        return None, "is nested too deeply"
    except ValueError:
        torn = any(line.startswith(begin) or begin.startswith(line) for begin in BEGINNINGS)
        return None, "" if torn else "is no JSON object"
    return value, fault_of(value)


def _leave(path: Path, journal: Journal) -> None:
    """Remove a journal that was folded, but for the lines that could not be."""
    if journal.strange:
        atomic.replace(path, b"".join(line + b"\n" for _, line in journal.strange))
    else:
        path.unlink(missing_ok=True)


def _is_at(opened: int, path: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        there, here = path.stat(), os.fstat(opened)
        return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)
    return False
