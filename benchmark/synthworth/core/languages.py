"""The language that texts are written in: guessed by their script and their commonest words, and named in English."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from synthworth.core.unicode_patterns import unicode_pattern
from synthworth.core.words import words

ENGLISH = "en"
NAMES: Mapping[str, str] = {
    "ar": "Arabic",
    "bg": "Bulgarian",
    "bn": "Bengali",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    "he": "Hebrew",
    "hi": "Hindi",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ka": "Georgian",
    "ko": "Korean",
    "nb": "Norwegian",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sv": "Swedish",
    "ta": "Tamil",
    "te": "Telugu",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "vi": "Vietnamese",
    "zh": "Chinese",
}
# Of each language, words of grammar that are among its commonest; a word may stand with several languages. Languages
# that no task has had so far are here too: without them, a text in one would be taken for its neighbour's.
COMMON: Mapping[str, str] = {
    "en": "the of and to in is you that it for was on are with as at this have not but what we my i be your a me so",
    "de": "der die das und ist nicht ich es zu ein eine den mit auf für sie wir auch von dem im war aber bei sich nur",
    "es": "el la los las de que y en un una por con para no es se lo su al del pero me más como muy todo está fue",
    "fr": "le la les de des et est un une en que qui dans pour pas ce il je ne sur au avec plus du vous mais nous très",
    "it": "il la di che e un una per non è in con sono mi si lo ho ma da le del della anche come più questo molto gli",
    "pt": "o a os as de que e em um uma por com para não é se do da no na mas muito eu você foi mais está como isso",
    "nl": "de het een van en ik is niet dat in te zijn op voor met maar er aan wat die ook je naar deze bij was wij",
    "sv": "och att det som en på är av för med till den har inte om ett jag var men så från vi kan när hur min",
    "da": "og at det som en på er af for med til den har ikke om et jeg var men så fra vi kan når hvordan min mig",
    "nb": "og at det som en på er av for med til den har ikke om et jeg var men så fra vi kan når hvordan min meg",
    "pl": "i w na nie to się że do jest z jak co o ale po za od mi ja tak tego był przez już czy bardzo dla",
    "cs": "a se na je že v to s z do o jak ale po za by tak jsem co pro jsou ve byl už při jako také",
    "tr": "bir ve bu da de için çok ne ben mi ama daha gibi var o kadar en ile olarak değil sonra bana",
    "fi": "ja on ei se että en oli hän mutta ovat kuin myös niin mitä minä sen joka kun ole vain jo nyt",
    "ro": "și de în a la cu pe nu o că un este din să mai pentru care sunt dar am foarte ce se era",
    "hu": "a az és hogy nem is egy van ez de csak meg már még volt ha mint én mi el nagyon ki",
    "id": "yang dan di ini itu dengan untuk tidak dari saya ada ke akan bisa juga pada karena sudah anda kami",
    "vi": "và là của có không tôi cho được một này các người đã với trong rất những khi để như",
    "ru": "и в не на я что он с это как но по так все мне было из у за к бы меня вы мы очень для",
    "uk": "і в не на я що він з це як але по так у мені було за до та ви ми дуже для є його від",
    "bg": "и в не на че се за да от с си това е как но са ще ли по съм до като много беше",
}
_SCRIPTS: Mapping[str, str] = {  # of one language, or mostly of one: then other letters tell
    r"[\p{sc=Hiragana}\p{sc=Katakana}]": "ja",
    r"\p{sc=Hangul}": "ko",
    r"\p{sc=Han}": "zh",
    r"\p{sc=Thai}": "th",
    r"\p{sc=Hebrew}": "he",
    r"\p{sc=Greek}": "el",
    r"\p{sc=Georgian}": "ka",
    r"\p{sc=Tamil}": "ta",
    r"\p{sc=Telugu}": "te",
    r"\p{sc=Bengali}": "bn",
    r"\p{sc=Devanagari}": "hi",
    r"\p{sc=Arabic}": "ar",
}
_SEVERAL = {"hi": "Devanagari also writes Marathi and Nepali", "ar": "the Arabic script also writes Persian and Urdu"}
KANA = 0.05  # of the letters of a Japanese text, at least, next to Han
MOST = 2000  # texts that are read
SHARE, LEAD = 0.15, 1.6  # of the words that are common ones, at least; and times the share of the next language


@dataclass(frozen=True, kw_only=True)
class LanguageGuess:
    """A tag of BCP 47, and why it is not certain; `doubt` is "" if it is."""

    tag: str
    doubt: str = ""


def language_name(tag: str) -> str:
    """Return the English name of a language; of one that has none here, the words to ask for it by its tag.

    >>> language_name("pt-BR"), language_name("sw")
    ('Portuguese', "the language 'sw'")
    """
    return NAMES.get(tag.partition("-")[0].lower(), f"the language {tag!r}")


def common_words(tag: str) -> set[str]:
    """Return words of grammar of a language; an empty set for one that has none here."""
    return set(COMMON.get(tag.partition("-")[0].lower(), "").split())


def guess_language(texts: Iterable[str]) -> LanguageGuess:
    """Guess the language of texts by their script, and in Latin and Cyrillic by their share of its commonest words.

    It would rather doubt than be wrong: too few common words, or about as many of two languages, leave a doubt.

    >>> guess_language(["Das ist ein sehr gutes Buch, und ich habe es gern gelesen."])
    LanguageGuess(tag='de', doubt='')
    >>> guess_language(["Pizza Hawaii!"])
    LanguageGuess(tag='en', doubt='too few common words of any language that is known here')
    """
    read = [text for text, _ in zip(texts, range(MOST), strict=False)]
    return _by_script(" ".join(read)) or _by_words(word for text in read for word in words(text))


def _by_script(text: str) -> LanguageGuess | None:
    """Guess by a script that is no alphabet of many languages; None if most letters are Latin or Cyrillic."""
    letters = len(unicode_pattern(r"\p{L}").findall(text))
    counts = {tag: len(unicode_pattern(script).findall(text)) for script, tag in _SCRIPTS.items()}
    if counts["ja"] and counts["ja"] >= KANA * letters:
        counts["ja"] += counts.pop("zh")
    tag, count = max(counts.items(), key=lambda found: found[1])
    return LanguageGuess(tag=tag, doubt=_SEVERAL.get(tag, "")) if 2 * count > letters else None


def _by_words(found: Iterable[str]) -> LanguageGuess:
    counts = Counter(found)
    total = max(1, counts.total())
    shares = {tag: sum(counts[word] for word in common.split()) / total for tag, common in COMMON.items()}
    (tag, share), (other, next_share) = sorted(shares.items(), key=lambda one: -one[1])[:2]
    if share < SHARE:
        return LanguageGuess(tag=ENGLISH, doubt="too few common words of any language that is known here")
    if share < LEAD * next_share:
        return LanguageGuess(tag=tag, doubt=f"it may be {language_name(other)}")
    return LanguageGuess(tag=tag)
