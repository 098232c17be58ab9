"""The line to a generator, against a real server on loopback that fails in every way a server can fail."""

import asyncio
import gzip
import os
import socket
import threading
import time

import pytest

from clients import MESSAGES, client_of, entries_in, requests_of, samples_in, texts_of
from servers import Fault, answer_of, error_of, serving, stream_of, text_of
from synthworth.generation.generator import Generator, GeneratorError, Price
from synthworth.generation.recording import Recording, redacted

HTML = "<!doctype html><title>Sign in</title>"
WHOLE = answer_of("x")[2]
TRUNCATED = (200, {}, WHOLE[:-30])
NEVER_WHOLE = (200, {"content-length": "999", "connection": "close"}, WHOLE)
SOON = {"retry-after": "0.01"}


def recording_of(folder, mode="missing"):
    return Recording(folder / "a.jsonl", mode)


def redact(text):
    return redacted(text, os.environ)


def test_a_generator_is_a_name_or_a_name_at_a_base_url():
    assert Generator.parse("m") == Generator(name="m", base_url=None)
    assert Generator.parse("a/m:free@https://b.example/v1") == Generator(
        name="a/m:free", base_url="https://b.example/v1"
    )


@pytest.mark.parametrize("text", ["", "@", "m@", "@http://127.0.0.1/v1", "m@127.0.0.1:8000", "m@ftp://a/v1"])
def test_a_generator_that_is_neither_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match=r"give NAME or NAME@BASE_URL, as in qwen3-8b@http://"):
        Generator.parse(text)


def test_what_is_sent_is_the_model_the_messages_and_the_parameters(tmp_path):
    with serving() as (url, came), client_of(url, recording_of(tmp_path)) as client:
        client.complete(requests_of(1))
    sent = {"model": "m", "messages": list(MESSAGES), "temperature": 0.7, "max_tokens": 40, "seed": 0}
    assert came.bodies == [sent]


def test_nothing_of_ours_is_sent(tmp_path):
    plain = {"host", "accept", "accept-encoding", "connection", "content-length", "content-type", "user-agent"}
    with serving() as (url, came), client_of(url, recording_of(tmp_path)) as client:
        client.complete(requests_of(1))
    sent = came[0].headers
    assert {name for name in sent if not name.startswith("x-stainless-")} == plain | {"authorization"}
    assert "synth" not in str(sent)
    assert "01234567" not in str(came[0])  # the hash of a part of the prompt


def test_no_more_requests_are_under_way_than_the_concurrency(tmp_path):
    under_way, most, lock, full = 0, 0, threading.Lock(), threading.Barrier(4)

    def reply(number, body):
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        full.wait(timeout=60)  # every answer waits until 4 are under way
        with lock:
            under_way -= 1
        return "x"

    with serving(reply) as (url, _), client_of(url, recording_of(tmp_path), concurrency=4) as client:
        client.complete(requests_of(20))
    assert most == 4


def test_connections_are_used_again_over_rounds(tmp_path):
    with serving() as (url, came), client_of(url, recording_of(tmp_path), concurrency=4) as client:
        for round_ in range(10):
            client.complete(requests_of(4, first=4 * round_))
    assert len(came) == 40
    assert came.connections <= 4


@pytest.mark.parametrize("slow", [0, 1, 2])
def test_a_slow_answer_holds_up_no_other(tmp_path, slow):
    done, others = [], threading.Event()

    def reply(number, body):
        if body["seed"] == slow:
            others.wait(timeout=60)
        return f"text {body['seed']}"

    def on_answer():
        done.append(1)
        if len(done) == 11:  # all but the slow one
            others.set()

    recording = recording_of(tmp_path)
    with serving(reply) as (url, _), client_of(url, recording, concurrency=3, on_answer=on_answer) as client:
        made = client.complete(requests_of(12))
    assert others.is_set()
    assert texts_of(made) == [f"text {i}" for i in range(12)]


PASSING = {
    "429 with retry-after": error_of(429, **SOON),
    "429 without retry-after": error_of(429),
    "408": error_of(408, **SOON),
    "409": error_of(409, **SOON),
    "500": error_of(500, **SOON),
    "503 in HTML": (503, {"content-type": "text/html", **SOON}, HTML.encode()),
    "dropped connection": Fault.HANG_UP,
    "reset connection": Fault.RESET,
    "a body that breaks off": NEVER_WHOLE,
    "truncated JSON": TRUNCATED,
    "gzip that breaks off": (200, {"content-encoding": "gzip"}, gzip.compress(WHOLE)[:-12]),
    "HTML": text_of(200, HTML, "text/html"),
    "wrong content type": text_of(200, "fine"),
    "a stream": stream_of("not what was asked for"),
    "an empty body": (200, {}, b""),
    "an error with 200": (200, {}, b'{"error": {"message": "overloaded", "code": 502}}'),
}


