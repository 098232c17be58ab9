"""The line that answers an unknown name."""

from hypothesis import assume, given
from hypothesis import strategies as st

from synthworth.core.choice import unknown

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
