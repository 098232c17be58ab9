"""What is left of a recording by a kill, a full disk and a second process: real ones, against a real server."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from clients import client_of, entries_in, requests_of, samples_in
from servers import Fault, serving
from synthworth.generation.recording import Recording
from synthworth.generation.recording.entries import loads

RECORDER = str(Path(__file__).parents[1] / "support/recorder.py")
ALL = 200
AT_ONCE = 16
WAIT_S = 120
FULL = (
    r"cannot write recording \S+a\.jsonl: {}; what was written before is whole, "
    r"make room and run the same command again"
)
OTHERS = {"the same": (0, ALL), "as many others": (ALL, ALL), "a few others": (ALL, 20)}


def command(url, path, mode="missing", *, first=0, count=ALL, concurrency=AT_ONCE, most=None):
    numbers = [first, count, concurrency, *([most] if most else [])]
    return [sys.executable, RECORDER, url, str(path), mode, *map(str, numbers)]


def texts_in(path):
    return {sample: one["response"]["text"] for sample, one in entries_in(path).items()}


def stopped(path, name, after, mode="missing", generation="text"):
    """Records ALL in a process that gets the signal `name` when request number `after` arrives.

    Returns the samples of all answers that the server has given; none of them is to be lost but those under way.
    """
    reached, over, answered = threading.Event(), threading.Event(), []

    def reply(number, body):
        if number == after:
            reached.set()
        if number > after + AT_ONCE // 2:  # the recording must not end before it is stopped
            over.wait(timeout=WAIT_S)
            return Fault.HANG_UP
        time.sleep(0.002)
        answered.append(body["seed"])
        return f"{generation} {body['seed']}"

    with serving(reply) as (url, _):
        process = subprocess.Popen(command(url, path, mode), stderr=subprocess.DEVNULL)
        try:
            assert reached.wait(timeout=WAIT_S)
            process.send_signal(signal.Signals[name])
            process.wait(timeout=WAIT_S)
        finally:
            over.set()
            process.kill()
            process.wait()
    assert process.returncode == -signal.Signals[name]
    return set(answered)


def resumed(path, mode="missing", generation="text"):
    """Completes the recording; the samples that this still asked for."""
    recording = Recording(path, mode)
    with (
        serving(lambda number, body: f"{generation} {body['seed']}") as (url, came),
        client_of(url, recording) as client,
    ):
        client.complete(requests_of(ALL))
    recording.save()
    return sorted(body["seed"] for body in came.bodies)


@pytest.mark.parametrize("after", [1, 120])
@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGINT"])
def test_a_signal_in_the_middle_loses_at_most_the_answers_in_flight_and_the_next_run_asks_only_for_the_rest(
    tmp_path, name, after
):
    path = tmp_path / "a.jsonl"
    answered = stopped(path, name, after)
    kept = set(samples_in(path))
    assert kept <= answered
    assert len(answered - kept) <= AT_ONCE
    assert resumed(path) == sorted(set(range(ALL)) - kept)
    assert texts_in(path) == {i: f"text {i}" for i in range(ALL)}
    assert [file.name for file in tmp_path.iterdir()] == ["a.jsonl"]


def test_kill_9_keeps_every_answer_whose_worker_had_gone_on(tmp_path):
    path = tmp_path / "a.jsonl"
    reached, held, over, lock = threading.Event(), [], threading.Event(), threading.Lock()

    def reply(number, body):
        if number < 60:
            return f"text {body['seed']}"
        with lock:
            held.append(body["seed"])
            if len(held) == AT_ONCE:  # all workers wait for an answer: each has its last one on disk
                reached.set()
        over.wait(timeout=WAIT_S)
        return Fault.HANG_UP

    with serving(reply) as (url, _), subprocess.Popen(command(url, path)) as process:
        try:
            assert reached.wait(timeout=WAIT_S)
        finally:
            process.kill()
            process.wait()
            over.set()
    assert len(samples_in(path)) == 60
    assert set(samples_in(path)).isdisjoint(held)
    assert len(resumed(path)) == ALL - 60


@pytest.fixture
def committed(tmp_path):
    """A recording of the samples 1000 to 1019, saved; and its bytes."""
    path = tmp_path / "recording" / "a.jsonl"
    recording = Recording(path, "missing")
    with serving(lambda number, body: f"old {body['seed']}") as (url, _), client_of(url, recording) as client:
        client.complete(requests_of(20, first=1000))
    recording.save()
    return path, path.read_bytes()


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM"])
def test_a_signal_in_the_middle_leaves_the_committed_file_as_it_was(committed, name):
    path, before = committed
    stopped(path, name, 40)
    assert path.read_bytes() == before
    assert len(samples_in(path)) > 20


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGINT"])
def test_mode_all_stopped_in_the_middle_goes_on_with_the_rest_and_never_mixes_old_answers_in(tmp_path, name):
    path = tmp_path / "a.jsonl"
    resumed(path, generation="old")
    before = path.read_bytes()
    stopped(path, name, 80, mode="all", generation="new")
    assert path.read_bytes() == before
    assert texts_in(path) == {i: f"old {i}" for i in range(ALL)}  # for those who only replay
    new = [json.loads(line)["sample"] for line in (tmp_path / "a.jsonl.again.partial").read_text().splitlines()]
    assert len(new) > 50
    assert resumed(path, mode="all", generation="new") == sorted(set(range(ALL)) - set(new))
    assert texts_in(path) == {i: f"new {i}" for i in range(ALL)}
    assert [file.name for file in tmp_path.iterdir()] == ["a.jsonl"]


SAVER = """
import sys
from pathlib import Path
from synthworth.core.completion import Request
from synthworth.generation.recording.entries import entry
from synthworth.generation.recording.store import Store
path, first, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
answer = {"choices": [{"message": {"content": "word " * 99}}]}
for i in range(first, first + count):
    store = Store(path)
    store.append(entry({"model": "m"}, Request(messages=(), parameters={}, sample=i, label=""), answer))
    print(i, flush=True)
    store.save()
