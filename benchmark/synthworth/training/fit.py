"""Train a classifier by its recipe and predict: the floors by counting, encoders by fine-tuning."""

from collections.abc import Sequence

from synthworth.core.task import Example
from synthworth.training.recipes import Predicted, Progress, Recipe, Untrainable


def train_and_predict(
    chosen: Recipe,
    train: Sequence[Example],
    texts: Sequence[str],
    labels: Sequence[str],
    seed: int,
    progress: Progress = lambda stage, done, total: None,
    *,
    threads: int = 1,
) -> Predicted:
    """Trains on `train` and predicts a label for each of `texts`; the same seed gives the same predictions.

    `threads` is how many may compute on a CPU; another number gives other roundings. Untrainable where a label has no
    training text (a classifier cannot learn what it never sees), or the encoder cannot be loaded.
    """
    for label in labels:
        if not any(example.label == label for example in train):
            raise Untrainable(f"no training text has the label {label!r}; a classifier needs at least one of each")
    if chosen.name == "majority":
        from synthworth.training.floors import majority

        return majority(train, texts, labels)
    if chosen.name == "tfidf":
        from synthworth.training.floors import tfidf

        return tfidf(train, texts, seed)
    from synthworth.training.encoder import finetune

    return finetune(chosen, train, texts, labels, seed, progress, threads=threads)


def cuda_is_missing() -> bool:
    """Whether this machine has no GPU that torch can use."""
    import torch

    return not torch.cuda.is_available()
