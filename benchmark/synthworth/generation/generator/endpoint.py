"""One session's line to a generator: what is sent, how fast, in which form, and what it may cost."""

import asyncio
import contextlib
import os
import random
import re
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from synthworth.core import Request
from synthworth.generation.generator.address import BASE_URL, OPENAI, Address, Generator
from synthworth.generation.generator.answer_store import AnswerStore, Question
from synthworth.generation.generator.background import Background
from synthworth.generation.generator.batch_run import BatchRun
from synthworth.generation.generator.batched_answers import BatchedAnswers
from synthworth.generation.generator.batches import Batches, BatchFailed
from synthworth.generation.generator.concurrency import AdaptiveConcurrency, FixedConcurrency
from synthworth.generation.generator.limits import BudgetReached, Limits, Price, Spending, most_tokens
from synthworth.generation.generator.lines import Line, Lines
from synthworth.generation.generator.negotiation import Negotiation
from synthworth.generation.generator.replies import Fault, completes, fault_of
from synthworth.generation.generator.settings import KEY
from synthworth.generation.generator.transport import Reply, Transport, Unusable
from synthworth.generation.thoughts import Room, decoded, tokens_in

RETRIES = 8
PAUSE_S, LONGEST_PAUSE_S = 0.5, 8.0  # between two tries, unless the server says when
SILENCE_S = 60.0  # without any answer, before the user is told
LAST_ANSWERS_S = 60.0  # for the answers under way when a fault ends the run
TEACHES = (400, 422)
ABOUT_LENGTH = re.compile(r"token|context|length", re.IGNORECASE)
FULL = (429, 503)  # as servers say that they have enough to do
MOST_QUOTED = 200
# Refused as well, by a server that does not work, and answered by one that only refuses what was asked before.
HARMLESS = ({"role": "user", "content": "Write one word."},)


