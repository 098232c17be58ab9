"""Tables are written so that they are read back to the letter, by this package and by others."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthworth.core.table_files import read_table
from synthworth.core.written_tables import WRITERS, file_content

# JSON Lines and CSV hold any text that UTF-8 does; a zero byte is no text to read_table.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), min_size=1).filter(str.strip)


def read_back(folder, rows, ending):
    path = folder / f"rows{ending}"
    path.write_bytes(file_content(["text", "label"], rows, ending))
    return [dict(values) for _, values in read_table(path, "texts")]


@pytest.mark.parametrize("ending", WRITERS)
@pytest.mark.parametrize("text", ["=1+1", "@you", '"quoted", with a comma', "two\nlines", "\r", "a\rb", "日本 😂", " "])
def test_a_text_is_read_back_to_the_letter(tmp_path, ending, text):
    rows = [{"text": text, "label": "a"}]
    assert read_back(tmp_path, rows, ending) == rows


@settings(max_examples=30)
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5), st.sampled_from([".jsonl", ".parquet"]))
def test_any_texts_are_read_back(tmp_path_factory, pairs, ending):
    rows = [{"text": text, "label": label} for text, label in pairs]
    assert read_back(tmp_path_factory.mktemp("any"), rows, ending) == rows


def test_parquet_keeps_numbers_and_makes_text_of_mixed_columns():
    import pyarrow.parquet

    rows = [{"n": 1, "x": 0.5, "m": 1}, {"n": 2, "x": None, "m": "b"}]
    table = pyarrow.parquet.read_table(io.BytesIO(file_content(["n", "x", "m", "none"], rows, ".parquet")))
    assert table.to_pylist() == [
        {"n": 1, "x": 0.5, "m": "1", "none": None},
        {"n": 2, "x": None, "m": "b", "none": None},
    ]


@pytest.mark.parametrize("ending", WRITERS)
def test_a_table_without_rows_is_a_file(tmp_path, ending):
    assert read_back(tmp_path, [], ending) == []


def test_another_ending_is_refused():
    with pytest.raises(ValueError, match="unknown ending"):
        file_content(["text"], [], ".xlsx")
