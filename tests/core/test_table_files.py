"""Rows are read as they were written, in every format, and what is no row is named by file and line."""

import bz2
import csv
import gzip
import io
import json
import lzma
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthworth.core.table_files import ENDINGS, columns_of, read_rows, read_table

NEEDED = ("winner", "loser", "annotator")
HEADER = ",".join(NEEDED) + "\n"
ROWS = [("imdb", "ag_news", "ann"), ("ag_news", "sms_spam", "ben")]
SEPARATORS = {".csv": ",", ".tsv": "\t"}
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=6).map(str.strip)
MANY = st.lists(st.tuples(TEXT, TEXT, TEXT).filter(any), min_size=1, max_size=8)
IN_LINES = [ending for ending in ENDINGS if ending != ".parquet"]
endings = pytest.mark.parametrize("ending", ENDINGS)
endings_of_lines = pytest.mark.parametrize("ending", IN_LINES)


def text_of(rows, ending):
    """The text that a program writes into a file of that ending; of Parquet, the bytes."""
    named = [dict(zip(NEEDED, row, strict=True)) for row in rows]
    if ending == ".parquet":
        return parquet({name: [row[name] for row in named] for name in NEEDED})
    if ending.startswith(".json") and not ending.startswith(".jsonl"):
        return json.dumps(named, indent=2)
    if "json" in ending:
        return "".join(json.dumps(row) + "\n" for row in named)
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=SEPARATORS[ending.removesuffix(".gz")]).writerows([NEEDED, *rows])
    return file.getvalue()


def parquet(columns, metadata=None):
    import pyarrow
    import pyarrow.parquet

    file = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns).replace_schema_metadata(metadata), file)
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
@settings(max_examples=50)
@given(rows=MANY)
def test_rows_are_read_back_as_they_were_written(ending, rows):
    with tempfile.TemporaryDirectory() as folder:
        assert read(written(folder, text_of(rows, ending), ending)) == rows


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_file_may_be_separated_as_spreadsheets_do_it(tmp_path, separator):
    assert read(written(tmp_path, text_of(ROWS, ".csv").replace(",", separator))) == ROWS


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("ending", [".csv", ".jsonl"])
def test_a_line_may_end_as_on_any_system(tmp_path, ending, end):
    text = text_of(ROWS, ending).replace("\r\n", "\n").replace("\n", end)
    assert read(written(tmp_path, text, ending)) == ROWS


@endings_of_lines
def test_a_byte_order_mark_is_no_part_of_the_file(tmp_path, ending):
    assert read(written(tmp_path, b"\xef\xbb\xbf" + text_of(ROWS, ending).encode(), ending)) == ROWS


@endings_of_lines
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
    assert [place.number for place, _ in read_rows(written(tmp_path, text), NEEDED, "rows")] == [3, 5]


def test_a_separator_inside_of_json_text_ends_no_line(tmp_path):
    line = json.dumps(dict(zip(NEEDED, ("a\u2028b", "c", "d"), strict=True)), ensure_ascii=False)
    assert read(written(tmp_path, line, ".jsonl")) == [("a\u2028b", "c", "d")]


def test_an_ending_in_capitals_is_known(tmp_path):
    assert read(written(tmp_path, text_of(ROWS, ".csv")).rename(tmp_path / "ROWS.CSV")) == ROWS


def test_a_path_may_be_text(tmp_path):
    assert read(str(written(tmp_path, text_of(ROWS, ".csv")))) == ROWS


def test_gzip_is_known_by_its_content_whatever_the_name_says(tmp_path):
    plain, packed = text_of(ROWS, ".csv").encode(), gzip.compress(text_of(ROWS, ".csv").encode())
    for name, content in (("plain.csv.gz", plain), ("packed.csv", packed)):
        (tmp_path / name).write_bytes(content)
        assert read(tmp_path / name) == ROWS


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".json"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-16-le"])
def test_utf_16_with_its_mark_is_read(tmp_path, ending, encoding):
    mark = {"utf-16": "", "utf-16-be": "\ufeff", "utf-16-le": "\ufeff"}[encoding]
    assert read(written(tmp_path, (mark + text_of(ROWS, ending)).encode(encoding), ending)) == ROWS


