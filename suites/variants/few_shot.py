"""Variants of `few_shot`, each with one factor changed: which of them makes a small generator keep to its label?

They start from `described_each`, which was the method before the choice; the method is now `described_last_penalty_06`.
Every variant draws the same lengths and demonstrations as `few_shot` does at its place, so that texts compare in pairs.
Answers are not held to the rules about how a text is written, which the choice does not know: the table says how many
texts they flag.
The rule of the choice, written before any variant was measured: the development tasks alone decide; the highest mean
score wins; of those whose difference from the highest has an interval that holds 0, the highest fidelity; of equals,
the highest distinct-2. The other tasks are held out.

    pytest suites/test_sms_spam.py --synth-data DIR --synth-per-label 24 --synth-classifier majority \\
        --synth-record missing --synth-method suites/variants/few_shot.py:no_imitate,...
    synthworth variants --data DIR --suites suites/test_sms_spam.py ... --method \\
        suites/variants/few_shot.py:described_each,real,zero_shot,...
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from synthworth import Draw, Example, Generated, Request, Sources, Task, collect, prompts
from synthworth.core import word_count
from synthworth.generation import READY_MADE

DEMONSTRATIONS = 3
Builds = Callable[[Task, str, int, Sequence[Example]], prompts.Prompt]


def described_each(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """Describe the label before each demonstration too, and sample without a penalty: `few_shot` before the choice."""
    return _collect(task, sources, per_label, seed, _described_each)


def no_imitate(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """Leave out the sentence about the style of earlier answers."""
    return _collect(task, sources, per_label, seed, _without_imitate)


def penalty_03(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """Sample with a frequency penalty of 0.3."""
    return _collect(task, sources, per_label, seed, _described_each, sampling={"frequency_penalty": 0.3})


def penalty_06(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """Sample with a frequency penalty of 0.6."""
    return _collect(task, sources, per_label, seed, _described_each, sampling={"frequency_penalty": 0.6})


def warmer(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """Sample at temperature 0.9 in place of 0.7, and from the likeliest 95 % in place of 90 %."""
    return _collect(task, sources, per_label, seed, _described_each, sampling={"temperature": 0.9, "top_p": 0.95})


def all_labels(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """Show demonstrations of all labels, each as the answer to a request for its own label, as Li et al. (2023) do."""
    return _collect(task, sources, per_label, seed, _described_each, every_label=True)


def described_last(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """Name the label before each demonstration, and describe it in the last request alone."""
    return _collect(task, sources, per_label, seed, prompts.few_shot)


def described_last_penalty_03(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """Describe the label in the last request alone, and sample with a frequency penalty of 0.3."""
    return _collect(task, sources, per_label, seed, prompts.few_shot, sampling={"frequency_penalty": 0.3})


def described_last_penalty_06(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """Describe the label in the last request alone, and sample with a frequency penalty of 0.6: `few_shot` since."""
    return _collect(task, sources, per_label, seed, prompts.few_shot, sampling={"frequency_penalty": 0.6})


def one_message(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """List the demonstrations in one message, after which the request stands."""
    return _collect(task, sources, per_label, seed, _one_message)


def one_shown(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """Show one demonstration."""
    return _collect(task, sources, per_label, seed, _described_each, shown=1)


def one_shown_penalty(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """Show one demonstration, and sample with a frequency penalty of 0.6."""
    return _collect(task, sources, per_label, seed, _described_each, shown=1, sampling={"frequency_penalty": 0.6})


def five_shown(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """Show five demonstrations."""
    return _collect(task, sources, per_label, seed, _described_each, shown=5)


def _collect(
    task: Task,
    sources: Sources,
    per_label: int,
    seed: int,
    build: Builds,
    *,
    shown: int = DEMONSTRATIONS,
    every_label: bool = False,
    sampling: dict[str, Any] | None = None,
) -> Generated:
    def ask(label: str, sample: int, kept: Sequence[Example]) -> Request:
        draw = Draw(seed, task, "few_shot", label, sample)
        pool = [example for example in sources.pool if every_label or example.label == label]
        request = draw.request(build(task, label, draw.words, draw.random.sample(pool, shown)))
        return replace(request, parameters={**request.parameters, **(sampling or {})})

    return collect(task, sources, per_label, ask, rules=READY_MADE)


def _without_imitate(task: Task, label: str, words: int, demonstrations: Iterable[Example]) -> prompts.Prompt:
    prompt = _described_each(task, label, words, demonstrations)
    return replace(prompt, messages=({"role": "system", "content": _context(task)}, *prompt.messages[1:]))


def _described_each(task: Task, label: str, words: int, demonstrations: Iterable[Example]) -> prompts.Prompt:
    shown = list(demonstrations)
    prompt = prompts.few_shot(task, label, words, shown)
    system, *turns = prompt.messages
    asked = [_request(task, example.label, word_count(example.text)) for example in shown]
    return replace(prompt, messages=(system, *chain(*zip(asked, turns[1::2], strict=True)), turns[-1]))


def _one_message(task: Task, label: str, words: int, demonstrations: Iterable[Example]) -> prompts.Prompt:
    prompt = prompts.few_shot(task, label, words, demonstrations)
    listed = "\n".join(f"- {message['content']}" for message in prompt.messages if message["role"] == "assistant")
    imitate = "Imitate these examples, but do not modify or repeat any of them."
    asked = f"{task.labels[label].capitalize()}:\n{listed}\n\n{imitate} {prompts.request(task, label, words)}"
    system = {"role": "system", "content": _context(task)}
    return replace(prompt, messages=(system, {"role": "user", "content": asked}))


def _context(task: Task) -> str:
    return f"{task.context_prompt} {prompts.ANSWER_ONLY}"


def _request(task: Task, label: str, words: int) -> dict[str, str]:
    return {"role": "user", "content": prompts.request(task, label, words)}
