"""vcrpy's own interface on our recordings, and what is let into one."""

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import openai
import pytest
from vcr.errors import CannotOverwriteExistingCassetteException

from benchmark.recording import Recording, UnreadableRecording
from benchmark.recording.cassette import SAMPLE_HEADER, deserialize, serialize, vcr
from benchmark.recording.store import Store, dumps, entry, key

PARAMETERS = {"model": "m", "messages": [{"role": "user", "content": "Write one."}], "temperature": 0.7}


@contextlib.contextmanager
def serving(status=200):
    """A real server that answers each request with its number; yields its base URL and the numbers."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            asked.append(len(asked))
            choice = {"message": {"role": "assistant", "content": f"answer {asked[-1]}"}, "finish_reason": "stop"}
            data = json.dumps({"id": "x", "model": "m-1", "choices": [choice]}).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("set-cookie", "session=planted")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1", asked
        finally:
            server.shutdown()
            thread.join()


def stored(path, samples):
    store = Store(path)
    for i in samples:
        answer = {"model": "m-1", "choices": [{"message": {"content": f"naïve {i}"}, "finish_reason": "stop"}]}
        store.append(entry(key("POST", "/chat/completions", PARAMETERS, i), PARAMETERS, i, answer))
    store.save()
    return path


def ask(url, sample, **changed):
    with openai.OpenAI(base_url=url, api_key="sk-planted", max_retries=0) as client:
        headers = {SAMPLE_HEADER: str(sample)}
        return client.chat.completions.create(**{**PARAMETERS, **changed}, extra_headers=headers)


def test_vcrpy_replays_our_recording_to_the_openai_client(tmp_path):
    stored(tmp_path / "task" / "zero_shot.jsonl", range(5))
    with vcr(tmp_path).use_cassette("task/zero_shot.jsonl"):
        texts = [ask("https://elsewhere.invalid/base/v1", i).choices[0].message.content for i in (4, 0, 2)]
    assert texts == ["naïve 4", "naïve 0", "naïve 2"]


def test_vcrpy_refuses_what_is_not_in_our_recording(tmp_path):
    stored(tmp_path / "a.jsonl", [0])
    with vcr(tmp_path).use_cassette("a.jsonl"), pytest.raises(CannotOverwriteExistingCassetteException):
        ask("https://elsewhere.invalid/v1", 0, temperature=0.8)


def test_vcrpy_does_not_take_a_damaged_recording_for_an_empty_one(tmp_path):
    path = stored(tmp_path / "a.jsonl", range(3))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UnreadableRecording), vcr(tmp_path).use_cassette("a.jsonl"):
        pass


def test_replaying_through_vcrpy_changes_no_byte(tmp_path):
    path = stored(tmp_path / "a.jsonl", range(5))
    before = path.read_bytes()
    with vcr(tmp_path).use_cassette("a.jsonl"):
        ask("https://elsewhere.invalid/v1", 3)
    assert path.read_bytes() == before


def test_serializing_what_was_deserialized_gives_the_same_text(tmp_path):
    text = stored(tmp_path / "a.jsonl", range(5)).read_text()
    assert serialize(deserialize(text)) == text


def test_what_vcrpy_records_in_our_format_is_what_we_record(tmp_path):
    with serving() as (url, _), vcr(tmp_path).use_cassette("theirs.jsonl", record_mode="once"):
        ask(url, 3)
    with serving() as (url, _), Recording(tmp_path / "ours.jsonl", "missing").recording():
        ask(url, 3)
    assert (tmp_path / "theirs.jsonl").read_text() == dumps(Store(tmp_path / "ours.jsonl").entries)


def test_neither_header_nor_cookie_nor_key_nor_prompt_is_recorded(tmp_path):
    with serving() as (url, _):
        recording = Recording(tmp_path / "a.jsonl", "missing")
        with recording.recording():
            ask(url, 0, messages=[{"role": "user", "content": "the planted prompt"}])
        before = (tmp_path / "a.jsonl.partial").read_bytes()
        recording.save()
    for found in (before, (tmp_path / "a.jsonl").read_bytes()):
        assert b"answer 0" in found
        assert b"planted" not in found
        assert b"127.0.0.1" not in found


def test_mode_missing_asks_for_the_same_sample_once(tmp_path):
    with serving() as (url, asked), Recording(tmp_path / "a.jsonl", "missing").recording():
        texts = [ask(url, i).choices[0].message.content for i in (0, 1, 0, 1)]
    assert texts == ["answer 0", "answer 1", "answer 0", "answer 1"]
    assert len(asked) == 2


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
def test_an_error_is_never_stored(tmp_path, status):
    with serving(status) as (url, _):
        recording = Recording(tmp_path / "a.jsonl", "missing")
        with recording.recording(), pytest.raises(openai.APIStatusError):
            ask(url, 0)
        recording.save()
    assert list(tmp_path.iterdir()) == []
