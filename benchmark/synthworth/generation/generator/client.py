"""Completes requests: what is recorded is replayed, what is missing is asked for."""

from collections.abc import Callable, Sequence

from synthworth.core.completion import Completion, Request
from synthworth.generation.generator.endpoint import AnswerStore, Ask, Endpoint


class Client:
    """Completes requests from the recording where it has the answer, from the endpoint where it may ask.

    `missing` makes the error that is raised when answers are missing and may not be asked for.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        answers: AnswerStore,
        *,
        missing: Callable[[Sequence[Ask]], Exception],
        on_answer: Callable[[], None] = lambda: None,
    ) -> None:
        self._endpoint = endpoint
        self._answers = answers
        self._missing = missing
        self._on_answer = on_answer

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """The answers, in the order of the requests; all of them, or an error and whatever was answered kept."""
        found = self._found(requests)
        absent = [request for request, completion in zip(requests, found, strict=True) if completion is None]
        if absent:
            asks = [(request.body(self._endpoint.generator.name), request) for request in absent]
            if self._answers.mode == "none":
                raise self._missing(asks)
            with self._answers.recording():
                self._endpoint.send(asks, self._answers, self._on_answer)
            found = self._found(requests)
        return [completion for completion in found if completion is not None]

    def _found(self, requests: Sequence[Request]) -> list[Completion | None]:
        # Bodies are made one at a time: thousands kept at once cost the garbage collector more than making them.
        model = self._endpoint.generator.name
        return [self._answers.find(request.body(model), request.sample) for request in requests]
