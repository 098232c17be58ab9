"""The messages of a request: what is said, in which turns, and when two of them count as one prompt."""

from hypothesis import given
from hypothesis import strategies as st

from benchmark.prompts import ANSWER_ONLY, IMITATE, few_shot, prompt_hash, request, zero_shot
from benchmark.task import Task

TASK = Task(
    name="sign",
    labels={"pos": "a kind review", "neg": "a harsh review"},
    words=(3, 9),
    context_prompt="You review films.",
    generation_prompt="Write {description} ({label}) of {words} words.",
    diversity_prompt="Be different.",
    demonstrations={"pos": ("What a lovely film.", "Warm and funny."), "neg": ("A dull film.",)},
)
ASK = "Write a harsh review (neg) of 7 words."
MESSAGE = st.builds(dict, role=st.sampled_from(["system", "user", "assistant"]), content=st.text())


def turns(messages):
    return [(message["role"], message["content"]) for message in messages]


def test_the_request_names_label_description_and_length():
    assert request(TASK, "neg", 7) == ASK


def test_zero_shot_is_the_context_and_the_request():
    assert turns(zero_shot(TASK, "neg", 7)) == [("system", f"You review films. {ANSWER_ONLY}"), ("user", ASK)]


def test_zero_shot_shows_earlier_texts_as_its_own_answers():
    messages = turns(zero_shot(TASK, "neg", 7, ["Dull.", "Bad."]))
    assert messages[1:5] == [("user", ASK), ("assistant", "Dull."), ("user", ASK), ("assistant", "Bad.")]


def test_zero_shot_asks_for_variety_where_there_are_earlier_texts():
    assert turns(zero_shot(TASK, "neg", 7, ["Dull."]))[-1] == ("user", f"Be different. {ASK}")


def test_few_shot_is_told_to_imitate():
    assert turns(few_shot(TASK, "neg", 7, []))[0] == ("system", f"You review films. {ANSWER_ONLY} {IMITATE}")


def test_few_shot_shows_a_demonstration_as_the_answer_to_a_request_of_its_length():
    messages = turns(few_shot(TASK, "neg", 7, TASK.pool[2:]))
    assert messages[1:3] == [("user", "Write a harsh review (neg) of 3 words."), ("assistant", "A dull film.")]


def test_few_shot_asks_for_each_demonstration_by_its_own_label():
    asked = [message["content"] for message in few_shot(TASK, "neg", 7, TASK.pool) if message["role"] == "user"]
    assert ["(pos)" in ask for ask in asked] == [True, True, False, False]


def test_few_shot_ends_with_the_request():
    assert turns(few_shot(TASK, "neg", 7, TASK.pool))[-1] == ("user", ASK)


@given(st.lists(st.text()))
def test_zero_shot_alternates_as_chat_templates_demand(earlier):
    roles = [message["role"] for message in zero_shot(TASK, "neg", 7, earlier)]
    assert roles == ["system", *["user", "assistant"] * len(earlier), "user"]


@given(st.lists(st.sampled_from(TASK.pool)))
def test_few_shot_alternates_as_chat_templates_demand(demonstrations):
    roles = [message["role"] for message in few_shot(TASK, "neg", 7, demonstrations)]
    assert roles == ["system", *["user", "assistant"] * len(demonstrations), "user"]


@given(st.text())
def test_a_text_is_shown_as_it_is_whatever_braces_it_holds(text):
    assert zero_shot(TASK, "neg", 7, [text])[2]["content"] == text


@given(st.lists(MESSAGE, max_size=4), st.lists(MESSAGE, max_size=4))
def test_two_prompts_have_the_same_hash_only_where_every_word_is_the_same(one, other):
    assert (prompt_hash(one) == prompt_hash(other)) == (one == other)


def test_the_hash_is_the_start_of_a_sha256_that_other_tools_compute():
    # printf '[{"role": "user", "content": "Grüße"}]' | sha256sum
    assert prompt_hash([{"role": "user", "content": "Grüße"}]) == "3481f0268202"
