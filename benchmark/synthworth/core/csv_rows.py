"""Tables that people write or export, as CSV or JSON Lines, become rows of text, each with the line it stands in."""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from synthworth.core.errors import unknown

ENDINGS = tuple(name + zipped for name in (".csv", ".tsv", ".jsonl") for zipped in ("", ".gz"))

Numbered = Iterator[tuple[int, dict[str, str]]]


def read_rows(path: str | Path, needed: Sequence[str], what: str) -> list[tuple[int, dict[str, str]]]:
    """The `needed` columns of each row that is not blank, and the line that it begins in, in the order of the file.

    CSV has a header; commas, semicolons or tabs separate, as spreadsheets write them, and a row that ends early has
    empty values. JSON Lines have one object a line, whose values are text or whole numbers, read as their digits.
    Either may be zipped (.gz) and begin with a byte order mark. Other columns are passed over, and blanks around a
    value are cut. ValueError names the file and the line, and calls the content `what` where the file has none.
    """
    path = Path(path)
    rows = [(line, {name: row[name] for name in needed}) for line, row in _rows(path, needed, what)]
    if not rows:
        raise ValueError(f"{path}: no {what}; needed are lines with {', '.join(needed)}")
    return rows


def columns_of(path: str | Path, what: str) -> list[str]:
    """The columns of the first row; errors are those of `read_rows`."""
    for _, row in _rows(Path(path), (), what):
        return list(row)
    return []


def _rows(path: Path, needed: Sequence[str], what: str) -> Numbered:
    zipped = path.suffix.lower() == ".gz"
    ending = (path.with_suffix("") if zipped else path).suffix.lower()
    if ending not in ENDINGS:
        raise ValueError(f"{path}: {unknown('ending', ending + '.gz' * zipped, ENDINGS)}")
    text = io.StringIO(_text(path, zipped, what), newline="")
    return _of_json(path, text, needed) if ending == ".jsonl" else _of_csv(path, text, needed)


def _text(path: Path, zipped: bool, what: str) -> str:
    try:
        data = path.read_bytes()
        data = gzip.decompress(data) if zipped else data
        # Spreadsheets begin a file with a byte order mark, which would become part of the first column's name.
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ValueError(f"{path}, line {line}: not UTF-8 text; save the file as UTF-8") from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path}: broken gzip ({error}); fetch or write the file again") from None
    except OSError as error:
        raise ValueError(f"cannot read {what} from {path}: {error.strerror}; give a .csv or .jsonl file") from None


def _of_csv(path: Path, text: io.StringIO, needed: Sequence[str]) -> Numbered:
    first = text.getvalue().lstrip().partition("\n")[0]
    # Strict, or a quote that nobody closes swallows the rows after it.
    reader = csv.reader(text, delimiter=max(",;\t", key=first.count), strict=True)
    header: list[str] = []
    for line, cells in _records(path, reader):
        if not any(cells):
            continue
        if not header:
            header = cells
            _check_columns(path, line, header, needed)
        elif any(cells[len(header) :]):
            raise ValueError(
                f"{path}, line {line}: {len(cells)} values under {len(header)} columns; "
                "put a value that has a comma in it into quotes"
            )
        else:
            yield line, dict(zip(header, cells + [""] * len(header), strict=False))


def _records(path: Path, reader: Any) -> Iterator[tuple[int, list[str]]]:
    """What a reader of CSV gives, stripped, with the line where each record begins: its own count is of the end."""
    line = 1
    try:
        for cells in reader:
            yield line, [cell.strip() for cell in cells]
            line = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(f"{path}, line {line}: broken CSV ({error}); correct its quotes") from None


def _of_json(path: Path, text: io.StringIO, needed: Sequence[str]) -> Numbered:
    for number, line in enumerate(text, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            at = f"{error.msg} at character {error.colno}"
            raise ValueError(f"{path}, line {number}: broken JSON ({at}); one object a line") from None
        except (ValueError, RecursionError):
            raise ValueError(f"{path}, line {number}: broken JSON (too deep or too long); one object a line") from None
        if not isinstance(row, dict):
            raise ValueError(f"{path}, line {number}: {type(row).__name__}, not an object with {', '.join(needed)}")
        _check_columns(path, number, list(row), needed)
        for name in needed:
            # Not bool, which is an int: True and "true" would be two labels.
            if type(row[name]) not in (str, int):
                raise ValueError(f"{path}, line {number}: {name} is {row[name]!r}; allowed: text or a whole number")
        yield number, {name: str(value).strip() for name, value in row.items()}


def _check_columns(path: Path, line: int, came: Sequence[str], needed: Sequence[str]) -> None:
    for name in needed:
        if came.count(name) != 1:
            raise ValueError(
                f"{path}, line {line}: not one column {name!r} in {', '.join(map(repr, came))}; "
                f"needed: {', '.join(needed)}, each once"
            )
