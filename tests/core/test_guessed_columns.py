"""Which columns of a stranger's table hold text and label: told by names, else by values, else asked for."""

from pathlib import Path

import pytest

from synthworth.core.guessed_columns import LABEL_NAMES, MOST, TEXT_NAMES, guessed_columns
from synthworth.core.table_files import Place, PlacedRow

PATH = Path("mine.csv")


def rows(**columns):
    values = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    return [PlacedRow(Place(PATH, number), each) for number, each in enumerate(values, 2)]


def guessed(table, **named):
    found = guessed_columns(PATH, table, **named)
    return found.text, found.label


LONG = [f"note {number} about the weather" for number in range(6)]
KINDS = ["a", "b", "a", "b", "a", "b"]


@pytest.mark.parametrize(
    "columns",
    [
        {"id": range(6), "Message": LONG, "queue": KINDS},
        {"Label": KINDS, "TEXT": LONG, "subject": LONG},
        {"utterance": LONG, "intent": KINDS, "type": ["x"] * 6},
    ],
)
def test_usual_names_decide_in_whatever_case(columns):
    text, label = guessed(rows(**columns))
    assert (columns[text], columns[label]) == (LONG, KINDS)


def test_without_usual_names_the_values_decide():
    assert guessed(rows(nr=range(6), was=LONG, art=KINDS)) == ("was", "art")


def test_a_usual_name_without_repeated_values_yields_to_one_with():
    assert guessed(rows(text=LONG, score=range(6), rating=KINDS)) == ("text", "rating")


def test_columns_are_those_of_all_rows_and_not_of_the_first_alone():
    table = rows(text=LONG, label=KINDS)
    del table[0].values["label"]
    assert guessed(table) == guessed(table, label="label") == ("text", "label")


def test_a_named_column_is_found_after_the_rows_that_are_looked_at():
    table = [PlacedRow(Place(PATH, number), {"text": f"note {number} of many"}) for number in range(MOST)]
    assert guessed([*table, *rows(text=LONG, label=KINDS)], label="label") == ("text", "label")


def test_no_usual_name_stands_twice():
    assert len({*TEXT_NAMES, *LABEL_NAMES}) == len(TEXT_NAMES) + len(LABEL_NAMES)


def test_a_column_may_have_the_name_of_one_of_its_labels():
    found = guessed_columns(PATH, rows(message=LONG, **{KINDS[0]: KINDS}))
    assert (found.text, found.label) == ("message", KINDS[0])
    assert guessed_columns(PATH, rows(**{"said": LONG, KINDS[0]: KINDS}), text="said").label == KINDS[0]


def test_a_named_column_is_taken():
    assert guessed(rows(text=LONG, note=LONG, label=KINDS, art=KINDS), text="note", label="art") == ("note", "art")


@pytest.mark.parametrize(
    ("table", "named", "said"),
    [
        (rows(was=LONG, art=KINDS, ort=KINDS), {}, "2 columns look like labels, 'art', 'ort'; name it with --label"),
        (rows(was=LONG, nr=range(6)), {}, "no column looks like labels; columns: 'was', 'nr'"),
        (rows(a=KINDS, b=KINDS), {}, "no column looks like texts"),
        (rows(text=LONG, label=KINDS), {"label": "lable"}, "--label: unknown column 'lable'; .*did you mean label"),
        (rows(text=LONG, label=KINDS), {"text": "label", "label": "label"}, "cannot be both"),
        (rows(**{"Fog.": LONG, KINDS[0]: KINDS}), {}, f"its first line, 'Fog.', '{KINDS[0]}', looks like a text with"),
        ([], {}, "no rows"),
    ],
)
def test_what_is_not_clear_is_asked_for_in_one_line(table, named, said):
    with pytest.raises(ValueError, match=said):
        guessed_columns(PATH, table, **named)
