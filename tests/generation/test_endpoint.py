"""The line to a generator, against a real server on loopback that fails in every way a server can fail."""

import asyncio
import gzip
import json
import os
import signal
import socket
import threading
import time

import pytest

from clients import MESSAGES, client_of, entries_in, requests_of, samples_in, texts_of
from servers import Fault, answer_of, error_of, serving, stream_of, text_of
from synthworth.generation.generator import Generator, GeneratorError, Price
from synthworth.generation.generator.settings import ServerSettings
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

    def on_answer(*_):
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
    room, lock, turned_away = 4, threading.Lock(), threading.Event()

    def reply(number, body):
        nonlocal room
        with lock:
            admitted = room > 0
            room -= admitted
        if not admitted:
            turned_away.set()
            return error_of(429, **SOON)
        assert turned_away.wait(60)  # the first four are answered once another came
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


NO_COMPLETION = r"answered with something that is not a chat completion \({}.*\); is this the right base URL\?"
FAULTS = {
    "401": (error_of(401, "Incorrect API key"), r"answered 401 \(Incorrect API key\); check OPENAI_API_KEY"),
    "402": (error_of(402, "No credit"), r"answered 402 \(No credit\); no credit is left: check the plan and"),
    "403": (error_of(403), "answered 403 .*; check OPENAI_API_KEY and what it may use"),
    "404": (error_of(404), "answered 404 .*; check the model's name and that the base URL ends in /v1"),
    "404 in HTML": ((404, {"content-type": "text/html"}, HTML.encode()), "answered 404 .*Sign in.*; check the model's"),
    "404 as Ollama says it": ((404, {}, b'{"error": "model \'m\' not found"}'), "answered 404 .*'m' not found"),
    "400": (error_of(400, "too long"), r"answered 400 \(too long\); the generator refuses what the task asks of it"),
    "422": (
        text_of(422, "no\nsuch thing"),
        r"answered 422 \(no such thing\); the generator refuses what is asked of it: check its name",
    ),
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
    "an empty body": ((200, {}, b""), NO_COMPLETION.format("application/json: nothing")),
    "wrong content type": (text_of(200, "fine"), NO_COMPLETION.format("text/plain: fine")),
    "a stream": (stream_of("a b"), NO_COMPLETION.format("text/event-stream: data: ")),
    "JSON that is no completion": ((200, {}, b'{"status": "ok"}'), NO_COMPLETION.format("application/json: ")),
    "an error with 200": (
        (200, {}, b'{"error": {"message": "overloaded"}}'),
        r"answered 200 with an error \(overloaded\); wait, or",
    ),
    "a JSON list": ((200, {}, b"[1, 2]"), NO_COMPLETION.format("application/json: ")),
    "JSON without end": ((200, {}, b"[" * 10**5), NO_COMPLETION.format("application/json: ")),
    "no choice": ((200, {}, b'{"choices": []}'), NO_COMPLETION.format("application/json: ")),
    "an empty choice": ((200, {}, b'{"choices": [{"message": null}]}'), NO_COMPLETION.format("application/json: ")),
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
        pytest.raises(GeneratorError, match=r"generator m cannot be reached \(the base URL .+\); check the base URL"),
    ):
        client.complete(requests_of(1))


def test_a_server_that_never_answers_is_one_line_that_says_why(tmp_path):
    over = threading.Event()
    with serving(lambda number, body: over.wait(timeout=60) and Fault.HANG_UP) as (url, _):
        line = rf"m at {url} does not answer \(no whole answer within 0.2 s\); lower --synth-concurrency if"
        hasty = Generator(name="m", line=ServerSettings(timeout_s=0.2))
        with (
            client_of(url, recording_of(tmp_path), generator=hasty) as client,
            pytest.raises(GeneratorError, match=line),
        ):
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
        assert client._endpoint._background.pending() == set()