"""


def test_kill_9_at_any_moment_of_writing_and_saving_loses_nothing_that_was_written(tmp_path):
    path, told = tmp_path / "a.jsonl", []
    for round_ in range(8):
        arguments = [sys.executable, "-c", SAVER, str(path), str(10**6 * round_), str(10**6)]
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
            told += [int(process.stdout.readline()) for _ in range(3)]
            time.sleep(0.02 * round_)
            process.kill()
            told += map(int, process.stdout.read().split())
        assert set(told) <= set(samples_in(path))


def test_processes_that_write_and_save_all_the_time_lose_nothing_of_each_other(tmp_path):
    path, each = tmp_path / "a.jsonl", 60
    processes = [
        subprocess.Popen([sys.executable, "-c", SAVER, str(path), str(first), str(each)], stdout=subprocess.DEVNULL)
        for first in range(0, 3 * each, each)
    ]
    assert [process.wait(timeout=WAIT_S) for process in processes] == [0, 0, 0]
    assert samples_in(path) == list(range(3 * each))


@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_full_disk_is_one_line_and_nothing_more_is_sent_and_nothing_is_lost(committed, concurrency):
    path, before = committed
    with serving() as (url, came):
        most = 2 * len(before)  # for the journal; what it would be folded into needs more
        arguments = command(url, path, concurrency=concurrency, most=most)
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=WAIT_S)
        sent = len(came)
    assert done.returncode == 1
    assert_one_line(done.stderr, "File too large")
    assert path.read_bytes() == before
    kept = set(samples_in(path)) & set(range(ALL))
    assert len(kept) > 10
    assert sent - len(kept) <= concurrency
    assert resumed(path) == sorted(set(range(ALL)) - kept)
    assert len(loads(path.read_text())) == ALL + 20
    assert [file.name for file in path.parent.iterdir()] == ["a.jsonl"]


def assert_one_line(said, reason):
    assert re.fullmatch(FULL.format(reason), said.removesuffix("\n"))


@pytest.fixture
def disk(tmp_path):
    """A folder to mount a small disk on, where the machine lets its users do that in a namespace of their own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if not shutil.which("unshare"):
        pytest.skip("no tmpfs can be mounted: unshare is not installed")
    tried = subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True, text=True)
    if tried.returncode:
        pytest.skip(f"no tmpfs can be mounted: {tried.stderr.strip()}")
    return folder


