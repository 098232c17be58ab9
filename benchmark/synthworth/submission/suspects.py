"""Suspect texts of a bundle: copies of real texts and of demonstrations, duplicates, contradictory labels.

Which texts are copies is decided by `synthworth.measures.leaks`, as in the suites and on the leaderboard.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthworth.core import Progress, minilm, unreported
from synthworth.measures import audit, counts, plain, under_another_label
from synthworth.submission.contents import BundleText
from synthworth.submission.rescoring import TaskWithData

# Of the training sets of the ten tasks, written ones hold no copy of a test or training text, and real ones repeat at
# most 7 % of their texts in the test set (sms_spam, whose senders repeat themselves).
MOST_COPIES = 0.1  # share of a training set that may be suspected copies of test texts, and of training texts
REFUSING = ("test", "training")  # sources whose copies are no work of a generator


@dataclass(frozen=True, kw_only=True)
class Suspects:
    """Counts of suspect texts in one training set."""

    texts: int
    """Size of the training set."""
    copies: Mapping[str, Mapping[str, int]]
    """By source and rule, and by `any` rule."""
    duplicates: int
    """Texts with the same words as an earlier one of the set."""
    contradictions: int
    """Texts that also appear under another label."""
    opposed: int
    """Copies of real texts and demonstrations that have another label."""
    without_answer: int
    """Texts that no recorded answer gave."""

    def flags(self) -> Iterator[str]:
        """Yield a line for each kind of suspect text."""
        for source, rules in self.copies.items():
            if rules["any"]:
                yield f"{rules['any']} of {self.texts} texts are suspected copies of {source} texts ({_by_rule(rules)})"
        for count, what in (
            (self.duplicates, "repeat the words of another one"),
            (self.contradictions, "appear under two labels"),
            (self.opposed, "are suspected copies of a text that has another label"),
            (self.without_answer, "have no recorded answer"),
        ):
            if count:
                yield f"{count} of {self.texts} texts {what}"

    def problems(self) -> Iterator[str]:
        """Yield a line for each source of which too many texts are copies: then no generator has written the set."""
        for source in REFUSING:
            rules = self.copies.get(source, {"any": 0})
            if rules["any"] > MOST_COPIES * self.texts:
                yield (
                    f"{rules['any']} of {self.texts} texts are suspected copies of {source} texts ({_by_rule(rules)}); "
                    f"at most {MOST_COPIES:.0%} may be"
                )


def _by_rule(rules: Mapping[str, int]) -> str:
    return ", ".join(f"{rule} {count}" for rule, count in rules.items() if count and rule != "any")


def why_no_near_copies() -> str:
    """Return the reason why texts cannot be embedded here, to find near copies; "" if they can."""
    try:
        minilm()
    except ValueError as error:
        return str(error)
    return ""


def find_suspects(
    sets: Sequence[Sequence[BundleText]],
    known: TaskWithData,
    answers: Mapping[str, object],
    *,
    near: bool,
    progress: Progress = unreported,
) -> list[Suspects]:
    """Audit training sets of one task, each by itself; `answers` are the recorded ones, by key.

    With `near`, near copies are looked for among test texts and demonstrations, but not among training texts, whose
    embedding would take longer than everything else: these are compared by their words.
    """
    few = {
        "test": [example.text for example in known.data.test],
        "demonstration": [example.text for example in known.task.pool],
    }
    many = {"training": [example.text for example in known.data.train]}
    theirs = {
        "test": [example.label for example in known.data.test],
        "demonstration": [example.label for example in known.task.pool],
        "training": [example.label for example in known.data.train],
    }
    parts = [*few.values(), *([text.text for text in texts] for texts in sets)]
    embeddings, common = _embedded(parts, progress) if near else None, many["training"]
    suspects = []
    for number, texts in enumerate(sets, len(few)):
        ours = [text.text for text in texts]
        nearby = audit(
            ours,
            few,
            embeddings=None if embeddings is None else embeddings[number],
            source_embeddings=None if embeddings is None else dict(zip(few, embeddings, strict=False)),
            background=common,
            shown=["demonstration"],
            progress=progress,
        )
        among_train = audit(ours, many, progress=progress)
        labels = [text.label for text in texts]
        opposed = [match for matches in (nearby, among_train) for match in under_another_label(matches, labels, theirs)]
        suspects.append(
            _suspects(
                texts, counts(nearby) | counts(among_train), answers, opposed=len({match.text for match in opposed})
            )
        )
    return suspects


def _embedded(parts: Sequence[Sequence[str]], progress: Progress) -> list[NDArray[np.float32]]:
    """Embed all parts in one pass: loading the embedder takes a second."""
    from synthworth.training import embed

    ends = np.cumsum([len(part) for part in parts])[:-1]
    return np.split(embed([text for part in parts for text in part], progress=progress), ends)


def _suspects(
    texts: Sequence[BundleText],
    copies: Mapping[str, Mapping[str, int]],
    answers: Mapping[str, object],
    *,
    opposed: int,
) -> Suspects:
    words = [plain(text.text) for text in texts]
    labels: dict[str, set[str]] = defaultdict(set)
    for key, text in zip(words, texts, strict=True):
        labels[key].add(text.label)
    return Suspects(
        texts=len(texts),
        copies=copies,
        duplicates=len(words) - len(set(words)),
        contradictions=sum(len(labels[key]) > 1 for key in words),
        opposed=opposed,
        without_answer=sum(not text.answers or any(key not in answers for key in text.answers) for text in texts),
    )
