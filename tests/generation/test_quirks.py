"""Providers as they are known to answer, each a server on loopback that behaves like one of them.

Written by hand from what their pages and users say; those that were asked say so. Each server says what it is after.
"""

import json
import re

import pytest

from clients import client_of, entries_in, requests_of, texts_of
from servers import answer_of, error_of, serving
from synthworth.generation.generator import Generator, GeneratorError
from synthworth.generation.generator.settings import AnswerSettings, ServerSettings
from synthworth.generation.recording import Recording

STOP = ["\n\n"]


def recording_of(folder):
    return Recording(folder / "a.jsonl", "missing")


def answer(text, *, usage, finish_reason="stop", **message):
    """A completion with further fields of the message, and this usage."""
    choice = {"index": 0, "finish_reason": finish_reason, "message": {"role": "assistant", "content": text, **message}}
    return 200, {}, json.dumps({"object": "chat.completion", "choices": [choice], "usage": usage}).encode()


def refusal(status, content):
    return status, {}, json.dumps(content).encode()


# ---- transformers serve (5.23.0, asked on 30 November 2026): a field it does not know is refused in FastAPI's form,
# one that it does not support (`reasoning_effort`) is passed over; the model's name comes back with @main

SERVED = {"model", "messages", "max_tokens", "temperature", "top_p", "seed", "stop", "reasoning_effort"}


def transformers_serve(number, body):
    if strange := set(body) - SERVED:
        return refusal(422, {"detail": f"Unexpected fields in the request: {strange}"})
    usage = {"completion_tokens": 5, "prompt_tokens": 34, "total_tokens": 39}
    message = {"content": f" note {body['seed']}", "role": "assistant"}
    choice = {"finish_reason": "length", "index": 0, "message": message}
    content = {"id": "3aeec715", "choices": [choice], "created": 1796073202, "model": f"{body['model']}@main"}
    return 200, {}, json.dumps({**content, "object": "chat.completion", "usage": usage}).encode()


def test_transformers_serve_answers_and_its_model_s_name_is_kept(tmp_path):
    recording = recording_of(tmp_path)
    with serving(transformers_serve) as (url, _), client_of(url, recording) as client:
        assert texts_of(client.complete(requests_of(2, stop=STOP))) == [" note 0", " note 1"]
    assert {one["response"]["model"] for one in entries_in(recording.path).values()} == {"m@main"}


def test_a_field_of_extra_body_that_transformers_serve_refuses_is_named_with_what_to_do(tmp_path):
    generator = Generator(name="m", settings=AnswerSettings(extra_body={"min_p": 0.1}))
    with (
        serving(transformers_serve) as (url, _),
        client_of(url, recording_of(tmp_path), generator=generator) as client,
        pytest.raises(GeneratorError) as caught,
    ):
        client.complete(requests_of(2))
    assert "answered 422 (Unexpected fields in the request: {'min_p'})" in str(caught.value)
    assert "take min_p out of extra_body in the generator's table" in str(caught.value)


# ---- Ollama: thoughts in `reasoning`, and an empty content once they took the limit
# github.com/ollama/ollama/issues/15288; an effort that a model does not know is refused: issues/12561; docs.ollama.com
# /api/openai-compatibility


def ollama(number, body):
    if body["model"] != "qwen3:4b":
        return refusal(404, {"error": {"message": f"model {body['model']!r} not found", "type": "not_found_error"}})
    if body.get("reasoning_effort") == "medium":
        message = 'think value "medium" is not supported for this model'
        return refusal(400, {"error": {"message": message, "type": "api_error", "param": None, "code": None}})
    thinks = body.get("reasoning_effort") != "none"
    if thinks and body["max_tokens"] < 300:
        return answer(
            "", finish_reason="length", reasoning="The user", usage={"prompt_tokens": 9, "completion_tokens": 40}
        )
    told = {"reasoning": "The user wants a note."} if thinks else {}
    return answer(f"note {body['seed']}", usage={"prompt_tokens": 9, "completion_tokens": 300 if thinks else 4}, **told)


