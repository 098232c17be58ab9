"""What the files of a bundle hold, as data that check themselves: a stranger wrote them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from synthworth.core.entry import Entry
from synthworth.core.result import DATA
from synthworth.generation.recording.entries import REQUEST_FIELDS
from synthworth.submission.untrusted_json import shown

FORMAT = 1
# Ten tasks of 3,000 texts a label, the size of the study, fit ten times over.
MOST_TEXTS = 10_000  # a label
MOST_SEEDS = 20
MOST_CHARACTERS = 10_000  # of a text, or an answer
MOST_DECLARED = 2_000  # characters of what a person declares
KEY = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """What an `Entry` of the leaderboard declares, and how it was made; state and flags are the verifier's to give.

    `models` are the generator's names as its answers give them, dated where the server dates them; `parameters` has,
    for each sampling parameter that was sent, its values over all requests, but for the seed, which every request has
    its own of. `demonstrations` is pool, real, or "" for a method that shows none.
    """

    format: int = FORMAT
    name: str
    method: str
    generator: str
    who: str
    date: str
    variants: int | None = None
    division: str = "closed"
    note: str = ""
    data: str
    per_label: int
    demonstrations: str = ""
    generation_seeds: Sequence[int]
    models: Sequence[str] = ()
    parameters: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for problem in self._problems():
            raise ValueError(problem)
        self.entry()

    def _problems(self) -> Iterator[str]:
        if self.format != FORMAT:
            yield f"a bundle of format {self.format}; this version reads {FORMAT}: install the one that wrote it"
        for name in ("name", "method", "generator", "who", "note", "demonstrations"):
            said = getattr(self, name)
            if len(said) > MOST_DECLARED or not said.isprintable():
                yield f"{name} is {shown(said)}; give one line of at most {MOST_DECLARED} characters"
        if not self.method:
            yield "no method is named"
        try:
            date.fromisoformat(self.date)
        except ValueError:
            yield f"date is {shown(self.date)}; give a day, as 2026-11-20"
        if self.data not in DATA:
            yield f"data is {shown(self.data)}; allowed: {', '.join(DATA)}"
        if not 1 <= self.per_label <= MOST_TEXTS:
            yield f"per_label is {self.per_label}; allowed: 1 to {MOST_TEXTS:,}"
        if not 1 <= len(self.generation_seeds) <= MOST_SEEDS or min(self.generation_seeds) < 0:
            yield f"generation_seeds are {shown(self.generation_seeds)}; give 1 to {MOST_SEEDS}, 0 or more each"

    def entry(self, **found: Any) -> Entry:
        """The row of the leaderboard that it asks for, with what a verification `found`."""
        names = ("name", "method", "generator", "who", "date", "variants", "division", "note")
        return Entry(**{name: getattr(self, name) for name in names}, **found)


@dataclass(frozen=True, kw_only=True)
class BundleText:
    """One training text: what it says, its label, the keys of the recorded answers that gave it, and any other origin.

    The answer that it was cut from comes last; a text without a key was not made by a recorded request.
    """

    text: str
    label: str
    answers: Sequence[str] = ()
    provenance: str = ""

    def __post_init__(self) -> None:
        for key in self.answers:
            if not KEY.fullmatch(key):
                raise ValueError(f"{shown(key)} is no key of an answer; it has 64 hex digits")
        if not self.text.strip() or len(self.text) > MOST_CHARACTERS:
            raise ValueError(f"a text of {len(self.text):,} characters; allowed: 1 to {MOST_CHARACTERS:,}, with words")


@dataclass(frozen=True, kw_only=True)
class RecordedResponse:
    """What came of one request; `tokens` are those of the prompt and of the answer."""

    text: str
    tokens: Sequence[int]
    finish_reason: str = "stop"
    model: str = ""
    refusal: str = ""

    def __post_init__(self) -> None:
        if len(self.text) > MOST_CHARACTERS:
            raise ValueError(f"an answer of {len(self.text):,} characters; allowed: {MOST_CHARACTERS:,}")
        if len(self.tokens) != 2 or min(self.tokens) < 0:
            raise ValueError(f"tokens are {shown(self.tokens)}; they are two counts")


@dataclass(frozen=True, kw_only=True)
class RecordedAnswer:
    """One line of a recording."""

    key: str
    sample: int
    request: Mapping[str, Any]
    response: RecordedResponse
    retries: int = 0
    omitted: Sequence[str] = ()

    def __post_init__(self) -> None:
        if not KEY.fullmatch(self.key):
            raise ValueError(f"the key {shown(self.key)} has not 64 hex digits")
        if not isinstance(self.request.get("model"), str):
            raise ValueError("a request names no model")
        for name in self.request:
            if name not in (*REQUEST_FIELDS, "label", "parts", "demonstrations"):
                raise ValueError(f"a request holds {shown(name)}, which no recording keeps")
        if self.retries < 0:
            raise ValueError(f"{self.retries} retries")


@dataclass(frozen=True, kw_only=True)
class BundleVersions:
    """What the bundle was made with; `machines` has a hash, by classifier, of the code, libraries and processor.

    Where it is equal to the verifier's, equal predictions are expected. `commit` is "" outside of a checkout.
    """

    synthworth: str
    python: str
    suite: int
    tasks: Mapping[str, int]
    libraries: Mapping[str, str]
    machines: Mapping[str, str]
    commit: str = ""
