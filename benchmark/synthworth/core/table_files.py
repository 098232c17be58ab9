"""Tables that people write or export (CSV, TSV, JSON, JSON Lines, Parquet), read as rows that know their place."""

import csv
import gzip
import io
import json
import re
import zlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from synthworth.core.errors import brief, unknown
from synthworth.core.records import broken_json, parse_json

SEPARATED, LINES, DOCUMENT, PARQUET = (".csv", ".tsv"), (".jsonl", ".ndjson"), ".json", ".parquet"
# Parquet compresses its own columns.
ENDINGS = (*(name + zipped for name in (*SEPARATED, *LINES, DOCUMENT) for zipped in ("", ".gz")), PARQUET)

MOST_ZIPPED = 2
GZIP, PARQUET_MAGIC = b"\x1f\x8b", b"PAR1"
LARGEST_FIELD = 2**31 - 1  # characters; Python's default of 131,072 refuses a long text in any column
IMPOSTORS = {
    b"version https://git-lfs": "a Git LFS pointer and not the file itself; run: git lfs pull",
    b"PK\x03\x04": "a zip archive or a spreadsheet; unpack it, or save the sheet as CSV",
    b"BZh": "compressed with bzip2; unpack it",
    b"\xfd7zXZ": "compressed with xz; unpack it",
    b"\x28\xb5\x2f\xfd": "compressed with zstd; unpack it",
    b"<!DOCTYPE": "a web page; download the file itself",
    b"<html": "a web page; download the file itself",
}


class Place(NamedTuple):
    """The position of a row in its file, for messages: `unit` is "line", or "row" if the file has no lines."""

    path: Path
    number: int
    unit: str = "line"

    @property
    def within(self) -> str:
        """The position inside the file alone, such as "line 3"."""
        return f"{self.unit} {self.number}"

    def __str__(self) -> str:
        return f"{self.path}, {self.within}"


class PlacedRow(NamedTuple):
    """One row of a file: its place, and its values by column."""

    place: Place
    values: dict[str, Any]


def read_table(path: str | Path, content: str) -> list[PlacedRow]:
    """Read all rows of a file that are not blank, with their values as the file has them.

    The format follows from the ending, one of `ENDINGS`; gzip and Parquet are recognised by their first bytes, with or
    without the ending. CSV and TSV begin with a header; commas, semicolons, tabs or bars separate; a row that ends
    early has empty values; a TSV whose quotation marks do not pair is read without them if each line then has as many
    values as the header. JSON may be an array of objects, one object a line, objects one after another, an object of
    objects by key (which becomes the column `id` if they have none), or an object of columns. UTF-8 or UTF-16, with or
    without a byte order mark. In Parquet, numbers that stand for class names, as the library datasets writes them,
    become the names. `content` says what the rows are, for messages. Raises ValueError with the file, the line and the
    remedy.
    """
    path = Path(path)
    data = _bytes(path, content)
    zipped = path.suffix.lower() == ".gz"
    ending = (path.with_suffix("") if zipped else path).suffix.lower()
    if data.startswith(PARQUET_MAGIC):
        return _parquet_rows(path, data)
    if ending == PARQUET:
        raise ValueError(f"{path}: not a Parquet file; write it again, or give it the ending of its format")
    text = _text(path, data)
    if ending in SEPARATED and not _is_json(text):
        return _separated_rows(path, text, ending)
    return _json_rows(path, text, ending)


def read_rows(path: str | Path, needed: Sequence[str], content: str) -> list[PlacedRow]:
    """Read the `needed` columns of each row of a file as text, without the blanks around it.

    Whole numbers in JSON and Parquet become their digits. Raises ValueError as `read_table` does, and if a needed
    column is missing or comes twice, if a value is neither text nor a number, and if there are no rows.
    """
    table = read_table(path, content)
    if not table:
        raise ValueError(f"{path}: no {content}; needed are lines with {', '.join(needed)}")
    rows: list[PlacedRow] = []
    for place, values in table:
        check_columns(path, place if rows else None, values, needed)
        rows.append(PlacedRow(place, {name: cell_text(values[name], place, name) for name in needed}))
    return rows


