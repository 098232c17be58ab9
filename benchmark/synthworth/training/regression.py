"""The logistic regression of the quick classifiers, and the quiet in which it is fitted to many labels."""

import contextlib
import warnings
from collections.abc import Iterator
from typing import Any


def logistic_regression(seed: int) -> Any:
    """Return the regression that frozen embeddings and bags of words share: labels count alike, however rare."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=10, class_weight="balanced", max_iter=1000, random_state=seed)


@contextlib.contextmanager
def labels_are_labels() -> Iterator[None]:
    """Fit within it: scikit-learn takes labels with one text each for numbers to be predicted, and warns of that."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The number of unique classes is greater than 50%", UserWarning)
        yield
