"""The claims of Li et al. 2023 (arXiv 2310.07849) as questions to results: supported, contradicted, or cannot tell.

A verdict is for or against a claim only where the interval lies wholly on one side of the claim's bound, and Holm's p
over all claims asked together agrees. All else cannot be told, and is no support.
"""

import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from benchmark.choice import unknown
from benchmark.curves import Right, trend, trend_difference
from benchmark.metrics import accuracy, macro_f1
from benchmark.result import DATA, Result
from benchmark.statistics import bootstrap
from benchmark.statistics.association import spearman
from benchmark.statistics.interval import Variance, interval_of, p_of, tails
from benchmark.statistics.multiplicity import holm
from benchmark.statistics.variance import SeedScore, variance_split

SUPPORTED, CONTRADICTED, CANNOT_TELL = "supported", "contradicted", "cannot tell"
METHODS = ("real", "few_shot", "zero_shot")  # from best to worst, as the study found them
MEASURES = {"macro_f1": macro_f1, "accuracy": accuracy}
GENERATOR, DEMONSTRATIONS = "smollm2-135m", "pool"  # where the command line names none
MARGIN = 0.01  # of a score: to be better by less is no clear help
COUNTED = 14  # tasks, up to which all their subsets are counted
ROUNDING = 1e-9  # of the largest difference: what is this near is a tie