def check_columns(path: str | Path, place: Place | None, columns: Collection[str], needed: Sequence[str]) -> None:
    """Raise ValueError if a needed column is not among those of a row; `place` None blames the file as a whole."""
    for name in needed:
        if name not in columns:
            came = ", ".join(map(brief, columns))
            raise ValueError(f"{place or path}: no column {name!r} in {came}; needed: {', '.join(needed)}")


def columns_of(path: str | Path, content: str) -> list[str]:
    """Return the columns of the first row; [] if there is none. Errors are those of `read_table`."""
    rows = read_table(path, content)
    return list(rows[0].values) if rows else []


def cell_text(value: Any, place: Place, name: str) -> str:
    """Return a cell as text without the blanks around it; a whole number is its digits, so that 1.0 and 1 are equal.

    Raises ValueError for anything but text and finite numbers.
    """
    if isinstance(value, str):
        return value.strip()
    # Not bool, which is an int: True and "true" would be two labels.
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or abs(value) == float("inf"):
        raise ValueError(f"{place}: {name} is {brief(value)}; allowed: text or a number")
    return str(int(value)) if value == int(value) else repr(value)


# ---- bytes and text


def _bytes(path: Path, content: str) -> bytes:
    ending = "".join(path.suffixes[-2:] if path.suffix.lower() == ".gz" else path.suffixes[-1:]).lower()
    has_known_ending = ending in ENDINGS or ending == PARQUET + ".gz"
    if not has_known_ending and not path.is_file():  # a stream, which is never read: it might not end
        raise ValueError(_no_file(path, content))
    try:
        data = path.read_bytes()
        for _ in range(MOST_ZIPPED):  # a file that was compressed already, and then again
            if data.startswith(GZIP):
                data = gzip.decompress(data)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path}: broken gzip ({error}); fetch or write the file again") from None
    except (FileNotFoundError, IsADirectoryError):
        raise ValueError(_no_file(path, content)) from None
    except OSError as error:
        raise ValueError(f"cannot read {content} from {path}: {error.strerror}; give a file that can be read") from None
    for beginning, problem in IMPOSTORS.items():
        if data.startswith(beginning):
            raise ValueError(f"{path}: it is {problem}")
    if not has_known_ending and not data.startswith(PARQUET_MAGIC):
        raise ValueError(f"{path}: {unknown('ending', ending, ENDINGS)}; give it the ending of its format")
    return data


def _no_file(path: Path, content: str) -> str:
    """Say that what was given as a file is none, and what it is."""
    if path.is_dir():
        return f"cannot read {content} from {path}: it is a folder; name a file in it"
    if path.exists() or str(path) == "-":
        return f"cannot read {content} from {path}: it is no file, and streams are not read; write them to a file first"
    return f"cannot read {content} from {path}: there is no such file; check its name and folder"


def _text(path: Path, data: bytes) -> str:
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")  # what spreadsheets call Unicode text
    try:
        # Spreadsheets begin a file with a byte order mark, which would become part of the first column's name.
        text = data.decode("utf-16" if wide else "utf-8-sig").lstrip("\ufeff")
        if "\0" in text:  # UTF-16 without its mark, UTF-32, or a file that was not written to its end
            line = 1 + text[: text.index("\0")].count("\n")
            raise ValueError(
                f"{path}, line {line}: a zero byte, which no text has; save the file as UTF-8, for example with: "
                "iconv -f UTF-16 -t UTF-8"
            )
        return text
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        line = 1 + before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n")
        byte = f"byte 0x{error.object[error.start]:02x}"
        raise ValueError(
            f"{path}, line {line}: not UTF-8 text ({byte}); save the file as UTF-8, for example with: "
            "iconv -f WINDOWS-1252 -t UTF-8"
        ) from None


# ---- CSV and TSV


