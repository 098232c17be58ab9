"""Texts of a bundle that are suspected: copies of real texts and of demonstrations, duplicates, contradictions."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmark.audit import Audit, audit, normalised
from benchmark.submission.records import Text
from benchmark.submission.scores import Known
from benchmark.weights import minilm


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


def embedded(known: Known) -> dict[str, NDArray[np.float32]]:
    """Embeddings of what near copies are looked for among: test texts and demonstrations.

    Not of training texts: they are many, and to embed them takes longer than all else. Their words are compared.
    """
    from benchmark.embedding import embed

    return {source: embed(texts) for source, texts in _few(known).items()}


def suspects_of(
    texts: Sequence[Text],
    known: Known,
    answers: Mapping[str, object],
    embeddings: Mapping[str, NDArray[np.float32]] | None,
) -> Suspects:
    """Audits the texts of one task and generation seed; `answers` are those recorded, by key.

    `embeddings` are what `embedded` gives; without them near copies are not looked for.
    """
    ours = [text.text for text in texts]
    if embeddings is None:
        found = audit(ours, _few(known))
    else:
        from benchmark.embedding import embed

        found = audit(ours, _few(known), embeddings=embed(ours), source_embeddings=embeddings)
    many = audit(ours, {"training": [example.text for example in known.data.train]})
    copies = _counts(found) | _counts(many)
    words = [normalised(text) for text in ours]
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


def _few(known: Known) -> dict[str, list[str]]:
    return {
        "test": [example.text for example in known.data.test],
        "demonstration": [example.text for example in known.task.pool],
    }


def _counts(found: Audit) -> dict[str, dict[str, int]]:
    rows: dict[str, dict[str, set[int]]] = {}
    for source, rule in found.checked:
        rows.setdefault(source, {})[rule] = set()
    for match in found.matches:
        rows[match.source][match.rule].add(match.text)
    return {
        source: {rule: len(hit) for rule, hit in rules.items()} | {"any": len(set().union(*rules.values()))}
        for source, rules in rows.items()
    }
