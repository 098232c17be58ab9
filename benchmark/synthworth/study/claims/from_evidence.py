"""The claims of Li et al. 2023, asked of the evidence as one family.

The claims are about roles: real texts, texts written with examples in the prompt, and texts written without. Which
series plays which role follows from the results, or is named by the user; every written series gets its claims.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise, product
from statistics import fmean
from typing import NamedTuple

from synthworth.core import Result
from synthworth.generation.methods import ALL, is_of_files
from synthworth.leaderboard import draws_of, runs_of
from synthworth.pipeline import REAL
from synthworth.study.claims.about_texts import diversity_order, similarity_order
from synthworth.study.claims.accuracy_by_agreement import Right
from synthworth.study.claims.over_tasks import (
    COMPARED,
    drop_grows,
    method_order,
    mixing_does_not_help,
)
from synthworth.study.claims.scores import Conditions, scores_of, seed_scores_of
from synthworth.study.claims.verdict import ClaimVerdict, corrected
from synthworth.study.claims.within_tasks import accuracy_rises, mixing_does_not_help_on
from synthworth.study.evidence import FIDELITY, Evidence, Missing, unequal_sizes

_, WITH, WITHOUT = COMPARED  # the endings of methods with examples in the prompt and without
MIXED_TASK = "relation"  # on which the study asked if mixing helps
ASKED = ("remote clique", "chamfer")  # the study's measures of diversity
BESIDE = ("distinct-2", FIDELITY)  # what an embedder does not see
MEASURE = "measure it with: synthworth measure"


LEAST_TASKS = 6  # with fewer, a mean over tasks has no interval of 95 %


class Roles(NamedTuple):
    """The series that one set of claims is about: written with examples, and without; "" if nothing plays the role."""

    with_examples: str
    without_examples: str

    @property
    def order(self) -> list[str]:
        """Real texts and the written ones, from best to worst as the study found them."""
        return [REAL, *filter(None, self)]


def verdicts_of(evidence: Evidence) -> tuple[list[ClaimVerdict], dict[str, str]]:
    """Return a verdict on each claim that the evidence can answer, judged as one family; for others, why not.

    All draws of the texts in the evidence count. A claim about methods is withheld if a set that it compares has one
    draw on a task that it is about.
    """
    verdicts: list[ClaimVerdict] = []
    problems: dict[str, list[str]] = {}
    if few := dict(_of_few_tasks(evidence)):
        problems["files"] = [_asked_alone(few)]
    for name, ask in _questions(evidence):
        try:
            verdicts += list(ask())  # all answers about these roles or none, wherever it fails
        except ValueError as problem:
            problems.setdefault(name, []).append(str(problem))
    return list(corrected(verdicts)), {name: "; ".join(dict.fromkeys(lines)) for name, lines in problems.items()}


def _questions(evidence: Evidence) -> Iterator[tuple[str, Callable[[], Iterable[ClaimVerdict]]]]:
    """Yield every question by the kind of its claim: those about roles once for each pair of them."""
    try:
        every = roles_of(evidence)
    except Missing as problem:
        yield from ((name, partial(_lacking, problem)) for name in OF_ROLES)
    else:
        yield from ((name, partial(ask, evidence, roles)) for name, ask in OF_ROLES.items() for roles in every)
    yield "mixing", partial(mixing, evidence)


def _lacking(problem: Missing) -> Iterable[ClaimVerdict]:
    raise problem


def roles_of(evidence: Evidence) -> list[Roles]:
    """Return the roles of every written series; mixtures with real texts have a claim of their own.

    Named roles come first. Otherwise few_shot and zero_shot of one generator belong together, and so do
    li2023_few_shot and li2023_zero_shot. Every other series that was written to train on is asked about alone, with the
    role that its demonstrations tell.
    """
    conditions = evidence.conditions
    few = dict(_of_few_tasks(evidence))
    written = {name: one for name, one in evidence.series.items() if one.is_written and name not in few}
    pairs = [Roles(conditions.with_examples, conditions.without_examples)]
    for generator in sorted({one.generator for one in written.values()}):
        own: dict[str, str] = {}
        for name, one in written.items():
            if one.generator == generator:
                own.setdefault(one.method, name)  # of several demonstrations, those of the pool
        for stem in dict.fromkeys(method.removesuffix(WITH).removesuffix(WITHOUT) for method in own):
            pairs.append(Roles(own.get(stem + WITH, ""), own.get(stem + WITHOUT, "")))
    roles: list[Roles] = []
    placed: set[str] = set()
    for pair in pairs:
        if any(pair) and placed.isdisjoint(pair):
            roles.append(pair)
            placed.update(filter(None, pair))
    for name, one in written.items():
        if name not in placed:
            roles.append(Roles(name, "") if one.demonstrations else Roles("", name))
    if not roles and few:
        raise Missing(_asked_alone(few))
    if not roles:
        raise Missing("no results of written texts; make some with: pytest suites --synth-results results.jsonl")
    return roles


def _of_few_tasks(evidence: Evidence) -> Iterator[tuple[str, int]]:
    """Yield the series of files, with their number of tasks, that have too few for a claim over tasks.

    Each would add claims to the family that nothing can make clear, and Holm's p of all others would rise.
    """
    for name, one in evidence.series.items():
        if is_of_files(one.method) and len(evidence.measured) >= LEAST_TASKS:
            tasks = sum(bool(evidence.results_for(task, name)) for task in evidence.measured)
            if tasks < LEAST_TASKS:
                yield name, tasks


def _asked_alone(few: Mapping[str, int]) -> str:
    return (
        f"files of texts for fewer than {LEAST_TASKS} tasks, which say nothing about a mean over tasks: "
        f"{', '.join(few)}; compare them task by task with: synthworth worth FILE --show claims"
    )


def _drawn(verdict: ClaimVerdict, draws: Mapping[str, int]) -> ClaimVerdict:
    """Say how many draws of the texts are behind a verdict, by the names of the compared sets."""
    single = ", ".join(name for name, number in draws.items() if number == 1)
    return replace(verdict, draws=min(draws.values()), one_draw=single)


def _draws(evidence: Evidence, tasks: Iterable[str], names: Sequence[str]) -> dict[str, int]:
    """Return the draws that each series has on these tasks, of the task with the fewest."""
    return {name: min(draws_of(evidence.results_for(task, name)) for task in tasks) for name in names}


def order(evidence: Evidence, roles: Roles) -> Iterator[ClaimVerdict]:
    """Claim 1: real texts are at least as good as those written with examples, and these as those without."""
    scores, note = _scores(evidence, roles.order)
    verdicts = _noted(method_order(scores, methods=roles.order), note)
    for verdict, pair in zip(verdicts, pairwise(roles.order), strict=True):
        yield _drawn(verdict, _draws(evidence, scores, pair))


def drops(evidence: Evidence, roles: Roles) -> Iterator[ClaimVerdict]:
    """Claim 2: the more subjective a task, the larger the drop."""
    if not evidence.subjectivity:
        raise Missing("the subjectivity of the tasks is unknown; let people compare them with: synthworth compare")
    known = evidence.subjectivity
    sources = "; ".join(sorted({one.source for one in known.values()}))
    scores, note = _scores(evidence, roles.order)
    grows = drop_grows(scores, {task: one.value for task, one in known.items()}, methods=roles.order)
    tasks = [task for task in scores if task in known]
    for verdict, name in zip(_noted(_noted(grows, f"subjectivity: {sources}"), note), roles.order[1:], strict=True):
        yield _drawn(verdict, _draws(evidence, tasks, (REAL, name)))


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


def rises(evidence: Evidence, roles: Roles) -> Iterator[ClaimVerdict]:
    """Claim 3, about texts written without examples, as the study asked it, or with them if there are no others."""
    written = roles.without_examples or roles.with_examples
    sides: dict[str, dict[str, Right]] = {}
    for name in (written, REAL):
        kept = {task: [r for r in evidence.results_for(task, name) if r.predicted] for task in evidence.rated_rows}
        sides[name] = {task: evidence.right(task, of_task) for task, of_task in kept.items() if of_task}
    both = [task for task in evidence.rated_rows if all(task in side for side in sides.values())]
    if not both:
        raise Missing(
            "no task has votes on test rows that are at hand, and predictions of them; name their source with "
            "--data (and --votes)"
        )
    agreement: Mapping[str, Mapping[str, float]] = {task: evidence.rated[task].agreement for task in both}
    verdicts = _noted(
        accuracy_rises(agreement, sides[written], sides[REAL]),
        f"synthetic: {written}" if len(roles_of(evidence)) > 1 else "",
    )
    compared = [(task, names) for task in both for names in ((written,), (written, REAL))]
    for verdict, (task, names) in zip(verdicts, compared, strict=True):
        yield _drawn(verdict, _draws(evidence, [task], names))


def diversities(evidence: Evidence, roles: Roles) -> Iterator[ClaimVerdict]:
    """Claim 4, for both measures of the study, beside distinct-2 and label fidelity."""
    measured = {measure: _of_texts(evidence, measure, roles.order) for measure in (*ASKED, *BESIDE)}
    asked = {measure: measured[measure] for measure in ASKED if measured[measure]}
    if not asked:
        raise Missing(f"no task's texts of {' and '.join(roles.order)} have a measured diversity; {MEASURE}")
    verdicts = diversity_order(asked, beside={m: measured[m] for m in BESIDE if measured[m]}, methods=roles.order)
    unknown = [measure for measure in BESIDE if not measured[measure]]
    compared = [*pairwise(roles.order), *([roles.order] if len(roles.order) == 3 else [])]
    for verdict, (measure, names) in zip(verdicts, product(asked, compared), strict=True):
        draws = {name: min(len(of[name]) for of in asked[measure].values()) for name in names}
        yield from _noted([_drawn(verdict, draws)], f"not measured: {', '.join(unknown)}" if unknown else "")


def similarities(evidence: Evidence, roles: Roles) -> Iterator[ClaimVerdict]:
    """Claim 6: texts written with examples are more similar to real ones than those written without."""
    names = roles.order[1:]
    if len(names) < 2:
        return
    similarity = _of_texts(evidence, "similarity", names)
    if not similarity:
        raise Missing(f"no task's texts of {' and '.join(names)} have a measured similarity to real ones; {MEASURE}")
    for verdict in similarity_order(similarity, methods=names):
        yield _drawn(verdict, {name: min(len(of[name]) for of in similarity.values()) for name in names})


def _of_texts(evidence: Evidence, measure: str, names: Sequence[str]) -> dict[str, dict[str, list[float]]]:
    """Return a measure of every draw's texts by task and series, for the tasks that have all of these series."""
    by_task = {task: {name: evidence.measures(task, name, measure) for name in names} for task in evidence.measured}
    return {task: of for task, of in by_task.items() if all(of.values())}


