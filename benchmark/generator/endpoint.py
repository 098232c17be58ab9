"""One session's line to a generator: what is sent, how fast, in which form, and what it may cost."""

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from benchmark.completion import Completion, Request
from benchmark.generator.limits import BudgetReached, Limits, Price, Spending, most_tokens
from benchmark.generator.negotiation import Negotiation

RETRIES = 8
ATTEMPTS = 3  # answers that are no completion, before it is called a fault of the server
TIMEOUT_S = 600.0
TEACHES = (400, 422)
Ask = tuple[Mapping[str, Any], Request]


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
    """What an endpoint and a client need of a recording."""

    mode: str

    def find(self, body: Mapping[str, Any], sample: int) -> Completion | None:
        """The recorded answer, or None."""
        ...

    def recording(self) -> AbstractContextManager[None]:
        """A context in which what is sent is recorded."""
        ...

    def asking(
        self, body: Mapping[str, Any], request: Request, *, attempt: int, omitted: Sequence[str]
    ) -> AbstractContextManager[None]:
        """A context in which what is sent asks for this body and sample."""
        ...


class Endpoint:
    """Sends questions to one generator, all of a session by the same limits; `close` it at the end.

    `connect` gives the base URL and is called when the first question is sent; `notice` is told, in one line, what
    the server turns out not to take; `redact` takes secrets out of messages that quote a server or a URL.
    """

    def __init__(
        self,
        generator: Generator,
        limits: Limits,
        price: Price | None,
        *,
        connect: Callable[[], str | None],
        notice: Callable[[str], None] = lambda line: None,
        redact: Callable[[str], str] = lambda text: text,
    ) -> None:
        self.generator = generator
        self.price = price
        self.retries = RETRIES
        self._limits = limits
        self._connect = connect
        self._notice = notice
        self._redact = redact
        self._spending = Spending(limits, price)
        self._negotiation = Negotiation()
        self._runner = asyncio.Runner()
        self._client: Any = None

    def send(self, asks: Sequence[Ask], answers: Answers, on_answer: Callable[[], None]) -> None:
        """Asks for each question until `answers` has it; GeneratorError at the first that fails for good."""
        if self._client is None:
            self._client = self._make_client()
        self._runner.run(self._send(asks, answers, on_answer))

    def close(self) -> None:
        """Closes the connections."""
        if self._client is not None:
            self._runner.run(self._client.close())
            self._client = None
        self._runner.close()

    def _make_client(self) -> Any:
        import openai

        url = self._connect()
        key = os.environ.get("OPENAI_API_KEY") or ("no key" if url else None)
        if key is None:
            raise self._failed("needs a key", "set OPENAI_API_KEY, or name a server: --synth-generator NAME@BASE_URL")
        return openai.AsyncOpenAI(base_url=url, api_key=key, max_retries=self.retries, timeout=TIMEOUT_S)

    async def _send(self, asks: Sequence[Ask], answers: Answers, on_answer: Callable[[], None]) -> None:
        queue = iter(asks)
        size = min(self._limits.concurrency, len(asks))
        workers = [asyncio.ensure_future(self._work(queue, answers, on_answer)) for _ in range(size)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _work(self, queue: Iterator[Ask], answers: Answers, on_answer: Callable[[], None]) -> None:
        for body, request in queue:
            try:
                async with self._spending.allowed(*most_tokens(body)) as took:
                    completion = await self._answer(body, request, answers)
                    took(completion.prompt_tokens, completion.completion_tokens)
            except BudgetReached as error:
                raise self._failed(f"was not asked on, to stay within the budget of {error}", RAISE_BUDGET) from None
            on_answer()

    async def _answer(self, body: Mapping[str, Any], request: Request, answers: Answers) -> Completion:
        came = ""
        for attempt in range(ATTEMPTS):
            omitted = tuple(self._negotiation.omitted)
            with answers.asking(body, request, attempt=attempt, omitted=omitted):
                came = await self._post(body)
            if completion := answers.find(body, request.sample):
                return completion
        raise self._failed(
            f"answered with something that is no chat completion ({came})", "is this the right base URL?"
        )

    async def _post(self, body: Mapping[str, Any]) -> str:
        """Sends the body in the form that the server takes; the content type of what came."""
        import httpx2
        import openai

        while True:
            sent = self._negotiation.adapted(body)
            try:
                response = await self._client.post("/chat/completions", body=sent, cast_to=httpx2.Response)
            except openai.APIStatusError as error:
                refusal = error.response.text
                if error.status_code not in TEACHES:
                    raise self._refused(error.status_code, error.message) from None
                if self._negotiation.adapted(body) == sent:  # else another worker has learnt it meanwhile
                    learnt = self._negotiation.learn(sent, refusal)
                    if not learnt:
                        raise self._refused(error.status_code, error.message) from None
                    self._notice(f"generator {self.generator.name} {learnt}")
            except openai.APIConnectionError as error:
                cause = error.__cause__ or error
                why = str(cause) or type(cause).__name__
                raise self._failed(f"cannot be reached ({why})", "start it, or check the base URL") from None
            else:
                return str(response.headers.get("content-type", "no content type"))

    def _refused(self, status: int, message: str) -> GeneratorError:
        said = " ".join(message.split())[:200]
        return self._failed(f"answered {status} ({said})", ADVICE.get(status, "see the server's log, then run again"))

    def _failed(self, what: str, advice: str) -> GeneratorError:
        at = f" at {self.generator.base_url}" if self.generator.base_url else ""
        line = f"generator {self.generator.name}{at} {what}; {advice}; answers so far are kept"
        return GeneratorError(self._redact(line))


RAISE_BUDGET = "raise --synth-budget and run the same command again"
ADVICE = {
    400: "the generator refuses what the task asks of it: check its name and its prompts' length",
    401: "check OPENAI_API_KEY",
    403: "check OPENAI_API_KEY and what it may use",
    404: "check the model's name and that the base URL ends in /v1",
    429: "wait, or lower --synth-concurrency or --synth-requests-per-minute",
}
