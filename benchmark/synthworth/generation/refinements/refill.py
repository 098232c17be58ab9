"""A method whose texts are refined, and which is asked for more until each label has its quota again."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from synthworth.core import Example, Task
from synthworth.generation.collect import Generated, Generates, Sources
from synthworth.generation.refinements.chain import Chain
from synthworth.generation.refinements.draft import Draft, Refined, Removed, added

MOST = 4  # times the quota that is asked for
POOL = 2  # times the quota that a selection chooses from


def refined(make: Generates, chain: Chain) -> Generates:
    """Make the method that refines the texts of another: all it has, again, each time it is asked for more.

    It asks for more texts of each label until every label has the quota, four times the quota is asked, or the labels
    that lack texts are short in what the other method gives. Texts are refined in the order in which they came, the
    first of every label, then the second ones: unless a refinement looks at the whole set (consistency, select,
    reweight), the texts of a smaller quota are those of a larger one with the first of each label. `dropped` counts
    what each refinement removed, beside what the method itself dropped. Raises ValueError if no text of a label is
    left.
    """

    def made(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
        from synthworth.training import RememberedEmbeddings

        embed = sources.embed or RememberedEmbeddings()
        draft = Draft(task=task, sources=sources, per_label=per_label, seed=seed, embed=embed)
        asked, before = per_label * (POOL if chain.selects else 1), -1
        while True:
            written = make(task, sources, asked, seed)
            kept = _refine(chain, draft, in_turn(written.examples, list(task.labels)))
            counts = Counter(example.label for example in kept.examples)
            lacking = [label for label in task.labels if counts[label] < draft.quota(label)]
            more = [label for label in lacking if label not in written.short]
            if not more or asked >= MOST * per_label or len(written.examples) <= before:
                return _generated(draft, written, kept, chain)
            before = len(written.examples)
            full = min(counts[label] / draft.quota(label) for label in more)
            wanted = math.ceil(asked / full) if full else MOST * per_label
            asked = min(MOST * per_label, max(asked + 1, wanted))

    return made


def in_turn(examples: Sequence[Example], labels: Sequence[str]) -> list[Example]:
    """Return the examples so that the first of every label come first, then the second ones, and so on."""
    seen: Counter[str] = Counter()
    places = []
    for example in examples:
        places.append((seen[example.label], labels.index(example.label)))
        seen[example.label] += 1
    return [example for _, example in sorted(zip(places, examples, strict=True), key=lambda pair: pair[0])]


def _refine(chain: Chain, draft: Draft, examples: Sequence[Example]) -> Refined:
    """Refine by each step in turn. In a dry run, texts that nobody wrote yet are compared with none, and stay."""
    made_up = draft.sources.made_up
    removed = list[Removed]()
    for step in chain.steps:
        set_aside = [e for e in examples if made_up(e.text) and not (step.asks or step.refinement.name == "balance")]
        aside = {id(example) for example in set_aside}
        kept = step(draft, [example for example in examples if id(example) not in aside])
        examples = [*kept.examples, *set_aside]
        removed.append(kept.removed)
    return Refined(examples=examples, removed=added(*removed))


def _generated(draft: Draft, written: Generated, kept: Refined, chain: Chain) -> Generated:
    task = draft.task
    of_label = {
        label: [example for example in kept.examples if example.label == label][: draft.quota(label) or None]
        for label in task.labels
    }
    for label, examples in of_label.items():
        if not examples:
            raise ValueError(
                f"task {task.name!r}: {chain} leaves no text of {label!r} of {len(written.examples)} in all; "
                "refine less, or look at the texts: their labels may be wrong"
            )
    return replace(
        written,
        examples=tuple(example for examples in of_label.values() for example in examples),
        dropped=added(written.dropped, kept.removed),
        short={label: len(examples) for label, examples in of_label.items() if len(examples) < draft.quota(label)},
    )
