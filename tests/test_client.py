"""The client against a real server on loopback that fails in every way a server can fail."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmark.completion import Request
from benchmark.generator import Client, Generator, GeneratorError
from benchmark.recording import Recording
from benchmark.recording.store import Store

JSON = "application/json"
ALL = 200


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True

    def handle_error(self, *_):
        """Nothing: a client that is killed drops its connections."""


@contextlib.contextmanager
def serving(reply=None):
    """A real server that answers request number n by `reply(n, sample)`: status, headers, bytes.

    Yields its base URL and the requests that came, each as its headers and body. None hangs up, "reset" resets.
    """
    came, lock = [], threading.Lock()
    reply = reply or (lambda number, sample: answer_of(f"text {sample}"))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with lock:
                number = len(came)
                came.append(({name.lower(): value for name, value in self.headers.items()}, body))
            made = reply(number, int(self.headers["x-synth-sample"]))
            if made is None or made == "reset":
                if made == "reset":
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
                return
            status, headers, data = made
            self.send_response(status)
            for name, value in {"content-type": JSON, "content-length": str(len(data)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(ConnectionError):
                self.wfile.write(data)

        def log_message(self, *_):
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1", came
        finally:
            server.shutdown()
            thread.join()


def answer_of(text, status=200, **headers):
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    answer = {"id": "x", "object": "chat.completion", "created": 0, "model": "m-1", "choices": [choice]}
    return status, headers, json.dumps(answer).encode()


def error_of(status, message="it does not work", **headers):
    return status, headers, json.dumps({"error": {"message": message, "type": "t", "code": "c"}}).encode()


def requests_of(count, first=0):
    message = {"role": "user", "content": "Write the planted text."}
    return [
        Request(messages=(message,), parameters={"temperature": 0.7}, sample=i, label="a")
        for i in range(first, first + count)
    ]


def client_of(url, recording, **options):
    options = {"missing": lambda absent, wanted: LookupError(f"{absent} of {wanted}"), "retries": 0, **options}
    return Client(Generator(name="m", base_url=url), recording, connect=lambda: url, **options)


def texts_of(completions):
    return [completion.text for completion in completions]


def kept_in(path):
    return sorted(one["sample"] for one in Store(path).entries.values())


def test_a_generator_is_a_name_or_a_name_at_a_base_url():
    assert Generator.parse("m") == Generator(name="m", base_url=None)
    assert Generator.parse("a/m:free@https://b.example/v1") == Generator(
        name="a/m:free", base_url="https://b.example/v1"
    )


@pytest.mark.parametrize("text", ["", "@", "m@", "@http://127.0.0.1/v1", "m@127.0.0.1:8000", "m@ftp://a/v1"])
def test_a_generator_that_is_neither_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match=r"give NAME or NAME@BASE_URL, as in qwen3-8b@http://"):
        Generator.parse(text)


def test_50_samples_of_one_request_stay_apart_on_replay(tmp_path):
    with serving(lambda number, sample: answer_of(f"{sample} came as {number}")) as (url, came):
        recording = Recording(tmp_path / "a.jsonl", "missing")
        first = client_of(url, recording, concurrency=16).complete(requests_of(50))
        recording.save()
    assert sorted(int(headers["x-synth-sample"]) for headers, _ in came) == list(range(50))
    assert len({json.dumps(body) for _, body in came}) == 1
    assert [text.split()[0] for text in texts_of(first)] == [str(i) for i in range(50)]
    replayed = client_of(url, Recording(tmp_path / "a.jsonl")).complete(requests_of(50))
    assert replayed == first


def test_what_is_sent_is_the_model_the_messages_and_the_parameters(tmp_path):
    with serving() as (url, came):
        client_of(url, Recording(tmp_path / "a.jsonl", "missing")).complete(requests_of(1))
    messages = [{"role": "user", "content": "Write the planted text."}]
    assert came[0][1] == {"model": "m", "messages": messages, "temperature": 0.7}


def test_no_more_requests_are_under_way_than_the_concurrency(tmp_path):
    under_way, most, lock, full = 0, 0, threading.Lock(), threading.Barrier(4)

    def reply(number, sample):
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        full.wait(timeout=60)  # every answer waits until 4 are under way
        with lock:
            under_way -= 1
        return answer_of("x")

    with serving(reply) as (url, _):
        client_of(url, Recording(tmp_path / "a.jsonl", "missing"), concurrency=4).complete(requests_of(20))
    assert most == 4


def test_only_what_is_missing_is_asked_for(tmp_path):
    with serving() as (url, came):
        recording = Recording(tmp_path / "a.jsonl", "missing")
        client = client_of(url, recording)
        client.complete(requests_of(10))
        found = client.complete(requests_of(15))
    assert len(came) == 15
    assert texts_of(found) == [f"text {i}" for i in range(15)]


def test_replay_opens_no_connection_and_asks_for_no_address(tmp_path):
    with serving() as (url, came):
        recording = Recording(tmp_path / "a.jsonl", "missing")
        client_of(url, recording).complete(requests_of(3))
        recording.save()
        before = len(came)
        client = Client(Generator(name="m"), Recording(tmp_path / "a.jsonl"), connect=pytest.fail, missing=pytest.fail)
        assert texts_of(client.complete(requests_of(3))) == ["text 0", "text 1", "text 2"]
    assert len(came) == before


def test_a_miss_in_mode_none_is_the_callers_error_with_both_numbers_and_writes_nothing(tmp_path):
    with serving() as (url, came), pytest.raises(LookupError, match="3 of 3"):
        client_of(url, Recording(tmp_path / "a.jsonl")).complete(requests_of(3))
    assert not came
    assert list(tmp_path.iterdir()) == []


def test_mode_all_asks_for_each_again_once(tmp_path):
    with serving(lambda number, sample: answer_of(f"{sample} came as {number}")) as (url, came):
        first = Recording(tmp_path / "a.jsonl", "missing")
        client_of(url, first).complete(requests_of(5))
        first.save()
        again = Recording(tmp_path / "a.jsonl", "all")
        made = client_of(url, again, concurrency=1).complete(requests_of(5))
        same = client_of(url, again, concurrency=1).complete(requests_of(5))
        again.save()
    assert len(came) == 10
    assert texts_of(made) == texts_of(same) == [f"{i} came as {5 + i}" for i in range(5)]
    replayed = client_of(url, Recording(tmp_path / "a.jsonl")).complete(requests_of(5))
    assert replayed == made


def test_another_base_url_replays_the_same_answers(tmp_path):
    with serving() as (url, _):
        recording = Recording(tmp_path / "a.jsonl", "missing")
        client_of(url, recording).complete(requests_of(2))
    elsewhere = client_of("https://elsewhere.invalid/base/v1", Recording(tmp_path / "a.jsonl"))
    assert texts_of(elsewhere.complete(requests_of(2))) == ["text 0", "text 1"]


def test_each_answer_is_reported_once(tmp_path):
    reported = []
    with serving() as (url, _):
        recording = Recording(tmp_path / "a.jsonl", "missing")
        client_of(url, recording, on_answer=lambda: reported.append(1)).complete(requests_of(7))
    assert len(reported) == 7


HTML = b"<!doctype html><title>Sign in</title>"
WHOLE = answer_of("x")[2]
FAULTS = {
    "401": (error_of(401, "Incorrect API key"), r"answered 401 \(.*Incorrect API key.*\); check OPENAI_API_KEY"),
    "403": (error_of(403), "answered 403 .*; check OPENAI_API_KEY and what it may use"),
    "404": (error_of(404), "answered 404 .*; check the model's name and that the base URL ends in /v1"),
    "404 in HTML": ((404, {"content-type": "text/html"}, HTML), "answered 404 .*; check the model's name"),
    "429": (error_of(429, "Rate limit"), r"answered 429 \(.*Rate limit.*\); wait, or lower --synth-concurrency"),
    "500": (error_of(500), "answered 500 .*; see the server's log, then run the same command again"),
    "dropped connection": (None, "cannot be reached .*disconnected.*; start it, or check the base URL"),
    "reset connection": ("reset", r"cannot be reached \(.+\); start it, or check the base URL"),
    "HTML": ((200, {"content-type": "text/html"}, HTML), "no chat completion; is this the right base URL"),
    "truncated JSON": ((200, {}, WHOLE[:-30]), "did not answer with JSON .*; is this the right base URL"),
    "truncated body": (
        (200, {"content-length": "999", "connection": "close"}, WHOLE),
        r"cannot be reached \(.+\); start it",
    ),
    "empty body": ((200, {}, b""), "is this the right base URL"),
    "wrong content type": ((200, {"content-type": "text/plain"}, b"fine"), "no chat completion; is this the right"),
    "JSON that is no completion": ((200, {}, b'{"status": "ok"}'), "no chat completion; is this the right base URL"),
    "a JSON list": ((200, {}, b"[1, 2]"), "no chat completion; is this the right base URL"),
    "no choice": ((200, {}, b'{"choices": []}'), "no chat completion; is this the right base URL"),
    "an empty choice": ((200, {}, b'{"choices": [{"message": null}]}'), "no chat completion; is this the right"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_line_that_names_the_generator_and_what_to_do_and_keeps_what_was_answered(tmp_path, fault):
    answer, line = FAULTS[fault]
    with serving(lambda number, sample: answer if sample >= 5 else answer_of("fine")) as (url, _):
        recording = Recording(tmp_path / "a.jsonl", "missing")
        with pytest.raises(GeneratorError, match=line) as raised:
            client_of(url, recording, concurrency=1).complete(requests_of(8))
    assert str(raised.value).startswith(f"generator m at {url} ")
    assert "\n" not in str(raised.value)
    assert kept_in(recording.path) == [0, 1, 2, 3, 4]


def test_a_server_that_is_not_there_is_one_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    with pytest.raises(GeneratorError, match=rf"m at {url} cannot be reached \(.+\); start it, or check the base URL"):
        client_of(url, Recording(tmp_path / "a.jsonl", "missing")).complete(requests_of(3))


def test_a_server_that_never_answers_is_one_line_that_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmark.generator.client.TIMEOUT_S", 0.2)
    over = threading.Event()
    with serving(lambda number, sample: over.wait(timeout=60) and None) as (url, _):
        try:
            with pytest.raises(GeneratorError, match=rf"m at {url} cannot be reached \(.+\); start it, or check"):
                client_of(url, Recording(tmp_path / "a.jsonl", "missing")).complete(requests_of(1))
        finally:
            over.set()


def test_a_429_with_retry_after_is_asked_again(tmp_path):
    def reply(number, sample):
        refused = number in (1, 2)
        return error_of(429, **{"retry-after": "0.01"}) if refused else answer_of(f"text {sample}")

    with serving(reply) as (url, came):
        recording = Recording(tmp_path / "a.jsonl", "missing")
        made = client_of(url, recording, retries=3, concurrency=1).complete(requests_of(4))
    assert texts_of(made) == [f"text {i}" for i in range(4)]
    assert len(came) == 6


def test_a_run_after_a_fault_asks_only_for_the_rest(tmp_path):
    broken = True
    with serving(lambda n, sample: error_of(500) if broken and sample >= 6 else answer_of("x")) as (url, came):
        with pytest.raises(GeneratorError):
            client_of(url, Recording(tmp_path / "a.jsonl", "missing"), concurrency=1).complete(requests_of(10))
        broken, before = False, len(came)
        client_of(url, Recording(tmp_path / "a.jsonl", "missing")).complete(requests_of(10))
    assert len(came) - before == 4


def test_neither_key_nor_base_url_is_one_line_that_says_so(tmp_path, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    client = client_of(None, Recording(tmp_path / "a.jsonl", "missing"))
    with pytest.raises(GeneratorError, match=r"generator m needs a key; set OPENAI_API_KEY, or name a server: --synth"):
        client.complete(requests_of(1))


def test_a_server_of_ones_own_needs_no_key(tmp_path, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with serving() as (url, _):
        made = client_of(url, Recording(tmp_path / "a.jsonl", "missing")).complete(requests_of(1))
    assert texts_of(made) == ["text 0"]


def test_a_key_is_sent_and_never_recorded(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted")
    with serving() as (url, came):
        recording = Recording(tmp_path / "a.jsonl", "missing")
        client_of(url, recording).complete(requests_of(3))
        files = [path.read_bytes() for path in tmp_path.iterdir()]
        recording.save()
    files += [path.read_bytes() for path in tmp_path.iterdir()]
    assert {headers["authorization"] for headers, _ in came} == {"Bearer sk-planted"}
    assert len(files) == 2
    assert all(b"text 0" in data and b"planted" not in data and b"127.0.0.1" not in data for data in files)


def test_no_task_of_the_event_loop_outlives_a_fault(tmp_path):
    left = []
    with serving(lambda number, sample: error_of(401)) as (url, _):
        client = client_of(url, Recording(tmp_path / "a.jsonl", "missing"), concurrency=8)

        async def send():
            try:
                await client._send([({"model": "m", "messages": [{"role": "user", "content": "x"}]}, 0)])
            finally:
                left.extend(asyncio.all_tasks() - {asyncio.current_task()})

        with pytest.raises(GeneratorError):
            asyncio.run(send())
    assert left == []


RECORD = """
import sys
from pathlib import Path
from benchmark.completion import Request
from benchmark.generator import Client, Generator
from benchmark.recording import Recording
url, path, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
client = Client(Generator(name="m", base_url=url), Recording(path, "missing"), connect=lambda: url, missing=ValueError)
message = {"role": "user", "content": "Write the planted text."}
client.complete([
    Request(messages=(message,), parameters={"temperature": 0.7}, sample=i, label="a") for i in range(count)
])
"""


def killed_when(reached, reply, path):
    """Records ALL answers in a process of its own, which is killed as soon as `reached` is set."""
    with serving(reply) as (url, _), subprocess.Popen([sys.executable, "-c", RECORD, url, path, str(ALL)]) as process:
        arrived = reached.wait(timeout=120)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert arrived
    assert process.returncode == -signal.SIGKILL


def resumed(path):
    """Completes the recording; the samples that this still asked for."""
    with serving() as (url, came):
        recording = Recording(path, "missing")
        client_of(url, recording).complete(requests_of(ALL))
        recording.save()
    assert kept_in(path) == list(range(ALL))
    return sorted(int(headers["x-synth-sample"]) for headers, _ in came)


@pytest.mark.parametrize("after", [1, 40, 150])
def test_kill_9_in_the_middle_loses_at_most_the_answers_in_flight(tmp_path, after):
    reached, over, answered = threading.Event(), threading.Event(), []

    def reply(number, sample):
        if number == after:
            reached.set()
        if number > after + 8:  # the recording must not end before it is killed
            over.wait(timeout=120)
            return None
        answered.append(sample)
        return answer_of(f"text {sample}")

    try:
        killed_when(reached, reply, tmp_path / "a.jsonl")
    finally:
        over.set()
    kept = kept_in(tmp_path / "a.jsonl")
    assert set(kept) <= set(answered)
    assert len(set(answered) - set(kept)) <= 16
    assert resumed(tmp_path / "a.jsonl") == sorted(set(range(ALL)) - set(kept))


def test_kill_9_keeps_every_answer_whose_worker_had_gone_on(tmp_path):
    reached, held, over, lock = threading.Event(), [], threading.Event(), threading.Lock()

    def reply(number, sample):
        if number < 60:
            return answer_of(f"text {sample}")
        with lock:
            held.append(sample)
            if len(held) == 16:  # all workers wait for an answer: each has its last one on disk
                reached.set()
        over.wait(timeout=120)
        return None

    try:
        killed_when(reached, reply, tmp_path / "a.jsonl")
    finally:
        over.set()
    assert len(kept_in(tmp_path / "a.jsonl")) == 60
    assert set(kept_in(tmp_path / "a.jsonl")).isdisjoint(held)
    assert len(resumed(tmp_path / "a.jsonl")) == ALL - 60