def test_a_long_text_in_another_column_is_no_matter(tmp_path):
    text = "winner,loser,annotator,text\nimdb,ag_news,ann," + "x" * 200_000 + "\n"
    limit = csv.field_size_limit()
    assert read(written(tmp_path, text)) == ROWS[:1]
    assert csv.field_size_limit() == limit, "another library's limit was changed"


@pytest.mark.parametrize("ending", [".csv", ".tsv"])
def test_a_text_over_several_lines_stays_whole(tmp_path, ending):
    rows = [("two\nlines", 'with "quotes"', "a\tb, c; d")]
    assert read(written(tmp_path, text_of(rows, ending), ending)) == rows


def test_quotation_marks_in_a_tsv_that_was_written_without_quoting_are_part_of_the_text(tmp_path):
    lines = ["winner\tloser\tannotator", '"Never", she said\tb\tc', 'd\t"open\te', 'f\tends with"\tg']
    expected = [tuple(line.split("\t")) for line in lines[1:]]
    assert read(written(tmp_path, "\n".join(lines) + "\n", ".tsv")) == expected


def test_a_separator_inside_of_a_quoted_header_separates_nothing(tmp_path):
    text = 'winner;loser;annotator;"why, how, when, where"\nimdb;ag_news;ann;x\n'
    assert read(written(tmp_path, text)) == ROWS[:1]


NAMED = [dict(zip(NEEDED, row, strict=True)) for row in ROWS]
LAYOUTS = {
    "array": json.dumps(NAMED),
    "pretty array": json.dumps(NAMED, indent=2),
    "lines": "\n".join(map(json.dumps, NAMED)),
    "pretty objects one after another": "\n".join(json.dumps(row, indent=2) for row in NAMED),
    "by key": json.dumps({"a": NAMED[0], "b": NAMED[1]}),
    "by key, pretty": json.dumps({"a": NAMED[0], "b": NAMED[1]}, indent=1),
    "columns of lists": json.dumps({name: [row[name] for row in NAMED] for name in NEEDED}),
    "pandas": json.dumps({name: {str(n): row[name] for n, row in enumerate(NAMED)} for name in NEEDED}),
    "pandas, split": json.dumps({"columns": NEEDED, "index": [0, 1], "data": ROWS}),
    "under a name": json.dumps({"version": "1.0", "data": NAMED}, indent=2),
}


