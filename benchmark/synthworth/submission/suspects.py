"""Texts of a bundle that are suspected: copies of real texts and of demonstrations, duplicates, contradictions."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthworth.core.weights import minilm
from synthworth.measures.leaks import audit, counts, normalised
from synthworth.submission.contents import BundleText
from synthworth.submission.rescoring import TaskWithData


@dataclass(frozen=True, kw_only=True)
class Suspects:
    """How many texts of a task are suspected: by source and rule, and by `any` rule.

    `duplicates` counts texts whose words another one of the task and generation seed has, before it; `contradictions`
    texts that stand under another label too; `without_answer` those that no recorded answer gave.
    """

    texts: int
    copies: Mapping[str, Mapping[str, int]]
    duplicates: int
    contradictions: int
    without_answer: int

    def told(self) -> Iterator[str]:
        """What a reader of the leaderboard must know of them, one line each."""
        for source, rules in self.copies.items():
            if rules["any"]:
                by_rule = ", ".join(f"{rule} {count}" for rule, count in rules.items() if count and rule != "any")
                yield f"{rules['any']} of {self.texts} texts are suspected copies of {source} texts ({by_rule})"
        for count, what in (
            (self.duplicates, "have the words of another one"),
            (self.contradictions, "stand under two labels"),
            (self.without_answer, "have no recorded answer"),
        ):
            if count:
                yield f"{count} of {self.texts} texts {what}"


def near_copies_cannot_be_found() -> str:
    """Why texts cannot be embedded here, to find near copies; "" where they can."""
    try:
        minilm()
    except ValueError as error:
        return str(error)
    return ""


def suspects_of(
    sets: Sequence[Sequence[BundleText]], known: TaskWithData, answers: Mapping[str, object], *, near: bool
) -> list[Suspects]:
    """Audits training sets of one task, each by itself; `answers` are those recorded, by key.

    `near` copies are looked for among test texts and demonstrations. Not among training texts: they are many, and to
    embed them takes longer than all else. Their words are compared.
    """
    few = {
        "test": [example.text for example in known.data.test],
        "demonstration": [example.text for example in known.task.pool],
    }
    many = {"training": [example.text for example in known.data.train]}
    parts = [*few.values(), *([text.text for text in texts] for texts in sets)]
    embeddings = _embedded(parts) if near else None
    found = []
    for number, texts in enumerate(sets, len(few)):
        ours = [text.text for text in texts]
        if embeddings is None:
            nearby = audit(ours, few)
        else:
            theirs = dict(zip(few, embeddings, strict=False))
            nearby = audit(ours, few, embeddings=embeddings[number], source_embeddings=theirs)
        found.append(_suspects(texts, counts(nearby) | counts(audit(ours, many)), answers))
    return found


def _embedded(parts: Sequence[Sequence[str]]) -> list[NDArray[np.float32]]:
    """The embeddings of each part, by one pass over all: to load the embedder takes a second."""
    from synthworth.training.embedding import embed

    ends = np.cumsum([len(part) for part in parts])[:-1]
    return np.split(embed([text for part in parts for text in part]), ends)


def _suspects(
    texts: Sequence[BundleText], copies: Mapping[str, Mapping[str, int]], answers: Mapping[str, object]
) -> Suspects:
    words = [normalised(text.text) for text in texts]
    labels: dict[str, set[str]] = defaultdict(set)
    for plain, text in zip(words, texts, strict=True):
        labels[plain].add(text.label)
    return Suspects(
        texts=len(texts),
        copies=copies,
        duplicates=len(words) - len(set(words)),
        contradictions=sum(len(labels[plain]) > 1 for plain in words),
        without_answer=sum(not text.answers or any(key not in answers for key in text.answers) for text in texts),
    )
