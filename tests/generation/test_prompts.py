"""The messages of a request: what is said, in which turns, and when two of them count as one prompt."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthworth.core.task import Example, Task
from synthworth.generation.prompts import (
    ANSWER_ONLY,
    CONTEXT,
    DIVERSITY,
    EARLIER,
    GENERATION,
    IMITATE,
    PARTS,
    few_shot,
    label,
    named_label,
    prompt_hash,
    request,
    short_hash,
    zero_shot,
)

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


def turns(prompt):
    return [(message["role"], message["content"]) for message in prompt.messages]


def changed(before, after):
    """The parts in which two prompts differ."""
    return {name for name in {**before.parts, **after.parts} if before.parts.get(name) != after.parts.get(name)}


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
    assert messages[1:3] == [("user", "Write neg (neg) of 3 words."), ("assistant", "A dull film.")]


def test_few_shot_names_a_label_in_words_before_a_demonstration_and_describes_it_in_the_last_request_alone():
    labels = {"not_so_good": "a harsh review", "good": "a kind review"}
    task = replace(TASK, labels=labels, demonstrations={"not_so_good": ("A dull film.",), "good": ()})
    asked = [said for role, said in turns(few_shot(task, "not_so_good", 7, task.pool)) if role == "user"]
    assert asked == ["Write not so good (not_so_good) of 3 words.", "Write a harsh review (not_so_good) of 7 words."]


def test_few_shot_asks_for_each_demonstration_by_its_own_label():
    asked = [said for role, said in turns(few_shot(TASK, "neg", 7, TASK.pool)) if role == "user"]
    assert ["(pos)" in ask for ask in asked] == [True, True, False, False]


def test_few_shot_ends_with_the_request():
    assert turns(few_shot(TASK, "neg", 7, TASK.pool))[-1] == ("user", ASK)


@given(st.lists(st.text()))
def test_zero_shot_alternates_as_chat_templates_demand(earlier):
    roles = [message["role"] for message in zero_shot(TASK, "neg", 7, earlier).messages]
    assert roles == ["system", *["user", "assistant"] * len(earlier), "user"]


@given(st.lists(st.sampled_from(TASK.pool)))
def test_few_shot_alternates_as_chat_templates_demand(demonstrations):
    roles = [message["role"] for message in few_shot(TASK, "neg", 7, demonstrations).messages]
    assert roles == ["system", *["user", "assistant"] * len(demonstrations), "user"]


@given(st.text())
def test_a_text_is_shown_as_it_is_whatever_braces_it_holds(text):
    assert zero_shot(TASK, "neg", 7, [text]).messages[2]["content"] == text


@given(st.lists(MESSAGE, max_size=4), st.lists(MESSAGE, max_size=4))
def test_two_prompts_have_the_same_hash_only_where_every_word_is_the_same(one, other):
    assert (prompt_hash(one) == prompt_hash(other)) == (one == other)


def test_the_hash_is_the_start_of_a_sha256_that_other_tools_compute():
    # printf '[{"role": "user", "content": "Grüße"}]' | sha256sum
    assert prompt_hash([{"role": "user", "content": "Grüße"}]) == "3481f0268202"


# ---- what a prompt is made of

PROMPTS = [
    lambda task, words=7, label="neg": zero_shot(task, label, words),
    lambda task, words=7, label="neg": zero_shot(task, label, words, ["Dull.", "Bad."]),
    lambda task, words=7, label="neg": few_shot(task, label, words, TASK.pool),
]


@pytest.mark.parametrize("make", PROMPTS)
def test_the_same_prompt_has_the_same_parts(make):
    assert make(TASK) == make(replace(TASK))


@pytest.mark.parametrize("make", PROMPTS)
def test_another_context_prompt_is_another_context_alone(make):
    assert changed(make(TASK), make(replace(TASK, context_prompt="You judge films."))) == {CONTEXT}


@pytest.mark.parametrize("make", PROMPTS)
def test_another_generation_prompt_is_another_generation_alone(make):
    other = replace(TASK, generation_prompt="Pen {description} ({label}) of {words} words.")
    assert changed(make(TASK), make(other)) == {GENERATION}


@pytest.mark.parametrize("make", PROMPTS)
def test_another_description_of_the_label_is_another_generation(make):
    other = replace(TASK, labels={**TASK.labels, "neg": "a cruel review"})
    assert changed(make(TASK), make(other)) == {GENERATION}


@pytest.mark.parametrize("make", PROMPTS)
def test_another_description_of_another_label_is_the_same_prompt_s_parts(make):
    other = replace(TASK, labels={**TASK.labels, "pos": "a warm review"})
    assert changed(make(TASK), make(other)) == set()


@pytest.mark.parametrize(("make", "parts"), list(zip(PROMPTS, [set(), {DIVERSITY}, set()], strict=True)))
def test_another_diversity_prompt_is_another_diversity_where_it_is_sent(make, parts):
    assert changed(make(TASK), make(replace(TASK, diversity_prompt="Surprise me."))) == parts


def test_other_earlier_texts_are_other_earlier_texts_alone():
    one, other = (zero_shot(TASK, "neg", 7, [text]) for text in ("Dull.", "Bad."))
    assert changed(one, other) == {EARLIER}


def test_without_earlier_texts_there_is_neither_diversity_nor_earlier():
    assert set(zero_shot(TASK, "neg", 7).parts) == {CONTEXT, GENERATION}


def test_the_demonstrations_are_hashes_of_the_texts_by_their_ids():
    shown = few_shot(TASK, "neg", 7, TASK.pool).demonstrations
    assert shown == {example.id: short_hash(example.text) for example in TASK.pool}


def test_another_text_of_a_demonstration_has_the_same_id_and_another_hash():
    one, other = (Example(id="a", text=text, label="pos") for text in ("Warm.", "Cold."))
    first, second = (few_shot(TASK, "neg", 7, [shown]) for shown in (one, other))
    assert list(first.demonstrations) == list(second.demonstrations) == ["a"]
    assert first.demonstrations != second.demonstrations
    assert first.parts == second.parts


def test_zero_shot_has_no_demonstrations():
    assert zero_shot(TASK, "neg", 7, ["Dull."]).demonstrations == {}


@pytest.mark.parametrize("make", PROMPTS)
def test_every_part_has_a_name_for_people(make):
    assert set(make(TASK).parts) <= set(PARTS)
    assert all(re.fullmatch(r"[a-z]+ (prompt|texts)", name) for name in PARTS.values())


@pytest.mark.parametrize("make", PROMPTS)
def test_the_parts_hold_no_word_of_the_prompt(make):
    assert all(re.fullmatch(r"[0-9a-f]{8}", value) for value in make(TASK).parts.values())


def test_a_short_hash_is_the_start_of_a_sha256_that_other_tools_compute():
    # printf 'Grüße' | sha256sum
    assert short_hash("Grüße") == "f83e0397"


def test_the_question_for_a_label_shows_every_label_and_the_beginning_of_the_text():
    long = " ".join(f"w{i}" for i in range(500))
    asked = "\n".join(message["content"] for message in label(TASK, long).messages)
    assert all(f"{name}: {description}" in asked for name, description in TASK.labels.items())
    assert " w199\n" in asked
    assert "w200" not in asked
    assert len(label(TASK, "一" * 9000).messages[-1]["content"]) < 9000 / 4


def test_the_question_for_a_label_has_the_parts_of_the_task_and_nothing_of_the_text():
    one, other = label(TASK, "so kind"), label(TASK, "so rude")
    assert one.messages != other.messages
    assert (one.parts, one.demonstrations) == (other.parts, {})
    assert set(one.parts) <= set(PARTS)
    assert label(replace(TASK, labels={"pos": "nice", "neg": "not nice"}), "so kind").parts != one.parts


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        ("irony", "irony"),
        ("non_irony", "non_irony"),
        ("non-irony", "non_irony"),
        ("Non Irony.", "non_irony"),
        ("**Irony**\n", "irony"),
        ("Label: irony, since it is ironic", "irony"),
        ("irony or non_irony", ""),
        ("ironical", ""),
        ("", ""),
        ("I cannot tell.", ""),
        ("sci/tech", "Sci/Tech"),
        ("Sci-Tech", "Sci/Tech"),
        ("答案是体育。", "体育"),
        ("<think>it may be irony</think>non_irony", "non_irony"),
        ("<think>it may be irony", ""),
        ("irony irony irony", "irony"),
        ("2", "non_irony"),
        ("The answer is 2.", "non_irony"),
        ("1. irony: it says", "irony"),
        ("1 or 2", ""),
        ("5", ""),
    ],
)
def test_a_label_is_named_by_its_words_alone_whatever_their_case_and_signs(answer, named):
    assert named_label(answer, ("irony", "non_irony", "Sci/Tech", "体育")) == named


def test_a_number_counts_where_no_name_does():
    assert named_label("irony: it names 2 things", ("irony", "non_irony")) == "irony"
    assert named_label("1", ("over 18", "under 18")) == "over 18"
    assert named_label("2 stars", ("3", "2")) == "2"


@pytest.mark.parametrize(
    "labels",
    [("0", "1"), ("5", "4", "3", "2", "1"), ("5 stars", "4 stars", "1 star"), ("1", "b"), [str(n) for n in range(60)]],
)
def test_a_generator_that_answers_by_the_list_names_the_label_that_the_list_has_there(labels):
    task = replace(TASK, labels={name: f"a text of kind {name}" for name in labels}, demonstrations={})
    listed = marks_in_question(task)
    assert [named_label(mark, labels) for mark in listed] == list(labels)
    assert [named_label(f"{mark.lower()}.", labels) for mark in listed] == list(labels)
    assert [named_label(f"It is {name}.", labels) for name in labels] == list(labels)


def marks_in_question(task):
    """The marks before the labels in the question which label a text has."""
    return re.findall(r"^([0-9A-Z]+)\. ", label(task, "Warm.").messages[-1]["content"], re.MULTILINE)


@given(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=5, unique=True), st.text(max_size=40))
def test_a_label_names_itself_and_no_answer_names_anything_else(labels, answer):
    assert [named_label(one, labels) for one in labels] == labels
    assert named_label(answer, labels) in ("", *labels)
