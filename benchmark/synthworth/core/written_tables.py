"""Tables of texts as files for other programs: CSV, JSON Lines or Parquet, every text to the letter."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence

from synthworth.core.errors import unknown

Cell = str | int | float | None


def file_content(columns: Sequence[str], rows: Sequence[Mapping[str, Cell]], ending: str) -> bytes:
    """Return the content of a file with these rows, which `read_table` reads back to the same texts.

    `ending` is .csv, .jsonl or .parquet; UTF-8. What a row lacks is empty. No text is changed: unlike those of a table
    of results, cells of CSV that a spreadsheet takes for formulas stay as they are. Raises ValueError for another
    ending.

    >>> file_content(["text", "label"], [{"text": "-1, so cold", "label": "weather"}], ".csv").decode()
    'text,label\\n"-1, so cold",weather\\n'
    """
    if ending not in WRITERS:
        raise ValueError(unknown("ending", ending, WRITERS))
    return WRITERS[ending](columns, rows)


def _csv(columns: Sequence[str], rows: Sequence[Mapping[str, Cell]]) -> bytes:
    text = io.StringIO()
    # A bare carriage return stays as it is in quotes alone, and csv does not quote it by itself.
    writer = csv.DictWriter(text, list(columns), restval="", lineterminator="\n")
    quoted = csv.DictWriter(text, list(columns), restval="", lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    for row in rows:
        (quoted if any("\r" in str(value) for value in row.values()) else writer).writerow(row)
    return text.getvalue().encode()


def _json_lines(columns: Sequence[str], rows: Sequence[Mapping[str, Cell]]) -> bytes:
    lines = (json.dumps({name: row.get(name) for name in columns}, ensure_ascii=False) for row in rows)
    return "".join(line + "\n" for line in lines).encode()


def _parquet(columns: Sequence[str], rows: Sequence[Mapping[str, Cell]]) -> bytes:
    import pyarrow
    import pyarrow.parquet

    arrow = {str: pyarrow.string(), int: pyarrow.int64(), float: pyarrow.float64()}
    arrays = {}
    for name in columns:
        kind = _type([row.get(name) for row in rows])
        values = (row.get(name) for row in rows)
        arrays[name] = pyarrow.array([None if one is None else kind(one) for one in values], arrow[kind])
    content = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(arrays), content)
    return content.getvalue()


def _type(values: Sequence[Cell]) -> type[str] | type[int] | type[float]:
    """Return the type that holds all values of a column: text for text and numbers, and for no value at all."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int} and all(abs(value) < 2**63 for value in values if isinstance(value, int)):
        return int
    return float if kinds == {float} else str


WRITERS: Mapping[str, Callable[[Sequence[str], Sequence[Mapping[str, Cell]]], bytes]] = {
    ".csv": _csv,
    ".jsonl": _json_lines,
    ".parquet": _parquet,
}
