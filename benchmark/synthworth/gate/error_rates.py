"""The gate judged by itself: how often it fires where nothing fell, and how often it tells a drop that is there."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from synthworth.gate.comparison import PROMPT, TEXTS, Predictions, ScoreComparison, mean_over_tasks, score_change
from synthworth.gate.verdict import MARGIN, OK, REGRESSED, judge
from synthworth.measures.metrics import macro_f1

DROPS = (0.01, 0.02, 0.05)
RESAMPLES = 500  # a quarter of the gate's, for speed: the variance of rows is known to 6 %, not 3
Codes = NDArray[np.int64]  # labels by their place
Sides = Callable[["MeasuredCell", np.random.Generator], tuple[list[list[Codes]], list[list[Codes]]]]


@dataclass(frozen=True, kw_only=True)
class MeasuredCell:
    """What one cell's classifiers of several seeds predicted, and the true labels of the test rows."""

    task: str
    method: str
    classifier: str
    per_label: int
    labels: tuple[str, ...]
    true: tuple[str, ...]
    predictions: Predictions

    @cached_property
    def rows(self) -> Codes:
        """The true labels by their places in `labels`."""
        return self._codes(self.true)

    @cached_property
    def runs(self) -> dict[int, dict[int, Codes]]:
        """The predictions likewise."""
        return {g: {t: self._codes(run) for t, run in of.items()} for g, of in self.predictions.items()}

    @cached_property
    def scores(self) -> dict[int, NDArray[np.float64]]:
        """Macro-F1 of the training seeds of each generation seed."""
        size = len(self.labels)
        return {g: np.array([_score(self.rows, run, size) for run in of.values()]) for g, of in self.runs.items()}

    @property
    def training_sd(self) -> float:
        """Standard deviation of Macro-F1 between training seeds of one generation seed; 0 where there is one each."""
        spreads = [of.var(ddof=1) for of in self.scores.values() if len(of) > 1]
        return float(np.sqrt(np.mean(spreads))) if spreads else 0.0

    @property
    def generation_sd(self) -> float | None:
        """That between generation seeds, beyond what training seeds do to their means; None where there is one."""
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
    """How the gate is asked: generation and training seeds a side, and what varies between two A.

    `drawn` says that each side draws its texts anew, so that the luck of generation is in what is compared.
    """

    generations: int
    trainings: int
    drawn: bool


@dataclass(frozen=True, kw_only=True)
class ErrorRates:
    """Counts of a calibration: `alarms` of `trials` families, and what became of planted drops.

    `told` counts by drop the cells called regressed, `passed` those called ok though they had fallen by the margin or
    more, both of `planted` cells a drop. `single` are the alarms where each cell is a family of its own, of `cells`;
    `told_single` and `passed_single` likewise.
    """

    trials: int
    cells: int
    family: int
    planted: int
    alarms: int
    single: int
    told: Mapping[float, int]
    told_single: Mapping[float, int]
    passed: Mapping[float, int]
    passed_single: Mapping[float, int]


