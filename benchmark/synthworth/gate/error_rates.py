"""The gate's rates of false alarms, and its power to detect a real drop, for means over tasks and for single tasks."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synthworth.gate.comparison import PROMPT, TEXTS, Predictions, ScoreComparison, mean_over_tasks, score_change
from synthworth.gate.verdict import MARGIN, OK, REGRESSED, GateVerdict, judge
from synthworth.measures import macro_f1

DROPS = (0.01, 0.02, 0.05)
PLANTED_RESAMPLES = 500  # a quarter of the gate's, for speed: the variance of rows is known to 6 %, not 3
Codes = NDArray[np.int64]  # labels by their place
Sides = Callable[["MeasuredCell", np.random.Generator], tuple[list[list[Codes]], list[list[Codes]]]]


@dataclass(frozen=True, kw_only=True)
class MeasuredCell:
    """The predictions of one cell's classifiers with several seeds, and the true labels of the test rows."""

    task: str
    method: str
    classifier: str
    per_label: int
    labels: tuple[str, ...]
    true: tuple[str, ...]
    predictions: Predictions
    writer: tuple[str, ...] = ()
    """Generator and demonstrations; means over tasks are taken within one writer."""

    @cached_property
    def rows(self) -> Codes:
        """The true labels as their places in `labels`."""
        return self._codes(self.true)

    @cached_property
    def runs(self) -> dict[int, dict[int, Codes]]:
        """The predictions as places in `labels`, by generation seed, then training seed."""
        return {g: {t: self._codes(run) for t, run in of.items()} for g, of in self.predictions.items()}

    @cached_property
    def scores(self) -> dict[int, NDArray[np.float64]]:
        """Macro-F1 of each training seed, by generation seed."""
        size = len(self.labels)
        return {g: np.array([_score(self.rows, run, size) for run in of.values()]) for g, of in self.runs.items()}

    @property
    def training_sd(self) -> float:
        """Standard deviation of Macro-F1 between training seeds of one generation seed; 0 if there is one each."""
        spreads = [of.var(ddof=1) for of in self.scores.values() if len(of) > 1]
        return float(np.sqrt(np.mean(spreads))) if spreads else 0.0

    @property
    def generation_sd(self) -> float | None:
        """Standard deviation between generation seeds, beyond the effect of training seeds; None for one seed."""
        if len(self.scores) < 2:
            return None
        means = np.array([of.mean() for of in self.scores.values()])
        within = np.mean([self.training_sd**2 / len(of) for of in self.scores.values()])
        return float(np.sqrt(max(0.0, means.var(ddof=1) - within)))

    def _codes(self, labels: Sequence[str]) -> Codes:
        place = {label: i for i, label in enumerate(self.labels)}
        return np.array([place[label] for label in labels])


@dataclass(frozen=True, kw_only=True)
class Design:
    """The design of a simulated comparison of A with A."""

    generations: int
    """Generation seeds a side."""
    trainings: int
    """Training seeds of each generation seed."""
    drawn: bool
    """True if each side draws new texts, so that the luck of generation is in the comparison."""


class Counts(NamedTuple):
    """Verdicts of one kind, counted."""

    alarms: int
    """Those without a drop that were called regressed."""
    of: int
    """All without a drop."""
    detected: Mapping[float, int]
    """Those called regressed, by planted drop."""
    missed: Mapping[float, int]
    """Those called ok despite a drop of the margin or more, by planted drop."""
    planted: int
    """All with a planted drop, for each size of drop."""


@dataclass(frozen=True, kw_only=True)
class ErrorRates:
    """Counts for gates of one method each: all tasks change, and nothing or the same drop happens to each."""

    mean: Counts
    """Means over the tasks of a gate, each tested at the full rate; of none if no method has several tasks."""
    single: Counts
    """The single tasks beside a mean, corrected among themselves: an alarm is a gate in which any task had one."""
    alone: Counts
    """Tasks that changed alone, each tested at the full rate."""
    tasks: int
    """The largest number of tasks in a gate."""


