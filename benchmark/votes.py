"""Single annotators' votes on the labels of instances, read from CSV or JSON Lines."""

import csv
import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from benchmark.choice import unknown

COLUMNS = ("instance_id", "annotator_id", "label")
ENDINGS = (".csv", ".csv.gz", ".jsonl", ".jsonl.gz")


class Vote(NamedTuple):
    """The label that one annotator chose for one instance."""

    instance: str
    annotator: str
    label: str


def read_votes(path: str | Path) -> list[Vote]:
    """The votes in a file, in its order: columns instance_id, annotator_id, label as .csv or .jsonl, either with .gz.

    An instance may have any number of annotators; a missing vote has no line. Other columns and blank lines are
    passed over, blanks around a value are cut, and a whole number in JSON is read as its digits. An annotator has one
    vote on an instance: a line that repeats it counts once, as public files hold a few, and one with another label
    is refused. ValueError names the file and the line.
    """
    path = Path(path)
    lines: dict[tuple[str, str], tuple[int, Vote]] = {}
    for number, row in _rows(path):
        try:
            vote = _vote(row)
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}") from None
        first, earlier = lines.setdefault((vote.instance, vote.annotator), (number, vote))
        if earlier != vote:
            raise ValueError(
                f"{path}, line {number}: annotator {vote.annotator!r} labels {vote.instance!r} {vote.label!r}, in line "
                f"{first} {earlier.label!r}; an annotator has one vote on an instance: remove one of the lines"
            )
    if not lines:
        raise ValueError(f"{path}: no votes; needed are lines with {', '.join(COLUMNS)}")
    return [vote for _, vote in lines.values()]


Rows = Iterator[tuple[int, Mapping[str, object]]]


def _rows(path: Path) -> Rows:
    formats = {".csv": _csv_rows, ".jsonl": _json_rows}
    zipped = path.suffix.lower() == ".gz"
    ending = (path.with_suffix("") if zipped else path).suffix.lower()
    if ending not in formats:
        allowed = [name + gz for name in formats for gz in ("", ".gz")]
        raise ValueError(f"{path}: {unknown('ending', ending + '.gz' * zipped, allowed)}")
    return formats[ending](path, _lines(path, zipped))


def _lines(path: Path, zipped: bool) -> Iterator[str]:
    number = 0
    try:
        with gzip.open(path) if zipped else path.open("rb") as file:
            for number, line in enumerate(file, 1):
                # Spreadsheets begin a file with a byte order mark, which would become part of the first column's name.
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError:
        raise ValueError(f"{path}, line {number}: not UTF-8 text; save the file as UTF-8") from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path}, after line {number}: broken gzip ({error}); fetch the file again") from None
    except OSError as error:
        raise ValueError(f"cannot read votes from {path}: {error.strerror}; give a .csv or .jsonl file") from None


def _csv_rows(path: Path, lines: Iterable[str]) -> Rows:
    reader = csv.reader(lines, strict=True)
    header: list[str] = []
    try:
        for cells in filter(None, reader):
            if not header:
                header = [name.strip() for name in cells]
                if wrong := _wrong_columns(header):
                    raise ValueError(f"{path}, line {reader.line_num}: {wrong}")
            elif len(cells) != len(header):
                raise ValueError(
                    f"{path}, line {reader.line_num}: {len(cells)} values under {len(header)} columns; "
                    "put a value that has a comma in it into quotes"
                )
            else:
                yield reader.line_num, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise ValueError(f"{path}, line {reader.line_num}: broken CSV ({error}); correct its quotes") from None


def _json_rows(path: Path, lines: Iterable[str]) -> Rows:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise ValueError(
                f"{path}, line {number}: broken JSON ({error.msg} at character {error.colno}); one object a line"
            ) from None
        if not isinstance(row, dict):
            raise ValueError(f"{path}, line {number}: {type(row).__name__}, not an object with {', '.join(COLUMNS)}")
        if wrong := _wrong_columns(list(row)):
            raise ValueError(f"{path}, line {number}: {wrong}")
        yield number, row


def _wrong_columns(came: list[str]) -> str:
    missing = next((name for name in COLUMNS if came.count(name) != 1), None)
    if missing is None:
        return ""
    return f"not one column {missing!r} in {', '.join(map(repr, came))}; needed: {', '.join(COLUMNS)}, each once"


def _vote(row: Mapping[str, object]) -> Vote:
    values = []
    for column in COLUMNS:
        value = row[column]
        # Not bool, which is an int: True and "true" would be two labels.
        if type(value) not in (str, int):
            raise ValueError(f"{column} is {value!r}; allowed: text or a whole number")
        if not (text := str(value).strip()):
            raise ValueError(f"{column} is empty; give every vote its {', '.join(COLUMNS)}, and a missing vote no line")
        values.append(text)
    return Vote(*values)
