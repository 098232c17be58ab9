"""A question to a generator and its answer, as data."""

from dataclasses import FrozenInstanceError, replace

import pytest

from synthworth.core.completion import REJECTED, WITHHELD, Completion, Request

REQUEST = Request(messages=({"role": "user", "content": "Hi"},), parameters={"seed": 1}, sample=0, label="pos")
COMPLETION = Completion(text="Hello.", finish_reason="stop", prompt_tokens=9, completion_tokens=2)


def test_the_tokens_of_an_answer_do_not_make_it_another_answer():
    assert replace(COMPLETION, prompt_tokens=0, completion_tokens=0) == COMPLETION


def test_another_finish_reason_makes_another_answer():
    assert replace(COMPLETION, finish_reason="length") != COMPLETION


def test_another_refusal_makes_another_answer():
    assert replace(COMPLETION, refusal="No.") != COMPLETION


@pytest.mark.parametrize(
    ("reasons", "ending"),
    [
        (["stop", "STOP", "", "end_turn", "eos_token", "stop_sequence", "COMPLETE"], "complete"),
        (["length", "max_tokens", "MAX_TOKENS", "model_length", "incomplete"], "cut_off"),
        (["content_filter", "SAFETY", "refusal", "PROHIBITED_CONTENT"], "filtered"),
        (["error", "tool_calls", "OTHER", "finished?"], "unknown"),
        ([WITHHELD], "withheld"),
        ([REJECTED], "rejected"),
    ],
)
def test_the_words_of_all_servers_for_one_ending_are_one(reasons, ending):
    assert {replace(COMPLETION, finish_reason=reason).ending for reason in reasons} == {ending}


def test_another_sample_makes_another_request():
    assert replace(REQUEST, sample=1) != REQUEST


def test_an_answer_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        COMPLETION.text = "Bye."


def test_a_request_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        REQUEST.sample = 1


def test_the_parts_of_an_answer_are_given_by_name():
    with pytest.raises(TypeError, match="positional"):
        Completion("Hello.", "stop")


def test_the_body_is_the_model_the_messages_and_the_parameters():
    assert REQUEST.body("m") == {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "seed": 1}


def test_what_a_prompt_is_made_of_is_not_in_the_body():
    told = replace(REQUEST, sample=7, label="neg", parts={"context": "01234567"}, demonstrations={"a": "89abcdef"})
    assert told.body("m") == REQUEST.body("m")


def test_to_change_a_body_does_not_change_the_request():
    REQUEST.body("m")["messages"][0]["content"] = "Bye"
    assert REQUEST.messages[0]["content"] == "Hi"


def test_a_request_that_says_nothing_of_its_parts_has_none():
    assert (REQUEST.parts, REQUEST.demonstrations) == ({}, {})