@pytest.mark.parametrize("ending", [".json", ".jsonl", ".json.gz"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_json_is_read_in_the_layouts_that_programs_write(tmp_path, layout, ending):
    assert read(written(tmp_path, LAYOUTS[layout], ending)) == ROWS


@pytest.mark.parametrize(
    "table",
    [
        {"columns": 5, "data": [["a b c", "x"]]},
        {"columns": [["text"], "label"], "data": [["a b c", "x"]]},
        {"columns": None, "data": None},
    ],
)
def test_names_and_cells_that_are_none_are_no_table_but_one_row(tmp_path, table):
    assert [row.values for row in read_table(written(tmp_path, json.dumps(table), ".json"), "rows")] == [table]


def test_several_tables_in_one_file_are_refused(tmp_path):
    path = written(tmp_path, json.dumps({"train": NAMED, "test": NAMED}), ".json")
    assert refused(path).endswith("several tables, 'train', 'test'; write one file for each")


@pytest.mark.parametrize("content", [{"sentence": "a", "label": 1}, {"sentence": ["a", "b"], "label": [0, 1]}])
def test_lists_of_objects_beside_words_are_cells(tmp_path, content):
    path = written(tmp_path, json.dumps(content | {"ents": [{"n": 1}, {"n": 2}], "rels": [{}, {}]}), ".json")
    sentences = content["sentence"]
    assert [row.values["sentence"] for row in read_table(path, "rows")] == (
        sentences if isinstance(sentences, list) else [sentences]
    )


def test_the_key_of_an_object_of_objects_is_their_id(tmp_path):
    rows = read_table(written(tmp_path, '{"t1": {"text": "a"}, "t2": {"text": "b", "id": "own"}}', ".json"), "texts")
    assert [row.values["id"] for row in rows] == ["t1", "own"]


def test_an_element_of_a_json_array_stands_in_the_line_where_it_begins(tmp_path):
    rows = read_table(written(tmp_path, '[\n  {"a":\n 1},\n\n {"a": 2}, {"a": 3}\n]', ".json"), "rows")
    assert [(row.place.number, row.values["a"]) for row in rows] == [(2, 1), (5, 2), (5, 3)]


def test_numbers_of_a_parquet_file_that_stand_for_names_become_the_names(tmp_path):
    features = {"label": {"names": ["neg", "pos"], "_type": "ClassLabel"}, "n": {"dtype": "int64", "_type": "Value"}}
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    path = written(tmp_path, parquet({"label": [1, 0, -1], "n": [1, 0, 2]}, metadata), ".parquet")
    assert [tuple(row.values.values()) for row in read_table(path, "rows")] == [("pos", 1), ("neg", 0), (-1, 2)]


def test_what_the_library_datasets_writes_is_read(tmp_path):
    import datasets

    features = datasets.Features({"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["no", "yes"])})
    datasets.Dataset.from_dict({"text": ["a"], "label": [1]}, features).to_parquet(tmp_path / "rows.parquet")
    assert read_table(tmp_path / "rows.parquet", "rows")[0].values == {"text": "a", "label": "yes"}


# ---- what is refused


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "a Git LFS pointer .*; run: git lfs pull"),
        (b"PK\x03\x04zip", "a zip archive or a spreadsheet; unpack it, or save the sheet as CSV"),
        (b"BZh9", "compressed with bzip2; unpack it"),
        (b"<!DOCTYPE html>", "a web page; download the file itself"),
    ],
)
@endings
def test_a_file_that_is_something_else_is_told_what_it_is(tmp_path, ending, content, problem):
    assert re.search(rf"rows{ending}: it is {problem}$", refused(written(tmp_path, content, ending)))


@pytest.mark.parametrize(
    ("content", "problem"), [(b"", "not a Parquet file"), (b"a,b\n", "not a"), (b"PAR1" + b"x" * 40, "broken Parquet")]
)
def test_a_broken_parquet_file_is_refused(tmp_path, content, problem):
    assert f"rows.parquet: {problem}" in refused(written(tmp_path, content, ".parquet"))


@endings
def test_a_missing_file_is_said_to_be_missing(tmp_path, ending):
    path = tmp_path / f"rows{ending}"
    assert refused(path) == f"cannot read rows from {path}: there is no such file; check its name and folder"


@pytest.mark.parametrize("name", ["rows", "rows.csv", "rows.parquet", "rows.txt"])
def test_a_folder_is_refused_as_a_folder_whatever_its_name(tmp_path, name):
    (tmp_path / name).mkdir()
    assert refused(tmp_path / name) == f"cannot read rows from {tmp_path / name}: it is a folder; name a file in it"


@pytest.mark.parametrize("name", ["v.txt", "v.xlsx", "v", "v.csv.bz2"])
def test_a_missing_file_is_said_to_be_missing_whatever_its_ending(tmp_path, name):
    assert "there is no such file" in refused(tmp_path / name)


@pytest.mark.parametrize("name", ["-", "/dev/stdin", "/dev/null"])
def test_a_stream_is_refused_and_not_read(name):
    assert f"from {name}: it is no file, and streams are not read" in refused(Path(name))


COMPRESSED = {".bz2": bz2.compress, ".xz": lzma.compress}


@pytest.mark.parametrize("zipped", COMPRESSED)
@endings
def test_a_file_that_is_compressed_is_told_so_by_its_usual_name(tmp_path, ending, zipped):
    path = tmp_path / f"rows{ending}{zipped}"
    path.write_bytes(COMPRESSED[zipped](b"id,text\n"))
    assert re.search("it is compressed with (bzip2|xz); unpack it$", refused(path))


def test_a_spreadsheet_is_told_to_be_saved_as_csv_by_its_usual_name(tmp_path):
    (tmp_path / "rows.xlsx").write_bytes(b"PK\x03\x04")
    assert refused(tmp_path / "rows.xlsx").endswith("or save the sheet as CSV")


@pytest.mark.parametrize(
    ("name", "ending"),
    [("v.txt", ".txt"), ("v.xlsx.gz", ".xlsx.gz"), ("v.gz", ".gz"), ("v", ""), ("v.csv.zip", ".zip")],
)
def test_an_unknown_ending_is_refused_with_the_known_ones(tmp_path, name, ending):
    known = "endings: .csv, .csv.gz, .tsv, .tsv.gz, .jsonl, .jsonl.gz, .ndjson, .ndjson.gz, .json, .json.gz, .parquet"
    (tmp_path / name).write_text(HEADER)
    assert f"{tmp_path / name}: unknown ending '{ending}'; {known}" in refused(tmp_path / name)


@endings_of_lines
def test_bytes_that_are_not_utf_8_are_named_by_line(tmp_path, ending):
    text = text_of(ROWS, ending).replace("ben", "b~n").encode().replace(b"~", b"\xe9")
    path = written(tmp_path, text, ending)
    line = 1 + text[: text.index(b"\xe9")].count(b"\n")
    told = f"{path}, line {line}: not UTF-8 text (byte 0xe9); save the file as UTF-8, for example with: iconv"
    assert refused(path).startswith(told)


@pytest.mark.parametrize("column", NEEDED)
def test_a_missing_column_is_named_with_those_that_came(tmp_path, column):
    came = [name.upper() if name == column else name for name in NEEDED]
    path = written(tmp_path, ",".join(came) + "\na,b,c\n")
    needed = "needed: winner, loser, annotator"
    assert refused(path) == f"{path}: no column '{column}' in {', '.join(map(repr, came))}; {needed}"


def test_a_needed_column_that_comes_twice_is_refused(tmp_path):
    path = written(tmp_path, HEADER.replace("\n", ",loser\n") + "a,b,c,d\n")
    assert refused(path).startswith(f"{path}: no column 'loser' in 'winner', 'loser (1)', 'annotator', 'loser (2)'; ")


def test_another_column_that_comes_twice_is_no_matter(tmp_path):
    path = written(tmp_path, HEADER.replace("\n", ",why,why\n") + "imdb,ag_news,ann,a,b\n")
    assert read(path) == ROWS[:1]


@pytest.mark.parametrize("column", NEEDED)
def test_a_line_of_json_without_a_column_is_named(tmp_path, column):
    line = {name: "x" for name in NEEDED if name != column}
    path = written(tmp_path, text_of(ROWS, ".jsonl") + json.dumps(line), ".jsonl")
    assert refused(path).startswith(f"{path}, line 3: no column '{column}' in ")


@pytest.mark.parametrize("value", [True, None, float("inf"), ["yes"], {"yes": 1}])
@pytest.mark.parametrize("column", NEEDED)
def test_a_value_that_is_neither_text_nor_a_number_is_refused(tmp_path, column, value):
    line = dict.fromkeys(NEEDED, "x") | {column: value}
    path = written(tmp_path, json.dumps(line), ".jsonl")
    assert refused(path) == f"{path}, line 1: {column} is {value!r}; allowed: text or a number"


def test_a_row_with_more_values_than_columns_is_refused(tmp_path):
    path = written(tmp_path, HEADER + "imdb,ag_news,Smith, Ann\n")
    assert refused(path) == f"{path}, line 2: 4 values under 3 columns; put a value that has a comma in it into quotes"


def test_a_quote_that_is_never_closed_is_named_where_it_begins_and_swallows_no_rows(tmp_path):
    path = written(tmp_path, HEADER + 'a,b,c\n"imdb,ag_news,ann\nsms_spam,imdb,ann\n')
    assert re.search(r"line 3: broken CSV \(unexpected end of data\); correct its quotes$", refused(path))


@pytest.mark.parametrize("line", ['{"label": ', "{'winner': 1}", '{"winner": 1} {}', '{"winner": 1},'])
def test_broken_json_is_named_by_line_and_character(tmp_path, line):
    path = written(tmp_path, text_of(ROWS, ".jsonl") + line + "\n", ".jsonl")
    assert re.search(r"rows.jsonl, line 3: broken JSON \(.* at character \d+\); correct this line$", refused(path))


@pytest.mark.parametrize("ending", [".json", ".jsonl"])
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[{"a": 1},\n{"a": 2}', "line 2: the JSON array is not closed"),
        ('[{"a": 1}\n{"a": 2}]', "line 2: no comma between two values"),
        ('[{"a": 1}]\nmore', "line 1: 'more' after the end of the array"),
        ('[\n{"a": 1},\n{"a" 2}]', "line 3: broken JSON"),
        ('[{"a": 1}, 7]', "line 1: 7 is not an object"),
    ],
)
def test_a_broken_json_array_is_named_by_line(tmp_path, ending, text, problem):
    assert f"rows{ending}, {problem}" in refused(written(tmp_path, text, ending))


