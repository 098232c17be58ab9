"""The file of a recording: sorted JSON Lines with a checked footer, and a journal that a crash cannot empty."""

import contextlib
import hashlib
import json
import os
from collections.abc import Container, Iterator, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any

from synthworth.core import atomic
from synthworth.core.completion import Request
from synthworth.generation.recording.secrets import find_secret

KEY_VERSION = 1
ENDPOINT = ("POST", "/chat/completions")
FINISHED = "stop"  # the finish reason of an answer that came to its end; not stored, since nearly all do
REQUEST_FIELDS = (
    "model",
    "temperature",
    "top_p",
    "max_tokens",
    "max_completion_tokens",
    "frequency_penalty",
    "presence_penalty",
    "seed",
    "stop",
)


class UnreadableRecording(ValueError):
    """A recording is there and is not what was saved: never taken for an empty one."""


class UnwritableRecording(ValueError):
    """An answer that came cannot be kept: the disk is full, say, or the answer holds a secret."""


def key(method: str, path: str, body: Mapping[str, Any], sample: int) -> str:
    """The sha256 that finds an answer again: of everything that changes it, and of nothing else.

    The path counts from `/chat/completions` on, so that neither host nor base path matters.
    """
    endpoint = "/" + "/".join(path.strip("/").split("/")[-2:])
    parts = [KEY_VERSION, method.upper(), endpoint, body, sample]
    return hashlib.sha256(_canonical(parts).encode()).hexdigest()


def entry(
    body: Mapping[str, Any],
    request: Request,
    answer: Mapping[str, Any],
    *,
    retries: int = 0,
    omitted: Sequence[str] = (),
) -> dict[str, Any]:
    """What is stored of one interaction: an allow-list of the request, its parts by hash, and the answer's text.

    `body` is what was asked for, and gives the key; `omitted` names what the server did not take and was not sent.
    """
    asked = {name: body[name] for name in REQUEST_FIELDS if name in body}
    asked |= {"label": request.label, "parts": dict(request.parts)}
    if request.demonstrations:
        asked["demonstrations"] = dict(request.demonstrations)
    found = {"key": key(*ENDPOINT, body, request.sample), "sample": request.sample, "request": asked}
    sent = {name: value for name, value in (("retries", retries), ("omitted", sorted(omitted))) if value}
    return {**found, **sent, "response": response_of(answer, body.get("model"))}


def response_of(answer: Mapping[str, Any], asked: str | None) -> dict[str, Any]:
    """What is stored of an answer in OpenAI's form; its model only where it is not the one `asked` for."""
    choice, usage, model = answer["choices"][0], answer.get("usage") or {}, _writable(str(answer.get("model") or ""))
    reason = _writable(str(choice.get("finish_reason") or ""))
    return {
        "text": _writable(choice["message"].get("content") or ""),
        "tokens": [int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0)],
        **({"finish_reason": reason} if reason != FINISHED else {}),
        **({"model": model} if model != asked else {}),  # many servers name a version
    }


class Entries(MutableMapping[str, dict[str, Any]]):
    """Entries by key, each kept as its line of JSON and read when it is asked for.

    A line is one object; read, it is twenty, and the garbage collector walks over those of all entries many times
    while they are loaded, which makes a large recording cost more an entry than a small one.
    """

    def __init__(self, lines: Mapping[str, str] | None = None, path: Path | str = "recording") -> None:
        self._lines = dict(lines or {})
        self._path = path

    def __getitem__(self, key: str) -> dict[str, Any]:
        return _decoded(self._lines[key], self._path)

    def __setitem__(self, key: str, entry: Mapping[str, Any]) -> None:
        self._lines[key] = _canonical(entry)

    def __delitem__(self, key: str) -> None:
        del self._lines[key]

    def __contains__(self, key: object) -> bool:
        return key in self._lines

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def only(self, kept: Container[str]) -> "Entries":
        """Those whose keys are in `kept`."""
        return Entries({key: line for key, line in self._lines.items() if key in kept}, self._path)

    def lines(self) -> list[str]:
        """The lines, sorted by key."""
        return [self._lines[key] for key in sorted(self._lines)]


def loads(text: str, path: Path | str = "recording") -> Entries:
    """The entries of a saved recording; UnreadableRecording where lines, count or hash do not fit."""
    # Not splitlines: an answer may hold U+2028 or U+0085, which JSON leaves as they are.
    lines = text.removesuffix("\n").split("\n")
    try:
        footer = json.loads(lines[-1])
        count, sha256 = footer["count"], footer["sha256"]
    except (IndexError, ValueError, KeyError, TypeError):
        raise UnreadableRecording(_broken(path, "its footer is missing")) from None
    if count != len(lines) - 1:
        raise UnreadableRecording(_broken(path, f"it has {len(lines) - 1} answers and its footer says {count}"))
    if sha256 != _hash_of(lines[:-1]):
        raise UnreadableRecording(_broken(path, "its lines do not have the hash in its footer"))
    found = Entries({_key_of(line, path): line for line in lines[:-1]}, path)
    if len(found) < count:
        raise UnreadableRecording(_broken(path, f"two of its {count} answers have one key"))
    return found


