"""The gate's false-alarm rate, and its power to detect a real drop."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from synthworth.gate.comparison import PROMPT, TEXTS, Predictions, ScoreComparison, mean_over_tasks, score_change
from synthworth.gate.verdict import MARGIN, OK, REGRESSED, judge
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


@dataclass(frozen=True, kw_only=True)
class ErrorRates:
    """Counts of false alarms, and of detected and missed drops, for whole families and for single cells."""

    trials: int
    """Families without a drop."""
    cells: int
    """Cells without a drop: `trials` times the cells of a family."""
    family: int
    """Comparisons in a family."""
    planted: int
    """Cells with a planted drop, for each size of drop."""
    alarms: int
    """Families without a drop in which anything was called regressed."""
    single_alarms: int
    """Cells without a drop that were called regressed when judged alone."""
    detected: Mapping[float, int]
    """Cells called regressed, by planted drop."""
    single_detected: Mapping[float, int]
    """The same when judged alone."""
    missed: Mapping[float, int]
    """Cells called ok despite a drop of the margin or more, by planted drop."""
    single_missed: Mapping[float, int]
    """The same when judged alone."""


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
    about the mean, with the spread between training seeds and, if texts are drawn, between generation seeds; if the
    latter was not measured, it is assumed to be as large as that of training seeds.
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
    alarms = single_alarms = 0
    detected, single_detected, missed, single_missed = (dict.fromkeys(drops, 0) for _ in range(4))
    # A planted drop concerns cells, not whole families: a quarter of the trials gives it as many.
    plan = [*((0.0, trial) for trial in range(trials)), *((d, t) for d in drops for t in range(-(-trials // 4)))]
    for number, (drop, _) in enumerate(plan):
        random = np.random.default_rng([seed, number])
        comparisons = [_compared(cell, sides, drop, random) for cell in measured]
        alone = [judge(c, margin=margin).verdict for c in comparisons]
        if not drop:
            every = [*comparisons, *(mean_over_tasks([comparisons[i] for i in group]) for group in means)]
            alarms += any(judge(c, margin=margin, family=family).verdict == REGRESSED for c in every)
            single_alarms += alone.count(REGRESSED)
            continue
        together = [judge(c, margin=margin, family=family).verdict for c in comparisons]
        detected[drop] += together.count(REGRESSED)
        single_detected[drop] += alone.count(REGRESSED)
        missed[drop] += together.count(OK) if drop >= margin else 0
        single_missed[drop] += alone.count(OK) if drop >= margin else 0
    return ErrorRates(
        trials=trials,
        cells=trials * len(measured),
        family=family,
        planted=-(-trials // 4) * len(measured),
        alarms=alarms,
        single_alarms=single_alarms,
        detected=detected,
        single_detected=single_detected,
        missed=missed,
        single_missed=single_missed,
    )


def _groups(measured: Sequence[MeasuredCell]) -> Iterator[list[int]]:
    """Yield the places of the cells with the same method, classifier, size and writer: one for each task."""
    groups: dict[tuple[str, str, int, tuple[str, ...]], list[int]] = {}
    for place, cell in enumerate(measured):
        groups.setdefault((cell.method, cell.classifier, cell.per_label, cell.writer), []).append(place)
    yield from groups.values()


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
