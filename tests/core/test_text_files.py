"""Labelled texts are read in the forms that people keep them in, or a line says what was found and what to do."""

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

import toys
from synthworth.core.table_files import ENDINGS
from synthworth.core.task import Hub
from synthworth.core.text_files import files_named, read_examples

TASK = toys.task()
HUB = Hub(path="owner/notes", labels={0: "bad", 1: "good"})


def read(folder, *rows, task=TASK, **options):
    path = folder / "texts.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return [example for _, example in read_examples(path, task, **options)]


def read_text(folder, text, task=TASK):
    path = folder / "texts.csv"
    path.write_text(text)
    return [example for _, example in read_examples(path, task)]


def refused(folder, *rows, task=TASK):
    with pytest.raises(ValueError, match=r"\A.+\Z") as caught:
        read(folder, *rows, task=task)
    return str(caught.value).removeprefix(f"{folder / 'texts.jsonl'}")


def row(label="good", **more):
    return {"text": "a note", "label": label, **more}


# ---- ids


def test_a_text_without_an_id_is_named_by_its_hash_whatever_the_order(tmp_path):
    one, other = ({"text": text, "label": "good"} for text in ("one", "other"))
    first, second = ({e.text: e.id for e in read(tmp_path, *rows)} for rows in ((one, other), (other, one)))
    assert first == second
    assert re.fullmatch("[0-9a-f]{16}", first["one"])


def test_repeated_texts_without_ids_are_told_apart(tmp_path):
    ids = [example.id for example in read(tmp_path, row(), row(), row())]
    assert ids[1:] == [f"{ids[0]}-2", f"{ids[0]}-3"]


@pytest.mark.parametrize("empty", [None, ""])
def test_a_column_of_empty_ids_counts_as_none(tmp_path, empty):
    assert re.fullmatch("[0-9a-f]{16}", read(tmp_path, row(id=empty))[0].id)


@pytest.mark.parametrize(("value", "name"), [(7, "7"), (7.0, "7"), ("7", "7"), (" x ", "x"), (2**70, str(2**70))])
def test_an_id_is_text_or_a_number(tmp_path, value, name):
    assert read(tmp_path, row(id=value))[0].id == name


@pytest.mark.parametrize("value", [None, "", " ", True, 0.5, [1], {"a": 1}, float("nan")])
def test_an_id_that_names_nothing_beside_others_is_refused(tmp_path, value):
    assert refused(tmp_path, row(id=1), row(id=value)).startswith(f", line 2: the id is {value!r}, not a string or num")


def test_a_repeated_id_is_refused_with_both_lines(tmp_path):
    assert refused(tmp_path, row(id="x"), row(id="y"), row(id="x")) == (
        ", line 3: the id 'x' is that of line 1 too; give each text its own, or none an id"
    )


def test_a_row_that_lacks_the_id_that_others_have_is_refused(tmp_path):
    assert ", line 2: the id is None, not a string or number" in refused(tmp_path, row(id=1), row())


# ---- labels

STARS = toys.task(labels={"1": "one star", "2": "two stars"}, demonstrations={"1": (), "2": ()})


@pytest.mark.parametrize("value", [1, 1.0, "1", "1.0", " 1 "])
def test_a_label_that_is_a_number_is_read_however_it_is_spelled(tmp_path, value):
    assert read(tmp_path, row(value), task=STARS)[0].label == "1"


@pytest.mark.parametrize("value", [1, 1.0, "1", "1.0", True, [1]])
def test_a_value_that_the_hub_maps_to_a_label_is_read_as_it(tmp_path, value):
    assert read(tmp_path, row(value), task=toys.task(hub=HUB))[0].label == "good"


def test_the_task_s_own_names_count_before_what_the_hub_says(tmp_path):
    hub = Hub(path="owner/notes", labels={"2": "1", "1": "2"})
    task = toys.task(labels=dict(STARS.labels), demonstrations={"1": (), "2": ()}, hub=hub)
    assert read(tmp_path, row("1"), task=task)[0].label == "1"


def test_other_labels_of_a_hub_data_set_are_left_out_and_misspelt_names_are_not(tmp_path):
    task = toys.task(hub=Hub(path="owner/notes", labels={0: "bad", 1: "good"}, other_labels=True))
    assert len(read(tmp_path, row(0), row(2), row([0, 1]), row([]), row([1, 2]), task=task)) == 2
    assert ", line 1: unknown label 'Good'; labels: good, bad; did you mean good?" in refused(
        tmp_path, row("Good"), task=task
    )


@pytest.mark.parametrize("values", [(0, 1), (True, False), ("0", "1"), (0.5, 1.5), ("neg", "pos")])
def test_labels_of_another_kind_are_told_with_the_allowed_ones_and_what_to_do(tmp_path, values):
    first, second = values
    told = refused(tmp_path, *[row(first)] * 3, row(second))
    shown = sorted([f"{first!r} (3)", f"{second!r} (1)"])
    assert told.startswith(f", line 1: unknown label '{first}'; labels: good, bad")
    assert told.endswith(
        f"; the file has {', '.join(shown)}: write the task's names, or map them in its Hub(labels={{VALUE: NAME}})"
    )


