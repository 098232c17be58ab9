"""Which synthetic texts stand, word for word or nearly, in the test set, the training set or the demonstrations.

Four rules, from strict to loose, each checked for itself: `exact`, the same string; `normalised`, the same letters and
digits in the same order; `13-gram`, 13 words in a row in common, or at 8 to 12 words the whole of the shorter text;
`near`, a cosine of the embeddings from `NEAR` on. Fewer than 8 words in common are a phrase, not a copy. Words are what
stands between spaces and punctuation, so in Chinese or Thai `13-gram` finds next to nothing.
"""

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from synthworth.core.words import words
from synthworth.measures.similarity import nearest

RUN = 13  # as GPT-3's training data were compared with its test sets (Brown et al., 2020)
SHORTEST = 8
# By all-MiniLM-L6-v2, 29 of 30 hand-written texts (tests/test_audit.py) lie this near to their lightly edited copy (the
# other: 0.78), and none to another text on its subject (at most 0.82). No threshold tells freely reworded texts (median
# cosine 0.56) from other texts on the subject (0.48). Nor is a near text always a copy: of real test texts 0 to 5 %, in
# the median task 0.6 %, have one of 3,000 real training texts this near.
NEAR = 0.9

Found = dict[int, tuple[int, float]]  # text: the source's row, and the strength
Item = TypeVar("Item")


@dataclass(frozen=True, kw_only=True)
class Match:
    """One text that one rule finds in one source; `text` and `row`, the text's place in its set and the source, from 0.

    The strength is in (0, 1]: 1 for `exact` and `normalised`; for `13-gram` the share of the text's words that lie in
    runs in common with any row (as Touvron et al., 2023, measure it), `row` being the one where most runs stand first;
    for `near` the cosine.
    """

    text: int
    source: str
    rule: str
    row: int
    strength: float


@dataclass(frozen=True, kw_only=True)
class Audit:
    """What was found in a set of `texts` texts: the pairs of source and rule that were checked, and every match."""

    texts: int
    checked: tuple[tuple[str, str], ...]
    matches: tuple[Match, ...]


def audit(
    texts: Sequence[str],
    sources: Mapping[str, Sequence[str]],
    *,
    embeddings: NDArray[np.floating] | None = None,
    source_embeddings: Mapping[str, NDArray[np.floating]] | None = None,
    threshold: float = NEAR,
) -> Audit:
    """Every match of the texts in the named sources: by text, source and rule, at most one for each of the three.

    Without embeddings, of shapes (texts, d) and (rows of the source, d), `near` is not checked; `threshold` is a cosine
    of the embedder. ValueError where embeddings are given for one side only, or do not pair up with their texts.

    >>> found = audit(["Fog shuts airport!", "Rain."], {"test": ["The sun is out.", "fog shuts airport"]})
    >>> found.matches
    (Match(text=0, source='test', rule='normalised', row=1, strength=1.0),)
    """
    theirs = _paired(texts, sources, embeddings, source_embeddings)
    ours, matches, checked = [normalised(text) for text in texts], list[Match](), list[tuple[str, str]]()
    for source, originals in sources.items():
        plain = [normalised(original) for original in originals]
        found = {
            "exact": _same(texts, originals),
            "normalised": _same(map(_unspaced, ours), map(_unspaced, plain)),
            "13-gram": _run_in_common(ours, plain),
        }
        if embeddings is not None:
            found["near"] = _near(embeddings, theirs[source], threshold)
        checked += [(source, rule) for rule in found]
        matches += [
            Match(text=text, source=source, rule=rule, row=row, strength=strength)
            for rule, hits in found.items()
            for text, (row, strength) in hits.items()
        ]
    matches.sort(key=lambda match: (match.text, checked.index((match.source, match.rule))))
    return Audit(texts=len(texts), checked=tuple(checked), matches=tuple(matches))


def counts(audit: Audit) -> dict[str, dict[str, int]]:
    """For each source how many texts each checked rule finds in it, and how many `any` does.

    >>> counts(audit(["Fog shuts airport!", "Rain."], {"test": ["The sun is out.", "fog shuts airport"]}))["test"]
    {'exact': 0, 'normalised': 1, '13-gram': 0, 'any': 1}
    """
    found: dict[str, dict[str, set[int]]] = {}
    for source, rule in audit.checked:
        found.setdefault(source, {})[rule] = set()
    for match in audit.matches:
        found[match.source][match.rule].add(match.text)
    return {
        source: {rule: len(texts) for rule, texts in hits.items()} | {"any": len(set().union(*hits.values()))}
        for source, hits in found.items()
    }