@pytest.mark.parametrize("line", ["[" * 100_000, "1" * 5_000], ids=["deep", "long"])
def test_json_that_python_cannot_hold_is_one_line_too(tmp_path, line):
    assert "line 1: broken JSON (too deep, or a number too long); " in refused(written(tmp_path, line, ".jsonl"))


def test_a_line_of_json_that_is_no_object_is_refused(tmp_path):
    path = written(tmp_path, '{}\n["1", "ann", "yes"]\n', ".jsonl")
    assert refused(path).startswith(f"{path}, line 2: ['1', 'ann', 'yes'] is not an object with named values")


@endings_of_lines
@pytest.mark.parametrize("text", ["", "\n\n", HEADER, HEADER + ",,\n"])
def test_a_file_without_rows_is_refused(tmp_path, ending, text):
    text = text.replace(HEADER, "").replace(",", "") if "json" in ending else text.replace(",", "\t")
    path = written(tmp_path, text, ending)
    assert refused(path) == f"{path}: no rows; needed are lines with winner, loser, annotator"


def changed(data):
    return data[:-8] + bytes([data[-8] ^ 0xFF]) + data[-7:]  # the checksum


@pytest.mark.parametrize("damage", [lambda data: data[:-9], lambda data: data[:20], changed])
@pytest.mark.parametrize("ending", [".csv.gz", ".jsonl.gz"])
def test_broken_gzip_is_refused(tmp_path, ending, damage):
    path = written(tmp_path, text_of(ROWS, ending), ending)
    path.write_bytes(damage(path.read_bytes()))
    assert re.search(rf"rows{ending}: broken gzip \(.+\); fetch or write the file again$", refused(path))


