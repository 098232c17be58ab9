"""The forecast of a drop and a worth from a pilot: which features, by leave-one-task-out, and if they help at all."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from synthworth.core import Table
from synthworth.leaderboard.advice.evidence import WRITTEN, MeasuredPilot
from synthworth.leaderboard.advice.pilot import FEATURES
from synthworth.measures.statistics import (
    MEAN,
    Candidate,
    Fitted,
    MeasuredSets,
    PredictedOutcome,
    fitted,
    sets_of,
    smaller_by_standard_error,
)

LEVEL = 0.8  # of the intervals: with jackknife+, ten tasks allow 0.9 at most
BY_CHANCE = NormalDist().cdf(-1)  # of equally good ones, how often one is better by a standard error
STRENGTHS = (1.0, 4.0)  # of the penalty; 1 counts as much as one task
# Decided before anything was fitted: each feature by itself where it is the direct one, and the pairs that complete
# each other. More features than these, ten tasks cannot tell apart.
CHOICES: Sequence[tuple[str, ...]] = (
    ("separability",),
    ("diversity",),
    ("similarity_gap",),
    ("similarity_gap", "diversity_gap"),
    ("fidelity",),
    ("transfer_gap",),
    ("fidelity", "transfer_gap"),
    ("transfer_gap", "similarity_gap"),
)
DROP, LOG_WORTH = TARGETS = ("drop", "log_worth")
NAMES: Mapping[str, str] = {DROP: "drop", LOG_WORTH: "worth"}


class Errors(NamedTuple):
    """The mean absolute error on tasks left out: of the mean of the other tasks, and of what the pilot tells."""

    mean: float
    model: float
    helps: bool
    """True if what the pilot tells is better than the mean by more than a standard error over tasks."""


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """A predicted drop or worth, and what such predictions were off by."""

    prediction: PredictedOutcome
    errors: Errors
    features: tuple[str, ...]
    """What the prediction goes by; () for the mean of the other tasks."""
    tasks: int


@dataclass(frozen=True, kw_only=True)
class Forecaster:
    """What was learnt from the measured tasks about one outcome, in one way, with some features of a pilot known."""

    fitted: Fitted
    errors: Errors

    def forecast(self, features: Mapping[str, float]) -> Forecast:
        """Predict the outcome of a new task from the features of its pilot."""
        row = np.array([features.get(name, 0.0) for name in FEATURES])
        return Forecast(
            prediction=self.fitted.predict(row, level=LEVEL),
            errors=self.errors,
            features=_names(self.fitted.candidate),
            tasks=len(self.fitted.without),
        )


def forecaster(
    measured: Sequence[MeasuredPilot], known: Collection[str], target: str, way: str = WRITTEN
) -> Forecaster:
    """Learn to predict `DROP` or `LOG_WORTH` of a new task from features of its pilot.

    By ridge regression if that is nearer than the mean of the other tasks, by a standard error, where each task in turn
    is left out, else by that mean. The features and the penalty are chosen by the same, without the task that is left
    out: the error is that of the whole procedure. Raises ValueError if fewer than 4 tasks were measured in that way.
    """
    own = [one for one in measured if one.way == way and set(known) <= one.features.keys()]
    sets = _sets(own, target)
    model, mean = fitted(sets, [MEAN, *_candidates(known)]), fitted(sets, [MEAN])
    errors = Errors(mean.error, model.error, smaller_by_standard_error(model.errors, mean.errors))
    return Forecaster(fitted=model if errors.helps else mean, errors=errors)


def error_table(measured: Sequence[MeasuredPilot], way: str = WRITTEN) -> Table:
    """Return the leave-one-task-out errors of the mean, of every choice of features, and of choosing among them."""
    own = [one for one in measured if one.way == way]
    rows = [_error_row("the mean of the other tasks", own, [MEAN])]
    for names in CHOICES:
        rows.append(_error_row(", ".join(names), own, list(_candidates(names, [names]))))
    for what, allowed in (
        ("chosen, from the pilot alone", {""}),
        ("chosen, with unlabelled real texts", {"", "unlabelled"}),
        ("chosen, with labelled real texts too", {"", "unlabelled", "labelled"}),
    ):
        known = [name for name, feature in FEATURES.items() if feature.needs in allowed]
        rows.append(_error_row(what, own, [MEAN, *_candidates(known)]))
    tasks, comparisons = len({one.task for one in own}), (len(rows) - 1) * len(TARGETS)
    return Table(
        title=f"Mean absolute error on tasks left out ({len(own)} sets of {tasks} tasks)",
        rows=rows,
        headers={
            "drop": "drop in Macro-F1",
            "log_worth": "worth in doublings",
            "better": "better by a standard error",
            "intervals": "drops in their interval",
        },
        note=(
            "Each task in turn is predicted from the others, and counts alike. The penalty, and in the last rows the "
            "features, are chosen without it. Better: than the mean, by more than a standard error over tasks; of "
            f"{comparisons} comparisons about {BY_CHANCE:.0%} would pass by chance, {BY_CHANCE * comparisons:.1f}, if "
            "nothing told more than the mean. "
            f"Interval: jackknife+ over the other tasks, {LEVEL:.0%}; how many of the tasks' sets it holds."
        ).replace("%", " %"),
        left=("by", "better"),
    )


def _error_row(name: str, measured: Sequence[MeasuredPilot], candidates: Sequence[Candidate]) -> dict[str, float | str]:
    row: dict[str, float | str] = {"by": name}
    better = []
    for target in TARGETS:
        model, mean = (fitted(_sets(measured, target), of) for of in (candidates, [MEAN]))
        row[target] = model.error
        if smaller_by_standard_error(model.errors, mean.errors):
            better.append(NAMES[target])
    row["better"] = " and ".join(better)
    row["intervals"] = f"{_held(_sets(measured, DROP), candidates):.0%}".replace("%", " %")
    return row


def _held(sets: MeasuredSets, candidates: Sequence[Candidate]) -> float:
    """The share of outcomes, every task counting alike, that the interval from the other tasks holds."""
    held = np.zeros(len(sets.outcomes))
    for task in set(sets.tasks.tolist()):
        others = fitted(sets.select(sets.tasks != task), candidates)
        for place in np.flatnonzero(sets.tasks == task):
            found = others.predict(sets.features[place], level=LEVEL)
            held[place] = found.low <= sets.outcomes[place] <= found.high
    return float(sets.weights @ held / sets.weights.sum())


def _sets(measured: Sequence[MeasuredPilot], target: str) -> MeasuredSets:
    return sets_of(
        [one.task for one in measured],
        np.array([[one.features.get(name, 0.0) for name in FEATURES] for one in measured]).reshape(-1, len(FEATURES)),
        [getattr(one, target) for one in measured],
    )


def _candidates(known: Collection[str], choices: Sequence[tuple[str, ...]] = CHOICES) -> Iterator[Candidate]:
    """Yield the regressions on features that are known."""
    columns = {name: place for place, name in enumerate(FEATURES)}
    for names in choices:
        if set(names) <= set(known):
            for strength in STRENGTHS:
                yield Candidate(tuple(columns[name] for name in names), strength)


def _names(candidate: Candidate) -> tuple[str, ...]:
    names = list(FEATURES)
    return tuple(names[place] for place in candidate.columns)
