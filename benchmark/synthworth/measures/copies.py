"""The one rule of what counts as a copy of a text, for filters, suites, audits and submissions alike.

Three rules, from strict to loose. `same`: the same letters and digits in the same order. `run`: 8 words in a row and
more in common that are enough of the shorter text. `edited`: mostly the same pieces of words, whatever their order and
their spelling. A text of fewer than 8 words is a phrase that anybody may write, so only `same` finds it, or copies of
it. What three other texts have too is a common phrase, and a run that is made of such phrases is none. In a script
without spaces two characters count as much as a word. All three compare texts without their disguises
(`measures.disguises`).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from synthworth.core import is_unspaced
from synthworth.core.words import words
from synthworth.measures.disguises import plain, undrawn, unspaced
from synthworth.measures.runs import Split, shared_runs

SAME, RUN, EDITED = RULES = ("same", "run", "edited")
LEAST = 8  # words
PER_WORD = 2  # characters of a script without spaces
# Words in runs that make a copy: two fifths of a short text, 13 (as for GPT-3, Brown et al., 2020) of a middling one, a
# fifth of a long one (as Touvron et al., 2023, call a text "not clean").
SHORT_SHARE, ENOUGH, LONG_SHARE = 0.4, 13, 0.2
PHRASE, COMMON = 5, 3  # words in a row, and other texts: what makes a common phrase
LONG = 80  # words
# Cosines of pieces. Of 7,000 real training texts, 2 % reach these with a test text of their task (templates, and news
# about one event); of test texts with every fifth word misspelt and neighbours swapped, 90 %.
SIMILAR, SIMILAR_IF_LONG = 0.6, 0.4
# The cosine goes by rare pieces, so that one rare word in common is enough for short texts; a copy shares most others
# too: of those misspelt and swapped ones, 99 % share more than this of the shorter text's pieces.
SHARED = 0.7

Matches = dict[int, tuple[int, float]]  # text: the original's row, and the strength


@dataclass(frozen=True, kw_only=True)
class Copy:
    """A text that copies another: `text` and `row` are the places of the two, from 0, in what was compared.

    The strength is in (0, 1]: 1 for `same`, the share of words in common runs for `run`, the cosine for `edited`.
    """

    text: int
    row: int
    rule: str
    strength: float


class Originals:
    """Texts that others may copy.

    `background` are texts of the same kind, which show what phrases are common. Of originals that were `shown` to the
    writer, no 8 words in a row are there by chance.
    """

    def __init__(self, originals: Iterable[str], *, background: Iterable[str] = (), shown: bool = False) -> None:
        self._shown = shown
        self._originals = [plain(original) for original in originals]
        self._background = [plain(text) for text in background]
        self._rows: dict[str, int] = {}
        self._runs: dict[int, set[int]] = {}  # of the originals, by length
        for row, original in enumerate(self._originals):
            self._rows.setdefault(unspaced(original), row)
            self._rows.setdefault(undrawn(original), row)

    def copies(self, texts: Iterable[str], *, rules: Collection[str] = RULES) -> list[Copy]:
        """Return each text that copies an original, in order, by the strictest of the rules that finds it.

        >>> Originals(["The sun is out.", "f\u043eg shuts airport"]).copies(["Rain.", "Fog shuts airport!"])
        [Copy(text=1, row=1, rule='same', strength=1.0)]
        """
        if not self._originals:
            return []
        ours, by_text = [plain(text) for text in texts], dict[int, Copy]()
        for rule in (rule for rule in RULES if rule in rules):
            for text, (row, strength) in self.matches(ours, rule).items():
                by_text.setdefault(text, Copy(text=text, row=row, rule=rule, strength=strength))
        return [by_text[text] for text in sorted(by_text)]

    def matches(self, ours: Sequence[str], rule: str, done: Callable[[float], None] = lambda share: None) -> Matches:
        """Return the plain texts that one rule finds, by their places: the row of the original, and the strength.

        The slowest rule, `edited`, tells `done` which share of the texts it has compared.
        """
        if rule == SAME:
            keys = ((i, key) for i, text in enumerate(ours) for key in (undrawn(text), unspaced(text)))
            return {i: (self._rows[key], 1.0) for i, key in keys if key and key in self._rows}
        if rule == RUN:
            if self._shown and not any(map(self._shares_a_run, ours)):
                return {}  # of what was shown there is little, and each answer is asked about by itself
            return _runs_in_common(ours, self._originals, self._background, shown=self._shown)
        return _edited(ours, self._originals, self._background, done)

    def _shares_a_run(self, plain_text: str) -> bool:
        """Tell whether a plain text has a run of any original, of a common phrase or not."""
        split = plain_text.split()
        length = _scaled(LEAST, split)
        if length not in self._runs:
            self._runs[length] = {run for original in self._originals for run in _runs(original.split(), length)}
        return not self._runs[length].isdisjoint(_runs(split, length))


def shares_run(text: str, others: Iterable[str], length: int) -> bool:
    """Tell whether a text has `length` words in a row in common with one of the others.

    >>> shares_run("the cat sat on a mat", ["a dog sat on a log"], 3)
    True
    """
    ours = words(text)
    runs = set(_runs(ours, _scaled(length, ours)))
    return bool(runs) and any(not runs.isdisjoint(_runs(words(other), _scaled(length, ours))) for other in others)


def _scaled(length: int, split: Sequence[str]) -> int:
    """The words that say as much as so many words of a script with spaces."""
    return length * PER_WORD if is_unspaced(split) else length


def _runs(split: Sequence[str], length: int) -> Iterator[int]:
    # Hashes of 64 bits take a fifth of the memory; 10⁶ runs against 10⁷ meet by chance in one audit of two million.
    return map(hash, zip(*(split[i:] for i in range(length)), strict=False))


def _runs_in_common(ours: Sequence[str], theirs: Sequence[str], background: Sequence[str], *, shown: bool) -> Matches:
    split = [text.split() for text in ours]
    lengths = [_scaled(LEAST, text_words) for text_words in split]
    numbers: dict[str, int] = {}
    mine, originals, others = (Split(words, numbers) for words in (split, _all_split(theirs), _all_split(background)))
    common = shared_runs(mine, lengths, originals, others, phrase=(PHRASE, LEAST), common=COMMON)
    matches: Matches = {}
    for i in sorted(common):
        runs, text_words, length = common[i], split[i], lengths[i]
        shorter = min(len(text_words), max(int(originals.lengths[runs.row]), length))
        by_chance = 0 if shown else min(SHORT_SHARE * shorter, _scaled(ENOUGH, text_words))
        if runs.covered >= max(by_chance, LONG_SHARE * shorter):
            matches[i] = runs.row, min(1.0, runs.covered / shorter)
    return matches


def _all_split(texts: Iterable[str]) -> list[list[str]]:
    return [text.split() for text in texts]


def _edited(
    ours: Sequence[str], theirs: Sequence[str], background: Sequence[str], done: Callable[[float], None]
) -> Matches:
    from synthworth.measures.edits import most_similar, shared

    texts, rows = _no_phrases(ours), _no_phrases(theirs)
    long = set(rows)
    # Phrases among the originals are nothing to copy, but they still say which pieces are common.
    others = [*background, *(original for row, original in enumerate(theirs) if row not in long)]
    best, cosines = most_similar([ours[i] for i in texts], [theirs[row] for row in rows], others, done)
    matches: Matches = {}
    for i, place, cosine in zip(texts, best, cosines, strict=True):
        words_of_text = ours[i].split()
        least = SIMILAR if len(words_of_text) < _scaled(LONG, words_of_text) else SIMILAR_IF_LONG
        if cosine >= least and shared(ours[i], theirs[rows[place]]) >= SHARED:
            matches[i] = rows[place], float(cosine)
    return matches


def _no_phrases(texts: Sequence[str]) -> list[int]:
    """Return the places of the plain texts that are longer than a phrase."""
    return [i for i, text in enumerate(texts) if len(split := text.split()) >= _scaled(LEAST, split)]
