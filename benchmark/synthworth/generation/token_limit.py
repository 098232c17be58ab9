"""The tokens that an answer may take before it is cut off, by the language of the task."""

ENGLISH, LATIN = 2, 4
# Tokenizers are made from English for the most part. A word of another script falls into pieces, at worst one for each
# byte of UTF-8: two for a letter of Cyrillic, Greek, Arabic and others, three for one of India, Korea and East Asia. In
# a script without spaces each character counts as a word, with its marks.
PER_WORD = {
    script: tokens
    for tokens, scripts in {
        LATIN: "latn hans hant hani jpan thai laoo khmr mymr",
        8: "cyrl grek arab hebr armn syrc thaa",
        12: "deva beng guru gujr orya taml telu knda mlym sinh geor ethi kore hang tibt mong",
    }.items()
    for script in scripts.split()
}
LANGUAGES = {  # by the script that they are mostly written in; all others are taken for Latin
    "cyrl": "ru uk be bg mk sr kk ky tg tt ba cv mn",
    "grek": "el",
    "arab": "ar fa ur ps ckb sd ug",
    "hebr": "he yi",
    "armn": "hy",
    "deva": "hi mr ne sa bho mai kok",
    "beng": "bn as",
    "guru": "pa",
    "gujr": "gu",
    "orya": "or",
    "taml": "ta",
    "telu": "te",
    "knda": "kn",
    "mlym": "ml",
    "sinh": "si",
    "geor": "ka",
    "ethi": "am ti",
    "kore": "ko",
    "tibt": "bo dz",
    "hani": "zh yue wuu",
    "jpan": "ja",
    "thai": "th",
    "laoo": "lo",
    "khmr": "km",
    "mymr": "my",
}
SCRIPTS = {language: script for script, languages in LANGUAGES.items() for language in languages.split()}
MARGIN = 16  # for a greeting, which a rule drops, and the end of the text


def token_limit(words: int, language: str = "en") -> int:
    """Return the tokens for an answer of so many words of a language, which is a tag of BCP 47.

    A script in the tag counts before the one that its language is mostly written in. Recordings are found by this
    number too: if it changes for a language, its recorded answers are asked for again.

    >>> [token_limit(60, tag) for tag in ("en-GB", "de", "ru", "hi", "hi-Latn", "zh-Hant")]
    [136, 256, 496, 736, 256, 256]
    """
    spoken, *subtags = language.lower().split("-")
    script = next((subtag for subtag in subtags if subtag in PER_WORD), SCRIPTS.get(spoken, "latn"))
    each = ENGLISH if spoken == "en" and script == "latn" else PER_WORD[script]
    return each * words + MARGIN
