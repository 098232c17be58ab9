"""Patterns by Unicode's properties find what their property says, by `unicodedata` as an outside judge."""

import unicodedata

import pytest

from synthworth.core.unicode_patterns import unicode_pattern


@pytest.mark.parametrize("category", ["Mn", "Nd", "Sc", "Pf"])
def test_a_property_holds_for_the_characters_that_python_gives_it(category):
    everything = [chr(code) for code in range(0x3000) if unicodedata.category(chr(code)) != "Cn"]
    found = [letter for letter in everything if unicode_pattern(rf"\p{{{category}}}").match(letter)]
    assert found == [letter for letter in everything if unicodedata.category(letter) == category]


def test_a_set_may_be_taken_from_another():
    assert unicode_pattern(r"[\p{L}--[a-z]]+").findall("abc дом") == ["дом"]


def test_a_pattern_is_compiled_once():
    assert unicode_pattern(r"\p{L}") is unicode_pattern(r"\p{L}")