def test_ollama_s_thinking_models_get_room(tmp_path):
    with (
        serving(ollama) as (url, came),
        client_of(url, recording_of(tmp_path), generator=Generator(name="qwen3:4b"), concurrency=1) as client,
    ):
        assert texts_of(client.complete(requests_of(3, stop=STOP))) == ["note 0", "note 1", "note 2"]
    assert len(came) == 4


def test_ollama_s_thinking_is_switched_off_by_the_effort(tmp_path):
    quick = Generator(name="qwen3:4b", settings=AnswerSettings(reasoning_effort="none"))
    with serving(ollama) as (url, came), client_of(url, recording_of(tmp_path), generator=quick) as client:
        assert texts_of(client.complete(requests_of(2))) == ["note 0", "note 1"]
    assert {body["max_tokens"] for body in came.bodies} == {40}


@pytest.mark.parametrize(
    ("generator", "line"),
    [
        (Generator(name="qwen3:4b", settings=AnswerSettings(reasoning_effort="medium")), r"400 \(think value .medium."),
        (Generator(name="llama9"), r"404 \(model 'llama9' not found\); check the model's name"),
    ],
    ids=["effort", "model"],
)
def test_what_ollama_does_not_know_is_one_line(tmp_path, generator, line):
    with (
        serving(ollama) as (url, came),
        client_of(url, recording_of(tmp_path), generator=generator, retries=8, concurrency=1) as client,
        pytest.raises(GeneratorError, match=line),
    ):
        client.complete(requests_of(2))
    assert len(came) <= 2  # the question, and a harmless one


# ---- LM Studio: a path that it does not know is answered with 200 and an error as a text
# github.com/lmstudio-ai/lmstudio-bug-tracker/issues/618, /issues/2085; thoughts stand in `reasoning_content`


def lm_studio(number, body):
    if body["max_tokens"] < 300:
        thought = {"reasoning_content": "Let me"}
        return answer("", finish_reason="length", usage={"prompt_tokens": 9, "completion_tokens": 40}, **thought)
    return answer(
        f"note {body['seed']}", reasoning_content="Let me see.", usage={"prompt_tokens": 9, "completion_tokens": 90}
    )


def test_lm_studio_without_v1_in_the_url_is_told_at_once(tmp_path):
    wrong = refusal(200, {"error": "Unexpected endpoint or method. (POST /chat/completions)"})
    line = r"answered 200 with an error \(Unexpected endpoint .*\); check the model's name and that the base URL ends"
    with (
        serving(lambda *_: wrong) as (url, came),
        client_of(url.removesuffix("/v1"), recording_of(tmp_path), retries=8) as client,
        pytest.raises(GeneratorError, match=line),
    ):
        client.complete(requests_of(1))
    assert [one.path for one in came] == ["/chat/completions"]


def test_lm_studio_s_thoughts_are_not_kept(tmp_path):
    recording = recording_of(tmp_path)
    with serving(lm_studio) as (url, _), client_of(url, recording) as client:
        assert texts_of(client.complete(requests_of(2, stop=STOP))) == ["note 0", "note 1"]
    assert "Let me" not in str(entries_in(recording.path))


# ---- Azure: the key in a header of its own, the deployment in the path, the version in the query
# learn.microsoft.com/azure/ai-services/openai/reference; reasoning models refuse max_tokens and any temperature but 1