def split_rates(
    measured: Sequence[MeasuredCell],
    *,
    trials: int,
    margin: float = MARGIN,
    drops: Sequence[float] = DROPS,
    seed: int = 0,
) -> ErrorRates:
    """Run the gate on measured predictions: the training seeds of each cell are split at random into two sides.

    Nothing is assumed about seeds; the test rows are resampled, with replacement within labels, for both sides jointly.
    A cell of three seeds has two on one side and lends their spread to the other. Raises ValueError if no cell has
    three.
    """
    usable = [cell for cell in measured if max(len(of) for of in cell.predictions.values()) > 2]
    if not usable:
        raise ValueError("no cell has three training seeds; measure them with --synth-seeds 3 or more")

    def sides(cell: MeasuredCell, random: np.random.Generator) -> tuple[list[list[Codes]], list[list[Codes]]]:
        of = max(cell.runs.values(), key=len)
        runs = [of[s] for s in random.permutation(sorted(of))]
        half = (len(runs) + random.integers(2)) // 2  # of an odd number, the larger half is on either side
        return [runs[:half]], [runs[half:]]

    return _rates(usable, sides, trials, margin, drops, seed)


def simulated_rates(
    measured: Sequence[MeasuredCell],
    design: Design,
    *,
    trials: int,
    margin: float = MARGIN,
    drops: Sequence[float] = DROPS,
    seed: int = 0,
) -> ErrorRates:
    """Run the gate on any number of seeds, simulated with the measured standard deviations.

    A simulated run is a measured one with rows flipped at random until it has the score drawn for its seeds: normal
    about the mean, with the spread between training seeds and, if texts are drawn, between generation seeds. Raises
    ValueError if the design draws texts and a cell has one draw only: its spread is not known.
    """
    if design.drawn and any(cell.generation_sd is None for cell in measured):
        raise ValueError("a cell has one generation seed; what draws differ by takes two or more")

    def sides(cell: MeasuredCell, random: np.random.Generator) -> tuple[list[list[Codes]], list[list[Codes]]]:
        pool = [run for of in cell.runs.values() for run in of.values()]
        true, size = cell.rows, len(cell.labels)
        centre = float(np.mean(np.concatenate(list(cell.scores.values()))))
        texts = random.normal(0, cell.generation_sd or 0.0, 2 * design.generations if design.drawn else 0)

        def side(shifts: Sequence[float]) -> list[list[Codes]]:
            return [
                [
                    _at(true, pool[random.integers(len(pool))], centre + shift + error, size, random)
                    for error in random.normal(0, cell.training_sd, design.trainings)
                ]
                for shift in shifts
            ]

        shifts = list(map(float, texts)) if design.drawn else [0.0] * 2 * design.generations
        return side(shifts[: design.generations]), side(shifts[design.generations :])

    return _rates(measured, sides, trials, margin, drops, seed)


