"""Lists that a generator is asked for once, before it writes: topics, writers, dimensions and their values."""

import re
from collections.abc import Sequence

from synthworth.core import Request, Task
from synthworth.core.words import words
from synthworth.generation import prompts
from synthworth.generation.collect import Draw, Sources
from synthworth.generation.markup import without_markup

LISTS = 4  # answers that are joined: a small generator names few things at a time, and repeats itself
MOST_WORDS = 8  # of an entry; a longer line explains it
TOKENS = 256
LIST_SAMPLING = {"temperature": 1.0, "top_p": 0.95, "max_tokens": TOKENS}
_MARK = re.compile(r"^[\s>]*(?:\(?\d{1,3}[.):]|[-*•–])\s*")
_EDGE = " \t*_`\"'“”.,;:"


def ask_list(task: Task, sources: Sources, question: str, *, method: str, seed: int) -> tuple[str, ...]:
    """Ask the question several times, and return the entries of all answers, each once, in the order of the answers.

    Entries that hold a word of a label's name are left out: every label is to get the same ones. Raises ValueError if
    fewer than two are left.
    """
    draws = [Draw(seed, task, method, question, sample) for sample in range(LISTS)]
    prompt = prompts.listing(task, question)
    requests = [
        Request(
            messages=prompt.messages,
            parameters={**LIST_SAMPLING, "seed": draw.parameters["seed"]},
            sample=draw.sample,
            label="",
            parts=prompt.parts,
        )
        for draw in draws
    ]
    answers = [answer.text for answer in sources.client.complete(requests)]
    found = {tuple(words(entry)): entry for answer in reversed(answers) for entry in reversed(entries(answer))}
    names = {word for label in task.labels for word in words(label.replace("_", " "))}
    kept = [entry for said, entry in reversed(found.items()) if not names & set(said)]
    if len(kept) < 2:
        first = " ".join(answers[0].split())[:80]
        raise ValueError(
            f"task {task.name!r}: the generator lists {len(kept)} things to choose from, two are needed; it was asked: "
            f"{question!r}; its first answer begins: {first!r}; choose another generator, or a method without lists"
        )
    return tuple(kept)


def entries(answer: str) -> list[str]:
    """Return the entries of a list: lines without numbers, bullets and what follows a colon.

    An answer of one line has its entries between commas. Lines of more than `MOST_WORDS` words are no entries; only if
    there are no others, the first words of each are.

    >>> entries("Here are some topics:\\n1. **Sports**: games\\n2) Food and drink\\n- Music")
    ['Sports', 'Food and drink', 'Music']
    """
    lines = [_MARK.sub("", line) for line in without_markup(answer).text.splitlines()]
    told = [line for line in lines if words(line) and not line.rstrip().endswith(":")]
    if len(told) == 1 and told[0].count(",") > 1:
        told = told[0].split(",")
    said = [line.partition(":")[0].strip(_EDGE) for line in told]
    short = [entry for entry in said if 0 < len(words(entry)) <= MOST_WORDS]
    return short or [" ".join(entry.split()[:MOST_WORDS]) for entry in said if words(entry)]


def untied(task: Task, sources: Sources, values: Sequence[str]) -> list[str]:
    """Return the values that the generator does not tie to one label, or all, if it ties all but one of them.

    A value that only one label can have would write the label into every text that has it.
    """
    asked = [prompts.tied_to_a_label(task, value) for value in values]
    requests = [
        Request(
            messages=prompt.messages,
            parameters={"temperature": 0, "max_tokens": 8},
            sample=0,
            label="",
            parts=prompt.parts,
            choices=("yes", "no"),
        )
        for prompt in asked
    ]
    answers = sources.client.complete(requests)
    free = [
        value
        for value, answer in zip(values, answers, strict=True)
        if prompts.named_label(answer.text, ("yes", "no")) != "yes"
    ]
    return free if len(free) > 1 else list(values)
