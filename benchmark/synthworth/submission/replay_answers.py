"""Replay of recorded answers: the texts that a method makes of them, and the answer behind each text."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from synthworth.core import Completion, Example, Request, Task, blocked
from synthworth.generation import Generated, Generates, Sources, prompt_hash
from synthworth.generation.recording import ENDPOINT, REQUEST_FIELDS, MissingAnswers, Usage, entry, key
from synthworth.submission.contents import BundleText, RecordedAnswer

NO_ANSWER: Mapping[str, Any] = {"choices": [{"message": {}}]}


@dataclass(frozen=True, kw_only=True)
class ReplayedTexts:
    """The texts that a method makes of recorded answers."""

    generated: Generated
    texts: tuple[BundleText, ...]
    differing: int
    """Answers recorded to another request. An answer is looked up by a hash of the suite's request; the request that
    the recording states, with its parameters, model and parts, must be the same."""
    tokens: tuple[int, int]
    """Tokens of the prompts and of the answers that were used, those of answers that were none among them."""


def replay(
    task: Task,
    make: Generates,
    answers: Mapping[str, RecordedAnswer],
    *,
    generator: str,
    per_label: int,
    seed: int,
    pool: Sequence[Example],
    train: Sequence[Example] = (),
) -> ReplayedTexts:
    """Return the texts that a method makes of these answers by key; raises MissingAnswers if they do not suffice.

    The network is blocked meanwhile. A text names the answer that its provenance points to, by prompt, sample and seed,
    as `collect` notes them.
    """
    client = _Answers(answers, generator)
    with blocked():
        generated = make(task, Sources(client=client, pool=pool, train=train), per_label, seed)
    keys = [client.keys.get(_place(example.provenance)) for example in generated.examples]
    texts = [
        BundleText(
            text=example.text,
            label=example.label,
            answers=[answer_key] if answer_key else [],
            weight=example.weight,
        )
        for example, answer_key in zip(generated.examples, keys, strict=True)
    ]
    return ReplayedTexts(generated=generated, texts=tuple(texts), differing=client.differing, tokens=client.tokens)


def usage_of(answers: Iterable[RecordedAnswer]) -> Usage:
    """Return the cost of these answers: requests, retries and tokens."""
    every = list(answers)
    retries = sum(one.retries for one in every)
    return Usage(
        requests=len(every) + retries,
        retries=retries,
        prompt_tokens=sum(one.response.tokens[0] for one in every),
        completion_tokens=sum(one.response.tokens[1] for one in every),
    )


def models_of(answers: Iterable[RecordedAnswer]) -> list[str]:
    """Return the names that the generator gives itself in these answers, sorted; if none, those it was asked by."""
    return sorted({one.response.model or one.request["model"] for one in answers})


def parameters_of(answers: Iterable[RecordedAnswer]) -> dict[str, list[Any]]:
    """Return the sampling parameters as they were sent, each with all its values.

    Without the seed, which differs in every request, and without parameters that the server did not take.
    """
    sent: dict[str, dict[str, Any]] = {}
    for one in answers:
        for name in REQUEST_FIELDS:
            if name in one.request and name not in ("model", "seed", *one.omitted):
                sent.setdefault(name, {})[repr(one.request[name])] = one.request[name]
    return {name: [values[shown] for shown in sorted(values)] for name, values in sent.items()}


class _Answers:
    """A client that completes requests from recorded answers alone, and remembers which answer each one got."""

    def __init__(self, answers: Mapping[str, RecordedAnswer], generator: str) -> None:
        self._answers = answers
        self._generator = generator
        self.keys: dict[tuple[str | int | float, ...], str] = {}
        self.differing = 0
        self._used: dict[str, RecordedAnswer] = {}

    @property
    def tokens(self) -> tuple[int, int]:
        every = [tokens for one in self._used.values() for tokens in (one.response.tokens, one.lost or (0, 0))]
        return sum(prompt for prompt, _ in every), sum(completion for _, completion in every)

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        return [self._completed(request) for request in requests]

    def _completed(self, request: Request) -> Completion:
        body = request.body(self._generator)
        answer_key = key(*ENDPOINT, body, request.sample)
        if answer_key not in self._answers:
            raise MissingAnswers(f"the answer to sample {request.sample} of the label {request.label!r} is missing")
        one = self._used[answer_key] = self._answers[answer_key]
        self.differing += one.request != entry(body, request, NO_ANSWER)["request"] or one.sample != request.sample
        self.keys[prompt_hash(request.messages), request.sample, request.parameters.get("seed", "")] = answer_key
        prompt, completion = one.response.tokens
        return Completion(
            text=one.response.text,
            finish_reason=one.response.finish_reason,
            refusal=one.response.refusal,
            prompt_tokens=prompt,
            completion_tokens=completion,
        )


def _place(provenance: Mapping[str, str | int | float]) -> tuple[str | int | float, ...]:
    return tuple(provenance.get(name, "") for name in ("prompt", "sample", "seed"))
