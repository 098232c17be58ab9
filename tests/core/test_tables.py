"""A table says the same in every format, and no cell acts on what shows it."""

import csv
import io
import json
import re
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from synthworth.core.tables import FORMATS, Table, csv_text, render

TABLE = Table(
    title="first",
    rows=[{"task": "imdb", "rank_low": 1, "value": 0.25}, {"task": "ag_news", "rank_low": 1200, "value": float("nan")}],
    note="a note",
)
OTHER = Table(title="second", rows=[{"annotator": f"a{n}", "agreement": 1 / (n + 3)} for n in range(5)], limit=2)


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


ODD = st.text(st.characters(codec="utf-8"), max_size=20)


@given(ODD)
def test_no_cell_title_or_note_holds_what_a_terminal_obeys_or_what_turns_the_direction_of_text(text):
    shown = render([Table(title=text, rows=[{"name": text}], note=text)])
    assert not [c for c in shown if unicodedata.category(c).startswith("C") and c not in "\n\u200c\u200d"]
    assert len(shown.splitlines()) <= 7


@given(ODD)
@example("a | b")
@example("<!-- ")
@example("a\nb")
def test_a_markdown_row_has_as_many_cells_as_columns_and_opens_no_tag(text):
    shown = render([Table(title="t", rows=[{"name": text, "n": 1}])], "github")
    row = shown.splitlines()[4]
    assert len(re.findall(r"(?<!\\)\|", row)) == 3
    assert not re.search(r"<[A-Za-z/!?]", row)


@given(ODD)
@example("=1+1")
@example("@SUM(A1)")
@example("\t=1")
@example("-1+cmd|' /C calc'!A0")
@example("+1 (=2 to 3)")
def test_no_text_of_a_csv_cell_is_a_formula(text):
    (row,) = csv.DictReader(io.StringIO(csv_text(["name"], [{"name": text}]), newline=""))
    shown, text = row["name"], text.replace("\r\n", "\n").replace("\r", "\n")
    assert shown in (text, f"'{text}")
    assert not shown.startswith(("=", "@", "\t", "\r", "\n"))
    if shown.startswith(("+", "-")):
        assert set(shown) <= set("+-0123456789.,% ()to")


@pytest.mark.parametrize("cell", ["-0.5", "-0.012 (-0.034 to 0.010)", "-0.034 to 0.010", "+3 %", -0.5, -2])
def test_a_negative_number_stays_a_number_in_csv(cell):
    assert csv_text(["drop"], [{"drop": cell}]).splitlines()[1] == str(cell)


def test_csv_without_rows_is_the_header_of_declared_columns():
    assert render([Table(title="t", rows=[], columns=["a", "b"])], "csv") == "table,a,b\n"
    assert render([Table(title="t", rows=[])], "csv") == ""


def test_csv_holds_all_tables_with_the_first_one_s_columns():
    same = replace(TABLE, title="third")
    rows = list(csv.DictReader(io.StringIO(render([TABLE, OTHER, same], "csv"))))
    assert [row["table"] for row in rows] == ["first", "first", "third", "third"]


def test_a_wide_markdown_table_is_not_padded():
    shown = render([Table(title="t", rows=[{"text": "a" * 300}, {"text": "b"}])], "github").splitlines()
    assert shown[3:] == ["|---|", f"| {'a' * 300} |", "| b |"]


def test_columns_headers_and_alignment_can_be_given():
    table = replace(TABLE, columns=["value", "task"], headers={"value": "what it is"}, left=["value"])
    assert lines_of(render([table]))[1] == ["what", "it", "is", "task"]
    assert render([table]).splitlines()[4].startswith("0.250")


def test_latex_escapes_cells_title_and_note():
    shown = render([Table(title="50 %", rows=[{"a_b": "x_y & z"}], note="#1")], "latex")
    assert r"\caption{50 \%. \#1}" in shown
    assert r"x\_y \& z" in shown
