"""Methods that write in rounds: a small model that learns from the texts so far chooses what the next ones are shown.

The model is a logistic regression on frozen embeddings. What it chooses goes into the requests of the next round, so
that a recording replays only where the same is chosen again. Embeddings differ between machines in their last digits.
Therefore the regression is solved to rounding (`training.solved`), its scores are rounded before they are ranked, ties
are broken by a hash of the texts, and which of the chosen texts a request shows follows from hashes as well, so that
another choice changes only the requests that would show it. What remains: two scores that differ by about that much,
of which one is chosen and the other is not. Then a replay says how many answers are not recorded.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from synthworth.core import Example, Request, Task
from synthworth.generation import prompts
from synthworth.generation.collect import IMITATING, Draw, Generated, Generates, Sources, collect
from synthworth.generation.prompts import short_hash

FIRST = 20  # texts of a label that are written before the first choice; each next one comes at twice as many
AT_ONCE = 10
BEST = 8  # texts of a label that are chosen, at most half of them
SHOWN = 3  # of these, that a request shows
POOL = 200  # texts of a label in the pool that the model is tried on, at most
DIGITS = 4  # of a score, as a share of the largest one

Chosen = Mapping[str, Sequence[Example]]  # texts to show, by label
Embed = Callable[[Sequence[str]], Any]


def feedback(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """Write in rounds, and show the texts of earlier rounds that helped a small model most (ProGen).

    Ye et al. 2022 (arXiv 2210.12329). The first 20 texts of a label are asked for with context, label and length alone.
    Then, and again whenever there are twice as many, a regression learns from half of the texts, and each of these
    gets its influence on the reverse cross-entropy, which is robust to wrong labels, on the other half; and the other
    way round. No real text plays a part. Of each label, the 8 that help most are chosen; every other request of the
    next round shows 3 of them, to imitate and not to rewrite. A near copy of a text that its request shows is dropped.
    """
    embed = _embedder()

    def ask(draw: Draw, chosen: Sequence[Example]) -> Request:
        shown = _by_hash(chosen, draw)[:SHOWN] if draw.sample % 2 == 0 else []
        if not shown:
            return draw.request(prompts.zero_shot(task, draw.label, draw.words))
        prompt = prompts.few_shot(task, draw.label, draw.words, shown)
        return draw.request(prompt, frequency_penalty=IMITATING)

    def choose(examples: Sequence[Example]) -> Chosen:
        if any(sources.made_up(example.text) for example in examples):
            return _of_each(task, examples)
        return most_helpful(examples, list(task.labels), embed)

    return _in_rounds(task, sources, (per_label, seed, "feedback"), ask, choose)


def errors(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """Write in rounds, and show texts of the pool that a small model, trained on the texts so far, gets wrong (S3).

    Wang et al. 2023 (arXiv 2310.13671). The first 20 texts of a label are asked for with context, label and length
    alone. Then, and again whenever there are twice as many, a regression learns from all texts written and labels those
    of the pool, at most 200 of a label. Each request of the next round shows one that it got wrong, with the right
    label, and asks for another as easy to mistake; a label without mistakes is asked for as before. The pool are the
    task's demonstrations, or real training texts if `--synth-demonstrations real` says so; it is never the test set.
    Raises ValueError without a pool.
    """
    if not sources.pool:
        raise ValueError(
            f"task {task.name!r}: no text to find errors on; give demonstrations, or --synth-demonstrations real"
        )
    embed = _embedder()
    pool = [
        example
        for label in task.labels
        for example in _by_hash([e for e in sources.pool if e.label == label], Draw(seed, task, "errors", label, 0))[
            :POOL
        ]
    ]

    def ask(draw: Draw, chosen: Sequence[Example]) -> Request:
        if not chosen:
            return draw.request(prompts.zero_shot(task, draw.label, draw.words))
        return draw.request(prompts.extrapolation(task, draw.label, draw.words, _by_hash(chosen, draw)[0]))

    def choose(examples: Sequence[Example]) -> Chosen:
        if any(sources.made_up(example.text) for example in examples):
            return _of_each(task, pool)
        return mistaken(examples, pool, embed)

    return _in_rounds(task, sources, (per_label, seed, "errors"), ask, choose)


ROUNDS: Mapping[str, Generates] = {"feedback": feedback, "errors": errors}


def most_helpful(examples: Sequence[Example], labels: Sequence[str], embed: Embed) -> dict[str, list[Example]]:
    """Return the texts of each label that lower the loss on the other half of the texts most: 8, at most half of them.

    Halves are by place among the texts of a label. {} if a label has fewer than 2 texts.
    """
    from synthworth.training import helpfulness

    places = {label: [i for i, example in enumerate(examples) if example.label == label] for label in labels}
    if min(map(len, places.values())) < 2:
        return {}
    embeddings = embed([example.text for example in examples])
    scores: dict[int, float] = {}
    for half in range(2):
        learnt = [i for of_label in places.values() for i in of_label[half::2]]
        held_out = [i for of_label in places.values() for i in of_label[1 - half :: 2]]
        found = helpfulness(
            embeddings[learnt],
            [examples[i].label for i in learnt],
            embeddings[held_out],
            [examples[i].label for i in held_out],
        )
        scores |= dict(zip(learnt, map(float, found), strict=True))
    largest = max(map(abs, scores.values())) or 1.0
    rank = {i: (-round(score / largest, DIGITS), short_hash(examples[i].text, 64)) for i, score in scores.items()}
    return {
        label: [examples[i] for i in sorted(of_label, key=rank.__getitem__)[: min(BEST, len(of_label) // 2)]]
        for label, of_label in places.items()
    }


def mistaken(examples: Sequence[Example], pool: Sequence[Example], embed: Embed) -> dict[str, list[Example]]:
    """Return the texts of the pool, by label, to which a regression on the examples gives another label.

    {} if all examples have one label.
    """
    from synthworth.training import solved

    if len({example.label for example in examples}) < 2:
        return {}
    regression = solved(embed([example.text for example in examples]), [example.label for example in examples])
    found: dict[str, list[Example]] = {}
    for example, shares in zip(pool, regression.shares(embed([e.text for e in pool])).tolist(), strict=True):
        said = dict(zip(regression.labels, (round(share, DIGITS) for share in shares), strict=True))
        if said.get(example.label, 0.0) < max(said.values()):
            found.setdefault(example.label, []).append(example)
    return found


def _in_rounds(
    task: Task,
    sources: Sources,
    what: tuple[int, int, str],
    ask: Callable[[Draw, Sequence[Example]], Request],
    choose: Callable[[Sequence[Example]], Chosen],
) -> Generated:
    """Collect the texts of each round, all earlier ones again, and choose by them what the next round shows.

    What a request shows depends on how many texts its label has, and on the first texts of all labels: the n-th text is
    the same whatever the quota.
    """
    per_label, seed, method = what
    rounds: list[tuple[int, Chosen]] = []  # texts of a label from which on the choice is shown, and the choice

    def request(label: str, sample: int, kept: Sequence[Example]) -> Request:
        begun = [chosen for size, chosen in rounds if len(kept) >= sources.quota(label, size)]
        return ask(Draw(seed, task, method, label, sample), begun[-1].get(label, ()) if begun else ())

    size = FIRST
    while size < per_label:
        written = collect(task, sources, size, request, at_once=AT_ONCE, copies=False)
        rounds.append((size, choose(written.examples)))
        size *= 2
    return collect(task, sources, per_label, request, at_once=AT_ONCE, copies=False)


def _by_hash(examples: Sequence[Example], draw: Draw) -> list[Example]:
    """Return examples in an order of their own for each draw, which another example in the list does not change."""
    return sorted(examples, key=lambda e: short_hash(f"{draw.parameters['seed']}/{draw.label}/{e.text}", 64))


def _of_each(task: Task, examples: Sequence[Example]) -> Chosen:
    """Return some texts of each label, for a dry run: which ones makes no difference to the number of requests."""
    return {label: [e for e in examples if e.label == label][:BEST] for label in task.labels}


def _embedder() -> Embed:
    from synthworth.training import RememberedEmbeddings

    return RememberedEmbeddings()