def _separated_rows(path: Path, text: str, ending: str) -> list[PlacedRow]:
    line = 1
    if stated := re.match(r"sep=([,;\t|])\r?\n", text):  # the first line of a file for Excel
        text, line = text[stated.end() :], 2
    first = text.lstrip().partition("\n")[0]
    separator = max(",;\t|", key=_outside_quotes(first).count)
    try:
        records = _records(path, text, separator, csv.QUOTE_MINIMAL, line)
        if separator == "\t" and len(records) <= text.rstrip("\n").count("\n"):  # a text over several lines
            records = _plain_records(path, text) or records
    except ValueError:
        records = _plain_records(path, text) if separator == "\t" else []
        if not records:
            raise
    return list(_under_header(records))


def _is_json(text: str) -> bool:
    """Tell whether a file begins as JSON does, and no header of CSV: with an object or an array of objects."""
    return re.match(r"\s*(\[\s*)?\{\s*[\"}]", text) is not None


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])


def _records(path: Path, text: str, separator: str, quoting: int, first: int = 1) -> list[tuple[Place, list[str]]]:
    """The records of CSV with the line where each begins: the reader's own count is of the end."""
    # Strict, or a quotation mark that is never closed swallows the rows after it.
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=separator,
        strict=True,
        quoting=quoting,  # type: ignore[arg-type]
    )
    line, records = first, []
    before = csv.field_size_limit(LARGEST_FIELD)
    try:
        for cells in reader:
            records.append((Place(path, line), cells))
            line = reader.line_num + first
    except csv.Error as error:
        raise ValueError(f"{Place(path, line)}: broken CSV ({error}); correct its quotes") from None
    finally:
        csv.field_size_limit(before)
    return records


def _plain_records(path: Path, text: str) -> list[tuple[Place, list[str]]]:
    """The records of a TSV whose quotation marks are part of its texts; [] if its lines differ in their length."""
    records = _records(path, text, "\t", csv.QUOTE_NONE)
    sizes = {len(cells) for _, cells in records if any(cell.strip() for cell in cells)}
    return records if len(sizes) == 1 else []


def _under_header(records: Sequence[tuple[Place, list[str]]]) -> Iterator[PlacedRow]:
    header: list[str] = []
    for place, cells in records:
        if not any(cell.strip() for cell in cells):
            continue
        if not header:
            header = _told_apart([cell.strip() for cell in cells])
        elif any(cell.strip() for cell in cells[len(header) :]):
            raise ValueError(
                f"{place}: {len(cells)} values under {len(header)} columns; "
                "put a value that has a comma in it into quotes"
            )
        else:
            values = dict(zip(header, cells + [""] * len(header), strict=False))
            values.pop("", None)  # a column without a name holds nothing that anybody asks for
            yield PlacedRow(place, values)


def _told_apart(names: Sequence[str]) -> list[str]:
    """Number the columns whose name comes twice, so that neither is taken for the other."""
    counts, seen = Counter(names), Counter[str]()
    apart = []
    for name in names:
        seen[name] += 1
        apart.append(f"{name} ({seen[name]})" if name and counts[name] > 1 else name)
    return apart


# ---- JSON


def _json_rows(path: Path, text: str, ending: str) -> list[PlacedRow]:
    text = text.replace("\r\n", "\n").replace("\r", "\n")  # neither stands inside of a JSON string
    values = _json_values(path, text, ending)
    if len(values) == 1 and isinstance(values[0][1], Mapping):
        place, only = values[0]
        if len(tables := _tables_in(only)) == len(only) > 1:
            raise ValueError(f"{place}: several tables, {', '.join(map(repr, tables))}; write one file for each")
        values = [(place, value) for value in _unfolded(only)]
    rows = []
    for place, value in values:
        if not isinstance(value, dict):
            raise ValueError(f"{place}: {brief(value)} is not an object with named values, such as {{text, label}}")
        rows.append(PlacedRow(place, value))
    return rows


