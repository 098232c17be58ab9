"""One session's line to a generator: what is sent, how fast, in which form, and what it may cost."""

import asyncio
import contextlib
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from synthworth.core import Completion, Request
from synthworth.generation.generator.address import BASE_URL, OPENAI, Address, Generator
from synthworth.generation.generator.background import Background
from synthworth.generation.generator.limits import BudgetReached, Limits, Price, Spending, most_tokens
from synthworth.generation.generator.negotiation import Negotiation
from synthworth.generation.generator.replies import Fault, completes, fault_of
from synthworth.generation.generator.transport import ANSWER_S, Reply, Transport, Unusable

RETRIES = 8
PAUSE_S, LONGEST_PAUSE_S = 0.5, 8.0  # between two tries, unless the server says when
SILENCE_S = 60.0  # without any answer, before the user is told
LAST_ANSWERS_S = 60.0  # for the answers under way when a fault ends the run
TEACHES = (400, 422)
MOST_QUOTED = 200
# Refused as well, by a server that does not work, and answered by one that only refuses what was asked before.
HARMLESS = ({"role": "user", "content": "Write one word."},)
Ask = tuple[Mapping[str, Any], Request]


class GeneratorError(ValueError):
    """A generator cannot be reached, refuses, or does not answer as an OpenAI-compatible server does."""


class AnswerStore(Protocol):
    """A recording, as an endpoint and a client need it."""

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

    def unrecorded(self) -> AbstractContextManager[None]:
        """A context in which what is sent is no question of the run."""
        ...

    def reject(self, body: Mapping[str, Any], request: Request, *, attempt: int, omitted: Sequence[str]) -> None:
        """Keep that the server refuses this request."""
        ...

    def answered_by(self, server: str) -> None:
        """Name the server of the answers to come."""
        ...


