"""Files of one JSON object a line become dataclasses, and every mistake names its file and line."""

import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, TypeVar

Record = TypeVar("Record")


def decoded(path: Path, what: str, remedy: str = "give a file that synthworth wrote") -> Iterator[tuple[str, Any]]:
    """Where each line stands, for messages, and what it holds; ValueError where `what` cannot be read from the file.

    A name that ends in .gz is unpacked.
    """
    try:
        packed = path.read_bytes()
        text = (gzip.decompress(packed) if path.suffix == ".gz" else packed).decode()
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        reason = "not UTF-8 text" if isinstance(error, UnicodeDecodeError) else told
        raise ValueError(f"cannot read {what} from {path}: {reason}; {remedy}") from None
    return decoded_text(text, str(path))


def decoded_text(text: str, name: str) -> Iterator[tuple[str, Any]]:
    """As `decoded`, of the text of a file of that name."""
    # Not splitlines: JSON leaves U+2028 and its like in a string, and they end no line.
    for number, line in enumerate(io.StringIO(text, newline=None), 1):
        where = f"{name}, line {number}"
        try:
            yield where, json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{where}: {error}") from None


def parse_json(text: str, where: object) -> Any:
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


def versioned(values: Any, newest: int) -> tuple[int, Any]:
    """The schema of a decoded line, 1 if it does not say, and the line without it.

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
    kind: type[Record], values: Any, where: str = "", convert: Callable[[Any], Any] = lambda values: values
) -> Record:
    """The dataclass that a decoded object holds, after `convert`; ValueError names a missing or unknown field."""
    try:
        return _record(kind, convert(values))
    except (ValueError, TypeError, AttributeError) as error:
        told = str(error).removeprefix(f"{kind.__name__}.__init__() ")
        raise ValueError(f"{where}: {told}" if where else told) from None


def _record(kind: type[Record], values: Any) -> Record:
    if not isinstance(values, Mapping):
        raise ValueError(f"a {kind.__name__.lower()} is a JSON object, got {type(values).__name__}")
    declared = fields(kind)  # type: ignore[arg-type]
    known = [f.name for f in declared]
    if unknown := sorted(set(values) - set(known)):
        raise ValueError(f"unknown field {unknown[0]!r}; fields: {', '.join(known)}")
    for f in declared:
        if f.default is MISSING and f.default_factory is MISSING and f.name not in values:
            raise ValueError(
                f"missing field {f.name!r}; a line without it is an older version's: delete it and measure it again"
            )
    return kind(**values)
