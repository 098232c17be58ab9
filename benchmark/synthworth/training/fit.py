"""Train a classifier by its recipe and predict: without an encoder, with a frozen one, or by fine-tuning one."""

from collections.abc import Sequence
from pathlib import Path

from synthworth.core import Example, Progress, unreported
from synthworth.training.recipes import Predicted, Recipe, Untrainable


def train_and_predict(
    chosen: Recipe,
    train: Sequence[Example],
    texts: Sequence[str],
    labels: Sequence[str],
    seed: int,
    progress: Progress = unreported,
    *,
    threads: int = 1,
    embeddings: Path | None = None,
) -> Predicted:
    """Train on `train` and predict one of `labels` for each of `texts`; the same seed gives the same predictions.

    A text counts in the loss as its weight says. `threads` is the number of CPU threads; another number rounds
    otherwise. The folder `embeddings` keeps the frozen embeddings of `texts`, if the recipe has any. `progress` gets
    the stage, how much of it is done, and how much there is. Raises Untrainable if a label has no training text, if the
    encoder cannot be loaded or trained, or if the loss stops being a number.
    """
    for label in labels:
        if not any(example.label == label for example in train):
            raise Untrainable(f"no training text has the label {label!r}; a classifier needs at least one of each")
    if chosen.name == "majority":
        from synthworth.training.floors import majority

        return majority(train, texts, seed)
    if chosen.name == "tfidf":
        from synthworth.training.floors import tfidf

        return tfidf(train, texts, seed)
    if chosen.frozen:
        from synthworth.training.frozen import classify

        return classify(chosen, train, texts, labels, progress, threads=threads, embeddings=embeddings)
    from synthworth.training.encoder import finetune

    return finetune(chosen, train, texts, labels, seed, progress, threads=threads)


def cuda_is_missing() -> bool:
    """Return True if this machine has no GPU that torch can use."""
    import torch

    return not torch.cuda.is_available()
