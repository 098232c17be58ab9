"""A copy is found whatever hides it, in any script; what anybody would write is none."""

import unicodedata
from difflib import SequenceMatcher

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from synthworth.measures import edits
from synthworth.measures.copies import COMMON, EDITED, LEAST, RULES, RUN, SAME, Originals, shares_run
from synthworth.measures.disguises import plain, unspaced

LETTERS = [f"{letter}{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]
OTHERS = [f"o{number}" for number in range(300)]
FEW_WORDS = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=14).map(" ".join)
ORIGINAL = "The night ferry to Holm was late again, so we ate our soup on the pier and counted gulls."
UNRELATED = [
    "My sister keeps bees on the roof of her flat and sells the honey to a cafe.",
    "A dull meeting about parking ended with a vote that nobody understood.",
    "He bought a cello at the flea market and now the dog howls every evening.",
    "Snow closed the pass for three days, and the school bus turned back at noon.",
]
JAPANESE, HINDI = "今日は雨が降っているので家にいます", "मैं आज शाम को रेल से घर जाऊंगा"
LOOK_ALIKE = str.maketrans("aeopcyxiTHM", "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0422\u041d\u041c")


def rule_of(text, *originals, **options):
    """The strictest rule that finds a text among originals; "" if none does."""
    found = Originals(originals, **options).copies([text])
    return found[0].rule if found else ""


def run(start, stop):
    return " ".join(LETTERS[start:stop])


def others(start, stop):
    return " ".join(OTHERS[start:stop])


@pytest.mark.parametrize(
    "disguised",
    [
        ORIGINAL.upper(),
        ORIGINAL.replace(" ", "  ").replace(",", " --"),
        ORIGINAL.translate(LOOK_ALIKE),
        ORIGINAL.replace("e", "e\u0301").replace("o", "\u00f6"),
        "\u200b".join(ORIGINAL),
        ORIGINAL.replace("night", "ni\u3164ght").replace(" ", "\u3164"),
        ORIGINAL.replace("n", "n\u00ad"),
        f"\u202e{ORIGINAL}\u202c",
        ORIGINAL.replace("o", "0").replace("e", "3").replace("s", "5"),
        "".join(chr(ord(c) + 0xFEE0) if c.isalpha() else c for c in ORIGINAL),
        "".join(chr(0x1D400 + ord(c) - ord("A")) if c.isupper() else c for c in ORIGINAL),
        ORIGINAL.replace("ferry", "fer ry"),
        ORIGINAL.replace(" ", ""),
        ".".join(ORIGINAL),
        "\u180e".join(ORIGINAL),
        ORIGINAL.replace("r", "\u0280").replace("n", "\u0274"),
    ],
    ids=range(16),
)
def test_a_disguise_of_letters_makes_no_other_text(disguised):
    assert rule_of(disguised, *UNRELATED, ORIGINAL) == SAME


@pytest.mark.parametrize(
    "disguise",
    [
        lambda text: "".join(f"&#{ord(c)};" for c in text),
        lambda text: "".join(f"&#x{ord(c):x};" for c in text),
        lambda text: text.replace(" ", "&nbsp;").replace("e", "&eacute;"),
        lambda text: " ".join(f'<b class="a">{word}</b>' for word in text.split()),
        lambda text: "<i></i>".join(text),
        lambda text: "".join(c * 2 if c.isalpha() else c for c in text),
        lambda text: "".join(c * 4 if c in "aeiou" else c for c in text),
        lambda text: "".join(c + "\u0489" for c in text),
    ],
    ids=["decimal", "hexadecimal", "named", "tags", "tags in words", "doubled", "drawn out", "enclosed"],
)
def test_html_and_letters_that_are_drawn_out_make_no_other_text(disguise):
    assert rule_of(disguise(ORIGINAL), *UNRELATED, ORIGINAL) == SAME


@pytest.mark.parametrize(("one", "other"), [("Net sales: EUR 100", "Net sales: EUR 10"), ("a < b and c > d", "a d")])
def test_numbers_and_comparisons_are_no_disguise(one, other):
    assert unspaced(plain(one)) != unspaced(plain(other))


