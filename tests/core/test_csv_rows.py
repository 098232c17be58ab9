"""Rows are read as they were written, in every format, and what is no row is named by file and line."""

import csv
import gzip
import io
import json
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthworth.core.csv_rows import ENDINGS, columns_of, read_rows

NEEDED = ("winner", "loser", "annotator")
HEADER = ",".join(NEEDED) + "\n"
ROWS = [("imdb", "ag_news", "ann"), ("ag_news", "sms_spam", "ben")]
SEPARATORS = {".csv": ",", ".tsv": "\t"}
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=6).map(str.strip)
MANY = st.lists(st.tuples(TEXT, TEXT, TEXT).filter(any), min_size=1, max_size=8)
endings = pytest.mark.parametrize("ending", ENDINGS)


def text_of(rows, ending):
    """What a program writes into a file of that ending."""
    if ".jsonl" in ending:
        return "".join(json.dumps(dict(zip(NEEDED, row, strict=True))) + "\n" for row in rows)
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=SEPARATORS[ending.removesuffix(".gz")]).writerows([NEEDED, *rows])
    return file.getvalue()


def written(folder, text, ending=".csv"):
    data = text if isinstance(text, bytes) else text.encode()
    path = Path(folder) / f"rows{ending}"
    path.write_bytes(gzip.compress(data) if ending.endswith(".gz") else data)
    return path


def read(path):
    return [tuple(row.values()) for _, row in read_rows(path, NEEDED, "rows")]


def refused(path):
    """What reading says, which is one line."""
    with pytest.raises(ValueError, match=r"\A.+\Z") as caught:
        read_rows(path, NEEDED, "rows")
    return str(caught.value)


# ---- what is read


@endings
@settings(deadline=None, max_examples=50)
@given(rows=MANY)
def test_rows_are_read_back_as_they_were_written(ending, rows):
    with tempfile.TemporaryDirectory() as folder:
        assert read(written(folder, text_of(rows, ending), ending)) == rows


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_file_may_be_separated_as_spreadsheets_do_it(tmp_path, separator):
    assert read(written(tmp_path, text_of(ROWS, ".csv").replace(",", separator))) == ROWS


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("ending", [".csv", ".jsonl"])
def test_a_line_may_end_as_on_any_system(tmp_path, ending, end):
    text = text_of(ROWS, ending).replace("\r\n", "\n").replace("\n", end)
    assert read(written(tmp_path, text, ending)) == ROWS


@endings
def test_a_byte_order_mark_is_no_part_of_the_file(tmp_path, ending):
    assert read(written(tmp_path, b"\xef\xbb\xbf" + text_of(ROWS, ending).encode(), ending)) == ROWS


@endings
def test_blank_lines_and_a_missing_last_line_end_are_no_matter(tmp_path, ending):
    text = text_of(ROWS, ending).replace("\r\n", "\n")
    assert read(written(tmp_path, "\n" + text.replace("\n", "\n\n").rstrip(), ending)) == ROWS


def test_other_columns_empty_rows_and_blanks_are_passed_over(tmp_path):
    text = "\nloser, seconds,annotator ,winner\n\n ag_news,7, ann,imdb,,\n,,,\nsms_spam,,ben,ag_news\n"
    assert read(written(tmp_path, text)) == ROWS


def test_other_fields_are_passed_over_whatever_they_hold(tmp_path):
    line = {"seconds": None, "loser": "ag_news", "winner": "imdb", "annotator": "ann", "more": [1.5]}
    assert read(written(tmp_path, json.dumps(line), ".jsonl")) == ROWS[:1]


def test_a_row_that_ends_early_has_empty_values(tmp_path):
    assert read(written(tmp_path, HEADER + "imdb\n")) == [("imdb", "", "")]


def test_whole_numbers_in_json_are_the_digits_of_the_same_csv(tmp_path):
    line = dict(zip(NEEDED, (12, 7, 0), strict=True))
    assert read(written(tmp_path, json.dumps(line), ".jsonl")) == read(written(tmp_path, HEADER + "12,7,0\n"))


def test_a_row_stands_in_the_line_where_an_editor_sees_it_begin(tmp_path):
    text = 'winner,loser,annotator,why\n\nimdb,ag_news,ann,"two\nlines"\nimdb,imdb,ann,\n'
    assert [line for line, _ in read_rows(written(tmp_path, text), NEEDED, "rows")] == [3, 5]


def test_a_separator_inside_of_json_text_ends_no_line(tmp_path):
    line = json.dumps(dict(zip(NEEDED, ("a\u2028b", "c", "d"), strict=True)), ensure_ascii=False)
    assert read(written(tmp_path, line, ".jsonl")) == [("a\u2028b", "c", "d")]


def test_an_ending_in_capitals_is_known(tmp_path):
    assert read(written(tmp_path, text_of(ROWS, ".csv")).rename(tmp_path / "ROWS.CSV")) == ROWS


def test_a_path_may_be_text(tmp_path):
    assert read(str(written(tmp_path, text_of(ROWS, ".csv")))) == ROWS


# ---- what is refused


@endings
def test_a_missing_file_is_refused_with_what_to_give(tmp_path, ending):
    path = tmp_path / f"rows{ending}"
    assert refused(path) == f"cannot read rows from {path}: No such file or directory; give a .csv or .jsonl file"


def test_a_folder_is_refused(tmp_path):
    (tmp_path / "rows.csv").mkdir()
    assert "rows.csv: Is a directory" in refused(tmp_path / "rows.csv")


