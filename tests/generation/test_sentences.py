"""Answers are cut back to whole sentences, in every script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthworth.core.words import word_count
from synthworth.generation.sentences import whole_sentences


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
    ("whole", "rest"),
    [
        ("यह फिल्म धीमी है।", " अभिनेता कोशिश करते"),
        ("この映画は遅いです。", "俳優は頑張って"),
        ("这部电影很慢！", "演员们"),
        ("هل الفيلم بطيء؟", " الممثلون"),
        ("فلم سست ہے۔", " اداکار"),
        ("Ֆիլմը դանդաղ է։", " Դերասանները"),
        ("ፊልሙ ቀርፋፋ ነው።", " ተዋናዮቹ"),
        ("ภาพยนตร์ช้า", " นักแสดง"),
        ("Фильм медленный…", " Актёры"),
        ("¿Es lento?", " Los actores"),
        ("„Der Film ist lang.“", " Die Schauspieler"),
        ("ရုပ်ရှင်နှေးတယ်။", " သရုပ်ဆောင်"),
    ],
)
def test_a_sentence_ends_with_the_terminal_of_its_script(whole, rest):
    assert whole_sentences(whole + rest, 90) == whole


@pytest.mark.parametrize(
    ("language", "text"),
    [("de", "Es kostet ca. 5 Euro"), ("es", "La Sra. Gil"), ("ru", "На ул. Мира"), ("fr", "M. et Mme. Roy")],
)
def test_an_abbreviation_of_the_language_ends_no_sentence(language, text):
    assert whole_sentences(f"{text} und", 90, language) == ""


@given(st.lists(st.sampled_from(["今日。", "雨", "a. ", "b ", "है। "]), max_size=30).map("".join), st.integers(0, 12))
def test_whole_sentences_of_mixed_scripts_keep_the_limit(text, most):
    kept = whole_sentences(text, most)
    assert text.startswith(kept)
    assert word_count(kept) <= most
