"""A provider of batches on loopback, in OpenAI's form: files, batches, and their answers."""

import contextlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Provider:
    """What came, and what becomes of it: `reply(body)` answers one request of a batch by (status, content).

    A batch is in progress until `open` is set. `failing` holds what the next requests are answered with instead.
    """

    def __init__(self, reply):
        self.reply = reply
        self.open = threading.Event()
        self.open.set()
        self.polled = threading.Event()
        self.files, self.batches, self.came, self.failing, self.cancelled = {}, {}, [], [], []
        self.ends = "completed"

    def answer(self, method, path, content):
        """The status and content of the reply to one HTTP request."""
        self.came.append((method, path))
        if self.failing:
            return self.failing.pop(0)
        if (method, path) == ("POST", "/v1/files"):
            name = f"file-{len(self.files)}"
            self.files[name] = re.search(rb"\r\n\r\n(\{.*\n)\r\n--", content, re.DOTALL)[1]
            assert b'name="purpose"\r\n\r\nbatch' in content
            return 200, {"id": name, "object": "file"}
        if (method, path) == ("POST", "/v1/batches"):
            asked = json.loads(content)
            assert asked["endpoint"] == "/v1/chat/completions"
            if asked["input_file_id"] not in self.files:
                return 400, {"error": {"message": "no such file"}}
            name = f"batch-{len(self.batches)}"
            self.batches[name] = asked["input_file_id"]
            return 200, self._batch(name)
        if path.startswith("/v1/batches?"):
            return 200, {"object": "list", "data": [self._batch(name) for name in self.batches]}
        match = re.fullmatch(r"/v1/batches/([\w-]+)", path)
        if match and match[1] in self.batches:
            self.polled.set()
            return 200, self._batch(match[1])
        match = re.fullmatch(r"/v1/batches/([\w-]+)/cancel", path)
        if method == "POST" and match and match[1] in self.batches:
            self.cancelled.append(match[1])
            return 200, {**self._batch(match[1]), "status": "cancelling"}
        if match := re.fullmatch(r"/v1/files/([\w-]+)/content", path):
            return 200, self.files[match[1]]
        return 404, {"error": {"message": f"no {method} {path}"}}

    def _batch(self, name):
        lines = [json.loads(line) for line in self.files[self.batches[name]].splitlines()]
        batch = {"id": name, "object": "batch", "input_file_id": self.batches[name], "errors": None}
        if not self.open.is_set():
            counted = {"completed": 0, "failed": 0, "total": len(lines)}
            return {**batch, "status": "in_progress", "request_counts": counted}
        good, bad = f"{name}-output", f"{name}-errors"
        if good not in self.files and self.ends in ("completed", "expired"):
            replies = [(line["custom_id"], *self.reply(line["body"])) for line in lines]
            self.files[good] = self._results([one for one in replies if one[1] == 200])
            self.files[bad] = self._results([one for one in replies if one[1] != 200])
        if self.ends == "failed":
            return {**batch, "status": "failed", "errors": {"data": [{"message": "the file has too many lines"}]}}
        results = {
            name: file for name, file in (("output_file_id", good), ("error_file_id", bad)) if file in self.files
        }
        return {**batch, "status": self.ends, **results}

    @staticmethod
    def _results(replies):
        results = []
        for key, status, content in replies:
            response = {"status_code": status, "request_id": "r", "body": content} if status else None
            error = None if status else {"code": "batch_expired", "message": "it could not be executed in time"}
            results.append({"id": "x", "custom_id": key, "response": response, "error": error})
        return "".join(json.dumps(one) + "\n" for one in reversed(results)).encode()


def completion_of(text):
    """The content of an answer."""
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    return {"model": "m", "choices": [{"message": {"content": text}, "finish_reason": "stop"}], "usage": usage}


@contextlib.contextmanager
def providing(reply=lambda body: (200, completion_of(f"text {body['seed']}"))):
    """A provider of batches; yields its base URL and what it knows."""
    provider, lock = Provider(reply), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _reply(self):
            content = self.rfile.read(int(self.headers.get("content-length", 0)))
            with lock:
                status, made = provider.answer(self.command, self.path, content)
            body = made if isinstance(made, bytes) else json.dumps(made).encode()
            with contextlib.suppress(ConnectionError):
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        do_GET = do_POST = _reply  # noqa: N815

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1", provider
        finally:
            server.shutdown()
            thread.join()
