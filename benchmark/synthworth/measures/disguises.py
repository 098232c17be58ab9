"""A text without what may hide it from a comparison, though a reader sees no difference."""

import re
import unicodedata
from functools import cache
from html import unescape
from typing import Any

from synthworth.core import unicode_pattern
from synthworth.core.words import words

_LOOK_ALIKE_DIGITS = str.maketrans("013457", "oleast")
_LETTERS_AND_DIGITS = re.compile(r"\b(?=[0-9]*[a-z])[a-z]*[0-9][a-z0-9]*\b")
_HTML_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_DIGIT = re.compile(r"[0-9]")
_REPEATED = re.compile(r"([^\W\d_])(?=\1)")
_LATIN = re.compile(r"LATIN (?:SMALL |CAPITAL |LETTER )*([A-Z])\b")


def plain(text: str) -> str:
    """Return the words of a text, with single spaces and without apostrophes, as they are without any disguise.

    Undone are the forms of Unicode (full-width letters, ligatures), invisible characters, accents, letters of other
    scripts that look like Latin ones (Unicode's table of confusables), digits in the place of letters, and HTML.

    >>> plain("Don’t STOP, ﬁne-tune it!")
    'dont stop fine tune it'
    >>> plain("th\u0435 c\u200bat s4t")  # with a Cyrillic е and a space of no width
    'the cat sat'
    """
    if not text.isascii():
        text = _undisguised(text)
    if "&" in text or "<" in text:  # after the rest, which may part an entity
        text = _HTML_TAG.sub(" ", unescape(text))
        text = text if text.isascii() else _undisguised(text)
    joined = " ".join(words(text)).replace("'", "")
    if not _DIGIT.search(joined):  # the next pattern looks at each word, and most texts have no digit
        return joined
    return _LETTERS_AND_DIGITS.sub(lambda match: match[0].translate(_LOOK_ALIKE_DIGITS), joined)


def unspaced(plain_text: str) -> str:
    """Return a plain text without its spaces, to compare texts that differ only in where a word ends."""
    return plain_text.replace(" ", "").translate(_LOOK_ALIKE_DIGITS)


def undrawn(plain_text: str) -> str:
    """Return a plain text without spaces and repeated letters, to compare texts that differ in how long one is drawn.

    >>> undrawn("sooo good"), undrawn("so go od")
    ('sogod', 'sogod')
    """
    return _REPEATED.sub("", plain_text.replace(" ", ""))


def _undisguised(text: str) -> str:
    unseen, accent, blank = _patterns()
    text = unicodedata.normalize("NFKD", blank.sub(" ", unseen.sub("", text)))
    # A letter may fold into one that has a look-alike of its own: Greek capital Rho is a P, and rho a p.
    folded = "".join(map(_look_alike, accent.sub("", text))).casefold()
    return unicodedata.normalize("NFKC", "".join(map(_look_alike, folded)).casefold())


@cache
def _patterns() -> tuple[Any, Any, Any]:
    """Return the patterns of characters that nobody sees, of accents in any script's letters, and of blanks."""
    blanks = r"\u115F\u1160\u2800\u3164\uFFA0"
    unseen = unicode_pattern(rf"[[\p{{Default_Ignorable_Code_Point}}\p{{Cf}}]--[{blanks}]]")
    # The marks of Indic and other scripts are their vowels, and those of kana make another sound: they stay.
    accent = unicode_pattern(r"[[[\p{Mn}\p{Me}]&&\p{sc=Inherited}]\u0488\u0489--[\u3099\u309A]]")
    return unseen, accent, unicode_pattern(f"[{blanks}]")


@cache
def _look_alike(character: str) -> str:
    """Return the ASCII letters or digits that a character looks like; itself if there are none."""
    if character.isascii() or not character.isprintable():
        return character
    from confusable_homoglyphs.confusables import confusables_data  # type: ignore[import-untyped]

    for twin in confusables_data.get(character, ()):
        bare = _patterns()[1].sub("", unicodedata.normalize("NFKD", twin["c"]))
        if bare.isascii() and bare.isalnum():
            return str(bare)
    latin = _LATIN.search(unicodedata.name(character, ""))
    return latin[1].lower() if latin else character
