"""Reasoning models: their thoughts get room once they are seen, are kept out of recordings, and stand in the bill."""

import json

import pytest

from clients import client_of, entries_in, requests_of, texts_of
from servers import answer_of, error_of, serving
from synthworth.core.completion import Completion
from synthworth.generation import thoughts
from synthworth.generation.generator import Generator
from synthworth.generation.generator.settings import AnswerSettings
from synthworth.generation.recording import Recording

STOP = ["\n\n"]


def completion(text, *, finish_reason="stop", usage=(7, 30, 37), thinking=None, **message):
    """A server's answer with fields of a message beside its text."""
    status, headers, content = answer_of(text, model="m", finish_reason=finish_reason)
    answer = json.loads(content)
    answer["choices"][0]["message"] |= message
    answer["usage"] = dict(zip(("prompt_tokens", "completion_tokens", "total_tokens"), usage, strict=True))
    if thinking is not None:
        answer["usage"]["completion_tokens_details"] = {"reasoning_tokens": thinking}
    return status, headers, json.dumps(answer).encode()


def thinker(need, kind):
    """A model that thinks for `need` tokens, as servers of this kind show it, and honours limit and stop."""

    def reply(number, body):
        limit = body.get("max_tokens", body.get("max_completion_tokens"))
        stopped, short = "stop" in body, limit < need + 20
        ended = "stop" if stopped else "length"
        if kind == "in the text":
            if stopped or short:  # a thought has several paragraphs
                return completion("<think>First,", finish_reason=ended, usage=(7, limit, 7 + limit))
            text = f"<think>First,\n\nthe note.</think>\n\nA note {body['seed']}.\n\nAnything else?"
            return completion(text, usage=(7, need, 7 + need))
        if kind == "to itself":
            return completion("", finish_reason="length") if short else completion(f"A note {body['seed']}.")
        if stopped or short:
            return completion("", finish_reason=ended, thinking=limit, **{kind: "First,"})
        return completion(f"A note {body['seed']}.", thinking=need, **{kind: "First,\n\nthe note."})

    return reply


@pytest.mark.parametrize("kind", ["in the text", "reasoning_content", "reasoning", "to itself"])
@pytest.mark.parametrize("need", [500, 5000])
def test_thoughts_get_room_once_they_are_seen_and_the_text_alone_is_kept(tmp_path, kind, need):
    said, recording = [], Recording(tmp_path / "a.jsonl", "missing")
    with (
        serving(thinker(need, kind)) as (url, came),
        client_of(url, recording, concurrency=1, notice=said.append) as client,
    ):
        made = client.complete(requests_of(5, stop=STOP))
    assert texts_of(made) == [f"A note {i}." for i in range(5)]
    grown = 1 if need < 2048 else 2
    assert len(came) == 5 + grown  # only the first answer was asked for again
    assert said == [
        f"generator m thinks before it answers: {room:,} tokens are added to the limit of each answer from here on"
        for room in thoughts.ROOMS[1 : 1 + grown]
    ]
    assert came.bodies[-1]["max_tokens"] == 40 + thoughts.ROOMS[grown]
    assert "stop" not in came.bodies[-1]
    assert {entry["room"] for entry in entries_in(recording.path).values()} == {thoughts.ROOMS[grown]}
    assert "First" not in (tmp_path / "a.jsonl.partial").read_text(encoding="utf-8")


def test_answers_with_room_are_found_by_the_same_keys(tmp_path):
    with (
        serving(thinker(500, "reasoning")) as (url, _),
        client_of(url, Recording(tmp_path / "a.jsonl", "missing")) as client,
    ):
        made = client.complete(requests_of(3, stop=STOP))
    with client_of("http://127.0.0.1:9/v1", Recording(tmp_path / "a.jsonl")) as client:
        assert client.complete(requests_of(3, stop=STOP)) == made


def test_all_requests_under_way_learn_it_together(tmp_path):
    said, recording = [], Recording(tmp_path / "a.jsonl", "missing")
    with (
        serving(thinker(500, "in the text")) as (url, came),
        client_of(url, recording, concurrency=8, notice=said.append) as client,
    ):
        made = client.complete(requests_of(20, stop=STOP))
    assert texts_of(made) == [f"A note {i}." for i in range(20)]
    assert len(said) == 1
    assert len(came) <= 28