@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_passes_is_asked_again_and_stored_as_a_retry(tmp_path, fault):
    def reply(number, body):
        return PASSING[fault] if number == 2 else f"text {body['seed']}"

    recording = recording_of(tmp_path)
    with serving(reply) as (url, came), client_of(url, recording, retries=2, concurrency=1) as client:
        made = client.complete(requests_of(4))
    assert texts_of(made) == [f"text {i}" for i in range(4)]
    assert len(came) == 5
    assert [one.get("retries", 0) for one in entries_in(recording.path).values()] == [0, 0, 1, 0]


def test_the_retries_of_all_kinds_are_counted_together(tmp_path):
    faults = [error_of(500, **SOON), TRUNCATED, error_of(429, **SOON), Fault.HANG_UP, text_of(200, HTML), "fine"]
    recording = recording_of(tmp_path)
    with serving(lambda number, body: faults[number]) as (url, came), client_of(url, recording, retries=3) as client:
        client.complete(requests_of(1))
    assert len(came) == 6
    assert entries_in(recording.path)[0]["retries"] == 5
    usage = recording.usage()
    assert (usage.requests, usage.retries) == (6, 5)


def test_a_retry_waits_as_long_as_the_server_asks(tmp_path):
    at = []

    def reply(number, body):
        at.append(time.monotonic())
        return "fine" if number else error_of(429, **{"retry-after": "1.5"})

    with serving(reply) as (url, _), client_of(url, recording_of(tmp_path), retries=1) as client:
        client.complete(requests_of(1))
    assert at[1] - at[0] >= 1.5


def test_a_server_that_admits_few_at_once_loses_nothing(tmp_path):
    room, lock = 4, threading.Lock()

    def reply(number, body):
        nonlocal room
        with lock:
            admitted = room > 0
            room -= admitted
        if not admitted:
            return error_of(429, **SOON)
        time.sleep(0.01)
        with lock:
            room += 1
        return f"text {body['seed']}"

    recording = recording_of(tmp_path)
    with serving(reply) as (url, came), client_of(url, recording, retries=1000, concurrency=8) as client:
        made = client.complete(requests_of(60))
    assert texts_of(made) == [f"text {i}" for i in range(60)]
    assert recording.usage().requests == len(came) > 60


def test_a_compressed_answer_is_recorded_unpacked(tmp_path):
    def reply(number, body):
        status, _, content = answer_of("naïve ☕")
        return status, {"content-encoding": "gzip"}, gzip.compress(content)

    recording = recording_of(tmp_path)
    with serving(reply) as (url, _), client_of(url, recording) as client:
        assert texts_of(client.complete(requests_of(1))) == ["naïve ☕"]
    assert entries_in(recording.path)[0]["response"]["text"] == "naïve ☕"


def test_no_compression_is_asked_for_that_a_recording_cannot_unpack(tmp_path):
    with serving() as (url, came), client_of(url, recording_of(tmp_path)) as client:
        client.complete(requests_of(1))
    assert came[0].headers["accept-encoding"] == "gzip"