def without_suspects(
    items: Sequence[Item],
    audit: Audit,
    *,
    sources: Collection[str] | None = None,
    rules: Collection[str] | None = None,
) -> list[Item]:
    """The items whose text has no match, in order; `items` stand for the audited texts, one each.

    With `sources` or `rules`, only matches in these or by these count. ValueError where the audit checked none such, or
    has another number of texts.

    >>> texts = ["Fog shuts airport!", "Rain."]
    >>> without_suspects(texts, audit(texts, {"test": ["The sun is out.", "fog shuts airport"]}))
    ['Rain.']
    """
    if len(items) != audit.texts:
        raise ValueError(f"{len(items)} items for an audit of {audit.texts} texts; they must pair up")
    checked = ([source for source, _ in audit.checked], [rule for _, rule in audit.checked])
    for asked, known in zip((sources, rules), checked, strict=True):
        for name in asked or ():
            if name not in known:
                raise ValueError(f"{name!r} was not checked; checked: {', '.join(dict.fromkeys(known)) or 'nothing'}")
    suspects = {
        match.text
        for match in audit.matches
        if (sources is None or match.source in sources) and (rules is None or match.rule in rules)
    }
    return [item for text, item in enumerate(items) if text not in suspects]


def normalised(text: str) -> str:
    """The words with one space between, after case folding and Unicode NFKC, without punctuation and apostrophes.

    Invisible characters, such as soft hyphens, are dropped: they come along when a text is copied from the web.

    >>> normalised("Don’t STOP, ﬁne-tune it!")
    'dont stop fine tune it'
    """
    if not text.isascii():
        # Unicode's compatibility caseless matching (D146): a letter may fold into one that has a form to normalise.
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold()).casefold()
        text = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    return " ".join(words(text)).replace("'", "")


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


def _unspaced(plain: str) -> str:
    return plain.replace(" ", "")


def _same(texts: Iterable[str], originals: Iterable[str]) -> Found:
    """The texts that equal a row, with the first such row; a text of nothing equals none."""
    first: dict[str, int] = {}
    for row, original in enumerate(originals):
        first.setdefault(original, row)
    return {i: (first[text], 1.0) for i, text in enumerate(texts) if text and text in first}


def _run_in_common(texts: Sequence[str], originals: Sequence[str]) -> Found:
    """The texts with min(13, their words, a row's words) words in a row of that row, where these are at least 8."""
    ours = [text.split() for text in texts]
    wanted = {min(RUN, len(found)) for found in ours if len(found) >= SHORTEST}
    runs = {run for found in ours if len(found) >= SHORTEST for run in _runs(found, min(RUN, len(found)))}
    openings = {run for found in ours for run in _runs(found, SHORTEST)}
    row_of, row_of_short, short = dict[int, int](), dict[int, int](), set[int]()
    for row, original in enumerate(originals):
        found = original.split()
        # Nearly all rows end here, after one pass: whoever shares 8 words or more shares 8.
        if openings.isdisjoint(_runs(found, SHORTEST)):
            continue
        if len(found) < RUN:
            short.add(len(found))
            row_of_short.setdefault(hash(tuple(found)), row)
        for length in wanted:
            for run in _runs(found, length):
                if run in runs:
                    row_of.setdefault(run, row)
    hits: Found = {}
    for i, found in enumerate(ours):
        covered, rows = bytearray(len(found)), Counter[int]()
        for length, known in [(min(RUN, len(found)), row_of), *((length, row_of_short) for length in short)]:
            for start, run in enumerate(_runs(found, length) if length >= SHORTEST else ()):
                if run in known:
                    covered[start : start + length] = b"\1" * length
                    rows[known[run]] += 1
        if rows:
            hits[i] = rows.most_common(1)[0][0], sum(covered) / len(found)
    return hits


def _runs(found: Sequence[str], length: int) -> Iterator[int]:
    # Hashes of 64 bits take a fifth of the memory; 10⁶ runs against 10⁷ meet by chance in one audit of two million.
    return map(hash, zip(*(found[i:] for i in range(length)), strict=False))


def _near(embeddings: NDArray[np.floating], originals: NDArray[np.floating], threshold: float) -> Found:
    if not len(originals):
        return {}
    rows, cosines = nearest(embeddings, originals)
    return {int(i): (int(rows[i]), float(cosines[i])) for i in np.flatnonzero(cosines >= threshold)}
