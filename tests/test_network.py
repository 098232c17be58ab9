"""While the network is blocked nothing of this process gets out; before and after, everything does."""

import asyncio
import contextlib
import errno
import socket
import tempfile
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from benchmark.network import NetworkBlocked, blocked


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
    with server() as address, blocked(), pytest.raises(OSError, match="the network is blocked"):
        fetch(address)


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
        with pytest.raises(OSError, match="the network is blocked"):
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
    assert "--synth-record missing opens it" in str(caught.value)


def test_a_name_is_not_looked_up():
    with blocked(), pytest.raises(NetworkBlocked, match="something looks up localhost; --synth-record missing"):
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
