"""Recorded answers of a generator: found by content and sample index, replayed without a network, kept at once."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmark.completion import Completion
from benchmark.recording.store import Store, UnreadableRecording, key

MODES = ("none", "missing", "all")
ENDPOINT = ("POST", "/chat/completions")

__all__ = ["MODES", "MissingAnswers", "Recording", "UnreadableRecording", "path_of"]


class MissingAnswers(ValueError):
    """A run that may not record needs answers that are not in the recording."""


def path_of(folder: Path, generator: str, task: str, method: str) -> Path:
    """Where the recording lies: `FOLDER/GENERATOR/TASK/METHOD.jsonl`, the generator's name made fit for a file."""
    name = "".join(c if c.isalnum() or c in "-._" else "_" for c in generator)
    return folder / name / task / f"{method}.jsonl"


class Recording:
    """The recorded answers of one generator to one task and method, and whether new ones may be asked for.

    `mode` none: only replay. missing: what is not there may be recorded. all: whatever this run needs is
    recorded anew, once. UnreadableRecording where the file is damaged.
    """

    def __init__(self, path: Path, mode: str = "none") -> None:
        if mode not in MODES:
            raise ValueError(f"unknown record mode {mode!r}; modes: {', '.join(MODES)}")
        self.path = path
        self.mode = mode
        self._store = Store(path)
        self._stale = set(self._store.entries) if mode == "all" else set()

    def __len__(self) -> int:
        return len(self._store.entries)

    def find(self, body: Mapping[str, Any], sample: int) -> Completion | None:
        """The recorded answer to this body and sample, or None."""
        wanted = key(*ENDPOINT, body, sample)
        entry = None if wanted in self._stale else self._store.entries.get(wanted)
        if entry is None:
            return None
        answer = entry["response"]
        return Completion(
            text=answer["text"],
            finish_reason=answer["finish_reason"],
            prompt_tokens=answer["prompt_tokens"],
            completion_tokens=answer["completion_tokens"],
        )

    @contextlib.contextmanager
    def recording(self) -> Iterator[None]:
        """While open, what the process sends over HTTP is recorded; at the end the file is complete and sorted."""
        from benchmark.recording.cassette import recorded

        if self.mode == "none":
            raise ValueError(f"{self.path} is only replayed; record with --synth-record missing")
        with recorded(self._store, again=self.mode == "all", on_answer=self._stale.discard):
            yield

    def save(self) -> None:
        """Folds what was recorded into the sorted file."""
        if self.mode != "none":
            self._store.save()