def azure(came):
    def reply(number, body):
        sent = came[0][number]
        if sent.headers.get("api-key") != "planted-azure-1" or "authorization" in sent.headers:
            return refusal(401, {"error": {"code": "401", "message": "Access denied due to invalid subscription key"}})
        if "max_tokens" in body:
            message = (
                "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens'"
            )
            return error_of(400, f"{message} instead.", "max_tokens")
        if "temperature" in body:
            message = (
                "Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) value"
            )
            return error_of(400, f"{message} is supported.", "temperature")
        if body.get("seed") == 1:
            error = {
                "message": "The response was filtered due to the prompt",
                "code": "content_filter",
                "param": "prompt",
            }
            return refusal(400, {"error": {**error, "innererror": {"code": "ResponsibleAIPolicyViolation"}}})
        details = {"completion_tokens_details": {"reasoning_tokens": 64}}
        return answer(f"note {body['seed']}", usage={"prompt_tokens": 9, "completion_tokens": 70, **details})

    return reply


def test_azure_is_asked_in_its_own_way(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-openai")
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "planted-azure-1")
    mini = Generator(name="mini", model="gpt-5-mini", line=ServerSettings(headers={"api-key": "$AZURE_OPENAI_API_KEY"}))
    recording, box = recording_of(tmp_path), []
    with serving(azure(box)) as (url, came):
        box.append(came)
        base = url.replace("/v1", "/openai/deployments/mini?api-version=2024-10-21")
        with client_of(base, recording, generator=mini, concurrency=1) as client:
            made = client.complete(requests_of(3))
    assert {one.path for one in came} == {"/openai/deployments/mini/chat/completions?api-version=2024-10-21"}
    assert texts_of(made) == ["note 0", "", "note 2"]
    assert made[1].finish_reason == "rejected"
    assert came.bodies[-1]["max_completion_tokens"] == 40 + 2048
    assert recording.usage().thinking_tokens == 128
    assert "planted" not in (tmp_path / "a.jsonl.partial").read_text(encoding="utf-8")


# ---- OpenRouter: errors of the model behind it come with 200, or inside a choice; thoughts in `reasoning`
# openrouter.ai/docs/api/reference/errors-and-debugging


def test_openrouter_s_errors_under_200_are_asked_again_and_its_headers_are_sent(tmp_path):
    down = refusal(
        200, {"error": {"code": 502, "message": "Your chosen model is down", "metadata": {"provider_name": "x"}}}
    )

    def reply(number, body):
        if number == 0:
            return down
        usage = {"prompt_tokens": 9, "completion_tokens": 80, "completion_tokens_details": {"reasoning_tokens": 70}}
        return answer(f"note {body['seed']}", reasoning="Hm.", usage=usage)

    headers = {"HTTP-Referer": "https://study.example", "X-Title": "a study"}
    named = Generator(name="org/m:free", line=ServerSettings(headers=headers))
    recording = recording_of(tmp_path)
    with serving(reply) as (url, came), client_of(url, recording, generator=named, retries=2) as client:
        assert texts_of(client.complete(requests_of(1))) == ["note 0"]
    assert (came[0].headers["http-referer"], came[0].headers["x-title"]) == ("https://study.example", "a study")
    usage = recording.usage()
    assert (usage.requests, usage.completion_tokens, usage.thinking_tokens) == (2, 80, 70)


def test_openrouter_s_error_within_a_choice_is_a_dropped_answer(tmp_path):
    status, _, content = answer("half a no", usage={})
    broken = json.loads(content)
    broken["choices"][0] |= {"error": {"code": 502, "message": "the provider hung up"}}
    with (
        serving(lambda *_: (status, {}, json.dumps(broken).encode())) as (url, _),
        client_of(url, recording_of(tmp_path)) as client,
    ):
        (made,) = client.complete(requests_of(1))
    assert made.ending == "unknown"