@pytest.mark.parametrize("words", [100, 1], ids=["with the journal", "with the file that it is folded into"])
def test_a_disk_of_64_kilobytes_that_fills_up_is_one_line_and_a_run_with_room_asks_only_for_the_rest(
    committed, disk, tmp_path, words
):
    path, before = committed
    out = tmp_path / "out"
    out.mkdir()
    with serving(lambda number, body: "word " * words) as (url, came):
        run = shlex.join(command(url, disk / "a.jsonl", concurrency=1))
        script = f"""
            mount -t tmpfs -o size=64k tmpfs {disk} && cp {path} {disk} || exit 99
            {run} 2> {out}/said; echo $? > {out}/status
            cp -r {disk} {out}/full
            mount -o remount,size=4m tmpfs {disk} || exit 99
            touch {out}/room; while [ -e {out}/room ]; do sleep 0.01; done
            {run} && cp -r {disk} {out}/done
        """
        with subprocess.Popen(["unshare", "-rm", "sh", "-c", script]) as process:
            while not (out / "room").exists():
                assert process.poll() is None
                time.sleep(0.01)
            sent = len(came)
            (out / "room").unlink()
            assert process.wait(timeout=WAIT_S) == 0
    kept = len(samples_in(out / "full" / "a.jsonl")) - 20
    assert (out / "status").read_text().strip() == "1"
    assert_one_line((out / "said").read_text(), "No space left on device")
    assert (out / "full" / "a.jsonl").read_bytes() == before
    assert kept > 50
    assert (kept == ALL) == (words == 1)
    assert sent == min(kept + 1, ALL)  # the one that could not be kept, and none after it
    assert sorted(body["seed"] for body in came.bodies[sent:]) == list(range(kept, ALL))
    assert len(loads((out / "done" / "a.jsonl").read_text())) == ALL + 20


def after_a_while(number, body):
    time.sleep(0.005)
    return f"text {body['seed']}"


@pytest.mark.parametrize("others", OTHERS)
def test_two_processes_on_one_recording_lose_nothing_and_ask_for_nothing_twice(tmp_path, others):
    path, (first, count) = tmp_path / "a.jsonl", OTHERS[others]
    with (
        serving(after_a_while) as (url, came),
        subprocess.Popen(command(url, path, concurrency=4)) as one,
        subprocess.Popen(command(url, path, first=first, count=count, concurrency=4)) as other,
    ):
        assert [one.wait(timeout=WAIT_S), other.wait(timeout=WAIT_S)] == [0, 0]
    expected = sorted({*range(ALL), *range(first, first + count)})
    assert sorted(body["seed"] for body in came.bodies) == expected  # and none of them twice
    assert texts_in(path) == {i: f"text {i}" for i in expected}
    assert len(loads(path.read_text())) == len(expected)
    assert [file.name for file in tmp_path.iterdir()] == ["a.jsonl"]


def test_a_process_that_is_killed_takes_nothing_from_another_on_the_same_recording(tmp_path):
    path = tmp_path / "a.jsonl"
    with (
        serving(after_a_while) as (url, came),
        subprocess.Popen(command(url, path, concurrency=4)) as one,
        subprocess.Popen(command(url, path, first=ALL, concurrency=4)) as other,
    ):
        while sum(body["seed"] < ALL for body in came.bodies) < ALL // 2:
            assert one.poll() is None
            time.sleep(0.005)
        os.kill(one.pid, signal.SIGKILL)
        assert other.wait(timeout=WAIT_S) == 0
        asked_by_one = sum(body["seed"] < ALL for body in came.bodies)
    kept = samples_in(path)
    assert kept[-ALL:] == list(range(ALL, 2 * ALL))
    assert asked_by_one - len(kept[:-ALL]) <= 4