Scores = Mapping[str, Mapping[str, Sequence[float]]]  # by task, then method; a score for each seed
Agreement = Mapping[str, Mapping[str, float]]  # by task, then instance


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What results say of a claim: `verdict` is supported, contradicted or cannot tell, and `why` in one line.

    The claim holds where the true value is above `bound`, or below it where `above` is False. `low` and `high` bound
    the interval of `estimate` at this `level`, of this claim alone; `p` is the two-sided p of `bound` and `adjusted`
    Holm's over the `family` of claims that were asked together. `n` counts what was drawn, in `unit`: tasks, test
    instances or seeds. `note` is what else a reader must know.

    >>> print(Verdict(claim="a >= b", estimate=0.1, low=0.05, high=0.15, p=0.01, n=9, unit="tasks"))
    a >= b: cannot tell; 0.1 (95 % 0.05 to 0.15), 9 tasks; not judged
    """

    claim: str
    verdict: str = CANNOT_TELL
    estimate: float
    low: float
    high: float
    p: float
    adjusted: float = 1.0
    n: int
    unit: str
    why: str = "not judged"
    note: str = ""
    bound: float = 0.0
    above: bool = True
    level: float = 0.95
    family: int = 1

    def __str__(self) -> str:
        interval = f"{self.estimate:.3g} ({self.level * 100:g} % {self.low:.3g} to {self.high:.3g})"
        return f"{self.claim}: {self.verdict}; {interval}, {self.n} {self.unit}; {self.why}"


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """What results share that are compared: data (hub, mirror or quickstart), classifier, size, and who wrote.

    `per_label` is in texts, 0 for all there are; `seeds` is how many training seeds each task and method must have.
    """

    data: str
    classifier: str
    per_label: int
    generator: str = GENERATOR
    demonstrations: str = DEMONSTRATIONS
    seeds: int = 1

    def __post_init__(self) -> None:
        if self.data not in DATA:
            raise ValueError(unknown("data", self.data, DATA, "data"))


def corrected(verdicts: Sequence[Verdict]) -> tuple[Verdict, ...]:
    """The verdicts judged as one family: Holm's p over all of them must be at most 1 - level for any to be clear.

    Each function here corrects for the claims that it returns; ask several, and this corrects for them all. So the
    chance of any clear verdict against the truth is at most 1 - level, however many claims are asked, as far as
    each p holds what it says. Measured at 95 %, by simulated studies without any effect: 3 to 5 in 100 have one.

    >>> one = Verdict(claim="a >= b", estimate=0.1, low=0.05, high=0.15, p=0.03, n=9, unit="tasks")
    >>> print(corrected([one])[0])
    a >= b: supported; 0.1 (95 % 0.05 to 0.15), 9 tasks; the interval lies above 0, Holm's p of 1 claim is 0.03
    >>> print(corrected([one, one])[0])
    a >= b: cannot tell; 0.1 (95 % 0.05 to 0.15), 9 tasks; the interval lies above 0, but Holm's p of 2 claims is 0.06
    """
    adjusted = holm([verdict.p for verdict in verdicts])
    return tuple(_judged(v, float(p), len(verdicts)) for v, p in zip(verdicts, adjusted, strict=True))


def method_order(
    scores: Scores, *, methods: Sequence[str] = METHODS, level: float = 0.95, seed: int = 0
) -> tuple[Verdict, ...]:
    """Claim 1: each of `methods` scores at least as high as the next, on average over tasks; a verdict for each pair.

    `scores` maps task and method to a score for each seed, higher is better. Tasks are the unit: of each, the
    difference of the two means over seeds is one number, which holds what its seeds and test rows did. Where two
    methods are as good as each other, their names could be exchanged in any task, and each difference is as likely to
    have the other sign: p is the share of all 2^n choices of signs whose sum is as far from 0, exactly. The interval
    is that of this test, between the k-th lowest and highest means of all subsets of tasks (Hartigan 1969, JASA 64): no
    normal distribution, which ten tasks cannot show to hold. Where it holds, the interval is as wide as Student's for
    ten tasks. It takes differences to lie symmetrically about their mean: a nominal 95 % holds it in 96 %, and in 90 %
    where they are as skewed as an exponential distribution (Student's too). Beyond 14 tasks, RESAMPLES subsets are
    drawn. At 95 %, fewer than 6 tasks have an infinite interval, and a family of two claims can be clear from 7 tasks
    on. ValueError where a task lacks a method.

    >>> table = {f"task {i}": {"real": [0.8 + i / 100], "few_shot": [0.7], "zero_shot": [0.7 - i / 50]}
    ...          for i in range(10)}
    >>> [(verdict.verdict, round(verdict.estimate, 3), round(verdict.low, 3)) for verdict in method_order(table)]
    [('supported', 0.145, 0.123), ('supported', 0.09, 0.045)]
    """
    _check(scores, methods)
    return corrected(
        [
            _over_tasks(
                f"{better} >= {worse} on average over tasks",
                [fmean(of[better]) - fmean(of[worse]) for of in scores.values()],
                level=level,
                seed=seed,
            )
            for better, worse in pairwise(methods)
        ]
    )


def drop_grows(
    scores: Scores,
    subjectivity: Mapping[str, float],
    *,
    methods: Sequence[str] = METHODS,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[Verdict, ...]:
    """Claim 2: the more subjective a task, the larger the drop against the first method; a verdict for each other one.

    `subjectivity` has one number for each task, higher is more subjective, all of one source; a task without one is
    left out, and said. The estimate is Spearman's rho over tasks of subjectivity and drop (mean over seeds of the first
    method, less that of the other), with the exact permutation p (10 tasks; drawn beyond) and the interval of
    `spearman`. Both hold tasks and seeds: a drop is what was measured, and what its seeds did is in it, which draws rho
    towards 0. ValueError where a task lacks a method, or fewer than 3 have both.

    >>> table = {f"task {i}": {"real": [0.9], "zero_shot": [0.8 - i / 50]} for i in range(10)}
    >>> (found,) = drop_grows(table, {task: rank for rank, task in enumerate(table)}, methods=("real", "zero_shot"))
    >>> found.verdict, round(found.estimate, 3), round(found.low, 3), found.n
    ('supported', 1.0, 0.963, 10)
    """
    _check(scores, methods)
    tasks = [task for task in scores if task in subjectivity]
    if len(tasks) < 3:
        raise ValueError(f"{len(tasks)} of {len(scores)} tasks have a subjectivity; an association needs at least 3")
    left_out = ", ".join(task for task in scores if task not in subjectivity)
    first, *others = methods
    found = []
    for method in others:
        drops = [fmean(scores[task][first]) - fmean(scores[task][method]) for task in tasks]
        rho, low, high, p = spearman([subjectivity[task] for task in tasks], drops, level=level, seed=seed)
        found.append(
            Verdict(
                claim=f"the drop of {method} against {first} grows with the subjectivity of the task",
                estimate=rho,
                low=low,
                high=high,
                p=p,
                n=len(tasks),
                unit="tasks",
                note=f"without a subjectivity: {left_out}" if left_out else "",
                level=level,
            )
        )
    return corrected(found)


def accuracy_rises(
    agreement: Agreement,
    synthetic: Mapping[str, Right],
    real: Mapping[str, Right],
    *,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[Verdict, ...]:
    """Claim 3: within a task, accuracy rises with agreement, and for real data the rise is weaker; two verdicts a task.

    `agreement` maps task and test instance to a_i; `synthetic` and `real` say for each task and seed which instances
    the classifier trained on these data got right. The estimates are the slope of `curves.trend` for synthetic, and
    synthetic less real of `curves.trend_difference`: accuracy for each unit of agreement. Instances are the unit, since
    thresholds are nested. The gold label may itself lean on the votes: `benchmark.curves` says what that does to both,
    in favour of the first and against the second. ValueError where a task is not in all three, or as in `trend`.

    >>> agreement = {"tweets": {str(i): (0.6, 0.8, 1.0)[i % 3] for i in range(300)}}
    >>> steep = {i: a > 0.7 or int(i) % 2 == 0 for i, a in agreement["tweets"].items()}
    >>> flat = {i: int(i) % 4 > 0 for i in steep}
    >>> rises, weaker = accuracy_rises(agreement, {"tweets": [steep]}, {"tweets": [flat]})
    >>> (rises.verdict, round(rises.estimate, 2)), (weaker.verdict, round(weaker.estimate, 2)), weaker.n
    (('supported', 1.25), ('supported', 1.25), 300)
    """
    if not agreement:
        raise ValueError("no task with agreement; give the votes on one at least")
    found = []
    for task, rated in agreement.items():
        for kind, given in (("synthetic", synthetic), ("real", real)):
            if task not in given:
                raise ValueError(f"task {task!r} has no predictions after {kind} data; give those of all rated tasks")
        try:
            rise = trend(rated, synthetic[task], level=level, seed=seed)
            apart = trend_difference(rated, synthetic[task], real[task], level=level, seed=seed)
        except ValueError as error:
            raise ValueError(f"task {task!r}: {error}") from None
        found += [
            _over_instances(
                f"{task}: accuracy after synthetic data rises with agreement", rise[:4], rise.instances, level
            ),
            _over_instances(
                f"{task}: accuracy rises less with agreement after real data", apart, rise.instances, level
            ),
        ]
    return corrected(found)


def diversity_order(
    diversity: Scores,
    measure: str,
    *,
    methods: tuple[str, str, str] = METHODS,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[Verdict, ...]:
    """Claim 4: the texts of the first method are more diverse than the second's, these than the third's; the second is
    nearer to the first than the third is.

    `diversity` maps task and method to the `measure` of each set of texts (of equal size, higher is more diverse), one
    or more sets. Nearer is |first - third| - |first - second| > 0. Three verdicts, with tasks as the unit as in
    `method_order`. ValueError where a task lacks a method.

    >>> table = {f"task {i}": {"real": [0.9], "few_shot": [0.8 - i / 100], "zero_shot": [0.6]} for i in range(10)}
    >>> [(verdict.verdict, round(verdict.estimate, 3)) for verdict in diversity_order(table, "remote clique")]
    [('supported', 0.145), ('supported', 0.155), ('supported', 0.155)]
    """
    _check(diversity, methods)
    first, second, third = methods
    means = [[fmean(of[method]) for method in methods] for of in diversity.values()]
    claims = {
        f"{measure}: {first} > {second} on average over tasks": [a - b for a, b, _ in means],
        f"{measure}: {second} > {third} on average over tasks": [b - c for _, b, c in means],
        f"{measure}: {second} is nearer to {first} than {third} is, on average over tasks": [
            abs(a - c) - abs(a - b) for a, b, c in means
        ],
    }
    return corrected([_over_tasks(claim, values, level=level, seed=seed) for claim, values in claims.items()])


def mixing_does_not_help(
    scores: Scores, mixed: str, alone: str, *, margin: float = MARGIN, level: float = 0.95, seed: int = 0
) -> tuple[Verdict, ...]:
    """Claim 5 over tasks: `mixed`, a small real set with synthetic texts, is not better than the real set `alone`.

    Better is by `margin` or more: no data can show a gain of exactly 0, and a claim that holds wherever nothing is
    found would reward few seeds. So it is supported where the interval of the mean gain lies below the margin, and
    contradicted where it lies above. Tasks are the unit, and errors as in `method_order`; of one task, ask
    `mixing_does_not_help_on`.

    >>> table = {f"task {i}": {"real": [0.70], "both": [0.69 + i / 1000]} for i in range(10)}
    >>> (found,) = mixing_does_not_help(table, "both", "real")
    >>> found.verdict, round(found.estimate, 4), round(found.high, 4)
    ('supported', -0.0055, -0.0033)
    """
    _check(scores, (mixed, alone))
    gains = [fmean(of[mixed]) - fmean(of[alone]) for of in scores.values()]
    claim = f"{mixed} is less than {margin:g} better than {alone} on average over tasks"
    return corrected([_over_tasks(claim, gains, level=level, seed=seed, bound=margin, above=False)])


def mixing_does_not_help_on(
    task: str, mixed: Sequence[SeedScore], alone: Sequence[SeedScore], *, margin: float = MARGIN, level: float = 0.95
) -> tuple[Verdict, ...]:
    """Claim 5 on one task, as the study asked it: `mixed` is less than `margin` better than the real set `alone`.

    Seeds are the unit, with the variance of each side's mean from `variance_split`: it holds seeds, and test rows as if
    the two sides had not shared them, which is the wide side; predictions of the same rows would say more, by
    `paired_difference_of_means`. Supported and contradicted as in `mixing_does_not_help`. ValueError for fewer than 2
    seeds a side.

    >>> alone = [SeedScore(0, i, score, 1e-5) for i, score in enumerate((0.70, 0.71, 0.72))]
    >>> mixed = [SeedScore(0, i, score, 1e-5) for i, score in enumerate((0.66, 0.67, 0.68))]
    >>> (found,) = mixing_does_not_help_on("relation", mixed, alone)
    >>> found.verdict, round(found.estimate, 3), round(found.high, 3)
    ('supported', -0.04, -0.016)
    """
    for side, name in ((mixed, "mixed"), (alone, "alone")):
        if len(side) < 2:
            raise ValueError(f"{len(side)} seeds of {name} on {task}; their variance needs at least 2")
    one, other = (variance_split(side) for side in (mixed, alone))
    parts = [split.variance for split in (one, other)]
    between = sum(part.estimated for part in parts)
    doubt = sum(part.estimated**2 / part.degrees for part in parts)
    variance = Variance(sum(part.known for part in parts), between, between**2 / doubt if doubt else math.inf)
    gain = one.mean - other.mean
    low, high = interval_of(gain, variance, level)
    return corrected(
        [
            Verdict(
                claim=f"{task}: mixed is less than {margin:g} better than real alone",
                estimate=gain,
                low=low,
                high=high,
                p=p_of(gain - margin, variance, least=2 / (1 + bootstrap.RESAMPLES)),
                n=min(len(mixed), len(alone)),
                unit="seeds a side",
                bound=margin,
                above=False,
                level=level,
            )
        ]
    )


def scores_of(
    results: Sequence[Result],
    conditions: Conditions,
    *,
    tasks: Sequence[str] = (),
    methods: Sequence[str] = METHODS,
    measure: str = "macro_f1",
) -> dict[str, dict[str, list[float]]]:
    """Scores by task, method and seed, for the claims over tasks; without `tasks`, of all with results of that data.

    ValueError where results are missing, which it names with the command that makes them, where a task has results
    of several versions, or where the measure is unknown (macro_f1, accuracy).
    """
    if measure not in MEASURES:
        raise ValueError(unknown("measure", measure, MEASURES))
    cells = _cells(results, conditions, tasks, methods)
    return {
        task: {method: [getattr(result, measure) for result in found] for method, found in of.items()}
        for task, of in cells.items()
    }


def seed_scores_of(
    results: Sequence[Result], conditions: Conditions, *, task: str, method: str, measure: str = "macro_f1"
) -> list[SeedScore]:
    """Scores of one task and method by seed, each with the variance of its test rows, for `mixing_does_not_help_on`.

    The variance is that of resampled confusion counts, within true labels. Errors as in `scores_of`.
    """
    if measure not in MEASURES:
        raise ValueError(unknown("measure", measure, MEASURES))
    found = _cells(results, conditions, (task,), (method,))[task][method]
    return [
        SeedScore(
            result.generation_seed,
            result.training_seed,
            getattr(result, measure),
            float(bootstrap.resampled_counts(np.array(result.confusion), MEASURES[measure]).var(ddof=1)),
        )
        for result in found
    ]


def _judged(verdict: Verdict, adjusted: float, family: int) -> Verdict:
    alpha = 1 - verdict.level
    higher, lower = verdict.low > verdict.bound, verdict.high < verdict.bound
    told = f"Holm's p of {family} claim{'s' * (family > 1)} is {adjusted:.2g}"
    word = CANNOT_TELL
    if math.isinf(verdict.low) and math.isinf(verdict.high):
        why = f"{verdict.n} {verdict.unit} give no interval of {verdict.level * 100:g} %"
    elif not (higher or lower):
        why = f"the interval holds {verdict.bound:g}"
    elif adjusted > alpha:
        why = f"the interval lies {'above' if higher else 'below'} {verdict.bound:g}, but {told}"
    else:
        why = f"the interval lies {'above' if higher else 'below'} {verdict.bound:g}, {told}"
        word = SUPPORTED if higher == verdict.above else CONTRADICTED
    why += f"; {verdict.note}" if verdict.note else ""
    return replace(verdict, verdict=word, adjusted=adjusted, family=family, why=why)


def _over_instances(claim: str, found: tuple[float, float, float, float], n: int, level: float) -> Verdict:
    estimate, low, high, p = found
    return Verdict(claim=claim, estimate=estimate, low=low, high=high, p=p, n=n, unit="test instances", level=level)


def _over_tasks(
    claim: str, values: Sequence[float], *, level: float, seed: int, bound: float = 0.0, above: bool = True
) -> Verdict:
    """A claim about the mean of one value a task; the interval and the p are those of flipping the signs of values."""
    apart = np.array(values) - bound
    subsets = _subsets(len(apart), seed)
    sums = subsets @ apart
    sums[np.abs(sums) <= ROUNDING * np.abs(apart).max()] = 0.0
    # The empty subset, which has no mean, is counted with either side: it stands for the signs as they were found.
    total = 1 + len(sums)
    rarer = min(int(np.count_nonzero(side)) for side in (sums <= 0, sums >= 0))
    means, k = np.sort(sums / subsets.sum(axis=1)), math.floor(tails(level)[0] * total + ROUNDING)
    low, high = (bound + float(means[k - 1]), bound + float(means[-k])) if k else (-math.inf, math.inf)
    return Verdict(
        claim=claim,
        estimate=fmean(values),
        low=low,
        high=high,
        p=min(1.0, 2 * (1 + rarer) / total),
        n=len(values),
        unit="tasks",
        bound=bound,
        above=above,
        level=level,
    )


def _subsets(n: int, seed: int) -> NDArray[np.bool_]:
    """All subsets of n tasks but the empty one, or drawn ones, a row each."""
    if n <= COUNTED:
        return np.asarray(np.arange(1, 1 << n)[:, None] >> np.arange(n) & 1, dtype=bool)
    drawn = np.random.default_rng(seed).random((bootstrap.RESAMPLES, n)) < 0.5
    return drawn[drawn.any(axis=1)]


def _check(scores: Scores, methods: Sequence[str]) -> None:
    if not scores:
        raise ValueError(f"no task with scores; give those of {', '.join(methods)} on one at least")
    for task, of in scores.items():
        for method in methods:
            if not of.get(method):
                raise ValueError(f"task {task!r} has no scores of {method}; give those of {', '.join(methods)}")
            if not all(map(math.isfinite, of[method])):
                raise ValueError(f"task {task!r}: a score of {method} is not finite; leave out what was not measured")


Cells = dict[str, dict[str, list[Result]]]


def _cells(results: Sequence[Result], conditions: Conditions, tasks: Sequence[str], methods: Sequence[str]) -> Cells:
    """Results by task and method; ValueError where some are missing, or of several versions."""
    there = [result for result in {r.key: r for r in results}.values() if _fits(result, conditions, methods)]
    tasks = tasks or sorted({result.task for result in results if result.data == conditions.data})
    cells: Cells = {task: {method: [] for method in methods} for task in tasks}
    for result in there:
        if result.task in cells:
            cells[result.task][result.method].append(result)
    if problem := _missing(cells, conditions, methods):
        raise ValueError(problem)
    for task, of in cells.items():
        versions = {(r.suite_version, r.task_version, r.data_version) for found in of.values() for r in found}
        if len(versions) > 1:
            told = ", ".join(f"suite {suite} task {version} data {data}" for suite, version, data in sorted(versions))
            raise ValueError(f"results of {task} have several versions, which do not compare: {told}; give one of them")
    return cells


def _fits(result: Result, conditions: Conditions, methods: Sequence[str]) -> bool:
    same = (conditions.data, conditions.classifier, conditions.per_label)
    return (
        result.method in methods
        and (result.data, result.classifier, result.per_label) == same
        and result.generator in ("", conditions.generator)
        and result.demonstrations in ("", conditions.demonstrations)
    )


def _missing(cells: Cells, conditions: Conditions, methods: Sequence[str]) -> str:
    """Which results there are too few of, and the command that makes them; "" where all are there."""
    size = f"{conditions.per_label} texts per label" if conditions.per_label else "all texts"
    about = f"results of {conditions.classifier}, {size}, {conditions.data} data"
    lacking: dict[str, list[str]] = {} if cells else {method: [] for method in methods}
    for task, of in cells.items():
        for method, found in of.items():
            seeds = len({result.training_seed for result in found})
            if seeds < conditions.seeds:
                some = f"{task} ({seeds} of {conditions.seeds} seeds)" if seeds else task
                lacking.setdefault(method, []).append(some)
    if not lacking:
        return ""
    told = "; ".join(f"{method} of {', '.join(tasks) or 'any task'}" for method, tasks in lacking.items())
    return f"missing {about}: {told}; make them with: {_command(conditions, list(lacking))}"


def _command(conditions: Conditions, methods: Sequence[str]) -> str:
    given = {
        "data": "DIR" if conditions.data == "mirror" else conditions.data,
        "generator": "" if conditions.generator == GENERATOR else conditions.generator,
        "demonstrations": "" if conditions.demonstrations == DEMONSTRATIONS else conditions.demonstrations,
        "method": ",".join(methods),
        "classifier": conditions.classifier,
        "per-label": str(conditions.per_label),
        "seeds": str(conditions.seeds),
        "results": "FILE",
    }
    options = (f"--synth-{name} {shlex.quote(value)}" for name, value in given.items() if value)
    return " ".join(["pytest suites", *options])
