"""The methods that need nothing installed: real texts, the task's own words, and a generator with and without them."""

import random
from collections.abc import Mapping, Sequence

from synthworth.core import Example, Request, Task
from synthworth.generation import prompts
from synthworth.generation.collect import IMITATING, Draw, Generated, Generates, Sources, collect
from synthworth.generation.methods.conditioned import CONDITIONED
from synthworth.generation.methods.labelling import generator, labelled
from synthworth.generation.methods.rounds import ROUNDS
from synthworth.generation.methods.shown import SHOWN

EVERY = 10
WINDOW = 3
DEMONSTRATIONS = 3


def real(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """Draw the quota of real training texts of each label by `seed` (0: all there are), without a generator.

    For one seed, the texts of a smaller draw are among those of a larger one. Raises ValueError if a label has no text.
    """
    drawn: list[Example] = []
    for label in task.labels:
        texts = [example for example in sources.train if example.label == label]
        if not texts:
            raise ValueError(
                f"task {task.name!r}: no real training text has the label {label!r}; give some that are no test texts"
            )
        random.Random(f"{seed}/{task.name}/{label}").shuffle(texts)
        drawn += texts[: sources.quota(label, per_label) or None]
    counts = {label: sum(e.label == label for e in drawn) for label in task.labels}
    return Generated(examples=tuple(drawn), short={k: n for k, n in counts.items() if n < sources.quota(k, per_label)})


def labels(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """Take the description of each label as its one text, whatever the quota and the seed, without a generator."""
    described = task.labels.items()
    return Generated(
        examples=tuple(Example(id=f"{task.name}/{label}/label", text=text, label=label) for label, text in described)
    )


def demonstrations(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """Take all demonstrations that were written for the task, whatever the quota and the seed, without a generator.

    Raises ValueError if a label has none.
    """
    for label in task.labels:
        if not task.demonstrations[label]:
            raise ValueError(
                f"task {task.name!r}: no demonstration of {label!r}; the method demonstrations trains on those: "
                "give each label some, or leave the method out"
            )
    return Generated(examples=task.pool)


def zero_shot(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """Ask with context, label and length alone; after every 10 texts, once for something unlike the last 3 kept.

    The earlier texts stay in that one request: kept in all that follow, they make a small generator repeat them.
    """

    def ask(label: str, sample: int, kept: Sequence[Example]) -> Request:
        draw = Draw(seed, task, "zero_shot", label, sample)
        earlier = [example.text for example in kept[-WINDOW:]] if sample % EVERY == 0 else []
        return draw.request(prompts.zero_shot(task, label, draw.words, earlier))

    return collect(task, sources, per_label, ask, at_once=EVERY)


def few_shot(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """Show 3 demonstrations of the label, drawn anew before every text, to imitate and not to rewrite.

    They are real training texts if the task has none, or if `--synth-demonstrations real` says so.
    Raises ValueError if a label has fewer.
    """
    pool = {label: [e for e in sources.pool if e.label == label] for label in task.labels}
    for label, examples in pool.items():
        if len(examples) < DEMONSTRATIONS:
            raise ValueError(
                f"task {task.name!r}: {len(examples)} demonstrations of {label!r}; few_shot draws {DEMONSTRATIONS}: "
                "give each label as many in the task, or, if none has any, as many real training texts"
            )

    def ask(label: str, sample: int, kept: Sequence[Example]) -> Request:
        draw = Draw(seed, task, "few_shot", label, sample)
        shown = draw.random.sample(pool[label], DEMONSTRATIONS)
        prompt = prompts.few_shot(task, label, draw.words, shown)
        return draw.request(prompt, frequency_penalty=IMITATING)

    return collect(task, sources, per_label, ask)


REAL = "real"
METHODS: Mapping[str, Generates] = {
    REAL: real,
    "zero_shot": zero_shot,
    "few_shot": few_shot,
    "labels": labels,
    "demonstrations": demonstrations,
    "labelled": labelled,
    "generator": generator,
    **CONDITIONED,
    **SHOWN,
    **ROUNDS,
}
WRITTEN = ("zero_shot", "few_shot", *CONDITIONED, *SHOWN, *ROUNDS)  # those that ask a generator for texts
SHOWING = ("few_shot", "grounded", "completion", "errors")  # those that show it the pool of demonstrations
FREE = ("labels", "demonstrations")  # those that need neither a generator nor a real text: the task's own words
TRAIN, TEST = "train", "test"
LABELLED: Mapping[str, str] = {"labelled": TRAIN, "generator": TEST}  # that ask for labels, and of which real texts
