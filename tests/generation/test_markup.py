"""Markup of reasoning and of chat templates is no part of a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthworth.generation.markup import BareAnswer, shows_thoughts, without_markup

NOTE = "See you at noon."
PAIRS = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ('<reasoning effort="low">', "</reasoning>"),
    ("<THINK>", "</THINK>"),
    ("[THINK]", "[/THINK]"),
    ("<|think|>", "<|/think|>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<seed:think>", "</seed:think>"),
    ("◁think▷", "◁/think▷"),
    ("<scratchpad>", "</scratchpad>"),
    ("<thought_process>", "</thought_process>"),
    ("<inner_thoughts>", "</inner_thoughts>"),
    ("<reasoning-content>", "</reasoning-content>"),
    ("<deliberation>", "</deliberation>"),
    ("<plan>", "</plan>"),
    ("<思考>", "</思考>"),
    ("&lt;think&gt;", "&lt;/think&gt;"),
    ("<unused94>thought\n", "<unused95>"),
    ('<details type="reasoning" done="true">', "</details>"),
]


@pytest.mark.parametrize(("opening", "closing"), PAIRS)
def test_thoughts_that_their_markup_closes_are_stripped(opening, closing):
    answer = without_markup(f"{opening}The user wants a note. Hm.{closing} {NOTE}")
    assert (answer.text.strip(), answer.open_thoughts) == (NOTE, False)


@pytest.mark.parametrize(("opening", "closing"), PAIRS)
def test_thoughts_that_nothing_closes_are_told(opening, closing):
    assert without_markup(f"{opening}The user wants").open_thoughts
    assert without_markup(f"{opening}A{closing}B{opening}C").open_thoughts
    assert shows_thoughts(f"{opening}The user wants")


@pytest.mark.parametrize("closing", [closing for opening, closing in PAIRS if not opening.startswith("<details")])
def test_thoughts_that_the_chat_template_opened_are_stripped(closing):
    assert without_markup(f"The user wants a note.\n{closing}\n{NOTE}").text.strip() == NOTE


@pytest.mark.parametrize(
    "answer",
    [
        f"<|channel|>analysis<|message|>A note.<|end|><|start|>assistant<|channel|>final<|message|>{NOTE}<|return|>",
        f"<|start|>assistant<|channel|>final<|message|>{NOTE}",
        f"<|channel|>commentary to=a<|message|>x<|call|><|channel|>final <|constrain|>json<|message|>{NOTE}",
    ],
)
def test_the_final_channel_is_the_answer(answer):
    assert without_markup(answer).text.strip() == NOTE


@pytest.mark.parametrize(
    "answer",
    [
        f"Thought: I need a note.\nAnswer: {NOTE}",
        f"**Thinking:** A note.\n\n**Final answer:** {NOTE}",
        f"# Reasoning\nA note.\n# Response\n{NOTE}",
        f"Analysis: it rains.\nOutput: {NOTE}",
        f"```thinking\nA note.\n```\n{NOTE}",
        f"```text\n{NOTE}\n```",
        f"analysisThe user wants a note.assistantfinal{NOTE}",
    ],
)
def test_thoughts_under_a_heading_in_a_block_or_without_their_tokens_are_stripped(answer):
    found = without_markup(answer)
    assert (found.text.strip(), found.open_thoughts) == (NOTE, False)


@pytest.mark.parametrize(
    "answer", ["Thought: I need a note", "**Reasoning:**\nA note", "```thinking\nA note", "analysisThe user wants"]
)
def test_a_heading_a_block_or_a_channel_without_an_end_is_open_thoughts(answer):
    assert without_markup(answer).open_thoughts


@pytest.mark.parametrize(
    "text", ["Analysis: rates will fall", "Plan: meet at noon", "Thought it was you", "analysis of x"]
)
def test_a_text_with_a_heading_of_its_own_is_no_thought(text):
    assert without_markup(text) == BareAnswer(text, False)


def test_a_channel_of_analysis_alone_is_open_thoughts():
    assert without_markup("<|channel|>analysis<|message|>The user wants").open_thoughts


@pytest.mark.parametrize(
    "answer",
    [
        f"{NOTE}<|im_end|>",
        f"{NOTE}<|im_end|><|im_start|>user And now?",
        f"{NOTE}</s>",
        f"<s>{NOTE}</s>",
        f"{NOTE}<|eot_id|>",
        f"{NOTE}<|endoftext|>Human: more",
        f"{NOTE}<end_of_turn>",
        f"<start_of_turn>model {NOTE}",
        f"<|im_start|>assistant {NOTE}",
        f"<|start_header_id|>assistant<|end_header_id|> {NOTE}",
        f"{NOTE}<｜end▁of▁sentence｜>",
        f"<|START_RESPONSE|>{NOTE}<|END_RESPONSE|>",
        f"<answer>{NOTE}</answer>",
        f"{NOTE} [/INST]",
        f"{NOTE}<pad><pad>",
        f"<|some_new_token|>{NOTE}",
    ],
)
def test_special_tokens_of_a_chat_template_are_stripped(answer):
    assert without_markup(answer).text.strip() == NOTE


@pytest.mark.parametrize(
    "text",
    [
        "I think < or think > is wrong.",
        "[laughs] I was thinking [of you]",
        "if a <b and c> d",
        "She wrote <3 and left",
        "|> pipes <|",
        "[thinking] out loud",
        "</details> of the plan",
    ],
)
def test_an_ordinary_text_stays_as_it_is(text):
    assert without_markup(text) == BareAnswer(text, open_thoughts=False)


@given(st.text(st.sampled_from("<>[]/|thinkfalmsge ab"), max_size=80))
def test_what_is_left_holds_no_thoughts(text):
    answer = without_markup(text)
    assert answer.open_thoughts or not shows_thoughts(answer.text)
