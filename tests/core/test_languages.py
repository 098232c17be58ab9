"""The language of texts is guessed where it is plain, and doubted where it is not."""

import pytest

from synthworth.core.languages import COMMON, NAMES, guess_language, language_name

SENTENCES = {  # written for this test
    "en": "I have to say that the new kettle is not what it was in the picture, and you can hear it from the street.",
    "de": "Der neue Kessel ist nicht so, wie er auf dem Bild aussah, und man hört ihn auch von der Straße.",
    "es": "La tetera nueva no es como en la foto, pero lo que más me gusta es que se oye desde la calle.",
    "fr": "La nouvelle bouilloire n'est pas comme sur la photo, mais je ne la vois pas et elle est dans la rue.",
    "it": "Il nuovo bollitore non è come nella foto, ma mi piace molto e lo sento anche dalla strada con la finestra.",
    "pt": "A chaleira nova não é como na foto, mas eu gosto muito dela e ouço o barulho da rua com a janela.",
    "nl": "De nieuwe ketel is niet zoals op de foto, maar ik vind het wel mooi en je hoort hem ook op straat.",
    "sv": "Den nya kannan är inte som på bilden, men jag tycker om den och det hörs att den är på från gatan.",
    "pl": "Nowy czajnik nie jest taki jak na zdjęciu, ale bardzo mi się podoba i słychać go już na ulicy.",
    "tr": "Yeni çaydanlık resimdeki gibi değil ama çok güzel ve bu bir hediye için ne kadar iyi.",
    "ru": "Новый чайник не такой, как на фото, но мне он очень нравится, и это слышно на улице.",
    "uk": "Новий чайник не такий, як на фото, але він мені дуже подобається, і це чути на вулиці.",
    "ja": "新しいやかんは写真とちがいますが、とても気に入っています。",
    "zh": "新水壶和照片上的不一样，但是我很喜欢。",
    "ko": "새 주전자는 사진과 다르지만 아주 마음에 들어요.",
    "el": "Ο νέος βραστήρας δεν είναι όπως στη φωτογραφία.",
}


@pytest.mark.parametrize("language", SENTENCES)
def test_a_plain_text_leaves_no_doubt(language):
    assert (guess_language([SENTENCES[language]]).tag, guess_language([SENTENCES[language]]).doubt) == (language, "")


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("", "too few common words"),
        ("xkcd 42 lorem", "too few common words"),
        ("Og det som en på er av for med til den har", "it may be"),  # Danish or Norwegian
        ("نص قصير", "also writes Persian"),
    ],
)
def test_a_text_that_may_be_of_several_languages_leaves_a_doubt(text, doubt):
    assert doubt in guess_language([text]).doubt


def test_a_mixture_of_two_languages_leaves_a_doubt():
    assert guess_language([SENTENCES["en"], SENTENCES["de"], SENTENCES["de"]]).doubt


def test_every_language_that_may_be_guessed_has_a_name():
    assert set(COMMON) <= set(NAMES)
    assert all("language" not in language_name(tag) for tag in SENTENCES)
