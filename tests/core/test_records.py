"""Records are read back as they were written, and a line that is none is named by file and line."""

import gzip
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthworth.core.records import (
    fits,
    merge_records,
    parse_json,
    parse_records,
    read_json_lines,
    read_records,
    record_line,
    record_of,
    versioned,
)


class Span(NamedTuple):
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Note:
    name: str
    number: int = 0
    share: float = 0.0
    tags: Sequence[str] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    day: str | None = None
    span: Span | None = None

    def __post_init__(self):
        object.__setattr__(self, "tags", tuple(self.tags))
        object.__setattr__(self, "span", Span(*self.span) if self.span else None)
        if not self.name:
            raise ValueError("no name")


WORDS = st.text(st.characters(codec="utf-8"), max_size=5)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
NOTES = st.builds(
    Note,
    name=WORDS.filter(bool),
    number=st.integers(),
    share=NUMBERS,
    tags=st.lists(WORDS),
    counts=st.dictionaries(WORDS, st.integers()),
    day=st.none() | WORDS,
    span=st.none() | st.tuples(NUMBERS, NUMBERS),
)


def newest(values):
    return versioned(values, 3)[1]


def read(path):
    return read_records(path, Note, "notes", newest)


def write(path, notes, **options):
    merge_records(path, notes, key=lambda n: n.name, line=lambda n: record_line(n, 3), read=read, **options)


@settings(max_examples=50)
@given(st.lists(NOTES, max_size=5))
def test_records_are_read_back_sorted_as_they_were_written(notes):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "notes.jsonl"
        for note in notes:
            write(path, [note])
        last = {note.name: note for note in notes}
        assert (read(path) if notes else []) == [last[name] for name in sorted(last)]


@settings(max_examples=50)
@given(st.lists(NOTES, max_size=3))
def test_the_text_of_a_file_gives_the_same_as_the_file(notes):
    assert parse_records("".join(record_line(note, 1) + "\n" for note in notes), Note, "f", newest) == notes


def test_stored_records_stay_if_they_are_kept(tmp_path):
    write(tmp_path / "n", [Note(name="a"), Note(name="b")])
    write(tmp_path / "n", [Note(name="c")], keep=lambda stored: stored.name != "a")
    assert [note.name for note in read(tmp_path / "n")] == ["b", "c"]


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["", "mark"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file_is_read_as_editors_and_systems_leave_it(tmp_path, pack, mark, end):
    path = tmp_path / "notes"
    path.write_bytes(pack(mark + f'{end}{{"name": "a"}}{end}{end}{{"name": "b"}}{end}{end}'.encode()))
    assert [where for where, _ in read_json_lines(path, "notes")] == [f"{path}, line 2", f"{path}, line 4"]


@pytest.mark.parametrize("text", ["[" * 100_000, "1" * 5_000, "{", "{'a': 1}", "1 2"])
def test_a_broken_line_is_named_in_one_line(text):
    with pytest.raises(ValueError, match=r"\Anotes, line 1: broken JSON \(.+\); correct this line\Z"):
        parse_records(text + "\n", Note, "notes")


@pytest.mark.parametrize(
    "packed", [gzip.compress(b"x" * 99)[:-9], gzip.compress(b"x")[:-8] + b"01234567"], ids=["cut", "wrong length"]
)
def test_broken_gzip_is_refused(tmp_path, packed):
    (tmp_path / "notes").write_bytes(packed)
    with pytest.raises(ValueError, match=r"cannot read notes from .*notes: .*; give a file that synthworth wrote"):
        read(tmp_path / "notes")


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ([], "a note is a JSON object, got list"),
        ({}, "missing field 'name'; a line without it is an older version's: delete it and measure it again"),
        ({"name": "a", "nmae": 1}, "unknown field 'nmae'; fields: name, .*; did you mean name"),
        ({"name": "a", "\x1b[31m": 1}, r"unknown field '\\x1b\[31m'; fields"),
        ({"name": 1}, "name is 1, which has the wrong type; it is str"),
        ({"name": "a", "number": True}, "number is True, which has the wrong type; it is int"),
        ({"name": "a", "number": 1.0}, "number is 1.0"),
        ({"name": "a", "share": "1"}, "share is '1', which has the wrong type; it is float"),
        ({"name": "a", "tags": "xy"}, "tags is 'xy', which has the wrong type; it is Sequence"),
        ({"name": "a", "tags": [1]}, r"tags is \[1\]"),
        ({"name": "a", "counts": {"y": None}}, "counts is "),
        ({"name": "a", "day": 3}, "day is 3"),
        ({"name": "a", "span": [1]}, r"span is \[1\]"),
        ({"name": ""}, "no name"),
    ],
)
def test_a_record_of_other_fields_or_types_is_refused(values, problem):
    with pytest.raises(ValueError, match=rf"\Ahere: {problem}"):
        record_of(Note, values, "here")


def test_a_missing_field_of_a_stranger_s_record_comes_without_advice():
    with pytest.raises(ValueError, match=r"\Ahere: missing field 'name'\Z"):
        record_of(Note, {}, "here", older="")


ANYTHING = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists)


@given(ANYTHING | st.dictionaries(WORDS.filter(lambda word: word != "name"), ANYTHING))
def test_no_decoded_value_but_an_object_of_its_fields_becomes_a_record(values):
    with pytest.raises(ValueError, match=r"\Ahere: ") as caught:
        record_of(Note, values, "here")
    assert str(caught.value).isprintable()


def test_a_record_of_a_newer_schema_is_refused():
    with pytest.raises(ValueError, match="f, line 1: schema 4; this version reads 1 to 3: install the version that"):
        parse_records('{"schema": 4, "name": "a"}\n', Note, "f", newest)


@given(NOTES)
def test_what_a_record_holds_fits_its_annotations(note):
    assert record_of(Note, json.loads(json.dumps(asdict(note)))) == note


def test_a_union_takes_any_of_its_types():
    assert fits(None, str | None)
    assert not fits(1, str | None)


@given(st.text())
def test_any_text_is_parsed_or_refused_in_one_line(text):
    told = "here: broken JSON ("
    try:
        parse_json(text, "here")
    except ValueError as error:
        told = str(error)
    assert told.startswith("here: broken JSON (")
    assert "\n" not in told
