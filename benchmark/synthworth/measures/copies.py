"""Words of a text, and texts that share them: the one decision on what counts as a copy."""

from collections.abc import Collection, Iterable

from synthworth.core.words import words

COPIED_WORDS = 8
UNLIKELY_WORDS = 12


def shares_run(text: str, others: Iterable[str], length: int) -> bool:
    """Whether `text` has `length` words in a row in common with any of `others`.

    >>> shares_run("the cat sat on a mat", ["a dog sat on a log"], 3)
    True
    """
    runs = runs_of(text, length)
    return bool(runs) and any(runs & runs_of(other, length) for other in others)


def runs_of(text: str, length: int) -> set[tuple[str, ...]]:
    """All runs of `length` words in a row in the text."""
    found = words(text)
    return {tuple(found[i : i + length]) for i in range(len(found) - length + 1)}


def copies(texts: Collection[str], originals: Iterable[str]) -> list[str]:
    """Those of `texts` that have 12 words in a row of an original, or are, at 8 to 11 words, within one as a whole.

    Fewer are a common phrase in a long text, as in "i would recommend this film to anyone who".

    >>> copies(["fog shuts the small airport for one day", "fog"], ["Today, fog shuts the small airport for one day."])
    ['fog shuts the small airport for one day']
    """
    lengths = {text: min(len(words(text)), UNLIKELY_WORDS) for text in texts}
    runs = {text: runs_of(text, length) for text, length in lengths.items() if length >= COPIED_WORDS}
    wanted = set().union(*runs.values())
    found = {run for other in originals for length in {*lengths.values()} for run in runs_of(other, length) & wanted}
    return [text for text in texts if runs.get(text, set()) & found]
