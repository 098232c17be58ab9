"""The error of a ranking by distance: measured on written sets whose Macro-F1 is known."""

import csv
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from synthworth.core import Row, Table
from synthworth.measures.statistics import spearman

# Numbers alone, made by tests/support/measure_ranking.py from texts that are not in the repository.
MEASURED = Path(__file__).with_name("ranking_error.csv")
MEASURES = {
    "squared_mmd": "MMD²",
    "neighbour_accuracy": "two-sample test",
    "proxy_a_distance": "PAD",
}


class Distances(NamedTuple):
    """Three distances of written texts from as many real ones; the fields of `MEASURES`."""

    squared_mmd: float
    neighbour_accuracy: float
    proxy_a_distance: float


class RankingError(NamedTuple):
    """The error of a distance that orders written sets of known Macro-F1, over tasks and draws."""

    rank_correlation: float
    """Spearman's rho of nearness and Macro-F1, a mean over tasks with three sets or more."""
    least: float
    """The lowest of one draw of a task."""
    pairs: float
    """The share of pairs of sets of one task that are put right; 0.5 by chance."""
    by_task: float
    """The same, a mean over tasks, each of which counts alike."""


class MeasuredSet(NamedTuple):
    """One written set whose Macro-F1 is known, and its distances in one draw of the texts."""

    task: str
    draw: int
    name: str
    macro_f1: float
    distances: Distances


def measured_sets() -> list[MeasuredSet]:
    """Read the written sets that the ranking was measured on: classifier minilm, 100 texts per label, three draws."""
    with MEASURED.open(encoding="utf-8", newline="") as file:
        return [
            MeasuredSet(
                row["task"],
                int(row["draw"]),
                row["set"],
                float(row["macro_f1"]),
                Distances(*(float(row[measure]) for measure in MEASURES)),
            )
            for row in csv.DictReader(file)
        ]


def by_draw(sets: Sequence[MeasuredSet]) -> list[list[MeasuredSet]]:
    """Group the sets that were ranked together: those of one task and one draw."""
    found: dict[tuple[str, int], list[MeasuredSet]] = {}
    for one in sets:
        found.setdefault((one.task, one.draw), []).append(one)
    return list(found.values())


def ranking_error(sets: Sequence[MeasuredSet], measure: str) -> RankingError:
    """Return how well one of `MEASURES` puts sets in order of their Macro-F1, the nearest first.

    Pairs that are equally near count as half right. Raises ValueError without a task of three sets.
    """
    rhos: dict[str, list[float]] = {}
    right: dict[str, list[float]] = {}
    for together in by_draw(sets):
        task, near = together[0].task, [-getattr(one.distances, measure) for one in together]
        scores = [one.macro_f1 for one in together]
        if len(together) > 2:
            rhos.setdefault(task, []).append(spearman(near, scores).rho)
        for a, b in itertools.combinations(range(len(together)), 2):
            agree = (near[a] - near[b]) * (scores[a] - scores[b])
            right.setdefault(task, []).append(0.5 + 0.5 * float(np.sign(agree)))
    if not rhos:
        raise ValueError(f"{len(sets)} measured sets; a rank correlation needs three sets of one task")
    return RankingError(
        float(np.mean([np.mean(of_task) for of_task in rhos.values()])),
        min(min(of_task) for of_task in rhos.values()),
        float(np.mean([*itertools.chain.from_iterable(right.values())])),
        float(np.mean([np.mean(of_task) for of_task in right.values()])),
    )


def measured_errors() -> dict[str, RankingError]:
    """Return the error of a ranking by each of `MEASURES` on the written sets that it was measured on."""
    sets = measured_sets()
    return {measure: ranking_error(sets, measure) for measure in MEASURES}


def measured_error() -> Table:
    """Return the measured error of the ranking as a table."""
    compared = [draw for draw in by_draw(measured_sets()) if len(draw) > 1]
    sets = len({(row.task, row.name) for draw in compared for row in draw})
    tasks = len({row.task for draw in compared for row in draw})
    rows: list[Row] = [{"by": MEASURES[measure], **error._asdict()} for measure, error in measured_errors().items()]
    return Table(
        title="How far a ranking can be trusted",
        rows=rows,
        headers={
            "least": "lowest of a draw",
            "pairs": "pairs put right",
            "by_task": "mean over tasks",
        },
        note=f"Measured on {sets} written sets of {tasks} tasks whose Macro-F1 is known (minilm, 100 texts per label), "
        "each against three draws of 150 real texts without labels. Rank correlation: Spearman's, of nearness with "
        "Macro-F1, a mean over tasks with 3 sets or more. By chance half of the pairs are put right; in the last "
        "column each task counts alike, one with 2 sets too.",
        left=("by",),
    )
