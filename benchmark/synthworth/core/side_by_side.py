"""Two texts beside each other in a terminal, wrapped by the width that it gives their letters."""

import unicodedata
from collections.abc import Iterator
from itertools import zip_longest

from synthworth.core.tables import printable

GAP = "  "


def side_by_side(left: str, right: str, width: int) -> list[str]:
    """Return the lines of two texts in two columns of `width` cells each, at least 10; nothing acts on a terminal.

    >>> side_by_side("the cat sat", "a dog", 10)
    ['the cat     a dog', 'sat']
    """
    columns = (list(wrapped(text, max(10, width))) for text in (left, right))
    return [
        f"{one}{' ' * (max(10, width) - cells(one))}{GAP}{other}".rstrip()
        for one, other in zip_longest(*columns, fillvalue="")
    ]


def wrapped(text: str, width: int) -> Iterator[str]:
    """Yield the lines of a text, broken at blanks, or within a word that is wider than a line.

    >>> list(wrapped("日本語のとても長い文", 10))
    ['日本語のと', 'ても長い文']
    """
    line = ""
    for word in printable(text).split():
        joined = f"{line} {word}" if line else word
        if cells(joined) <= width:
            line = joined
            continue
        if line:
            yield line
        *full, line = _pieces(word, width)
        yield from full
    if line:
        yield line


def cells(text: str) -> int:
    """Return how many cells of a terminal a text takes: two for a wide letter, none for a mark.

    >>> cells("abc"), cells("日本")
    (3, 4)
    """
    return sum(_cells(letter) for letter in text)


def _cells(letter: str) -> int:
    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def _pieces(word: str, width: int) -> list[str]:
    pieces = [""]
    for letter in word:
        if cells(pieces[-1] + letter) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces
