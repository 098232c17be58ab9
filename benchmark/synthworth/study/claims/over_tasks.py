"""Claims about a mean over tasks: tasks are the units, and each gives one number.

That number is a contrast of means over runs: over draws of the texts if there are several, each a mean over its
training seeds, or over the training seeds of the one draw. It holds what test rows, training seeds and draws did on
that task. These are independent from task to task, so the spread over tasks holds every source, tasks themselves too,
and no variance is added. More draws make the numbers less noisy; their numbers may differ between methods and tasks.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from synthworth.measures.statistics import bootstrap, spearman, tails
from synthworth.study.claims.verdict import ClaimVerdict, corrected

COMPARED = ("real", "few_shot", "zero_shot")  # from best to worst, as the study found them
MARGIN = 0.01  # of a score: to be better by less is no clear help
COUNTED = 14  # tasks, up to which all their subsets are counted
ROUNDING = 1e-9  # of the largest difference: what is this near is a tie

Scores = Mapping[str, Mapping[str, Sequence[float]]]  # by task, then method; a score for each run


def method_order(
    scores: Scores, *, methods: Sequence[str] = COMPARED, level: float = 0.95, seed: int = 0
) -> tuple[ClaimVerdict, ...]:
    """Claim 1: each of `methods` scores at least as high as the next, on average over tasks; a verdict for each pair.

    `scores` maps task and method to a score for each run, higher is better. Tasks are the unit: of each, the
    difference of the two means over runs is one number, which holds what its draws, seeds and test rows did. If two
    methods are as good as each other, their names could be exchanged in any task, and each difference is as likely to
    have the other sign: p is the share of all 2^n choices of signs whose sum is as far from 0, exactly. The interval
    is that of this test, between the k-th lowest and highest means of all subsets of tasks (Hartigan 1969, JASA 64): no
    normal distribution, which ten tasks cannot show to hold. If it holds, the interval is as wide as Student's for
    ten tasks. So the mean is that over tasks like these. For the mean over these very tasks, whose own differences
    stay, the interval is too wide: the safe side. It takes differences to lie symmetrically about their mean: a nominal
    95 % holds it in 96 %, and in 90 % if they are as skewed as an exponential distribution (Student's too). Beyond 14
    tasks, RESAMPLES subsets are drawn. At 95 %, fewer than 6 tasks have an infinite interval, and a family of two
    claims can be clear from 7 tasks on; ten tasks have no p below 0.002, so that of more than 25 claims none can.
    Raises ValueError if a task lacks a method.

    >>> table = {f"task {i}": {"real": [0.8 + i / 100], "few_shot": [0.7], "zero_shot": [0.7 - i / 50]}
    ...          for i in range(10)}
    >>> [(verdict.verdict, round(verdict.estimate, 3), round(verdict.low, 3)) for verdict in method_order(table)]
    [('supported', 0.145, 0.123), ('supported', 0.09, 0.045)]
    """
    check_scores(scores, methods)
    return corrected(
        [
            verdict_over_tasks(
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
    methods: Sequence[str] = COMPARED,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[ClaimVerdict, ...]:
    """Claim 2: the more subjective a task, the larger the drop against the first method; a verdict for each other one.

    `subjectivity` has one number for each task, higher is more subjective, all on one scale; a task without one is left
    out, and said. The estimate is Spearman's rho over tasks of subjectivity and drop (mean over runs of the first
    method, less that of the other), with the exact permutation p (10 tasks; drawn beyond) and the interval of
    `spearman`. Tasks are the unit. Both hold tasks, draws, seeds and test rows: a drop is what was measured, and what
    these did is in it, which draws rho towards 0. Raises ValueError if a task lacks a method, or fewer than 3 have
    both.

    >>> table = {f"task {i}": {"real": [0.9], "zero_shot": [0.8 - i / 50]} for i in range(10)}
    >>> (verdict,) = drop_grows(table, {task: rank for rank, task in enumerate(table)}, methods=("real", "zero_shot"))
    >>> verdict.verdict, round(verdict.estimate, 3), round(verdict.low, 3), verdict.n
    ('supported', 1.0, 0.963, 10)
    """
    check_scores(scores, methods)
    tasks = [task for task in scores if task in subjectivity]
    if len(tasks) < 3:
        raise ValueError(f"{len(tasks)} of {len(scores)} tasks have a subjectivity; an association needs at least 3")
    left_out = ", ".join(task for task in scores if task not in subjectivity)
    first, *others = methods
    verdicts = []
    for method in others:
        drops = [fmean(scores[task][first]) - fmean(scores[task][method]) for task in tasks]
        rho, low, high, p = spearman([subjectivity[task] for task in tasks], drops, level=level, seed=seed)
        verdicts.append(
            ClaimVerdict(
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
    return corrected(verdicts)


def mixing_does_not_help(
    scores: Scores, mixed: str, alone: str, *, margin: float = MARGIN, level: float = 0.95, seed: int = 0
) -> tuple[ClaimVerdict, ...]:
    """Claim 5 over tasks: `mixed`, a small real set with synthetic texts, is not better than the real set `alone`.

    Better is by `margin` or more: no data can show a gain of exactly 0, and a claim that holds whenever nothing is
    found would reward few seeds. So it is supported if the interval of the mean gain lies below the margin, and
    contradicted if it lies above. Unit, variance and errors as in `method_order`; of one task, ask
    `mixing_does_not_help_on`.

    >>> table = {f"task {i}": {"real": [0.70], "both": [0.69 + i / 1000]} for i in range(10)}
    >>> (found,) = mixing_does_not_help(table, "both", "real")
    >>> found.verdict, round(found.estimate, 4), round(found.high, 4)
    ('supported', -0.0055, -0.0033)
    """
    check_scores(scores, (mixed, alone))
    gains = [fmean(of[mixed]) - fmean(of[alone]) for of in scores.values()]
    claim = f"{mixed} is less than {margin:g} better than {alone} on average over tasks"
    return corrected([verdict_over_tasks(claim, gains, level=level, seed=seed, bound=margin, above=False)])


def verdict_over_tasks(
    claim: str, values: Sequence[float], *, level: float, seed: int, bound: float = 0.0, above: bool = True
) -> ClaimVerdict:
    """Test a claim about the mean of one value a task, not yet judged, by flipping the signs of the values."""
    apart = np.array(values) - bound
    subsets = _subsets(len(apart), seed)
    sums = subsets @ apart
    sums[np.abs(sums) <= ROUNDING * np.abs(apart).max()] = 0.0
    # The empty subset, which has no mean, is counted with either side: it stands for the signs as they were found.
    total = 1 + len(sums)
    rarer = min(int(np.count_nonzero(side)) for side in (sums <= 0, sums >= 0))
    means, k = np.sort(sums / subsets.sum(axis=1)), math.floor(tails(level)[0] * total + ROUNDING)
    low, high = (bound + float(means[k - 1]), bound + float(means[-k])) if k else (-math.inf, math.inf)
    return ClaimVerdict(
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


def check_scores(scores: Scores, methods: Sequence[str]) -> None:
    """Raise ValueError if there is no task, or a task lacks a method or has a score that is not finite."""
    if not scores:
        raise ValueError(f"no task with scores; give those of {', '.join(methods)} on one at least")
    for task, of in scores.items():
        for method in methods:
            if not of.get(method):
                raise ValueError(f"task {task!r} has no scores of {method}; give those of {', '.join(methods)}")
            if not all(map(math.isfinite, of[method])):
                raise ValueError(f"task {task!r}: a score of {method} is not finite; leave out what was not measured")
