"""How far a score fell between a baseline and now: one cell, paired on the test rows, over seeds."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import fmean
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synthworth.core.result import Result
from synthworth.measures.metrics import macro_f1
from synthworth.measures.statistics import (
    Resampled,
    Sample,
    Variance,
    resampled_scores,
    sample_of,
    variance_of_difference,
    variance_over_tasks,
)

RESAMPLES = 2000  # of test rows: their variance is known to 3 %
NOTHING, TEXTS, PROMPT = "nothing", "texts", "prompt"
NO_PREDICTIONS = "the {} results keep no predictions, and cannot be paired; measure them again"
ONE_SEED = "one seed a side: what a seed did cannot be told from what the prompt did"

Predictions = Mapping[int, Mapping[int, Sequence[str]]]  # by generation seed, then by training seed


class ScoreChange(NamedTuple):
    """Mean scores before and after, the variance of their difference, and why it is None where it is not known."""

    before: float
    after: float
    variance: Variance | None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class ScoreComparison:
    """Mean Macro-F1 of a baseline and of now, and the variance of their difference; None where it is not known.

    `about` says what an effect is of. `prompt`: several generation seeds, the luck of a draw is in the variance.
    `texts`: one generation seed a side, and what is told is about these recorded texts; another draw by the same
    prompt has a luck of its own. `nothing`: texts and training are the same, and so is the score. `before_seeds` and
    `after_seeds` count generation seeds, and training seeds of each. `rows` are test rows. `note` says why a variance
    is not known.
    """

    task: str
    method: str
    classifier: str
    before: float
    after: float
    variance: Variance | None
    rows: int
    before_seeds: tuple[int, int]
    after_seeds: tuple[int, int]
    about: str
    note: str = ""

    def __post_init__(self) -> None:
        # JSON has lists: what was read back is equal to what was written.
        for name in ("before_seeds", "after_seeds"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if self.variance is not None:
            object.__setattr__(self, "variance", Variance(*self.variance))

    @property
    def drop(self) -> float:
        """How far Macro-F1 fell; negative where it rose."""
        return self.before - self.after


def compare(
    true: Sequence[str], before: Sequence[Result], after: Sequence[Result], *, seeded: bool = True
) -> ScoreComparison:
    """The drop between results of one task, method and classifier, of several seeds, on the same test rows.

    `true` are the labels of the test rows. Where a side has several generation seeds, they are the units: each counts
    by the mean over its training seeds, as many as the one that has fewest, and the spread between them holds both
    sources. Else the training seeds are the units, and the comparison is about these texts. Units are independent
    between sides, and rows are resampled jointly: `variance_of_difference`. `seeded` False says that the classifier
    does not depend on its seed, as a bag of words does not: one of them is all there is then, and its variance is 0.

    ValueError where the two sides are no results of one cell, or `true` are no labels of theirs.
    """
    _check(true, before, after)
    sides = [_seeds(before), _seeds(after)]
    several = any(len(side) > 1 for side in sides)
    found = ScoreComparison(
        task=after[0].task,
        method=after[0].method,
        classifier=after[0].classifier,
        before=fmean(r.macro_f1 for r in before),
        after=fmean(r.macro_f1 for r in after),
        variance=None,
        rows=len(true),
        before_seeds=_counted(sides[0]),
        after_seeds=_counted(sides[1]),
        about=PROMPT if several else TEXTS,
    )
    if unchanged(before, after):
        return replace(found, before=found.after, variance=Variance(0.0, 0.0, math.inf), about=NOTHING)
    for side, results in (("baseline", before), ("new", after)):
        if not all(r.predicted for r in results):
            return replace(found, note=NO_PREDICTIONS.format(side))
    then, now = ({g: {t: r.predictions for t, r in of.items()} for g, of in side.items()} for side in sides)
    return replace(found, **score_change(true, after[0].labels, then, now, seeded=seeded)._asdict())


def score_change(
    true: Sequence[str],
    labels: Sequence[str],
    before: Predictions,
    after: Predictions,
    *,
    seeded: bool = True,
    resamples: int = RESAMPLES,
) -> ScoreChange:
    """The two mean scores of `compare` and the variance of their difference, from the predictions of each seed."""
    several = max(len(before), len(after)) > 1
    one, two = _units(true, (before, after), labels, nested=several, seeded=seeded, resamples=resamples)
    if len(one.scores) == len(two.scores) == 1 and (seeded or several):
        return ScoreChange(one.mean, two.mean, None, ONE_SEED)
    return ScoreChange(one.mean, two.mean, variance_of_difference(one, two))


class TrainingIdentity(NamedTuple):
    """What tells one training from another: its seeds, its texts, and a hash of all that goes in, as in a `Result`."""

    generation_seed: int
    training_seed: int
    train_version: str
    inputs: str


def unchanged(before: Sequence[Result], after: Sequence[Result | TrainingIdentity]) -> bool:
    """Whether both sides are the same trainings on the same texts, as far as seeds are in both; some must be.

    Then nothing is left to statistics: what differs is what machines round.
    """
    known = {(r.generation_seed, r.training_seed): r for r in before}
    drawn = {r.generation_seed: r.train_version for r in before}
    shared = [(known[seeds], r) for r in after if (seeds := (r.generation_seed, r.training_seed)) in known]
    texts = all(drawn.get(r.generation_seed) == r.train_version for r in after)
    return bool(shared) and texts and all(one.inputs == two.inputs for one, two in shared)


def mean_over_tasks(comparisons: Sequence[ScoreComparison]) -> ScoreComparison:
    """The drop of the mean over tasks of one method and classifier; tasks are independent of each other, and fixed.

    What is found is about these tasks, not about others. It is not known where one of them is not. ValueError for none.

    >>> one = ScoreComparison(task="a", method="m", classifier="c", before=0.8, after=0.7, rows=100, about=TEXTS,
    ...                       variance=Variance(1e-4, 1e-4, 4), before_seeds=(1, 3), after_seeds=(1, 3))
    >>> both = mean_over_tasks([one, one])
    >>> round(both.drop, 3), [round(part, 6) for part in both.variance]
    (0.1, [5e-05, 5e-05, 8.0])
    """
    if not comparisons:
        raise ValueError("no comparisons to average; a mean over tasks needs at least one")
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
    for name in ("task", "data_version", "labels", "method", "per_label", "classifier"):
        values = list(dict.fromkeys(getattr(r, name) for r in (*before, *after)))
        if len(values) > 1:
            raise ValueError(f"results of {name} {values[0]} and {values[1]}; only results of one can be compared")
    if len(true) != after[0].test_rows:
        raise ValueError(f"{len(true)} true labels and {after[0].test_rows} test rows; they must pair up")


def _seeds(results: Sequence[Result]) -> dict[int, dict[int, Result]]:
    found: dict[int, dict[int, Result]] = {}
    for result in sorted(results, key=lambda r: (r.generation_seed, r.training_seed)):
        found.setdefault(result.generation_seed, {})[result.training_seed] = result
    return found


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
    """What is drawn anew on each side, scored and resampled: generation seeds where `nested`, else training seeds."""
    fewest = min(len(of) for side in sides for of in side.values()) if seeded else 1
    if nested:
        groups = [[list(of.values())[:fewest] for of in side.values()] for side in sides]
    else:
        groups = [[[predicted] for of in side.values() for predicted in of.values()] for side in sides]
        groups = groups if seeded else [side[:1] for side in groups]
    flat = [predicted for side in groups for group in side for predicted in group]
    found = resampled_scores(true, flat, labels, macro_f1, resamples=resamples)
    start, made = 0, []
    for side in groups:
        ends = np.cumsum([start, *map(len, side)])
        start = int(ends[-1])
        made.append(sample_of(Resampled(_means(found.scores, ends), _means(found.resampled, ends))))
    return made[0], made[1]


def _means(values: NDArray[np.float64], ends: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.stack([values[a:b].mean(axis=0) for a, b in pairwise(ends)])
