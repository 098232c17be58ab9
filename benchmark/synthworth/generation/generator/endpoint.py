"""One session's line to a generator: what is sent, how fast, in which form, and what it may cost."""

import asyncio
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from synthworth.core.completion import Completion, Request
from synthworth.generation.generator.limits import BudgetReached, Limits, Price, Spending, most_tokens
from synthworth.generation.generator.negotiation import Negotiation

RETRIES = 8
ATTEMPTS = 3  # answers that are no completion, before it is called a fault of the server
TIMEOUT_S = 600.0
TEACHES = (400, 422)
RETRY_HEADER = "x-stainless-retry-count"  # the openai client counts there how often it has tried before
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


class AnswerStore(Protocol):
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

    def send(self, asks: Sequence[Ask], answers: AnswerStore, on_answer: Callable[[], None]) -> None:
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
        import httpx2
        import openai

        url = self._connect()
        key = os.environ.get("OPENAI_API_KEY", "").strip() or ("no key" if url else "")
        if not key:
            raise self._failed("needs a key", "set OPENAI_API_KEY, or name a server: --synth-generator NAME@BASE_URL")
        if not (key.isascii() and key.isprintable()):
            raise self._failed("needs another key", "OPENAI_API_KEY holds characters that no header may hold")
        try:
            return openai.AsyncOpenAI(
                base_url=url,
                api_key=key,
                max_retries=self.retries,
                timeout=TIMEOUT_S,
                default_headers={"accept-encoding": "gzip"},  # what a recording can unpack
                # A hook, since the client sends its retries by itself: they count in a server's quota too.
                http_client=openai.DefaultAsyncHttpxClient(event_hooks={"request": [self._spending.paced]}),
            )
        except httpx2.InvalidURL as error:
            raise self._failed(f"cannot be reached ({error})", "check the base URL") from None

    async def _send(self, asks: Sequence[Ask], answers: AnswerStore, on_answer: Callable[[], None]) -> None:
        queue = iter(asks)
        size = min(self._limits.concurrency, len(asks))
        workers = [asyncio.ensure_future(self._work(queue, answers, on_answer)) for _ in range(size)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _work(self, queue: Iterator[Ask], answers: AnswerStore, on_answer: Callable[[], None]) -> None:
        for body, request in queue:
            try:
                await self._answer(body, request, answers)
            except BudgetReached as error:
                raise self._failed(f"was not asked on, to stay within the budget of {error}", RAISE_BUDGET) from None
            on_answer()

    async def _answer(self, body: Mapping[str, Any], request: Request, answers: AnswerStore) -> None:
        response: Any = None
        sent = 0
        for _ in range(ATTEMPTS):
            async with self._spending.allowed(*most_tokens(body)) as took:
                response, sent = await self._post(body, request, answers, sent)
                completion = answers.find(body, request.sample)
                if completion:
                    took(completion.prompt_tokens, completion.completion_tokens)
                    return
                took(0, 0)
        kind = response.headers.get("content-type", "no content type")
        came = f"{kind}: {self._quoted(response.text, 80)}"
        raise self._failed(
            f"answered with something that is no chat completion ({came})", "is this the right base URL?"
        )

    async def _post(
        self, body: Mapping[str, Any], request: Request, answers: AnswerStore, sent: int
    ) -> tuple[Any, int]:
        """Sends the body in the form that the server takes; the response, and how many requests it took.

        `sent` counts those before.
        """
        while True:
            form = self._negotiation.adapted(body)
            with answers.asking(body, request, attempt=sent, omitted=self._negotiation.omits(body)):
                response = await self._exchange(form)
            sent += 1 + int(response.request.headers.get(RETRY_HEADER, 0))
            if response.status_code not in TEACHES:
                return response, sent
            if self._negotiation.adapted(body) == form:  # else another worker has learnt it meanwhile
                learnt = self._negotiation.learn(form, response.text)
                if not learnt:
                    raise self._refused(response)
                self._notice(f"generator {self.generator.name} {learnt}")

    async def _exchange(self, form: Mapping[str, Any]) -> Any:
        """The response, one that may teach something among them; GeneratorError where none of use comes."""
        import httpx2
        import openai

        try:
            return await self._client.post("/chat/completions", body=form, cast_to=httpx2.Response)
        except openai.APIStatusError as error:
            if error.status_code in TEACHES:
                return error.response
            raise self._refused(error.response) from None
        except openai.APIConnectionError as error:
            cause = error.__cause__ or error
            why = self._quoted(str(cause) or type(cause).__name__, 200)
            raise self._failed(f"cannot be reached ({why})", "start it, or check the base URL") from None

    def _refused(self, response: Any) -> GeneratorError:
        status = response.status_code
        said = self._quoted(_message(response.text), 200)
        return self._failed(f"answered {status} ({said})", ADVICE.get(status, "see the server's log, then run again"))

    def _quoted(self, text: str, most: int) -> str:
        """The beginning of what a server said, on one line; without secrets, of which a cut may leave a half."""
        line = self._redact(" ".join(text.split()))
        return line if len(line) <= most else line[:most] + "..."

    def _failed(self, what: str, advice: str) -> GeneratorError:
        at = f" at {self.generator.base_url}" if self.generator.base_url else ""
        line = f"generator {self.generator.name}{at} {what}; {advice}; answers so far are kept"
        return GeneratorError(self._redact(line))


def _message(text: str) -> str:
    """What an error in OpenAI's form says; else all of the text."""
    try:
        found = json.loads(text)
        return str(found.get("error", found)["message"])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return text


RAISE_BUDGET = "raise --synth-budget and run the same command again"
ADVICE = {
    400: "the generator refuses what the task asks of it: check its name and its prompts' length",
    401: "check OPENAI_API_KEY",
    403: "check OPENAI_API_KEY and what it may use",
    404: "check the model's name and that the base URL ends in /v1",
    429: "wait, or lower --synth-concurrency or --synth-requests-per-minute",
}
