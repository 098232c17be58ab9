"""What is trained on the texts and scored on real ones: two floors, and fine-tuned encoders by recipe."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from benchmark.choice import unknown
from benchmark.task import Example

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a classifier is trained: data, not code; the same for every method and task.

    `encoder` is a hub id, a local folder, or "" for a floor without one. A run takes
    max(`epochs` x batches an epoch, `least_steps`) steps, linear warm-up over the first tenth and linear decay,
    and keeps the last weights: no real text is used to choose a step, since the user who has to ask what
    synthetic data is worth has no real validation set. `length` is in tokens. `gpu` recipes run under `-m gpu`.
    """

    name: str
    encoder: str = ""
    epochs: int = 3
    least_steps: int = 60
    batch: int = 32
    learning_rate: float = 1e-4
    weight_decay: float = 0.01
    length: int = 128
    gpu: bool = False


class Predicted(NamedTuple):
    """Predicted labels of the test texts, in their order, and the optimiser steps taken."""

    labels: tuple[str, ...]
    steps: int


MINILM = "sentence-transformers/all-MiniLM-L6-v2"
RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe(name="majority"),
        Recipe(name="tfidf"),
        Recipe(name="minilm", encoder=MINILM),
        Recipe(name="bert", encoder="bert-base-uncased", learning_rate=5e-5, gpu=True),
        Recipe(name="roberta", encoder="roberta-base", learning_rate=2e-5, gpu=True),
    )
}


def recipe(name: str) -> Recipe:
    """The recipe of that name; a hub id (`owner/encoder`) or a local folder gets minilm's recipe.

    >>> recipe("prajjwal1/bert-tiny").encoder
    'prajjwal1/bert-tiny'
    """
    if name in RECIPES:
        return RECIPES[name]
    if "/" in name or Path(name).is_dir():
        # A folder whose last part names a recipe keeps its path, or its results would pass for that recipe's.
        short = Path(name).name if Path(name).is_dir() and Path(name).name not in RECIPES else name
        return replace(RECIPES["minilm"], name=short, encoder=name)
    raise ValueError(unknown("classifier", name, RECIPES) + "; or a hub id owner/encoder, or a local folder")


def train_and_predict(
    chosen: Recipe,
    train: Sequence[Example],
    texts: Sequence[str],
    labels: Sequence[str],
    seed: int,
    progress: Progress = lambda stage, done, total: None,
) -> Predicted:
    """Trains on `train` and predicts a label for each of `texts`; the same seed gives the same predictions.

    ValueError where a label has no training text: a classifier cannot learn what it never sees.
    """
    for label in labels:
        if not any(example.label == label for example in train):
            raise ValueError(f"no training text has the label {label!r}; a classifier needs at least one of each")
    if chosen.name == "majority":
        from benchmark.classifier.floors import majority

        return majority(train, texts, labels)
    if chosen.name == "tfidf":
        from benchmark.classifier.floors import tfidf

        return tfidf(train, texts, seed)
    from benchmark.classifier.encoder import finetune

    return finetune(chosen, train, texts, labels, seed, progress)


def cuda_is_missing() -> bool:
    """Whether this machine has no GPU that torch can use."""
    import torch

    return not torch.cuda.is_available()
