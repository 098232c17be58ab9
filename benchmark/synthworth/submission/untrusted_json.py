"""JSON from strangers, decoded within bounds and into dataclasses whose fields have their declared types."""

import json
import math
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from synthworth.core.errors import unknown

DEEPEST = 8  # levels of lists and objects
LARGEST = 2**53  # beyond it, other readers of JSON round whole numbers
LONGEST = 2**16  # characters of a line
SHOWN = 60  # characters of what came, in a message

Record = TypeVar("Record")


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


def record(kind: type[Record], values: Any, where: str) -> Record:
    """Build a dataclass from a decoded object; raises ValueError for a missing, unknown or wrongly typed field."""
    if not isinstance(values, dict):
        raise ValueError(f"{where}: {shown(values)}; expected an object")
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    hints = get_type_hints(kind)
    for name in values:
        if name not in known:
            raise ValueError(f"{where}: {unknown('field', printable(name[:SHOWN]), known)}")
    for name, field in known.items():
        if name not in values and field.default is MISSING and field.default_factory is MISSING:
            raise ValueError(f"{where}: the field {name} is missing")
        if name in values and not fits(values[name], hints[name]):
            raise ValueError(f"{where}: {name} is {shown(values[name])}, which has the wrong type")
    try:
        return kind(**values)
    except (ValueError, TypeError, ArithmeticError) as error:
        raise ValueError(f"{where}: {printable(str(error))}") from None


def fits(value: Any, hint: Any) -> bool:
    """Return True if a decoded value has an annotation's type: scalars, sequences, mappings from str, and unions.

    >>> fits([1, 2], Sequence[int]), fits(True, int), fits({"a": None}, Mapping[str, int | None])
    (True, False, True)
    """
    if hint is Any:
        return True
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return any(fits(value, one) for one in inner)
    if origin is None:
        return type(value) in ((int, float) if hint is float else (type(None) if hint is None else hint,))
    if issubclass(origin, Mapping):
        return isinstance(value, dict) and all(fits(one, inner[1]) for one in value.values())
    return isinstance(value, list) and all(fits(one, inner[0]) for one in value)


def shown(value: Any) -> str:
    """Return the value for a message, shortened, in ASCII: a stranger's text cannot break a line or move the cursor.

    >>> shown("red " + chr(27) + "[31m")
    "'red \\\\x1b[31m'"
    """
    text = ascii(value)
    return text if len(text) <= SHOWN else text[:SHOWN] + "..."


def printable(text: str) -> str:
    """Return the text with unprintable characters escaped; a stranger's name may hold anything."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


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
