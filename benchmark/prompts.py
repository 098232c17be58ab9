"""The words that are sent: messages of a request, built from a task's prompts."""

import hashlib
import json
from collections.abc import Iterable, Sequence

from benchmark.completion import Message
from benchmark.task import Example, Task

ANSWER_ONLY = "You answer with the text only, and never talk about the task."
IMITATE = "You write in the style of your earlier answers, but you never modify or repeat any of them."


def request(task: Task, label: str, words: int) -> str:
    """The generation prompt for one text of `label`, about `words` words long.

    >>> from benchmark.task import Task
    >>> sign = Task(name="sign", labels={"pos": "a kind review", "neg": "a harsh review"}, words=(5, 9),
    ...             context_prompt="You review films.", generation_prompt="Write {description} of {words} words.",
    ...             diversity_prompt="Be different.", demonstrations={"pos": (), "neg": ()})
    >>> request(sign, "neg", 7)
    'Write a harsh review of 7 words.'
    """
    return task.generation_prompt.format(label=label, description=task.labels[label], words=words)


def zero_shot(task: Task, label: str, words: int, earlier: Sequence[str] = ()) -> tuple[Message, ...]:
    """Context and request; with `earlier` texts, these as turns and the diversity prompt before the request."""
    ask = request(task, label, words)
    messages = [_system(f"{task.context_prompt} {ANSWER_ONLY}")]
    for text in earlier:
        messages += [_user(ask), _assistant(text)]
    messages.append(_user(f"{task.diversity_prompt} {ask}" if earlier else ask))
    return tuple(messages)


def few_shot(task: Task, label: str, words: int, demonstrations: Iterable[Example]) -> tuple[Message, ...]:
    """Context, each demonstration as the answer to its own request, then the request to imitate them.

    Turns, not one list: a small generator copies and comments a list (measured: 14 % copies against 4 %).
    """
    messages = [_system(f"{task.context_prompt} {ANSWER_ONLY} {IMITATE}")]
    for example in demonstrations:
        ask = request(task, example.label, len(example.text.split()))
        messages += [_user(ask), _assistant(example.text)]
    messages.append(_user(request(task, label, words)))
    return tuple(messages)


def prompt_hash(messages: Sequence[Message]) -> str:
    """First 12 hex digits of the sha256 of the messages: equal when every word sent is equal."""
    return hashlib.sha256(json.dumps([dict(m) for m in messages], ensure_ascii=False).encode()).hexdigest()[:12]


def _system(text: str) -> Message:
    return {"role": "system", "content": text}


def _user(text: str) -> Message:
    return {"role": "user", "content": text}


def _assistant(text: str) -> Message:
    return {"role": "assistant", "content": text}
