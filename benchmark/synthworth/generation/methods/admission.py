"""Judgement of texts that come ready-made, from files and functions."""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from reprlib import repr as brief

from synthworth.core import Example, Task, is_unicode, unknown
from synthworth.generation.collect import Generated, Sources, discarded
from synthworth.generation.filters import READY_MADE, AnswerContext, Filter, Rule
from synthworth.generation.markup import shows_thoughts

GENERATOR, PROMPTING, SOURCE = ORIGIN = ("generator", "prompting", "source")  # keys of a text's provenance


@dataclass(frozen=True)
class Admitted:
    """The texts that were kept, by label, and how many were dropped, by label and rule."""

    kept: dict[str, list[Example]]
    dropped: dict[str, dict[str, int]] = field(default_factory=dict)
    discarded: list[Example] = field(default_factory=list)

    def drop(self, label: str, rule: str, count: int = 1) -> None:
        """Count so many more texts as dropped."""
        if not count:
            return
        rules = self.dropped.setdefault(label, {})
        rules[rule] = rules.get(rule, 0) + count

    def generated(self, where: str, *, attempts: int, quotas: Mapping[str, int]) -> Generated:
        """Return the training set; labels with fewer texts than their quota are short.

        Raises ValueError, with `where` before it, if a label has no text to learn from.
        """
        for label, examples in self.kept.items():
            if not examples:
                why = ", ".join(f"{n} {rule}" for rule, n in sorted(self.dropped.get(label, {}).items()))
                raise ValueError(f"{where}: no text of {label!r} is left (dropped: {why or 'none'}); give at least one")
        return Generated(
            examples=tuple(example for examples in self.kept.values() for example in examples),
            attempts=attempts,
            dropped={label: dict(rules) for label, rules in self.dropped.items()},
            short={label: len(examples) for label, examples in self.kept.items() if len(examples) < quotas[label]},
            discarded=tuple(self.discarded),
        )


def admit(
    task: Task,
    sources: Sources,
    examples: Iterable[Example],
    *,
    rules: Collection[Rule] = READY_MADE,
) -> Admitted:
    """Judge the texts in their order; real training texts that the method was given are taken as they are."""
    admitted = Admitted({label: [] for label in task.labels})
    given = set(sources.train)
    filters = {label: Filter([e.text for e in sources.pool if e.label == label], rules=rules) for label in task.labels}
    for example in examples:
        context = AnswerContext(task=task, open_thoughts=shows_thoughts(example.text))
        reason = "" if example in given else filters[example.label].reason(example.text, context)
        if reason:
            admitted.drop(example.label, reason)
            admitted.discarded.append(discarded(example, reason))
        else:
            admitted.kept[example.label].append(example)
    return admitted


def problems(example: Example, task: Task) -> Iterator[str]:
    """Yield what is wrong with a labelled text, before any rule judges it."""
    if not isinstance(example.id, str):
        yield f"the id is {brief(example.id)}, not a string"
    if not isinstance(example.text, str):
        yield f"the text is {brief(example.text)}, not words"
    elif not is_unicode(example.text):
        yield f"the text {brief(example.text)} is not Unicode: it has half of a pair of surrogates"
    if not isinstance(example.label, str) or example.label not in task.labels:
        yield unknown("label", str(example.label), task.labels)
    provenance = example.provenance
    if not isinstance(provenance, Mapping) or not all(map(_is_plain, [*provenance, *provenance.values()])):
        yield f"the provenance is {brief(provenance)}; give names with strings or numbers"
    if not (isinstance(example.weight, int | float) and 0 < example.weight < math.inf):
        yield f"the weight is {brief(example.weight)}; give a number above 0"


def generator_of(examples: Sequence[Example]) -> str:
    """Return the generator that the provenance of all texts names; "" if they name none, or several."""
    return stated_by(examples, GENERATOR)


def stated_by(examples: Sequence[Example], name: str) -> str:
    """Return what the provenance of all texts states under a name; "" if they state nothing, or several things."""
    stated = {str(example.provenance.get(name, "")) for example in examples}
    return stated.pop() if len(stated) == 1 else ""


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return is_unicode(value)
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))
