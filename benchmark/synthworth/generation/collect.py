"""The loop that asks a generator until every label has its quota of texts, and what a method works with."""

import hashlib
import random
import warnings
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from synthworth.core import Completion, Example, Progress, Request, Task, unreported
from synthworth.generation import prompts
from synthworth.generation.filters import DEMONSTRATION_COPY, RULES, Filter, Rule, candidate
from synthworth.generation.phrases import unknown_language
from synthworth.generation.token_limit import token_limit
from synthworth.measures import RUN, SAME, Originals

ATTEMPTS = 10
RULE = "dropped_by"  # in the provenance of a text that is no training text
HOPELESS = 20  # answers of a label, all dropped, after which no other is asked for
SAMPLING: Mapping[str, Any] = {"temperature": 0.7, "top_p": 0.9, "stop": ["\n\n"]}
IMITATING = 0.6  # the frequency penalty where texts are shown to be imitated, which a small generator repeats otherwise
ADVICE = {
    "thinking": "switch the generator's reasoning off, or let its server strip it",
    "refusal": "say in the prompts that the texts are for research, or choose another generator",
    "filtered": "relax the server's content filter, or choose another generator",
    "truncated": "allow longer answers, or ask for shorter texts",
    "unfinished": "look at the server's log",
    "rejected": "read the server's error, and change the prompts or the parameters",
    "withheld": "ask for texts without keys, passwords or tokens",
    "echo": "choose a generator that follows instructions",
    "preamble": "say in the context prompt that the answer is the text only",
    "placeholder": "say in the prompts that names and places are to be invented",
    "length": "compare `words` with what the generator writes",
    "loop": "sample with a frequency penalty, or choose a larger generator",
    "about_the_task": "say in the context prompt that the answer is the text only",
    "empty": "look at the server's log; its chat template may not fit the generator",
}


class Completes(Protocol):
    """A client as a method needs it: it completes requests."""

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        """Return the answers, in the order of the requests."""
        ...


@dataclass(frozen=True, kw_only=True)
class Sources:
    """The sources of a method: the client to ask, the real training texts, the pool of demonstrations.

    `train` is empty but for the method `real`, and if `--synth-demonstrations real` makes it the pool too. `unlabelled`
    are the real texts that a method asks the generator to label, without their labels. `shares` are those of the labels
    in the training set, which add up to 1; {} stands for equal ones. `embed` gives embeddings of shape (texts, d), each
    of length 1, to refinements that need some; None lets each make its own. `progress` is told how far a method is that
    takes its texts from a large file.

    >>> class Fixed:  # a client that gives one answer to every request
    ...     def complete(self, requests):
    ...         return [Completion(text="Fog closes the harbour.", finish_reason="stop") for _ in requests]
    >>> sources = Sources(client=Fixed(), pool=[Example(id="pool-0", text="Rain stops the match.", label="news")])
    >>> sources.pool[0].text, len(sources.train)
    ('Rain stops the match.', 0)
    >>> rare = Sources(client=Fixed(), shares={"fault": 0.05, "other": 0.95})
    >>> rare.quota("fault", 100), rare.quota("other", 100)
    (10, 190)
    """

    client: Completes
    train: Sequence[Example] = ()
    pool: Sequence[Example] = ()
    unlabelled: Sequence[str] = ()
    shares: Mapping[str, float] = field(default_factory=dict)
    embed: Callable[[Sequence[str]], Any] | None = None
    progress: Progress = unreported

    def quota(self, label: str, per_label: int) -> int:
        """Return how many texts of a label to make if it is `per_label` on average; at least 1, and 0 (all) for 0."""
        if not self.shares or not per_label:
            return per_label
        return max(1, round(self.shares[label] * len(self.shares) * per_label))

    def made_up(self, text: str) -> bool:
        """Return True if a text is an answer that a dry run made up: its words tell nothing."""
        told = getattr(self.client, "made_up", None)
        return told is not None and bool(told(text))


