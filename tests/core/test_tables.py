"""A table says the same in every format."""

import csv
import io
import json

import pytest

from synthworth.core.tables import FORMATS, Table, render

TABLE = Table(
    title="first",
    rows=[{"task": "imdb", "rank_low": 1, "value": 0.25}, {"task": "ag_news", "rank_low": 1200, "value": float("nan")}],
    note="a note",
)
OTHER = Table(title="second", rows=[{"annotator": f"a{n}", "agreement": 1 / (n + 3)} for n in range(5)], shown=2)


def lines_of(text):
    return [line.split() for line in text.splitlines() if line.strip()]


def test_text_shows_titles_rows_and_notes():
    assert lines_of(render([TABLE])) == [
        ["first"],
        ["task", "rank", "low", "value"],
        ["-------", "----------", "-------"],
        ["imdb", "1", "0.250"],
        ["ag_news", "1,200"],
        ["a", "note"],
    ]


def test_text_shows_as_many_rows_as_it_is_to_and_counts_the_others():
    shown = render([OTHER])
    assert ("a1" in shown, "a2" in shown) == (True, False)
    assert "and 3 more, which --format json shows" in shown


def test_github_is_markdown():
    assert render([TABLE], "github").startswith("### first\n\n| task ")


def test_json_holds_every_row_and_no_nan():
    first, second = json.loads(render([TABLE, OTHER], "json"), parse_constant=pytest.fail)
    assert (first["title"], first["note"], first["rows"][1]) == (
        "first",
        "a note",
        {"task": "ag_news", "rank_low": 1200, "value": None},
    )
    assert second["rows"] == OTHER.rows


def test_csv_is_the_first_table_with_its_title_and_full_numbers():
    rows = list(csv.DictReader(io.StringIO(render([OTHER, TABLE], "csv"))))
    assert {row["table"] for row in rows} == {"second"}
    assert [(row["annotator"], float(row["agreement"])) for row in rows] == [tuple(row.values()) for row in OTHER.rows]


@pytest.mark.parametrize("form", FORMATS)
def test_a_table_without_rows_is_left_out(form):
    assert render([Table(title="nothing", rows=[]), TABLE], form) == render([TABLE], form)


def test_a_small_negative_number_is_shown_without_its_sign():
    assert lines_of(render([Table(title="t", rows=[{"x": -0.0001}])]))[-1] == ["0.000"]


def test_an_unknown_format_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match=r"unknown format 'git-hub'; formats: plain, .*; did you mean github\?"):
        render([TABLE], "git-hub")
