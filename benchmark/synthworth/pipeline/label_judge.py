"""Two classifiers trained on real texts, which say what label a text has: neither has seen the texts it labels."""

import hashlib
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from synthworth.core import Example
from synthworth.core.words import words
from synthworth.pipeline.run import Run

JUDGE = "minilm"
PER_LABEL = 300  # for each classifier: with two labels, so many train in no more steps than 100 do


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """The labels that a judge gives to texts, by text, and the real texts that each of its classifiers learnt from."""

    labels: Mapping[str, str]
    learnt_from: int


def judged(run: Run, texts: Iterable[str], classifier: str = JUDGE) -> Judgement | None:
    """Label texts by classifiers that are trained on real texts; None if there are too few of these.

    The words of a text, hashed, place it in one of two halves. Each half of the real training texts, at most
    `PER_LABEL` of a label, trains a classifier, which labels the texts of the other half. So no text is judged by a
    classifier that was trained on it, be it a real text or a copy of one, and all sets of a task, real and written, of
    any draw, have the same judge. Raises ValueError if the classifier cannot be trained.
    """
    if not can_judge(run):
        return None
    asked = tuple(dict.fromkeys(texts))
    labels: dict[str, str] = {}
    sizes = []
    for half in range(2):
        train = _teachers(run, half)
        others = [text for text in asked if half_of(text) != half]
        labels.update(zip(others, run.predicted(train, others, classifier).labels, strict=True) if others else ())
        sizes.append(len(train))
    return Judgement(labels=labels, learnt_from=min(sizes))


def can_judge(run: Run) -> bool:
    """Return True if both halves of the real training texts have every label."""
    return all({example.label for example in _teachers(run, half)} == set(run.task.labels) for half in range(2))


def half_of(text: str) -> int:
    """The half that a text belongs to, 0 or 1; texts of the same words belong to the same.

    >>> half_of("See you at noon!") == half_of("see you at noon")
    True
    """
    return hashlib.sha256(f"half/{' '.join(words(text))}".encode()).digest()[0] % 2


def _teachers(run: Run, half: int) -> Sequence[Example]:
    drawn: list[Example] = []
    for label in run.task.labels:
        texts = [example for example in run.data.train if example.label == label and half_of(example.text) == half]
        random.Random(f"judge/{run.task.name}/{label}").shuffle(texts)
        drawn += texts[:PER_LABEL]
    return drawn
