"""Predictions for a task that nobody has measured, from tasks that were: ridge regression, and what it is off by."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEAST_TASKS = 4
ROUNDING = 1e-9
ROUNDED = 9  # digits

Floats = NDArray[np.float64]


class MeasuredSets(NamedTuple):
    """Sets of texts with what was seen of them beforehand and what came out, several for each task; see `sets_of`.

    Every task counts alike, and so do the sets of one task.
    """

    tasks: NDArray[np.int64]
    """The task of each set, by number, shape (sets,)."""
    features: Floats
    """What was seen beforehand, shape (sets, features)."""
    outcomes: Floats
    """What came out, shape (sets,)."""
    weights: Floats
    """How much each set counts, shape (sets,): those of a task add up to 1."""

    def select(self, kept: NDArray[np.bool_]) -> "MeasuredSets":
        """Return the sets that a mask of shape (sets,) keeps; whole tasks."""
        return MeasuredSets(self.tasks[kept], self.features[kept], self.outcomes[kept], self.weights[kept])


class Candidate(NamedTuple):
    """A regression on some features, by their columns, with the strength of its penalty; without any, the mean."""

    columns: tuple[int, ...] = ()
    strength: float = 1.0


class PredictedOutcome(NamedTuple):
    """A predicted outcome with the ends of its interval, -inf and inf where there are too few tasks for an end."""

    value: float
    low: float
    high: float


MEAN = Candidate()


def sets_of(tasks: Sequence[str], features: ArrayLike, outcomes: ArrayLike) -> MeasuredSets:
    """Return sets by the names of their tasks, with features of shape (sets, features) and outcomes of shape (sets,).

    >>> sets_of(["a", "b", "b"], [[1.0], [2.0], [3.0]], [0.1, 0.2, 0.3]).weights.tolist()
    [1.0, 0.5, 0.5]
    """
    _, numbers, counts = np.unique(np.asarray(tasks), return_inverse=True, return_counts=True)
    return MeasuredSets(
        numbers.astype(np.int64), np.asarray(features, float), np.asarray(outcomes, float), 1.0 / counts[numbers]
    )


def predict(sets: MeasuredSets, candidate: Candidate, features: Floats) -> Floats:
    """Return the outcomes that a candidate, fitted to the sets, expects for others, shape (others,).

    Ridge regression on standardised features (Hoerl and Kennard 1970): it minimises the weighted squared error plus
    `strength` times the squared coefficients, the intercept left out. A strength of 1 counts as much as one task, whose
    features lie one standard deviation from the mean. `features` has the shape (others, features).
    """
    shares = sets.weights / sets.weights.sum()
    middle = float(shares @ sets.outcomes)
    columns = list(candidate.columns)
    if not columns:
        return np.full(len(features), middle)
    seen = sets.features[:, columns]
    centre = shares @ seen
    spread = np.sqrt(shares @ (seen - centre) ** 2)
    scale = np.where(spread > ROUNDING, spread, 1.0)
    points, others = (seen - centre) / scale, (features[:, columns] - centre) / scale
    weighted = (points * sets.weights[:, None]).T
    slopes = np.linalg.solve(
        weighted @ points + candidate.strength * np.eye(len(columns)), weighted @ (sets.outcomes - middle)
    )
    return np.asarray(middle + others @ slopes)


def left_out(sets: MeasuredSets, candidates: Sequence[Candidate]) -> Floats:
    """Return for each set what the other tasks predict for it, shape (sets,).

    Of several candidates, the other tasks choose the one, each time anew, so that the set plays no part in that either.
    """
    predicted = np.empty(len(sets.outcomes))
    for task in set(sets.tasks.tolist()):
        here = sets.tasks == task
        others = sets.select(~here)
        predicted[here] = predict(others, chosen(others, candidates), sets.features[here])
    return predicted


def chosen(sets: MeasuredSets, candidates: Sequence[Candidate]) -> Candidate:
    """Return the candidate with the smallest leave-one-task-out error, if it beats the first by a standard error.

    By more than that of their difference over tasks, after Breiman, Friedman, Olshen and Stone 1984, section 3.4.3. Of
    many candidates one is a little better by luck. Of equals, the first.
    """
    first, *others = candidates
    if not others:
        return first
    errors = [_errors_of_tasks(sets, left_out(sets, [one])) for one in candidates]
    best = min(range(len(candidates)), key=lambda place: round(float(errors[place].mean()), ROUNDED))
    return candidates[best] if smaller_by_standard_error(errors[best], errors[0]) else first


def smaller_by_standard_error(errors: Floats, others: Floats) -> bool:
    """Tell whether the mean of errors is smaller than that of others by more than a standard error; shapes (tasks,).

    >>> smaller_by_standard_error(np.array([1.0, 2.0]), np.array([2.0, 3.1]))
    True
    >>> smaller_by_standard_error(np.zeros(2), np.array([-1.0, 2.0]))
    False
    """
    gains = others - errors
    return bool(gains.mean() > gains.std(ddof=1) / math.sqrt(len(gains)) + ROUNDING)


class WithoutTask(NamedTuple):
    """What was fitted without one task, and how far it is off on that task's sets."""

    candidate: Candidate
    others: MeasuredSets
    off: Floats
    """Absolute errors, shape (sets of the task,)."""


