"""Every written method by every refinement: what the texts are worth, at equal numbers of texts and at equal tokens."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import NamedTuple

import numpy as np

from synthworth.core import BALANCED, Quality, Result
from synthworth.leaderboard.costs import Costs
from synthworth.leaderboard.estimates import score_over_tasks
from synthworth.leaderboard.groups import curves_of, groups_of, method_of
from synthworth.leaderboard.learning_curve import LearningCurve, mean_curve
from synthworth.leaderboard.other_results import shown_with
from synthworth.leaderboard.row import Gold
from synthworth.leaderboard.samples import draws_of, runs_of
from synthworth.leaderboard.tiers import tiers_of
from synthworth.leaderboard.written_worth import is_of_written_texts, newest
from synthworth.measures.statistics import Estimate, Sample, Worth


class Sized(NamedTuple):
    """A written set of one task and one size: its scores by seed of its runs, and the tokens of one draw."""

    sample: Sample
    seeds: tuple[tuple[str, int], ...]
    """For each run, what tells it from others, a draw of the texts or a training, and its seed."""
    tokens: float | None
    """None if they are unknown, or nobody was asked."""
    draws: int
    short: bool


class SetName(NamedTuple):
    """The name of written sets of one kind on all tasks: generator, method, and refinements ("" for none)."""

    generator: str
    method: str
    refinements: str

    @property
    def full(self) -> str:
        """The method with its refinements, as tables name it."""
        return f"{self.method}|{self.refinements}" if self.refinements else self.method


@dataclass(frozen=True, kw_only=True)
class MatrixSet:
    """Written sets of one name: on each task that was measured, by size."""

    name: SetName
    tasks: Mapping[str, Mapping[int, Sized]]


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """All written sets of one classifier, with the learning curves of real texts by task."""

    classifier: str
    sets: Sequence[MatrixSet]
    curves: Mapping[str, LearningCurve]

    @property
    def tasks(self) -> list[str]:
        """The tasks that any set has, in order."""
        return sorted({task for one in self.sets for task in one.tasks})

    @property
    def sizes(self) -> list[int]:
        """The numbers of texts per label that any set has, in order."""
        return sorted({size for one in self.sets for of in one.tasks.values() for size in of})

    def of_tasks(self, tasks: Sequence[str]) -> "Matrix":
        """The same of these tasks alone."""
        kept = [
            MatrixSet(name=one.name, tasks={task: of for task, of in one.tasks.items() if task in tasks})
            for one in self.sets
        ]
        return Matrix(classifier=self.classifier, sets=[one for one in kept if one.tasks], curves=self.curves)

    @property
    def mean_curve(self) -> LearningCurve | None:
        """The learning curve of the mean over tasks; None unless each has one, with two sizes in common."""
        curves = [self.curves[task] for task in self.tasks if task in self.curves]
        return mean_curve(curves) if curves and len(curves) == len(self.tasks) else None


def matrix_of(
    results: Sequence[Result],
    *,
    classifier: str,
    source: str = "mirror",
    gold: Gold | None = None,
    quality: Sequence[Quality] = (),
) -> Matrix:
    """Return the written sets among results of a classifier on real texts of a source; no mixtures with real texts.

    Of several versions of a task, those of the newest. Raises ValueError if there are none.
    """
    own = newest([r for r in results if (r.data, r.classifier, r.shares) == (source, classifier, BALANCED)])
    groups = groups_of(own, gold or {})
    costs = Costs(quality)
    of_name: dict[SetName, dict[str, dict[int, Sized]]] = {}
    for group in groups:
        for row, mine in group.results.items():
            first = mine[0]
            if not is_of_written_texts(first):
                continue
            method, _, refinements = method_of(first).partition("|")
            tokens = [sum(each) for each in costs.tokens(mine)]
            sized = Sized(
                sample=group.samples[row],
                seeds=_seeds(mine),
                tokens=fmean(tokens) if tokens else None,
                draws=draws_of(mine),
                short=any(result.short for result in mine),
            )
            name = SetName(first.generator, method, refinements)
            of_name.setdefault(name, {}).setdefault(first.task, {})[first.per_label] = sized
    if not of_name:
        instead = shown_with(results, is_of_written_texts, classifier=classifier, source=source)
        raise ValueError(
            f"no results of {classifier} on written texts, {source} data; {instead}make some with: pytest suites "
            f"--synth-method all --synth-refine all --synth-classifier {classifier} --synth-results results.jsonl"
        )
    return Matrix(
        classifier=classifier,
        sets=[MatrixSet(name=name, tasks=tasks) for name, tasks in of_name.items()],
        curves={str(key[0]): curve for key, curve in curves_of(groups).items()},
    )


def _seeds(results: Sequence[Result]) -> tuple[tuple[str, int], ...]:
    several = draws_of(results) > 1
    return tuple(
        ("draw", run[0].generation_seed) if several else ("training", run[0].training_seed) for run in runs_of(results)
    )


# ---- over tasks


class Measured(NamedTuple):
    """A set on all tasks: its mean score and worth, the tokens of a task on average, and the fewest draws."""

    score: Estimate
    worth: Worth | None
    tokens: float | None
    draws: int
    short: bool


def at_size(matrix: Matrix, one: MatrixSet, size: int, curve: LearningCurve | None) -> Measured | None:
    """Return a set of one size on all tasks of the matrix; None unless it has all."""
    of_tasks = [of[size] for task in matrix.tasks if size in (of := one.tasks.get(task, {}))]
    return _measured(of_tasks, curve) if len(of_tasks) == len(matrix.tasks) else None


def _measured(of_tasks: Sequence[Sized], curve: LearningCurve | None) -> Measured:
    samples = [sized.sample for sized in of_tasks]
    tokens = [sized.tokens for sized in of_tasks if sized.tokens is not None]
    return Measured(
        score=score_over_tasks(samples),
        worth=curve.worth(samples) if curve else None,
        tokens=fmean(tokens) if len(tokens) == len(of_tasks) else None,
        draws=min(sized.draws for sized in of_tasks),
        short=any(sized.short for sized in of_tasks),
    )


# ---- equal tokens


@dataclass(frozen=True, kw_only=True)
class AtBudget:
    """A set on all tasks with as many tokens as any other: `measured`, and the texts per label that these make."""

    name: SetName
    measured: Measured | None
    """None if it takes more tokens at its smallest size, or has fewer at its largest, on any task."""
    per_label: float
    """The mean over tasks of the texts per label, in between sizes that were measured."""
    tier: int | None = None
    """The tier among the sets of the same tokens, as on leaderboards; None for sets of one draw, and unpaired ones."""


def budgets(matrix: Matrix) -> dict[str, float]:
    """Return for each task the most tokens that every set of `at_equal_tokens` has, so that nothing is extrapolated.

    {} if no set knows its tokens on all tasks.
    """
    most = [{task: _known(sizes)[-1][0] for task, sizes in one.tasks.items()} for one in _with_tokens(matrix)]
    return {task: min(of_set[task] for of_set in most) for task in matrix.tasks} if most else {}


def at_equal_tokens(matrix: Matrix, tokens: float | None = None) -> list[AtBudget]:
    """Return the sets with known tokens on all tasks, with the same tokens of each task, the best first.

    `tokens` are those of one task; by default as `budgets` has them. The score of a set is interpolated between the two
    sizes whose tokens enclose these, linear in the logarithm of tokens, draw by draw, as a learning curve of real texts
    is between its points (and as arXiv 2410.13098 fits scores of written texts: a0 + a1 log n). Worth per token would
    favour small sets, since more texts of any kind are worth less each.
    """
    budget = budgets(matrix) if tokens is None else dict.fromkeys(matrix.tasks, tokens)
    curve, entries, samples = matrix.mean_curve, list[AtBudget](), dict[SetName, list[Sample]]()
    for one in _with_tokens(matrix):
        pairs = [between(one.tasks[task], budget[task]) for task in matrix.tasks]
        reached = [pair for pair in pairs if pair is not None]
        whole = len(reached) == len(pairs)
        entry = AtBudget(
            name=one.name,
            measured=_measured([sized for sized, _ in reached], curve) if whole else None,
            per_label=fmean(size for _, size in reached) if whole else math.nan,
        )
        entries.append(entry)
        if entry.measured and entry.measured.draws > 1:
            samples[one.name] = [sized.sample for sized, _ in reached]
    tier, _ = tiers_of(samples)
    placed = [AtBudget(name=e.name, measured=e.measured, per_label=e.per_label, tier=tier.get(e.name)) for e in entries]
    return sorted(placed, key=lambda entry: -entry.measured.score.value if entry.measured else 1)


def _with_tokens(matrix: Matrix) -> list[MatrixSet]:
    """The sets with known tokens on all tasks of the matrix."""
    tasks = matrix.tasks
    return [one for one in matrix.sets if all(_known(one.tasks.get(task, {})) for task in tasks)]


def _known(sizes: Mapping[int, Sized]) -> list[tuple[float, int, Sized]]:
    """The sizes of a set with their tokens, from few tokens to many.

    Without those of one draw, if others have several: no draw of theirs pairs with it.
    """
    several = any(sized.draws > 1 for sized in sizes.values())
    return sorted(
        (sized.tokens, size, sized)
        for size, sized in sizes.items()
        if sized.tokens and (sized.draws > 1 or not several)
    )


def between(sizes: Mapping[int, Sized], tokens: float) -> tuple[Sized, float] | None:
    """Return a set as it would be with so many tokens, and its texts per label; None outside of what was measured.

    Between two sizes, the scores of the draws that both have are mixed by the logarithm of tokens; their variance over
    test rows is the largest that the two allow.
    """
    known = _known(sizes)
    for spent, size, sized in known:
        if math.isclose(spent, tokens, rel_tol=1e-9):
            return sized, float(size)
    for (less, small, few), (more, large, many) in pairwise(known):
        if less < tokens < more:
            share = math.log(tokens / less) / math.log(more / less)
            sample = _mixed(few, many, share)
            if sample is None:
                return None
            seeds = _common(few, many)
            draws = min(few.draws, many.draws, len(seeds))
            mixed = many._replace(sample=sample, seeds=seeds, tokens=tokens, draws=draws, short=few.short or many.short)
            return mixed, math.exp((1 - share) * math.log(small) + share * math.log(large))
    return None


def _mixed(few: Sized, many: Sized, share: float) -> Sample | None:
    """The scores of the runs that two sizes have in common, mixed; None if they have none."""
    common = _common(few, many)
    if not common:
        return None
    one, other = (_runs(sized, common) for sized in (few, many))
    resampled = None
    if one.resampled is not None and other.resampled is not None:
        resampled = (1 - share) * one.resampled + share * other.resampled
    deviation = (1 - share) * math.sqrt(one.row_variance) + share * math.sqrt(other.row_variance)
    return Sample(
        scores=(1 - share) * one.scores + share * other.scores,
        row_variance=deviation**2,
        resampled=resampled,
    )


def _common(few: Sized, many: Sized) -> tuple[tuple[str, int], ...]:
    return tuple(seed for seed in few.seeds if seed in many.seeds)


def _runs(sized: Sized, seeds: Sequence[tuple[str, int]]) -> Sample:
    places = np.array([sized.seeds.index(seed) for seed in seeds])
    sample = sized.sample
    return sample._replace(
        scores=sample.scores[places], resampled=None if sample.resampled is None else sample.resampled[places]
    )


# ---- the Pareto front


class Spent(NamedTuple):
    """A set of one size: what it took, and what it is worth; on the `front` if no other is better for fewer tokens."""

    name: SetName
    per_label: int
    measured: Measured
    front: bool = False


def spent_sets(matrix: Matrix) -> list[Spent]:
    """Return every set and size that was measured on all tasks and whose tokens are known, from few tokens to many.

    A set is on the Pareto front if none takes as few tokens or fewer and has a higher mean score; of equals, the one
    with fewer tokens. The front is that of these means: their intervals say how sure it is.
    """
    curve = matrix.mean_curve
    sets = [
        Spent(one.name, size, measured)
        for one in matrix.sets
        for size in matrix.sizes
        if (measured := at_size(matrix, one, size, curve)) and measured.tokens
    ]
    best, placed = -math.inf, []
    for one in sorted(sets, key=lambda one: (one.measured.tokens or 0, -one.measured.score.value, one.name)):
        front = one.measured.score.value > best
        best = max(best, one.measured.score.value)
        placed.append(one._replace(front=front))
    return placed
