"""A classifier by a frozen encoder: the label whose training texts point in the direction nearest to a text's."""

from collections.abc import Sequence

import numpy as np

from synthworth.core import Example, Progress
from synthworth.training.embedding import embed
from synthworth.training.recipes import Predicted, Untrainable
from synthworth.training.threads import computing_on


def nearest(
    train: Sequence[Example], texts: Sequence[str], labels: Sequence[str], progress: Progress, *, threads: int = 1
) -> Predicted:
    """Predict, for each text, the label whose mean direction has the highest cosine with it; of equals, the first.

    The mean direction of a label is that of the sum of its texts' embeddings, each of length 1: Rocchio's classifier
    (1971) on sentence embeddings. Nothing is drawn, so that every seed gives the same. Raises Untrainable if the
    embedder is not installed.
    """
    try:
        with computing_on(threads):
            ours, theirs = embed([example.text for example in train]), embed(texts, progress=progress)
    except ValueError as error:  # its package is missing
        raise Untrainable(str(error)) from None
    of_label = np.array([[example.label == label for example in train] for label in labels], dtype=np.float32)
    sums = of_label @ ours
    directions = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return Predicted(tuple(labels[place] for place in (theirs @ directions.T).argmax(axis=1)), 0)
