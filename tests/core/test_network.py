"""While the network is blocked, this process and its children get nothing out; before and after, everything does."""

import asyncio
import contextlib
import errno
import multiprocessing
import os
import pickle
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from synthworth.core.network import DIRECT, PROXIES, NetworkBlocked, blocked, opened


class Hello(BaseHTTPRequestHandler):
    """Answers every GET."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *arguments):
        """Nothing: the output of a test is its own."""


@contextlib.contextmanager
def server():
    """A real server on loopback; gives its address."""
    with HTTPServer(("127.0.0.1", 0), Hello) as found:
        thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield found.server_address
        finally:
            found.shutdown()
            thread.join()


def fetch(address):
    with contextlib.closing(urllib.request.build_opener(urllib.request.ProxyHandler({}))) as opener:
        return opener.open(f"http://{address[0]}:{address[1]}/", timeout=10).read()


def test_a_server_answers_before():
    with server() as address:
        assert fetch(address) == b"hello"


def test_a_server_is_refused_while_blocked():
    with server() as address, blocked(), pytest.raises(OSError, match="network access is blocked"):
        fetch(address)


def test_the_error_can_be_sent_to_another_process():
    with blocked(), pytest.raises(NetworkBlocked) as raised:
        socket.create_connection(("127.0.0.1", 9))
    again = pickle.loads(pickle.dumps(raised.value))
    assert (type(again), str(again)) == (NetworkBlocked, str(raised.value))


PICKLES = """
import pickle, socket, sys
try:
    socket.create_connection(("127.0.0.1", 9))
except OSError as error:
    sys.stdout.buffer.write(pickle.dumps(error))