def dumps(entries: Mapping[str, Mapping[str, Any]]) -> str:
    """The recording as text: one line an entry, sorted by key, and the footer."""
    lines = entries.lines() if isinstance(entries, Entries) else [_canonical(entries[k]) for k in sorted(entries)]
    return "".join(line + "\n" for line in [*lines, _canonical({"count": len(lines), "sha256": _hash_of(lines)})])


class Store:
    """Entries of one recording on disk: `FILE.jsonl`, and beside it `FILE.jsonl.partial` while it is written.

    Where everything is recorded `again`, what is new stays apart in `FILE.jsonl.again.partial` until it is saved: a
    run that is cut short leaves the old answers to those who replay them. `old` holds the keys of these.
    """

    def __init__(self, path: Path, *, again: bool = False) -> None:
        self.path = path
        self._partial = path.with_name(path.name + ".partial")
        again = again and path.exists()  # else there is nothing old to be kept apart from
        self.journal = path.with_name(path.name + ".again.partial") if again else self._partial
        # The journal before the file: another process may be folding the one into the other.
        journal = _read_journal(self.journal)
        self.old = (set(self._found()) if again else set()) - set(journal)
        self.entries = self._found()
        self.entries.update(journal)

    def append(self, entry: Mapping[str, Any]) -> None:
        """Keeps one new entry, on disk before this returns; UnwritableRecording where that fails.

        On disk as far as a killed process is concerned: what outlives a power cut is what `save` has synced.
        """
        line = _canonical(entry).encode() + b"\n"
        self._refuse_secrets(line.decode())
        with self._writing():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Not buffered: after a failure, a buffer would try once more to write its rest.
            with atomic.locked(self.path.parent), self.journal.open("ab+", buffering=0) as file:
                if file.seek(0, os.SEEK_END):
                    file.seek(-1, os.SEEK_END)
                    if file.read(1) != b"\n":
                        line = b"\n" + line  # ends a line that a kill or a full disk tore: this one stays whole
                while line:
                    line = line[file.write(line) :]
        self.entries[entry["key"]] = dict(entry)

    def save(self) -> None:
        """Folds the journal into the sorted file, which is replaced in one step; without a journal, nothing."""
        if not self.journal.exists():
            return
        with self._writing(), atomic.locked(self.path.parent):
            self.entries = self._found()
            self.entries.update(_read_journal(self.journal))
            self._replace()
            self.journal.unlink(missing_ok=True)

    def prune(self, used: Container[str]) -> int:
        """Drops the entries whose keys are not in `used`; how many that were."""
        with self._writing(), atomic.locked(self.path.parent):
            found = self._found()
            self.entries = found.only(used)
            if len(self.entries) < len(found):
                self._replace()
        return len(found) - len(self.entries)

    def _replace(self) -> None:
        text = dumps(self.entries)
        self._refuse_secrets(text)
        atomic.replace(self.path, text)
        self._partial.unlink(missing_ok=True)

    def _refuse_secrets(self, text: str) -> None:
        if secret := find_secret(text, os.environ):
            raise UnwritableRecording(
                f"an answer for recording {self.path} holds {secret} and was not written; "
                "take it out of the prompt or the environment, or record from another server"
            )

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UnwritableRecording(
                f"cannot write recording {self.path}: {error.strerror or error}; what was written before is whole, "
                "make room and run the same command again"
            ) from None

    def _found(self) -> Entries:
        journal = _read_journal(self._partial)
        found = self._read(self.path)
        found.update(journal)
        return found

    @staticmethod
    def _read(path: Path) -> Entries:
        if not path.exists():
            return Entries(path=path)
        try:
            return loads(path.read_text(encoding="utf-8"), path)
        except UnicodeDecodeError:
            raise UnreadableRecording(_broken(path, "it is not UTF-8 text")) from None
        except OSError as error:
            raise UnreadableRecording(f"cannot read recording {path}: {error.strerror or error}") from None


def _read_journal(path: Path) -> dict[str, dict[str, Any]]:
    entries: dict[str, dict[str, Any]] = {}
    data = b""
    with contextlib.suppress(FileNotFoundError):
        data = path.read_bytes()
    for line in data.split(b"\n"):
        # A kill in the middle of a write tears the line being written: that answer was in flight.
        with contextlib.suppress(ValueError, KeyError, TypeError):
            torn_or_whole = json.loads(line)
            entries[torn_or_whole["key"]] = torn_or_whole
    return entries


def _key_of(line: str, path: Path | str) -> str:
    """The key of a saved line, where it stands first; of a line that another hand has written, by reading it."""
    begin, quote, rest = line.partition('{"key":"')
    if quote and not begin:
        return rest.partition('"')[0]
    key = _decoded(line, path).get("key")
    if not isinstance(key, str):
        raise UnreadableRecording(_broken(path, "one of its lines has no key"))
    return key


def _decoded(line: str, path: Path | str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise UnreadableRecording(_broken(path, "one of its lines is no JSON object"))
    return found


def _writable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _hash_of(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _broken(path: Path | str, what: str) -> str:
    return f"recording {path} is damaged: {what}; restore it from version control, or delete it and record again"
