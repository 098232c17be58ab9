"""A simulated task: its true scores are known, and every study of it draws texts, training seeds and test rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from synthworth.leaderboard.coverage.measured import MeasuredCell, MeasuredTask, Name, order_of, thresholds
from synthworth.measures import macro_f1
from synthworth.measures.statistics import Sample, chance_macro_f1, row_variance

SHIFTS = np.linspace(-1.0, 1.0, 81)
RESAMPLES = 400
TRIALS = 8  # studies without effects of seeds, which tell how much of the spread of runs is rows
Counts = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Design:
    """The numbers of draws of real and of written texts, and of training seeds of each draw."""

    real: int
    written: int
    trainings: int

    def __str__(self) -> str:
        sides = f"{self.written}" if self.real == self.written else f"{self.real} real, {self.written}"
        return f"{sides} x {self.trainings}"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A method of a simulated task; scores are Macro-F1 on this test set, effects are normal.

    A run is a measured one, shifted to the score that its draw and its training seed give it: towards the diagonal of
    its confusion table, or towards its errors.
    """

    shares: NDArray[np.float64]
    """Confusion tables of measured runs as shares of each label's rows, shape (draws, trainings, labels, labels)."""
    scores: NDArray[np.float64]
    """Macro-F1 of each of them at each of `SHIFTS`, shape (draws, trainings, shifts)."""
    centre: float
    between_draws: float
    """The standard deviation of the effect of a draw."""
    between_trainings: float
    """The standard deviation of the effect of a training seed."""

    @property
    def ends(self) -> tuple[float, float]:
        """The lowest and highest score that every run can have."""
        return float(self.scores[..., 0].max()), float(self.scores[..., -1].min())

    @property
    def truth(self) -> float:
        """The mean score over all draws and training seeds."""
        normal = np.linspace(-5, 5, 1001)
        weights = np.exp(-(normal**2) / 2)
        spread = sqrt(self.between_draws**2 + self.between_trainings**2)
        return float(np.average(np.clip(self.centre + spread * normal, *self.ends), weights=weights))

    def runs(self, draws: int, trainings: int, random: np.random.Generator) -> NDArray[np.float64]:
        """Confusion tables of new runs as shares, shape (draws x trainings, labels, labels)."""
        effects = random.normal(0, self.between_draws, (draws, 1)) + random.normal(
            0, self.between_trainings, (draws, trainings)
        )
        wanted = np.clip(self.centre + effects, *self.ends)
        bases = np.repeat(random.integers(len(self.shares), size=(draws, 1)), trainings, axis=1)
        made = [
            _shifted(self.shares[d, t], float(np.interp(score, self.scores[d, t], SHIFTS)))
            for d, t, score in zip(
                bases.ravel(),
                random.integers(self.shares.shape[1], size=draws * trainings),
                wanted.ravel(),
                strict=True,
            )
        ]
        return np.stack(made)


@dataclass(frozen=True, kw_only=True)
class World:
    """A simulated task: its methods, its test rows by label, and how alike runs predict them."""

    name: str
    cells: Mapping[Name, Cell]
    rows: Counts
    alike: tuple[float, float, float]

    @property
    def floor(self) -> float:
        """Macro-F1 of a guesser who reads no text."""
        return chance_macro_f1(self.rows.tolist())

    def samples(
        self, wanted: Sequence[tuple[Name, int]], trainings: int, random: np.random.Generator
    ) -> list[Sample]:
        """Samples of one study: for each method and its number of draws, on the same test rows.

        A method may stand there several times: each time it is another one with the same true score.
        """
        shares = np.concatenate([self.cells[name].runs(draws, trainings, random) for name, draws in wanted])
        counts, influence = self._predicted(shares, self._latent([draws for _, draws in wanted], trainings, random))
        scores, variances = macro_f1(counts), row_variance(counts, macro_f1)
        # Normal draws with the covariance that rows give these runs: the bootstrap's within a few per cent, at once.
        resampled = scores[:, None] + influence @ random.standard_normal((influence.shape[1], RESAMPLES))
        made, first = [], 0
        for _, draws in wanted:
            mine = slice(first, first + draws * trainings)
            first = mine.stop
            # With one draw, training seeds are the runs: see `leaderboard.samples`.
            runs = draws if draws > 1 else trainings
            made.append(
                Sample(
                    scores=scores[mine].reshape(runs, -1).mean(axis=1),
                    row_variance=float(variances[mine].mean()),
                    resampled=resampled[mine].reshape(runs, -1, RESAMPLES).mean(axis=1),
                )
            )
        return made

    def _latent(self, draws: Sequence[int], trainings: int, random: np.random.Generator) -> NDArray[np.float32]:
        """Scores that decide each run's prediction of each row, standard normal, shape (runs, rows)."""
        methods, of_one, trained = self.alike
        size = int(self.rows.sum())

        def normal(number: int, variance: float) -> NDArray[np.float32]:
            return random.standard_normal((number, size), dtype=np.float32) * np.float32(sqrt(max(0.0, variance)))

        by_method = np.repeat(normal(len(draws), of_one - methods), draws, axis=0)
        by_draw = np.repeat(by_method + normal(sum(draws), trained - of_one), trainings, axis=0)
        return np.asarray(normal(1, methods) + by_draw + normal(len(by_draw), 1 - trained))

    def _predicted(
        self, shares: NDArray[np.float64], latent: NDArray[np.float32]
    ) -> tuple[Counts, NDArray[np.float64]]:
        """Confusion tables of runs, and a root of the covariance of their Macro-F1 over test rows."""
        passes, order, labels = thresholds(shares).astype(np.float32), order_of(len(self.rows)), len(self.rows)
        counts = np.zeros((len(shares), labels, labels), dtype=np.int64)
        predicted, ends = np.empty(latent.shape, dtype=np.int64), np.cumsum(self.rows)
        for label, (start, end) in enumerate(zip(ends - self.rows, ends, strict=True)):
            place = (latent[:, start:end, None] > passes[:, label, None]).sum(axis=-1)
            predicted[:, start:end] = order[label][place]
            for other in range(labels):
                counts[:, label, other] = (predicted[:, start:end] == other).sum(axis=1)
        return counts, _root(_influence(counts, predicted, self.rows))


