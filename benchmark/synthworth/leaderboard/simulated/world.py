"""A simulated task: its true scores are known, and every study of it draws texts, training seeds and test rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from synthworth.leaderboard.simulated.measured import MeasuredScores, MeasuredTask, Name, order_of, thresholds
from synthworth.measures import macro_f1
from synthworth.measures.statistics import Sample, chance_macro_f1, row_slopes, shared_row_variance

SHIFTS = np.linspace(-1.0, 1.0, 81)
WORLD_RESAMPLES = 400
TRIALS = 8  # studies without effects of seeds, which tell how much of the spread of runs is rows
Counts = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class StudyDesign:
    """The numbers of draws of real and of written texts, and of training seeds of each draw."""

    real: int
    written: int
    trainings: int

    def __str__(self) -> str:
        sides = f"{self.written}" if self.real == self.written else f"{self.real} real, {self.written}"
        return f"{sides} x {self.trainings}"


@dataclass(frozen=True, kw_only=True)
class SimulatedMethod:
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

    @cached_property
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
        shifted = [
            _shifted(self.shares[d, t], float(np.interp(score, self.scores[d, t], SHIFTS)))
            for d, t, score in zip(
                bases.ravel(),
                random.integers(self.shares.shape[1], size=draws * trainings),
                wanted.ravel(),
                strict=True,
            )
        ]
        return np.stack(shifted)


@dataclass(frozen=True, kw_only=True)
class World:
    """A simulated task: its methods, its test rows by label, and how alike runs predict them."""

    name: str
    cells: Mapping[Name, SimulatedMethod]
    rows: Counts
    alike: tuple[float, float, float]

    @property
    def floor(self) -> float:
        """Macro-F1 of a guesser who reads no text."""
        return chance_macro_f1(self.rows.tolist())

    def samples(
        self, wanted: Sequence[tuple[SimulatedMethod, int]], trainings: int, random: np.random.Generator
    ) -> list[Sample]:
        """Samples of one study: for each method and its number of draws, on the same test rows.

        A method may stand there several times: each time it is another one with the same true score.
        """
        shares = np.concatenate([cell.runs(draws, trainings, random) for cell, draws in wanted])
        latent = self._latent([draws for _, draws in wanted], trainings, random)
        counts, predicted, root = self._predicted(shares, latent)
        scores = macro_f1(counts)
        # Normal draws with the covariance that rows give these runs: the bootstrap's within a few per cent, at once.
        resampled = scores[:, None] + root @ random.standard_normal((len(root), WORLD_RESAMPLES))
        samples: list[Sample] = []
        first = 0
        for _, draws in wanted:
            mine = slice(first, first + draws * trainings)
            first = mine.stop
            # With one draw, training seeds are the runs: see `leaderboard.samples`.
            runs = draws if draws > 1 else trainings
            samples.append(
                Sample(
                    scores=scores[mine].reshape(runs, -1).mean(axis=1),
                    row_variance=shared_row_variance(
                        counts[mine],
                        predicted[mine],
                        [n * runs // (draws * trainings) for n in range(draws * trainings)],
                        macro_f1,
                    ),
                    resampled=resampled[mine].reshape(runs, -1, WORLD_RESAMPLES).mean(axis=1),
                )
            )
        return samples

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
    ) -> tuple[Counts, Counts, NDArray[np.float64]]:
        """Confusion tables of runs, their predictions, and a root of the covariance that rows give their scores."""
        passes, labels, runs = thresholds(shares).astype(np.float32), len(self.rows), len(shares)
        blocks = np.split(latent, np.cumsum(self.rows)[:-1], axis=1)
        codes: list[NDArray[np.intp]] = []
        counts = np.empty((runs, labels, labels), dtype=np.int64)
        for label, (block, order) in enumerate(zip(blocks, order_of(labels), strict=True)):
            place = sum((block > passes[:, label, k, None]).astype(np.intp) for k in range(labels - 1))
            codes.append(order[place] + labels * np.arange(runs)[:, None])  # one code for each run and predicted label
            counted = np.bincount(codes[-1].ravel(), minlength=runs * labels)
            counts[:, label] = counted.reshape(runs, labels)
        slopes = row_slopes(counts, macro_f1).astype(np.float32)
        influence = np.hstack([slopes[:, label].ravel()[code] for label, code in enumerate(codes)])
        return counts, np.hstack(codes) % labels, _root(influence @ influence.T)


def small(rows: Counts, total: int = 60) -> Counts:
    """Test rows of each label in a set of `total`, with the shares that they have, and at least two of each.

    >>> small(np.array([900, 90, 10])).tolist()
    [54, 5, 2]
    """
    return np.asarray(np.maximum(2, np.round(total * rows / rows.sum())).astype(int))


def with_rare_label(rows: Counts, total: int = 400, share: float = 0.05) -> Counts:
    """Test rows of each label in a set of `total`, in which the rarest label has a `share`, the others what is left.

    >>> with_rare_label(np.array([500, 400, 100])).tolist()
    [211, 169, 20]
    """
    rare = np.arange(len(rows)) == rows.argmin()
    others = np.where(rare, 0, rows)
    return np.asarray(np.where(rare, share * total, np.round((1 - share) * total * others / others.sum())).astype(int))


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
    cells, usual = {}, fmean(trained.values()) if trained else 0.0
    for name, cell in task.cells.items():
        between = (drawn.get(name, fmean(drawn.values())), trained.get(name, usual))
        cells[name] = _cell(cell, rows, *map(sqrt, between))
    return World(name=task.name, cells=cells, rows=rows, alike=task.alike)


def _of_trainings(cell: MeasuredScores) -> float:
    """The variance that training seeds give the mean score of a draw."""
    return (cell.between_trainings or 0.0) * fmean(1 / len(of) for of in cell.scores)


def _alone(world: World, name: Name) -> tuple[float, float]:
    """The variance that rows give a run beyond what they give to another of the same draw, and of another draw."""
    random, variances = np.random.default_rng(0), np.empty((TRIALS, 2))
    for trial in range(TRIALS):
        shares = world.cells[name].runs(2, 2, random)
        *_, root = world._predicted(shares, world._latent([2], 2, random))
        covariance = root @ root.T
        variances[trial, 0] = covariance.trace() / 4 - (covariance[0, 1] + covariance[2, 3]) / 2
        variances[trial, 1] = covariance.trace() / 4 - covariance[:2, 2:].mean()
    same, other = variances.mean(axis=0)
    return float(same), float(other)


def _cell(cell: MeasuredScores, rows: Counts, between_draws: float, between_trainings: float) -> SimulatedMethod:
    least = min(len(of) for of in cell.confusions)
    counts = np.array([of[:least] for of in cell.confusions])
    shares = counts / np.maximum(counts.sum(axis=-1, keepdims=True), 1)
    scores = np.stack([macro_f1(rows[:, None] * _shifted(shares, float(shift))) for shift in SHIFTS], axis=-1)
    place = np.abs(SHIFTS).argmin()
    return SimulatedMethod(
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


def _root(covariance: NDArray[np.floating]) -> NDArray[np.float64]:
    """A square root of the covariance of runs, shape (runs, runs)."""
    values, vectors = np.linalg.eigh(covariance.astype(float))
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))