def _rates(
    measured: Sequence[MeasuredCell], sides: Sides, trials: int, margin: float, drops: Sequence[float], seed: int
) -> ErrorRates:
    groups = _groups(measured)
    tally: Counter[tuple[str, str, float]] = Counter()
    # One planted drop gives power to two digits from fewer trials than a rate of 5 % takes.
    plan = [*((0.0, trial) for trial in range(trials)), *((d, t) for d in drops for t in range(-(-trials // 4)))]
    for number, (drop, _) in enumerate(plan):
        random = np.random.default_rng([seed, number])
        comparisons = [_compared(cell, sides, drop, random) for cell in measured]
        for group in groups:
            _count(tally, [comparisons[place] for place in group], drop, margin)
    several = [group for group in groups if len(group) > 1]
    cells = sum(map(len, groups))
    beside = sum(map(len, several))

    def counts(kind: str, of: int, planted: int) -> Counts:
        return Counts(
            alarms=tally[kind, REGRESSED, 0.0],
            of=trials * of,
            detected={drop: tally[kind, REGRESSED, drop] for drop in drops},
            missed={drop: tally[kind, OK, drop] if drop >= margin else 0 for drop in drops},
            planted=-(-trials // 4) * planted,
        )

    return ErrorRates(
        mean=counts("mean", len(several), len(several)),
        single=counts("single", len(several), beside),
        alone=counts("alone", cells, cells),
        tasks=max(map(len, groups)),
    )


def _count(
    tally: Counter[tuple[str, str, float]], comparisons: Sequence[ScoreComparison], drop: float, margin: float
) -> None:
    """Count the verdicts of one gate, whose tasks all have that drop."""
    for comparison in comparisons:
        tally["alone", told(judge(comparison, margin=margin)), drop] += 1
    if len(comparisons) < 2:
        return
    tally["mean", told(judge(mean_over_tasks(comparisons), margin=margin)), drop] += 1
    beside = [told(judge(c, margin=margin, family=len(comparisons))) for c in comparisons]
    if drop:
        tally.update(("single", verdict, drop) for verdict in beside)
    else:
        tally["single", REGRESSED, drop] += REGRESSED in beside


def told(verdict: GateVerdict) -> str:
    """Return the verdict, or where there is none about the prompt, the one about these very texts."""
    return verdict.texts or verdict.verdict


def _groups(measured: Sequence[MeasuredCell]) -> list[list[int]]:
    """Return the places of the cells with the same method, classifier, size and writer: one for each task."""
    groups: dict[tuple[str, str, int, tuple[str, ...]], list[int]] = {}
    for place, cell in enumerate(measured):
        groups.setdefault((cell.method, cell.classifier, cell.per_label, cell.writer), []).append(place)
    return list(groups.values())


def _compared(cell: MeasuredCell, sides: Sides, drop: float, random: np.random.Generator) -> ScoreComparison:
    before, after = sides(cell, random)
    true, size = cell.rows, len(cell.labels)
    if drop:
        order = random.permutation(len(true))  # a prompt spoils the same rows for every seed
        wrong = random.integers(1, size, len(true))
        after = [[_lowered(true, run, drop, size, order, wrong) for run in of] for of in after]
    rows = np.concatenate([random.choice(np.flatnonzero(true == label), (true == label).sum()) for label in set(true)])
    names = np.array(cell.labels, dtype=object)

    def labelled(side: Sequence[Sequence[Codes]]) -> Predictions:
        return {g: {t: list(names[run[rows]]) for t, run in enumerate(of)} for g, of in enumerate(side)}

    change = score_change(
        list(names[true[rows]]), cell.labels, labelled(before), labelled(after), resamples=PLANTED_RESAMPLES
    )
    return ScoreComparison(
        task=cell.task,
        method=cell.method,
        classifier=cell.classifier,
        rows=len(rows),
        before_seeds=(len(before), len(before[0])),
        after_seeds=(len(after), len(after[0])),
        about=PROMPT if len(before) > 1 else TEXTS,
        **change._asdict(),
    )


def _score(true: Codes, predicted: Codes, size: int) -> float:
    return float(macro_f1(np.bincount(true * size + predicted, minlength=size * size).reshape(size, size)))


def _at(true: Codes, predicted: Codes, score: float, size: int, random: np.random.Generator) -> Codes:
    """Return the predictions with random rows corrected or spoilt until they have that score."""
    order, wrong = random.permutation(len(true)), random.integers(1, size, len(true))
    return _lowered(true, predicted, _score(true, predicted, size) - score, size, order, wrong)


def _lowered(true: Codes, predicted: Codes, by: float, size: int, order: Codes, wrong: Codes) -> Codes:
    """Return the predictions with rows flipped, in this `order`, until the score is lower by that (negative: higher).

    A correct row gets the label that is `wrong` places after its own.
    """
    right = predicted[order] == true[order]
    places = order[right] if by > 0 else order[~right]
    target = _score(true, predicted, size) - by

    def flipped(number: int) -> Codes:
        changed = predicted.copy()
        at = places[:number]
        changed[at] = (true[at] + wrong[at]) % size if by > 0 else true[at]
        return changed

    low, high = 0, len(places)
    while high - low > 1:
        middle = (low + high) // 2
        beyond = (
            _score(true, flipped(middle), size) < target if by > 0 else _score(true, flipped(middle), size) > target
        )
        low, high = (low, middle) if beyond else (middle, high)
    return flipped(low)