@dataclass(frozen=True, kw_only=True)
class Generated:
    """A training set, and what it took: `attempts` answers of a generator, or texts of a file, that were looked at.

    `dropped` counts those that became no training text, by label and rule. `short` holds, for each label that did not
    reach the quota, how many texts it has.
    `others` are texts of the same file that the quota left out: an audit looks at the whole file. `discarded` are the
    texts that `dropped` counts, as far as there was a text to keep, each with its rule in its provenance as `RULE`.

    >>> written = Example(id="news-0", text="Fog closes the harbour.", label="news")
    >>> generated = Generated(examples=(written,), attempts=3, dropped={"news": {"refusal": 2}}, short={"news": 1})
    >>> len(generated.examples), generated.dropped["news"]["refusal"]
    (1, 2)
    """

    examples: tuple[Example, ...]
    attempts: int = 0
    dropped: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    short: Mapping[str, int] = field(default_factory=dict)
    others: tuple[Example, ...] = ()
    discarded: tuple[Example, ...] = field(default=(), compare=False)


Generates = Callable[[Task, Sources, int, int], Generated]


class Draw:
    """The random choices for one sample, which follow from the seed and the sample's place.

    `words` is the length to ask for, `random` decides the rest, and `request` makes the request that `collect` sends.

    >>> task = Task(
    ...     name="film", labels={"pos": "a kind review", "neg": "a harsh review"}, words=(5, 20),
    ...     context_prompt="You review films.", generation_prompt="Write {description} of {words} words.",
    ...     diversity_prompt="Be different.",
    ... )
    >>> draw = Draw(0, task, "terse", "neg", 3)
    >>> 5 <= draw.words <= 20, draw.words == Draw(0, task, "terse", "neg", 3).words
    (True, True)
    >>> draw.request(prompts.zero_shot(task, "neg", draw.words)).label
    'neg'
    """

    def __init__(self, seed: int, task: Task, method: str, label: str, sample: int) -> None:
        place = f"{seed}/{task.name}/{method}/{label}/{sample}"
        self.label, self.sample = label, sample
        self.random = random.Random(place)
        self.words = self.random.randint(*task.words)
        self.parameters = {
            **SAMPLING,
            "max_tokens": token_limit(task.words[1], task.language),
            "seed": int(hashlib.sha256(place.encode()).hexdigest()[:7], 16),
        }

    def request(self, prompt: prompts.Prompt, **sampling: Any) -> Request:
        """Return the request for that sample, with the sampling parameters of every method, and those of its own."""
        return Request(
            messages=prompt.messages,
            parameters={**self.parameters, **sampling},
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
    copies: bool = True,
    rules: Collection[Rule] = RULES,
) -> Generated:
    """Ask in rounds over all labels until each has its quota of valid texts, or has used up its attempts.

    The quota of a label is `sources.quota`: `per_label`, unless the labels have other shares.
    `ask(label, sample, kept)` makes a request. A round asks for `at_once` texts of a label, or (None) for as many as it
    still wants, at first 20. Its rounds depend on its own answers only, the n-th text is the same whatever the quota,
    and a small quota asks for nothing that a large one does not: a recording made for a large quota serves a small one.
    Without `copies`, an answer that copies an earlier answer which its own request shows is dropped as one that copies
    a demonstration is. `rules` are what answers are held to, in their order. Raises ValueError if the first 20 answers
    of a label are all dropped; what was answered stays in the recording.

    >>> task = Task(
    ...     name="film", labels={"pos": "a kind review", "neg": "a harsh review"}, words=(3, 20),
    ...     context_prompt="You review films.", generation_prompt="Write {description} of {words} words.",
    ...     diversity_prompt="Be different.",
    ... )
    >>> class Numbered:  # a client whose answers differ
    ...     def complete(self, requests):
    ...         texts = [f"Scene {request.sample} of the film was {request.label}." for request in requests]
    ...         return [Completion(text=text, finish_reason="stop") for text in texts]
    >>> def ask(label, sample, kept):
    ...     draw = Draw(0, task, "terse", label, sample)
    ...     return draw.request(prompts.zero_shot(task, label, draw.words))
    >>> [example.text for example in collect(task, Sources(client=Numbered()), 1, ask).examples]
    ['Scene 0 of the film was pos.', 'Scene 0 of the film was neg.']
    """
    if line := unknown_language(task.language):
        warnings.warn(f"task {task.name!r}: {line}", stacklevel=2)
    quotas = {label: sources.quota(label, per_label) for label in task.labels}
    labels = {
        label: _Label(task, sources, label, quotas[label], at_once, copies=copies, rules=rules) for label in task.labels
    }
    while requests := [request for label in labels.values() for request in label.next_round(ask)]:
        for request, completion in zip(requests, sources.client.complete(requests), strict=True):
            labels[request.label].take(request, completion)
        for label in labels.values():
            label.check_hope()
    return Generated(
        examples=tuple(example for name, label in labels.items() for example in label.kept[: quotas[name]]),
        attempts=sum(label.asked for label in labels.values()),
        dropped={name: dict(label.dropped) for name, label in labels.items() if label.dropped},
        short={name: len(label.kept) for name, label in labels.items() if len(label.kept) < quotas[name]},
        discarded=tuple(example for label in labels.values() for example in label.discarded),
    )


