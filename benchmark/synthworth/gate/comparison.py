"""The drop of a score between a baseline and now: one cell, paired on the test rows, over seeds."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import fmean
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synthworth.core import Result
from synthworth.measures import macro_f1
from synthworth.measures.statistics import (
    Resampled,
    Sample,
    Variance,
    resampled_scores,
    sample_of,
    variance_of_difference,
    variance_over_tasks,
)

ROW_RESAMPLES = 2000  # of test rows: their variance is known to 3 %
NOTHING, TEXTS, PROMPT = "nothing", "texts", "prompt"
NO_PREDICTIONS = "the {} results keep no predictions, and cannot be paired; measure them again"
ONE_SEED = "one seed a side: the effect of the seed cannot be told from that of the prompt"

Predictions = Mapping[int, Mapping[int, Sequence[str]]]  # by generation seed, then by training seed


class ScoreChange(NamedTuple):
    """Mean scores before and after, the variance of their difference (None if unknown), and why it is unknown."""

    before: float
    after: float
    variance: Variance | None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class ScoreComparison:
    """Mean Macro-F1 of a baseline and of now, and the variance of their difference."""

    task: str
    method: str
    classifier: str
    before: float
    after: float
    variance: Variance | None
    """Of the difference; None if unknown, and `note` says why."""
    rows: int
    """Test rows."""
    before_seeds: tuple[int, int]
    """Generation seeds, and training seeds of each."""
    after_seeds: tuple[int, int]
    about: str
    """The subject of an effect. `prompt`: several generation seeds a side, so the luck of a draw is in the variance.
    `texts`: one generation seed on a side, so the effect is that of these very texts; another draw by the same prompt
    has its own luck. `nothing`: texts and training are the same, and so is the score."""
    note: str = ""
    """What is to be said of it: why its variance is unknown, or what the baseline lacks."""

    def __post_init__(self) -> None:
        # JSON has lists: a comparison that was read back is equal to the written one.
        for name in ("before_seeds", "after_seeds"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if self.variance is not None:
            object.__setattr__(self, "variance", Variance(*self.variance))

    @property
    def drop(self) -> float:
        """The drop of Macro-F1; negative for a rise."""
        return self.before - self.after


def compare(
    true: Sequence[str], before: Sequence[Result], after: Sequence[Result], *, seeded: bool = True
) -> ScoreComparison:
    """Compare results of one task, method and classifier, with several seeds, on the same test rows.

    `true` are the labels of the test rows. If a side has several generation seeds, they are the units: each counts by
    the mean over its training seeds, as many as the one with fewest, and the spread between them holds both sources.
    Otherwise the training seeds are the units. Only if both sides have several generation seeds is the comparison about
    the prompt; else it is about these very texts. Units are independent between sides, and rows are resampled jointly:
    `variance_of_difference`. `seeded` is False for a classifier that does not depend on its seed, such as a bag of
    words: then one of them is all there is, and its variance is 0.

    Raises ValueError if the two sides are not results of one cell, or `true` does not pair up with their rows.
    """
    _check(true, before, after)
    sides = [_seeds(before), _seeds(after)]
    drawn = all(len(side) > 1 for side in sides)
    comparison = ScoreComparison(
        task=after[0].task,
        method=after[0].method,
        classifier=after[0].classifier,
        before=fmean(r.macro_f1 for r in before),
        after=fmean(r.macro_f1 for r in after),
        variance=None,
        rows=len(true),
        before_seeds=_counted(sides[0]),
        after_seeds=_counted(sides[1]),
        about=PROMPT if drawn else TEXTS,
    )
    if unchanged(before, after):
        return replace(comparison, before=comparison.after, variance=Variance(0.0, 0.0, math.inf), about=NOTHING)
    for side, results in (("baseline", before), ("new", after)):
        if not all(r.predicted for r in results):
            return replace(comparison, note=NO_PREDICTIONS.format(side))
    then, now = ({g: {t: r.predictions for t, r in of.items()} for g, of in side.items()} for side in sides)
    return replace(comparison, **score_change(true, after[0].labels, then, now, seeded=seeded)._asdict())


def score_change(
    true: Sequence[str],
    labels: Sequence[str],
    before: Predictions,
    after: Predictions,
    *,
    seeded: bool = True,
    resamples: int = ROW_RESAMPLES,
) -> ScoreChange:
    """Return the two mean scores of `compare` and the variance of their difference, from each seed's predictions."""
    several = max(len(before), len(after)) > 1
    one, two = _units(true, (before, after), labels, nested=several, seeded=seeded, resamples=resamples)
    if len(one.scores) == len(two.scores) == 1 and (seeded or several):
        return ScoreChange(one.mean, two.mean, None, ONE_SEED)
    return ScoreChange(one.mean, two.mean, variance_of_difference(one, two))


class TrainingIdentity(NamedTuple):
    """The identity of a training: its seeds, its texts, and a hash of everything that goes in, as in a `Result`."""

    generation_seed: int
    training_seed: int
    train_version: str
    inputs: str