class Endpoint:
    """The line to one generator, with the same limits for all questions of a session; `close` it at the end.

    `connect` gives the base URL and is called when the first question is sent; `notice` gets lines for the user on what
    takes long or works otherwise than asked for; `redact` takes secrets out of messages that quote a server or a URL.
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
        self.pause_s = PAUSE_S
        self._limits = limits
        self._connect = connect
        self._notice = notice
        self._redact = redact
        self._spending = Spending(limits, price)
        self._negotiation = Negotiation()
        self._background = Background()
        self._transport: Transport | None = None
        self._shown = ""
        self._stopping = asyncio.Event()
        self._answered = 0
        self._noticed: set[str] = set()

    def notice(self, line: str) -> None:
        """Tell the user something about the generator or its recordings, without secrets."""
        self._notice(self._redact(line))

    def send(self, asks: Sequence[Ask], answers: AnswerStore, on_answer: Callable[[], None]) -> None:
        """Ask each question until `answers` has it; raises GeneratorError at the first that fails for good."""
        if self._transport is None:
            self._transport = self._make_transport()
        answers.answered_by(self._transport.address.recorded)
        try:
            self._background.run(self._send(self._transport, asks, answers, on_answer))
        except KeyboardInterrupt:
            raise KeyboardInterrupt("answers so far are kept: run the same command to go on") from None

    def close(self) -> None:
        """Close the connections."""
        if self._transport is not None:
            self._background.run(self._transport.close())
            self._transport = None
        self._background.close()

    def _make_transport(self) -> Transport:
        given = self._connect()
        try:
            address = Address.parse(given or self.generator.server)
        except ValueError as error:
            raise self._failed(f"cannot be reached ({error})", "check the base URL") from None
        self._shown = address.shown
        if not given and address.base != OPENAI:
            self.notice(f"generator {self.generator.name} is asked at {address.shown}, as {BASE_URL} says")
        key = os.environ.get("OPENAI_API_KEY", "").strip() or ("" if address.is_openai else "no key")
        if not key:
            raise self._failed("needs a key", "set OPENAI_API_KEY, or name a server: --synth-generator NAME@BASE_URL")
        if not (key.isascii() and key.isprintable()):
            raise self._failed("needs another key", "OPENAI_API_KEY holds characters that no header may hold")
        try:
            return Transport(address, key)
        except Unusable as error:
            raise self._failed(f"cannot be reached ({error.reason})", error.advice) from None

    async def _send(
        self, transport: Transport, asks: Sequence[Ask], answers: AnswerStore, on_answer: Callable[[], None]
    ) -> None:
        self._stopping = asyncio.Event()
        queue = iter(asks)
        size = min(self._limits.concurrency, len(asks))
        workers = [asyncio.ensure_future(self._work(transport, queue, answers, on_answer)) for _ in range(size)]
        watch = asyncio.ensure_future(self._watch())
        try:
            done, under_way = await asyncio.wait(workers, return_when=asyncio.FIRST_EXCEPTION)
            failures = [error for worker in done if (error := worker.exception())]
            self._stopping.set()
            if under_way and isinstance(failures[0], GeneratorError):
                await self._wait_for_last(under_way)
        finally:
            self._stopping.set()
            for task in (*workers, watch):
                task.cancel()
            await asyncio.gather(*workers, watch, return_exceptions=True)
        if failures:
            raise failures[0]

    async def _wait_for_last(self, under_way: set[asyncio.Task[None]]) -> None:
        """Let answers come that are under way, and paid for: none of them is asked for again."""
        _, late = await asyncio.wait(under_way, timeout=2 * self.pause_s)
        if late:
            self.notice(
                f"generator {self.generator.name} failed: waiting up to {LAST_ANSWERS_S:g} s for {len(late)} answers "
                "under way"
            )
            await asyncio.wait(late, timeout=LAST_ANSWERS_S)

    async def _watch(self) -> None:
        before = self._answered
        while True:
            await asyncio.sleep(SILENCE_S)
            if self._answered == before:
                self._notice_once(
                    "silence", f"has not answered for {SILENCE_S:g} s; it has {ANSWER_S:g} s for each answer"
                )
            before = self._answered

    async def _work(
        self, transport: Transport, queue: Iterator[Ask], answers: AnswerStore, on_answer: Callable[[], None]
    ) -> None:
        while not self._stopping.is_set() and (ask := next(queue, None)):
            try:
                answered = await self._answer(transport, *ask, answers)
            except BudgetReached as error:
                raise self._failed(f"was not asked again, to stay within the budget of {error}", RAISE_BUDGET) from None
            if answered:
                self._answered += 1
                on_answer()

    async def _answer(
        self, transport: Transport, body: Mapping[str, Any], request: Request, answers: AnswerStore
    ) -> bool:
        """Ask until `answers` has the answer; False if the run is stopping and it has not come."""
        tries: Counter[str] = Counter()
        sent = 0
        while not self._stopping.is_set():
            form, omitted = self._negotiation.adapted(body), self._negotiation.omits(body)
            async with self._spending.allowed(*most_tokens(body)) as spend:
                await self._spending.paced()
                if self._stopping.is_set():
                    return False
                with answers.asking(body, request, attempt=sent, omitted=omitted):
                    reply = await transport.post(form)
                sent += reply.requests
                if completion := answers.find(body, request.sample):
                    spend(completion.prompt_tokens, completion.completion_tokens)
                    return True
                if reply.answered:  # by something that is no completion, and may have cost as much
                    spend(0, 0)
            if self._learns(body, form, reply):
                continue
            fault = fault_of(reply)
            if fault.about_request and (fault.filtered or await self._answers_harmless(transport, form, answers)):
                answers.reject(body, request, attempt=sent - 1, omitted=omitted)
                self._notice_once("rejected", f"refuses a request ({self._quoted(fault.quote)}): a dropped answer")
                return True
            await self._wait_to_ask_again(fault, tries, random.Random(f"{request.sample}/{sent}"))
        return False

    def _learns(self, body: Mapping[str, Any], form: Mapping[str, Any], reply: Reply) -> bool:
        """True if the refusal of this form teaches another one."""
        if reply.status not in TEACHES:
            return False
        if self._negotiation.adapted(body) != form:  # another worker has learnt it meanwhile
            return True
        lesson = self._negotiation.learn(form, reply.text)
        if lesson:
            self.notice(f"generator {self.generator.name} {lesson}")
        return bool(lesson)

    async def _answers_harmless(self, transport: Transport, form: Mapping[str, Any], answers: AnswerStore) -> bool:
        """True if the server answers a harmless request of the same form: it is the text then that it refuses."""
        harmless = {**form, "messages": [dict(message) for message in HARMLESS]}
        async with self._spending.allowed(*most_tokens(harmless)) as spend:
            await self._spending.paced()
            with answers.unrecorded():
                reply = await transport.post(harmless)
            if reply.answered:
                spend(0, 0)
        return completes(reply)

    async def _wait_to_ask_again(self, fault: Fault, tries: Counter[str], chance: random.Random) -> None:
        tries[fault.kind] += 1
        if tries[fault.kind] > (self.retries if fault.retries is None else fault.retries):
            raise self._failed(f"{fault.begins} ({self._quoted(fault.quote)})", fault.advice)
        self._notice_once(fault.kind, f"{fault.begins} ({self._quoted(fault.quote)}); it is asked again")
        longest = min(self.pause_s * 2 ** (tries[fault.kind] - 1), LONGEST_PAUSE_S)
        wait_s = longest * chance.uniform(0.75, 1) if fault.wait_s is None else fault.wait_s
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), wait_s)

    def _notice_once(self, kind: str, line: str) -> None:
        if kind not in self._noticed:
            self._noticed.add(kind)
            self.notice(f"generator {self.generator.name} at {self._shown} {line}")

    def _quoted(self, text: str) -> str:
        """The beginning of what a server said, on one line that moves no cursor; without secrets, not even halves."""
        line = self._redact(" ".join(text.split()))
        line = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
        return line if len(line) <= MOST_QUOTED else line[:MOST_QUOTED] + "..."

    def _failed(self, what: str, advice: str) -> GeneratorError:
        at = f" at {self._shown}" if self._shown else ""
        line = f"generator {self.generator.name}{at} {what}; {advice}; answers so far are kept"
        return GeneratorError(self._redact(line))


RAISE_BUDGET = "raise --synth-budget and run the same command again"
