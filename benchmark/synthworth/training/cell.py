"""One training: a classifier, its training texts, and the texts to predict labels for."""

import contextlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from synthworth.core import Example, Progress, digest, inputs_of, opened, unreported
from synthworth.training import fit, recipes
from synthworth.training.environment import TRAINING_VERSION, environment
from synthworth.training.recipes import Predicted, Recipe

CHARACTERS_PER_TOKEN = 4  # of English, about


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A classifier to train on `train`, and the `texts` that it predicts one of `labels` for.

    `name` appears in progress and messages. `train_version` and `test_version` are content hashes of the training texts
    with their labels, and of the test set. `threads` is the number of CPU threads: it changes the order of sums, and
    with that a few predictions in a thousand. The folder `embeddings` keeps frozen embeddings of `texts` between cells;
    it changes no prediction.
    """

    name: str
    recipe: Recipe
    train: tuple[Example, ...]
    train_version: str
    texts: tuple[str, ...]
    test_version: str
    labels: tuple[str, ...]
    seed: int
    threads: int = 1
    embeddings: Path | None = None

    @cached_property
    def inputs(self) -> str:
        """A hash of everything that went in, the same on every machine, as `Result.inputs`."""
        return inputs_of(
            train_version=self.train_version,
            test_version=self.test_version,
            labels=self.labels,
            recipe=self.recipe_version,
            seed=self.seed,
        )

    @property
    def recipe_version(self) -> str:
        """A hash of how it is trained, the same for all training sets and seeds, as `Result.recipe`."""
        return digest({**self.recipe.identity, "training": TRAINING_VERSION, "threads": self.threads})

    @cached_property
    def key(self) -> str:
        """A hash of everything that decides its predictions: equal keys mean equal predictions."""
        return key_of(self.inputs, self.recipe)

    @cached_property
    def size(self) -> float:
        """The expected cost of the training, in tokens of a forward and backward pass; 0 without an encoder."""
        if not self.recipe.encoder:
            return 0.0
        if self.recipe.frozen:
            return sum(map(len, self.texts)) / 3 / CHARACTERS_PER_TOKEN
        most = self.recipe.length * CHARACTERS_PER_TOKEN
        trained = sum(min(len(example.text), most) for example in self.train) / max(1, len(self.train))
        characters = sum(min(len(text), most) for text in self.texts)
        steps = recipes.steps_of(self.recipe, len(self.train))
        return (trained * steps * self.recipe.batch + characters / 3) / CHARACTERS_PER_TOKEN

    @property
    def is_on_the_hub(self) -> bool:
        """True if the encoder may have to be downloaded."""
        return recipes.is_on_the_hub(self.recipe.encoder)


def key_of(inputs: str, recipe: Recipe) -> str:
    """The key of a cell with these `inputs` when it is trained here, with the libraries of now."""
    return digest({"inputs": inputs, **environment(recipe)})


def train(cell: Cell, progress: Progress = unreported) -> Predicted:
    """Train and predict in this process; raises Untrainable as `train_and_predict` does."""
    with opened() if cell.is_on_the_hub else contextlib.nullcontext():
        return fit.train_and_predict(
            cell.recipe,
            cell.train,
            cell.texts,
            cell.labels,
            cell.seed,
            lambda stage, done, total: progress(f"{stage} {cell.name}", done, total),
            threads=cell.threads,
            embeddings=cell.embeddings,
        )
