"""Two texts beside each other: nothing is lost, nothing is too wide, nothing acts on the terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthworth.core.side_by_side import cells, side_by_side, wrapped
from synthworth.core.tables import printable


@given(st.text(), st.integers(10, 60))
def test_wrapping_loses_nothing_and_stays_within_the_width(text, width):
    lines = list(wrapped(text, width))
    assert "".join("".join(lines).split()) == "".join(printable(text).split())
    assert all(cells(line) <= width for line in lines)


@given(st.text(), st.text())
def test_no_line_acts_on_a_terminal(left, right):
    assert all(printable(line) == line for line in side_by_side(left, right, 20))


def test_an_escape_sequence_becomes_words():
    assert side_by_side("a\x1b[2Jb", "\u202edab", 10) == ["a [2Jb      dab"]


@pytest.mark.parametrize(("text", "width"), [("日本", 4), ("e\u0301", 1), ("👍", 2), ("abc", 3), ("", 0)])
def test_a_wide_letter_takes_two_cells_and_a_mark_none(text, width):
    assert cells(text) == width


def test_the_second_column_begins_at_one_place_beside_wide_letters():
    first, second = side_by_side("日本語日本語", "xx yy", 10)
    assert [cells(first[: first.index("xx")]), first.index("xx") > 0, second] == [12, True, "語"]
