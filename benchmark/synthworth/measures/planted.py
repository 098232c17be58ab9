"""Recall and false alarms of the audit for copies, measured on texts that are edited to hide where they come from."""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from synthworth.measures.copies import Originals

Edit = Callable[[str, random.Random], str]
UNRELATED = "none: unrelated texts"
LOOK_ALIKE = str.maketrans("aeiopcxyABEHKMOPTX", "аеіорсхуАВЕНКМОРТХ")
DIGITS = str.maketrans("oeast", "03457")


@dataclass(frozen=True, kw_only=True)
class EditedCopies:
    """Outcome of one edit: `by_rule` counts those of `texts` edited texts that each rule finds, the strictest first."""

    edit: str
    texts: int
    by_rule: Mapping[str, int]

    @property
    def found(self) -> float:
        """The share of the texts that are found, in [0, 1]."""
        return sum(self.by_rule.values()) / max(self.texts, 1)


def planted_copies(
    originals: Sequence[str],
    unrelated: Sequence[str],
    *,
    edited: Sequence[str] | None = None,
    background: Sequence[str] = (),
    seed: int = 0,
) -> list[EditedCopies]:
    """Audit originals (all, or those to be `edited`) after each of `EDITS`, and unrelated texts that nobody copied.

    What is found of the edited originals is recall; what is found of the unrelated texts are false alarms, but for
    texts that happen to be nearly the same. `background` shows what phrases are common, as in every audit.
    """
    index = Originals(originals, background=background)
    outcomes = []
    for name, edit in EDITS.items():
        chance = random.Random(f"{seed}/{name}")
        texts = [edit(text, chance) for text in (originals if edited is None else edited)]
        outcomes.append(_outcome(name, texts, index))
    return [*outcomes, _outcome(UNRELATED, unrelated, index)]


def _outcome(name: str, texts: Sequence[str], index: Originals) -> EditedCopies:
    by_rule = Counter(copy.rule for copy in index.copies(texts))
    return EditedCopies(edit=name, texts=len(texts), by_rule=dict(by_rule))


def _words(change: Callable[[str, random.Random], str], every: int = 1) -> Edit:
    """Make an edit of a change to every so many words."""

    def edit(text: str, chance: random.Random) -> str:
        parts = text.split()
        return " ".join(
            change(word, chance) if number % every == every - 1 else word for number, word in enumerate(parts)
        )

    return edit


def _misspell(word: str, chance: random.Random) -> str:
    if len(word) < 3:
        return word
    place = chance.randrange(len(word) - 1)
    start, one, other, rest = word[:place], word[place], word[place + 1], word[place + 2 :]
    return chance.choice([start + other + one + rest, start + other + rest, start + one + one + other + rest])


def _swap(text: str, chance: random.Random) -> str:
    parts = text.split()
    for place in range(0, len(parts) - 1, 2):
        parts[place], parts[place + 1] = parts[place + 1], parts[place]
    return " ".join(parts)


def _misspell_and_swap(text: str, chance: random.Random) -> str:
    return _swap(_words(_misspell, 5)(text, chance), chance)


EDITS: Mapping[str, Edit] = {
    "none": lambda text, chance: text,
    "capitals, no punctuation": lambda text, chance: "".join(c for c in text.upper() if c.isalnum() or c.isspace()),
    "look-alike letters": lambda text, chance: text.translate(LOOK_ALIKE),
    "digits for letters": lambda text, chance: text.translate(DIGITS),
    "accents": lambda text, chance: text.replace("e", "é").replace("o", "ö"),
    "invisible characters": lambda text, chance: "\u200b".join(text),
    "fillers for spaces": lambda text, chance: text.replace(" ", "\u3164"),
    "every 5th word misspelt": _words(_misspell, 5),
    "neighbouring words swapped": _swap,
    "misspelt and swapped": _misspell_and_swap,
    "every 4th word left out": _words(lambda word, chance: "", 4),
    "a word after every 5th": _words(lambda word, chance: f"{word} really", 5),
    "words in random order": lambda text, chance: " ".join(chance.sample(text.split(), len(text.split()))),
}
