"""The accuracy of a classifier on real texts of which a few are labelled: prediction-powered inference."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthworth.core import Example, UnlabelledTexts
from synthworth.core.words import words
from synthworth.leaderboard.scoring.classifiers import Learner, Prediction
from synthworth.leaderboard.scoring.draws import by_label
from synthworth.leaderboard.scoring.pools import MOST_SCORED, Pools
from synthworth.measures.statistics import Estimate, PredictionPowered, prediction_powered_share, share_interval

LEAST_LABELLED, LEAST_UNLABELLED = 30, 100  # from there on the coverage of the interval is simulated
FOLDS = 5


@dataclass(frozen=True, kw_only=True)
class AccuracyOfFewLabels:
    """The accuracy of the classifier that was trained on all written texts, from few labelled real texts."""

    labelled: int
    """Labelled real texts."""
    unlabelled: int
    """Unlabelled real texts, whose labels a classifier of the labelled ones guesses."""
    alone: Estimate
    """The accuracy on the labelled texts, with its 95 % interval (Wilson)."""
    powered: PredictionPowered
    """The accuracy by prediction-powered inference, with its 95 % interval."""


def unlabelled_of(given: UnlabelledTexts, pools: Pools) -> tuple[str, ...]:
    """Return the unlabelled texts that no other pool has word for word, at most `MOST_SCORED`, drawn.

    Raises ValueError if they, or the labelled test texts, are too few.
    """
    if len(pools.test) < LEAST_LABELLED:
        raise ValueError(
            f"{len(pools.test)} labelled test texts; with unlabelled ones an accuracy needs at least {LEAST_LABELLED}: "
            "label more"
        )
    held = {tuple(words(e.text)) for e in (*pools.test, *pools.real, *pools.written)}
    texts = [text for text in given.texts if tuple(words(text)) not in held]
    if len(texts) < LEAST_UNLABELLED:
        raise ValueError(
            f"{given.name}: {len(texts)} unlabelled texts that no other file has; give at least {LEAST_UNLABELLED} "
            "real ones, of the same source as the test texts"
        )
    return tuple(texts if len(texts) <= MOST_SCORED else random.Random("unlabelled").sample(texts, MOST_SCORED))


def accuracy_of_few_labels(
    pools: Pools, unlabelled: Sequence[str], learner: Learner, judge: Learner
) -> AccuracyOfFewLabels:
    """Train on the written texts, and estimate the accuracy on real texts from labelled and unlabelled ones.

    `judge`, which gives shares of labels, learns from the labelled texts (and the real training texts) how likely a
    predicted label is right. It is cross-fitted: a labelled text is judged by what the other folds taught, an
    unlabelled one by the mean over folds (Zrnic & Candès 2024, PNAS 121). Raises ValueError if all texts outside a fold
    have one label.
    """
    test, labels = pools.test, pools.labels
    predicted = learner.predict(pools.written, [*(e.text for e in test), *unlabelled], labels).labels
    place = np.array([labels.index(label) for label in predicted])
    ours, theirs = place[: len(test)], place[len(test) :]
    chances, others = np.zeros(len(test)), np.zeros(len(unlabelled))
    folds = _folds(test)
    for fold in range(FOLDS):
        held = np.flatnonzero(folds == fold)
        train = [*pools.real, *(test[row] for row in np.flatnonzero(folds != fold))]
        found = judge.predict(train, [*(test[row].text for row in held), *unlabelled], labels)
        shares = _shares(found)
        chances[held] = shares[np.arange(len(held)), ours[held]]
        others += shares[len(held) :][np.arange(len(unlabelled)), theirs] / FOLDS
    right = np.array([label == example.label for label, example in zip(predicted, test, strict=False)], dtype=float)
    return AccuracyOfFewLabels(
        labelled=len(test),
        unlabelled=len(unlabelled),
        alone=Estimate(float(right.mean()), *share_interval(int(right.sum()), len(right))),
        powered=prediction_powered_share(right, np.clip(chances, 0, 1), np.clip(others, 0, 1)),
    )


def _folds(examples: Sequence[Example]) -> NDArray[np.int64]:
    """Give each example a fold, so that each label is spread over all of them."""
    order = {example.id: row for row, example in enumerate(examples)}
    folds, dealt = np.zeros(len(examples), dtype=np.int64), 0
    for label, of_label in by_label(examples).items():
        for example in random.Random(f"folds/{label}").sample(of_label, len(of_label)):
            folds[order[example.id]] = dealt % FOLDS
            dealt += 1
    return folds


def _shares(prediction: Prediction) -> NDArray[np.float64]:
    if prediction.shares is None:
        raise ValueError("the judge gives no shares of labels; take probe or tfidf")
    return prediction.shares
