"""Trains each cell once: found among earlier predictions, else trained here, in processes of their own, or on Ray."""

from collections.abc import Callable, Iterable
from typing import Protocol

from synthworth.training.cell import Cell, Progress, key_of, train
from synthworth.training.predictions import Predictions
from synthworth.training.recipes import Predicted, Untrainable

__all__ = ["Cell", "Executor", "Predictions", "Progress", "Training", "Waiting", "key_of", "train"]

Waiting = Callable[[], Predicted]


class Executor(Protocol):
    """Whoever trains; `ahead` says whether cells may be handed over before anybody waits for them."""

    ahead: bool

    def submit(self, cell: Cell, keep: Callable[[Predicted], None]) -> Waiting:
        """Hands over a cell; what comes back waits for its predictions. `keep` gets them as soon as they are there."""

    def close(self) -> None:
        """Ends what is still under way."""


class Training:
    """Gives the predictions of cells; each is trained at most once, however many tests ask. `trained` counts them.

    `say` gets each note about a training once.
    """

    def __init__(
        self, executor: Executor, predictions: Predictions, say: Callable[[str], None] = lambda line: None
    ) -> None:
        self._executor = executor
        self._predictions = predictions
        self._found: dict[str, Predicted | Exception] = {}
        self._waiting: dict[str, Waiting] = {}
        self._say = say
        self._notes: set[str] = set()
        self.trained = 0

    @property
    def ahead(self) -> bool:
        """Whether to `start` cells before they are asked for."""
        return self._executor.ahead

    def start(self, cells: Iterable[Cell]) -> None:
        """Hands over what is not known yet, the largest first: a small one fills the gap at the end."""
        for cell in sorted(cells, key=lambda cell: -cell.size):
            if not self._known(cell):
                self._submit(cell)

    def predicted(self, cell: Cell) -> Predicted:
        """What the classifier predicts; raises Untrainable if it cannot be trained."""
        if not self._known(cell):
            self._submit(cell)
        if cell.key in self._waiting:
            try:
                self._found[cell.key] = self._waiting[cell.key]()
            except Untrainable as error:
                # Anew: where it comes from, another process perhaps, is nothing to a user who can mend it.
                self._found[cell.key] = Untrainable(str(error))
            del self._waiting[cell.key]
        found = self._found[cell.key]
        if isinstance(found, Exception):
            raise found
        for note in found.notes:
            if note not in self._notes:
                self._notes.add(note)
                self._say(note)
        return found

    def close(self) -> None:
        """Ends what is still under way."""
        self._executor.close()

    def _known(self, cell: Cell) -> bool:
        if cell.key in self._found or cell.key in self._waiting:
            return True
        found = self._predictions.find(cell.key, cell.labels, len(cell.texts))
        if found is not None:
            self._found[cell.key] = found
        return cell.key in self._found

    def _submit(self, cell: Cell) -> None:
        def keep(found: Predicted) -> None:
            self._predictions.keep(cell.key, cell.labels, found)

        self.trained += 1
        self._waiting[cell.key] = self._executor.submit(cell, keep)
