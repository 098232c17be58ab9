"""Labels that a cross-validated classifier doubts: confident learning."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synthworth.training.regression import labels_are_labels, logistic_regression

FOLDS = 5


def out_of_sample(embeddings: NDArray[np.floating], labels: Sequence[str], *, seed: int) -> NDArray[np.float64]:
    """Return the probability of each label for each text by a logistic regression that has not seen the text.

    Columns are the labels sorted. `embeddings` has the shape (texts, d), each of length 1; the regression is that of
    `fit_frozen`. The seed draws 5 folds with equal shares of the labels, or as many as the rarest label has texts.
    Raises ValueError if there is but one label, or one has but one text.
    """
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    _, counts = np.unique(labels, return_counts=True)
    if len(counts) < 2 or min(counts) < 2:
        raise ValueError(f"{len(labels)} texts of {len(counts)} labels cannot be cross-validated; give 2 of 2 labels")
    folds = StratifiedKFold(min(FOLDS, int(min(counts))), shuffle=True, random_state=seed)
    model = logistic_regression(seed)
    with labels_are_labels():
        return np.asarray(cross_val_predict(model, embeddings, np.asarray(labels), cv=folds, method="predict_proba"))


def suspected(labels: Sequence[str], probabilities: NDArray[np.floating]) -> list[int]:
    """Return the places of the texts that are confidently of another label than theirs, in order.

    Confident learning (Northcutt, Jiang and Chuang 2021, JAIR 70): a label is confident for a text if its probability
    is at least the mean probability of that label among the texts that have it. Of several, the most probable counts.
    A text is suspected if that is not its own, and not even the classifier's first choice is. `probabilities` has the
    shape (texts, labels), columns as sorted labels.

    >>> suspected(["ad", "ad", "ad", "news"], np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.2, 0.8]]))
    [2]
    """
    names = sorted({*labels})
    given = np.array([names.index(label) for label in labels])
    least = np.array([probabilities[given == place, place].mean() for place in range(len(names))])
    confident = probabilities >= least - 1e-9  # a mean of equal numbers may be rounded upwards
    likely = np.where(confident, probabilities, -1).argmax(axis=1)
    doubted = confident.any(axis=1) & (likely != given) & (probabilities.argmax(axis=1) != given)
    return [int(place) for place in np.flatnonzero(doubted)]