"""


def test_the_error_of_a_child_can_be_sent_to_its_parent():
    with blocked():
        done = subprocess.run([sys.executable, "-c", PICKLES], capture_output=True, check=True)
    assert isinstance(pickle.loads(done.stdout), NetworkBlocked)


def test_a_server_answers_after():
    with server() as address:
        with blocked():
            pass
        assert fetch(address) == b"hello"


def test_a_server_answers_after_an_error_while_blocked():
    with server() as address:
        with contextlib.suppress(ZeroDivisionError), blocked():
            raise ZeroDivisionError
        assert fetch(address) == b"hello"


def test_leaving_an_inner_block_does_not_open_the_outer_one():
    with server() as address, blocked():
        with blocked():
            pass
        with pytest.raises(OSError, match="network access is blocked"):
            fetch(address)


def test_an_asynchronous_client_is_refused_too():
    async def ask(address):
        await asyncio.open_connection(*address)

    with server() as address, blocked(), pytest.raises(NetworkBlocked):
        asyncio.run(ask(address))


def test_another_thread_is_refused_too():
    caught = []

    def ask(address):
        try:
            socket.create_connection(address)
        except OSError as error:
            caught.append(type(error))

    with server() as address, blocked():
        thread = threading.Thread(target=ask, args=[address])
        thread.start()
        thread.join()
    assert caught == [NetworkBlocked]


def test_a_socket_that_returns_error_codes_is_refused_too():
    with server() as address, blocked(), socket.socket() as client, pytest.raises(NetworkBlocked):
        client.connect_ex(address)


def test_the_error_says_who_was_wanted_and_what_opens_the_network():
    with blocked(), socket.socket() as client, pytest.raises(NetworkBlocked) as caught:
        client.connect(("127.0.0.1", 9))
    assert "('127.0.0.1', 9)" in str(caught.value)
    assert "--synth-record missing allows it" in str(caught.value)


def test_a_name_is_not_looked_up():
    with blocked(), pytest.raises(NetworkBlocked, match=r"\(look up localhost\); --synth-record missing"):
        socket.getaddrinfo("localhost", 80)


def test_unix_sockets_stay_open():
    with tempfile.TemporaryDirectory() as folder, blocked():
        path = str(Path(folder) / "socket")
        with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as client:
            listener.bind(path)
            listener.listen()
            assert client.connect_ex(path) == 0


def test_the_unix_socket_of_nobody_fails_as_ever():
    with blocked(), socket.socket(socket.AF_UNIX) as client:
        assert client.connect_ex("/nowhere/socket") == errno.ENOENT


# ---- children

FETCH = """
import sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
print(opener.open(sys.argv[1], timeout=10).read().decode())
"""


def child(code, *arguments, cwd=None):
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True)


def url(address):
    return f"http://{address[0]}:{address[1]}/"


def reach(address, answers):
    """Puts what came of it: at module level, for a process that is spawned."""
    try:
        answers.put(fetch(address).decode())
    except OSError as error:
        answers.put(str(error))


def test_a_child_is_answered_before_and_after(tmp_path):
    with server() as address:
        before = child(FETCH, url(address), cwd=tmp_path)
        with blocked():
            pass
        after = child(FETCH, url(address), cwd=tmp_path)
    assert (before.stdout, before.stderr) == (after.stdout, after.stderr) == ("hello\n", "")


def test_a_child_elsewhere_that_is_python_is_refused_too(tmp_path):
    with server() as address, blocked():
        done = child(FETCH, url(address), cwd=tmp_path)
    assert done.returncode == 1
    assert "NetworkBlocked: network access is blocked during replay (look up 127.0.0.1); " in done.stderr
    assert "--synth-record missing allows it" in done.stderr


def test_a_child_looks_up_no_name():
    with blocked():
        done = child("import socket; socket.getaddrinfo('localhost', 80)")
    assert "NetworkBlocked: network access is blocked during replay (look up localhost)" in done.stderr


def test_a_child_of_a_child_is_refused_too(tmp_path):
    code = "import subprocess, sys; sys.exit(subprocess.run([sys.executable, '-c', *sys.argv[1:]]).returncode)"
    with server() as address, blocked():
        done = child(code, FETCH, url(address), cwd=tmp_path)
    assert done.returncode == 1
    assert "NetworkBlocked" in done.stderr


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_a_process_of_multiprocessing_is_refused_too(start):
    context = multiprocessing.get_context(start)
    answers = context.SimpleQueue()
    with server() as address, blocked():
        process = context.Process(target=reach, args=(address, answers))
        process.start()
        process.join()
        assert "network access is blocked" in answers.get()


@pytest.mark.skipif(not shutil.which("curl"), reason="this machine has no curl")
@pytest.mark.parametrize("direct", [None, "127.0.0.1,localhost", "*"])
def test_curl_gets_no_connection(monkeypatch, direct):
    for name in DIRECT:
        if direct:
            monkeypatch.setenv(name, direct)
        else:
            monkeypatch.delenv(name, raising=False)
    with server() as address:
        command = ["curl", "--silent", "--show-error", url(address)]
        with blocked():
            refused = subprocess.run(command, capture_output=True, text=True)
        assert refused.returncode == 7  # failed to connect
        assert refused.stdout == ""
        monkeypatch.setenv("no_proxy", "*")
        assert subprocess.run(command, capture_output=True, text=True).stdout == "hello"


def test_a_sitecustomize_of_somebody_else_runs_in_a_child_too(tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.theirs = 'ran'\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with blocked():
        done = child("import sys, socket; print(sys.theirs); socket.socket().connect(('127.0.0.1', 9))")
    assert done.stdout == "ran\n"
    assert "NetworkBlocked" in done.stderr


def test_a_child_finds_what_is_on_the_path_of_its_parent(tmp_path, monkeypatch):
    (tmp_path / "theirs.py").write_text("print('found')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with blocked():
        assert child("import theirs").stdout == "found\n"


def test_a_child_imports_nothing_of_this_package_but_what_blocks_and_says_nothing(tmp_path):
    with blocked():
        done = child("import sys; print([name for name in sys.modules if 'synthworth' in name])", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "['synthworth.core.network']\n", "")


# ---- the environment, and what is let through

NAMES = ("PYTHONPATH", *PROXIES, *DIRECT)


@pytest.mark.parametrize("value", [None, "", "before"])
def test_the_environment_is_restored(monkeypatch, value):
    for name in NAMES:
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    before = dict(os.environ)
    with blocked():
        with blocked():
            inner = dict(os.environ)
        assert inner != before
    assert dict(os.environ) == before


def test_the_environment_is_restored_after_an_error():
    before = dict(os.environ)
    with contextlib.suppress(ZeroDivisionError), blocked():
        raise ZeroDivisionError
    assert dict(os.environ) == before


def test_what_is_opened_within_a_block_connects_and_so_do_its_children(tmp_path):
    with server() as address, blocked(), blocked(), opened():
        assert fetch(address) == b"hello"
        assert child(FETCH, url(address), cwd=tmp_path).stdout == "hello\n"


def test_the_block_goes_on_after_what_was_opened_within_it(tmp_path):
    with server() as address, blocked():
        before = dict(os.environ)
        with blocked():
            with contextlib.suppress(ZeroDivisionError), opened():
                raise ZeroDivisionError
            with pytest.raises(OSError, match="network access is blocked"):
                fetch(address)
        assert dict(os.environ) == before
        with pytest.raises(OSError, match="network access is blocked"):
            fetch(address)
        assert "NetworkBlocked" in child(FETCH, url(address), cwd=tmp_path).stderr


def test_all_is_as_before_after_a_block_that_was_opened():
    before = socket.socket.connect, socket.getaddrinfo, dict(os.environ)
    with server() as address:
        with blocked(), opened():
            pass
        assert (socket.socket.connect, socket.getaddrinfo, dict(os.environ)) == before
        assert fetch(address) == b"hello"


def test_to_open_what_is_not_blocked_changes_nothing():
    with server() as address, opened():
        assert fetch(address) == b"hello"


def test_a_block_within_what_was_opened_holds():
    with server() as address, blocked(), opened():
        with blocked(), pytest.raises(OSError, match="network access is blocked"):
            fetch(address)
        assert fetch(address) == b"hello"
