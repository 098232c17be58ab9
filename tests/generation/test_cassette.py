"""vcrpy's own interface on our recordings, and what is let into one."""

import asyncio
import gzip
import json
import random
import subprocess
import sys

import openai
import pytest
import vcr as vcrpy
from vcr.errors import CannotOverwriteExistingCassetteException

from clients import MESSAGES, samples_of_one_request
from servers import answer_of, error_of, serving
from synthworth.core.completion import Request
from synthworth.generation.recording import Recording, UnreadableRecording, cassette
from synthworth.generation.recording.cassette import (
    SAMPLE_HEADER,
    RecordedRequest,
    asking,
    deserialize,
    recorded,
    serialize,
    vcr,
)
from synthworth.generation.recording.entries import dumps, entry
from synthworth.generation.recording.store import Store

PARAMETERS = {"model": "m", "messages": [{"role": "user", "content": "Write one."}], "temperature": 0.7}
NOWHERE = "https://elsewhere.invalid/base/v1"


def stored(path, samples):
    store = Store(path)
    for i in samples:
        answer = {"model": "m-1", "choices": [{"message": {"content": f"naïve {i}"}, "finish_reason": "stop"}]}
        asked = Request(messages=(), parameters={}, sample=i, label="a")
        store.append(entry(PARAMETERS, asked, answer, retries=i, omitted=["seed"] * (i % 2)))
    store.save()
    return path


def ask(url, sample, **changed):
    with openai.OpenAI(base_url=url, api_key="sk-planted", max_retries=0) as client:
        headers = {SAMPLE_HEADER: str(sample)}
        answer = client.chat.completions.create(**{**PARAMETERS, **changed}, extra_headers=headers)
        return answer.choices[0].message.content


def numbered(number, body):
    return f"answer {number}"


def test_vcrpy_as_its_manual_says_loads_and_replays_our_recording(tmp_path):
    stored(tmp_path / "task" / "zero_shot.jsonl", range(5))
    my_vcr = vcrpy.VCR()
    my_vcr.register_serializer("synthworth", cassette)
    my_vcr.register_matcher("synthworth", cassette.matches)
    path = str(tmp_path / "task" / "zero_shot.jsonl")
    with my_vcr.use_cassette(path, serializer="synthworth", match_on=["synthworth"], record_mode="none") as played:
        texts = [ask(NOWHERE, i) for i in (4, 0, 2)]
        assert played.play_count == 3
        assert len(played) == 5
    assert texts == ["naïve 4", "naïve 0", "naïve 2"]


def test_our_vcr_replays_our_recording_to_the_openai_client(tmp_path):
    stored(tmp_path / "task" / "zero_shot.jsonl", range(5))
    with vcr(tmp_path).use_cassette("task/zero_shot.jsonl"):
        assert [ask(NOWHERE, i) for i in (4, 0, 2)] == ["naïve 4", "naïve 0", "naïve 2"]


def test_vcrpy_refuses_what_is_not_in_our_recording(tmp_path):
    stored(tmp_path / "a.jsonl", [0])
    with vcr(tmp_path).use_cassette("a.jsonl"), pytest.raises(CannotOverwriteExistingCassetteException):
        ask(NOWHERE, 0, temperature=0.8)


def test_vcrpy_does_not_take_a_damaged_recording_for_an_empty_one(tmp_path):
    path = stored(tmp_path / "a.jsonl", range(3))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UnreadableRecording), vcr(tmp_path).use_cassette("a.jsonl"):
        pass


OPTIMIZED = """
import sys
import vcr as vcrpy
from synthworth.generation.recording import cassette
from vcr.request import Request
def asked(text):
    return Request("POST", "http://a.invalid/v1/chat/completions", '{"messages": ["%s"]}' % text, {})
machine = vcrpy.VCR(match_on=["synthworth"])
machine.register_matcher("synthworth", cassette.matches)
(match,) = machine.get_merged_config()["match_on"]
sys.exit(not (match(asked("a"), asked("a")) and match(asked("a"), asked("b")) is False))
"""


def test_the_matcher_tells_questions_apart_without_asserts_too():
    assert subprocess.run([sys.executable, "-O", "-c", OPTIMIZED]).returncode == 0


def test_replaying_through_vcrpy_changes_no_byte(tmp_path):
    path = stored(tmp_path / "a.jsonl", range(5))
    before = path.read_bytes()
    with vcr(tmp_path).use_cassette("a.jsonl"):
        ask(NOWHERE, 3)
    assert path.read_bytes() == before


def test_serializing_what_was_deserialized_gives_the_same_text(tmp_path):
    text = stored(tmp_path / "a.jsonl", range(5)).read_text()
    assert serialize(deserialize(text)) == text


def test_what_vcrpy_records_in_our_format_is_what_we_record(tmp_path):
    with serving(numbered) as (url, _), vcr(tmp_path).use_cassette("theirs.jsonl", record_mode="once"):
        ask(url, 3)
    with serving(numbered) as (url, _), Recording(tmp_path / "ours.jsonl", "missing").recording():
        ask(url, 3)
    assert (tmp_path / "theirs.jsonl").read_text() == dumps(Store(tmp_path / "ours.jsonl").entries)