class GeneratorError(ValueError):
    """A generator cannot be reached, refuses, or does not answer as an OpenAI-compatible server does."""


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
        self._room = Room(fixed=generator.settings.max_tokens is not None)
        limit = limits.concurrency
        self._concurrency = FixedConcurrency(limit) if limit else AdaptiveConcurrency()
        self._lines: Lines | None = None
        self._shown = ""
        self._stopping = asyncio.Event()
        self._answered = 0
        self._noticed: set[str] = set()
        self._submitted: set[str] = set()  # batches of this session

    def notice(self, line: str) -> None:
        """Tell the user something about the generator or its recordings, without secrets."""
        self._notice(self._redact(line))

    def send(self, asks: Sequence[Question], answers: AnswerStore, on_answer: Callable[[], None]) -> None:
        """Ask each question until `answers` has it; raises GeneratorError at the first that fails for good."""
        lines = self._connected()
        answers.answered_by("" if len(lines.all) > 1 else lines.all[0].transport.address.recorded)
        if answers.mode == "batch":
            self._run(self._send_batch(lines.all[0], asks, answers, on_answer, waits=True))
        else:
            self._run(self._send(asks, answers, on_answer))

    def submit(self, asks: Sequence[Question], answers: AnswerStore) -> None:
        """Submit questions as a batch that `send` then waits for; raises GeneratorError if the provider takes none."""
        self._run(self._send_batch(self._connected().all[0], asks, answers, lambda: None, waits=False))

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            self._background.run(work)
        except KeyboardInterrupt:
            raise KeyboardInterrupt("answers so far are kept: run the same command to go on") from None

    def close(self) -> None:
        """Close the connections."""
        if self._lines is not None:
            self._background.run(self._lines.close())
            self._lines = None
        self._background.close()

    def _connected(self) -> Lines:
        if self._lines is None:
            given = self._connect()
            self._lines = Lines([self._make_transport(given), *map(self._make_transport, self.generator.replicas)])
            self._shown = ", ".join(line.shown for line in self._lines.all)
        return self._lines

    def _make_transport(self, given: str | None) -> Transport:
        try:
            address = Address.parse(given or self.generator.server)
        except ValueError as error:
            raise self._failed(f"cannot be reached ({error})", "check the base URL") from None
        self._shown = address.shown
        if not given and address.base != OPENAI:
            self.notice(f"generator {self.generator.name} is asked at {address.shown}, as {BASE_URL} says")
        try:
            return Transport(address, self._key(address), self.generator.line)
        except Unusable as error:
            raise self._failed(f"cannot be reached ({error.reason})", error.advice) from None

    def _key(self, address: Address) -> str:
        """The key to send; "" if none is to be sent. A server on one's own machine often needs none."""
        line = self.generator.line
        key = os.environ.get(line.key_name, "").strip() if line.key_name else ""
        wanted = address.is_openai or line.key_variable
        if not key and line.key_name and wanted:
            other = ", or name a server: --synth-generator NAME@BASE_URL" if line.key_name == KEY else ""
            raise self._failed("needs a key", f"set {line.key_name}{other}")
        if not (key.isascii() and key.isprintable()):
            raise self._failed("needs another key", f"{line.key_name} holds characters that no header may hold")
        return key or ("no key" if line.key_name else "")

    async def _send(self, asks: Sequence[Question], answers: AnswerStore, on_answer: Callable[[], None]) -> None:
        self._stopping = asyncio.Event()
        queue = iter(asks)
        size = min(self._concurrency.workers, len(asks))
        workers = [asyncio.ensure_future(self._work(queue, answers, on_answer)) for _ in range(size)]
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

    async def _send_batch(
        self, line: Line, asks: Sequence[Question], answers: AnswerStore, on_answer: Callable[[], None], *, waits: bool
    ) -> None:
        kept = BatchedAnswers(answers, self._negotiation, self._room, self._spending, line, self._say_of_batch)
        run = BatchRun(
            batches=Batches(line.transport),
            asks=kept,
            state=answers.batch_state,
            server=line.transport.address.recorded,
            on_answer=on_answer,
            spending=self._spending,
            pause_s=self.pause_s,
            submitted=self._submitted,
        )
        questions = {answers.key_of(body, request.sample): (body, request) for body, request in asks}
        try:
            with answers.unrecorded():
                await (run.run if waits else run.submit)(questions)
        except BudgetReached as error:
            raise self._failed(f"gets no batch, to stay within the budget of {error}", RAISE_BUDGET) from None
        except BatchFailed as error:
            fault = fault_of(error.reply)
            what = error.reply.failure if not error.reply.status else f"{fault.begins} ({self._quoted(fault.quote)})"
            raise self._failed(f"has failed a batch: {self._quoted(what)}", BATCH_ADVICE) from None

    def _say_of_batch(self, line: str) -> None:
        self.notice(f"generator {self.generator.name} {line}")

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
                    "silence",
                    f"has not answered for {SILENCE_S:g} s; it has {self.generator.line.timeout_s:g} s for each answer",
                )
            before = self._answered

    async def _work(self, queue: Iterator[Question], answers: AnswerStore, on_answer: Callable[[], None]) -> None:
        while not self._stopping.is_set() and (ask := next(queue, None)):
            try:
                answered = await self._answer(_OpenQuestion(*ask), answers)
            except BudgetReached as error:
                raise self._failed(f"was not asked again, to stay within the budget of {error}", RAISE_BUDGET) from None
            if answered:
                self._answered += 1
                on_answer()

    async def _answer(self, question: "_OpenQuestion", answers: AnswerStore) -> bool:
        """Ask until `answers` has the answer; False if the run is stopping and it has not come."""
        while not self._stopping.is_set():
            async with self._concurrency.slot() as ticket:
                asked = await self._ask(question, answers)
                if asked is None:
                    return False
                ticket.answered, ticket.refused = asked.kept, asked.reply.status in FULL
            if self._learns(question.body, asked) or asked.kept:
                if asked.kept:
                    return True
                continue
            fault = fault_of(asked.reply)
            if fault.about_request and (fault.filtered or await self._answers_harmless(asked, answers)):
                omitted = self._negotiation.omits(question.body)
                answers.reject(question.body, question.request, attempt=question.sent - 1, omitted=omitted)
                self._notice_once("rejected", f"refuses a request ({self._quoted(fault.quote)}): a dropped answer")
                return True
            await self._wait_to_ask_again(question, asked.line, fault)
        return False

    async def _ask(self, question: "_OpenQuestion", answers: AnswerStore) -> "_Asked | None":
        """Send a question once; None if the run is stopping and it was not sent."""
        body, request = question.body, question.request
        line, room, omitted = self._connected().least_busy(), self._room.tokens, self._negotiation.omits(body)
        form = self._room.given(self._negotiation.adapted(body))
        circumstances = {
            "attempt": question.sent,
            "omitted": omitted,
            "room": room,
            "grows": self._room.grows,
            "lost": question.lost,
            "server": line.transport.address.recorded,
        }
        async with self._spending.allowed(*most_tokens(form)) as spend:
            await self._spending.paced()
            if self._stopping.is_set():
                return None
            with answers.asking(body, request, **circumstances), line.asked():
                reply = await line.transport.post(form)
            question.sent += reply.requests
            completion = answers.find(body, request.sample)
            if completion:
                line.failures = 0
                spend(completion.prompt_tokens, completion.completion_tokens)
            elif reply.answered:  # by something that is no text, and may have cost as much
                question.lose(*tokens_in(reply.text))
                spend(*tokens_in(reply.text))
        return _Asked(line=line, form=form, room=room, reply=reply, kept=completion is not None)

    def _learns(self, body: Mapping[str, Any], asked: "_Asked") -> bool:
        """True if a reply teaches another form of the same question."""
        reply = asked.reply
        if reply.status in TEACHES:
            if (
                self._room.given(self._negotiation.adapted(body)) != asked.form
            ):  # another worker has learnt it meanwhile
                return True
            lesson = self._negotiation.learn(asked.form, reply.text)
            if not lesson and ABOUT_LENGTH.search(reply.text) and self._room.shrink(asked.room):
                return True
        elif reply.answered and self._room.grows:
            lesson = self._room.learn(answer := decoded(reply.text), asked.room)
            if not lesson and answer and not asked.kept and self._room.tokens > asked.room:
                return True
        else:
            return False
        if lesson:
            self.notice(f"generator {self.generator.name} {lesson}")
        return bool(lesson)

    async def _answers_harmless(self, asked: "_Asked", answers: AnswerStore) -> bool:
        """True if the server answers a harmless request of the same form: it is the text then that it refuses."""
        harmless = {**asked.form, "messages": [dict(message) for message in HARMLESS]}
        async with self._spending.allowed(*most_tokens(harmless)) as spend:
            await self._spending.paced()
            with answers.unrecorded():
                reply = await asked.line.transport.post(harmless)
            if reply.answered:
                spend(0, 0)
        return completes(reply)

    async def _wait_to_ask_again(self, question: "_OpenQuestion", line: Line, fault: Fault) -> None:
        tries = question.tries
        tries[fault.kind] += 1
        given_up = tries[fault.kind] > (self.retries if fault.retries is None else fault.retries)
        if self._connected().leaves_out(line, fault, given_up=given_up):
            tries.clear()
            self._notice_once(
                line.shown,
                f"{fault.begins} ({self._quoted(fault.quote)}): left out, its questions go to the other servers",
                at=line.shown,
            )
            return
        if given_up:
            blamed = self.generator.settings.blamed(fault.quote) if fault.about_request else []
            advice = f"take {', '.join(blamed)} out of extra_body in the generator's table" if blamed else fault.advice
            raise self._failed(f"{fault.begins} ({self._quoted(fault.quote)})", advice, at=line.shown)
        self._notice_once(fault.kind, f"{fault.begins} ({self._quoted(fault.quote)}); it is asked again", at=line.shown)
        chance = random.Random(f"{question.request.sample}/{question.sent}")
        longest = min(self.pause_s * 2 ** (tries[fault.kind] - 1), LONGEST_PAUSE_S)
        wait_s = longest * chance.uniform(0.75, 1) if fault.wait_s is None else fault.wait_s
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), wait_s)

    def _notice_once(self, kind: str, line: str, at: str = "") -> None:
        if kind not in self._noticed:
            self._noticed.add(kind)
            self.notice(f"generator {self.generator.name} at {at or self._shown} {line}")

    def _quoted(self, text: str) -> str:
        """The beginning of what a server said, on one line that moves no cursor; without secrets, not even halves."""
        line = self._redact(" ".join(text.split()))
        line = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
        return line if len(line) <= MOST_QUOTED else line[:MOST_QUOTED] + "..."

    def _failed(self, what: str, advice: str, at: str = "") -> GeneratorError:
        at = f" at {at or self._shown}" if at or self._shown else ""
        advice = advice.replace(KEY, self.generator.line.key_name or KEY)
        line = f"generator {self.generator.name}{at} {what}; {advice}; answers so far are kept"
        return GeneratorError(self._redact(line))


BATCH_ADVICE = "run the same command again, or record with --synth-record missing if the server takes no batches"
RAISE_BUDGET = "raise --synth-budget and run the same command again"


@dataclass
class _OpenQuestion:
    """One question while it is asked: how often it was sent, what went wrong, and tokens of answers that were none."""

    body: Mapping[str, Any]
    request: Request
    tries: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    lost: tuple[int, int] = (0, 0)

    def lose(self, prompt: int, completion: int) -> None:
        """Count the tokens of an answer that is not kept."""
        self.lost = self.lost[0] + prompt, self.lost[1] + completion


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """A question that was sent once: to which server, in which form and with how much room, and what came of it."""

    line: Line
    form: Mapping[str, Any]
    room: int
    reply: Reply
    kept: bool
