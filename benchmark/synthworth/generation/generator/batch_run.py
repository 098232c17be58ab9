"""The wait for a provider's batches: submitted, asked about, taken up after a kill, and their answers recorded."""

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from synthworth.generation.generator.answer_store import Question
from synthworth.generation.generator.batches import ENDED, Batches, BatchFailed, BatchState, counts, lines_of, portions
from synthworth.generation.generator.limits import Spending
from synthworth.generation.generator.replies import Fault, fault_of
from synthworth.generation.generator.transport import Reply

LONGEST_PAUSE_S = 60.0  # between two questions how far a batch is
MOST_LOST = 8  # questions in a row how far it is, without an answer
UNKNOWN = (404, 410)  # as a provider answers about a batch or file of another account, or one that has expired
UNKNOWN_FILE = (400, *UNKNOWN)


class Asks(Protocol):
    """An endpoint, as a batch needs it."""

    def form_of(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The body in the form that the server takes."""
        ...

    def keeps(self, question: Question, form: Mapping[str, Any], reply: Reply) -> bool:
        """Record the reply to a question if it is an answer; learn from it if it is none."""
        ...

    def rejects(self, question: Question, quote: str) -> None:
        """Record that the server refuses a question for good."""
        ...

    def say(self, line: str) -> None:
        """Tell the user."""
        ...


@dataclass
class BatchRun:
    """The questions of one recording that are answered by batches; `state` is the file that a killed run goes on with.

    `on_answer` is called at each answer. `spending` is asked before a batch is submitted: it raises BudgetReached if
    that might cost too much; the most that it may take stays reserved as long as its state is kept. `pause_s` is the
    first pause before a batch is asked about. `submitted` holds the numbers of the batches of this session.
    """

    batches: Batches
    asks: Asks
    state: Path
    server: str
    on_answer: Callable[[], None]
    spending: Spending
    pause_s: float
    submitted: set[str] = field(default_factory=set)
    _waiting: dict[str, Question] = field(default_factory=dict)

    async def run(self, questions: Mapping[str, Question]) -> None:
        """Have all questions, by their keys, answered; raises BatchFailed if a batch brings nothing."""
        self._waiting = dict(questions)
        while self._waiting:
            left = await self._left_by_another_run()
            if left is not None and await self._goes_on(left):
                continue
            await self._finish(await self._submit())
        self.state.unlink(missing_ok=True)

    async def submit(self, questions: Mapping[str, Question]) -> None:
        """Submit a batch of these questions, for `run` to go on with, unless one is under way."""
        self._waiting = dict(questions)
        if not self._waiting:
            return
        left = await self._left_by_another_run()
        if left is None:
            await self._submit()
        else:
            self._holds(left)

    async def _left_by_another_run(self) -> BatchState | None:
        """Return what a run that was stopped waits for, if any of it is still wanted, and from this server."""
        state = BatchState.read(self.state)
        if state is None or not state.file:  # nothing was submitted for certain
            return None
        if state.server != self.server:
            self._gives_up(state, f"it was submitted to {state.server}, and now {self.server} is asked")
        elif self._waiting.keys().isdisjoint(state.keys):
            why = "none of its requests is wanted any more: prompts or settings have changed"
            cancelled = bool(state.batch) and await self.batches.cancel(state.batch)
            self._gives_up(state, why + ("; it is cancelled" if cancelled else ""))
        else:
            return state
        return None

    async def _goes_on(self, state: BatchState) -> bool:
        """Wait for what another run submitted and record its answers; return False if the provider does not know it."""
        self._holds(state)
        try:
            if not state.batch:
                found = await self.batches.find(state.file) or await self.batches.create(state.file)
                state = replace(state, batch=found).write(self.state)
            elif state.batch not in self.submitted:
                self.asks.say(f"goes on with the batch {state.batch} of {len(state.keys):,} requests")
            await self._finish(state)
        except BatchFailed as error:
            if error.reply.status not in (UNKNOWN if state.batch else UNKNOWN_FILE):
                raise
            self._gives_up(state, f"the provider does not know it any more ({error.reply.status})")
            return False
        return True

    def _holds(self, state: BatchState) -> None:
        self.spending.hold_batch(self.state, self._forms_of(state).values())

    def _forms_of(self, state: BatchState) -> dict[str, dict[str, Any]]:
        """The requests of a batch that are still wanted, by their keys."""
        return {key: self.asks.form_of(self._waiting[key][0]) for key in state.keys if key in self._waiting}

    def _gives_up(self, state: BatchState, why: str) -> None:
        self.spending.release_batch(self.state)
        self.asks.say(f"does not go on with {state.batch or state.file}, of {self.state.name}: {why}")

    async def _finish(self, state: BatchState) -> None:
        """Wait for a batch and record its answers; raises BatchFailed if it brings nothing."""
        status = await self._ended(state)
        before = len(self._waiting)
        forms = self._forms_of(state)
        fault = await self._record(status, forms)
        self.state.unlink()
        self.spending.release_batch(self.state)
        learnt = any(self.asks.form_of(self._waiting[key][0]) != forms[key] for key in forms if key in self._waiting)
        if len(self._waiting) == before and not learnt:
            raise BatchFailed(fault or Reply(failure=_reason(status)))

    async def _submit(self) -> BatchState:
        """Submit as many of the questions that wait as one batch takes.

        What another run left stays until the new batch takes its place: if none can be had, nothing is lost.
        """
        keys = next(portions(list(self._waiting)))
        forms = {key: self.asks.form_of(self._waiting[key][0]) for key in keys}
        self.spending.allow_batch(self.state, forms.values())
        try:
            file = await self.batches.upload(lines_of(forms))
        except BatchFailed:
            self.spending.release_batch(self.state)
            raise
        state = BatchState(keys=tuple(keys), server=self.server, file=file).write(self.state)
        state = replace(state, batch=await self.batches.create(state.file)).write(self.state)
        self.submitted.add(state.batch)
        self.asks.say(
            f"has got the batch {state.batch} of {len(keys):,} requests, at half the price: it answers within a day; "
            "this run may be stopped, the same command goes on"
        )
        return state

    async def _ended(self, state: BatchState) -> dict[str, Any]:
        """The status in which the batch has ended, once it has."""
        pause_s, lost, said = self.pause_s, 0, ""
        while True:
            try:
                status = await self.batches.status(state.batch)
                lost = 0
            except BatchFailed as error:
                lost += 1
                if lost > MOST_LOST or fault_of(error.reply).retries == 0:
                    raise
                status = {}
            if status.get("status") in ENDED:
                return status
            done, total = counts(status)
            line = f"batch {state.batch}: {status.get('status')}, {done:,} of {total:,}"
            if status and line != said:
                said = line
                self.asks.say(line)
            await asyncio.sleep(pause_s)
            pause_s = min(1.5 * pause_s, LONGEST_PAUSE_S)

    async def _record(self, status: Mapping[str, Any], forms: Mapping[str, Mapping[str, Any]]) -> Reply | None:
        """Record the answers of a batch; return the first reply that was none."""
        failed: dict[str, Reply] = {}
        answered = 0
        for name in ("output_file_id", "error_file_id"):
            if not status.get(name):
                continue
            for key, reply in await self.batches.answers(str(status[name])):
                if key not in forms or key not in self._waiting:
                    continue
                if self.asks.keeps(self._waiting[key], forms[key], reply):
                    answered += 1
                    self._done(key)
                else:
                    failed[key] = reply
        for key, reply in failed.items():
            fault: Fault = fault_of(reply)
            # As the others were answered, it is this text that the provider refuses.
            if fault.about_request and (fault.filtered or answered):
                self.asks.rejects(self._waiting[key], fault.quote)
                self._done(key)
        return next(iter(failed.values()), None)

    def _done(self, key: str) -> None:
        del self._waiting[key]
        self.on_answer()


def _reason(status: Mapping[str, Any]) -> str:
    with contextlib.suppress(LookupError, TypeError):
        return str(status["errors"]["data"][0]["message"])
    errors = status.get("errors")
    return f"the batch is {status.get('status')}, " + (json.dumps(errors) if errors else "and has brought no answer")
