"""The input of a refinement beside the texts, and its outcome."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from synthworth.core import Example, Task
from synthworth.generation.collect import Sources

Removed = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A training set while it is refined: its task, its method's sources, the mean quota of a label, the seed.

    `embed` gives embeddings of shape (texts, d), each of length 1. `answers` keeps the labels that the generator gave,
    by text and vote, so that refinements which want the same votes ask once.
    """

    task: Task
    sources: Sources
    per_label: int
    seed: int
    embed: Callable[[Sequence[str]], Any]
    answers: dict[tuple[str, int], str] = field(default_factory=dict)

    def quota(self, label: str) -> int:
        """Return how many texts of a label are wanted; 0 stands for all."""
        return self.sources.quota(label, self.per_label)


@dataclass(frozen=True, kw_only=True)
class Refined:
    """The texts that stay, in their order, and how many were removed, by label and reason.

    The reason is the name of the refinement, and with votes how many of them a text's label got, as in `filter 1/3`;
    `relabel duplicate` is a copy that a new label makes one.
    """

    examples: Sequence[Example]
    removed: Removed = field(default_factory=dict)


def parted(examples: Sequence[Example], stays: Sequence[bool], reasons: Sequence[str] | str) -> Refined:
    """Return the examples that stay; the others are counted, each under its own reason or all under one.

    >>> ads = [Example(id=str(place), text="Buy now!", label="ad") for place in range(2)]
    >>> parted(ads, [True, False], "dedup").removed
    {'ad': {'dedup': 1}}
    """
    each = [reasons] * len(examples) if isinstance(reasons, str) else reasons
    lost = [(e.label, reason) for e, stay, reason in zip(examples, stays, each, strict=True) if not stay]
    return Refined(
        examples=[example for example, stay in zip(examples, stays, strict=True) if stay],
        removed=by_label(Counter(lost)),
    )


def added(*parts: Removed) -> dict[str, dict[str, int]]:
    """Return the sum of what several steps removed.

    >>> added({"ad": {"dedup": 1}}, {"ad": {"dedup": 2, "duplicate": 1}})
    {'ad': {'dedup': 3, 'duplicate': 1}}
    """
    counts: Counter[tuple[str, str]] = Counter()
    for part in parts:
        counts.update({(label, reason): n for label, reasons in part.items() for reason, n in reasons.items()})
    return by_label(counts)


def by_label(counts: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    """Return counts by label and reason as one mapping in another, labels and reasons sorted."""
    nested: dict[str, dict[str, int]] = {}
    for (label, reason), count in sorted(counts.items()):
        nested.setdefault(label, {})[reason] = count
    return nested
