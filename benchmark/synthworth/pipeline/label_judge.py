"""Two classifiers trained on real texts, which say what label a text has: neither has seen the texts it labels."""

import hashlib
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from synthworth.core import Example
from synthworth.core.words import words
from synthworth.pipeline.run import Run

JUDGE = "minilm"
PER_LABEL = 300  # for each classifier: with two labels, so many train in no more steps than 100 do

Predicts = Callable[[Sequence[Example], Sequence[str]], Sequence[str]]  # training texts, texts: their labels


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """The labels that a judge gives to texts, by text, and the real texts that each of its classifiers learnt from."""

    labels: Mapping[str, str]
    learnt_from: int


def judged(run: Run, texts: Iterable[str], classifier: str = JUDGE) -> Judgement | None:
    """Label texts by classifiers that are trained on the real texts of a run; None if there are too few of these.

    Both are those of `judged_by`. Raises ValueError if the classifier cannot be trained.
    """

    def predict(train: Sequence[Example], others: Sequence[str]) -> Sequence[str]:
        return run.predicted(train, others, classifier).labels

    return judged_by(predict, run.data.train, texts, tuple(run.task.labels), run.task.name)


def judged_by(
    predict: Predicts, real: Sequence[Example], texts: Iterable[str], labels: Sequence[str], name: str
) -> Judgement | None:
    """Label texts by what `predict` learns from real texts; None if a half of these lacks one of the labels.

    The words of a text, hashed, place it in one of two halves. Each half of the real training texts, at most
    `PER_LABEL` of a label, drawn by `name`, trains a classifier, which labels the texts of the other half. So no text
    is judged by a classifier that was trained on it, be it a real text or a copy of one, and all sets of a task, real
    and written, of any draw, have the same judge.
    """
    halves = [_teachers(real, half, labels, name) for half in range(2)]
    if any({example.label for example in teachers} != set(labels) for teachers in halves):
        return None
    asked, judged = tuple(dict.fromkeys(texts)), dict[str, str]()
    for half, teachers in enumerate(halves):
        others = [text for text in asked if half_of(text) != half]
        judged.update(zip(others, predict(teachers, others), strict=True) if others else ())
    return Judgement(labels=judged, learnt_from=min(map(len, halves)))


def can_judge(run: Run) -> bool:
    """Return True if both halves of the real training texts have every label."""
    labels = tuple(run.task.labels)
    halves = (_teachers(run.data.train, half, labels, run.task.name) for half in range(2))
    return all({example.label for example in teachers} == set(labels) for teachers in halves)


def half_of(text: str) -> int:
    """The half that a text belongs to, 0 or 1; texts of the same words belong to the same.

    >>> half_of("See you at noon!") == half_of("see you at noon")
    True
    """
    return hashlib.sha256(f"half/{' '.join(words(text))}".encode()).digest()[0] % 2


def _teachers(real: Sequence[Example], half: int, labels: Sequence[str], name: str) -> Sequence[Example]:
    drawn: list[Example] = []
    for label in labels:
        texts = [example for example in real if example.label == label and half_of(example.text) == half]
        random.Random(f"judge/{name}/{label}").shuffle(texts)
        drawn += texts[:PER_LABEL]
    return drawn
