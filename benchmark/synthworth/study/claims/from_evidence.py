"""The claims of Li et al. 2023, asked of the evidence as one family."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from synthworth.study.claims import (
    METHODS,
    ClaimVerdict,
    Conditions,
    accuracy_rises,
    corrected,
    diversity_order,
    drop_grows,
    method_order,
    mixing_does_not_help,
    mixing_does_not_help_on,
    scores_of,
    seed_scores_of,
)
from synthworth.study.claims.accuracy_by_agreement import Right
from synthworth.study.evidence import Evidence, Missing

MIXED_TASK = "relation"  # on which the study asked whether mixing helps


def verdicts_of(evidence: Evidence) -> tuple[list[ClaimVerdict], dict[str, str]]:
    """A verdict on each claim that the evidence can be asked, judged as one family; of others, by CLAIMS, why not."""
    found: list[ClaimVerdict] = []
    left_out: dict[str, str] = {}
    for name, ask in CLAIMS.items():
        try:
            found += ask(evidence)
        except ValueError as problem:
            left_out[name] = str(problem)
    return list(corrected(found)) if found else [], left_out


def order(evidence: Evidence) -> tuple[ClaimVerdict, ...]:
    """Claim 1."""
    return method_order(_scores(evidence))


def drops(evidence: Evidence) -> tuple[ClaimVerdict, ...]:
    """Claim 2."""
    if not evidence.subjectivity:
        raise Missing("nobody has said how subjective the tasks are; ask with: synthworth compare")
    known = evidence.subjectivity
    sources = "; ".join(sorted({found.source for found in known.values()}))
    found = drop_grows(_scores(evidence), {task: of.value for task, of in known.items()})
    return tuple(replace(one, note="; ".join(filter(None, [one.note, f"subjectivity: {sources}"]))) for one in found)


def _scores(evidence: Evidence) -> dict[str, dict[str, list[float]]]:
    """The scores of the study's methods, of the versions that the evidence is of."""
    found = [result for task in evidence.measured for method in METHODS for result in evidence.found(task, method)]
    return scores_of(found, evidence.conditions, tasks=evidence.measured)


def rises(evidence: Evidence) -> tuple[ClaimVerdict, ...]:
    """Claim 3, of zero-shot texts, as the study asked it."""
    tasks = evidence.rated_rows
    sides: dict[str, dict[str, Right]] = {}
    for method in (METHODS[-1], METHODS[0]):
        of = {task: [r for r in evidence.found(task, method) if r.predicted] for task in tasks}
        sides[method] = {task: evidence.right(task, found) for task, found in of.items() if found}
    both = [task for task in tasks if all(task in side for side in sides.values())]
    if not both:
        raise Missing(
            "no task has votes on test rows that are at hand, and predictions of them; name their source with "
            "--data (and --votes)"
        )
    agreement: Mapping[str, Mapping[str, float]] = {task: evidence.rated[task].agreement for task in both}
    return accuracy_rises(agreement, sides[METHODS[-1]], sides[METHODS[0]])


def diversities(evidence: Evidence) -> tuple[ClaimVerdict, ...]:
    """Claim 4, of both measures of the study."""
    found: list[ClaimVerdict] = []
    for measure in ("remote_clique", "chamfer"):
        by_task = {
            task: {m: [q.measures[measure].value] for m in METHODS if (q := evidence.quality_of(task, m))}
            for task in evidence.measured
        }
        complete = {task: of for task, of in by_task.items() if len(of) == len(METHODS)}
        if not complete:
            raise Missing("the diversity of no task's texts is measured; measure it with: synthworth measure")
        found += diversity_order(complete, measure.replace("_", " "))
    return tuple(found)


def mixing(evidence: Evidence) -> tuple[ClaimVerdict, ...]:
    """Claim 5, on the study's task and over all."""
    mixed = sorted({r.method for r in evidence.results if "+" in r.method})
    if not mixed:
        raise Missing("no results of real and synthetic texts together, such as --synth-method real10+few_shot")
    found: list[ClaimVerdict] = []
    for method in mixed:
        size = int(method.partition("+")[0].removeprefix(METHODS[0]) or evidence.conditions.per_label)
        pairs = {
            task: {method: [r.macro_f1 for r in both], "real alone": [r.macro_f1 for r in alone]}
            for task in evidence.measured
            if (both := evidence.found(task, method)) and (alone := evidence.found(task, METHODS[0], per_label=size))
        }
        if pairs:
            found += mixing_does_not_help(pairs, method, "real alone")
        if MIXED_TASK in pairs:
            sides = [
                seed_scores_of([*evidence.found(MIXED_TASK, m, per_label=n)], asked, task=MIXED_TASK, method=m)
                for m, n, asked in (
                    (method, None, evidence.conditions),
                    (METHODS[0], size, _at(evidence, size)),
                )
            ]
            if min(map(len, sides)) > 1:
                found += mixing_does_not_help_on(MIXED_TASK, *sides)
    if not found:
        raise Missing(
            "results of real and synthetic texts together lack those of the real texts alone; use --synth-curve"
        )
    return tuple(found)


def _at(evidence: Evidence, size: int) -> Conditions:
    return replace(evidence.conditions, per_label=size)


CLAIMS: Mapping[str, Callable[[Evidence], tuple[ClaimVerdict, ...]]] = {
    "order": order,
    "drops": drops,
    "rises": rises,
    "diversities": diversities,
    "mixing": mixing,
}
