"""The client, its recording and a real server on loopback: what is asked for, and what is replayed."""

import random
import time

import pytest

from clients import client_of, requests_of, samples_in, samples_of_one_request, texts_of
from servers import serving
from synthworth.generation.generator import Client, Endpoint, Generator, Limits
from synthworth.generation.recording import Recording


def numbered(number, body):
    """A text that no other request gets, after a while of its own."""
    time.sleep(random.Random(number).uniform(0, 0.01))
    return f"came as {number}"


@pytest.fixture(scope="module")
def sampled(tmp_path_factory):
    """300 samples of one request, recorded through the client; 3,000 are in test_store, where they take no server."""
    path = tmp_path_factory.mktemp("sampled") / "a.jsonl"
    recording = Recording(path, "missing")
    with serving(numbered) as (url, came), client_of(url, recording, concurrency=32) as client:
        made = client.complete(samples_of_one_request(300))
    recording.save()
    assert [body == came[0].body for body in came.bodies] == [True] * 300
    return path, texts_of(made)


def test_300_samples_of_one_request_are_300_answers(sampled):
    _, texts = sampled
    assert sorted(texts) == sorted(f"came as {i}" for i in range(300))


@pytest.mark.parametrize("seed", range(3))
def test_each_sample_is_replayed_to_itself_in_any_order(sampled, seed):
    path, texts = sampled
    asked = samples_of_one_request(300)
    random.Random(seed).shuffle(asked)
    with client_of("http://127.0.0.1:9/v1", Recording(path)) as client:
        replayed = client.complete(asked)
    assert texts_of(replayed) == [texts[request.sample] for request in asked]


@pytest.mark.parametrize("concurrency", [1, 7, 64])
def test_each_request_has_its_own_answer_at_any_concurrency(tmp_path, concurrency):
    def reply(number, body):
        time.sleep(random.Random(number).uniform(0, 0.01))
        return f"text {body['seed']}"

    recording = Recording(tmp_path / "a.jsonl", "missing")
    with serving(reply) as (url, _), client_of(url, recording, concurrency=concurrency) as client:
        made = client.complete(requests_of(80))
    recording.save()
    with client_of(url, Recording(recording.path)) as client:
        replayed = client.complete(requests_of(80))
    assert texts_of(made) == texts_of(replayed) == [f"text {i}" for i in range(80)]


def test_only_what_is_missing_is_asked_for(tmp_path):
    with serving() as (url, came), client_of(url, Recording(tmp_path / "a.jsonl", "missing")) as client:
        client.complete(requests_of(10))
        found = client.complete(requests_of(15))
    assert sorted(body["seed"] for body in came.bodies) == list(range(15))
    assert texts_of(found) == [f"text {i}" for i in range(15)]


def test_a_changed_parameter_is_asked_for_and_the_rest_is_not(tmp_path):
    with serving() as (url, came), client_of(url, Recording(tmp_path / "a.jsonl", "missing")) as client:
        client.complete(requests_of(10))
        client.complete([*requests_of(9), *requests_of(1, first=9, temperature=0.8)])
    assert [body["temperature"] for body in came.bodies] == [0.7] * 10 + [0.8]


def test_replay_opens_no_connection_and_asks_for_no_address(tmp_path):
    recording = Recording(tmp_path / "a.jsonl", "missing")
    with serving() as (url, _), client_of(url, recording) as client:
        client.complete(requests_of(3))
    recording.save()
    endpoint = Endpoint(Generator(name="m"), Limits(), None, connect=lambda: pytest.fail("asked for the address"))
    client = Client(endpoint, Recording(recording.path), missing=LookupError)
    assert texts_of(client.complete(requests_of(3))) == ["text 0", "text 1", "text 2"]


def test_a_miss_in_mode_none_is_the_callers_error_about_all_that_is_missing_and_writes_nothing(tmp_path):
    recording = Recording(tmp_path / "a.jsonl", "missing")
    with serving() as (url, came):
        with client_of(url, recording) as client:
            client.complete(requests_of(2))
        recording.save()
        before, files = len(came), {path: path.read_bytes() for path in tmp_path.iterdir()}
        with client_of(url, Recording(recording.path)) as client, pytest.raises(LookupError) as raised:
            client.complete(requests_of(5))
    absent = [request.sample for _, request in raised.value.args[0]]
    assert absent == [2, 3, 4]
    assert len(came) == before
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == files


def test_mode_all_asks_for_each_again_once(tmp_path):
    path = tmp_path / "a.jsonl"
    with serving(lambda number, body: f"{body['seed']} came as {number}") as (url, came):
        first = Recording(path, "missing")
        with client_of(url, first, concurrency=1) as client:
            client.complete(requests_of(5))
        first.save()
        again = Recording(path, "all")
        with client_of(url, again, concurrency=1) as client:
            made = client.complete(requests_of(5))
            same = client.complete(requests_of(5))
        again.save()
    assert len(came) == 10
    assert texts_of(made) == texts_of(same) == [f"{i} came as {5 + i}" for i in range(5)]
    with client_of(url, Recording(path)) as client:
        assert client.complete(requests_of(5)) == made


def test_another_base_url_replays_the_same_answers(tmp_path):
    recording = Recording(tmp_path / "a.jsonl", "missing")
    with serving() as (url, _), client_of(url, recording) as client:
        client.complete(requests_of(2))
    with client_of("https://elsewhere.invalid/base/v1", Recording(recording.path)) as client:
        assert texts_of(client.complete(requests_of(2))) == ["text 0", "text 1"]


def test_each_new_answer_is_reported_once(tmp_path):
    reported = []
    recording = Recording(tmp_path / "a.jsonl", "missing")
    with (
        serving() as (url, _),
        client_of(url, recording, on_answer=lambda done, wanted: reported.append((done, wanted))) as client,
    ):
        client.complete(requests_of(7))
        client.complete(requests_of(9))
    assert reported == [*((i, 7) for i in range(1, 8)), (8, 9), (9, 9)]
    assert samples_in(recording.path) == list(range(9))
