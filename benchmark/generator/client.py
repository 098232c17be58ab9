"""Completes requests: what is recorded is replayed, what is missing is asked for."""

from collections.abc import Callable, Sequence

from benchmark.completion import Completion, Request
from benchmark.generator.endpoint import Answers, Ask, Endpoint


class Client:
    """Completes requests from the recording where it has the answer, from the endpoint where it may ask.

    `missing` makes the error that is raised when answers are missing and may not be asked for.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        answers: Answers,
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
        model = self._endpoint.generator.name
        wanted = [(request.body(model), request) for request in requests]
        found = [self._answers.find(body, request.sample) for body, request in wanted]
        absent = [ask for ask, completion in zip(wanted, found, strict=True) if completion is None]
        if absent:
            if self._answers.mode == "none":
                raise self._missing(absent)
            with self._answers.recording():
                self._endpoint.send(absent, self._answers, self._on_answer)
            found = [self._answers.find(body, request.sample) for body, request in wanted]
        return [completion for completion in found if completion is not None]
