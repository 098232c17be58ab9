"""JSON from strangers, decoded within bounds; `records.record_of` makes dataclasses of it."""

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

from synthworth.core.errors import shown

DEEPEST = 8  # levels of lists and objects
LARGEST = 2**53  # beyond it, other readers of JSON round whole numbers
LONGEST = 2**16  # characters of a line


def decode(text: str, where: str) -> Any:
    """Decode a JSON text; raises ValueError, in one line that begins with `where`, for what a strict reader refuses.

    Refused are repeated keys, numbers that are not finite or beyond 2^53, more than 8 levels, and characters that UTF-8
    cannot encode.

    >>> decode('{"a": 1, "a": 2}', "line 1")
    Traceback (most recent call last):
    ValueError: line 1: the key 'a' comes twice
    """
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
        _check(value)
    except RecursionError:
        raise ValueError(f"{where}: more than {DEEPEST} levels") from None
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None
    return value


def lines(text: str, where: str) -> Iterator[tuple[str, Any]]:
    """Yield the place and the decoded value of each line; raises ValueError for an empty, cut or very long line."""
    if text and not text.endswith("\n"):
        raise ValueError(f"{where}: its last line is cut off; fetch the file again")
    # Not splitlines: JSON leaves U+2028 and its like in a string, and they end no line.
    for number, line in enumerate(text.split("\n")[:-1], 1):
        if len(line) > LONGEST:
            raise ValueError(f"{where}, line {number}: {len(line):,} characters; allowed: {LONGEST:,}")
        yield f"{where}, line {number}", decode(line, f"{where}, line {number}")


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {shown(next(n for n in names if names.count(n) > 1))} comes twice")
    return values


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def _check(value: Any) -> None:
    waiting = [(value, 0)]
    while waiting:
        one, depth = waiting.pop()
        if isinstance(one, dict | list):
            if depth == DEEPEST:
                raise ValueError(f"more than {DEEPEST} levels")
            inside = [*one, *one.values()] if isinstance(one, dict) else one
            waiting += [(each, depth + 1) for each in inside]
        elif isinstance(one, str):
            try:
                one.encode()
            except UnicodeEncodeError:
                raise ValueError(f"{shown(one)} holds half a character") from None
        elif isinstance(one, float) and not math.isfinite(one):
            raise ValueError("a number too large")
        elif isinstance(one, int) and abs(one) > LARGEST:
            raise ValueError("a whole number beyond 2^53")
