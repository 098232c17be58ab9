"""Batches of all tasks together: each round is submitted for every recording before any is waited for."""

import contextlib
import warnings
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from synthworth.core import Completion, Request
from synthworth.generation.generator import Question
from synthworth.generation.recording import MissingAnswers, Recording
from synthworth.pipeline.training_sets import TrainingSets, at_rest, saved


class NeededSet(NamedTuple):
    """A training set that a run needs: whose, by which method, how many texts of a label, and its generation seed."""

    sets: TrainingSets
    method: str
    per_label: int
    generation_seed: int


def record_batches(needed: Iterable[NeededSet]) -> None:
    """Have the missing answers of these training sets recorded as a provider's batches, all of them side by side.

    A round submits what each set asks for next, one batch for a recording, and then waits for all; rounds end when no
    set asks for more. A set that cannot be made is left out: the test that needs it says why. Raises ValueError, once
    all others are recorded, if a batch fails.
    """
    waiting = list(dict.fromkeys(needed))
    failed: dict[Recording, ValueError] = {}
    while waiting:
        asked = {one: asks for one in waiting if (asks := _next_asks(one))}
        rounds: dict[Recording, _Round] = {}
        for one, asks in asked.items():
            recording = one.sets.recording(one.method)
            if recording not in failed:
                rounds.setdefault(recording, _Round(one, {})).add(recording, asks)
        # A batch that a stopped run has left comes first: the budget knows of it before another is submitted.
        ordered = sorted(rounds, key=lambda recording: not recording.batch_state.exists())
        for step in ("submit", "wait"):
            for recording in [recording for recording in ordered if recording not in failed]:
                try:
                    rounds[recording].take(step, recording)
                except ValueError as error:
                    failed[recording] = error
        waiting = [one for one in asked if one.sets.recording(one.method) not in failed]
    if failed:
        raise next(iter(failed.values()))


class _Round(NamedTuple):
    """The next questions of one recording, by their keys, and a set that asks them."""

    needed: NeededSet
    asks: dict[str, Question]

    def add(self, recording: Recording, asks: Sequence[Question]) -> None:
        self.asks.update({recording.key_of(body, request.sample): (body, request) for body, request in asks})

    def take(self, step: str, recording: Recording) -> None:
        """Submit the questions that are still open, or wait for their answers."""
        endpoint = self.needed.sets.endpoint
        with at_rest(recording), saved(recording), recording.recording():
            asks = [ask for ask in self.asks.values() if recording.find(ask[0], ask[1].sample) is None]
            if asks and step == "submit":
                endpoint.submit(asks, recording)
            elif asks:
                endpoint.send(asks, recording, lambda: None)


class _Stops:
    """A client that answers from a recording, and stops the method at the first call that it cannot answer."""

    def __init__(self, sets: TrainingSets, recording: Recording) -> None:
        self.asks: list[Question] = []
        self._body = sets.endpoint.generator.body
        self._recording = recording

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """The recorded answers, in the order of the requests; raises MissingAnswers if one is missing."""
        found = [self._recording.find(self._body(request), request.sample) for request in requests]
        self.asks = [
            (self._body(request), request) for request, one in zip(requests, found, strict=True) if one is None
        ]
        if self.asks:
            raise MissingAnswers(f"{len(self.asks)} answers are not recorded")
        return [one for one in found if one is not None]


def _next_asks(needed: NeededSet) -> list[Question]:
    """Return the questions that a set asks next; [] if all its answers are recorded, or it cannot be made."""
    sets, method = needed.sets, needed.sets.method(needed.method)
    if not method.asks:
        return []
    recording = sets.recording(needed.method)
    client, used = _Stops(sets, recording), set(recording.used)
    refused = contextlib.suppress(Exception if method.foreign else ValueError)
    with at_rest(recording), warnings.catch_warnings(), refused:
        warnings.simplefilter("ignore")  # the test that makes the set warns
        method.make(sets.task, sets.sources(needed.method, client), needed.per_label, needed.generation_seed)
    recording.used = used
    return client.asks