@pytest.mark.parametrize(
    "edited",
    [
        "The nigth ferry to Holm was laet again, so we ate our suop on the pier and cuonted gulls.",
        "night The ferry Holm to late was again, we so our ate soup the on pier counted and gulls.",
        "The night ferry to Holm was late once more, so we ate soup on the old pier and counted gulls.",
        "Counted gulls on the pier and ate our soup, so late again was the night ferry to Holm.",
        "night ferry Holm late again ate soup pier counted gulls",
    ],
    ids=["misspelt", "swapped", "words changed", "reordered", "shortened"],
)
def test_an_edited_text_is_a_copy(edited):
    assert rule_of(edited, *UNRELATED, ORIGINAL) in (RUN, EDITED)


@pytest.mark.parametrize("text", UNRELATED)
def test_another_text_is_no_copy(text):
    assert rule_of(text, ORIGINAL, *(other for other in UNRELATED if other != text)) == ""


def test_a_text_on_the_same_subject_is_no_copy():
    assert rule_of("The ferry was on time for once, and we had no soup left for the gulls.", *UNRELATED, ORIGINAL) == ""


@pytest.mark.parametrize(
    ("text", "original"),
    [
        ("That lasagne we had last week? Still craving it, you know!", "We have lasagne if u want"),
        (
            "Our lasagne tonight was so good that we had no words left",
            "Shall we eat a cold lasagne when we come back home?",
        ),
    ],
)
def test_one_rare_word_in_common_makes_no_copy(text, original):
    usual = [f"{one.lower().replace('lasagne', 'tea')} {number}" for number in range(60) for one in (text, original)]
    assert rule_of(text, original, background=usual) == ""


@pytest.mark.parametrize(
    "text", ["今日は雨が降っているので家にいます", "मैं आज शाम को रेल से घर जाऊंगा"], ids=["Japanese", "Hindi"]
)
def test_copies_are_found_in_every_script(text):
    assert rule_of(f"{text}!", "x", text) == SAME
    assert rule_of(f"{text} शा", "x", text) in (RUN, EDITED)


def test_texts_that_share_the_phrases_of_a_script_without_spaces_are_no_copies():
    assert rule_of("今日は仕事です", "今日は休みです") == ""


def test_texts_that_differ_in_an_emoji_are_two_texts():
    assert rule_of("So funny \U0001f602", "So funny \U0001f62d") == ""


@pytest.mark.parametrize("other", ["Don't stop; fine-tune it, 11 more", "Don't stop; fine-tune it, 10", "10 more stop"])
def test_another_word_or_number_or_order_makes_another_short_text(other):
    assert rule_of("Don't stop; fine-tune it, 10 more", other) == ""


@pytest.mark.parametrize("count", [0, 1, LEAST - 1])
def test_fewer_than_eight_words_in_a_row_are_a_phrase(count):
    assert rule_of(f"{run(0, count)} {others(0, 3)}", f"{others(5, 8)} {run(0, count)}") != RUN


@pytest.mark.parametrize(
    ("words", "needed"), [(12, 8), (20, 8), (30, 12), (40, 13), (60, 13), (100, 20), (200, 40)], ids=str
)
def test_the_words_in_a_row_that_make_a_copy_are_a_share_of_the_text(words, needed):
    original = " ".join(f"w{i}w" for i in range(words))
    for count, rule in ((needed - 1, ""), (needed, RUN)):
        text = f"{' '.join(original.split()[:count])} {others(0, words - count)}"
        assert [c.rule for c in Originals([original]).copies([text], rules=[RUN])] == ([rule] if rule else [])


def test_eight_words_in_a_row_of_a_text_that_the_writer_saw_are_a_copy():
    text, original = f"{run(0, 8)} {others(0, 22)}", f"{run(0, 8)} {others(30, 50)}"
    assert Originals([original]).copies([text], rules=[RUN]) == []
    assert len(Originals([original], shown=True).copies([text], rules=[RUN])) == 1


def test_a_phrase_that_other_texts_have_makes_no_copy():
    phrase = "one of the best movies i've seen in a long time and"
    text, original = f"{phrase} {others(0, 12)}", f"{others(20, 28)} {phrase}"
    background = [f"{others(i, i + 9)} {phrase} {others(i + 50, i + 60)}" for i in range(COMMON)]
    assert rule_of(text, original) == RUN
    assert rule_of(text, original, background=background) == ""