def _json_values(path: Path, text: str, ending: str) -> list[tuple[Place, Any]]:
    if not text.strip():
        return []
    if not text.lstrip().startswith("["):
        lines = [(Place(path, number), line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
        try:
            parse_json(lines[0][1], lines[0][0])
        except ValueError:
            try:
                return list(_in_sequence(path, text, array=False))
            except ValueError:
                if ending == DOCUMENT:
                    raise
        return [(place, parse_json(line, place)) for place, line in lines]
    return list(_in_sequence(path, text, array=True))


def _in_sequence(path: Path, text: str, *, array: bool) -> Iterator[tuple[Place, Any]]:
    """The values of a JSON array, or of JSON values one after another, each with the line it begins on."""
    decoder, end, line, counted = json.JSONDecoder(), len(text), 1, 0
    position = text.index("[") + 1 if array else 0
    separator_allowed = False
    while True:
        position = _after(text, position, " \t\n")
        if array and separator_allowed and text[position : position + 1] == ",":
            position, separator_allowed = _after(text, position + 1, " \t\n"), False
        line, counted = line + text.count("\n", counted, position), position
        place = Place(path, line)
        if array and text[position : position + 1] == "]":
            if rest := text[position + 1 :].strip():
                raise ValueError(f"{place}: {brief(rest)} after the end of the array; remove it")
            return
        if position >= end:
            if array:
                raise ValueError(f"{place}: the JSON array is not closed; fetch or write the file again")
            return
        if array and separator_allowed:
            raise ValueError(f"{place}: no comma between two values of the JSON array; correct this line")
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            at = Place(path, error.lineno) if isinstance(error, json.JSONDecodeError) else place
            raise ValueError(broken_json(error, at)) from None
        separator_allowed = True
        yield place, value


def _after(text: str, position: int, skipped: str) -> int:
    while position < len(text) and text[position] in skipped:
        position += 1
    return position


def _is_split(value: Mapping[str, Any]) -> bool:
    """Tell a list of names beside a list of rows, each a list of cells."""
    columns, rows = value.get("columns"), value.get("data")
    if not isinstance(columns, list) or not isinstance(rows, list):
        return False
    return all(isinstance(name, str) for name in columns) and all(isinstance(row, list) for row in rows)


def _unfolded(value: Mapping[str, Any]) -> list[Any]:
    """The rows that one object stands for: by key, by column as pandas and datasets write them, or under one name."""
    inner = list(value.values())
    if _is_split(value):  # pandas, orient="split"
        return [dict(zip(value["columns"], cells, strict=False)) for cells in value["data"]]
    if inner and all(isinstance(one, Mapping) for one in inner):
        indices = [list(one) for one in inner]
        if all(index == indices[0] and all(map(str.isdecimal, index)) for index in indices):  # pandas, its default
            return [{name: value[name][at] for name in value} for at in indices[0]]
        return [one if "id" in one else {"id": key, **one} for key, one in value.items()]
    if len(inner) > 1 and all(isinstance(one, list) for one in inner) and len(set(map(len, inner))) == 1:
        return [dict(zip(value, cells, strict=True)) for cells in zip(*inner, strict=True)]
    tables = _tables_in(value)
    return list(value[tables[0]]) if len(tables) == 1 else [value]


def _tables_in(value: Mapping[str, Any]) -> list[str]:
    """The names that stand for lists of rows; those of a text, such as its annotations, stand beside its words."""
    if "text" in value or "id" in value:
        return []
    return [
        name
        for name, one in value.items()
        if isinstance(one, list) and one and all(isinstance(row, Mapping) for row in one)
    ]


# ---- Parquet


def _parquet_rows(path: Path, data: bytes) -> list[PlacedRow]:
    import pyarrow
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.read_table(pyarrow.BufferReader(data))
        rows = table.to_pylist()
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(f"{path}: broken Parquet ({reason}); fetch or write the file again") from None
    names = _class_names((table.schema.metadata or {}).get(b"huggingface", b"{}"))
    for row in rows:
        for column, classes in names.items():
            at = row.get(column)
            if isinstance(at, int) and 0 <= at < len(classes):
                row[column] = classes[at]
    return [PlacedRow(Place(path, number, "row"), row) for number, row in enumerate(rows, 1)]


def _class_names(metadata: bytes) -> dict[str, list[str]]:
    """The names that the numbers of a column stand for, as the library datasets keeps them beside the columns."""
    try:
        features = json.loads(metadata)["info"]["features"]
        return {
            column: feature["names"]
            for column, feature in features.items()
            if isinstance(feature, Mapping) and feature.get("_type") == "ClassLabel" and feature.get("names")
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