@pytest.mark.parametrize(
    ("name", "ending"),
    [("v.txt", ".txt"), ("v.xlsx.gz", ".xlsx.gz"), ("v.gz", ".gz"), ("v", ""), ("v.csv.zip", ".zip")],
)
def test_an_unknown_ending_is_refused_with_the_known_ones(tmp_path, name, ending):
    known = "endings: .csv, .csv.gz, .tsv, .tsv.gz, .jsonl, .jsonl.gz"
    assert f"{tmp_path / name}: unknown ending '{ending}'; {known}" in refused(tmp_path / name)


@endings
def test_bytes_that_are_not_utf_8_are_named_by_line(tmp_path, ending):
    text = text_of(ROWS, ending).replace("ben", "b~n").encode().replace(b"~", b"\xe9")
    path = written(tmp_path, text, ending)
    assert refused(path) == f"{path}, line {2 if 'json' in ending else 3}: not UTF-8 text; save the file as UTF-8"


@pytest.mark.parametrize("column", NEEDED)
def test_a_missing_column_is_named_with_those_that_came(tmp_path, column):
    came = [name.upper() if name == column else name for name in NEEDED]
    path = written(tmp_path, ",".join(came) + "\na,b,c\n")
    needed = "needed: winner, loser, annotator, each once"
    assert refused(path) == f"{path}, line 1: not one column '{column}' in {', '.join(map(repr, came))}; {needed}"


def test_a_column_that_comes_twice_is_refused(tmp_path):
    path = written(tmp_path, HEADER.replace("\n", ",loser\n") + "a,b,c,d\n")
    assert refused(path).startswith(f"{path}, line 1: not one column 'loser' in 'winner',")


@pytest.mark.parametrize("column", NEEDED)
def test_a_line_of_json_without_a_column_is_named(tmp_path, column):
    line = {name: "x" for name in NEEDED if name != column}
    path = written(tmp_path, text_of(ROWS, ".jsonl") + json.dumps(line), ".jsonl")
    assert refused(path).startswith(f"{path}, line 3: not one column '{column}' in ")


@pytest.mark.parametrize("value", [True, None, 0.5, ["yes"], {"yes": 1}])
@pytest.mark.parametrize("column", NEEDED)
def test_a_value_that_is_neither_text_nor_a_whole_number_is_refused(tmp_path, column, value):
    line = dict.fromkeys(NEEDED, "x") | {column: value}
    path = written(tmp_path, json.dumps(line), ".jsonl")
    assert refused(path) == f"{path}, line 1: {column} is {value!r}; allowed: text or a whole number"


def test_a_row_with_more_values_than_columns_is_refused(tmp_path):
    path = written(tmp_path, HEADER + "imdb,ag_news,Smith, Ann\n")
    assert refused(path) == f"{path}, line 2: 4 values under 3 columns; put a value that has a comma in it into quotes"


def test_a_quote_that_nobody_closes_is_named_where_it_begins_and_swallows_no_rows(tmp_path):
    path = written(tmp_path, HEADER + 'a,b,c\n"imdb,ag_news,ann\nsms_spam,imdb,ann\n')
    assert re.search(r"line 3: broken CSV \(unexpected end of data\); correct its quotes$", refused(path))


def test_broken_json_is_named_by_line_and_character(tmp_path):
    path = written(tmp_path, text_of(ROWS, ".jsonl") + '{"label": \n', ".jsonl")
    assert re.search(r"rows.jsonl, line 3: broken JSON \(.* at character \d+\); one object a line$", refused(path))


@pytest.mark.parametrize("line", ["[" * 100_000, "1" * 5_000], ids=["deep", "long"])
def test_json_that_python_cannot_hold_is_one_line_too(tmp_path, line):
    assert "line 1: broken JSON (too deep or too long); one object" in refused(written(tmp_path, line, ".jsonl"))


def test_a_line_of_json_that_is_no_object_is_refused(tmp_path):
    path = written(tmp_path, '["1", "ann", "yes"]\n', ".jsonl")
    assert refused(path) == f"{path}, line 1: list, not an object with winner, loser, annotator"


@endings
@pytest.mark.parametrize("text", ["", "\n\n", HEADER, HEADER + ",,\n"])
def test_a_file_without_rows_is_refused(tmp_path, ending, text):
    text = text.replace(HEADER, "").replace(",", "") if "json" in ending else text.replace(",", "\t")
    path = written(tmp_path, text, ending)
    assert refused(path) == f"{path}: no rows; needed are lines with winner, loser, annotator"


def changed(data):
    return data[:-8] + bytes([data[-8] ^ 0xFF]) + data[-7:]  # the checksum


@pytest.mark.parametrize("damage", [lambda data: data[:-9], lambda data: b"no gzip", lambda data: data[:20], changed])
@pytest.mark.parametrize("ending", [".csv.gz", ".jsonl.gz"])
def test_broken_gzip_is_refused(tmp_path, ending, damage):
    path = written(tmp_path, text_of(ROWS, ending), ending)
    path.write_bytes(damage(path.read_bytes()))
    assert re.search(rf"rows{ending}: broken gzip \(.+\); fetch or write the file again$", refused(path))


# ---- columns


@endings
def test_the_columns_are_those_of_the_first_row(tmp_path, ending):
    assert columns_of(written(tmp_path, "\n" + text_of(ROWS, ending), ending), "rows") == list(NEEDED)


def test_a_file_without_rows_has_no_columns(tmp_path):
    assert columns_of(written(tmp_path, HEADER), "rows") == []


def test_columns_of_a_file_that_cannot_be_read_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"rows\.txt: unknown ending"):
        columns_of(tmp_path / "rows.txt", "rows")