def mixing(evidence: Evidence) -> Iterator[ClaimVerdict]:
    """Claim 5, on the study's task and over all."""
    mixed = {name: one for name, one in evidence.series.items() if "+" in one.method}
    if not mixed:
        raise Missing("no results of real and synthetic texts together, such as --synth-method real10+few_shot")
    answered = False
    for name, one in mixed.items():
        small = one.method.partition("+")[0]
        size = 0 if small == ALL else int(small.removeprefix(REAL) or evidence.conditions.per_label)
        sides = {
            task: {name: both, "real alone": alone}
            for task in evidence.measured
            if (both := evidence.results_for(task, name))
            and (alone := evidence.results_for(task, REAL, per_label=size))
        }
        if sides:
            answered = True
            scores = {task: {side: _macro_f1(results) for side, results in of.items()} for task, of in sides.items()}
            for verdict in mixing_does_not_help(scores, name, "real alone"):
                yield _drawn(verdict, _draws_of_sides(list(sides.values())))
        if MIXED_TASK in sides:
            for verdict in _mixing_on_one_task(evidence, name, size):
                yield _drawn(verdict, _draws_of_sides([sides[MIXED_TASK]]))
    if not answered:
        raise Missing(
            "results of real and synthetic texts together lack those of the real texts alone; use --synth-curve"
        )


def _macro_f1(results: Sequence[Result]) -> list[float]:
    return [fmean(result.macro_f1 for result in run) for run in runs_of(results)]


def _draws_of_sides(tasks: Sequence[Mapping[str, Sequence[Result]]]) -> dict[str, int]:
    return {side: min(draws_of(of[side]) for of in tasks) for side in tasks[0]}


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


OF_ROLES: Mapping[str, Callable[[Evidence, Roles], Iterable[ClaimVerdict]]] = {
    "order": order,
    "drops": drops,
    "rises": rises,
    "diversities": diversities,
    "similarities": similarities,
}
