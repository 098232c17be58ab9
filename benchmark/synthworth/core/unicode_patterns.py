"""Patterns of characters by their properties in Unicode, which the standard library's `re` does not know."""

from functools import cache
from typing import Any


@cache
def unicode_pattern(pattern: str) -> Any:
    """Compile a pattern with properties (`\\p{L}`) and set operations (`[a--b]`, `[a&&b]`), by the rules of `regex`.

    It is used as one of `re`. Each pattern is compiled once.

    >>> unicode_pattern(r"[\\p{L}--[a-z]]+").findall("abc नमस्ते дом")
    ['नमस', 'त', 'дом']
    """
    import regex

    return regex.compile(pattern, regex.V1)