class Fitted(NamedTuple):
    """A regression or the mean, and the same without each task in turn, which tells how far it is off."""

    sets: MeasuredSets
    candidate: Candidate
    without: tuple[WithoutTask, ...]

    @property
    def error(self) -> float:
        """The mean absolute error on tasks left out, in the unit of the outcomes: that of choosing, too."""
        return float(self.errors.mean())

    @property
    def errors(self) -> Floats:
        """The same of each task, shape (tasks,)."""
        return np.array([one.off.mean() for one in self.without])

    def predict(self, features: Floats, *, level: float = 0.8) -> PredictedOutcome:
        """Predict the outcome of a set of a task that is not among the others, with an interval by the jackknife+.

        Barber, Candès, Ramdas and Tibshirani 2021 (Annals of Statistics 49), over tasks as in Lee, Barber and Willett
        2023 (arXiv 2306.06342): what is fitted and chosen without a task predicts the new set, and what that is off by
        on the task's own sets widens the prediction to both sides. Whatever the outcomes look like, and even if all
        candidates are wrong, at least 2 level - 1 of such intervals hold the outcome if the new task is drawn like the
        others; in practice about `level` do. Ten tasks allow a level of 0.9 at most: where they are too few, an end is
        infinite. `features` has the shape (features,).
        """
        value = float(predict(self.sets, self.candidate, features[None])[0])
        lows, highs, masses = list[float](), list[float](), list[float]()
        for candidate, others, off in self.without:
            middle = float(predict(others, candidate, features[None])[0])
            lows += (middle - off).tolist()
            highs += (middle + off).tolist()
            masses += [1 / ((len(self.without) + 1) * len(off))] * len(off)
        low = _outermost(lows, masses, 1 - level)
        return PredictedOutcome(value, low, -_outermost([-high for high in highs], masses, 1 - level))


def fitted(sets: MeasuredSets, candidates: Sequence[Candidate]) -> Fitted:
    """Choose and fit a candidate, with all tasks and without each. Raises ValueError for fewer than 4 tasks."""
    tasks = sorted(set(sets.tasks.tolist()))
    if len(tasks) < LEAST_TASKS:
        raise ValueError(f"{len(tasks)} measured tasks; a prediction for a new one needs {LEAST_TASKS}")
    without = []
    for task in tasks:
        own, others = sets.select(sets.tasks == task), sets.select(sets.tasks != task)
        candidate = chosen(others, candidates)
        without.append(WithoutTask(candidate, others, np.abs(own.outcomes - predict(others, candidate, own.features))))
    return Fitted(sets, chosen(sets, candidates), tuple(without))


def _errors_of_tasks(sets: MeasuredSets, predicted: Floats) -> Floats:
    """The mean absolute error of each task, shape (tasks,)."""
    _, places = np.unique(sets.tasks, return_inverse=True)
    return np.asarray(np.bincount(places, sets.weights * np.abs(sets.outcomes - predicted)), dtype=np.float64)


def _outermost(values: Sequence[float], masses: Sequence[float], most: float) -> float:
    """Return the largest value so that it and all below have a mass of at most `most`; -inf if there is none."""
    found, below = -math.inf, 0.0
    for value, mass in sorted(zip(values, masses, strict=True)):
        below += mass
        if below > most + ROUNDING:
            break
        found = value
    return found
