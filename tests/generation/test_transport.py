"""The way to a server: bounds on time and size, redirects, proxies, certificates and headers of the environment."""

import contextlib
import gzip
import json
import socket
import threading
import tracemalloc

import pytest

from clients import client_of, requests_of, texts_of
from servers import answer_of, error_of, serving
from synthworth.generation.generator import Generator, GeneratorError
from synthworth.generation.generator.address import Address
from synthworth.generation.generator.settings import ServerSettings
from synthworth.generation.generator.transport import MOST_BYTES, Transport, Unusable
from synthworth.generation.recording import Recording

PROXIES = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


def recording_of(folder):
    return Recording(folder / "a.jsonl", "missing")


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch):
    for name in (*PROXIES, "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


@contextlib.contextmanager
def raw(*, head, body):
    """A server of one port that sends `head`, and then whatever `body(connection)` sends."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        over = threading.Event()

        def serve():
            while not over.is_set():
                with contextlib.suppress(OSError):
                    connection, _ = listening.accept()
                    with connection:
                        connection.recv(1 << 16)
                        connection.sendall(head)
                        body(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        over.set()
        with contextlib.suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=60)


def endless(connection):
    while True:  # until the client goes
        connection.sendall(b"10000\r\n" + b" " * 65536 + b"\r\n")


HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
LARGE = r"answered with something that is not a chat completion \(an answer of more than 1,048,576 bytes\); is this"


def test_a_body_without_end_is_cut_off_and_is_one_line(tmp_path):
    tracemalloc.start()
    try:
        with (
            raw(head=HEAD + b"transfer-encoding: chunked\r\n\r\n", body=endless) as url,
            client_of(url, recording_of(tmp_path)) as client,
            pytest.raises(GeneratorError, match=LARGE),
        ):
            client.complete(requests_of(1))
        assert tracemalloc.get_traced_memory()[1] < 64 * MOST_BYTES
    finally:
        tracemalloc.stop()


LARGE_ANSWERS = {
    "a large answer": answer_of("word " * MOST_BYTES),
    "a large error": error_of(500, "word " * MOST_BYTES),
    "a gzip bomb": (200, {"content-encoding": "gzip"}, gzip.compress(bytes(256 * MOST_BYTES))),
}


@pytest.mark.parametrize("what", LARGE_ANSWERS)
def test_an_answer_that_is_too_large_packed_or_not_is_one_line(tmp_path, what):
    tracemalloc.start()
    try:
        with (
            serving(lambda number, body: LARGE_ANSWERS[what]) as (url, came),
            client_of(url, recording_of(tmp_path)) as client,
            pytest.raises(GeneratorError, match=LARGE),
        ):
            client.complete(requests_of(1))
        assert tracemalloc.get_traced_memory()[1] < 64 * MOST_BYTES
    finally:
        tracemalloc.stop()
    assert len(came) == 3


def test_an_answer_of_which_a_byte_comes_now_and_then_has_a_deadline_as_a_whole(tmp_path):
    hasty = Generator(name="m", line=ServerSettings(timeout_s=0.5))
    gone = threading.Event()

    def drip(connection):
        while not gone.wait(0.05):
            connection.sendall(b" ")

    with (
        raw(head=HEAD + b"content-length: 100000\r\n\r\n", body=drip) as url,
        client_of(url, recording_of(tmp_path), generator=hasty) as client,
        pytest.raises(GeneratorError, match=r"does not answer \(no whole answer within 0\.5 s\); lower"),
    ):
        client.complete(requests_of(1))
    gone.set()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_to_another_host_is_followed_and_its_body_is_no_answer(tmp_path, status):
    body = answer_of("from elsewhere")[2]
    with serving() as (other, went):
        location = f"{other.replace('127.0.0.1', 'localhost')}/chat/completions?key=planted"
        with (
            serving(lambda number, asked: (status, {"location": location}, body)) as (url, came),
            client_of(url, recording_of(tmp_path)) as client,
            pytest.raises(GeneratorError, match=rf"answered {status} \(a redirect to http://localhost.*give") as raised,
        ):
            client.complete(requests_of(1))
    assert (len(came), len(went)) == (1, 0)
    assert "planted" not in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_has_moved_on_its_own_host_is_followed_with_the_question(tmp_path):
    with serving() as (there, went):
        moved = (308, {"location": f"{there}/chat/completions"}, b"")
        with (
            serving(lambda number, body: moved) as (url, came),
            client_of(url, recording_of(tmp_path), concurrency=1) as client,
        ):
            assert texts_of(client.complete(requests_of(3))) == ["text 0", "text 1", "text 2"]
    assert (len(came), len(went)) == (1, 3)
    assert went[0].body == came[0].body


@pytest.mark.parametrize("location", ["http://[planted", "http://127.0.0.1:planted/v1", "//[/"])
def test_a_redirect_to_what_is_no_url_is_one_line(tmp_path, location):
    with (
        serving(lambda number, body: (307, {"location": location}, b"")) as (url, _),
        client_of(url, recording_of(tmp_path)) as client,
        pytest.raises(GeneratorError, match="answered 307") as raised,
    ):
        client.complete(requests_of(1))
    assert "\n" not in str(raised.value)


def test_a_redirect_in_a_circle_is_one_line(tmp_path):
    with (
        serving(lambda number, body: (307, {"location": f"/v1/chat/completions?n={number}"}, b"")) as (url, came),
        client_of(url, recording_of(tmp_path)) as client,
        pytest.raises(GeneratorError, match="answered 307"),
    ):
        client.complete(requests_of(1))
    assert len(came) < 9


@pytest.mark.parametrize("name", PROXIES)
def test_a_server_on_this_machine_is_asked_without_the_environment_s_proxy(tmp_path, monkeypatch, name):
    monkeypatch.setenv(name, "http://127.0.0.1:9" if "ALL" not in name.upper() else "socks5://127.0.0.1:9")
    with serving() as (url, _):
        for host in ("127.0.0.1", "localhost"):
            with client_of(url.replace("127.0.0.1", host), recording_of(tmp_path)) as client:
                client.complete(requests_of(1))


UNUSABLE = {
    "SOCKS": ({"ALL_PROXY": "socks5://127.0.0.1:9"}, "a SOCKS proxy, which needs a package"),
    "a proxy that is none": ({"HTTPS_PROXY": "ftp://127.0.0.1:9"}, "the proxy of the environment cannot be used"),
    "a proxy with a / in its password": (
        {"HTTPS_PROXY": "http://me:planted/w@127.0.0.1:9"},
        r"the proxy of the environment cannot be used(?!.*planted)",
    ),
    "stale certificates": ({"SSL_CERT_FILE": "/nowhere/ca.pem"}, "the certificates of SSL_CERT_FILE or SSL_CERT_DIR"),
}


@pytest.mark.parametrize("what", UNUSABLE)
def test_an_environment_that_allows_no_connection_is_one_line(tmp_path, monkeypatch, what):
    if what == "SOCKS":
        monkeypatch.setitem(__import__("sys").modules, "socksio", None)
    environment, line = UNUSABLE[what]
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Unusable, match=line):
        Transport(Address.parse("https://b.invalid/v1"), "k")
    with (
        client_of("https://b.invalid/v1", recording_of(tmp_path)) as client,
        pytest.raises(GeneratorError, match=rf"^generator m at https://b.invalid/v1 cannot be reached \(.*{line}"),
    ):
        client.complete(requests_of(1))


def test_a_server_without_tls_needs_no_certificates(tmp_path, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
    with serving() as (url, _), client_of(url, recording_of(tmp_path)) as client:
        assert texts_of(client.complete(requests_of(1))) == ["text 0"]


def test_organisation_and_project_go_to_openai_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_ORG_ID", "org-planted")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-planted")
    with serving() as (url, came), client_of(url, recording_of(tmp_path)) as client:
        client.complete(requests_of(1))
    assert "planted" not in json.dumps(came[0].headers)
    openai = Transport(Address.parse("https://api.openai.com/v1"), "k")._client
    assert {"org-planted", "proj-planted"} <= set(map(str, openai.default_headers.values()))


def test_the_query_of_a_base_url_is_sent(tmp_path):
    with serving() as (url, came), client_of(f"{url}?api-version=2024-10-21", recording_of(tmp_path)) as client:
        client.complete(requests_of(1))
    assert came[0].path == "/v1/chat/completions?api-version=2024-10-21"