class _Label:
    """One label of a task while its texts are collected: the texts kept, the answers asked for, those dropped."""

    def __init__(
        self,
        task: Task,
        sources: Sources,
        label: str,
        per_label: int,
        at_once: int | None,
        *,
        copies: bool,
        rules: Collection[Rule],
    ) -> None:
        self._task, self._label, self._quota, self._at_once, self._copies = task, label, per_label, at_once, copies
        self._filter = Filter([example.text for example in sources.pool if example.label == label], rules=rules)
        self._made_up = sources.made_up
        self._first_dropped = ""
        self.asked = 0
        self.kept: list[Example] = []
        self.dropped: Counter[str] = Counter()
        self.discarded: list[Example] = []

    def next_round(self, ask: Callable[[str, int, Sequence[Example]], Request]) -> list[Request]:
        """Return the next requests of this label; [] if it has its quota or no attempts left."""
        # A quota of 1 too asks until it is known to be hopeless: a set lacks no label unsaid.
        room, wanted = max(ATTEMPTS * self._quota, HOPELESS) - self.asked, self._quota - len(self.kept)
        if not self.kept:
            wanted = min(wanted, HOPELESS)
        size = min(self._at_once or wanted, room) if wanted > 0 else 0
        requests = [ask(self._label, self.asked + i, self.kept) for i in range(size)]
        self.asked += size
        return requests

    def take(self, request: Request, completion: Completion) -> None:
        """Keep the text of an answer, or count the rule that drops it; no rule looks at what a dry run made up."""
        if self._made_up(completion.text):
            self.kept.append(_example(self._task, request, completion, completion.text))
            return
        prompt = " ".join(m["content"] for m in request.messages if m["role"] != "assistant")
        text, context = candidate(completion, self._task, prompt)
        reason = self._filter.reason(text, context)
        if not reason and not self._copies and _copies_shown(text, request):
            reason = DEMONSTRATION_COPY
        if reason:
            self._first_dropped = self._first_dropped or completion.text or completion.refusal
            self.dropped[reason] += 1
            answer = text or completion.text or completion.refusal
            self.discarded.append(discarded(_example(self._task, request, completion, answer), reason))
        else:
            self.kept.append(_example(self._task, request, completion, text))

    def check_hope(self) -> None:
        """Raise ValueError if so many answers were dropped, and none kept, that no text can be expected."""
        if self.kept or self.asked < HOPELESS:
            return
        (most, count), *others = self.dropped.most_common()
        rest = "".join(f", {number} as {rule!r}" for rule, number in others)
        first = " ".join(self._first_dropped.split())
        shown = repr(first[:80] + "..." if len(first) > 80 else first)
        advice = f"; {ADVICE[most]}" if most in ADVICE else ""
        raise ValueError(
            f"task {self._task.name!r}, label {self._label!r}: {count} of {self.asked} answers dropped as "
            f"{most!r}{rest}; the first: {shown}{advice}"
        )


def discarded(example: Example, rule: str) -> Example:
    """Return the example with the rule that drops it in its provenance."""
    return replace(example, provenance={**example.provenance, RULE: rule})


def _copies_shown(text: str, request: Request) -> bool:
    shown = [message["content"] for message in request.messages if message["role"] == "assistant"]
    return bool(shown and Originals(shown, shown=True).copies([text], rules=(SAME, RUN)))


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
