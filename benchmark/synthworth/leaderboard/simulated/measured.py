"""Runs of one task as results have them: confusion tables, agreement of predictions, and the variance between runs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, product
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from synthworth.core import BALANCED, Result
from synthworth.generation.methods import REAL, holds_real_texts, is_drawn, is_of_files
from synthworth.leaderboard.groups import method_of, version_of
from synthworth.leaderboard.samples import draws_of
from synthworth.measures.statistics import normal_quantiles

Name = tuple[str, str, int]  # method, generator, and texts per label
PAIRS = 6  # of runs that tell how alike two kinds of runs predict
LATENT = np.linspace(0.0, 1.0, 41)  # correlations that are tried
NORMALS = 4000


@dataclass(frozen=True, kw_only=True)
class MeasuredScores:
    """The runs of one method and size on one task, by draw of the texts and training seed."""

    confusions: Sequence[Sequence[NDArray[np.int64]]]
    """Confusion tables, for each draw those of its training seeds."""
    predictions: Sequence[Sequence[NDArray[np.int64]]]
    """The predicted labels of the test rows by place; of no row if they were not kept."""
    scores: Sequence[NDArray[np.float64]]
    """Macro-F1, for each draw those of its training seeds."""

    @property
    def mean(self) -> float:
        """The mean score over draws."""
        return fmean(float(of.mean()) for of in self.scores)

    @property
    def between_trainings(self) -> float | None:
        """The variance between training seeds of one draw; None if each draw has one."""
        spreads = [float(of.var(ddof=1)) for of in self.scores if len(of) > 1]
        return fmean(spreads) if spreads else None

    @property
    def between_means(self) -> float | None:
        """The variance between the mean scores of draws; None if there is one."""
        return float(np.var([of.mean() for of in self.scores], ddof=1)) if len(self.scores) > 1 else None


@dataclass(frozen=True, kw_only=True)
class MeasuredTask:
    """The measured scores of one task and classifier."""

    name: str
    """The task's name."""
    cells: Mapping[Name, MeasuredScores]
    """The cells of real and of written texts."""
    alike: tuple[float, float, float]
    """Correlations of the latent score that decides a prediction: of two methods, of two draws of one method, and of
    two training seeds of one draw."""

    @property
    def rows(self) -> NDArray[np.int64]:
        """The number of test rows of each label."""
        return np.asarray(next(iter(self.cells.values())).confusions[0][0].sum(axis=1))


def measured_tasks(results: Sequence[Result], classifier: str, per_label: int) -> list[MeasuredTask]:
    """The tasks with two draws of real texts and of a written set at that size, for one classifier; by name.

    A cell of another size of real texts joins as a point of the learning curve. Raises ValueError if there is no task.
    """
    tasks: dict[str, dict[Name, list[Result]]] = {}
    for result in results:
        if result.classifier == classifier and _is_simulated(result, per_label):
            key = (method_of(result), result.generator, result.per_label)
            tasks.setdefault(result.task, {}).setdefault(key, []).append(result)
    measured = []
    for name, cells in sorted(tasks.items()):
        newest = version_of(max((r for of in cells.values() for r in of), key=lambda r: (r.task_version, r.key)))
        current = {key: [r for r in of if version_of(r) == newest] for key, of in cells.items()}
        usable = {key: of for key, of in sorted(current.items()) if draws_of(of) > (key[2] == per_label)}
        if (REAL, "", per_label) in usable and any(key[0] != REAL for key in usable):
            of_task = {key: _cell(of) for key, of in usable.items()}
            measured.append(MeasuredTask(name=name, cells=of_task, alike=_alike(list(of_task.values()))))
    if not measured:
        raise ValueError(
            f"no task with two draws of real and of written texts, {per_label} per label, and {classifier}; measure "
            "them with --synth-generation-seed 0 and 1"
        )
    return measured


def _is_simulated(result: Result, per_label: int) -> bool:
    if result.shares != BALANCED or is_of_files(result.method):  # draws of a file overlap: its variance is another
        return False
    if result.method == REAL:
        return result.per_label > 0 and not result.short
    return result.per_label == per_label and is_drawn(result.method) and not holds_real_texts(result.method)


