"""Ends of sentences, in every script, to cut back an answer that runs on."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from synthworth.core import unicode_pattern, word_count

# Recordings come from strangers too: no expression here takes more than a few passes over a text, whatever it holds.
_ASCII_END = re.compile(r"(?<![.!?])[.!?]++[\"')\]]*(?=\s|$)")
# Single letters are initials, as in J. Smith and U.S.; texts of some tasks are lower-case, where "no." ends a sentence.
_ENGLISH = r"([A-Za-z]|No|(?i:mr|mrs|ms|dr|st|inc|corp|co|ltd|jr|sr|gen|gov|sen|rep|vs))"
ABBREVIATIONS = {  # beside initials and the English ones
    "de": "bzw|ca|evtl|ggf|hr|fr|nr|prof|str|tel|usw|vgl|abb|bspw|u|z",
    "es": "sra?|dra?|ud|uds|núm|pág|aprox|ej|etc",
    "fr": "mme|mlle|mm|av|env|etc|cf|ex",
    "it": "sig|dott|prof|ecc|pag|tel",
    "nl": "bijv|mevr|dhr|enz|nr|blz|ca",
    "pt": "sra?|dra?|prof|pág|núm|etc|av",
    "ru": "г|гг|ул|стр|руб|млн|тыс|т|д|им",
}


def whole_sentences(text: str, most: int, language: str = "en") -> str:
    """Return the longest beginning of a text that ends with a sentence and has at most `most` words; "" if none has.

    A sentence ends with a mark that Unicode calls a sentence terminal (. ! ? । 。 ؟ and others), in Thai and Lao with a
    space. An abbreviation ends one only at the end of the text. Words are those of `core.words.word_count`.

    >>> whole_sentences("A dull film. The actors try. Mr. Hill nods off, but", 9)
    'A dull film. The actors try.'
    """
    kept, start, count = "", 0, 0
    for end in _ends(text):
        count, start = count + word_count(text[start:end]), end
        if count > most:
            break
        if end == len(text) or not _abbreviation(language).search(text, 0, end):
            kept = text[:end]
    return kept


def _ends(text: str) -> Iterator[int]:
    pattern = _ASCII_END if text.isascii() else _end()
    for match in pattern.finditer(text):
        yield match.end()


@cache
def _end() -> Any:
    closing = r"[\"'“\p{Pf}\p{Pe}]*+"
    # Where sentences follow each other without a space.
    wide = r"[。．！？｡\u203C\u2047-\u2049]"
    return unicode_pattern(
        rf"(?<![\p{{STerm}}…])[[\p{{STerm}}…]--{wide}]++{closing}(?=\s|$)"
        rf"|(?<!{wide}){wide}++{closing}|(?<=[\p{{Thai}}\p{{Lao}}])(?=\s)",
    )


@cache
def _abbreviation(language: str) -> re.Pattern[str]:
    own = ABBREVIATIONS.get(language.partition("-")[0].lower(), "")
    own = f"|(?i:{own})" if own else ""
    return re.compile(rf"(?<![\w'’])({_ENGLISH}{own})\.[\"”’')\]]*$")
