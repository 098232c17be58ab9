"""Dry run: the requests that a run would send to a generator, and their cost; nothing is sent."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from synthworth.core import Completion, Request, Task
from synthworth.generation.generator import BYTES_PER_TOKEN, Generator
from synthworth.generation.recording import ENDPOINT, Recording, key
from synthworth.generation.thoughts import ROOMS

TOKENS_PER_WORD = 4 / 3  # of English text, about


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The answers that a method needs, how many of them are not recorded, and what these take.

    As if every new answer became a text: for each that is dropped, one more is asked for, at most 10 for a text.
    Token counts of missing answers are estimates. `changed` counts, in the first round that is not recorded, the parts
    that differ from recorded requests.
    """

    needed: int
    missing: int
    prompt_tokens: int
    completion_tokens: int
    changed: Counter[str]
    thinking_tokens: int = 0
    """Of the tokens of completion, those of thoughts, as far as recorded answers tell."""


class Walk:
    """A client that answers from the recording, and makes up texts that no rule drops for the missing answers.

    `before` is the recording that missing requests are compared with, to tell what has changed. `thoughts` are the
    tokens that an answer takes beyond its text, if the recording has none to tell.
    """

    def __init__(
        self,
        task: Task,
        recording: Recording,
        generator: Generator,
        before: Recording | None = None,
        *,
        thoughts: float = 0.0,
    ) -> None:
        self._words = sum(task.words) // 2
        self._recording = recording
        self._thoughts = thoughts
        self._before = before
        self._body = generator.body
        self._recorded: dict[str, Completion] = {}  # by key: two seeds may ask one question
        self._missing: dict[str, Request] = {}
        self._changed: Counter[str] = Counter()
        self._made_up: dict[str, Completion] = {}  # by key: who asks again gets the same
        self._texts: set[str] = set()  # of these, those that are no labels

    def made_up(self, text: str) -> bool:
        """Tell whether a text is an answer that was made up here."""
        return text in self._texts

    def plan(self) -> Plan:
        """The plan of the requests so far."""
        recorded = [one.completion_tokens for one in self._recorded.values() if one.completion_tokens]
        each = fmean(recorded) if recorded else TOKENS_PER_WORD * self._words
        usage = self._recording.usage()
        thinking = usage.thinking_tokens / len(self._recording) if len(self._recording) else self._thoughts
        requests = list(self._missing.values())
        size = sum(len(message["content"].encode()) for request in requests for message in request.messages)
        return Plan(
            needed=len(self._recorded) + len(self._missing),
            missing=len(self._missing),
            prompt_tokens=round(size / BYTES_PER_TOKEN),
            completion_tokens=round(sum(self._completion(request, each, thinking) for request in requests)),
            thinking_tokens=round(thinking * len(requests)),
            changed=self._changed,
        )

    def _completion(self, request: Request, each: float, thinking: float) -> float:
        """The tokens of one answer: its text, within the limit, and its thoughts, which have room beyond it."""
        limit = float(request.parameters.get("max_tokens", each))
        if self._recorded:
            return min(each, limit + ROOMS[-1] * bool(thinking))
        return min(each, limit) + thinking

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """The answers, in the order of the requests."""
        before = len(self._missing)
        answers = [self._answer(request) for request in requests]
        if self._before is not None and not before and self._missing:
            asked = [(self._body(request), request) for request in self._missing.values()]
            self._changed = self._before.changes(asked)
        return answers

    def _answer(self, request: Request) -> Completion:
        body = self._body(request)
        wanted = key(*ENDPOINT, body, request.sample)
        if completion := self._recording.find(body, request.sample):
            self._recorded[wanted] = completion
            return completion
        if wanted not in self._missing:
            self._missing[wanted] = request
            self._made_up[wanted] = self._invented(request)
        return self._made_up[wanted]

    def _invented(self, request: Request) -> Completion:
        number = len(self._missing)
        if request.label in request.choices:  # a vote about a written text: it agrees
            text = request.label
        elif request.choices:
            text = request.choices[number % len(request.choices)]
        else:
            text = " ".join(f"word{number}x{i}" for i in range(self._words))
            self._texts.add(text)
        return Completion(text=text, finish_reason="stop")
