"""An answer may be as long as its words take in any script, and no English request changes."""

import pytest

from synthworth.generation.token_limit import LANGUAGES, PER_WORD, token_limit

# Texts that are written here, by language: in the worst case a tokenizer makes a token of each byte.
TEXTS = {
    "de": "Der Film war viel zu lang, aber die Musik hat mir gut gefallen.",
    "ru": "Фильм был слишком длинным, но музыка мне очень понравилась.",
    "el": "Η ταινία ήταν πολύ μεγάλη αλλά η μουσική μου άρεσε.",
    "ar": "كان الفيلم طويلا جدا لكن الموسيقى أعجبتني.",
    "he": "הסרט היה ארוך מדי אבל המוזיקה מצאה חן בעיניי.",
    "hi": "फ़िल्म बहुत लंबी थी लेकिन संगीत मुझे अच्छा लगा।",
    "ko": "영화는 너무 길었지만 음악은 마음에 들었다.",
    "zh": "电影太长了，但是我很喜欢音乐。",
    "ja": "映画は長すぎたけれど、音楽はよかった。",
    "th": "หนังยาวเกินไปแต่ฉันชอบเพลง",
}


@pytest.mark.parametrize("language", ["en", "en-GB", "en-US", "EN", "en-Latn"])
@pytest.mark.parametrize("words", [1, 9, 60, 400])
def test_english_requests_stay_as_they_were(words, language):
    assert token_limit(words, language) == 2 * words + 16


@pytest.mark.parametrize("language", TEXTS)
def test_a_text_of_the_length_that_was_asked_for_is_not_cut_off_even_at_half_a_token_a_byte(language):
    from synthworth.core.words import word_count

    text = TEXTS[language]
    assert len(text.encode()) / 2 <= token_limit(word_count(text), language)


@pytest.mark.parametrize(
    ("tag", "same"), [("sr-Latn", "de"), ("hi-Latn", "de"), ("zh-Hant-TW", "zh"), ("xx", "de"), ("az-Cyrl", "ru")]
)
def test_a_script_in_the_tag_counts_before_that_of_the_language(tag, same):
    assert token_limit(60, tag) == token_limit(60, same)


def test_every_language_is_listed_once_and_every_script_has_a_rate():
    listed = " ".join(LANGUAGES.values()).split()
    assert len(set(listed)) == len(listed)
    assert set(LANGUAGES) <= set(PER_WORD)
