"""The cache of predictions, keyed by everything that decides them."""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from synthworth.core import atomic, parse_json
from synthworth.training.recipes import Predicted

SCHEMA = 1  # of a file; raise it when a value changes its name or meaning


class Predictions:
    """Predicted labels on disk, one small file per trained classifier; safe for many processes and for kills.

    `folder` None keeps nothing. `say` gets one line for each file that cannot be read, which counts as absent, and one
    if the disk cannot be written.
    """

    def __init__(self, folder: Path | None, say: Callable[[str], None] = lambda line: None) -> None:
        self.folder = folder
        self._say = say

    @property
    def embeddings(self) -> Path | None:
        """The folder beside them for frozen embeddings of test texts; None if nothing is kept."""
        return None if self.folder is None else self.folder / "embeddings"

    def find(self, key: str, labels: Sequence[str], rows: int) -> Predicted | None:
        """Return the predictions for `rows` texts under `key`, or None; `labels` are the task's, in its order."""
        if self.folder is None:
            return None
        path = self._path(self.folder, key)
        try:
            stored = parse_json(path.read_text(encoding="utf-8"), path)
            body = stored["body"]
            if body["schema"] != SCHEMA:
                raise ValueError(f"it has the schema {body['schema']}, not {SCHEMA}")
            if stored["sha256"] != _hash(body):
                raise ValueError("its content does not have its hash")
            if body["labels"] != list(labels):
                raise ValueError(f"it has the labels {', '.join(body['labels'])}")
            chosen = tuple(labels[index] for index in body["predicted"])
            if len(chosen) != rows:
                raise ValueError(f"it has {len(chosen)} rows, not {rows}")
            return Predicted(chosen, body["steps"], body["loss"], body["chance"], tuple(body["notes"]))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
            self._say(f"predictions in {path} cannot be read ({error}); they are made again")
            return None

    def keep(self, key: str, labels: Sequence[str], predicted: Predicted) -> None:
        """Keep predictions under `key`; if the disk cannot be written, say so once and go on."""
        folder = self.folder
        if folder is None:
            return
        place = {label: index for index, label in enumerate(labels)}
        body = {
            "schema": SCHEMA,
            "labels": list(labels),
            "predicted": [place[label] for label in predicted.labels],
            "steps": predicted.steps,
            "loss": predicted.loss,
            "chance": predicted.chance,
            "notes": predicted.notes,
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
