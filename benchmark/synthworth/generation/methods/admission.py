"""Texts that come ready-made are judged as a generator's answers are, by the rules that need no prompt."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from reprlib import repr as brief

from synthworth.core.errors import unknown
from synthworth.core.task import Example, Task
from synthworth.generation.collect import Generated, Sources
from synthworth.generation.filters import Asked, Filter


@dataclass(frozen=True)
class Admitted:
    """The texts that were kept, by label, and how many were dropped, by label and rule."""

    kept: dict[str, list[Example]]
    dropped: dict[str, dict[str, int]] = field(default_factory=dict)

    def drop(self, label: str, rule: str, count: int = 1) -> None:
        """Counts so many texts more as dropped."""
        if not count:
            return
        rules = self.dropped.setdefault(label, {})
        rules[rule] = rules.get(rule, 0) + count

    def generated(self, told: str, *, attempts: int, per_label: int) -> Generated:
        """The training set; ValueError, with `told` before it, where a label has no text: nobody can learn it."""
        for label, examples in self.kept.items():
            if not examples:
                why = ", ".join(f"{n} {rule}" for rule, n in sorted(self.dropped.get(label, {}).items()))
                raise ValueError(f"{told}: no text of {label!r} is left (dropped: {why or 'none'}); give at least one")
        return Generated(
            examples=tuple(example for examples in self.kept.values() for example in examples),
            attempts=attempts,
            dropped=self.dropped,
            short={label: len(examples) for label, examples in self.kept.items() if len(examples) < per_label},
        )


def admit(task: Task, sources: Sources, examples: Iterable[Example]) -> Admitted:
    """Judges the texts in their order; real training texts that the method was given are taken as they are."""
    found = Admitted({label: [] for label in task.labels})
    given = set(sources.train)
    filters = {label: Filter(task, [e.text for e in sources.pool if e.label == label]) for label in task.labels}
    asked = Asked(task=task, prompt="", finish_reason="stop")
    for example in examples:
        reason = "" if example in given else filters[example.label].reason(example.text, asked)
        if reason:
            found.drop(example.label, reason)
        else:
            found.kept[example.label].append(example)
    return found


def problems(example: Example, task: Task) -> Iterator[str]:
    """What is wrong with a labelled text, before any rule judges it."""
    if not isinstance(example.id, str):
        yield f"the id is {brief(example.id)}, not a string"
    if not isinstance(example.text, str):
        yield f"the text is {brief(example.text)}, not words"
    elif not _is_unicode(example.text):
        yield f"the text {brief(example.text)} is not Unicode: it has half of a pair of surrogates"
    if not isinstance(example.label, str) or example.label not in task.labels:
        yield unknown("label", str(example.label), task.labels)
    provenance = example.provenance
    if not isinstance(provenance, Mapping) or not all(map(_is_plain, [*provenance, *provenance.values()])):
        yield f"the provenance is {brief(provenance)}; give names with strings or numbers"


def generator_of(examples: Sequence[Example]) -> str:
    """Who wrote the texts, where the provenance of all of them says the same; else ""."""
    named = {str(example.provenance.get("generator", "")) for example in examples}
    return named.pop() if len(named) == 1 else ""


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return _is_unicode(value)
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
