"""The file of a recording: sorted JSON Lines with a checked footer, and a journal that a crash cannot empty."""

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

KEY_VERSION = 1
HASHED = 12
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


def key(method: str, path: str, body: Mapping[str, Any], sample: int) -> str:
    """The sha256 that finds an answer again: of everything that changes it, and of nothing else.

    The path counts from `/chat/completions` on, so that neither host nor base path matters.
    """
    endpoint = "/" + "/".join(path.strip("/").split("/")[-2:])
    parts = [KEY_VERSION, method.upper(), endpoint, body, sample]
    return hashlib.sha256(_canonical(parts).encode()).hexdigest()


def entry(key: str, body: Mapping[str, Any], sample: int, answer: Mapping[str, Any]) -> dict[str, Any]:
    """What is stored of one interaction: an allow-list of the request, messages by hash, and the answer's text."""
    request = {name: body[name] for name in REQUEST_FIELDS if name in body}
    request["messages"] = [[m["role"], _short_hash(m["content"])] for m in body["messages"]]
    choice = answer["choices"][0]
    usage = answer.get("usage") or {}
    return {
        "key": key,
        "sample": sample,
        "request": request,
        "response": {
            "text": choice["message"].get("content") or "",
            "finish_reason": choice.get("finish_reason") or "",
            "model": str(answer.get("model", "")),
            "prompt_tokens": int(usage.get("prompt_tokens") or 0),
            "completion_tokens": int(usage.get("completion_tokens") or 0),
        },
    }


def loads(text: str, path: Path | str = "recording") -> dict[str, dict[str, Any]]:
    """The entries of a saved recording by key; UnreadableRecording where lines, count or hash do not fit."""
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
    entries = [json.loads(line) for line in lines[:-1]]
    return {e["key"]: e for e in entries}


def dumps(entries: Mapping[str, Mapping[str, Any]]) -> str:
    """The recording as text: one line an entry, sorted by key, and the footer."""
    lines = [_canonical(entries[k]) for k in sorted(entries)]
    return "".join(line + "\n" for line in [*lines, _canonical({"count": len(lines), "sha256": _hash_of(lines)})])


class Store:
    """Entries of one recording on disk: `FILE.jsonl`, and beside it `FILE.jsonl.partial` while it is written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.journal = path.with_name(path.name + ".partial")
        self.entries = self._read()

    def append(self, entry: Mapping[str, Any]) -> None:
        """Keeps one new entry, on disk before this returns."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._locked(), self.journal.open("ab+") as file:
            if file.tell():
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":
                    file.write(b"\n")  # ends a line that a kill tore, so that this one stays whole
            file.write(_canonical(entry).encode() + b"\n")
            file.flush()
            os.fdatasync(file.fileno())
        self.entries[entry["key"]] = dict(entry)

    def save(self) -> None:
        """Folds the journal into the sorted file, which is replaced in one step; without a journal, nothing."""
        if not self.journal.exists():
            return
        with self._locked():
            self.entries = self._read()
            temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}")
            try:
                with temporary.open("w", encoding="utf-8") as file:
                    file.write(dumps(self.entries))
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(self.path)
            finally:
                temporary.unlink(missing_ok=True)
            self.journal.unlink(missing_ok=True)

    def _read(self) -> dict[str, dict[str, Any]]:
        entries: dict[str, dict[str, Any]] = {}
        if self.path.exists():
            try:
                entries = loads(self.path.read_text(encoding="utf-8"), self.path)
            except UnicodeDecodeError:
                raise UnreadableRecording(_broken(self.path, "it is not UTF-8 text")) from None
        if self.journal.exists():
            for line in self.journal.read_bytes().split(b"\n"):
                # A kill in the middle of a write tears the line being written: that answer was in flight.
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    torn_or_whole = json.loads(line)
                    entries[torn_or_whole["key"]] = torn_or_whole
        return entries

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:HASHED]


def _hash_of(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _broken(path: Path | str, what: str) -> str:
    return f"recording {path} is damaged: {what}; restore it from version control, or delete it and record again"
