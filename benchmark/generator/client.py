"""The openai client in front of a recording: what is recorded is replayed, what is missing is asked for."""

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from benchmark.completion import Completion, Request

SAMPLE_HEADER = "x-synth-sample"
RETRIES = 8
TIMEOUT_S = 600.0


class GeneratorError(ValueError):
    """A generator that cannot be reached, refuses, or does not answer as an OpenAI-compatible server does."""


@dataclass(frozen=True, kw_only=True)
class Generator:
    """Who writes the texts: the model's name, and the base URL of the server (None: OpenAI's own)."""

    name: str
    base_url: str | None = None

    @classmethod
    def parse(cls, text: str) -> "Generator":
        """`NAME` or `NAME@BASE_URL`.

        >>> Generator.parse("qwen3-8b@http://127.0.0.1:8000/v1").base_url
        'http://127.0.0.1:8000/v1'
        """
        name, _, url = text.partition("@")
        if not name or (url and not url.startswith(("http://", "https://"))) or ("@" in text and not url):
            raise ValueError(f"generator {text!r}; give NAME or NAME@BASE_URL, as in qwen3-8b@http://127.0.0.1:8000/v1")
        return cls(name=name, base_url=url or None)


class Answers(Protocol):
    """What the client needs of a recording."""

    mode: str

    def find(self, body: Mapping[str, Any], sample: int) -> Completion | None:
        """The recorded answer, or None."""
        ...

    def recording(self) -> Any:
        """A context in which what is sent is recorded."""
        ...


class Client:
    """Completes requests: from the recording where it has the answer, from the generator where it may ask.

    `connect` gives the base URL and is called only when something must be sent; `missing` makes the error that
    is raised when something is missing and may not be sent, from the number missing and the number wanted.
    """

    def __init__(
        self,
        generator: Generator,
        answers: Answers,
        *,
        connect: Callable[[], str | None],
        missing: Callable[[int, int], Exception],
        concurrency: int = 16,
        retries: int = RETRIES,
        on_answer: Callable[[], None] = lambda: None,
    ) -> None:
        self.generator = generator
        self._answers = answers
        self._connect = connect
        self._missing = missing
        self._concurrency = concurrency
        self._retries = retries
        self._on_answer = on_answer

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """The answers, in the order of the requests; all of them, or an error and whatever was answered kept."""
        wanted = [(self._body(request), request.sample) for request in requests]
        absent = [ask for ask in wanted if self._answers.find(*ask) is None]
        if absent:
            if self._answers.mode == "none":
                raise self._missing(len(absent), len(wanted))
            with self._answers.recording():
                asyncio.run(self._send(absent))
        found = [self._answers.find(*ask) for ask in wanted]
        if any(completion is None for completion in found):
            raise self._failed("answered with something that is no chat completion", "is this the right base URL?")
        return [completion for completion in found if completion is not None]

    def _body(self, request: Request) -> dict[str, Any]:
        return {
            "model": self.generator.name,
            "messages": [dict(m) for m in request.messages],
            **request.parameters,
        }

    async def _send(self, asks: Sequence[tuple[dict[str, Any], int]]) -> None:
        import openai

        url = self._connect()
        key = os.environ.get("OPENAI_API_KEY") or ("no key" if url else None)
        if key is None:
            raise self._failed("needs a key", "set OPENAI_API_KEY, or name a server: --synth-generator NAME@BASE_URL")
        client = openai.AsyncOpenAI(base_url=url, api_key=key, max_retries=self._retries, timeout=TIMEOUT_S)
        queue = iter(asks)
        async with client:
            workers = [asyncio.ensure_future(self._work(client, queue)) for _ in range(self._concurrency)]
            try:
                await asyncio.gather(*workers)
            finally:
                for worker in workers:
                    worker.cancel()
                await asyncio.gather(*workers, return_exceptions=True)

    async def _work(self, client: Any, queue: Iterator[tuple[dict[str, Any], int]]) -> None:
        import openai

        for body, sample in queue:
            try:
                await client.chat.completions.create(**body, extra_headers={SAMPLE_HEADER: str(sample)})
            except openai.APIStatusError as error:
                raise self._refused(error.status_code, error.message) from None
            except openai.APIConnectionError as error:
                cause = error.__cause__ or error
                why = str(cause) or type(cause).__name__
                raise self._failed(f"cannot be reached ({why})", "start it, or check the base URL") from None
            except ValueError as error:
                raise self._failed(f"did not answer with JSON ({error})", "is this the right base URL?") from None
            self._on_answer()

    def _refused(self, status: int, message: str) -> GeneratorError:
        advice = {
            401: "check OPENAI_API_KEY",
            403: "check OPENAI_API_KEY and what it may use",
            404: "check the model's name and that the base URL ends in /v1",
            429: "wait, or lower --synth-concurrency",
        }.get(status, "see the server's log, then run the same command again")
        said = " ".join(message.split())[:200]
        return self._failed(f"answered {status} ({said})", advice)

    def _failed(self, what: str, advice: str) -> GeneratorError:
        at = f" at {self.generator.base_url}" if self.generator.base_url else ""
        return GeneratorError(f"generator {self.generator.name}{at} {what}; {advice}; answers so far are kept")
