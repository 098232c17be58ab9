"""Recipes: how each classifier is trained, and what a training returns."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from synthworth.core import unknown


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The settings of a classifier's training, the same for every method and task.

    `encoder` is a hub id, a local folder, or "" for a floor without one; a `frozen` one embeds the texts, and nothing
    of it is trained: what follows says nothing about it. A run takes
    max(`epochs` x batches an epoch, `least_steps`) steps of AdamW; the learning rate rises linearly over the first
    `warm_up` of them and falls linearly to 0; None stands for the rate that `learning_rate_of` gives an encoder of that
    width. The last weights are kept: no real text is used to choose a step, since a user who has to ask what synthetic
    data is worth has no real validation set. `attention_dropout` is the share of attention weights that are dropped,
    None for that of the encoder's configuration, as all other dropout is. `length` is in tokens; an encoder that reads
    fewer gets those. `precision` is that of products: bf16, if the device multiplies it natively, or fp32; weights are
    fp32 in any case. `gpu` recipes run under `-m gpu`. `version` is raised when the recipe changes in a way that no
    other value shows. Raises ValueError for another precision.
    """

    name: str
    version: int = 1
    encoder: str = ""
    frozen: bool = False
    epochs: int = 3
    least_steps: int = 60
    batch: int = 32
    learning_rate: float | None = None
    weight_decay: float = 0.01
    warm_up: float = 0.1
    attention_dropout: float | None = None
    length: int = 128
    precision: str = "bf16"
    gpu: bool = False

    def __post_init__(self) -> None:
        if self.precision not in PRECISIONS:
            raise ValueError(unknown("precision", self.precision, PRECISIONS))

    @property
    def identity(self) -> dict[str, str | int | float | None]:
        """All values that decide a prediction, under names that stay when a field is renamed."""
        named: dict[str, str | int | float | None] = {"recipe": self.name, "version": self.version}
        if not self.encoder:
            return named
        if self.frozen:
            from synthworth.training.embedding import EMBEDDING_VERSION, LENGTH

            return named | {"encoder": self.encoder, "embedding": EMBEDDING_VERSION, "length": LENGTH}
        return named | {
            "encoder": self.encoder,
            "epochs": self.epochs,
            "least_steps": self.least_steps,
            "batch": self.batch,
            "learning_rate": self.learning_rate,
            "weight_decay": self.weight_decay,
            "warm_up": self.warm_up,
            "attention_dropout": self.attention_dropout,
            "length": self.length,
            "precision": self.precision,
        }

    @property
    def is_seeded(self) -> bool:
        """True if another training seed trains another classifier: floors and frozen encoders are the same for each."""
        return bool(self.encoder) and not self.frozen


AT_CHANCE = 0.95  # fraction of the loss of predicting label frequencies


class Predicted(NamedTuple):
    """Predicted labels of the test texts, in their order, and how the training went.

    `steps` are those of the optimiser. `loss` is the mean cross entropy, in nats, over the last tenth of them, and
    `chance` that of predicting the frequencies of the training labels; both are None without an encoder.
    `notes` are lines that the user should read once.
    """

    labels: tuple[str, ...]
    steps: int
    loss: float | None = None
    chance: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def collapsed(self) -> bool:
        """True if the training failed: its loss ended at chance, or every text got the same label.

        >>> Predicted(("a", "b"), 60, loss=0.1, chance=0.69).collapsed
        False
        >>> Predicted(("a", "a"), 60, loss=0.1, chance=0.69).collapsed
        True
        """
        if self.loss is None or self.chance is None:
            return False
        return self.loss >= AT_CHANCE * self.chance or len(set(self.labels)) == 1


class Untrainable(ValueError):
    """A classifier cannot be trained as asked; its message is one line that says why and what to do."""


PRECISIONS = ("bf16", "fp32")
MINILM = "sentence-transformers/all-MiniLM-L6-v2"
RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe(name="majority", version=2),
        Recipe(name="tfidf"),
        Recipe(name="nearest", encoder=MINILM, frozen=True),
        Recipe(name="probe", encoder=MINILM, frozen=True),
        Recipe(name="minilm", encoder=MINILM, learning_rate=1e-4, attention_dropout=0.0),
        Recipe(name="bert", encoder="bert-base-uncased", learning_rate=5e-5, gpu=True),
        Recipe(name="roberta", encoder="roberta-base", learning_rate=2e-5, gpu=True),
    )
}


# By the width of an encoder's states, in units: up to that width, and beyond.
LEARNING_RATES = ((512, 1e-4), (1023, 3e-5), (math.inf, 1e-5))


def learning_rate_of(hidden_size: int) -> float:
    """Return the learning rate for an encoder of that width; at the rate of a small one, a large one forgets.

    >>> [learning_rate_of(width) for width in (384, 768, 1024)]    # MiniLM, the base and the large size of BERT
    [0.0001, 3e-05, 1e-05]
    """
    return next(rate for widest, rate in LEARNING_RATES if hidden_size <= widest)


def recipe(name: str) -> Recipe:
    """Return the recipe of that name, or one for a hub id (`owner/encoder`) or a local folder.

    Raises ValueError if the name is none of these.

    >>> recipe("prajjwal1/bert-tiny").encoder
    'prajjwal1/bert-tiny'
    """
    if name in RECIPES:
        return RECIPES[name]
    if "/" in name or Path(name).is_dir():
        # A folder whose last part names a recipe keeps its path, or its results would pass for that recipe's.
        short = Path(name).name if Path(name).is_dir() and Path(name).name not in RECIPES else name
        return Recipe(name=short, encoder=name)
    raise ValueError(unknown("classifier", name, RECIPES) + "; or a hub id owner/encoder, or a local folder")


def steps_of(chosen: Recipe, rows: int) -> int:
    """Return the number of optimiser steps for that many training texts, the same for every method.

    >>> steps_of(RECIPES["minilm"], 400), steps_of(RECIPES["minilm"], 3000)
    (60, 282)
    """
    return max(chosen.epochs * math.ceil(rows / chosen.batch), chosen.least_steps)


def is_on_the_hub(encoder: str) -> bool:
    """Return True if this encoder comes neither in a package nor from a folder."""
    return encoder not in ("", MINILM) and not Path(encoder).is_dir()
