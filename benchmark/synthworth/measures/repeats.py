"""The texts of a set that repeat an earlier one, to the letter or nearly."""

from collections.abc import Sequence

from synthworth.core import is_unspaced
from synthworth.measures.copies import LEAST, PER_WORD
from synthworth.measures.disguises import plain, undrawn, unspaced

OVERLAP = 0.7  # of the pieces of two texts: the Jaccard index that MinHash estimates for sets too large to compare


def without_repeats(texts: Sequence[str]) -> list[int]:
    """Return the places of the texts that repeat none returned before, in order.

    A text repeats another if both have the same letters and digits in the same order, as in the rule `same` for
    copies, or if each has 8 words or more and 70 % of their pieces of words (`edits.overlaps`) are in both. The second
    compares all pairs. It looks at nothing but the two texts, so that of what is returned, all would be returned again.

    >>> without_repeats(["The sun is out.", "Rain.", "the sun is OUT"])
    [0, 1]
    """
    from synthworth.measures.edits import overlaps

    bare = [plain(text) for text in texts]
    long = [_is_long(text) for text in bare]
    shared = overlaps(bare)
    seen: set[str] = set()
    kept: list[int] = []
    for place, text in enumerate(bare):
        keys = {undrawn(text), unspaced(text)} - {""}
        near = long[place] and any(long[other] and shared[place, other] >= OVERLAP for other in kept)
        if not near and seen.isdisjoint(keys):
            kept.append(place)
            seen |= keys
    return kept


def _is_long(text: str) -> bool:
    split = text.split()
    return len(split) >= (LEAST * PER_WORD if is_unspaced(split) else LEAST)
