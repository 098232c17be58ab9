"""Methods that show texts other than as answers to the same request: to rewrite, as a list, as parts of a mixture."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil

from synthworth.core import Example, Request, Task
from synthworth.core.words import words
from synthworth.generation import prompts
from synthworth.generation.collect import Draw, Generated, Generates, Sources, collect
from synthworth.generation.filters import DUPLICATE
from synthworth.generation.methods.labelling import NO_LABEL, NOBODY, labels_of

LISTED = 5  # demonstrations of a list
MIXED = "It is mostly that, and a little of this as well: {other}."
MOST_ASKED = 3  # texts to ask for, at most, for each one that a mixture is to keep


def grounded(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """Show one text of the domain, whatever its label, and ask to make one of the asked label of it.

    The text gives style and subject, and its own label is not used: any unlabelled texts of the domain will do
    (Veselovsky et al. 2023, arXiv 2305.15041). They are the task's demonstrations, or real training texts if
    `--synth-demonstrations real` says so. A near copy of a shown text is dropped. Raises ValueError without any.
    """
    if not sources.pool:
        raise ValueError(f"task {task.name!r}: no text to rewrite; give demonstrations, or --synth-demonstrations real")
    texts = tuple(sources.pool)
    # A copy of any of them is no text of the asked label, so that each label's filter has to know all.
    known = [replace(example, label=label) for label in task.labels for example in texts]

    def ask(label: str, sample: int, kept: Sequence[Example]) -> Request:
        draw = Draw(seed, task, "grounded", label, sample)
        return draw.request(prompts.rewrite(task, label, draw.words, draw.random.choice(texts)))

    return collect(task, replace(sources, pool=known), per_label, ask)


def completion(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """Show demonstrations of the label as a numbered list, drawn anew for every text, and ask for the next entry.

    At most 5 of them. They are real training texts if `--synth-demonstrations real` says so. Raises ValueError if a
    label has none.
    """
    pool = {label: [e for e in sources.pool if e.label == label] for label in task.labels}
    for label, examples in pool.items():
        if not examples:
            raise ValueError(f"task {task.name!r}: no demonstration of {label!r} to list; give each label some")

    def ask(label: str, sample: int, kept: Sequence[Example]) -> Request:
        draw = Draw(seed, task, "completion", label, sample)
        listed = draw.random.sample(pool[label], min(LISTED, len(pool[label])))
        return draw.request(prompts.continuation(task, label, draw.words, listed))

    return collect(task, sources, per_label, ask)


def mixture(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """Ask for texts that are mostly of one label and a little of another, then ask which label each has (PromptMix).

    Sahu et al. 2023 (arXiv 2310.14192): texts near the border between labels, with the label that the generator itself
    gives them. Until every label has `per_label` of them, at most 3 times as many are asked for. Answers that name no
    label are dropped as `no_label`. Raises ValueError for a task of one label, or if a label is never named.
    """
    if len(task.labels) < 2:
        raise ValueError(f"task {task.name!r} has one label; mixture needs two")

    def ask(label: str, sample: int, kept: Sequence[Example]) -> Request:
        draw = Draw(seed, task, "mixture", label, sample)
        other = draw.random.choice([name for name in task.labels if name != label])
        more = MIXED.format(other=task.labels[other])
        return draw.request(prompts.zero_shot(task, label, draw.words, more=more))

    quota, wanted = per_label, {label: sources.quota(label, per_label) for label in task.labels}
    while True:
        made = collect(task, sources, quota, ask)
        kept, lost = _relabelled(task, sources, made.examples)
        if quota >= MOST_ASKED * per_label or all(len(texts) >= wanted[label] for label, texts in kept.items()):
            break
        quota = min(MOST_ASKED * per_label, ceil(1.5 * quota))
    for label, texts in kept.items():
        if not texts:
            raise ValueError(f"task {task.name!r}: of {len(made.examples)} mixed texts, none was given {label!r}")
    dropped = {label: Counter(rules) for label, rules in made.dropped.items()}
    for label, rule in lost:
        dropped.setdefault(label, Counter())[rule] += 1
    return replace(
        made,
        examples=tuple(text for label, texts in kept.items() for text in texts[: wanted[label]]),
        dropped={label: dict(rules) for label, rules in dropped.items()},
        short={label: len(texts) for label, texts in kept.items() if len(texts) < wanted[label]},
    )


SHOWN: Mapping[str, Generates] = {"grounded": grounded, "completion": completion, "mixture": mixture}


def _relabelled(
    task: Task, sources: Sources, examples: Sequence[Example]
) -> tuple[dict[str, list[Example]], list[tuple[str, str]]]:
    """Return the texts by the label that the generator names, and the label and rule of each that is left out.

    Of two that were asked for under two labels, and are one text under the label that both get, the second is.
    """
    kept: dict[str, list[Example]] = {label: [] for label in task.labels}
    seen: set[tuple[str, ...]] = set()
    lost = []
    named = labels_of(task, sources, [example.text for example in examples])
    for example, label in zip(examples, named, strict=True):
        text = (label, *(words(example.text) or [example.text]))
        if label == NOBODY:
            lost.append((NOBODY, NO_LABEL))
        elif text in seen and not sources.made_up(example.text):
            lost.append((label, DUPLICATE))
        else:
            seen.add(text)
            kept[label].append(replace(example, label=label))
    return kept, lost