def world_of(task: MeasuredTask, rows: Counts) -> World:
    """A simulated task with the variances of a measured one, and `rows` test rows of each label.

    What rows do to one run alone is part of every measured spread, and is taken off before runs are drawn with it. A
    spread that was not measured is the mean of what was, over the cells of the task.
    """
    still = World(
        name=task.name,
        cells={name: _cell(cell, task.rows, 0.0, 0.0) for name, cell in task.cells.items()},
        rows=task.rows,
        alike=task.alike,
    )
    alone = {name: _alone(still, name) for name in task.cells}
    trained = {
        name: max(0.0, cell.between_trainings - alone[name][0])
        for name, cell in task.cells.items()
        if cell.between_trainings is not None
    }
    drawn = {
        name: max(0.0, cell.between_means - _of_trainings(cell) - max(0.0, alone[name][1] - alone[name][0]))
        for name, cell in task.cells.items()
        if cell.between_means is not None
    }
    cells = {}
    for name, cell in task.cells.items():
        between = (drawn.get(name, fmean(drawn.values())), trained.get(name, fmean(trained.values() or [0.0])))
        cells[name] = _cell(cell, rows, *map(sqrt, between))
    return World(name=task.name, cells=cells, rows=rows, alike=task.alike)


def _of_trainings(cell: MeasuredCell) -> float:
    """The variance that training seeds give the mean score of a draw."""
    return (cell.between_trainings or 0.0) * fmean(1 / len(of) for of in cell.scores)


def _alone(world: World, name: Name) -> tuple[float, float]:
    """The variance that rows give a run beyond what they give to another of the same draw, and of another draw."""
    random, found = np.random.default_rng(0), []
    for _ in range(TRIALS):
        shares = world.cells[name].runs(2, 2, random)
        _, influence = world._predicted(shares, world._latent([2], 2, random))
        covariance = influence @ influence.T
        found.append([covariance.trace() / 4 - (covariance[0, 1] + covariance[2, 3]) / 2,
                      covariance.trace() / 4 - covariance[:2, 2:].mean()])
    same, other = np.mean(found, axis=0)
    return float(same), float(other)


def _cell(cell: MeasuredCell, rows: Counts, between_draws: float, between_trainings: float) -> Cell:
    least = min(len(of) for of in cell.confusions)
    counts = np.array([of[:least] for of in cell.confusions])
    shares = counts / np.maximum(counts.sum(axis=-1, keepdims=True), 1)
    scores = np.stack([macro_f1(rows[:, None] * _shifted(shares, float(shift))) for shift in SHIFTS], axis=-1)
    place = np.abs(SHIFTS).argmin()
    return Cell(
        shares=shares,
        scores=np.maximum.accumulate(scores, axis=-1),
        centre=float(scores[..., place].mean()),
        between_draws=between_draws,
        between_trainings=between_trainings,
    )


def _shifted(shares: NDArray[np.float64], shift: float) -> NDArray[np.float64]:
    """Confusion tables that are better by a share `shift` of their errors, or worse by one of their hits."""
    right = np.eye(shares.shape[-1])
    wrong = shares * (1 - right) + 1e-6 * (1 - right)
    aim = right if shift > 0 else wrong / wrong.sum(axis=-1, keepdims=True)
    return np.asarray((1 - abs(shift)) * shares + abs(shift) * aim)


def _influence(counts: Counts, predicted: NDArray[np.int64], rows: Counts) -> NDArray[np.float64]:
    """The influence of each test row on the Macro-F1 of each run, shape (runs, rows); its products are covariances."""
    from synthworth.measures.statistics import row_slopes

    slopes = row_slopes(counts, macro_f1)
    true = np.repeat(np.arange(len(rows)), rows)
    return np.asarray(slopes[np.arange(len(counts))[:, None], true, predicted])


def _root(influence: NDArray[np.float64]) -> NDArray[np.float64]:
    """A square root of the covariance of runs, shape (runs, runs)."""
    values, vectors = np.linalg.eigh(influence @ influence.T)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))
