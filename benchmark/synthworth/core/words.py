"""Words of a text in any script: to compare texts by, and to count their length."""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any

from synthworth.core.unicode_patterns import unicode_pattern

# ASCII text takes the short way, to the same words as the rules below.
_ASCII = re.compile(r"[^\W_]+(?:'[^\W_]+)*", re.ASCII)
_FOLDED = str.maketrans({"’": "'", "＇": "'"})


@cache
def _patterns() -> tuple[Any, ...]:
    """Return the patterns for text beyond ASCII: a word, a character of an unspaced script, the unseen, the blank."""
    # Scripts written without spaces: UAX 29 leaves their words to dictionaries, so each character stands for one.
    unspaced = r"[\p{sc=Han}\p{sc=Hiragana}\p{Line_Break=SA}]"
    picture = r"(?:\p{RI}{1,2}|(?=[[\p{Extended_Pictographic}&&\p{So}]--[©®™]])\X)"
    katakana = r"\p{Word_Break=Katakana}"
    letters = rf"(?:[a-z0-9]++\p{{M}}*+|(?!{unspaced}|{katakana})[\p{{L}}\p{{N}}]\p{{M}}*+)++"
    single = rf"(?={unspaced})[\p{{L}}\p{{N}}]\p{{M}}*+"
    word = rf"{letters}(?:['·‧״՟]{letters})*+|(?:{katakana}\p{{M}}*+)++|{single}|{picture}"
    # The joiner in emoji and the space of no width stay: one makes a word, the other parts two.
    joiner = r"(?<!\p{Extended_Pictographic}\p{M}*)\u200D"
    fillers = r"\u115F\u1160\u3164\uFFA0"  # of Hangul: blank, and letters by their category
    # Tags spell the flags of England, Scotland and Wales behind a black flag; elsewhere nobody sees them.
    tags = r"\U000E0020-\U000E007F"
    tag = rf"(?<!\U0001F3F4[{tags}]*)[{tags}]"
    unseen = rf"{joiner}|{tag}|[\p{{Default_Ignorable_Code_Point}}--[\u200B\u200D{tags}{fillers}]]"
    return tuple(unicode_pattern(pattern) for pattern in (word, unspaced, unseen, f"[{fillers}]"))


def words(text: str) -> list[str]:
    """Return the lower-case words of a text, without punctuation; texts with equal words count as the same text.

    These are the words of Unicode's UAX 29 after NFC, but for three rules. Of what may stand inside a word only
    apostrophes and a few marks of Catalan, Hebrew and Armenian do, so that "3.14" and "U.S." are two words each; they
    also join a letter and a number, so that "o'2" is one; and in scripts written without spaces (Chinese, Japanese,
    Thai, Lao, Khmer, Burmese) each character is one, with its marks.
    Emoji are words; characters that nobody sees are dropped.

    >>> words("Don’t stop, NOW! 😂")
    ["don't", 'stop', 'now', '😂']
    >>> words("नमस्ते दुनिया"), words("今日は雨")
    (['नमस्ते', 'दुनिया'], ['今', '日', 'は', '雨'])
    """
    if text.isascii():
        return _ASCII.findall(text.lower())
    word, _, unseen, blank = _patterns()
    seen = blank.sub(" ", unseen.sub("", text))
    return list(word.findall(unicodedata.normalize("NFC", seen.lower().translate(_FOLDED))))


def word_count(text: str) -> int:
    """Return the length of a text in what stands between spaces, or characters in a script without spaces.

    A lone full stop counts and "well-made" is one, as for anybody who splits at spaces; `words` differs.

    >>> word_count("A well-made film ."), word_count("今日は雨。")
    (4, 4)
    """
    chunks = text.split()
    if text.isascii() or not (unspaced := _patterns()[1]).search(text):
        return len(chunks)
    return sum(max(1, len(words(chunk))) if unspaced.search(chunk) else 1 for chunk in chunks)


def is_unspaced(split: Sequence[str]) -> bool:
    """Tell whether most of these words are characters of scripts written without spaces.

    >>> is_unspaced(words("今日は雨 OK")), is_unspaced(words("Ich mag 寿司 sehr gern"))
    (True, False)
    """
    if all(map(str.isascii, split)):
        return False
    unspaced = _patterns()[1]
    return 2 * sum(1 for word in split if unspaced.match(word)) > len(split)


def is_unicode(text: str) -> bool:
    """Tell whether a text can be written down: one with half of a pair of surrogates, from broken JSON, cannot.

    >>> is_unicode("😂"), is_unicode(chr(0xD83D))
    (True, False)
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
