"""A pilot of written texts beside a few real ones: what can be seen before many texts are paid for."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from statistics import fmean
from typing import Any

import numpy as np

from synthworth.measures import diversity, top_k_similarity
from synthworth.training import out_of_sample, solved

PER_LABEL = 30  # texts of a pilot, and labelled real texts, of a label
LEAST = 10  # of either that anything is measured on
UNLABELLED, LEAST_UNLABELLED = 200, 60  # further real texts
NEAREST = 5

Embed = Callable[[Sequence[str]], Any]
Labelled = Sequence[tuple[str, str]]  # texts and labels


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One thing that a pilot tells, and in a sentence how it is measured."""

    name: str
    needs: str
    """What it needs beside the pilot: "", unlabelled or labelled real texts."""
    meaning: str


ALONE, WITH_UNLABELLED, WITH_LABELLED = "", "unlabelled", "labelled"
FEATURES: Mapping[str, Feature] = {
    one.name: one
    for one in (
        Feature(
            name="separability",
            needs=ALONE,
            meaning="how often a classifier of the pilot's other texts gives a pilot text its label",
        ),
        Feature(name="diversity", needs=ALONE, meaning="mean cosine distance of two pilot texts"),
        Feature(
            name="similarity_gap",
            needs=WITH_UNLABELLED,
            meaning="mean of a real text's five largest cosines with as many other real texts, less with the pilot",
        ),
        Feature(
            name="diversity_gap",
            needs=WITH_UNLABELLED,
            meaning="mean cosine distance of two real texts less that of two pilot texts",
        ),
        Feature(
            name="fidelity",
            needs=WITH_LABELLED,
            meaning="how often a classifier of the labelled real texts gives a pilot text its label",
        ),
        Feature(
            name="transfer_gap",
            needs=WITH_LABELLED,
            meaning="how often a classifier of other real texts gives a real text its label, less one of the pilot",
        ),
    )
}


def pilot_features(
    pilot: Labelled, labelled: Labelled, unlabelled: Sequence[str], labels: Sequence[str], embed: Embed
) -> dict[str, float]:
    """Measure a pilot of written texts: those of `FEATURES` that the real texts at hand allow.

    All shares are means over labels, and every classifier is a regression on frozen embeddings. Of each label 30 texts
    of the pilot and 30 labelled real ones are taken, and 200 unlabelled ones, by a hash of the texts; labelled texts
    take part without their labels, too. Raises ValueError if a label of the pilot has fewer than 10 texts.
    """
    written = _of_each(pilot, labels)
    for label in labels:
        if (count := sum(one == label for _, one in written)) < LEAST:
            raise ValueError(f"the pilot has {count} texts of {label!r}; advice needs {LEAST}, better {PER_LABEL}")
    given = [label for _, label in written]
    ours = np.asarray(embed([text for text, _ in written]), dtype=np.float64)
    found = {
        "separability": _share(given, _most_likely(out_of_sample(ours, given, seed=0), sorted(set(given)))),
        "diversity": diversity.remote_clique(ours),
    }
    known = _of_each(labelled, labels)
    theirs = np.asarray(embed([text for text, _ in known]), dtype=np.float64) if known else None
    found |= _beside_unlabelled(ours, _in_order([*unlabelled, *(text for text, _ in labelled)])[:UNLABELLED], embed)
    counts = [sum(one == label for _, one in known) for label in labels]
    if theirs is not None and min(counts) >= LEAST:
        right = [label for _, label in known]
        names = sorted(set(right))
        ceiling = _share(right, _most_likely(out_of_sample(theirs, right, seed=0), names))
        by_pilot, by_real = solved(ours, given), solved(theirs, right)
        found["fidelity"] = _share(given, _most_likely(by_real.shares(ours), by_real.labels))
        found["transfer_gap"] = ceiling - _share(right, _most_likely(by_pilot.shares(theirs), by_pilot.labels))
    return {name: round(float(value), 4) for name, value in found.items()}


def _beside_unlabelled(ours: Any, real: Sequence[str], embed: Embed) -> dict[str, float]:
    """Compare the pilot with one half of the real texts, each in as many texts, by their likeness to the other half."""
    if len(real) < LEAST_UNLABELLED:
        return {}
    theirs = np.asarray(embed(real), dtype=np.float64)
    half, others = theirs[::2], theirs[1::2]
    size = min(len(ours), len(half))
    places = np.linspace(0, len(ours) - 1, size).astype(int)  # of every label alike
    written, real_ones = ours[places], half[:size]
    k = min(NEAREST, size)
    return {
        "similarity_gap": top_k_similarity(others, real_ones, k=k) - top_k_similarity(others, written, k=k),
        "diversity_gap": diversity.remote_clique(real_ones) - diversity.remote_clique(written),
    }


def _of_each(texts: Labelled, labels: Sequence[str]) -> list[tuple[str, str]]:
    """Return the texts of a pilot's size, label by label."""
    by_label: dict[str, list[str]] = {label: [] for label in labels}
    for text, label in texts:
        by_label[label].append(text)
    return [(text, label) for label in labels for text in _in_order(by_label[label])[:PER_LABEL]]


def _in_order(texts: Iterable[str]) -> list[str]:
    """Return the texts, each once, by a hash, so that which ones are taken does not depend on their order."""
    return sorted(set(texts), key=lambda text: sha256(f"pilot/{text}".encode()).digest())


def _most_likely(shares: Any, names: Sequence[str]) -> list[str]:
    return [names[place] for place in np.asarray(shares).argmax(axis=1)]


def _share(right: Sequence[str], said: Sequence[str]) -> float:
    """The share of texts that get their label, a mean over labels."""
    of_label: dict[str, list[bool]] = {}
    for label, one in zip(right, said, strict=True):
        of_label.setdefault(label, []).append(label == one)
    return fmean(fmean(hits) for hits in of_label.values())
