"""What servers refuse, in the words in which they do, and what is learnt from it."""

import json
import threading

import pytest

from clients import MESSAGES, client_of, entries_in, requests_of, texts_of
from servers import answer_of, error_of, serving, text_of
from synthworth.generation.generator import GeneratorError
from synthworth.generation.generator.negotiation import OMISSIBLE, Negotiation
from synthworth.generation.recording import Recording
from synthworth.generation.recording.entries import ENDPOINT, key

FULL = {"top_p": 0.9, "stop": ["\n\n"], "frequency_penalty": 0.1, "presence_penalty": 0.1}
MERGED = [{"role": "user", "content": "You write notes.\n\nWrite the planted note."}]


def openai(name, message="Unsupported parameter: '{}' is not supported with this model."):
    return error_of(400, message.format(name), param=name)


def vllm(name):
    detail = f"[{{'type': 'extra_forbidden', 'loc': ('body', '{name}'), 'msg': 'Extra inputs are not permitted'}}]"
    error = {"object": "error", "message": detail, "type": "BadRequestError", "param": None, "code": 400}
    return 400, {}, json.dumps(error).encode()


def pydantic(name):
    detail = [{"type": "extra_forbidden", "loc": ["body", name], "msg": "Extra inputs are not permitted", "input": 1}]
    return 422, {}, json.dumps({"detail": detail}).encode()


def mistral(name):
    detail = [{"type": "extra_forbidden", "loc": ["body", name], "msg": "Extra inputs are not permitted", "input": 1}]
    error = {"object": "error", "message": {"detail": detail}, "type": "invalid_request_error", "param": None}
    return 422, {}, json.dumps(error).encode()


def llama_cpp(name):
    error = {"code": 400, "message": f"Unsupported param: {name}", "type": "invalid_request_error"}
    return 400, {}, json.dumps({"error": error}).encode()


def google(name):
    message = f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.'
    return 400, {}, json.dumps([{"error": {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}}]).encode()


def groq(name):
    return error_of(400, f"property '{name}' is unsupported")


def plain(name):
    known = ", ".join(f"`{other}`" for other in ("model", "max_tokens", *OMISSIBLE) if other != name)
    return text_of(422, f"Failed to deserialize the JSON body: unknown field `{name}`, expected one of {known}")


FORMS = [openai, vllm, pydantic, mistral, llama_cpp, google, groq, plain]
SYSTEM = {
    "Gemma on vLLM": error_of(400, "System role not supported"),
    "Mistral on vLLM": error_of(400, "Conversation roles must alternate user/assistant/user/assistant/..."),
    "o1": error_of(
        400, "Unsupported value: 'messages[0].role' does not support 'system' with this model.", "messages[0].role"
    ),
    "Google": error_of(400, "Developer instruction is not enabled for models/gemma-3-1b-it"),
    "pydantic": (
        422,
        {},
        json.dumps(
            {
                "detail": [
                    {
                        "type": "literal_error",
                        "loc": ["body", "messages", 0, "role"],
                        "msg": "Input should be 'user' or 'assistant'",
                        "input": "system",
                    }
                ]
            }
        ).encode(),
    ),
    "plain": text_of(422, "jinja2.exceptions.TemplateError: system messages are not supported by this template"),
}
TEACHES_NOTHING = {
    "JSON that is nested too deeply": (400, {}, b"[" * 100_000),
    "the model": error_of(400, "model m does not exist", "model"),
    "the length of the prompt": error_of(
        400,
        "This model's maximum context length is 4096 tokens. However, your messages resulted in 5000 tokens. Please "
        "reduce the length of the messages.",
        "messages",
    ),
    "the length of the answer, by vLLM": error_of(
        400,
        "'max_tokens' or 'max_completion_tokens' is too large: 5000. This model's maximum context length is 4096 "
        "tokens and your request has 100 input tokens.",
    ),
    "the length of the answer, by OpenAI": error_of(
        400,
        "max_tokens is too large: 99999. This model supports at most 16384 completion tokens, whereas you provided "
        "99999.",
        "max_tokens",
    ),
    "the words": error_of(400, "Your prompt was flagged by the filter of seed-corn fraud; we stop here."),
    "nothing": (400, {}, b""),
    "no JSON": text_of(422, "\xff\x00 bad request"),
    "an empty list": (400, {}, b"[]"),
    "a number": (400, {}, b"1"),
}


def refusal_of(made):
    return made[2].decode()


