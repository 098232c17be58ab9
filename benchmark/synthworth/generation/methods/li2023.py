"""The protocol of Li et al. (2023, arXiv 2310.07849), as far as it is known: one conversation for each label.

Known: a context, then a request for each text; after every few texts one fixed sentence that asks for more diversity,
within the same conversation; and, with examples, a few real ones drawn at random before every text, shown with their
labels, to be imitated and neither modified nor rewritten. Assumed: the sentence comes after 10 texts, 3 examples are
drawn from a tenth of the real training texts, a label has a conversation of its own, and the sentence is said with
examples too. Ours: the context ends as in our other methods (`prompts.ANSWER_ONLY`), the conversation forgets its
oldest exchanges so that it fits a small generator, and an answer that a rule drops does not stay in it.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import ceil

from synthworth.core import Example, Message, Request, Task, word_count
from synthworth.generation import prompts
from synthworth.generation.collect import Draw, Generated, Generates, Sources, collect

DIVERSE = "Can you provide something more diverse compared to the previously generated data?"
NOT_REWRITTEN = (
    "You should imitate the example I have provided, but you cannot simply modify or rewrite the example I have given."
)
EVERY = 10
EXAMPLES = 3
POOL_SHARE = 0.1
EXCHANGES = 10  # the most that a conversation keeps
REMEMBERED = 600  # words of requests and answers: at 2 tokens a word, 2,048 tokens hold them and the longest answer


def zero_shot(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """Ask for one text after another in one conversation; after every 10, with the sentence for more diversity."""
    return _collect(task, sources, per_label, seed, ZERO_SHOT, ())


def few_shot(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """As `zero_shot`; before every text, show 3 real training texts with their labels, drawn anew from a tenth.

    Texts with more words than the task allows are not shown. Raises ValueError if fewer than 3 are left.
    """
    short = [example for example in sources.pool if word_count(example.text) <= task.words[1]]
    if len(short) < EXAMPLES:
        raise ValueError(
            f"task {task.name!r}: {len(short)} texts of at most {task.words[1]} words to show; "
            f"{FEW_SHOT} draws {EXAMPLES}: give real training texts"
        )
    size = max(EXAMPLES, ceil(POOL_SHARE * len(short)))
    pool = random.Random(f"{seed}/{task.name}/{FEW_SHOT}").sample(short, size)
    return _collect(task, replace(sources, pool=pool), per_label, seed, FEW_SHOT, pool)


ZERO_SHOT, FEW_SHOT = "li2023_zero_shot", "li2023_few_shot"
LI2023: Mapping[str, Generates] = {ZERO_SHOT: zero_shot, FEW_SHOT: few_shot}


def _collect(
    task: Task, sources: Sources, per_label: int, seed: int, method: str, pool: Sequence[Example]
) -> Generated:
    def asked(label: str, sample: int, place: int) -> tuple[str, list[Example]]:
        draw = Draw(seed, task, method, label, sample)
        shown = draw.random.sample(pool, EXAMPLES) if pool else []
        return _request(task, label, draw.words, shown, diverse=place > 0 and place % EVERY == 0), shown

    def ask(label: str, sample: int, kept: Sequence[Example]) -> Request:
        request, shown = asked(label, sample, len(kept))
        before = (
            (asked(label, int(kept[place].provenance["sample"]), place)[0], kept[place].text)
            for place in reversed(range(len(kept)))
        )
        earlier = _remembered(before, REMEMBERED - word_count(request))
        return Draw(seed, task, method, label, sample).request(_prompt(task, request, earlier, shown))

    return collect(task, sources, per_label, ask, at_once=1)


def _request(task: Task, label: str, words: int, shown: Sequence[Example], *, diverse: bool) -> str:
    parts = [f"Label: {example.label}\nText: {example.text}\n" for example in shown]
    parts += [NOT_REWRITTEN] if shown else []
    parts += [DIVERSE] if diverse else []
    return "\n".join([*parts, prompts.request(task, label, words)])


def _remembered(before: Iterator[tuple[str, str]], room: int) -> list[tuple[str, str]]:
    """Return the last exchanges, oldest first, that have at most `room` words; `before` begins with the last one."""
    kept: list[tuple[str, str]] = []
    for request, answer in before:
        room -= word_count(request) + word_count(answer)
        if room < 0 or len(kept) == EXCHANGES:
            break
        kept.insert(0, (request, answer))
    return kept


def _prompt(task: Task, request: str, earlier: Sequence[tuple[str, str]], shown: Sequence[Example]) -> prompts.Prompt:
    context = f"{task.context_prompt} {prompts.ANSWER_ONLY}"
    messages: list[Message] = [{"role": "system", "content": context}]
    for before, answer in earlier:
        messages += [{"role": "user", "content": before}, {"role": "assistant", "content": answer}]
    messages.append({"role": "user", "content": request})
    parts = {prompts.CONTEXT: prompts.short_hash(context), prompts.GENERATION: prompts.short_hash(request)}
    if earlier:
        parts[prompts.EARLIER] = prompts.short_hash("\n".join(text for pair in earlier for text in pair))
    demonstrations = {example.id: prompts.short_hash(example.text) for example in shown}
    return prompts.Prompt(messages=tuple(messages), parts=parts, demonstrations=demonstrations)
