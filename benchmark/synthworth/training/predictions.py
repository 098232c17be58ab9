"""Predictions that were made before, found again by everything that decided them: the result cache."""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from synthworth.core import atomic
from synthworth.core.records import parse_json
from synthworth.training.recipes import Predicted

SCHEMA = 1  # of a file; raise it when a value changes its name or meaning


class Predictions:
    """Predicted labels on disk, one small file a trained classifier; safe for many processes and for kills.

    `folder` None keeps nothing. `say` is told, in one line, of a file that cannot be read, which counts as not there,
    and once of a disk that takes nothing.
    """

    def __init__(self, folder: Path | None, say: Callable[[str], None] = lambda line: None) -> None:
        self.folder = folder
        self._say = say

    def find(self, key: str, labels: Sequence[str], rows: int) -> Predicted | None:
        """What was predicted for that many texts under `key`, or None; `labels` are those of the task, in its order."""
        if self.folder is None:
            return None
        path = self._path(self.folder, key)
        try:
            kept = parse_json(path.read_text(encoding="utf-8"), path)
            body = kept["body"]
            if body["schema"] != SCHEMA:
                raise ValueError(f"it has the schema {body['schema']}, not {SCHEMA}")
            if kept["sha256"] != _hash(body):
                raise ValueError("its content does not have its hash")
            if body["labels"] != list(labels):
                raise ValueError(f"it has the labels {', '.join(body['labels'])}")
            predicted = tuple(labels[index] for index in body["predicted"])
            if len(predicted) != rows:
                raise ValueError(f"it has {len(predicted)} rows, not {rows}")
            return Predicted(predicted, body["steps"], body["loss"], body["chance"], tuple(body["notes"]))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
            self._say(f"predictions in {path} cannot be read ({error}); they are made again")
            return None

    def keep(self, key: str, labels: Sequence[str], found: Predicted) -> None:
        """Keeps what was predicted under `key`; where the disk takes nothing, says so once and goes on."""
        folder = self.folder
        if folder is None:
            return
        place = {label: index for index, label in enumerate(labels)}
        predicted = [place[label] for label in found.labels]
        body = {
            "schema": SCHEMA,
            "labels": list(labels),
            "predicted": predicted,
            "steps": found.steps,
            "loss": found.loss,
            "chance": found.chance,
            "notes": found.notes,
        }
        path = self._path(folder, key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            atomic.replace(path, json.dumps({"sha256": _hash(body), "body": body}, separators=(",", ":")))
        except OSError as error:
            if self.folder is None:  # another thread has met the same disk
                return
            self.folder = None
            self._say(
                f"cannot keep predictions in {folder} ({error.strerror or error}); what this run trains, the next "
                "trains again"
            )

    @staticmethod
    def _path(folder: Path, key: str) -> Path:
        return folder / key[:2] / f"{key}.json"


def _hash(body: object) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:16]