@pytest.mark.parametrize(
    ("status", "message", "line"),
    [
        (402, "Insufficient credits", "no credit is left: check the plan and the billing"),
        (401, "User not found.", "check THE_KEY"),
    ],
)
def test_openrouter_s_refusals_say_what_to_do(tmp_path, monkeypatch, status, message, line):
    monkeypatch.setenv("THE_KEY", "planted-router-1")
    named = Generator(name="org/m", line=ServerSettings(key_variable="THE_KEY"))
    with (
        serving(lambda *_: refusal(status, {"error": {"code": status, "message": message}})) as (url, _),
        client_of(url, recording_of(tmp_path), generator=named) as client,
        pytest.raises(GeneratorError, match=line),
    ):
        client.complete(requests_of(1))


# ---- Anthropic's compatible endpoint: ignores seed, hoists system messages, takes no stop of white space alone
# platform.claude.com/docs/en/api/openai-sdk: "all non-whitespace stop sequences work"


def anthropic(number, body):
    if any(not stop.strip() for stop in body.get("stop", [])):
        message = "stop_sequences: each stop sequence must contain non-whitespace"
        return refusal(400, {"type": "error", "error": {"type": "invalid_request_error", "message": message}})
    if number == 2:
        return refusal(529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
    return answer(f"note {body['seed']}", usage={"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13})


def test_anthropic_s_endpoint_gets_no_stop_of_white_space_and_is_asked_again_when_overloaded(tmp_path):
    recording = recording_of(tmp_path)
    with serving(anthropic) as (url, came), client_of(url, recording, retries=2, concurrency=1) as client:
        assert texts_of(client.complete(requests_of(3, stop=STOP))) == ["note 0", "note 1", "note 2"]
    assert len(came) == 5
    assert [entry["omitted"] for entry in entries_in(recording.path).values()] == [["stop"]] * 3


# ---- Gemini's compatible endpoint: errors in a list, how long to wait in their details, thoughts in the total alone
# ai.google.dev/gemini-api/docs/openai; google.rpc.RetryInfo


def gemini(number, body):
    if "seed" in body:
        message = 'Invalid JSON payload received. Unknown name "seed": Cannot find field.'
        return refusal(400, [{"error": {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}}])
    if number == 1:
        details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0.01s"}]
        error = {"code": 429, "message": "Quota exceeded", "status": "RESOURCE_EXHAUSTED", "details": details}
        return refusal(429, [{"error": error}])
    return answer("a note", usage={"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 113})


def test_gemini_s_endpoint_is_understood_and_its_thoughts_are_billed(tmp_path):
    recording, said = recording_of(tmp_path), []
    with (
        serving(gemini) as (url, came),
        client_of(url.replace("/v1", "/v1beta/openai/"), recording, retries=2, notice=said.append) as client,
    ):
        (made,) = client.complete(requests_of(1))
    assert {one.path for one in came} == {"/v1beta/openai/chat/completions"}
    assert (made.text, made.prompt_tokens, made.completion_tokens) == ("a note", 9, 104)
    assert any(re.search("does not take 'seed'", line) for line in said)


def test_gemini_s_wait_of_a_day_ends_the_run_with_what_it_asks(tmp_path):
    details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "3600s"}]
    daily = refusal(429, [{"error": {"code": 429, "message": "Quota exceeded", "details": details}}])
    with (
        serving(lambda *_: daily) as (url, came),
        client_of(url, recording_of(tmp_path), retries=8) as client,
        pytest.raises(GeneratorError, match="it asks to wait 3,600 s: run again then"),
    ):
        client.complete(requests_of(1))
    assert len(came) == 1


# ---- a header in place of the bearer token


def test_credentials_in_a_header_of_the_user_s_own_are_sent_as_they_are(tmp_path, monkeypatch):
    monkeypatch.setenv("GATEWAY", "planted-gateway-1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-openai")
    own = Generator(name="m", line=ServerSettings(headers={"Authorization": "Basic $GATEWAY"}))
    with (
        serving(lambda *_: answer_of("fine")) as (url, came),
        client_of(url, recording_of(tmp_path), generator=own) as client,
    ):
        client.complete(requests_of(1))
    assert came[0].headers["authorization"] == "Basic planted-gateway-1"
