"""How a training set is made: one function for each method, all with the same signature."""

import hashlib
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from synthworth.core.completion import Completion, Request
from synthworth.core.task import Example, Task
from synthworth.core.words import word_count
from synthworth.generation import prompts
from synthworth.generation.filters import Asked, Filter, clean, whole_sentences

EVERY = 10
WINDOW = 3
DEMONSTRATIONS = 3
ATTEMPTS = 10
SAMPLING: Mapping[str, Any] = {"temperature": 0.7, "top_p": 0.9, "stop": ["\n\n"]}


class Completes(Protocol):
    """What a method needs of a client."""

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """The answers, in the order of the requests."""
        ...


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What a method may draw on: the client to ask, the real training texts, the pool of demonstrations.

    `train` is empty but for the method `real`, and where `--synth-demonstrations real` makes it the pool too.
    """

    client: Completes
    train: Sequence[Example] = ()
    pool: Sequence[Example] = ()


@dataclass(frozen=True, kw_only=True)
class Generated:
    """A training set, and what it took: answers asked for, answers dropped by label and rule.

    `short` holds, for each label that did not reach the quota, how many texts it has.
    """

    examples: tuple[Example, ...]
    attempts: int = 0
    dropped: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    short: Mapping[str, int] = field(default_factory=dict)


Generates = Callable[[Task, Sources, int, int], Generated]


def real(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """Draws `per_label` real training texts of each label by `seed` (0: all there are); asks nobody.

    For one seed, the texts of a smaller draw are among those of a larger one.
    """
    drawn: list[Example] = []
    for label in task.labels:
        texts = [example for example in sources.train if example.label == label]
        if not texts:
            raise ValueError(f"task {task.name!r}: no real training text has the label {label!r}; check the data")
        random.Random(f"{seed}/{task.name}/{label}").shuffle(texts)
        drawn += texts[: per_label or None]
    counts = {label: sum(e.label == label for e in drawn) for label in task.labels}
    return Generated(examples=tuple(drawn), short={k: n for k, n in counts.items() if n < per_label})


def zero_shot(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """Asks with context, label and length alone; after every 10 texts, once for something unlike the last 3 kept.

    The earlier texts stay in that one request: kept in all that follow, they make a small generator repeat them.
    """

    def ask(label: str, sample: int, kept: Sequence[Example]) -> Request:
        draw = Draw(seed, task, "zero_shot", label, sample)
        earlier = [example.text for example in kept[-WINDOW:]] if sample % EVERY == 0 else []
        return draw.request(prompts.zero_shot(task, label, draw.words, earlier))

    return collect(task, sources, per_label, ask, at_once=EVERY)


def few_shot(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """Shows 3 demonstrations of the label, drawn anew before every text, to imitate and not to rewrite."""
    pool = {label: [e for e in sources.pool if e.label == label] for label in task.labels}
    for label, examples in pool.items():
        if len(examples) < DEMONSTRATIONS:
            raise ValueError(
                f"task {task.name!r}: {len(examples)} demonstrations of {label!r}; few_shot draws {DEMONSTRATIONS}"
            )

    def ask(label: str, sample: int, kept: Sequence[Example]) -> Request:
        draw = Draw(seed, task, "few_shot", label, sample)
        shown = draw.random.sample(pool[label], DEMONSTRATIONS)
        return draw.request(prompts.few_shot(task, label, draw.words, shown))

    return collect(task, sources, per_label, ask)


METHODS: Mapping[str, Generates] = {"real": real, "zero_shot": zero_shot, "few_shot": few_shot}
WRITTEN = ("zero_shot", "few_shot")  # those that ask a generator


class Draw:
    """What chance decides about one sample: all of it from the seed and the sample's place.

    `words` is the length to ask for, `random` decides the rest, and `request` makes the request that `collect` sends.
    """

    def __init__(self, seed: int, task: Task, method: str, label: str, sample: int) -> None:
        place = f"{seed}/{task.name}/{method}/{label}/{sample}"
        self.label, self.sample = label, sample
        self.random = random.Random(place)
        self.words = self.random.randint(*task.words)
        self.parameters = {
            **SAMPLING,
            "max_tokens": 2 * task.words[1] + 16,
            "seed": int(hashlib.sha256(place.encode()).hexdigest()[:7], 16),
        }

    def request(self, prompt: prompts.Prompt) -> Request:
        """The request for that sample, with sampling parameters that are the same for every method."""
        return Request(
            messages=prompt.messages,
            parameters=self.parameters,
            sample=self.sample,
            label=self.label,
            parts=prompt.parts,
            demonstrations=prompt.demonstrations,
        )


def collect(
    task: Task,
    sources: Sources,
    per_label: int,
    ask: Callable[[str, int, Sequence[Example]], Request],
    *,
    at_once: int | None = None,
) -> Generated:
    """Asks in rounds over all labels until each has its quota of valid texts, or has used up its attempts.

    A round asks for `at_once` texts of a label, or (None) for as many as it still wants. Its rounds depend on its own
    answers only, the n-th text is the same whatever the quota, and a small quota asks for nothing that a large
    one does not: a recording made for a large quota serves a small one.
    """
    kept: dict[str, list[Example]] = {label: [] for label in task.labels}
    dropped: dict[str, dict[str, int]] = {label: {} for label in task.labels}
    asked = dict.fromkeys(task.labels, 0)
    filters = {label: Filter(task, [e.text for e in sources.pool if e.label == label]) for label in task.labels}
    while True:
        requests = []
        for label in task.labels:
            room = ATTEMPTS * per_label - asked[label]
            wanted = per_label - len(kept[label])
            size = min(at_once or wanted, room) if wanted > 0 else 0
            requests += [ask(label, asked[label] + i, kept[label]) for i in range(size)]
            asked[label] += size
        if not requests:
            break
        for request, completion in zip(requests, sources.client.complete(requests), strict=True):
            text = clean(completion.text)
            cut = completion.finish_reason == "length"
            if cut or word_count(text) > task.words[1]:
                text = whole_sentences(text, task.words[1]) or ("" if cut else text)
            prompt = " ".join(m["content"] for m in request.messages if m["role"] != "assistant")
            judged = Asked(task=task, prompt=prompt, finish_reason=completion.finish_reason, answer=completion.text)
            if reason := filters[request.label].reason(text, judged):
                dropped[request.label][reason] = dropped[request.label].get(reason, 0) + 1
            else:
                kept[request.label].append(_example(task, request, completion, text))
    return Generated(
        examples=tuple(example for label in task.labels for example in kept[label][:per_label]),
        attempts=sum(asked.values()),
        dropped={label: by_rule for label, by_rule in dropped.items() if by_rule},
        short={label: len(kept[label]) for label in task.labels if len(kept[label]) < per_label},
    )


def _example(task: Task, request: Request, completion: Completion, text: str) -> Example:
    provenance: dict[str, str | int] = {
        "prompt": prompts.prompt_hash(request.messages),
        "sample": request.sample,
        "seed": request.parameters["seed"],
        "finish_reason": completion.finish_reason,
    }
    if request.demonstrations:
        provenance["demonstrations"] = " ".join(request.demonstrations)
    return Example(
        id=f"{task.name}/{request.label}/{provenance['prompt']}/{request.sample}",
        text=text,
        label=request.label,
        provenance=provenance,
    )
