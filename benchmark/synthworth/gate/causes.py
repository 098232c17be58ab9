"""Differences between the texts of a baseline and the new ones: the places to look first."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from synthworth.core import Quality, Result


class Cause(NamedTuple):
    """One measure of the texts, before and after, as text."""

    measure: str
    before: str
    after: str


def causes(before: Sequence[Result], after: Sequence[Result], quality: Mapping[str, Quality]) -> tuple[Cause, ...]:
    """Return the measures that differ between two sets of results of one cell: dropped answers by rule, then texts.

    Each generation seed counts once. `quality` is by `train_version`; it is used if it has all texts of both sides.

    >>> causes([], [], {})
    ()
    """
    sides = [{r.train_version: r for r in side} for side in (before, after)]
    if not all(sides):
        return ()
    candidates = [_dropped(sides), *_rules(sides), _short(sides)]
    known = [[quality.get(version) for version in side] for side in sides]
    measured = [[q for q in side if q is not None] for side in known]
    if [len(side) for side in measured] == [len(side) for side in sides]:
        candidates += _measured(measured[0], measured[1])
    return tuple(cause for cause in candidates if cause.before != cause.after)


def _dropped(sides: Sequence[Mapping[str, Result]]) -> Cause:
    shares = []
    for side in sides:
        attempts, dropped = (sum(n) for n in zip(*((r.attempts, r.dropped_total) for r in side.values()), strict=True))
        shares.append(f"{dropped} of {attempts} ({dropped / max(attempts, 1):.0%})")
    return Cause("dropped answers", *shares)


def _rules(sides: Sequence[Mapping[str, Result]]) -> list[Cause]:
    shares = []
    for side in sides:
        counted: Counter[str] = Counter()
        for result in side.values():
            for by_rule in result.dropped.values():
                counted.update(by_rule)
        attempts = max(1, sum(r.attempts for r in side.values()))
        shares.append({rule: number / attempts for rule, number in counted.items()})
    rules = sorted(set().union(*shares), key=lambda rule: -abs(shares[0].get(rule, 0) - shares[1].get(rule, 0)))
    return [Cause(f"answers dropped as {rule}", *(f"{share.get(rule, 0):.1%}" for share in shares)) for rule in rules]


def _short(sides: Sequence[Mapping[str, Result]]) -> Cause:
    lists = []
    for side in sides:
        fewest: dict[str, int] = {}
        for result in side.values():
            for label, number in result.short.items():
                fewest[label] = min(number, fewest.get(label, number))
        lists.append(", ".join(f"{label} {number}" for label, number in sorted(fewest.items())) or "none")
    return Cause("labels below their quota", *lists)


def _measured(before: Sequence[Quality], after: Sequence[Quality]) -> list[Cause]:
    sides = before, after

    def mean(numbers: Sequence[float | None]) -> float | None:
        kept = [n for n in numbers if n is not None]
        return sum(kept) / len(kept) if kept else None

    def cause(measure: str, form: str, values: Sequence[Sequence[float | None]]) -> Cause:
        means = [mean(of_side) for of_side in values]
        return Cause(measure, *("not measured" if m is None else format(m, form) for m in means))

    differences = [
        cause("median words of a text", ".1f", [[q.median_words for q in side] for side in sides]),
        cause("label fidelity", ".1%", [[q.fidelity for q in side] for side in sides]),
        cause("suspected copies of real texts", ".1%", [[q.leak_share for q in side] for side in sides]),
    ]
    shared = [name for name in before[0].measures if all(name in q.measures for side in sides for q in side)]
    if len({(q.size, q.embedder) for side in sides for q in side}) == 1:  # else the numbers have no common scale
        differences += [
            cause(name, ".3f", [[q.measures[name].value for q in side] for side in sides]) for name in shared
        ]
    return differences
