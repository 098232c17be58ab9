"""Audit of texts: copies of test texts, training texts and demonstrations among them, and the rule that finds each.

Five rules, from strict to loose, each checked for itself: `exact`, the same string; `same`, `run` and `edited`, as
`measures.copies` states them; `near`, a high cosine of the embeddings.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from synthworth.core import Progress, unreported
from synthworth.measures.copies import RULES, Matches, Originals
from synthworth.measures.disguises import plain
from synthworth.measures.similarity import nearest

EXACT, NEAR = "exact", "near"
# By all-MiniLM-L6-v2, 29 of 30 hand-written texts (tests/measures/test_leaks.py) lie this near to their lightly edited
# copy (the other: 0.78), and none to another text on its subject (at most 0.82). No threshold tells freely reworded
# texts (median cosine 0.56) from other texts on the subject (0.48). Nor is a near text always a copy: 0 to 5 % of real
# test texts, 0.6 % in the median task, have one of 3,000 real training texts this near.
NEAR_COSINE = 0.9
# A headline with one word changed lies at 0.83 to the original; 99 % of unrelated short texts lie under 0.75.
NEAR_IF_SHORT, SHORT = 0.8, 12  # words
# Shares of an audit's time: of 70,000 texts of 100 words beside 2,000 and 8,000 rows. The others take next to nothing.
PREPARED, WORK = 1, {"same": 1, "run": 2, "edited": 6}

Item = TypeVar("Item")


@dataclass(frozen=True, kw_only=True)
class Match:
    """A text that one rule finds in one source; `text` and `row` are its place in its set, and in the source, from 0.

    The strength is in (0, 1]: 1 for `exact` and `same`; for `run` the share of the shorter text's words that lie in
    runs in common, `row` being the one that has most of them; for `edited` and `near` the cosine.
    """

    text: int
    source: str
    rule: str
    row: int
    strength: float


@dataclass(frozen=True, kw_only=True)
class Audit:
    """The audit of `texts` texts: the pairs of source and rule that were checked, and every match."""

    texts: int
    checked: tuple[tuple[str, str], ...]
    matches: tuple[Match, ...]


def audit(
    texts: Sequence[str],
    sources: Mapping[str, Sequence[str]],
    *,
    embeddings: NDArray[np.floating] | None = None,
    source_embeddings: Mapping[str, NDArray[np.floating]] | None = None,
    background: Sequence[str] = (),
    shown: Collection[str] = ("demonstrations",),
    progress: Progress = unreported,
) -> Audit:
    """Compare texts with those of the named sources, by every rule: at most one match of a text, source and rule.

    Without embeddings, of shapes (texts, d) and (rows of the source, d), `near` is not checked. `background` are real
    training texts, which show what phrases are common; the writer was `shown` the sources of these names. `progress`
    gets the stage, the share of the work that is done as a number of texts, and that of all texts. Raises ValueError if
    embeddings are given for one side only, or do not pair up with their texts.

    >>> result = audit(["Fog shuts airport!", "Rain."], {"test": ["The sun is out.", "fog shuts airport"]})
    >>> result.matches
    (Match(text=0, source='test', rule='same', row=1, strength=1.0),)
    """
    theirs = _paired(texts, sources, embeddings, source_embeddings)
    whole, spent, total = sum(WORK.values()) * len(sources) + PREPARED, PREPARED, max(1, len(texts))

    def done(share: float, of: float) -> None:
        progress("auditing", int(total * (spent + share * of) / whole), total)

    progress("auditing", 0, total)
    ours, matches, checked = [plain(text) for text in texts], list[Match](), list[tuple[str, str]]()
    for source, rows in sources.items():
        originals = Originals(rows, background=() if rows is background else background, shown=source in shown)
        by_rule = {EXACT: _exact(texts, rows)}
        for rule in RULES:
            done(0, WORK[rule])
            by_rule[rule] = originals.matches(ours, rule, partial(done, of=WORK[rule]))
            spent += WORK[rule]
        if embeddings is not None:
            by_rule[NEAR] = _near(ours, embeddings, theirs[source])
        checked += [(source, rule) for rule in by_rule]
        matches += [
            Match(text=text, source=source, rule=rule, row=row, strength=strength)
            for rule, hits in by_rule.items()
            for text, (row, strength) in hits.items()
        ]
    progress("auditing", total, total)
    matches.sort(key=lambda match: (match.text, checked.index((match.source, match.rule))))
    return Audit(texts=len(texts), checked=tuple(checked), matches=tuple(matches))


def counts(audit: Audit) -> dict[str, dict[str, int]]:
    """Count for each source the texts that each checked rule finds in it, and those that `any` rule does.

    >>> counts(audit(["Fog shuts airport!", "Rain."], {"test": ["The sun is out.", "fog shuts airport"]}))["test"]
    {'exact': 0, 'same': 1, 'run': 0, 'edited': 0, 'any': 1}
    """
    hits_by_source: dict[str, dict[str, set[int]]] = {}
    for source, rule in audit.checked:
        hits_by_source.setdefault(source, {})[rule] = set()
    for match in audit.matches:
        hits_by_source[match.source][match.rule].add(match.text)
    return {
        source: {rule: len(texts) for rule, texts in hits.items()} | {"any": len(set().union(*hits.values()))}
        for source, hits in hits_by_source.items()
    }


def under_another_label(audit: Audit, labels: Sequence[str], source_labels: Mapping[str, Sequence[str]]) -> list[Match]:
    """Return the matches of texts that copy a row which has another label; sources without labels are left out.

    `labels` are those of the audited texts, `source_labels` those of the rows, by source.

    >>> found = audit(["Fog shuts airport!"], {"test": ["fog shuts airport"]})
    >>> [match.row for match in under_another_label(found, ["bad"], {"test": ["good"]})]
    [0]
    """
    return [
        match
        for match in audit.matches
        if match.source in source_labels and source_labels[match.source][match.row] != labels[match.text]
    ]


def without_suspects(
    items: Sequence[Item],
    audit: Audit,
    *,
    sources: Collection[str] | None = None,
    rules: Collection[str] | None = None,
) -> list[Item]:
    """Return the items whose text has no match, in order; `items` stand for the audited texts, one each.

    With `sources` or `rules`, only matches in these or by these count. Raises ValueError if the audit did not check one
    of them, or has another number of texts.

    >>> texts = ["Fog shuts airport!", "Rain."]
    >>> without_suspects(texts, audit(texts, {"test": ["The sun is out.", "fog shuts airport"]}))
    ['Rain.']
    """
    if len(items) != audit.texts:
        raise ValueError(f"{len(items)} items for an audit of {audit.texts} texts; they must pair up")
    checked = ([source for source, _ in audit.checked], [rule for _, rule in audit.checked])
    for wanted, known in zip((sources, rules), checked, strict=True):
        for name in wanted or ():
            if name not in known:
                raise ValueError(f"{name!r} was not checked; checked: {', '.join(dict.fromkeys(known)) or 'nothing'}")
    suspects = {
        match.text
        for match in audit.matches
        if (sources is None or match.source in sources) and (rules is None or match.rule in rules)
    }
    return [item for text, item in enumerate(items) if text not in suspects]


def _paired(
    texts: Sequence[str],
    sources: Mapping[str, Sequence[str]],
    embeddings: NDArray[np.floating] | None,
    source_embeddings: Mapping[str, NDArray[np.floating]] | None,
) -> Mapping[str, NDArray[np.floating]]:
    if (embeddings is None) != (source_embeddings is None):
        raise ValueError("embeddings of one side only; pass both `embeddings` and `source_embeddings`, or neither")
    if embeddings is None or source_embeddings is None:
        return {}
    if embeddings.shape[0] != len(texts):
        raise ValueError(f"{embeddings.shape[0]} embeddings for {len(texts)} texts; they must pair up")
    for source, originals in sources.items():
        rows = source_embeddings[source].shape[0] if source in source_embeddings else 0
        if rows != len(originals):
            raise ValueError(f"{rows} embeddings for {len(originals)} texts of {source!r}; they must pair up")
    return source_embeddings


def _exact(texts: Iterable[str], originals: Iterable[str]) -> Matches:
    """Return the texts that equal a row, with the first such row; an empty text equals none."""
    first: dict[str, int] = {}
    for row, original in enumerate(originals):
        first.setdefault(original, row)
    return {i: (first[text], 1.0) for i, text in enumerate(texts) if text and text in first}


def _near(ours: Sequence[str], embeddings: NDArray[np.floating], originals: NDArray[np.floating]) -> Matches:
    if not len(originals) or not len(ours):
        return {}
    rows, cosines = nearest(embeddings, originals)
    needed = np.array([NEAR_IF_SHORT if len(text.split()) <= SHORT else NEAR_COSINE for text in ours])
    return {int(i): (int(rows[i]), float(cosines[i])) for i in np.flatnonzero(cosines >= needed)}
