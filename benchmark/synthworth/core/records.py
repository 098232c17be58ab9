"""JSON Lines: read and checked against dataclasses, written sorted and in one step; mistakes name file and line."""

import gzip
import io
import json
import types
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, asdict, fields
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from synthworth.core import atomic
from synthworth.core.errors import SHOWN, escaped, shown, unknown

OLDER = "; a line without it is an older version's: delete it and measure it again"
Record = TypeVar("Record")
Convert = Callable[[Any], Any]  # from a line of an older schema to the newest


# ---- lines of JSON


def parse_json(text: str | bytes, where: object) -> Any:
    """Parse one JSON text; raises ValueError, in one line that begins with `where`, if it is broken or too deep."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(broken_json(error, where)) from None


def broken_json(error: Exception, where: object) -> str:
    """Say in one line what the json module found wrong at a place."""
    if isinstance(error, json.JSONDecodeError):
        return f"{where}: broken JSON ({error.msg} at character {error.colno}); correct this line"
    return f"{where}: broken JSON (too deep, or a number too long); correct this line"


def read_json_lines(
    path: Path, content: str, remedy: str = "give a file that synthworth wrote"
) -> Iterator[tuple[str, Any]]:
    """Yield the place of each line of a file, for messages, and its value; blank lines are passed over.

    Gzip is recognised by its first bytes, and a byte order mark is no part of the file. Raises ValueError if `content`
    cannot be read from the file, with the `remedy`, and if a line is not JSON.
    """
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        reason = "not UTF-8 text" if isinstance(error, UnicodeDecodeError) else reason
        raise ValueError(f"cannot read {content} from {path}: {reason}; {remedy}") from None
    return parse_json_lines(text, str(path))


def parse_json_lines(text: str, name: str) -> Iterator[tuple[str, Any]]:
    """Yield the same for the text of a file of that name."""
    # Not splitlines: JSON leaves U+2028 and its like in a string, and they end no line.
    for number, line in enumerate(io.StringIO(text, newline=None), 1):
        if line.strip():
            where = f"{name}, line {number}"
            yield where, parse_json(line, where)


# ---- records


def read_records(
    path: Path, kind: type[Record], content: str, convert: Convert = lambda values: values
) -> list[Record]:
    """Read a file of one record a line; raises ValueError with the file and the line that is none."""
    return [record_of(kind, values, where, convert) for where, values in read_json_lines(path, content)]


def parse_records(text: str, kind: type[Record], name: str, convert: Convert = lambda values: values) -> list[Record]:
    """Read the same from the text of a file of that name."""
    return [record_of(kind, values, where, convert) for where, values in parse_json_lines(text, name)]


def record_line(record: Any, schema: int) -> str:
    """Write a dataclass as one line of JSON without its end: its schema, then its fields in order of declaration."""
    return json.dumps({"schema": schema, **asdict(record)}, ensure_ascii=False)


def merge_records(
    path: Path,
    records: Iterable[Record],
    *,
    key: Callable[[Record], Any],
    line: Callable[[Record], str],
    read: Callable[[Path], Sequence[Record]],
    keep: Callable[[Record], bool] = lambda stored: True,
) -> None:
    """Write records into a file that is sorted by their keys, in place of those in it with the same keys.

    Of those in the file, `keep` says which stay. Several processes may write to one file at once, and lose nothing; a
    reader sees the old file or the new one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    new = {key(record): record for record in records}  # before the lock: to make them may take minutes
    with atomic.folder_lock(path.parent):
        stored = read(path) if path.exists() else ()
        kept = {key(record): record for record in stored if keep(record)} | new
        atomic.replace(path, "".join(line(kept[name]) + "\n" for name in sorted(kept)))


def versioned(values: Any, newest: int) -> tuple[int, Any]:
    """Return the schema of a decoded line, 1 if it does not say, and the line without it.

    Raises ValueError if the schema is not in 1 to `newest`.
    """
    if not isinstance(values, Mapping):
        return newest, values
    schema = values.get("schema", 1)
    if type(schema) is not int or not 1 <= schema <= newest:
        came = schema if type(schema) is int else type(schema).__name__
        raise ValueError(f"schema {came}; this version reads 1 to {newest}: install the version that wrote the line")
    return schema, {name: value for name, value in values.items() if name != "schema"}


def record_of(
    kind: type[Record],
    values: Any,
    where: str = "",
    convert: Convert = lambda values: values,
    *,
    older: str = OLDER,
) -> Record:
    """Make a dataclass of a decoded object, after `convert`; a stranger may have written it.

    Raises ValueError, behind `where`, for a missing or unknown field, and for one of another type than it declares;
    `older` is said of a missing field.
    """
    try:
        return _record(kind, convert(values), older)
    except (ValueError, TypeError, AttributeError, ArithmeticError) as error:
        reason = escaped(str(error)).removeprefix(f"{kind.__name__}.__init__() ")
        raise ValueError(f"{where}: {reason}" if where else reason) from None


def _record(kind: type[Record], values: Any, older: str) -> Record:
    if not isinstance(values, Mapping):
        raise ValueError(f"a {kind.__name__.lower()} is a JSON object, got {type(values).__name__}")
    declared = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    for name in sorted(values):
        if name not in declared:
            raise ValueError(unknown("field", name[:SHOWN], declared))
    for name, field in declared.items():
        if field.default is MISSING and field.default_factory is MISSING and name not in values:
            raise ValueError(f"missing field {name!r}{older}")
    hints = _hints(kind)  # type: ignore[arg-type]  # a class can be hashed
    for name, value in values.items():
        if not fits(value, hints[name]):
            raise ValueError(f"{name} is {shown(value)}, which has the wrong type; it is {_type_name(hints[name])}")
    return kind(**values)


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    return get_type_hints(kind)


def _type_name(hint: Any) -> str:
    return hint.__name__ if isinstance(hint, type) and not get_args(hint) else str(hint).replace("collections.abc.", "")


def fits(value: Any, hint: Any) -> bool:
    """Say if a decoded value has the type of an annotation made of scalars, sequences, mappings from str, and unions.

    A named tuple is a list of its fields. A whole number is a float too, and bool is no int.

    >>> fits([1, 2], Sequence[int]), fits(True, int), fits({"a": None}, Mapping[str, int | None])
    (True, False, True)
    """
    if hint is Any:
        return True
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return any(fits(value, one) for one in inner)
    if origin is None and isinstance(hint, type) and issubclass(hint, tuple):
        parts = list(_hints(hint).values())
        return isinstance(value, list | tuple) and len(value) == len(parts) and all(map(fits, value, parts))
    if origin is None:
        return type(value) in ((int, float) if hint is float else (type(None) if hint is None else hint,))
    if issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(fits(one, inner[1]) for one in value.values())
    return isinstance(value, list | tuple) and all(fits(one, inner[0]) for one in value)