@pytest.mark.parametrize("name", OMISSIBLE)
@pytest.mark.parametrize("form", FORMS)
def test_a_parameter_that_is_refused_is_left_out_and_nothing_else(form, name):
    body = requests_of(1, **FULL)[0].body("m")
    negotiation = Negotiation()
    assert negotiation.learn(body, refusal_of(form(name))) == f"does not take {name!r}: sent without it from here on"
    assert negotiation.adapted(body) == {field: value for field, value in body.items() if field != name}
    assert negotiation.omits(body) == (name,)


@pytest.mark.parametrize("form", FORMS)
def test_a_server_of_the_new_name_for_the_length_gets_it_by_that_name(form):
    body = requests_of(1, **FULL)[0].body("m")
    negotiation = Negotiation()
    said = "takes 'max_completion_tokens' in place of 'max_tokens': sent so from here on"
    assert negotiation.learn(body, refusal_of(form("max_tokens"))) == said
    renamed = {("max_completion_tokens" if name == "max_tokens" else name): value for name, value in body.items()}
    assert negotiation.adapted(body) == renamed
    assert negotiation.omits(body) == ()


@pytest.mark.parametrize("server", SYSTEM)
def test_a_system_message_that_is_refused_opens_the_first_user_message(server):
    body = requests_of(1, **FULL)[0].body("m")
    negotiation = Negotiation()
    said = "takes no system message: it opens the first user message from here on"
    assert negotiation.learn(body, refusal_of(SYSTEM[server])) == said
    assert negotiation.adapted(body) == {**body, "messages": MERGED}


@pytest.mark.parametrize("what", TEACHES_NOTHING)
def test_a_refusal_of_something_else_teaches_nothing_and_changes_nothing(what):
    body = requests_of(1, **FULL)[0].body("m")
    negotiation = Negotiation()
    assert negotiation.learn(body, TEACHES_NOTHING[what][2].decode("utf-8", "replace")) == ""
    assert negotiation.adapted(body) == body
    assert negotiation.omits(body) == ()


def test_an_echo_of_the_request_in_a_refusal_is_not_what_is_refused():
    body = requests_of(1, **FULL)[0].body("m")
    detail = [{"type": "extra_forbidden", "loc": ["body", "top_p"], "msg": "Extra inputs", "input": body}]
    negotiation = Negotiation()
    assert "'top_p'" in negotiation.learn(body, json.dumps({"detail": detail}))


@pytest.mark.parametrize("form", [*FORMS, lambda name: SYSTEM["o1"]])
def test_what_was_learnt_already_is_not_learnt_again(form):
    negotiation = Negotiation()
    body = requests_of(1, **FULL)[0].body("m")
    negotiation.learn(body, refusal_of(form("seed")))
    assert negotiation.learn(negotiation.adapted(body), refusal_of(form("seed"))) == ""


def test_a_lone_system_message_cannot_be_merged_and_teaches_nothing():
    body = {"messages": [{"role": "system", "content": "Write."}]}
    assert Negotiation().learn(body, "System role not supported") == ""


def test_a_body_is_not_changed_by_being_adapted():
    negotiation = Negotiation()
    body = requests_of(1, **FULL)[0].body("m")
    before = json.dumps(body)
    for form in (openai("seed"), openai("max_tokens"), SYSTEM["o1"]):
        negotiation.learn(body, refusal_of(form))
    assert negotiation.adapted(body) != body
    assert json.dumps(body) == before


def test_what_is_omitted_of_a_body_is_what_it_holds():
    negotiation = Negotiation()
    negotiation.learn({"messages": [], "seed": 1, "stop": []}, refusal_of(openai("stop")))
    assert negotiation.omits({"messages": [], "seed": 1}) == ()


def picky(*refused, form=openai, system=None):
    """A server that refuses these parameters, and by `system` a system message, one at a time."""

    def reply(number, body):
        for name in refused:
            if name in body:
                return form(name)
        if system and body["messages"][0]["role"] == "system":
            return system
        return f"text {body.get('seed', number)}"

    return reply


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["seed", "stop", "top_p", "temperature", "max_tokens"])
def test_a_server_that_refuses_a_parameter_is_asked_once_with_it_and_told_of_once(tmp_path, form, name):
    told = []
    recording = Recording(tmp_path / "a.jsonl", "missing")
    with (
        serving(picky(name, form=form)) as (url, came),
        client_of(url, recording, concurrency=1, notice=told.append) as client,
    ):
        client.complete(requests_of(3, **FULL))
        client.complete(requests_of(3, first=3, **FULL))
    assert [name in body for body in came.bodies] == [True] + [False] * 6
    assert len(told) == 1
    assert told[0].startswith("generator m ")
    assert name in told[0]
    assert "\n" not in told[0]


