"""A real OpenAI-compatible server on loopback that fails in every way a server can fail."""

import contextlib
import enum
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

JSON = "application/json"


class Fault(enum.Enum):
    """What a server does in place of an answer."""

    HANG_UP = "closes the connection"
    RESET = "resets the connection"


Answer = tuple[int, dict[str, str], bytes]  # status, headers, content
Reply = Callable[[int, dict[str, Any]], Answer | Fault | str]


class Came(NamedTuple):
    """One request that came: its headers with names in lower case, its body, and the path with its query."""

    headers: dict[str, str]
    body: dict[str, Any]
    path: str = ""


class Arrivals(list[Came]):
    """All requests in the order in which they came, and over how many connections."""

    connections = 0

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [one.body for one in self]


@contextlib.contextmanager
def serving(reply: Reply | None = None) -> Iterator[tuple[str, Arrivals]]:
    """A server that answers request number n by `reply(n, body)`; yields its base URL and the requests that come.

    A reply is a text, `answer_of`, `error_of`, `stream_of` or any (status, headers, bytes), or a Fault; one that
    sleeps or waits delays only its own request. Without `reply`, the text is "text SEED", or "text NUMBER".
    """
    came, lock = Arrivals(), threading.Lock()
    reply = reply or (lambda number, body: f"text {body.get('seed', number)}")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # headers and content are two packets; the second must not wait for the first

        def setup(self) -> None:
            super().setup()
            with lock:
                came.connections += 1

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with lock:
                number = len(came)
                came.append(Came({name.lower(): value for name, value in self.headers.items()}, body, self.path))
            made = reply(number, body)
            if isinstance(made, Fault):
                if made is Fault.RESET:
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
                return
            status, headers, content = answer_of(made) if isinstance(made, str) else made
            with contextlib.suppress(ConnectionError):  # whoever asked may be dead by now
                self.send_response(status)
                for name, value in {"content-type": JSON, "content-length": str(len(content)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing: a test sends thousands of requests."""

    with _Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1", came
        finally:
            server.shutdown()
            thread.join()


def answer_of(
    text: str,
    *,
    model: str = "m-1",
    finish_reason: str = "stop",
    tokens: tuple[int, int] | None = (7, 3),
    **headers: str,
) -> Answer:
    """A chat completion; `tokens` of prompt and completion, None where the server counts none."""
    choice = {"index": 0, "finish_reason": finish_reason, "message": {"role": "assistant", "content": text}}
    answer: dict[str, Any] = {"id": "x", "object": "chat.completion", "created": 0, "model": model, "choices": [choice]}
    if tokens:
        prompt, completion = tokens
        answer["usage"] = {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        }
    return 200, headers, json.dumps(answer).encode()


def error_of(status: int, message: str = "it does not work", param: str | None = None, **headers: str) -> Answer:
    """An error in OpenAI's own form."""
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": None}
    return status, headers, json.dumps({"error": error}).encode()


def text_of(status: int, text: str, content_type: str = "text/plain") -> Answer:
    """An answer that is not JSON, as proxies and sign-in pages give."""
    return status, {"content-type": content_type}, text.encode()


def stream_of(text: str) -> Answer:
    """The answer as server-sent events, which nobody asked for."""
    events = [{"choices": [{"index": 0, "delta": {"content": word}}]} for word in text.split()]
    lines = [f"data: {json.dumps(event)}\n\n" for event in events] + ["data: [DONE]\n\n"]
    return text_of(200, "".join(lines), "text/event-stream")


class _Server(ThreadingHTTPServer):
    request_queue_size = 1024  # the default, 5, resets connections where a client opens many at once
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Nothing: a client that is killed drops its connections."""