# ---- columns


@endings
def test_the_columns_are_those_of_the_first_row(tmp_path, ending):
    text = text_of(ROWS, ending)
    text = text if ending == ".parquet" else "\n" + text
    assert columns_of(written(tmp_path, text, ending), "rows") == list(NEEDED)


def test_a_file_without_rows_has_no_columns(tmp_path):
    assert columns_of(written(tmp_path, HEADER), "rows") == []


def test_columns_of_a_file_that_cannot_be_read_are_refused(tmp_path):
    (tmp_path / "rows.txt").write_text(HEADER)
    with pytest.raises(ValueError, match=r"rows\.txt: unknown ending"):
        columns_of(tmp_path / "rows.txt", "rows")


@pytest.mark.parametrize(
    "text", ['{"text": "a b", "label": "good"}\n', '[{"text": "a b", "label": "good"}]', "[\n {}]"]
)
def test_json_under_the_ending_of_csv_is_read_as_json(tmp_path, text):
    as_csv, as_json = (read_table(written(tmp_path, text, ending), "rows") for ending in (".csv", ".jsonl"))
    assert [row.values for row in as_csv] == [row.values for row in as_json] != []


def test_the_line_by_which_excel_states_the_separator_is_no_header(tmp_path):
    path = written(tmp_path, "sep=;\ntext;label\nred, green;good\n")
    [(place, values)] = read_table(path, "texts")
    assert (place.number, values) == (3, {"text": "red, green", "label": "good"})


@pytest.mark.parametrize("ending", [".csv", ".jsonl"])
@pytest.mark.parametrize("encoding", ["utf-16-be", "utf-16-le", "utf-32"])
def test_wide_characters_without_their_mark_are_refused_with_what_to_do(tmp_path, encoding, ending):
    path = tmp_path / f"texts{ending}"
    path.write_bytes('{"text": "a b"}\n'.encode(encoding))
    with pytest.raises(ValueError, match=r"line 1: a zero byte.*save the file as UTF-8"):
        read_table(path, "texts")


def test_a_zero_byte_is_named_by_its_line(tmp_path):
    with pytest.raises(ValueError, match="line 3: a zero byte"):
        read_table(written(tmp_path, "text,label\na b,good\nc\0d,bad\n"), "texts")


def test_what_was_compressed_twice_or_marked_twice_is_read(tmp_path):
    path = tmp_path / "texts.csv.gz"
    path.write_bytes(gzip.compress(gzip.compress("\ufeff\ufefftext,label\na b,good\n".encode())))
    assert [row.values for row in read_table(path, "texts")] == [{"text": "a b", "label": "good"}]