def test_a_run_that_is_made_of_common_phrases_makes_no_copy():
    stock = [run(0, 5), run(1, 6), run(2, 7), run(3, 8)]
    background = [f"{phrase} {others(i, i + 4)}" for i in range(COMMON) for phrase in stock]
    text, original = f"{run(0, 8)} {others(0, 6)}", f"{others(20, 26)} {run(0, 8)}"
    assert Originals([original], background=background).copies([text], rules=[RUN]) == []
    assert Originals([original], background=background[1:]).copies([text], rules=[RUN])


def test_the_row_of_a_run_is_the_one_that_has_most_of_it():
    found = Originals([f"{run(0, 13)} zz", f"{run(0, 20)} zz"]).copies([run(0, 20)], rules=[RUN])
    assert [(c.row, c.strength) for c in found] == [(1, 1.0)]


@given(st.lists(FEW_WORDS, max_size=5), st.lists(FEW_WORDS, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_texts_does_not_change_what_is_found(texts, originals, random):
    order = random.sample(range(len(texts)), len(texts))
    index = Originals(originals)
    found = {(order[c.text], c.rule, c.row) for c in index.copies([texts[place] for place in order])}
    assert found == {(c.text, c.rule, c.row) for c in index.copies(texts)}


@given(st.lists(FEW_WORDS, min_size=1, max_size=5))
def test_every_text_with_a_word_copies_itself(texts):
    found = Originals(texts).copies(texts)
    assert [(c.text, c.rule) for c in found] == [(i, SAME) for i, text in enumerate(texts) if text]


@given(st.text(), st.text())
def test_any_text_can_be_compared(text, original):
    assert all(c.rule in RULES and 0 < c.strength <= 1 for c in Originals([original]).copies([text]))


@given(FEW_WORDS, FEW_WORDS, st.integers(1, 8))
def test_a_shared_run_is_what_difflib_finds(one, other, length):
    first, second = one.split(), other.split()
    match = SequenceMatcher(None, first, second, autojunk=False).find_longest_match()
    assert shares_run(one, [other], length) == (match.size >= length)


def test_a_run_is_shared_where_any_of_the_others_has_it():
    assert shares_run("a b c", ["d e f", "z a b"], 2)


def test_twice_as_many_characters_of_a_script_without_spaces_are_a_run():
    text = "今日は雨が降る"
    assert shares_run(text, [text], 3)
    assert not shares_run(text, [text[:5]], 3)


def test_invisible_characters_part_no_words():
    assert plain("air\u00adport \ufeffin fog") == "airport in fog"


@given(st.text())
@example("A\N{MATHEMATICAL BOLD CAPITAL SIGMA}")
def test_a_text_without_disguises_has_none(text):
    assert unspaced(plain(plain(text))) == unspaced(plain(text))


@given(st.text())
@example("\N{GREEK CAPITAL LETTER ALPHA WITH PROSGEGRAMMENI}\N{COMBINING CIRCUMFLEX ACCENT}")
def test_a_decomposed_text_is_the_composed_one(text):
    assert plain(unicodedata.normalize("NFD", text)) == plain(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize("pair", ["\u0915\u093e \u0915\u0940", "\u304b \u304c", "\u0e01\u0e32 \u0e01\u0e34"])
def test_the_marks_that_make_another_sound_stay(pair):
    one, other = map(plain, pair.split())
    assert one != other


@settings(max_examples=60)
@given(st.lists(st.text("ab é日🙂", max_size=12), min_size=1, max_size=6))
def test_the_pieces_of_a_text_are_its_windows_of_four_letters_within_a_word_whatever_stands_beside_it(texts):
    windows = [
        {padded[i : i + 4] for i in range(len(padded) - 3) if " " not in padded[i + 1 : i + 3]}
        for padded in (f" {text} " for text in texts)
    ]
    together = [set(hashes.tolist()) for hashes in edits._pieces(texts)]
    alone = [set(edits._pieces([text])[0].tolist()) for text in texts]
    assert together == alone
    assert [len(hashes) for hashes in together] == [len(one) for one in windows]
    for one, others in zip(together, windows, strict=True):
        for two, more in zip(together, windows, strict=True):
            assert len(one & two) == len(others & more)