def test_a_limit_of_the_user_s_own_is_left_as_it_is_and_the_thoughts_are_told_apart(tmp_path):
    own = Generator(name="m", settings=AnswerSettings(max_tokens=100))
    recording = Recording(tmp_path / "a.jsonl", "missing")
    with serving(thinker(500, "in the text")) as (url, came), client_of(url, recording, generator=own) as client:
        (made,) = client.complete(requests_of(1))
    assert came.bodies[0]["max_tokens"] == 100
    assert made == Completion(text=thoughts.OPEN, finish_reason="length")


def test_thoughts_that_never_end_are_kept_as_such_after_the_most_room(tmp_path):
    recording = Recording(tmp_path / "a.jsonl", "missing")
    with serving(thinker(10**6, "in the text")) as (url, came), client_of(url, recording) as client:
        (made,) = client.complete(requests_of(1))
    assert [body["max_tokens"] - 40 for body in came.bodies] == list(thoughts.ROOMS)
    assert made == Completion(text=thoughts.OPEN, finish_reason="length")
    lost = sum(limit + 40 for limit in thoughts.ROOMS[:-1])
    assert entries_in(recording.path)[0]["lost"] == [21, lost]
    assert recording.usage().completion_tokens == lost + 40 + thoughts.ROOMS[-1]


def test_room_that_the_server_refuses_is_taken_back(tmp_path):
    think = thinker(5000, "in the text")

    def reply(number, body):
        if body["max_tokens"] > 4096:
            return error_of(400, "max_tokens is too large: the model's context length is 4096", "max_tokens")
        return think(number, body)

    recording = Recording(tmp_path / "a.jsonl", "missing")
    with serving(reply) as (url, came), client_of(url, recording, concurrency=1) as client:
        made = client.complete(requests_of(2))
    assert texts_of(made) == [thoughts.OPEN] * 2
    assert [body["max_tokens"] for body in came.bodies] == [40, 2088, 8232, 2088, 2088]


def test_an_answer_that_is_cut_off_without_thoughts_gets_no_room(tmp_path):
    recording = Recording(tmp_path / "a.jsonl", "missing")
    with (
        serving(lambda *_: answer_of("A note that goes", finish_reason="length")) as (url, came),
        client_of(url, recording) as client,
    ):
        client.complete(requests_of(2))
    assert [body["max_tokens"] for body in came.bodies] == [40, 40]
    assert all("room" not in entry for entry in entries_in(recording.path).values())


@pytest.mark.parametrize(
    ("usage", "billed"),
    [
        ({"prompt_tokens": 5, "completion_tokens": 40, "total_tokens": 45}, 40),  # OpenAI, vLLM: thoughts are in it
        ({"prompt_tokens": 5, "completion_tokens": 10, "total_tokens": 45}, 40),  # Gemini, xAI: in the total alone
        ({"prompt_tokens": 5, "completion_tokens": 10}, 10),
        ({"prompt_tokens": 5, "completion_tokens": 10, "total_tokens": 3}, 10),
        ({"completion_tokens": "10"}, "10"),
    ],
)
def test_the_bill_holds_thoughts_wherever_a_server_counts_them(usage, billed):
    assert thoughts.billed_tokens(usage) == billed


def test_the_usage_says_how_many_tokens_were_thoughts(tmp_path):
    recording = Recording(tmp_path / "a.jsonl", "missing")
    answer = completion("A note.", usage=(5, 10, 115), thinking=100)
    with serving(lambda *_: answer) as (url, _), client_of(url, recording) as client:
        client.complete(requests_of(2))
    usage = recording.usage()
    assert (usage.prompt_tokens, usage.completion_tokens, usage.thinking_tokens) == (10, 220, 200)


NO_ANSWERS = ("", "[]", "{}", '{"choices": []}', '{"choices": [1]}', '{"choices": [{"message": 1}]}')


@pytest.mark.parametrize("answer", NO_ANSWERS)
def test_what_is_no_answer_teaches_nothing(answer):
    assert thoughts.decoded(answer) == {}
    assert thoughts.tokens_in(answer) == (0, 0)
    room = thoughts.Room()
    assert room.learn(thoughts.decoded(answer), 0) == ""
