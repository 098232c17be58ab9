"""Words are those of Unicode in every script, and a length is what a person counts."""

import unicodedata

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st
from uniseg.wordbreak import words as segments

from synthworth.core.words import word_count, words

# Hindi, Tamil, Bengali, Arabic, Persian, Hebrew, Russian, Greek, Korean, Armenian, Georgian, Amharic, Vietnamese.
SPACED = "नमस्ते தமிழ் বাংলা مرحبا قَلَم کتاب שָׁלוֹם привет γειά 한국어 բարև გამარჯობა ሰላም việt naïve ŉ"
UNSPACED = "今日は雨だ 汉字书写 สวัสดีชาวโลก ສະບາຍດີ ខ្ញុំ မြန်မာ"
EMOJI = "😂 😭 👨‍👩‍👧 🇩🇪 👍🏽 ❤ 🫠"
# In UAX 29 these join letters; here they part them.
PARTING = ".:,;_"
PIECES = st.sampled_from([*"aZß9 -!?()’", *SPACED.split(), *UNSPACED.split(), *EMOJI.split(), "コンピュータ", "é"])


def test_words_are_lower_case_and_keep_their_apostrophes():
    assert words("DON'T stop -- it's 9_30!") == ["don't", "stop", "it's", "9", "30"]


def test_a_typographic_apostrophe_is_the_straight_one():
    assert words("Don’t stop") == words("don't stop")


@given(st.text(st.characters(max_codepoint=127)))
def test_case_and_outer_punctuation_never_change_the_words(text):
    assert words(f"({text.upper()}!)") == words(text)


@pytest.mark.parametrize("text", SPACED.split())
def test_the_marks_of_a_script_stay_in_their_word(text):
    assert words(text) == [unicodedata.normalize("NFC", text.lower())]


@pytest.mark.parametrize("text", UNSPACED.split())
def test_a_script_without_spaces_has_a_word_for_each_character(text):
    assert words(text) == [segment for segment in segments(text) if segment.strip()]


def test_emoji_are_words_of_their_own():
    assert words(f"So funny{EMOJI.replace(' ', '')}!") == ["so", "funny", *EMOJI.split()]


def test_texts_that_differ_in_an_emoji_differ():
    assert words("So funny 😂") != words("So funny 😭")


@pytest.mark.parametrize("sign", ["©", "®", "™", "→", "€"])
def test_a_sign_that_is_no_picture_is_no_word(sign):
    assert words(f"Acme{sign} tea") == ["acme", "tea"]


@pytest.mark.parametrize("unseen", ["­", "‌", "⁠", "﻿", "‮", "⁦", "᠎", "️", "󠁡", "͏"])
def test_what_nobody_sees_makes_no_other_word(unseen):
    assert words(f"air{unseen}port") == ["airport"]


@pytest.mark.parametrize("blank", ["ㅤ", "ᅟ", "ﾠ", "​", " ", "　"])
def test_what_looks_like_a_space_parts_words(blank):
    assert words(f"open{blank}door") == ["open", "door"]


def test_one_text_in_two_forms_of_unicode_has_the_same_words():
    text = "Café Å ệ 가나"
    assert words(unicodedata.normalize("NFD", text)) == words(unicodedata.normalize("NFC", text))


LETTER = r"[\p{L}--[\p{sc=Han}\p{sc=Hiragana}\p{Line_Break=SA}\p{Word_Break=Katakana}]]"
MIXED = regex.compile(rf"(?V1)(?<={LETTER}\p{{M}}*)'(?=\p{{N}})|(?<=\p{{N}}\p{{M}}*)'(?={LETTER})")


@example("a’9")
@example("9'a b'c 3'4")
@given(st.lists(PIECES).map("".join))
def test_words_are_the_segments_of_uax_29_that_hold_a_letter_a_number_or_a_picture(text):
    # Ours joins a letter and a number as it joins two letters ("o'2" is one word), as if the sign were a letter.
    plain = MIXED.sub("\u02bc", unicodedata.normalize("NFC", text.lower().replace("’", "'")))
    judged = [
        s.replace("\u02bc", "'")
        for s in segments(plain)
        if any(unicodedata.category(c)[0] in "LN" or c in EMOJI for c in s.strip())
    ]
    # Behind a Hebrew word UAX 29 keeps an apostrophe, which may as well be the end of a quotation.
    assert words(text) == [segment.removesuffix("'") for segment in judged]


def test_a_hebrew_word_in_quotation_marks_is_the_same_word():
    assert words("‘שלום’ 'שלום'") == ["שלום", "שלום"]


def test_flags_that_tags_spell_differ():
    england, scotland, wales = (
        "🏴" + "".join(chr(0xE0000 + ord(c)) for c in f"gb{name}\x7f") for name in ("eng", "sct", "wls")
    )
    assert len({*words(f"Go {england} {scotland} {wales} 🏴")}) == 5
    assert words(f"{england}{scotland}") == words(f"{england} {scotland}")


@given(st.text(st.characters(max_codepoint=127)))
def test_ascii_takes_a_short_way_to_the_same_words(text):
    assert words(f"{text} é") == [*words(text), "é"]


@given(st.text(max_size=40), st.text(max_size=40))
def test_the_words_of_two_texts_are_those_of_both(one, other):
    assert words(f"{one} . {other}") == words(one) + words(other)


@given(st.text())
def test_words_of_words_are_the_same_words(text):
    assert [again for word in words(text) for again in words(word)] == words(text)


@given(st.text(st.characters(max_codepoint=0x24F)))
def test_a_length_in_latin_letters_is_what_stands_between_spaces(text):
    assert word_count(text) == len(text.split())


@pytest.mark.parametrize(
    ("text", "count"),
    [("今日は雨だ。", 5), ("สวัสดี ชาวโลก", 10), ("Ich mag 寿司 sehr.", 5), ("नमस्ते दुनिया", 2), ("。 、", 2), ("", 0)],
)
def test_a_length_without_spaces_is_counted_in_characters(text, count):
    assert word_count(text) == count
