"""Train each cell at most once: look its predictions up, or hand it to an executor."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Protocol

from synthworth.training.cell import Cell, key_of, train
from synthworth.training.predictions import Predictions
from synthworth.training.recipes import Predicted, Untrainable

__all__ = ["Cell", "Executor", "Predictions", "Training", "Waiting", "key_of", "train"]

Waiting = Callable[[], Predicted]


class Executor(Protocol):
    """A way to train cells; `ahead` is True if cells can be handed over before their predictions are needed."""

    ahead: bool

    def submit(self, cell: Cell, keep: Callable[[Predicted], None]) -> Waiting:
        """Hand over a cell, and return a function that waits for its predictions; `keep` gets them at once."""

    def close(self) -> None:
        """End the trainings that are still under way."""


class Training:
    """The predictions of cells, each trained at most once however many tests need it; `trained` counts trainings.

    `say` gets each note about a training once.
    """

    def __init__(
        self, executor: Executor, predictions: Predictions, say: Callable[[str], None] = lambda line: None
    ) -> None:
        self._executor = executor
        self._predictions = predictions
        self._outcomes: dict[str, Predicted | Exception] = {}
        self._waiting: dict[str, Waiting] = {}
        self._say = say
        self._notes: set[str] = set()
        self.trained = 0

    @property
    def ahead(self) -> bool:
        """True if cells should be handed to `start` before their predictions are needed."""
        return self._executor.ahead

    def start(self, cells: Iterable[Cell]) -> None:
        """Hand over the cells without known predictions, the largest first: a small one fills the gap at the end."""
        for cell in sorted(cells, key=lambda cell: -cell.size):
            if not self._known(cell):
                self._submit(cell)

    def predicted(self, cell: Cell) -> Predicted:
        """Return the predictions of the cell; raises Untrainable if it cannot be trained."""
        if not self._known(cell):
            self._submit(cell)
        if cell.key in self._waiting:
            try:
                self._outcomes[cell.key] = self._waiting[cell.key]()
            except Untrainable as error:
                # Anew: where it comes from, another process perhaps, is nothing to a user who can mend it.
                self._outcomes[cell.key] = Untrainable(str(error))
            del self._waiting[cell.key]
        outcome = self._outcomes[cell.key]
        if isinstance(outcome, Exception):
            raise outcome
        for note in outcome.notes:
            if note not in self._notes:
                self._notes.add(note)
                self._say(note)
        return outcome

    def close(self) -> None:
        """End the trainings that are still under way."""
        self._executor.close()

    def _known(self, cell: Cell) -> bool:
        if cell.key in self._outcomes or cell.key in self._waiting:
            return True
        stored = self._predictions.find(cell.key, cell.labels, len(cell.texts))
        if stored is not None:
            self._outcomes[cell.key] = stored
        return cell.key in self._outcomes

    def _submit(self, cell: Cell) -> None:
        def keep(predicted: Predicted) -> None:
            self._predictions.keep(cell.key, cell.labels, predicted)

        self.trained += 1
        kept = replace(cell, embeddings=self._predictions.embeddings)
        self._waiting[cell.key] = self._executor.submit(kept, keep)
