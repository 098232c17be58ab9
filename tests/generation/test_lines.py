"""Several servers with one model: used side by side, and one that dies is left out."""

import socket
import threading

import pytest

from clients import client_of, requests_of, texts_of
from servers import Fault, answer_of, error_of, serving
from synthworth.generation.generator import Generator, GeneratorError
from synthworth.generation.generator.lines import TRIED_AGAIN_S, Lines
from synthworth.generation.generator.replies import Fault as ReplyFault
from synthworth.generation.recording import Recording


def of(*urls):
    first, *others = urls
    return Generator(name="m", base_url=first, replicas=tuple(others))


def recording_of(folder):
    return Recording(folder / "a.jsonl", "missing")


def nobody():
    """A base URL at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"http://127.0.0.1:{free.getsockname()[1]}/v1"


def test_questions_go_to_all_servers_at_once(tmp_path):
    both = threading.Barrier(8)  # an answer waits until four are under way at each

    def reply(number, body):
        both.wait(timeout=60)
        return f"text {body['seed']}"

    with (
        serving(reply) as (one, came),
        serving(reply) as (other, also),
        client_of(one, recording_of(tmp_path), generator=of(one, other), concurrency=8) as client,
    ):
        made = client.complete(requests_of(40))
    assert texts_of(made) == [f"text {i}" for i in range(40)]
    assert (len(came), len(also)) == (20, 20)


@pytest.mark.parametrize("dies", [Fault.HANG_UP, error_of(500), error_of(401), error_of(429, **{"retry-after": "900"})])
def test_one_that_dies_is_left_out_and_its_questions_go_to_the_others(tmp_path, dies):
    said = []

    def reply(number, body):
        return dies if number >= 5 else f"text {body['seed']}"

    with serving(reply) as (one, came), serving() as (other, also):
        options = {"generator": of(one, other), "concurrency": 4, "retries": 3, "notice": said.append}
        with client_of(one, recording_of(tmp_path), **options) as client:
            made = client.complete(requests_of(60))
    assert texts_of(made) == [f"text {i}" for i in range(60)]
    assert len(came) <= 5 + 3 + 4
    assert len(also) >= 55
    assert sum("left out, its questions go to the other servers" in line for line in said) == 1
    assert f"generator m at {one} " in said[-1]


def test_a_server_that_is_not_there_is_left_out(tmp_path):
    with (
        serving() as (url, came),
        client_of(nobody(), recording_of(tmp_path), generator=of(nobody(), url)) as client,
    ):
        client.complete(requests_of(10))
    assert len(came) == 10


def test_the_last_server_that_fails_ends_the_run_with_its_own_line(tmp_path):
    with (
        serving(lambda *_: error_of(401)) as (one, _),
        serving(lambda *_: error_of(404)) as (other, _),
        client_of(one, recording_of(tmp_path), generator=of(one, other), concurrency=2) as client,
        pytest.raises(GeneratorError, match=r"answered 40[14] .*answers so far are kept"),
    ):
        client.complete(requests_of(5))


def test_a_recording_names_the_servers_that_answered_and_no_other(tmp_path):
    with serving() as (url, _):
        named = url.replace("127.0.0.1", "localhost") + "/named"
        recording = recording_of(tmp_path)
        with client_of(url, recording, generator=of(url, named, nobody() + "/dead"), concurrency=3) as client:
            client.complete(requests_of(12))
    recording.save()
    assert Recording(tmp_path / "a.jsonl").servers == {"http://localhost/v1", "http://localhost/v1/named"}


class _Transport:
    def __init__(self, shown):
        self.shown = shown


def test_one_that_may_come_back_is_tried_again_after_a_minute():
    now = [0.0]
    lines = Lines([_Transport("a"), _Transport("b")], clock=lambda: now[0])
    first, second = lines.all
    passing = ReplyFault(kind="unreachable", begins="", quote="", advice="", retries=None)
    assert [lines.leaves_out(first, passing) for _ in range(3)] == [False, False, True]
    assert lines.least_busy() is second
    now[0] = TRIED_AGAIN_S
    first.under_way, second.under_way = 0, 1
    assert lines.least_busy() is first
    assert lines.leaves_out(first, passing)
    assert lines.least_busy() is second
    assert not lines.leaves_out(second, passing)


def test_the_servers_of_a_generator_are_typed_behind_its_name(tmp_path):
    with serving(lambda n, body: answer_of("one")) as (one, came), serving() as (other, also):
        typed = Generator.parse(f"m@{one},{other}")
        with client_of(one, recording_of(tmp_path), generator=typed, concurrency=2) as client:
            client.complete(requests_of(10))
    assert typed.shown == f"m@{one},{other}"
    assert len(came) + len(also) == 10
    assert came
    assert also