def test_a_file_of_many_labels_names_some(tmp_path):
    assert refused(tmp_path, *(row(n) for n in range(100))).count("(1)") == 12


# ---- texts and other columns


def test_other_columns_are_passed_over(tmp_path):
    assert len(read(tmp_path, row(stars=5, tokens=["a"], meta={"a": None}))) == 1


@pytest.mark.parametrize("text", [None, "", " \n", 5, [1], {"a": "b"}])
def test_a_text_without_words_is_refused(tmp_path, text):
    assert f", line 2: the text is {text!r}, not words" in refused(tmp_path, row(), row() | {"text": text})


def test_blank_texts_are_read_if_the_caller_judges_them(tmp_path):
    assert [e.text for e in read(tmp_path, row() | {"text": " "}, written=True)] == [" "]


def test_half_a_character_is_refused(tmp_path):
    assert "is not Unicode: it has half of a pair of surrogates" in refused(tmp_path, row() | {"text": "a \ud800"})


def test_a_text_is_read_to_the_letter_in_csv_too(tmp_path):
    assert (
        read_text(tmp_path, 'label,text\ngood,"  a ""note"", \n two lines "\n')[0].text == '  a "note", \n two lines '
    )


@pytest.mark.parametrize("key", ["text", "label"])
def test_a_missing_column_is_named_with_those_that_are_there(tmp_path, key):
    values = {"other" if name == key else name: value for name, value in row().items()}
    assert f": the key '{key}' is missing; there are '" in refused(tmp_path, values)


@pytest.mark.parametrize("key", ["text", "label"])
def test_a_row_without_a_text_or_label_is_named(tmp_path, key):
    assert f", line 2: the key '{key}' is missing" in refused(
        tmp_path, row(), {k: v for k, v in row().items() if k != key}
    )


def test_a_file_without_a_header_is_told_the_columns_that_were_found(tmp_path):
    with pytest.raises(ValueError, match=r"the key 'text' is missing; there are 'ham', 'see you later'; name the two"):
        read_text(tmp_path, "ham,see you later\nspam,buy now\n")


def test_an_empty_file_is_refused(tmp_path):
    assert refused(tmp_path) == ": no texts; give rows with text and label"


# ---- files


def test_each_ending_is_found(tmp_path):
    for ending in ENDINGS:
        path = tmp_path / f"train{ending}"
        path.touch()
        assert files_named(tmp_path, "train") == [path]
        path.unlink()


def test_a_file_of_another_name_is_not_found(tmp_path):
    for name in ("train", "train.txt", "training.csv", "train.csv.bak", "a-train.csv", "train-1-of-2.parquet"):
        (tmp_path / name).touch()
    assert files_named(tmp_path, "train") == []
    assert files_named(tmp_path / "none", "train") == []


# ---- whatever a text holds

LETTERS = st.characters(codec="utf-8", exclude_characters="\0\ufeff\t")
TEXTS = st.lists(st.text(LETTERS, max_size=12).filter(str.strip), min_size=1, max_size=5)


def content_of(texts, ending):
    """The bytes that a program writes into a file of that ending."""
    rows = [{"label": "good", "text": text} for text in texts]
    if ending == ".parquet":
        import pyarrow
        import pyarrow.parquet

        file = io.BytesIO()
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), file)
        return file.getvalue()
    if ending == ".json":
        return json.dumps(rows, indent=1, ensure_ascii=False).encode()
    if "json" in ending:
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    file = io.StringIO(newline="")
    csv.writer(file, delimiter="\t" if ending == ".tsv" else ",").writerows([rows[0], *(row.values() for row in rows)])
    return file.getvalue().encode()


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("ending", [".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet"])
@settings(max_examples=30)
@given(texts=TEXTS)
def test_texts_are_read_to_the_letter_from_every_format(ending, packed, texts):
    content = content_of(texts, ending)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"texts{ending}"
        path.write_bytes(gzip.compress(content) if packed else content)
        assert [example.text for _, example in read_examples(path, TASK)] == texts


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".json", ".jsonl", ".parquet"])
@settings(max_examples=60)
@given(content=st.binary(max_size=60) | st.text(st.sampled_from('[]{}":,\n\t agood1'), max_size=40).map(str.encode))
def test_any_file_is_read_or_refused_in_one_line_that_names_it(ending, content):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"texts{ending}"
        path.write_bytes(content)
        told = str(path)
        try:
            read_examples(path, TASK)
        except ValueError as error:
            told = str(error)
        assert str(path) in told
        assert "\n" not in told
