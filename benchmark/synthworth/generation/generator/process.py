"""The embedded generator as a child process that never outlives its parent."""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from synthworth.generation.generator.embedded import EMBEDDED, Unavailable, weights_of


class EmbeddedServer:
    """A server that starts on `start()`, once, and stops on `stop()`, or when this process ends in whatever way."""

    def __init__(
        self, model: str = EMBEDDED, weights: Path | None = None, say: Callable[[str], None] = lambda line: None
    ) -> None:
        self._model, self._weights, self._say = model, weights, say
        self._process: subprocess.Popen[str] | None = None
        self._url = ""

    def start(self) -> str:
        """The base URL of the running server; raises Unavailable, with what is missing, if it cannot run."""
        if self._process is None or self._process.poll() is not None:
            file = weights_of(self._model, self._weights, self._say)
            self.stop()
            command = [sys.executable, "-m", "synthworth", "serve", "--stop-with-stdin", "--port", "0"]
            command += ["--model", self._model, "--weights", str(file)]
            with tempfile.TemporaryFile("w+") as log:  # a pipe that is not read would fill up and stop the server
                process = subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
                )
                self._process = process
                self._url = process.stdout.readline().strip() if process.stdout else ""
                if not self._url:
                    log.seek(0)
                    reason = log.read().strip().splitlines()[-1:] or ["no message"]
                    self.stop()
                    raise Unavailable(f"the embedded generator did not start: {reason[0]}")
        return self._url

    def stop(self) -> None:
        """End the server, and wait for its end."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.wait(timeout=30)
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    pipe.close()
