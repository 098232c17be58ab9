"""The records in a bundle's files, which check themselves because a stranger wrote them."""

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from synthworth.core import DATA, Entry, date_problem, shown
from synthworth.generation.recording import BESIDE_FIELDS, REQUEST_FIELDS

FORMAT = 1
# Ten tasks of 3,000 texts a label, the size of the study, fit ten times over.
MOST_TEXTS = 10_000  # a label
MOST_SEEDS = 20
MOST_CHARACTERS = 10_000  # of a text, or an answer
MOST_DECLARED = 2_000  # characters of a declared field
KEY = re.compile("[0-9a-f]{64}")
LOOK_ALIKES = frozenset({"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU", "FULLWIDTH"})


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """The submitter's part of a leaderboard `Entry`, and how the texts were made; the verifier adds state and flags."""

    format: int = FORMAT
    name: str
    """The entry's name on the leaderboard. No word may mix scripts that look alike."""
    method: str
    """As in the results; ASCII, so that no other letters can pass for a known method's."""
    generator: str
    """As in the results; ASCII."""
    who: str
    date: str
    """The day the entry was made, as 2026-11-20; not in the future."""
    variants: int | None = None
    division: str = "closed"
    note: str = ""
    data: str
    per_label: int
    demonstrations: str = ""
    """pool, real, or "" for a method that shows none."""
    generation_seeds: Sequence[int]
    models: Sequence[str] = ()
    """The generator's names as its answers give them, dated if the server dates them."""
    parameters: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    """Each sampling parameter that was sent, with its values over all requests; without the seed, which differs."""

    def __post_init__(self) -> None:
        for problem in self._problems():
            raise ValueError(problem)
        self.entry()

    def _problems(self) -> Iterator[str]:
        if self.format != FORMAT:
            yield f"a bundle of format {self.format}; this version reads {FORMAT}: install the one that wrote it"
        for name in ("name", "method", "generator", "who", "note", "demonstrations"):
            value = getattr(self, name)
            if len(value) > MOST_DECLARED or not value.isprintable():
                yield f"{name} is {shown(value)}; give one line of at most {MOST_DECLARED} characters"
        yield from self._disguised_names()
        if not self.method:
            yield "no method is named"
        if problem := date_problem(self.date):
            yield problem
        if self.data not in DATA:
            yield f"data is {shown(self.data)}; allowed: {', '.join(DATA)}"
        if not 1 <= self.per_label <= MOST_TEXTS:
            yield f"per_label is {self.per_label}; allowed: 1 to {MOST_TEXTS:,}"
        if not 1 <= len(self.generation_seeds) <= MOST_SEEDS or min(self.generation_seeds) < 0:
            yield f"generation_seeds are {shown(self.generation_seeds)}; give 1 to {MOST_SEEDS}, 0 or more each"

    def _disguised_names(self) -> Iterator[str]:
        for name in ("method", "generator"):
            if not getattr(self, name).isascii():
                yield f"{name} is {shown(getattr(self, name))}; give ASCII letters, digits and signs only"
        for name in ("name", "who"):
            if word := next(filter(mixes_scripts, getattr(self, name).split()), ""):
                yield f"{name} has the word {shown(word)}, which mixes scripts that look alike; write it in one script"

    def entry(self, **verification: Any) -> Entry:
        """Return the leaderboard row that is asked for, with the state and flags of a `verification`."""
        names = ("name", "method", "generator", "who", "date", "variants", "division", "note")
        return Entry(**{name: getattr(self, name) for name in names}, **verification)


def mixes_scripts(word: str) -> bool:
    """Return True if a word has letters of two scripts that look alike, or a compatibility form of a letter.

    >>> mixes_scripts("few_shot"), mixes_scripts("few_sh\\u043et"), mixes_scripts("\\u0442\\u0435\\u0441\\u0442")
    (False, True, False)
    """
    scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in word if letter.isalpha()}
    return len(scripts & LOOK_ALIKES) > 1 or unicodedata.normalize("NFKC", word) != unicodedata.normalize("NFC", word)


@dataclass(frozen=True, kw_only=True)
class BundleText:
    """One training text."""

    text: str
    label: str
    answers: Sequence[str] = ()
    """Keys of the recorded answers behind the text, the one it was cut from last; none if no request made it."""
    provenance: str = ""
    """Any other origin."""
    weight: float = 1.0
    """Its weight in the loss."""

    def __post_init__(self) -> None:
        if not 0 < self.weight < math.inf:
            raise ValueError(f"a weight of {self.weight}; give a number above 0")
        for key in self.answers:
            if not KEY.fullmatch(key):
                raise ValueError(f"{shown(key)} is not the key of an answer, which has 64 hex digits")
        if not self.text.strip() or len(self.text) > MOST_CHARACTERS:
            raise ValueError(f"a text of {len(self.text):,} characters; allowed: 1 to {MOST_CHARACTERS:,}, with words")


@dataclass(frozen=True, kw_only=True)
class RecordedResponse:
    """The answer to one request."""

    text: str
    tokens: Sequence[int]
    """Counts of the prompt's and the answer's tokens."""
    finish_reason: str = "stop"
    model: str = ""
    refusal: str = ""
    """The server's own field for a refusal, beside or instead of the text."""
    thinking: int = 0
    """Tokens of the answer that the server counts as thoughts."""

    def __post_init__(self) -> None:
        if len(self.text) > MOST_CHARACTERS:
            raise ValueError(f"an answer of {len(self.text):,} characters; allowed: {MOST_CHARACTERS:,}")
        if len(self.tokens) != 2 or min(self.tokens) < 0:
            raise ValueError(f"tokens are {shown(self.tokens)}; give two counts")


@dataclass(frozen=True, kw_only=True)
class RecordedAnswer:
    """One line of a recording."""

    key: str
    sample: int
    request: Mapping[str, Any]
    response: RecordedResponse
    retries: int = 0
    omitted: Sequence[str] = ()
    room: int = 0
    lost: Sequence[int] = ()
    batch: bool = False

    def __post_init__(self) -> None:
        if not KEY.fullmatch(self.key):
            raise ValueError(f"the key {shown(self.key)} does not have 64 hex digits")
        if not isinstance(self.request.get("model"), str):
            raise ValueError("a request names no model")
        for name in self.request:
            if name not in (*REQUEST_FIELDS, *BESIDE_FIELDS, "label", "parts", "demonstrations"):
                raise ValueError(f"a request holds {shown(name)}, which no recording keeps")
        if self.retries < 0:
            raise ValueError(f"{self.retries} retries; give 0 or more")


@dataclass(frozen=True, kw_only=True)
class BundleVersions:
    """Versions of what the bundle was made with, for readers; no verdict rests on them."""

    synthworth: str
    python: str
    suite: int
    tasks: Mapping[str, int]
    libraries: Mapping[str, str]
    machines: Mapping[str, str]
    """By classifier, a hash of the code, libraries and processor."""
    commit: str = ""
    """The commit of the code; "" outside of a repository."""
