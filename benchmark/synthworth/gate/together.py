"""The verdicts of one gate together: the mean over changed tasks decides, single tasks stand beside it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from statistics import fmean, median
from typing import NamedTuple

from synthworth.gate.comparison import NOTHING, PROMPT, ScoreComparison, mean_over_tasks
from synthworth.gate.verdict import ALPHA, MARGIN, GateVerdict, judge
from synthworth.measures.statistics import Variance, detection_power

DROP = 0.05  # of Macro-F1, whose chance of being found a report states


class Families(NamedTuple):
    """The number of verdicts that are corrected together: those that decide, and the single tasks beside a mean."""

    deciding: int = 1
    single: int = 1


ONE = Families()


def families_of(changed: Iterable[Collection[str]]) -> Families:
    """Return the families of a gate, from the tasks that changed for each method and classifier.

    Where several tasks changed, their mean decides, and they are single tasks beside it; a task that changed alone
    decides itself.

    >>> families_of([["a", "b", "c"], ["a"], []])
    Families(deciding=2, single=3)
    """
    sizes = [len(tasks) for tasks in changed if tasks]
    return Families(max(1, len(sizes)), max(1, sum(size for size in sizes if size > 1)))


def judged_together(
    comparisons: Sequence[ScoreComparison], families: Families, *, margin: float = MARGIN
) -> list[GateVerdict]:
    """Judge all comparisons of a gate: a verdict for each, in their order, then one for each mean over tasks.

    For each method and classifier, the mean over the tasks that changed decides, or the only one that did; those that
    decide share ALPHA, so that the chance of any false `regressed` over all is at most ALPHA. Single tasks beside a
    mean share another ALPHA among themselves and decide nothing: each is a finding to look at.
    """
    groups: dict[tuple[str, str], list[ScoreComparison]] = {}
    for comparison in comparisons:
        if comparison.about != NOTHING:
            groups.setdefault((comparison.method, comparison.classifier), []).append(comparison)
    several = {cell: changed for cell, changed in groups.items() if len(changed) > 1}
    verdicts = []
    for comparison in comparisons:
        alone = comparison.about == NOTHING or (comparison.method, comparison.classifier) not in several
        family = families.deciding if alone else families.single
        verdicts.append(judge(comparison, margin=margin, family=family, decides=alone))
    means = (mean_over_tasks(changed) for changed in several.values())
    return [*verdicts, *(judge(mean, margin=margin, family=families.deciding) for mean in means)]


def chance_to_find(verdict: GateVerdict, drop: float = DROP) -> float | None:
    """Return the chance that such a comparison calls a drop of this size regressed; None if its variance is unknown.

    It rests on the variance at hand. A comparison of one draw of the texts finds nothing about a prompt.
    """
    if verdict.comparison.variance is None or verdict.comparison.about != PROMPT:
        return None
    return detection_power(drop, verdict.comparison.variance, ALPHA / verdict.family, least=verdict.margin)


def power_lines(verdicts: Sequence[GateVerdict]) -> list[str]:
    """Return a line for each verdict that decides about a prompt: the chance that it had to find a drop of 5 points.

    For single tasks beside a mean it is that of a task with their mean variance.
    """
    lines = []
    for verdict in verdicts:
        c = verdict.comparison
        if not verdict.decides or (chance := chance_to_find(verdict)) is None:
            continue
        beside = [v for v in verdicts if not v.decides and _cell(v) == _cell(verdict)]
        of = f" of the {c.task}" if beside else ""
        typical = chance_to_find(_typical(beside)) if beside else None
        more = "" if typical is None else f", a drop of {100 * DROP:g} points of one task in {typical:.0%}"
        lines.append(f"{c.method}/{c.classifier}: a drop of {100 * DROP:g} points{of} is found in {chance:.0%}{more}")
    return lines


def terms(families: Families, margin: float) -> str:
    """Return what a gate promises, in one line.

    >>> terms(Families(1, 10), 0.01).partition(";")[0]
    'false alarms: at most 5%, over the 1 verdict that decides'
    """
    deciding, single = families
    beside = f"; single tasks beside a mean: at most {ALPHA:.0%} over all {single}" if single > 1 else ""
    return (
        f"false alarms: at most {ALPHA:.0%}, over the {_counted(deciding, 'verdict')} that "
        f"decide{'' if deciding > 1 else 's'}{beside}; the smallest drop of Macro-F1 that matters: {margin:g}"
    )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _cell(verdict: GateVerdict) -> tuple[str, str]:
    return verdict.comparison.method, verdict.comparison.classifier


def _typical(verdicts: Sequence[GateVerdict]) -> GateVerdict:
    """Return a verdict like these, with the mean of their variances."""
    known = [v.comparison.variance for v in verdicts if v.comparison.variance is not None]
    variance = Variance(
        fmean(v.known for v in known), fmean(v.estimated for v in known), median(v.degrees for v in known)
    )
    return replace(verdicts[0], comparison=replace(verdicts[0].comparison, variance=variance))
