"""Written texts beside real ones: duplicates, labels that do not fit, length, words, diversity, and suspects."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import NamedTuple

from synthworth.core import Example, word_count
from synthworth.core.words import words
from synthworth.leaderboard.label_fidelity import Fidelity, balanced
from synthworth.leaderboard.scoring.classifiers import Learner, OnEmbeddings
from synthworth.leaderboard.scoring.draws import sampled_in_shares
from synthworth.leaderboard.scoring.pools import Pools
from synthworth.measures import diversity, metrics
from synthworth.pipeline import judged_by

COMPARED = 1000  # texts of each side whose words and embeddings are compared
TYPICAL = 6  # words that are named
TELLING = 3.0  # z from which the shares of a word differ: chance hardly reaches it, among hundreds of words
LEAST_TEXTS = 20  # of a side, for words to be called typical
SURE = 0.5  # of another label: from there on a judge's doubt is worth a look
WEIGHTS = {"copy": 4.0, "two labels": 3.0, "copy under another label": 3.0, "judge": 2.0, "length": 0.5}


class TextProperty(NamedTuple):
    """One property of the written texts, and of as many real ones; None if it was not measured there."""

    name: str
    written: float | None
    real: float | None


class TypicalWord(NamedTuple):
    """A word and the share of written and of real texts that have it, in [0, 1]."""

    word: str
    written: float
    real: float


class SuspectText(NamedTuple):
    """A written text that deserves a look, with its label, the reasons, and the real text that it copies, or ""."""

    text: str
    label: str
    reasons: str
    original: str = ""


@dataclass(frozen=True, kw_only=True)
class TextChecks:
    """The findings about the written texts themselves."""

    texts: int
    """Written texts."""
    duplicates: int
    """Written texts that repeat the words of an earlier one."""
    contradictions: int
    """Written texts whose words come under another label too."""
    copies: int
    """Suspected copies of test texts; they were not trained on."""
    copies_of_real: int
    """Suspected copies of real training texts."""
    fidelity: Fidelity | None
    """The share of real texts to which a judge that learnt from others gives their label; None without real texts."""
    beside: tuple[TextProperty, ...]
    """Length, words and diversity, beside real texts."""
    typical: tuple[TypicalWord, ...]
    """Words that are much more, or much less, frequent than in real texts."""
    suspects: tuple[SuspectText, ...]
    """The texts most worth a look, the most suspect first."""


def checked(pools: Pools, learner: Learner, *, most_suspects: int = 10) -> TextChecks:
    """Check the written texts of the pools; the judge of their labels is the classifier `learner`."""
    fidelity, doubts = _judged(pools, learner)
    by_words: dict[tuple[str, ...], list[Example]] = {}
    for example in pools.all_written:
        by_words.setdefault(tuple(words(example.text)), []).append(example)
    torn = {e.id for same in by_words.values() if len({e.label for e in same}) > 1 for e in same}
    return TextChecks(
        texts=len(pools.all_written),
        duplicates=len(pools.all_written) - len(by_words),
        contradictions=len(torn),
        copies=len(pools.copies),
        copies_of_real=len(pools.copies_of_real),
        fidelity=fidelity,
        beside=_beside(pools, learner),
        typical=_typical(pools),
        suspects=_suspects(pools, torn, doubts)[:most_suspects],
    )


def _judged(pools: Pools, learner: Learner) -> tuple[Fidelity | None, dict[str, tuple[str, float]]]:
    """The fidelity of the labels, and for each text whose label the judge doubts, its own label and how sure it is."""
    sure: dict[str, float] = {}

    def predict(train: Sequence[Example], texts: Sequence[str]) -> Sequence[str]:
        found = learner.predict(train, texts, pools.labels)
        best = [1.0] * len(texts) if found.shares is None else found.shares.max(axis=1).tolist()
        sure.update(zip(texts, best, strict=True))
        return found.labels

    asked = [example.text for example in (*pools.test, *pools.written)]
    judgement = judged_by(predict, pools.real, asked, pools.labels, "score")
    if judgement is None:
        return None, {}
    tables = [
        metrics.confusion([e.label for e in of], [judgement.labels[e.text] for e in of], pools.labels).tolist()
        for of in (pools.written, pools.test)
    ]
    doubts = {
        example.id: (label, sure[example.text])
        for example in pools.written
        if (label := judgement.labels[example.text]) != example.label
    }
    return Fidelity(balanced([tables[0]]), balanced([tables[1]]), 1 / len(pools.labels)), doubts


def _beside(pools: Pools, learner: Learner) -> tuple[TextProperty, ...]:
    real = pools.real or pools.test
    size = min(len(pools.written), len(real), COMPARED)
    samples = (sampled_in_shares(examples, size, least=0) for examples in (pools.written, real))
    ours, theirs = ([example.text for example in sample] for sample in samples)
    rows = [
        TextProperty("median words of a text", *(float(median(map(word_count, side))) for side in (ours, theirs))),
        *_ends(ours, theirs),
        TextProperty("different words", *(float(diversity.vocabulary_size(side)) for side in (ours, theirs))),
        TextProperty(
            "share of test words that they have",
            _covered(ours, pools.test),
            _covered(theirs, pools.test) if pools.real else None,
        ),
        TextProperty("distinct-2, pairs of words that do not repeat", *map(_distinct_2, (ours, theirs))),
    ]
    if isinstance(learner, OnEmbeddings) and size > 1:
        cliques = (diversity.remote_clique(learner.embed(side)) for side in (ours, theirs))
        rows.append(TextProperty("remote clique, mean distance of two texts", *cliques))
    return tuple(rows)


def _ends(ours: Sequence[str], theirs: Sequence[str]) -> list[TextProperty]:
    if min(len(ours), len(theirs)) < 2:
        return []
    tails = [quantiles(map(word_count, side), n=20, method="inclusive") for side in (ours, theirs)]
    names = ("5 % have fewer words than", "5 % have more words than")
    return [TextProperty(name, tails[0][place], tails[1][place]) for name, place in zip(names, (0, -1), strict=True)]


def _covered(texts: Sequence[str], test: Sequence[Example]) -> float:
    there = {word for text in texts for word in words(text)}
    asked = [word for example in test for word in words(example.text)]
    return sum(word in there for word in asked) / max(1, len(asked))


def _distinct_2(texts: Sequence[str]) -> float | None:
    try:
        return diversity.distinct_n(texts, 2)
    except ValueError:  # texts of one word
        return None


def _typical(pools: Pools) -> tuple[TypicalWord, ...]:
    """The words whose share of texts differs most from that of real ones, by the z of two shares, over labels alike."""
    real = pools.real or pools.test
    sides = [sampled_in_shares(examples, COMPARED) for examples in (pools.written, real)]
    if min(map(len, sides)) < LEAST_TEXTS:
        return ()
    counts = [Counter(word for e in side for word in set(words(e.text))) for side in sides]
    ours, theirs = map(len, sides)

    def z(word: str) -> float:
        one, other = counts[0][word] / ours, counts[1][word] / theirs
        pooled = (counts[0][word] + counts[1][word] + 1) / (ours + theirs + 2)
        return (one - other) / math.sqrt(pooled * (1 - pooled) * (1 / ours + 1 / theirs))

    telling = [word for word in {*counts[0], *counts[1]} if abs(z(word)) >= TELLING]
    ranked = sorted(telling, key=lambda word: (-abs(z(word)), word))
    return tuple(TypicalWord(word, counts[0][word] / ours, counts[1][word] / theirs) for word in ranked[:TYPICAL])


def _suspects(pools: Pools, torn: set[str], doubts: Mapping[str, tuple[str, float]]) -> tuple[SuspectText, ...]:
    reasons: dict[str, list[tuple[float, str]]] = {}
    originals: dict[str, str] = {}
    for example, copy, original in pools.copies:
        originals.setdefault(example.id, original.text)
        reasons.setdefault(example.id, []).append(
            (WEIGHTS["copy"], f"copies a test text ({copy.rule}), {original.label}")
        )
    for example, copy, original in pools.copies_of_real:
        if example.label != original.label:
            originals.setdefault(example.id, original.text)
            said = f"copies a real text ({copy.rule}) that is {original.label}"
            reasons.setdefault(example.id, []).append((WEIGHTS["copy under another label"], said))
    for example_id in torn:
        reasons.setdefault(example_id, []).append((WEIGHTS["two labels"], "comes under two labels"))
    for example_id, (label, sure) in doubts.items():
        if sure >= SURE:
            said = f"the judge says {label}" + (f" ({sure:.2f})" if sure < 1 else "")
            reasons.setdefault(example_id, []).append((WEIGHTS["judge"] * sure, said))
    lengths = sorted(word_count(e.text) for e in (*pools.real, *pools.test))
    for example in pools.all_written:
        if not lengths[0] <= (length := word_count(example.text)) <= lengths[-1]:
            said = f"{length:,} words; real texts have {lengths[0]:,} to {lengths[-1]:,}"
            reasons.setdefault(example.id, []).append((WEIGHTS["length"], said))
    named = {example.id: example for example in pools.all_written}
    ordered = sorted(reasons, key=lambda one: (-sum(weight for weight, _ in reasons[one]), one))
    return tuple(
        SuspectText(
            named[one].text,
            named[one].label,
            "; ".join(said for _, said in reasons[one]),
            originals.get(one, ""),
        )
        for one in ordered
    )
