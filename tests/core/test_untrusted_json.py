"""JSON from strangers is read within bounds, or refused in one line."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthworth.core.untrusted_json import DEEPEST, decode, lines

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=DEEPEST - 1,
)


@given(JSON)
def test_what_json_writes_is_read_back(value):
    assert decode(json.dumps(value), "here") == value


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"a": 1, "a": 1}', "the key 'a' comes twice"),
        ("NaN", "NaN is not a JSON number"),
        ("-Infinity", "-Infinity is not a JSON number"),
        ("1e999", "a number too large"),
        ("9" * 40, "a whole number beyond 2^53"),
        ("9" * 5000, "digits"),
        ("[" * 20 + "]" * 20, "more than 8 levels"),
        ("[" * 100_000, "more than 8 levels"),
        ('"\\ud800"', "half a character"),
        ("{'a': 1}", "Expecting property name"),
        ("", "Expecting value"),
        ("1 2", "Extra data"),
    ],
)
def test_what_is_no_plain_json_is_refused_in_one_line(text, problem):
    with pytest.raises(ValueError, match=r"^here: ") as caught:
        decode(text, "here")
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.text())
def test_any_text_is_decoded_or_refused_in_one_line(text):
    try:
        decode(text, "here")
    except ValueError as error:
        told = str(error)
    else:
        told = "here: "
    assert told.startswith("here: ")
    assert "\n" not in told


def test_lines_end_with_a_line_feed_alone():
    assert [value for _, value in lines('"a\u2028b"\n1\n', "f")] == ["a\u2028b", 1]


@pytest.mark.parametrize(
    ("text", "problem"),
    [("1\n2", "f: its last line is cut off"), ("1\n\n", "f, line 2: "), ('"' + "a" * 2**16 + '"\n', "65,538 char")],
)
def test_a_cut_an_empty_and_an_endless_line_are_refused(text, problem):
    with pytest.raises(ValueError, match=problem):
        list(lines(text, "f"))
