"""Predictions that were made before, found again by everything that decides them."""

import contextlib
import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmark import atomic


class Cache:
    """Predicted labels on disk, one small file for each trained classifier; safe for many processes and for kills.

    `folder` None keeps nothing. `say` is told, in one line, of a file that cannot be read: it counts as not there.
    """

    def __init__(self, folder: Path | None, say: Callable[[str], None] = lambda line: None) -> None:
        self.folder = folder
        self._say = say

    def find(self, key: str, labels: Sequence[str]) -> tuple[tuple[str, ...], int] | None:
        """The predicted labels and the optimiser steps kept under `key`, or None."""
        if self.folder is None or not (path := self._path(key)).exists():
            return None
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            if kept["sha256"] != _hash(kept["predicted"]):
                raise ValueError("its content does not have its hash")
            return tuple(labels[index] for index in kept["predicted"]), int(kept["steps"])
        except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
            self._say(f"{path} cannot be read ({error}); it is made again")
            return None

    def keep(self, key: str, labels: Sequence[str], predicted: Sequence[str], steps: int) -> None:
        """Keeps predictions under `key`; where the disk takes nothing, says so and goes on."""
        if self.folder is None:
            return
        place = {label: index for index, label in enumerate(labels)}
        indices = [place[label] for label in predicted]
        text = json.dumps({"predicted": indices, "steps": steps, "sha256": _hash(indices)}, separators=(",", ":"))
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            atomic.replace(path, text)
        except OSError as error:
            with contextlib.suppress(ValueError):
                self._say(
                    f"cannot keep predictions in {path.parent} ({error.strerror or error}); they are lost at the end"
                )

    def _path(self, key: str) -> Path:
        assert self.folder is not None
        return self.folder / key[:2] / f"{key}.json"


def _hash(predicted: Sequence[int]) -> str:
    return hashlib.sha256(json.dumps(list(predicted)).encode()).hexdigest()[:16]
