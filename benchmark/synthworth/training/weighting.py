"""The weights of training texts in the loss: from cross-validated probabilities, and what they leave of the texts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from synthworth.core import Example

LEAST = 0.01  # a weight; weights are its multiples, so that rounding of another machine seldom changes one


def weights_of(examples: Sequence[Example]) -> list[float] | None:
    """Return the weights of texts in the loss, in their order; None if each counts as much as any other."""
    weights = [float(example.weight) for example in examples]
    return None if all(weight == 1 for weight in weights) else weights


def robust_weights(labels: Sequence[str], probabilities: NDArray[np.floating], *, q: float) -> list[float]:
    """Return a weight for each text by how likely its label is: p^q, and the mean of each label's is 1.

    `probabilities` has the shape (texts, labels), columns as sorted labels, from a classifier that has not seen the
    text (`out_of_sample`). The gradient of the generalised cross entropy (1 - p^q) / q is that of the cross entropy
    times p^q (Zhang and Sabuncu 2018, arXiv 1805.07836, section 3.2), which makes it robust to wrong labels: with
    q = 1 as the mean absolute error, towards 0 hardly. There, p is the classifier's own, at each step. Weights are
    multiples of 0.01, and at least that.

    >>> robust_weights(["ad", "ad", "news"], np.array([[0.9, 0.1], [0.3, 0.7], [0.5, 0.5]]), q=1)
    [1.5, 0.5, 1.0]
    """
    names = sorted({*labels})
    places = np.array([names.index(label) for label in labels])
    raw = probabilities[np.arange(len(labels)), places] ** q
    for place in range(len(names)):
        of_label = places == place
        total = raw[of_label].sum()
        raw[of_label] = raw[of_label] * of_label.sum() / total if total else 1.0
    return [max(LEAST, round(float(weight), 2)) for weight in raw]


def effective_texts(examples: Sequence[Example]) -> dict[str, float]:
    """Return for each label how many equal texts its weighted ones are as good as: (sum w)^2 / sum w^2 (Kish 1965).

    {} if no text has a weight.

    >>> from dataclasses import replace
    >>> ad = Example(id="1", text="Buy now!", label="ad")
    >>> effective_texts([replace(ad, weight=1.5), replace(ad, weight=0.5)]), effective_texts([ad])
    ({'ad': 1.6}, {})
    """
    if weights_of(examples) is None:
        return {}
    of_label: Mapping[str, list[float]] = defaultdict(list)
    for example in examples:
        of_label[example.label].append(example.weight)
    return {label: round(sum(ws) ** 2 / sum(w * w for w in ws), 2) for label, ws in of_label.items()}