def unchanged(before: Sequence[Result], after: Sequence[Result | TrainingIdentity]) -> bool:
    """Return True if both sides are the same trainings on the same texts, for all seeds that both have (at least one).

    Then statistics have nothing to decide: scores differ by rounding alone. A generation seed that one side lacks says
    nothing: a change of the prompt changes the texts of every seed.
    """
    known = {(r.generation_seed, r.training_seed): r for r in before}
    drawn = {r.generation_seed: r.train_version for r in before}
    shared = [(known[seeds], r) for r in after if (seeds := (r.generation_seed, r.training_seed)) in known]
    texts = all(drawn.get(r.generation_seed, r.train_version) == r.train_version for r in after)
    return bool(shared) and texts and all(one.inputs == two.inputs for one, two in shared)


def unchanged_comparison(before: Sequence[Result]) -> ScoreComparison:
    """Return the comparison of results with themselves, for a cell that is `unchanged`: nothing is to be trained."""
    score, seeds = fmean(r.macro_f1 for r in before), _counted(_seeds(before))
    return ScoreComparison(
        task=before[0].task,
        method=before[0].method,
        classifier=before[0].classifier,
        before=score,
        after=score,
        variance=Variance(0.0, 0.0, math.inf),
        rows=before[0].test_rows,
        before_seeds=seeds,
        after_seeds=seeds,
        about=NOTHING,
    )


def mean_over_tasks(comparisons: Sequence[ScoreComparison]) -> ScoreComparison:
    """Return the drop of the mean over different tasks of one method and classifier; tasks are independent, and fixed.

    The result is about these tasks, not about others. Its variance is unknown if that of a task is. Raises ValueError
    for no comparison, or if a task comes twice: a repetition would look like more evidence.

    >>> one = ScoreComparison(task="a", method="m", classifier="c", before=0.8, after=0.7, rows=100, about=TEXTS,
    ...                       variance=Variance(1e-4, 1e-4, 4), before_seeds=(1, 3), after_seeds=(1, 3))
    >>> both = mean_over_tasks([one, replace(one, task="b")])
    >>> round(both.drop, 3), [round(part, 6) for part in both.variance]
    (0.1, [5e-05, 5e-05, 8.0])
    """
    if not comparisons:
        raise ValueError("no comparisons to average; a mean over tasks needs at least one")
    tasks = [c.task for c in comparisons]
    if repeated := next((task for task in tasks if tasks.count(task) > 1), ""):
        raise ValueError(f"the task {repeated} comes twice; a mean is over different tasks: give each one once")
    size, first = len(comparisons), comparisons[0]
    unknown = [c for c in comparisons if c.variance is None]
    changed = [c.about for c in comparisons if c.about != NOTHING]
    return ScoreComparison(
        task=f"mean of {size} tasks",
        method=first.method,
        classifier=first.classifier,
        before=fmean(c.before for c in comparisons),
        after=fmean(c.after for c in comparisons),
        variance=None if unknown else variance_over_tasks([c.variance for c in comparisons if c.variance is not None]),
        rows=sum(c.rows for c in comparisons),
        before_seeds=min(c.before_seeds for c in comparisons),
        after_seeds=min(c.after_seeds for c in comparisons),
        about=TEXTS if TEXTS in changed else PROMPT if changed else NOTHING,
        note=f"{unknown[0].task}: {unknown[0].note}" if unknown else "",
    )


def _check(true: Sequence[str], before: Sequence[Result], after: Sequence[Result]) -> None:
    if not before or not after:
        raise ValueError(f"{len(before)} results of the baseline and {len(after)} new ones; give at least one of each")
    for name in ("task", "data_version", "labels", "method", "per_label", "shares", "classifier"):
        values = list(dict.fromkeys(getattr(r, name) for r in (*before, *after)))
        if len(values) > 1:
            raise ValueError(f"results of {name} {values[0]} and {values[1]}; compare results of one only")
    if len(true) != after[0].test_rows:
        raise ValueError(f"{len(true)} true labels and {after[0].test_rows} test rows; they must pair up")


def _seeds(results: Sequence[Result]) -> dict[int, dict[int, Result]]:
    seeds: dict[int, dict[int, Result]] = {}
    for result in sorted(results, key=lambda r: (r.generation_seed, r.training_seed)):
        seeds.setdefault(result.generation_seed, {})[result.training_seed] = result
    return seeds


def _counted(seeds: Mapping[int, Mapping[int, object]]) -> tuple[int, int]:
    return len(seeds), min(len(of) for of in seeds.values())


def _units(
    true: Sequence[str],
    sides: Sequence[Predictions],
    labels: Sequence[str],
    *,
    nested: bool,
    seeded: bool,
    resamples: int,
) -> tuple[Sample, Sample]:
    """Return the scored and resampled units of each side: generation seeds if `nested`, else training seeds."""
    fewest = min(len(of) for side in sides for of in side.values()) if seeded else 1
    if nested:
        groups = [[list(of.values())[:fewest] for of in side.values()] for side in sides]
    else:
        groups = [[[predicted] for of in side.values() for predicted in of.values()] for side in sides]
        groups = groups if seeded else [side[:1] for side in groups]
    flat = [predicted for side in groups for group in side for predicted in group]
    scored = resampled_scores(true, flat, labels, macro_f1, resamples=resamples)
    start, samples = 0, []
    for side in groups:
        ends = np.cumsum([start, *map(len, side)])
        start = int(ends[-1])
        samples.append(sample_of(Resampled(_means(scored.scores, ends), _means(scored.resampled, ends))))
    return samples[0], samples[1]


def _means(values: NDArray[np.float64], ends: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.stack([values[a:b].mean(axis=0) for a, b in pairwise(ends)])