def _cell(results: Sequence[Result]) -> MeasuredScores:
    draws: dict[str, dict[int, Result]] = {}
    for result in sorted(results, key=lambda result: result.key):
        draws.setdefault(result.train_version, {})[result.training_seed] = result
    runs = [list(of.values()) for of in draws.values()]
    return MeasuredScores(
        confusions=[[np.array(run.confusion) for run in of] for of in runs],
        predictions=[[_places(run) for run in of] for of in runs],
        scores=[np.array([run.macro_f1 for run in of]) for of in runs],
    )


def _places(result: Result) -> NDArray[np.int64]:
    place = {label: i for i, label in enumerate(result.labels)}
    return np.array([place[label] for label in result.predictions] if result.predicted else [], dtype=np.int64)


def _alike(cells: Sequence[MeasuredScores]) -> tuple[float, float, float]:
    """Return the latent correlations, each at least as large as the one before; 1/2 where no two runs tell it."""
    levels = (
        [(one, 0, 0, other, 0, 0) for one, other in combinations(cells, 2)],
        [(cell, d, 0, cell, e, 0) for cell in cells for d, e in combinations(range(len(cell.scores)), 2)],
        [(cell, d, s, cell, d, t) for cell in cells for d, of in enumerate(cell.scores) for s, t in _pairs(len(of))],
    )
    found: list[float] = []
    for pairs in levels:
        kept = [pair for pair in pairs if len(pair[0].predictions[pair[1]][pair[2]])]
        step = max(1, len(kept) // PAIRS)
        of_pairs = [_latent_correlation(*pair) for pair in kept[::step]]
        found.append(max([fmean(of_pairs) if of_pairs else 0.5, *found]))
    return (found[0], found[1], found[2])


def _pairs(runs: int) -> Iterable[tuple[int, int]]:
    return islice(combinations(range(runs), 2), 1)


def _latent_correlation(one: MeasuredScores, d: int, s: int, other: MeasuredScores, e: int, t: int) -> float:
    """Return the correlation of latent normal scores at which two runs agree as often as they do."""
    agree = float(np.mean(one.predictions[d][s] == other.predictions[e][t]))
    sides = (one.confusions[d][s], other.confusions[e][t])
    shares = sides[0].sum(axis=1) / sides[0].sum()
    random = np.random.default_rng(0)
    common, alone = random.standard_normal(NORMALS), random.standard_normal((2, NORMALS))
    agreement = np.zeros(len(LATENT))
    for (place, correlation), label in product(enumerate(LATENT), range(len(shares))):
        mine, theirs = (
            thresholds(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))[label] for counts in sides
        )
        scores = np.sqrt(correlation) * common + np.sqrt(1 - correlation) * alone
        same = np.searchsorted(mine, scores[0]) == np.searchsorted(theirs, scores[1])
        agreement[place] += shares[label] * same.mean()
    return float(np.interp(agree, np.maximum.accumulate(agreement), LATENT))


def thresholds(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where a normal score passes from one prediction to the next, shape (..., labels, labels - 1).

    `shares` are confusion tables whose rows sum to 1. The right label comes first, then the others in their order.

    >>> thresholds(np.array([[0.5, 0.5], [0.0, 1.0]])).round(2).tolist()
    [[0.0], [inf]]
    """
    ordered = np.take_along_axis(shares, np.broadcast_to(order_of(shares.shape[-1]), shares.shape), axis=-1)
    return normal_quantiles(np.minimum(np.cumsum(ordered, axis=-1)[..., :-1], 1.0))


def order_of(labels: int) -> NDArray[np.int64]:
    """Return for each true label all labels, itself first, shape (labels, labels).

    >>> order_of(3).tolist()
    [[0, 1, 2], [1, 0, 2], [2, 0, 1]]
    """
    return np.array([[one, *(other for other in range(labels) if other != one)] for one in range(labels)])