def test_neither_key_nor_base_url_is_one_line_that_says_so(tmp_path, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    line = r"generator m at https://api\.openai\.com/v1 needs a key; set OPENAI_API_KEY, or name a server: --synth-gen"
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
    assert "at http://127.0.0.1:" in str(raised.value)
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
    line = rf"generator m at .* was not asked again, to stay within the budget of {most}.* {budget}: [\d.]+ spent, the"
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


def answers_after(seed, other):
    """Replies by `other` to that seed, once all workers wait for an answer; to the rest with a text, a bit later."""
    under_way, failed = threading.Barrier(4), threading.Event()

    def reply(number, body):
        under_way.wait(timeout=60)
        if body["seed"] == seed:
            failed.set()
            return other
        failed.wait(timeout=60)
        time.sleep(0.1)
        return f"text {body['seed']}"

    return reply


FATAL = {
    "401": (error_of(401, "Incorrect API key"), "answered 401"),
    "402": (error_of(402, "pay"), "no credit is left"),
    "429 far": (error_of(429, "later", **{"retry-after": "3600"}), "it asks to wait 3,600 s: run again then"),
}


@pytest.mark.parametrize("fault", FATAL)
def test_answers_under_way_at_a_fault_that_ends_the_run_are_kept(tmp_path, fault):
    reply, line = FATAL[fault]
    recording = recording_of(tmp_path)
    with serving(answers_after(2, reply)) as (url, came):
        limits = {"concurrency": 4, "retries": 8}
        with client_of(url, recording, **limits) as client, pytest.raises(GeneratorError, match=line):
            client.complete(requests_of(40))
    assert len(came) == 4
    assert samples_in(recording.path) == [0, 1, 3]


NO_CREDIT = {
    "OpenAI": error_of(429, "You exceeded your current quota, please check your plan"),
    "Anthropic": error_of(400, "Your credit balance is too low to access the API"),
    "DeepSeek": error_of(402, "Insufficient Balance"),
    "200": (200, {}, b'{"error": {"message": "Insufficient credits", "code": 402}}'),
}
NO_CREDIT["OpenAI"] = (429, {}, NO_CREDIT["OpenAI"][2].replace(b'"code": null', b'"code": "insufficient_quota"'))


@pytest.mark.parametrize("server", NO_CREDIT)
def test_an_account_without_credit_is_said_at_once(tmp_path, server):
    with (
        serving(lambda number, body: NO_CREDIT[server]) as (url, came),
        client_of(url, recording_of(tmp_path), retries=8, concurrency=1) as client,
        pytest.raises(GeneratorError, match="; no credit is left: check the plan and the billing of the account;"),
    ):
        client.complete(requests_of(5))
    assert len(came) == 1


def test_the_first_time_that_a_request_is_sent_again_is_told_and_only_that(tmp_path):
    said = []
    overloaded = (200, {}, b'{"error": {"message": "overloaded\\u001b[31m", "code": 503}}')
    with (
        serving(lambda number, body: overloaded if number < 6 else "fine") as (url, came),
        client_of(url, recording_of(tmp_path), retries=8, concurrency=1, notice=said.append) as client,
    ):
        client.complete(requests_of(2))
    assert said == [f"generator m at {url} answered 200 with an error (overloaded\\x1b[31m); it is asked again"]
    assert len(came) == 8


def test_a_server_that_is_silent_is_told_of(tmp_path, monkeypatch):
    monkeypatch.setattr("synthworth.generation.generator.endpoint.SILENCE_S", 0.05)
    said, told = [], threading.Event()

    def notice(line):
        said.append(line)
        told.set()

    with (
        serving(lambda number, body: told.wait(timeout=60) and "fine") as (url, _),
        client_of(url, recording_of(tmp_path), notice=notice) as client,
    ):
        client.complete(requests_of(1))
    assert said == [f"generator m at {url} has not answered for 0.05 s; it has 600 s for each answer"]


FILTERED = {
    "Azure": (400, b'{"error": {"code": "content_filter", "message": "The response was filtered", "status": 400}}'),
    "OpenAI": (400, b'{"error": {"code": "content_policy_violation", "message": "flagged", "param": null}}'),
    "OpenRouter": (403, b'{"error": {"code": 403, "message": "flagged", "metadata": {"reasons": ["violence"]}}}'),
    "DeepSeek": (400, b'{"error": {"message": "Content Exists Risk", "type": "invalid_request_error", "code": null}}'),
    "Alibaba": (400, b'{"error": {"code": "data_inspection_failed", "message": "Input data may contain"}}'),
    "too long": (400, b'{"error": {"message": "maximum context length is 4096 tokens, you requested 5000"}}'),
    "text": (422, b"not that"),
}


@pytest.mark.parametrize("server", FILTERED)
def test_a_request_that_the_server_always_refuses_is_an_answer_that_is_rejected_and_the_run_goes_on(tmp_path, server):
    status, content = FILTERED[server]
    recording, said = recording_of(tmp_path), []

    def reply(number, body):
        refused = body["seed"] % 5 == 0 and body["messages"] == list(MESSAGES)
        return (status, {}, content) if refused else f"text {body['seed']}"

    with serving(reply) as (url, came):
        with client_of(url, recording, concurrency=1, notice=said.append) as client:
            made = client.complete(requests_of(12))
            assert client.complete(requests_of(12)) == made
        before = len(came)
        recording.save()
        with client_of(url, Recording(recording.path, "missing")) as client:
            assert client.complete(requests_of(12)) == made
        assert len(came) == before <= 12 + 3
    assert [one.ending == "rejected" for one in made] == [i % 5 == 0 for i in range(12)]
    assert texts_of(made) == ["" if i % 5 == 0 else f"text {i}" for i in range(12)]
    assert len(said) == 1
    assert said[0].startswith(f"generator m at {url} refuses a request (")
    assert samples_in(recording.path) == list(range(12))


BROKEN = {
    "the same": error_of(400, "no model is loaded"),
    "an error with 200": (200, {}, b'{"error": {"message": "no model is loaded"}}'),
    "a page": text_of(200, HTML, "text/html"),
    "401": error_of(401),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_server_that_answers_no_harmless_request_either_rejects_nothing(tmp_path, how):
    recording = recording_of(tmp_path)

    def reply(number, body):
        if number <= 3:
            return "fine"
        return error_of(400, "no model is loaded") if body["messages"] == list(MESSAGES) else BROKEN[how]

    with (
        serving(reply) as (url, _),
        client_of(url, recording, concurrency=1) as client,
        pytest.raises(GeneratorError, match="answered 400"),
    ):
        client.complete(requests_of(9))
    assert samples_in(recording.path) == [0, 1, 2, 3]


def test_what_a_server_says_moves_no_cursor(tmp_path):
    text = "\x1b[2J\x1b]0;title\x07bell \u202e\u200b\x9b31m"
    with (
        serving(lambda number, body: error_of(404, text)) as (url, _),
        client_of(url, recording_of(tmp_path)) as client,
        pytest.raises(GeneratorError, match="answered 404") as raised,
    ):
        client.complete(requests_of(1))
    assert str(raised.value).isprintable()


def test_questions_are_answered_inside_of_a_running_event_loop(tmp_path):
    async def notebook(url):
        with client_of(url, recording_of(tmp_path)) as client:
            return texts_of(client.complete(requests_of(3)))

    with serving() as (url, _):
        assert asyncio.run(notebook(url)) == ["text 0", "text 1", "text 2"]


MISCOUNTED = [-1, -(10**9), 1e30, 7.5, True, "7", [], {}, None, 10**18]


@pytest.mark.parametrize("count", MISCOUNTED, ids=repr)
@pytest.mark.parametrize("field", ["prompt_tokens", "completion_tokens"])
def test_a_count_of_tokens_that_is_none_is_unknown_and_the_budget_counts_its_own_bound(tmp_path, field, count):
    answer = json.loads(WHOLE)
    answer["usage"] = {"prompt_tokens": 1, "completion_tokens": 1, field: count}
    bound = sum(len(message["content"]) + 16 for message in MESSAGES) + 40
    recording = recording_of(tmp_path)
    with (
        serving(lambda number, body: (200, {}, json.dumps(answer).encode())) as (url, came),
        client_of(url, recording, budget_tokens=10 * bound, concurrency=1) as client,
        pytest.raises(GeneratorError, match="to stay within the budget"),
    ):
        client.complete(requests_of(1000))
    assert 9 <= len(came) < 50  # as many as if the unknown half were as large as it may be
    usage = recording.usage()
    assert {usage.prompt_tokens, usage.completion_tokens} == {0, len(came)}


@pytest.mark.parametrize("usage", [None, [], "none", 3, {"prompt_tokens": float("inf")}], ids=repr)
def test_an_answer_whose_usage_is_none_is_read(tmp_path, usage):
    answer = json.dumps(json.loads(WHOLE) | {"usage": usage}).encode()
    with (
        serving(lambda number, body: (200, {}, answer)) as (url, came),
        client_of(url, recording_of(tmp_path)) as client,
    ):
        assert texts_of(client.complete(requests_of(1))) == ["x"]
    assert len(came) == 1


CONTENTS = {
    "parts": ({"content": [{"type": "text", "text": "a "}, {"type": "text", "text": "b"}]}, "a b", ""),
    "a part without text": ({"content": [{"type": "text"}]}, "", ""),
    "parts that are texts": ({"content": ["a", "b"]}, "ab", ""),
    "an image": ({"content": [{"type": "image_url", "image_url": {}}, {"type": "text", "text": "a"}]}, "a", ""),
    "a refusal": ({"content": None, "refusal": "I cannot"}, "", "I cannot"),
    "a refusal among parts": ({"content": [{"type": "refusal", "refusal": "I cannot"}]}, "", "I cannot"),
    "nothing": ({"content": None}, "", ""),
    "no content": ({"role": "assistant"}, "", ""),
}


@pytest.mark.parametrize("form", CONTENTS)
def test_an_answer_is_read_in_each_form_that_servers_give_it(tmp_path, form):
    message, text, refusal = CONTENTS[form]
    answer = json.dumps({"choices": [{"message": message, "finish_reason": "stop"}]}).encode()
    recording = recording_of(tmp_path)
    with serving(lambda number, body: (200, {}, answer)) as (url, came), client_of(url, recording) as client:
        (made,) = client.complete(requests_of(1))
    recording.save()
    assert (made.text, made.refusal, len(came)) == (text, refusal, 1)
    assert Recording(recording.path).find(requests_of(1)[0].body("m"), 0) == made


@pytest.mark.parametrize("reason", ["error", "content_filter", "max_tokens", "length", "SAFETY", None, ""])
def test_why_an_answer_ended_is_kept_in_the_server_s_words(tmp_path, reason):
    with (
        serving(lambda number, body: answer_of("x", finish_reason=reason)) as (url, _),
        client_of(url, recording_of(tmp_path)) as client,
    ):
        assert [one.finish_reason for one in client.complete(requests_of(1))] == [reason or ""]


def test_an_interrupt_says_how_to_go_on_and_keeps_what_has_come(tmp_path):
    recording = recording_of(tmp_path)

    def reply(number, body):
        if number == 3:
            signal.raise_signal(signal.SIGINT)
            time.sleep(0.2)
        return f"text {body['seed']}"

    with (
        serving(reply) as (url, _),
        client_of(url, recording, concurrency=1) as client,
        pytest.raises(KeyboardInterrupt, match="answers so far are kept: run the same command to go on"),
    ):
        client.complete(requests_of(9))
    assert samples_in(recording.path) == [0, 1, 2]