def test_what_vcrpy_records_in_our_format_holds_no_error_and_no_packed_answer(tmp_path):
    def reply(number, body):
        packed = gzip.compress(answer_of("unpacked")[2])
        return error_of(500) if number == 0 else (200, {"content-encoding": "gzip"}, packed)

    with serving(reply) as (url, _), vcr(tmp_path).use_cassette("a.jsonl", record_mode="new_episodes"):
        with pytest.raises(openai.InternalServerError):
            ask(url, 0)
        ask(url, 0)
    assert [one["response"]["text"] for one in Store(tmp_path / "a.jsonl").entries.values()] == ["unpacked"]


def test_neither_header_nor_cookie_nor_key_nor_prompt_is_recorded(tmp_path):
    planted = {"set-cookie": "session=planted", "x-request-id": "planted", "openai-organization": "planted"}
    with serving(lambda number, body: answer_of("answer", **planted)) as (url, came):
        recording = Recording(tmp_path / "a.jsonl", "missing")
        with recording.recording():
            ask(url, 0, messages=[{"role": "user", "content": "the planted prompt"}], user="planted")
        before = (tmp_path / "a.jsonl.partial").read_bytes()
        recording.save()
    assert "planted" in came[0].headers["authorization"]
    for found in (before, (tmp_path / "a.jsonl").read_bytes()):
        assert b"answer" in found
        assert b"planted" not in found
        assert b"127.0.0.1" not in found


def test_mode_missing_asks_for_the_same_sample_once(tmp_path):
    with serving(numbered) as (url, came), Recording(tmp_path / "a.jsonl", "missing").recording():
        texts = [ask(url, i) for i in (0, 1, 0, 1)]
    assert texts == ["answer 0", "answer 1", "answer 0", "answer 1"]
    assert len(came) == 2


@pytest.mark.parametrize("status", [302, 307, 400, 404, 429, 500, 503])
def test_an_error_is_never_stored(tmp_path, status):
    whole = json.loads(answer_of("an answer all the same")[2])
    with serving(lambda number, body: (status, {}, json.dumps(whole).encode())) as (url, _):
        recording = Recording(tmp_path / "a.jsonl", "missing")
        with recording.recording(), pytest.raises(openai.APIStatusError):
            ask(url, 0)
        recording.save()
    assert list(tmp_path.iterdir()) == []


async def ask_at_once(url, requests):
    """What the openai client gets for each request, all of them under way at once."""
    async with openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0, timeout=60) as client:

        async def ask_one(request):
            with asking(RecordedRequest(request.body("m"), request)):
                answer = await client.chat.completions.create(**request.body("m"))
            return answer.choices[0].message.content

        return await asyncio.gather(*(ask_one(request) for request in requests))


def test_the_openai_client_gets_each_of_200_samples_of_one_request_in_any_order_all_at_once(tmp_path):
    asked = samples_of_one_request(200)
    store = Store(tmp_path / "a.jsonl")
    with serving(numbered) as (url, came), Recording(store.path, "missing").recording():
        texts = asyncio.run(ask_at_once(url, asked))
    assert sorted(texts) == sorted(f"answer {i}" for i in range(200))
    assert [body["messages"] for body in came.bodies] == [list(MESSAGES)] * 200
    shuffled = random.Random(0).sample(asked, len(asked))
    with recorded(Store(store.path), again=False, on_answer=pytest.fail, on_failure=pytest.fail):
        replayed = asyncio.run(ask_at_once("http://127.0.0.1:9/v1", shuffled))
    assert replayed == [texts[request.sample] for request in shuffled]


@pytest.mark.parametrize(
    "client",
    [{"default_headers": {"user-agent": "another/9"}}, {"organization": "o"}, {"base_url": "http://b.invalid/x"}],
)
def test_neither_the_client_nor_its_headers_nor_the_base_url_change_what_is_found(tmp_path, client):
    stored(tmp_path / "a.jsonl", [0])
    with (
        vcr(tmp_path).use_cassette("a.jsonl"),
        openai.OpenAI(**{"base_url": NOWHERE, "api_key": "k", **client}) as asks,
    ):
        assert asks.chat.completions.create(**PARAMETERS).choices[0].message.content == "naïve 0"


def test_an_answer_is_replayed_with_its_reason_its_model_and_its_tokens(tmp_path):
    with serving(lambda n, body: answer_of("x", model="m-2", finish_reason="length", tokens=(11, 4))) as (url, _):
        store = Store(tmp_path / "a.jsonl")
        with Recording(store.path, "missing").recording():
            ask(url, 0)
    with recorded(Store(store.path), again=False, on_answer=pytest.fail, on_failure=pytest.fail):  # noqa: SIM117
        with openai.OpenAI(base_url=NOWHERE, api_key="k") as client:
            answer = client.chat.completions.create(**PARAMETERS)
    assert (answer.model, answer.choices[0].finish_reason) == ("m-2", "length")
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (11, 4, 15)