def split_rates(
    measured: Sequence[MeasuredCell],
    *,
    trials: int,
    margin: float = MARGIN,
    drops: Sequence[float] = DROPS,
    seed: int = 0,
) -> ErrorRates:
    """The gate on what was measured: the training seeds of each cell are split at random into a baseline and now.

    Nothing is assumed of seeds; the test rows are drawn anew, with replacement within labels, for both sides together.
    A cell of three seeds has two on one side and lends their spread to the other. ValueError where no cell has three.
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
    """The gate on as many seeds as wanted, drawn with the standard deviations that were measured.

    A simulated run is one of the measured ones with rows flipped at random until its score is that of its seeds:
    normal about the mean, by the spread between training seeds and, where texts are drawn anew, between generation
    seeds; where that was not measured, it is taken to be as large as that of training seeds.
    """

    def sides(cell: MeasuredCell, random: np.random.Generator) -> tuple[list[list[Codes]], list[list[Codes]]]:
        pool = [run for of in cell.runs.values() for run in of.values()]
        true, size = cell.rows, len(cell.labels)
        centre = float(np.mean(np.concatenate(list(cell.scores.values()))))
        generation_sd = cell.training_sd if cell.generation_sd is None else cell.generation_sd
        texts = random.normal(0, generation_sd, 2 * design.generations if design.drawn else 0)

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
    means = [group for group in _groups(measured) if len(group) > 1]
    family = len(measured) + len(means)
    alarms = single = 0
    told, told_single, passed, passed_single = (dict.fromkeys(drops, 0) for _ in range(4))
    # A planted drop is asked of cells, not of whole families: a quarter of the trials gives it as many.
    plan = [*((0.0, trial) for trial in range(trials)), *((d, t) for d in drops for t in range(-(-trials // 4)))]
    for number, (drop, _) in enumerate(plan):
        random = np.random.default_rng([seed, number])
        found = [_compared(cell, sides, drop, random) for cell in measured]
        alone = [judge(c, margin=margin).verdict for c in found]
        if not drop:
            every = [*found, *(mean_over_tasks([found[i] for i in group]) for group in means)]
            alarms += any(judge(c, margin=margin, family=family).verdict == REGRESSED for c in every)
            single += alone.count(REGRESSED)
            continue
        together = [judge(c, margin=margin, family=family).verdict for c in found]
        told[drop] += together.count(REGRESSED)
        told_single[drop] += alone.count(REGRESSED)
        passed[drop] += together.count(OK) if drop >= margin else 0
        passed_single[drop] += alone.count(OK) if drop >= margin else 0
    return ErrorRates(
        trials=trials,
        cells=trials * len(measured),
        family=family,
        planted=-(-trials // 4) * len(measured),
        alarms=alarms,
        single=single,
        told=told,
        told_single=told_single,
        passed=passed,
        passed_single=passed_single,
    )


def _groups(measured: Sequence[MeasuredCell]) -> Iterator[list[int]]:
    """Places of the cells of each method, classifier and size."""
    found: dict[tuple[str, str, int], list[int]] = {}
    for place, cell in enumerate(measured):
        found.setdefault((cell.method, cell.classifier, cell.per_label), []).append(place)
    yield from found.values()


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

    found = score_change(list(names[true[rows]]), cell.labels, labelled(before), labelled(after), resamples=RESAMPLES)
    return ScoreComparison(
        task=cell.task,
        method=cell.method,
        classifier=cell.classifier,
        rows=len(rows),
        before_seeds=(len(before), len(before[0])),
        after_seeds=(len(after), len(after[0])),
        about=PROMPT if len(before) > 1 else TEXTS,
        **found._asdict(),
    )


def _score(true: Codes, predicted: Codes, size: int) -> float:
    return float(macro_f1(np.bincount(true * size + predicted, minlength=size * size).reshape(size, size)))


def _at(true: Codes, predicted: Codes, score: float, size: int, random: np.random.Generator) -> Codes:
    """The predictions with as many random rows put right or wrong as bring them to that score."""
    order, wrong = random.permutation(len(true)), random.integers(1, size, len(true))
    return _lowered(true, predicted, _score(true, predicted, size) - score, size, order, wrong)


def _lowered(true: Codes, predicted: Codes, by: float, size: int, order: Codes, wrong: Codes) -> Codes:
    """The predictions with rows flipped, first in `order`, until the score is lower by that; a negative one raises it.

    A right row gets the label that is `wrong` places after its own.
    """
    right = predicted[order] == true[order]
    places = order[right] if by > 0 else order[~right]
    target = _score(true, predicted, size) - by

    def flipped(number: int) -> Codes:
        made = predicted.copy()
        at = places[:number]
        made[at] = (true[at] + wrong[at]) % size if by > 0 else true[at]
        return made

    low, high = 0, len(places)
    while high - low > 1:
        middle = (low + high) // 2
        beyond = (
            _score(true, flipped(middle), size) < target if by > 0 else _score(true, flipped(middle), size) > target
        )
        low, high = (low, middle) if beyond else (middle, high)
    return flipped(low)