def test_a_server_that_refuses_nearly_everything_is_learnt_step_by_step(tmp_path):
    told = []
    recording = Recording(tmp_path / "a.jsonl", "missing")
    server = picky("seed", "stop", "top_p", "temperature", "max_tokens", system=SYSTEM["Gemma on vLLM"])
    with serving(server) as (url, came), client_of(url, recording, concurrency=1, notice=told.append) as client:
        client.complete(requests_of(4, **FULL))
    sent = {"model": "m", "messages": MERGED, "max_completion_tokens": 40}
    assert came.bodies[6:] == [{**sent, "frequency_penalty": 0.1, "presence_penalty": 0.1}] * 4
    assert len(told) == 6


def test_many_at_once_learn_one_thing_once(tmp_path):
    told, first = [], threading.Barrier(16)

    def reply(number, body):
        if number < 16:  # all are refused together
            first.wait(timeout=60)
        return picky("seed")(number, body)

    recording = Recording(tmp_path / "a.jsonl", "missing")
    with serving(reply) as (url, came), client_of(url, recording, concurrency=16, notice=told.append) as client:
        client.complete(requests_of(40))
    assert len(told) == 1
    assert len(came) == 56


@pytest.mark.parametrize("concurrency", [1, 16])
def test_the_recording_names_what_was_omitted_of_every_answer(tmp_path, concurrency):
    recording = Recording(tmp_path / "a.jsonl", "missing")
    server = picky("seed", "stop", "max_tokens")
    with serving(server) as (url, _), client_of(url, recording, concurrency=concurrency) as client:
        client.complete(requests_of(20, **FULL))
    assert [one["omitted"] for one in entries_in(recording.path).values()] == [["seed", "stop"]] * 20


def test_a_refusal_counts_as_a_request_sent(tmp_path):
    recording = Recording(tmp_path / "a.jsonl", "missing")
    with serving(picky("seed", "stop")) as (url, came), client_of(url, recording, concurrency=1) as client:
        client.complete(requests_of(3, **FULL))
    assert recording.usage().requests == len(came) == 5
    assert entries_in(recording.path)[0]["retries"] == 2


def test_a_recording_made_without_what_was_refused_replays_without_the_server(tmp_path):
    recording = Recording(tmp_path / "a.jsonl", "missing")
    server = picky("seed", "stop", "max_tokens", system=SYSTEM["Gemma on vLLM"])
    asked = requests_of(5, **FULL)
    with serving(server) as (url, _), client_of(url, recording) as client:
        made = client.complete(asked)
    recording.save()
    with client_of("http://127.0.0.1:9/v1", Recording(recording.path)) as client:
        assert texts_of(client.complete(asked)) == texts_of(made)
    stored = {one["key"] for one in entries_in(recording.path).values()}
    assert stored == {key(*ENDPOINT, request.body("m"), request.sample) for request in asked}


@pytest.mark.parametrize("what", TEACHES_NOTHING)
def test_a_refusal_that_teaches_nothing_is_one_line_and_is_sent_once(tmp_path, what):
    recording, told = Recording(tmp_path / "a.jsonl", "missing"), []
    with (
        serving(lambda number, body: TEACHES_NOTHING[what]) as (url, came),
        client_of(url, recording, concurrency=1, retries=2, notice=told.append) as client,
        pytest.raises(
            GeneratorError, match=r"generator m at .* answered (400|422) \(.*\); .*answers so far are kept$"
        ) as e,
    ):
        client.complete(requests_of(3, **FULL))
    assert "\n" not in str(e.value)
    assert len(came) == 2  # the second is harmless, and refused as well
    assert told == []


def test_a_refusal_that_goes_on_after_all_was_learnt_is_one_line(tmp_path):
    recording = Recording(tmp_path / "a.jsonl", "missing")
    with (
        serving(lambda number, body: openai("seed")) as (url, came),
        client_of(url, recording, concurrency=1) as client,
        pytest.raises(GeneratorError, match="answered 400"),
    ):
        client.complete(requests_of(1))
    assert len(came) == 3  # with seed, without, and a harmless one


def test_an_answer_with_a_system_message_in_it_teaches_nothing(tmp_path):
    recording = Recording(tmp_path / "a.jsonl", "missing")
    with (
        serving(lambda number, body: answer_of("The system role is not supported.")) as (url, came),
        client_of(url, recording) as client,
    ):
        client.complete(requests_of(2))
    assert [body["messages"] for body in came.bodies] == [list(MESSAGES)] * 2
