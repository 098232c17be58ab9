"""A client that replays what is recorded, and asks for what is missing."""

from collections.abc import Callable, Sequence

from synthworth.core import Completion, Request
from synthworth.generation.generator.answer_store import AnswerStore, Question
from synthworth.generation.generator.endpoint import Endpoint


class Client:
    """A client that completes requests from the recording, and asks the endpoint for missing answers if it may.

    `missing` makes the error that is raised when answers are missing and may not be asked for. `on_answer` gets the
    numbers of new answers that have come, and of those that were asked for so far.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        answers: AnswerStore,
        *,
        missing: Callable[[Sequence[Question]], Exception],
        on_answer: Callable[[int, int], None] = lambda done, wanted: None,
    ) -> None:
        self._endpoint = endpoint
        self._answers = answers
        self._missing = missing
        self._on_answer = on_answer
        self._answered = self._wanted = 0

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """The answers, in the order of the requests; all of them, or an error and whatever was answered kept."""
        completions = self._look_up(requests)
        if None in completions:
            if self._answers.mode == "none":
                raise self._missing(self._absent(requests, completions))
            with self._answers.recording():  # which may have to wait for another process, and finds what that recorded
                if asks := self._absent(requests, self._look_up(requests)):
                    self._wanted += len(asks)
                    self._endpoint.send(asks, self._answers, self._on_each)
            completions = self._look_up(requests)
        return [completion for completion in completions if completion is not None]

    def _on_each(self) -> None:
        self._answered += 1
        self._on_answer(self._answered, self._wanted)

    def _absent(self, requests: Sequence[Request], completions: Sequence[Completion | None]) -> list[Question]:
        absent = [request for request, completion in zip(requests, completions, strict=True) if completion is None]
        return [(self._endpoint.generator.body(request), request) for request in absent]

    def _look_up(self, requests: Sequence[Request]) -> list[Completion | None]:
        # Bodies are made one at a time: thousands kept at once cost the garbage collector more than making them.
        body = self._endpoint.generator.body
        return [self._answers.find(body(request), request.sample) for request in requests]
