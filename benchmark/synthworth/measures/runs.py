"""Runs of words that texts have in common, as arrays: a million words take a second.

A run is known by a hash of 64 bits of its words: 10⁶ runs against 10⁷ meet by chance in one audit of two million.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from synthworth.measures.hashes import Hashes, distinct

Places = NDArray[np.int64]

BLOCK = 2**21  # words that are hashed at once: what they take stays below 100 MB
_FACTORS = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)


@dataclass(frozen=True, kw_only=True)
class SharedRuns:
    """The runs of one text that originals have too: the words that lie in one, and the rows that have most of them."""

    covered: int
    """Words of the text that lie in such a run."""
    row: int
    """The row that has most of these runs; of equals, the one met first."""


class Split:
    """Texts as the numbers of their words: words that are equal have one number in every `Split` of one `numbers`."""

    def __init__(self, texts: Sequence[Sequence[str]], numbers: dict[str, int]) -> None:
        self.lengths = np.array([len(words) for words in texts], dtype=np.int64)
        self.starts = np.concatenate([[0], np.cumsum(self.lengths)]).astype(np.int64)
        flat = [numbers.setdefault(word, len(numbers)) for words in texts for word in words]
        self.words = _mixed(np.array(flat, dtype=np.uint64))

    def runs(self, length: int, texts: slice | None = None) -> tuple[Hashes, Places, Places]:
        """Return the hash of each run of so many words, the text it is in, and the place of its first word."""
        first, last, _ = (texts or slice(None)).indices(len(self.lengths))
        begin, end = int(self.starts[first]), int(self.starts[max(first, last)])
        count = max(0, end - begin - length + 1)
        if not count:
            return np.zeros(0, np.uint64), np.zeros(0, np.int64), np.zeros(0, np.int64)
        mixed = np.zeros(count, dtype=np.uint64)
        for place in range(length):
            mixed = mixed * np.uint64(_FACTORS[1]) + self.words[begin + place : begin + place + count]
        owner = np.repeat(np.arange(first, last), self.lengths[first:last])[:count]
        places = np.arange(begin, begin + count)
        whole = places + length <= self.starts[owner + 1]
        return _mixed(mixed[whole]), owner[whole], places[whole]

    def blocks(self) -> list[slice]:
        """Return ranges of texts of about `BLOCK` words each."""
        marks = np.searchsorted(self.starts, np.arange(BLOCK, self.starts[-1] + BLOCK, BLOCK))
        ends = [0, *np.unique(np.minimum(marks, len(self.lengths))).tolist()]
        return [slice(a, b) for a, b in pairwise(ends) if b > a]


def shared_runs(
    ours: Split, lengths: Sequence[int], theirs: Split, background: Split, *, phrase: tuple[int, int], common: int
) -> Mapping[int, SharedRuns]:
    """Return, for each of our texts that has runs of `lengths[text]` words in common with originals, what they are.

    A run that is made of phrases which more than `common` other texts have is left out: of `phrase[0]` words for
    each `phrase[1]` of the run. Others are the originals and the background.
    """
    found: dict[int, SharedRuns] = {}
    sizes = np.array(lengths, dtype=np.int64)
    for length in sorted(set(lengths)):
        of_length = sizes == length
        hashes, owner, places = ours.runs(length)
        mine = of_length[owner]
        hashes, owner, places = hashes[mine], owner[mine], places[mine]
        rows_of = _rows_of(distinct(hashes), theirs, length, common)
        if not rows_of:
            continue
        met = np.isin(hashes, np.fromiter(rows_of, dtype=np.uint64, count=len(rows_of)))
        hashes, owner, places = hashes[met], owner[met], places[met]
        rare = _with_rare_phrases(hashes, places, ours, theirs, background, length, phrase, common)
        found |= _summed(hashes[rare], owner[rare], places[rare], rows_of, length)
    return found


def _rows_of(wanted: Hashes, theirs: Split, length: int, common: int) -> dict[int, list[int]]:
    """Return the runs among those wanted that originals have, each with the first rows that have it.

    A run of every text would cost memory for every pair: of more than `common` rows, one more is named.
    """
    rows_of: dict[int, list[int]] = {}
    for block in theirs.blocks() if len(wanted) else ():
        hashes, owner, _ = theirs.runs(length, block)
        kept = _among(hashes, wanted)
        for run, row in zip(hashes[kept].tolist(), owner[kept].tolist(), strict=True):
            rows = rows_of.setdefault(run, [])
            if len(rows) <= common and (not rows or rows[-1] != row):
                rows.append(row)
    return rows_of


def _with_rare_phrases(
    hashes: Hashes,
    places: Places,
    ours: Split,
    theirs: Split,
    background: Split,
    length: int,
    phrase: tuple[int, int],
    common: int,
) -> NDArray[np.bool_]:
    """Return True for each run that has a phrase which at most `common` of the originals and the background have."""
    size = length * phrase[0] // phrase[1]
    steps = np.arange(length - size + 1)
    inside = np.zeros((len(places), len(steps)), dtype=np.uint64)
    for place in range(size):
        inside = inside * np.uint64(_FACTORS[1]) + ours.words[places[:, None] + steps + place]
    inside = _mixed(inside)
    wanted = distinct(inside.ravel())
    counted = np.zeros(len(wanted), dtype=np.int64)
    for texts in (theirs, background):
        for block in texts.blocks():
            of_texts, owner, _ = texts.runs(size, block)
            kept = _among(of_texts, wanted)
            at = np.searchsorted(wanted, of_texts[kept]).astype(np.int64)
            once = distinct(at * len(texts.lengths) + owner[kept])  # a text counts once
            counted += np.bincount(once // max(1, len(texts.lengths)), minlength=len(wanted))
    return np.asarray((counted[np.searchsorted(wanted, inside)] <= common).any(axis=1))


def _among(hashes: Hashes, wanted: Hashes) -> NDArray[np.bool_]:
    """Return True for each hash that is among the sorted wanted ones."""
    if not len(wanted):
        return np.zeros(len(hashes), dtype=bool)
    at = np.minimum(np.searchsorted(wanted, hashes), len(wanted) - 1)
    return np.asarray(wanted[at] == hashes)


def _summed(
    hashes: Hashes, owner: Places, places: Places, rows_of: Mapping[int, Sequence[int]], length: int
) -> dict[int, SharedRuns]:
    covered: dict[int, set[int]] = {}
    rows: dict[int, Counter[int]] = {}
    for run, text, place in zip(hashes.tolist(), owner.tolist(), places.tolist(), strict=True):
        covered.setdefault(text, set()).update(range(place, place + length))
        rows.setdefault(text, Counter()).update(rows_of[run])
    return {
        text: SharedRuns(covered=len(covered[text]), row=of_text.most_common(1)[0][0]) for text, of_text in rows.items()
    }


def _mixed(numbers: Hashes) -> Hashes:
    """Return numbers that differ in half of their bits wherever the given ones differ (the finaliser of splitmix64)."""
    numbers = numbers + np.uint64(_FACTORS[0])
    numbers = (numbers ^ numbers >> np.uint64(30)) * np.uint64(_FACTORS[1])
    numbers = (numbers ^ numbers >> np.uint64(27)) * np.uint64(_FACTORS[2])
    return np.asarray(numbers ^ numbers >> np.uint64(31))
