"""Which answers become texts: each rule drops what it names, and leaves ordinary texts alone."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import toys
from openings import FURTHER, OPENINGS
from synthworth.core.completion import Completion
from synthworth.core.words import words
from synthworth.generation import filters
from synthworth.generation.filters import REPORTED, RULES, AnswerContext, Filter, candidate, clean
from synthworth.generation.markup import without_markup
from synthworth.generation.phrases import LANGUAGES
from synthworth.generation.sentences import whole_sentences
from synthworth.measures.copies import LEAST, shares_run

TASK = toys.task(words=(2, 12))
CONTEXT = AnswerContext(task=TASK, prompt="Please write one private message of about nine words.")
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
    return Filter().reason(text, replace(CONTEXT, **changes))


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


def answered(text, finish_reason="stop", refusal="", task=TASK):
    """The text of an answer and the rule that drops it, as `collect` judges it."""
    completion = Completion(text=text, finish_reason=finish_reason, refusal=refusal)
    offered, context = candidate(completion, task, "Please write one private message of about nine words.")
    return offered, Filter().reason(offered, context)


@pytest.mark.parametrize(
    ("finish_reason", "rule"),
    [
        ("content_filter", "filtered"),
        ("SAFETY", "filtered"),
        ("error", "unfinished"),
        ("tool_calls", "unfinished"),
        ("withheld", "withheld"),
        ("rejected", "rejected"),
        ("stop", ""),
        ("", ""),
        ("end_turn", ""),
    ],
)
def test_an_answer_that_did_not_end_by_itself_is_counted_under_its_own_rule(finish_reason, rule):
    assert answered("See you at noon.", finish_reason)[1] == rule


@pytest.mark.parametrize("text", ["", "See you at noon."])
def test_a_refusal_in_a_field_of_its_own_is_a_refusal(text):
    assert answered(text, refusal="I cannot do that.")[1] == "refusal"


@pytest.mark.parametrize("finish_reason", ["length", "max_tokens", "MAX_TOKENS"])
def test_an_answer_at_the_token_limit_is_cut_back_to_whole_sentences(finish_reason):
    assert answered("See you at noon. I will then", finish_reason) == ("See you at noon.", "")
    assert answered("I will then", finish_reason)[1] == "truncated"


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_in_every_language_that_the_rules_know_a_refusal_and_a_preamble_are_found(language):
    refusals, preambles, ordinary = OPENINGS[language]
    for texts, rule in ((refusals, "refusal"), (preambles, "preamble"), (ordinary, "")):
        for text in texts:
            assert (answered(text, task=toys.task(words=(1, 90), language=language))[1], text) == (rule, text)


@pytest.mark.parametrize("language", sorted(FURTHER))
def test_every_turn_of_phrase_that_declines_or_announces_is_found(language):
    for texts, rule in zip(FURTHER[language], ("refusal", "preamble"), strict=True):
        for text in texts:
            assert (answered(text, task=toys.task(words=(1, 90), language=language))[1], text) == (rule, text)


@pytest.mark.parametrize(
    "text",
    [
        "Okay, the user wants a private message about rain. It should be short.",
        "Let me think step by step. The label is rain.",
        "We need to write a message of nine words.",
        "Hmm, so I need to come up with a message about rain.",
        "好的，用户想要一条短信。",
    ],
)
def test_thoughts_that_lost_their_markup_are_thinking(text):
    assert answered(text)[1] == "thinking"
    assert answered(text, "length")[1] == "thinking"


@pytest.mark.parametrize(
    "text", ["We need to write to her soon.", "Okay, the user is back online.", "Let me think about it until noon."]
)
def test_who_thinks_of_something_else_is_kept(text):
    assert reason(text) == ""


def test_the_rules_of_another_language_are_not_applied():
    assert answered("Gerne! Hier ist eine Nachricht: bis gleich.", task=TASK)[1] == ""


def test_english_openings_are_found_in_every_task():
    task = toys.task(words=(1, 90), language="sw")
    assert answered("I cannot create such a message.", task=task)[1] == "refusal"


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
    [
        "Dear [name], see you.",
        "Call [your number] now.",
        "Hi [Friend Name]!",
        "Love, [Your Name]",
        "[NAME of mine]",
        "[Artist]",
    ],
)
def test_a_gap_to_fill_in_is_a_placeholder(text):
    assert reason(text) == "placeholder"


@pytest.mark.parametrize(
    "text",
    [
        "He said it were [sic] fine.",
        "Oh no [laughs]",
        "[Applause] Thanks",
        "See [this](http://a.b) now",
        "[1] [h]e left [the] key",
    ],
)
def test_what_an_editor_or_a_transcript_puts_in_brackets_is_no_placeholder(text):
    assert reason(text) == ""


@pytest.mark.parametrize("count", [1, 13])
def test_fewer_or_more_words_than_real_texts_have_is_a_length(count):
    assert reason(" ".join("abcdefghijklm"[:count])) == "length"


@pytest.mark.parametrize("count", [2, 12])
def test_the_bounds_of_the_length_range_are_allowed(count):
    assert reason(" ".join("abcdefghijklm"[:count])) == ""


def test_every_rule_is_a_public_function_of_its_own_name():
    assert all(getattr(filters, rule.__name__) is rule for rule in RULES)


FOUND_BY = {"loop": "we meet at noon " * 3, "about_the_task": "The writer is sincere in their message"}


@pytest.mark.parametrize("rule", REPORTED, ids=lambda rule: rule.__name__)
def test_a_reported_rule_drops_an_answer(rule):
    text = FOUND_BY[rule.__name__].strip()
    assert rule(text, CONTEXT)
    assert reason(text) == rule.__name__


@pytest.mark.parametrize(
    "text",
    [
        "A chance to be a part of it. A chance to be a part of it. A chance to be a part of it.",
        "no " * 12,
        "今天天气很好我们一起去公园玩。" * 3,
        " ".join(["so we go back home", *"abcdefghij"] * 3),
    ],
)
def test_a_text_that_runs_in_a_circle_is_a_loop(text):
    assert filters.loop(text, CONTEXT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "so 😂 😂 😂 😂",
        "that was so funny " + "😂" * 12,
        "哈" * 12,
        "我买了华为手机，觉得华为手机的屏幕非常清楚，电池也耐用，朋友们都说华为手机比别的好，价格也不贵，值得推荐。",
        "no no no no no no no no, not again",
        "I will be back. I will be back. Soon.",
        "it was great great great, very very very good",
        " ".join(f"of the lost island {' '.join(f'w{n}.{i}' for i in range(10))}" for n in range(3)),  # a title
    ],
)
def test_few_words_said_twice_or_a_title_said_thrice_are_no_loop(text):
    assert not filters.loop(text, CONTEXT)


@given(st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=4, max_size=14), st.integers(3, 6))
def test_four_words_or_more_said_three_times_in_a_row_are_a_loop(said, times):
    assert filters.loop(" ".join(said * times), CONTEXT)


@given(st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=11))
def test_fewer_than_twelve_words_hold_no_loop(said):
    assert not filters.loop(" ".join(said), CONTEXT)


@pytest.mark.parametrize(
    "text",
    [
        "The writer is sincere in their message",
        "“The writer’s tweet: I am not sure",
        "the writer says nothing else",
        "This sentence has a bad news about a company",
        "The tweet is: I'm not okay",
        'A Funny One-Liner: "A Monster"',
        "A message with a serious tone",
        "In this tweet, a pun can be hilarious",
        "A New York City Police Department, 13 words, 1 sentence.",
        "A 32-word headline",
    ],
)
def test_a_text_about_itself_or_its_writer_is_about_the_task(text):
    assert filters.about_the_task(text, CONTEXT)


@pytest.mark.parametrize(
    "text",
    [
        "The writer of this film died in May",
        "The author and her sister",
        "My review got lost, and so did I",
        "The text came late. Message me",
        "I said it in two words",
        "This film can be described in 2 words",
        "The user has no sound since the update",
        "The speaker is broken, and the author is tired",
        "The message was sent twice and nobody answered",
        "The message is clear and the acting superb",
        "I still have 2000 words to write by tomorrow",
        "I wrote 500 words.",
        "The joke is on you, mate",
        "The text is too small to read on my phone",
        "In this review I will not spoil the end",
        "A message from my brother",
        "say it in 5 words or less",
        "A story about a man",
        "Post office closes at noon",
    ],
)
def test_a_text_with_these_words_elsewhere_is_not_about_the_task(text):
    assert not filters.about_the_task(text, CONTEXT)


def test_the_first_rule_that_applies_is_the_reason():
    assert reason("I cannot write a text here: [name]") == "refusal"


def test_eight_words_of_a_demonstration_are_a_copy():
    judge = Filter(["we meet at noon by the old stone bridge"])
    assert judge.reason("ok so meet at noon by the old stone", CONTEXT) == ""
    assert judge.reason("ok we meet at noon by the old stone", CONTEXT) == filters.DEMONSTRATION_COPY


def test_a_short_demonstration_is_copied_only_as_a_whole():
    judge = Filter(["see you soon"])
    assert judge.reason("See you soon!", CONTEXT) == filters.DEMONSTRATION_COPY
    assert judge.reason("I will see you soon", CONTEXT) == ""


def test_the_same_words_again_are_a_duplicate():
    judge = Filter()
    judge.reason("See you at noon, don't be late.", CONTEXT)
    assert judge.reason("see you AT noon: don’t be late!!", CONTEXT) == filters.DUPLICATE


def test_a_text_that_was_dropped_is_not_seen():
    judge = Filter()
    judge.reason("See you at noon.", replace(CONTEXT, ending="filtered"))
    assert judge.reason("See you at noon.", CONTEXT) == ""


def test_two_labels_are_judged_apart():
    one, other = Filter(), Filter()
    one.reason("See you at noon.", CONTEXT)
    assert other.reason("See you at noon.", CONTEXT) == ""


@given(st.lists(FEW_WORDS), st.lists(FEW_WORDS, max_size=3))
def test_what_is_kept_is_unique_and_copies_no_demonstration(texts, demonstrations):
    judge = Filter(demonstrations)
    kept = [text for text in texts if not judge.reason(text, CONTEXT)]
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


HOSTILE = {
    "thoughts": "<think>" * 5_000 + "x</think>y",
    "channels": "<|channel|>a<|message|>" * 3_000 + "<|channel|>final<|message|>b",
    "marks": "_" * 10_000 + "x",
    "brackets": "[a" * 5_000,
    "dots": "." * 10_000 + "x",
    "sentences": "a. " * 3_300,
    "wrapped": "'" * 5_000 + "a" + "'" * 4_999,
    "tokens": "<|" * 5_000 + "x",
    "wide dots": "。" * 10_000 + "x",
    "openings": "a " + "b, " * 5_000,
    "numbers": "9" * 10_000 + " x",
    "one word": "no " * 4_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_text_takes_hours_to_judge(text):
    """Where passes over the text multiply, 10,000 characters take hours: the test would not end."""
    assert len(clean(text)) <= len(text)
    assert whole_sentences(text, 200).count(".") <= 200
    assert not filters.placeholder(text, CONTEXT)
    assert without_markup(text).text
    assert filters.loop(text, CONTEXT) in (True, False)
    assert not filters.about_the_task(text, CONTEXT)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ko", "이 제품은 쓸 수 없어요"),
        ("hi", "खाना अच्छा नहीं बना था"),
        ("ja", "サービスを提供できませんと言われて残念"),
        ("de", "Kann grad nicht schreiben, bin in der Schule."),
        ("es", "No puedo escribir ahora, estoy conduciendo."),
        ("fr", "Je ne peux pas écrire maintenant"),
        ("it", "Non posso scrivere adesso"),
        ("pt", "Não posso escrever agora"),
        ("ru", "Не могу написать сейчас"),
        ("fr", "Voilà, toujours le même problème : colis perdu"),
        ("de", "Hier ist es schön: Sonne, Meer"),
        ("de", "Hier ist der Bus, er fährt um 10:30"),
        ("ru", "Вот так всегда: опять потеряли"),
        ("de", "Hier ist der Link: https://a.example"),
    ],
)
def test_what_people_cannot_do_or_point_at_is_neither_a_refusal_nor_a_preamble(language, text):
    context = AnswerContext(task=replace(TASK, language=language, words=(1, 99)))
    assert Filter().reason(text, context) == ""


@pytest.mark.parametrize(
    "text", ["Здравствуйте, [Ваше имя], всё готово", "亲爱的[您的姓名]，包裹到了", "Dear [Your Name], hello"]
)
def test_a_gap_to_fill_in_is_one_in_any_script(text):
    assert filters.placeholder(text, CONTEXT)
