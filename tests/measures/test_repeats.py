"""Texts that repeat an earlier one: to the letter whatever their length, and nearly if they are long enough."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthworth.measures.edits import overlaps
from synthworth.measures.repeats import without_repeats

LONG = "The harbour was closed on Tuesday morning because thick fog lay over the whole coast"


@pytest.mark.parametrize(
    "repeat",
    [
        LONG.upper() + "!",
        LONG.replace(" ", "  "),
        LONG.replace("Tuesday", "Monday"),
        "h\u0430rbour".join(LONG.split("harbour")),
    ],
    ids=["case and signs", "spaces", "one word", "look-alike letter"],
)
def test_a_repeat_is_found_behind_small_changes(repeat):
    assert without_repeats([LONG, repeat, "Rain stops the match."]) == [0, 2]


def test_another_text_about_the_same_is_none():
    other = "Thick fog on the coast made them shut the port early this week, and ferries had to wait outside"
    assert without_repeats([LONG, other]) == [0, 1]


def test_a_short_text_repeats_another_to_the_letter_or_not_at_all():
    assert without_repeats(["What a lovely day today", "What a lovely day, today!", "What a lovely day todays"]) == [
        0,
        2,
    ]


WORDS = st.sampled_from(["fog", "rain", "closes", "opens", "the", "harbour", "match", "again", "today", "slowly"])


@settings(max_examples=80)
@given(texts=st.lists(st.lists(WORDS, min_size=1, max_size=12).map(" ".join), max_size=12))
def test_what_stays_is_a_part_in_order_has_the_first_and_stays_again(texts):
    kept = without_repeats(texts)
    assert kept == sorted({*kept})
    assert kept[:1] == [0][: len(texts)]
    assert without_repeats([texts[place] for place in kept]) == list(range(len(kept)))
    assert {texts[place] for place in kept} <= {*texts}
    assert len({texts[place] for place in kept}) == len(kept)


def pieces(text):
    """The 4 letters in a row within a word and the spaces around it, one after the other."""
    return (
        {piece for start in range(len(text) - 1) for piece in [f" {text} "[start : start + 4]] if " " not in piece[1:3]}
        if text
        else set()
    )


@settings(max_examples=80)
@given(texts=st.lists(st.lists(WORDS, min_size=1, max_size=6).map(" ".join), min_size=1, max_size=6))
def test_the_overlap_is_the_jaccard_index_of_sets_of_pieces(texts):
    sets = [pieces(text) for text in texts]
    expected = [[len(one & other) / max(len(one | other), 1) for other in sets] for one in sets]
    assert np.allclose(overlaps(texts), expected)
