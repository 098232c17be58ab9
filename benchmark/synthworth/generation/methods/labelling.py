"""The methods that ask a generator for the labels of real texts, of which they get the words and no label."""

import random
from collections.abc import Sequence

from synthworth.core import Example, Request, Task
from synthworth.generation import prompts
from synthworth.generation.collect import Generated, Sources

ASKED = 3  # texts that are asked about at most, for each one that is wanted
NO_LABEL = "no_label"  # the rule for an answer that names none of the labels, or several
NOBODY = ""  # the label that such an answer is counted under
MOST_TOKENS = 8  # of an answer: no label of a task is longer


def labelled(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """Ask for the label of real training texts, drawn by `seed`, until each label is named for `per_label` of them.

    At most 3 x `per_label` x labels texts are asked about. Texts are drawn without regard to their labels, which nobody
    knows where a generator is asked for them. For one seed, the texts of a smaller quota are among those of a larger
    one. Raises ValueError if there are no training texts, or a label is never named.
    """
    texts = list(dict.fromkeys(sources.unlabelled))
    if not texts:
        raise ValueError(f"task {task.name!r}: no real training texts to label; check the data")
    random.Random(f"{seed}/{task.name}/labelled").shuffle(texts)
    del texts[ASKED * per_label * len(task.labels) :]
    kept: dict[str, list[Example]] = {label: [] for label in task.labels}
    quotas = {label: sources.quota(label, per_label) for label in task.labels}
    asked = unnamed = 0
    while texts[asked:] and (wanted := sum(max(0, quotas[name] - len(of)) for name, of in kept.items())):
        examples = _labelled(task, sources, texts[asked : asked + wanted])
        asked += len(examples)
        for example in examples:
            kept.get(example.label, []).append(example)
        unnamed += sum(example.label == NOBODY for example in examples)
    for label, of_label in kept.items():
        if not of_label:
            raise ValueError(f"task {task.name!r}: of {asked} texts, the generator gave none the label {label!r}")
    return Generated(
        examples=tuple(example for name, of_label in kept.items() for example in of_label[: quotas[name]]),
        attempts=asked,
        dropped=_dropped(unnamed),
        short={label: len(of_label) for label, of_label in kept.items() if len(of_label) < quotas[label]},
    )


def generator(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """Ask for the label of each of the given texts: they are test texts, and the answers are the predictions.

    No classifier is trained, so that neither size nor seed plays a part. The examples have the order of the texts, and
    the label "" where an answer names none of the labels, or several.
    """
    texts = list(dict.fromkeys(sources.unlabelled))
    of_text = {example.text: example for example in _labelled(task, sources, texts)}
    examples = [of_text[text] for text in sources.unlabelled]
    unnamed = sum(example.label == NOBODY for example in examples)
    return Generated(examples=tuple(examples), attempts=len(examples), dropped=_dropped(unnamed))


def labels_of(task: Task, sources: Sources, texts: Sequence[str]) -> list[str]:
    """Return the label that the generator names for each text; "" for none of them, or several."""
    return [example.label for example in _labelled(task, sources, texts)]


def _labelled(task: Task, sources: Sources, texts: Sequence[str]) -> list[Example]:
    """Return the texts with the labels that the generator names; "" for none."""
    requests = [label_request(task, text) for text in texts]
    answers = sources.client.complete(requests)
    return [
        Example(
            id=f"{task.name}/{prompts.prompt_hash(request.messages)}",
            text=text,
            label=prompts.named_label(answer.text, tuple(task.labels)),
            provenance={"prompt": prompts.prompt_hash(request.messages), "sample": request.sample},
        )
        for text, request, answer in zip(texts, requests, answers, strict=True)
    ]


def label_request(task: Task, text: str, *, asked: str = NOBODY, sample: int = 0, temperature: float = 0) -> Request:
    """Return the question which label a text has, the same for every seed and method: a text is asked about once.

    At a temperature above 0, `sample` numbers the votes about a text, and is their seed. `asked` is the label that the
    text was asked for; it is not sent.
    """
    prompt = prompts.label(task, text)
    return Request(
        messages=prompt.messages,
        parameters={"temperature": temperature, "max_tokens": MOST_TOKENS} | ({"seed": sample} if temperature else {}),
        sample=sample,
        label=asked,
        parts=prompt.parts,
        choices=tuple(task.labels),
    )


def _dropped(unnamed: int) -> dict[str, dict[str, int]]:
    return {NOBODY: {NO_LABEL: unnamed}} if unnamed else {}
