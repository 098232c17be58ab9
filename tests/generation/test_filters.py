"""Which answers become texts: each rule drops what it names, and leaves ordinary texts alone."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import toys
from synthworth.core.words import words
from synthworth.generation import filters
from synthworth.generation.filters import RULES, Asked, Filter, clean, whole_sentences
from synthworth.measures.copies import LEAST, shares_run

TASK = toys.task(words=(2, 12))
ASKED = Asked(task=TASK, prompt="Please write one private message of about nine words.", finish_reason="stop")
ORDINARY = [
    "Sorry for being late, the bus broke down.",
    "I'm sorry about your dog, she was lovely.",
    "As an old friend I must say no.",
    "Here we go again, no milk left!",
    "Please write to me soon.",
    "Call [NAME] at noon [PHONE].",
    "I am [NAME], the [RELIGION] one.",
    "I think < or think > is wrong.",
    "The review was titled badly.",
]
MISTAKEN = [
    "Sorry I am late, the bus broke down.",
    "I'm sorry, but it rains too much here.",
    "I can't help laughing at it.",
    "Sure, see you at noon.",
    "Okay, on my way.",
    "Absolutely lovely film, go and see it.",
]
FEW_WORDS = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=14).map(" ".join)
TEXTS = st.text(st.sampled_from("ab \n\t\"'*“”_."), max_size=20)


def reason(text, **changes):
    return Filter(TASK).reason(text, replace(ASKED, **changes))


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_text_is_kept(text):
    assert reason(text) == ""


@pytest.mark.parametrize("text", MISTAKEN)
def test_a_text_that_opens_like_a_refusal_or_an_announcement_is_kept(text):
    assert reason(text) == ""


@pytest.mark.parametrize("text", ["", " \n", "...", "- _ -"])
def test_nothing_but_punctuation_is_empty(text):
    assert reason(text) == "empty"


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't write that.",
        "I’m sorry but as a chatbot I cannot.",
        "Sorry, I cannot write this.",
        "I cannot create such a message.",
        "I am unable to assist with this.",
        "As an AI I have no phone.",
        "I'm just an AI without a phone.",
    ],
)
def test_declining_is_a_refusal(text):
    assert reason(text) == "refusal"


def test_an_answer_that_the_server_filtered_is_a_refusal():
    assert reason("See you at noon.", finish_reason="content_filter") == "refusal"


def test_an_answer_at_the_token_limit_without_a_whole_sentence_is_truncated():
    assert reason("", finish_reason="length") == "truncated"


@pytest.mark.parametrize(
    "text",
    [
        "<think>The user wants a note.</think> See you at noon.",
        "\n<think>\nThe user wants",
        "The user wants a note. </think> See you at noon.",
    ],
)
def test_the_thoughts_of_a_reasoning_generator_are_thinking(text):
    assert reason(text) == "thinking"


def test_thoughts_that_were_cut_away_are_thinking_and_not_truncated():
    assert reason("", finish_reason="length", answer="<think> Okay, the user wants") == "thinking"


def test_an_answer_whose_beginning_was_kept_is_judged_by_that():
    assert reason("See you at noon.", finish_reason="length", answer="See you at noon. I will [name]") == ""


@given(st.text(alphabet="ab .!?", max_size=60), st.integers(0, 12))
def test_whole_sentences_are_a_beginning_of_the_text_within_the_limit(text, most):
    kept = whole_sentences(text, most)
    assert text.startswith(kept)
    assert len(kept.split()) <= most
    assert not kept or kept[-1] in ".!?"


ABBREVIATED = [
    "Mr.",
    "Mrs.",
    "Ms.",
    "Dr.",
    "St.",
    "No.",
    "Inc.",
    "Corp.",
    "Co.",
    "Ltd.",
    "Jr.",
    "Sr.",
    "Gen.",
    "Gov.",
    "Sen.",
    "Rep.",
    "vs.",
    "J.",
    "U.S.",
    "u.s.",
    "mr.",
]


@pytest.mark.parametrize("abbreviation", ABBREVIATED)
def test_an_abbreviation_ends_no_sentence(abbreviation):
    assert whole_sentences(f"Shares rose. The company said {abbreviation} Smith will leave in", 40) == "Shares rose."


@pytest.mark.parametrize("abbreviation", ABBREVIATED)
def test_an_abbreviation_at_the_end_of_the_text_ends_its_sentence(abbreviation):
    text = f"Shares rose. It was {abbreviation}"
    assert whole_sentences(text, 40) == text


@pytest.mark.parametrize(
    "end", ["It was us.", "I said no.", "They ate well...", "Is it J.?", "It is Tom’s.", "Room B 7."]
)
def test_what_only_looks_like_an_abbreviation_ends_a_sentence(end):
    assert whole_sentences(f"{end} They then went to", 40) == end


@pytest.mark.parametrize(
    "text",
    [
        "Sure! Here is a message:",
        "Certainly, here is a message: see you.",
        "Here is a private message: see you.",
        "Here's one: see you at noon.",
        "Message: see you at noon.",
        "The headline: rain again.",
    ],
)
def test_an_announcement_is_a_preamble(text):
    assert reason(text) == "preamble"


def test_seven_words_of_the_prompt_are_an_echo():
    assert reason("write one private message of about nine") == "echo"


def test_six_words_of_the_prompt_are_no_echo():
    assert reason("write one private message of about noon") == ""


def test_case_and_punctuation_do_not_hide_an_echo():
    assert reason("WRITE one, private message -- of about nine!") == "echo"


@pytest.mark.parametrize(
    "text",
    ["Dear [name], see you.", "Call [your number] now.", "Hi [Friend Name]!", "Love, [Your Name]", "[NAME of mine]"],
)
def test_a_gap_to_fill_in_is_a_placeholder(text):
    assert reason(text) == "placeholder"


@pytest.mark.parametrize("count", [1, 13])
def test_fewer_or_more_words_than_real_texts_have_is_a_length(count):
    assert reason(" ".join("abcdefghijklm"[:count])) == "length"


@pytest.mark.parametrize("count", [2, 12])
def test_the_bounds_of_the_length_range_are_allowed(count):
    assert reason(" ".join("abcdefghijklm"[:count])) == ""


def test_every_rule_is_a_public_function_of_its_own_name():
    assert all(getattr(filters, rule.__name__) is rule for rule in RULES)


def test_the_first_rule_that_applies_is_the_reason():
    assert reason("I cannot write a text here: [name]") == "refusal"


def test_eight_words_of_a_demonstration_are_a_copy():
    judge = Filter(TASK, ["we meet at noon by the old stone bridge"])
    assert judge.reason("ok so meet at noon by the old stone", ASKED) == ""
    assert judge.reason("ok we meet at noon by the old stone", ASKED) == filters.DEMONSTRATION_COPY


def test_a_short_demonstration_is_copied_only_as_a_whole():
    judge = Filter(TASK, ["see you soon"])
    assert judge.reason("See you soon!", ASKED) == filters.DEMONSTRATION_COPY
    assert judge.reason("I will see you soon", ASKED) == ""


def test_the_same_words_again_are_a_duplicate():
    judge = Filter(TASK)
    judge.reason("See you at noon, don't be late.", ASKED)
    assert judge.reason("see you AT noon: don’t be late!!", ASKED) == filters.DUPLICATE


def test_a_text_that_was_dropped_is_not_seen():
    judge = Filter(TASK)
    judge.reason("See you at noon.", replace(ASKED, finish_reason="content_filter"))
    assert judge.reason("See you at noon.", ASKED) == ""


def test_two_labels_are_judged_apart():
    one, other = Filter(TASK), Filter(TASK)
    one.reason("See you at noon.", ASKED)
    assert other.reason("See you at noon.", ASKED) == ""


@settings(deadline=None)
@given(st.lists(FEW_WORDS), st.lists(FEW_WORDS, max_size=3))
def test_what_is_kept_is_unique_and_copies_no_demonstration(texts, demonstrations):
    judge = Filter(TASK, demonstrations)
    kept = [text for text in texts if not judge.reason(text, ASKED)]
    assert len({tuple(words(text)) for text in kept}) == len(kept)
    assert not [text for text in kept if shares_run(text, demonstrations, LEAST)]


@given(TEXTS)
def test_a_clean_text_has_single_spaces_and_no_margin(text):
    assert clean(text) == " ".join(clean(text).split())


@given(TEXTS)
def test_cleaning_leaves_the_words_as_they_are(text):
    assert words(clean(text)) == words(text)


@pytest.mark.parametrize("text", ['"See you."', "“See you.”", "**See you.**", '*"See you."*', "`See you.`"])
def test_wrapping_is_taken_off(text):
    assert clean(text) == "See you."


@pytest.mark.parametrize("text", ['"No" means "no"', '"Yes," she said', "*really* not *now*"])
def test_quotes_within_a_text_stay(text):
    assert clean(text) == text


HOSTILE = ["_" * 10_000 + "x", "[a" * 5_000, "." * 10_000 + "x", "a. " * 3_300, "'" * 5_000 + "a" + "'" * 4_999]


@pytest.mark.parametrize("text", HOSTILE, ids=["marks", "brackets", "dots", "sentences", "wrapped"])
def test_no_text_takes_hours_to_judge(text):
    """Where passes over the text multiply, 10,000 characters take hours: the test would not end."""
    assert len(clean(text)) <= len(text)
    assert whole_sentences(text, 200).count(".") <= 200
    assert not filters.placeholder(text, ASKED)
