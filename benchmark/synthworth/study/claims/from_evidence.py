"""The claims of Li et al. 2023, asked of the evidence as one family.

The claims are about roles: real texts, texts written with examples in the prompt, and texts written without. Which
series plays which role follows from the results, or is named by the user; every written series gets its claims.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from synthworth.core import Result
from synthworth.pipeline import REAL
from synthworth.study.claims.accuracy_by_agreement import Right
from synthworth.study.claims.over_tasks import (
    METHODS,
    diversity_order,
    drop_grows,
    method_order,
    mixing_does_not_help,
)
from synthworth.study.claims.scores import Conditions, scores_of, seed_scores_of
from synthworth.study.claims.verdict import ClaimVerdict, corrected
from synthworth.study.claims.within_tasks import accuracy_rises, mixing_does_not_help_on
from synthworth.study.evidence import Evidence, Missing, unequal_sizes

MIXED_TASK = "relation"  # on which the study asked whether mixing helps


class Roles(NamedTuple):
    """The series that one set of claims is about: written with examples, and without; "" if nothing plays the role."""

    with_examples: str
    without_examples: str

    @property
    def order(self) -> list[str]:
        """Real texts and the written ones, from best to worst as the study found them."""
        return [REAL, *filter(None, self)]


def verdicts_of(evidence: Evidence) -> tuple[list[ClaimVerdict], dict[str, str]]:
    """Return a verdict on each claim that the evidence can answer, judged as one family; for others, why not."""
    verdicts: list[ClaimVerdict] = []
    left_out: dict[str, str] = {}
    for name, ask in CLAIMS.items():
        try:
            verdicts += ask(evidence)
        except ValueError as problem:
            left_out[name] = str(problem)
    return list(corrected(verdicts)) if verdicts else [], left_out


def roles_of(evidence: Evidence) -> list[Roles]:
    """Return the roles of every written series; mixtures with real texts have a claim of their own.

    Named roles come first. Otherwise few_shot and zero_shot of one generator belong together. Every other series is
    asked about alone, with the role that its demonstrations tell.
    """
    conditions = evidence.conditions
    written = {name: one for name, one in evidence.series.items() if one.is_written}
    pairs = [Roles(conditions.with_examples, conditions.without_examples)]
    for generator in sorted({one.generator for one in written.values()}):
        own = {one.method: name for name, one in written.items() if one.generator == generator}
        pairs.append(Roles(own.get(METHODS[1], ""), own.get(METHODS[2], "")))
    roles: list[Roles] = []
    placed: set[str] = set()
    for pair in pairs:
        if any(pair) and placed.isdisjoint(pair):
            roles.append(pair)
            placed.update(filter(None, pair))
    for name, one in written.items():
        if name not in placed:
            roles.append(Roles(name, "") if one.demonstrations else Roles("", name))
    if not roles:
        raise Missing("no results of written texts; make some with: pytest suites --synth-results results.jsonl")
    return roles


def order(evidence: Evidence) -> Iterator[ClaimVerdict]:
    """Claim 1: real texts are at least as good as those written with examples, and these as those without."""
    for roles in roles_of(evidence):
        scores, note = _scores(evidence, roles.order)
        yield from _noted(method_order(scores, methods=roles.order), note)


def drops(evidence: Evidence) -> Iterator[ClaimVerdict]:
    """Claim 2: the more subjective a task, the larger the drop."""
    if not evidence.subjectivity:
        raise Missing("the subjectivity of the tasks is unknown; let people compare them with: synthworth compare")
    known = evidence.subjectivity
    sources = "; ".join(sorted({one.source for one in known.values()}))
    for roles in roles_of(evidence):
        scores, note = _scores(evidence, roles.order)
        grows = drop_grows(scores, {task: one.value for task, one in known.items()}, methods=roles.order)
        yield from _noted(_noted(grows, f"subjectivity: {sources}"), note)


def _noted(verdicts: Sequence[ClaimVerdict], note: str) -> list[ClaimVerdict]:
    return [replace(one, note="; ".join(filter(None, [one.note, note]))) for one in verdicts]


def _scores(evidence: Evidence, names: Sequence[str]) -> tuple[dict[str, dict[str, list[float]]], str]:
    """Return scores by task and series, for the tasks that have all of them at one size, and a note on the others."""
    results: list[Result] = []
    tasks, unequal, lacking = [], [], []
    for task in evidence.measured:
        by_method = {name: evidence.results_for(task, name) for name in names}
        if not all(by_method.values()):
            lacking.append(task)
            continue
        if any(unequal_sizes(by_method[REAL], some) for some in by_method.values()):
            unequal.append(task)
            continue
        tasks.append(task)
        results += [replace(result, method=name) for name, some in by_method.items() for result in some]
    if unequal and not tasks:
        raise Missing(f"{' and '.join(names)} were trained on different numbers of texts, which do not compare")
    conditions = replace(evidence.conditions, generator="", demonstrations="")
    note = "; ".join(
        f"without {', '.join(some)} ({why})"
        for some, why in ((lacking, "no results of all"), (unequal, "unequal sizes"))
        if some
    )
    return scores_of(results, conditions, tasks=tasks or evidence.measured, methods=names), note


def rises(evidence: Evidence) -> Iterator[ClaimVerdict]:
    """Claim 3, about texts written without examples, as the study asked it, or with them if there are no others."""
    tasks = evidence.rated_rows
    every = roles_of(evidence)
    answered = False
    for roles in every:
        written = roles.without_examples or roles.with_examples
        sides: dict[str, dict[str, Right]] = {}
        for name in (written, REAL):
            kept = {task: [r for r in evidence.results_for(task, name) if r.predicted] for task in tasks}
            sides[name] = {task: evidence.right(task, of_task) for task, of_task in kept.items() if of_task}
        both = [task for task in tasks if all(task in side for side in sides.values())]
        if not both:
            continue
        answered = True
        agreement: Mapping[str, Mapping[str, float]] = {task: evidence.rated[task].agreement for task in both}
        verdicts = accuracy_rises(agreement, sides[written], sides[REAL])
        yield from _noted(verdicts, f"synthetic: {written}" if len(every) > 1 else "")
    if not answered:
        raise Missing(
            "no task has votes on test rows that are at hand, and predictions of them; name their source with "
            "--data (and --votes)"
        )


def diversities(evidence: Evidence) -> Iterator[ClaimVerdict]:
    """Claim 4, for both measures of the study."""
    answered = False
    for roles in roles_of(evidence):
        for measure in ("remote_clique", "chamfer"):
            by_task = {
                task: {m: [q.measures[measure].value] for m in roles.order if (q := evidence.quality_of(task, m))}
                for task in evidence.measured
            }
            complete = {task: of for task, of in by_task.items() if len(of) == len(roles.order)}
            if complete:
                answered = True
                yield from diversity_order(complete, measure.replace("_", " "), methods=roles.order)
    if not answered:
        raise Missing("no task's texts have a measured diversity; measure it with: synthworth measure")


def mixing(evidence: Evidence) -> Iterator[ClaimVerdict]:
    """Claim 5, on the study's task and over all."""
    mixed = {name: one for name, one in evidence.series.items() if "+" in one.method}
    if not mixed:
        raise Missing("no results of real and synthetic texts together, such as --synth-method real10+few_shot")
    answered = False
    for name, one in mixed.items():
        size = int(one.method.partition("+")[0].removeprefix(REAL) or evidence.conditions.per_label)
        pairs = {
            task: {name: [r.macro_f1 for r in both], "real alone": [r.macro_f1 for r in alone]}
            for task in evidence.measured
            if (both := evidence.results_for(task, name))
            and (alone := evidence.results_for(task, REAL, per_label=size))
        }
        if pairs:
            answered = True
            yield from mixing_does_not_help(pairs, name, "real alone")
        if MIXED_TASK in pairs:
            yield from _mixing_on_one_task(evidence, name, size)
    if not answered:
        raise Missing(
            "results of real and synthetic texts together lack those of the real texts alone; use --synth-curve"
        )


def _mixing_on_one_task(evidence: Evidence, name: str, size: int) -> Sequence[ClaimVerdict]:
    sides = [
        seed_scores_of(
            [replace(result, method=side) for result in evidence.results_for(MIXED_TASK, side, per_label=per_label)],
            _at(evidence, per_label),
            task=MIXED_TASK,
            method=side,
        )
        for side, per_label in ((name, evidence.conditions.per_label), (REAL, size))
    ]
    return mixing_does_not_help_on(MIXED_TASK, *sides) if min(map(len, sides)) > 1 else ()


def _at(evidence: Evidence, size: int) -> Conditions:
    return replace(evidence.conditions, per_label=size, generator="", demonstrations="")


CLAIMS: Mapping[str, Callable[[Evidence], Iterator[ClaimVerdict]]] = {
    "order": order,
    "drops": drops,
    "rises": rises,
    "diversities": diversities,
    "mixing": mixing,
}
