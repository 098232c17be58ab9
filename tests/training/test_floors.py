"""Bags of words see the words of every script, and no text ends in a traceback of a library."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthworth.core.task import Example
from synthworth.training.fit import train_and_predict
from synthworth.training.recipes import RECIPES, Untrainable

# Two labels that a word, a character or a picture tells apart, in texts that are else alike.
SCRIPTS = {
    "emoji": ("So funny 😂", "So funny 😭"),
    "skin tones": ("ok 👍🏿", "ok 👎🏿"),
    "Devanagari marks": ("यह कमल है", "यह कमाल है"),
    "Tamil": ("இது நல்ல படம்", "இது மோசமான படம்"),
    "Chinese": ("今天天气好", "今天天气坏"),
    "Japanese": ("この映画はよい", "この映画はわるい"),
    "Thai": ("หนังดี", "หนังแย่"),
    "Arabic": ("فيلم جيد جدا", "فيلم سيئ جدا"),
    "Korean": ("영화 좋다", "영화 나쁘다"),
    "Cyrillic": ("фильм хорош", "фильм плох"),
    "single letters": ("a a b", "a a c"),
    "marks of punctuation": (":-)", ":-("),
}


def predict(pairs, asked):
    train = [Example(id=str(number), text=text, label=label) for number, (text, label) in enumerate(pairs)]
    return train_and_predict(RECIPES["tfidf"], train, asked, ("good", "bad"), 0).labels


@pytest.mark.parametrize("script", SCRIPTS)
def test_tfidf_tells_texts_of_every_script_apart(script):
    good, bad = SCRIPTS[script]
    assert predict([(good, "good"), (bad, "bad")] * 3, [bad, good]) == ("bad", "good")


def test_a_few_pictures_among_english_texts_change_no_prediction():
    asked = ["good film 😂", "bad film", "a film"]
    plain = [("good old film", "good"), ("bad new film", "bad")] * 6
    some = [("good old film 😂", "good"), *plain[1:]]
    assert predict(some, asked) == predict(plain, asked)


def test_texts_in_which_nothing_can_be_seen_are_refused_in_one_line():
    with pytest.raises(
        Untrainable, match=r"^no training text holds a character that can be seen; give texts with"
    ) as e:
        predict([(" ", "good"), ("\u2003\n", "bad")], ["x"])
    assert "\n" not in str(e.value)


@settings(max_examples=40)
@given(st.lists(st.text(max_size=12), min_size=2, max_size=6), st.lists(st.text(max_size=12), min_size=1, max_size=3))
def test_any_texts_are_trained_on_or_refused(texts, asked):
    pairs = [(text, ("good", "bad")[number % 2]) for number, text in enumerate(texts)]
    try:
        assert set(predict(pairs, asked)) <= {"good", "bad"}
    except Untrainable:
        assert not any(map(str.strip, texts))