NO_COMPLETION = r"answered with something that is no chat completion \({}.*\); is this the right base URL\?"
FAULTS = {
    "401": (error_of(401, "Incorrect API key"), r"answered 401 \(Incorrect API key\); check OPENAI_API_KEY"),
    "402": (error_of(402, "No credit"), r"answered 402 \(No credit\); see the server's log, then run again"),
    "403": (error_of(403), "answered 403 .*; check OPENAI_API_KEY and what it may use"),
    "404": (error_of(404), "answered 404 .*; check the model's name and that the base URL ends in /v1"),
    "404 in HTML": ((404, {"content-type": "text/html"}, HTML.encode()), "answered 404 .*Sign in.*; check the model's"),
    "404 as Ollama says it": ((404, {}, b'{"error": "model \'m\' not found"}'), "answered 404 .*'m' not found"),
    "400": (error_of(400, "too long"), r"answered 400 \(too long\); the generator refuses what the task asks of it"),
    "422": (text_of(422, "no\nsuch thing"), r"answered 422 \(no such thing\); see the server's log, then run again"),
    "429": (
        error_of(429, "Rate limit"),
        r"answered 429 \(Rate limit\); wait, or lower --synth-concurrency or --synth-r",
    ),
    "500": (error_of(500), "answered 500 .*; see the server's log, then run again"),
    "500 of many lines": (
        text_of(500, "Traceback\n  in\tline 1\n" * 99),
        r"answered 500 \(Traceback in line 1 .*\.\.\.",
    ),
    "dropped connection": (Fault.HANG_UP, r"cannot be reached \(.+\); start it, or check the base URL"),
    "reset connection": (Fault.RESET, r"cannot be reached \(.+\); start it, or check the base URL"),
    "a body that breaks off": (NEVER_WHOLE, r"cannot be reached \(.+\); start it, or check the base URL"),
    "HTML": (text_of(200, HTML, "text/html"), NO_COMPLETION.format("text/html: <!doctype html>")),
    "truncated JSON": (TRUNCATED, NO_COMPLETION.format("application/json: {")),
    "an empty body": ((200, {}, b""), NO_COMPLETION.format("application/json: ")),
    "wrong content type": (text_of(200, "fine"), NO_COMPLETION.format("text/plain: fine")),
    "a stream": (stream_of("a b"), NO_COMPLETION.format("text/event-stream: data: ")),
    "JSON that is no completion": ((200, {}, b'{"status": "ok"}'), NO_COMPLETION.format("application/json: ")),
    "an error with 200": ((200, {}, b'{"error": {"message": "overloaded"}}'), NO_COMPLETION.format(".*overloaded")),
    "a JSON list": ((200, {}, b"[1, 2]"), NO_COMPLETION.format("application/json: ")),
    "JSON without end": ((200, {}, b"[" * 10**5), NO_COMPLETION.format("application/json: ")),
    "no choice": ((200, {}, b'{"choices": []}'), NO_COMPLETION.format("application/json: ")),
    "an empty choice": ((200, {}, b'{"choices": [{"message": null}]}'), NO_COMPLETION.format("application/json: ")),
    "an endless number of tokens": (
        (200, {}, WHOLE.replace(b'"prompt_tokens": 7', b'"prompt_tokens": Infinity')),
        NO_COMPLETION.format("application/json: "),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_stays_is_one_line_that_names_the_generator_and_what_to_do_and_keeps_what_came(tmp_path, fault):
    answer, line = FAULTS[fault]
    recording = recording_of(tmp_path)
    with serving(lambda number, body: answer if body["seed"] >= 5 else "fine") as (url, came):
        with client_of(url, recording, concurrency=1) as client, pytest.raises(GeneratorError, match=line) as raised:
            client.complete(requests_of(8))
        assert {body["seed"] for body in came.bodies} == set(range(6))
    said = str(raised.value)
    assert said.startswith(f"generator m at {url} ")
    assert said.endswith("; answers so far are kept")
    assert "\n" not in said
    assert len(said) < 500
    assert samples_in(recording.path) == [0, 1, 2, 3, 4]


def test_a_server_that_is_not_there_is_one_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    line = rf"m at {url} cannot be reached \(.+\); start it, or check the base URL"
    with client_of(url, recording_of(tmp_path)) as client, pytest.raises(GeneratorError, match=line):
        client.complete(requests_of(3))


@pytest.mark.parametrize("url", ["http://127.0.0.1:port/v1", "http://[::1/v1", "http://"])
def test_a_base_url_that_is_none_is_one_line(tmp_path, url):
    with (
        client_of(url, recording_of(tmp_path)) as client,
        pytest.raises(GeneratorError, match=r"generator m at .* cannot be reached \(.+\); .*check the base URL"),
    ):
        client.complete(requests_of(1))


def test_a_server_that_never_answers_is_one_line_that_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr("synthworth.generation.generator.endpoint.TIMEOUT_S", 0.2)
    over = threading.Event()
    with serving(lambda number, body: over.wait(timeout=60) and Fault.HANG_UP) as (url, _):
        line = rf"m at {url} cannot be reached \(.*[Tt]ime.*\); start it, or check"
        with client_of(url, recording_of(tmp_path)) as client, pytest.raises(GeneratorError, match=line):
            client.complete(requests_of(1))
        over.set()


def test_a_run_after_a_fault_asks_only_for_the_rest(tmp_path):
    broken = True
    with serving(lambda n, body: error_of(500) if broken and body["seed"] >= 6 else "x") as (url, came):
        with client_of(url, recording_of(tmp_path), concurrency=1) as client, pytest.raises(GeneratorError):
            client.complete(requests_of(10))
        broken, before = False, len(came)
        with client_of(url, recording_of(tmp_path)) as client:
            client.complete(requests_of(10))
    assert sorted(body["seed"] for body in came.bodies[before:]) == [6, 7, 8, 9]


def test_nothing_more_is_sent_after_a_fault_that_stays(tmp_path):
    over = threading.Event()

    def reply(number, body):
        if body["seed"] == 5:
            return error_of(401)
        if body["seed"] > 5:  # holds the other workers until the fault is known
            over.wait(timeout=1)
        return "fine"

    with serving(reply) as (url, came):
        with client_of(url, recording_of(tmp_path), concurrency=4) as client, pytest.raises(GeneratorError):
            client.complete(requests_of(100))
        over.set()
        assert {body["seed"] for body in came.bodies} <= set(range(9))


def test_a_line_that_failed_once_can_be_used_again(tmp_path):
    with (
        serving(lambda number, body: error_of(500) if number == 0 else "fine") as (url, _),
        client_of(url, recording_of(tmp_path), concurrency=1) as client,
    ):
        with pytest.raises(GeneratorError):
            client.complete(requests_of(1))
        assert texts_of(client.complete(requests_of(2))) == ["fine", "fine"]


def test_no_task_of_the_event_loop_outlives_a_fault(tmp_path):
    with (
        serving(lambda number, body: error_of(401)) as (url, _),
        client_of(url, recording_of(tmp_path), concurrency=8) as client,
    ):
        with pytest.raises(GeneratorError):
            client.complete(requests_of(8))
        assert asyncio.all_tasks(client._endpoint._runner.get_loop()) == set()


def test_neither_key_nor_base_url_is_one_line_that_says_so(tmp_path, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    line = r"generator m needs a key; set OPENAI_API_KEY, or name a server: --synth-generator NAME@BASE_URL"
    with client_of(None, recording_of(tmp_path)) as client, pytest.raises(GeneratorError, match=line):
        client.complete(requests_of(1))


def test_a_server_of_ones_own_needs_no_key(tmp_path, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with serving() as (url, _), client_of(url, recording_of(tmp_path)) as client:
        assert texts_of(client.complete(requests_of(1))) == ["text 0"]


def test_a_key_is_sent_without_the_white_space_around_it_and_never_recorded(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "planted-planted\n")
    recording = recording_of(tmp_path)
    with serving() as (url, came), client_of(url, recording) as client:
        client.complete(requests_of(3))
    files = [path.read_bytes() for path in tmp_path.iterdir()]
    recording.save()
    files += [path.read_bytes() for path in tmp_path.iterdir()]
    assert {one.headers["authorization"] for one in came} == {"Bearer planted-planted"}
    assert len(files) == 2
    assert all(b"text 0" in data and b"planted-planted" not in data and b"127.0.0.1" not in data for data in files)


@pytest.mark.parametrize("key", ["clé-planted-planted", "two\nlines-planted"])
def test_a_key_that_no_header_can_hold_is_one_line_without_the_key(tmp_path, monkeypatch, key):
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with (
        serving() as (url, came),
        client_of(url, recording_of(tmp_path)) as client,
        pytest.raises(GeneratorError, match="needs another key; OPENAI_API_KEY holds characters") as raised,
    ):
        client.complete(requests_of(1))
    assert "planted" not in str(raised.value)
    assert not came


def test_the_password_in_a_base_url_is_sent_and_not_shown(tmp_path):
    with serving(lambda number, body: error_of(500)) as (url, came):
        url = url.replace("://", "://me:p%40ss:w0rd@")
        with client_of(url, recording_of(tmp_path), redact=redact) as client, pytest.raises(GeneratorError) as raised:
            client.complete(requests_of(1))
    assert came[0].headers["authorization"].startswith("Basic ")
    assert "at http://***@127.0.0.1:" in str(raised.value)
    assert "w0rd" not in str(raised.value)


def test_the_password_in_the_url_of_a_server_that_is_not_there_is_not_shown(tmp_path):
    url = "http://me:planted@127.0.0.1:9/v1"
    with client_of(url, recording_of(tmp_path), redact=redact) as client, pytest.raises(GeneratorError) as raised:
        client.complete(requests_of(1))
    assert "planted" not in str(raised.value)


@pytest.mark.parametrize("before", [0, 60, 63, 175, 180, 1000])
@pytest.mark.parametrize("reply", ["json", "html", "200"])
def test_a_key_that_the_server_quotes_is_not_shown_not_even_its_beginning(tmp_path, monkeypatch, reply, before):
    monkeypatch.setenv("OPENAI_API_KEY", "Planted/Planted/Planted")
    text = "x" * before + " not your key: Planted/Planted/Planted"
    answers = {"json": error_of(401, text), "html": text_of(401, text, "text/html"), "200": text_of(200, text)}
    with (
        serving(lambda number, body: answers[reply]) as (url, _),
        client_of(url, recording_of(tmp_path), redact=redact) as client,
        pytest.raises(GeneratorError, match=r"answered (401|with something that is no)") as raised,
    ):
        client.complete(requests_of(1))
    assert "Plant" not in str(raised.value)


def taken(client, requests):
    """How long it takes to ask: what a quota makes wait is waited for, on however busy a machine."""
    begun = time.monotonic()
    client.complete(requests)
    return time.monotonic() - begun


def test_requests_keep_to_the_quota_of_the_minute(tmp_path):
    with serving() as (url, came), client_of(url, recording_of(tmp_path), requests_per_minute=600) as client:
        assert taken(client, requests_of(16)) >= 15 / 10
    assert len(came) == 16


def test_retries_keep_to_the_quota_too(tmp_path):
    def reply(number, body):
        return "x" if number >= 8 else error_of(500, **{"retry-after": "0.001"})

    limits = {"requests_per_minute": 600, "retries": 9}
    with serving(reply) as (url, came), client_of(url, recording_of(tmp_path), **limits) as client:
        assert taken(client, requests_of(4)) >= 11 / 10
    assert len(came) == 12


def test_tokens_keep_to_the_quota_of_the_minute(tmp_path):
    each = sum(len(message["content"]) + 16 for message in MESSAGES) / 4 + 40
    with serving() as (url, came), client_of(url, recording_of(tmp_path), tokens_per_minute=12_000) as client:
        assert taken(client, requests_of(32)) >= (32 * each - 1200) / 200
    assert len(came) == 32


BUDGETS = {
    "tokens": ({"budget_tokens": 1000}, lambda tokens: tokens, 1000),
    "usd": ({"budget_usd": 0.005}, lambda tokens: tokens * 5e-6, 0.005),
}


@pytest.mark.parametrize("counts", [True, False], ids=["a server that counts", "a server that counts nothing"])
@pytest.mark.parametrize("concurrency", [1, 16])
@pytest.mark.parametrize("budget", BUDGETS)
def test_a_budget_is_never_passed_and_its_end_is_one_line(tmp_path, budget, concurrency, counts):
    limits, cost, most = BUDGETS[budget]
    price = Price(prompt=5.0, completion=5.0)
    bound = sum(len(message["content"]) + 16 for message in MESSAGES) + 40
    each = 50 if counts else bound
    recording = recording_of(tmp_path)
    tokens = (30, 20) if counts else None
    line = (
        rf"generator m at .* was not asked on, to stay within the budget of {most}.* {budget}: [\d.]+ spent, the next"
    )
    with (
        serving(lambda number, body: answer_of("x", tokens=tokens)) as (url, came),
        client_of(url, recording, concurrency=concurrency, price=price, **limits) as client,
        pytest.raises(GeneratorError, match=line) as raised,
    ):
        client.complete(requests_of(50))
    assert "raise --synth-budget and run the same command again; answers so far are kept" in str(raised.value)
    assert "\n" not in str(raised.value)
    assert cost(each * len(came)) <= most < cost(each * len(came) + bound)
    assert len(samples_in(recording.path)) == len(came)


def test_an_answer_that_is_none_is_taken_from_the_budget_too(tmp_path):
    recording = recording_of(tmp_path)
    bound = sum(len(message["content"]) + 16 for message in MESSAGES) + 40
    with (
        serving(lambda number, body: TRUNCATED) as (url, came),
        client_of(url, recording, budget_tokens=2 * bound) as client,
        pytest.raises(GeneratorError, match="to stay within the budget"),
    ):
        client.complete(requests_of(1))
    assert len(came) == 2
