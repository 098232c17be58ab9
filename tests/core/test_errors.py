"""The line that answers an unknown name; and whose mistake an error is: the user's, or a bug of ours."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from synthworth.core.errors import brief, escaped, raised_in, shown, unknown

METHODS = ("real", "zero_shot", "few_shot")
WORDS = st.text("abcdefgh", min_size=1, max_size=8)


def test_the_line_says_what_came_what_is_allowed_and_what_is_near():
    line = unknown("method", "few-shot", METHODS)
    assert line == "unknown method 'few-shot'; methods: real, zero_shot, few_shot; did you mean few_shot?"


def test_a_name_like_none_of_them_gets_no_hint():
    assert unknown("method", "xyz", METHODS) == "unknown method 'xyz'; methods: real, zero_shot, few_shot"


def test_an_irregular_plural_can_be_given():
    assert "; entries: real" in unknown("entry", "reel", ["real"], "entries")


def test_the_allowed_names_may_come_from_an_iterator():
    assert unknown("method", "few-shot", iter(METHODS)) == unknown("method", "few-shot", METHODS)


@given(came=WORDS, allowed=st.lists(WORDS, min_size=1, unique=True))
def test_a_hint_is_one_of_the_allowed_names(came, allowed):
    _, _, hint = unknown("method", came, allowed).partition("did you mean ")
    assume(hint)
    assert hint.removesuffix("?") in allowed


@given(name=WORDS, others=st.lists(WORDS, unique=True))
def test_one_letter_too_many_is_always_understood(name, others):
    assert "did you mean" in unknown("method", name + "x", [*others, name])


def raised(code):
    """The ValueError that code of ours lets out."""
    with pytest.raises(ValueError, match=r"\w") as caught:
        exec(compile(code, "ours.py", "exec"), {"__name__": "synthworth.ours"})
    return caught.value


@pytest.mark.parametrize(
    "code",
    [
        "raise ValueError('no')",
        "def no():\n    return ValueError('no')\nraise no()",
        "try:\n    int('x')\nexcept ValueError as error:\n    raise ValueError('no') from None",
        "kept = ValueError('no')\ntry:\n    raise kept\nexcept ValueError:\n    pass\nraise kept",
    ],
)
def test_what_our_code_raises_is_a_mistake_of_the_user(code):
    assert raised_in(raised(code), "synthworth")


@pytest.mark.parametrize(
    "code",
    [
        "int('x')",
        "import json\njson.loads('{')",
        "first, second = [1]",
        "import numpy\nnumpy.zeros(3).reshape(2, 2)",
        "raise ValueError(int('x'))",
    ],
)
def test_what_a_library_or_the_interpreter_raises_in_our_code_is_none(code):
    assert not raised_in(raised(code), "synthworth")


def test_what_others_raise_is_no_mistake_of_the_user():
    with pytest.raises(ValueError, match="theirs") as caught:
        raise ValueError("theirs")
    assert not raised_in(caught.value, "synthworth")


@given(st.text(max_size=100))
def test_a_stranger_s_text_in_a_message_is_printable_and_short(text):
    assert shown(text).isprintable()
    assert shown(text).isascii()
    assert len(shown(text)) < 70
    assert escaped(text).isprintable()
    assert brief(text).isprintable()
    assert len(brief(text)) < 700
