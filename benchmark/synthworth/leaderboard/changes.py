"""The changes that each refinement makes, over all written sets that were measured with it and without."""

from collections import defaultdict
from statistics import fmean, variance
from typing import NamedTuple

from synthworth.core import Row as Line
from synthworth.core import Table
from synthworth.leaderboard.matrix import Matrix, Sized
from synthworth.measures.statistics import Interval, Variance, interval_of


class Change(NamedTuple):
    """The Macro-F1 of refined sets less that of the same sets as written, a mean over tasks, each of its sets."""

    refinements: str
    value: float
    interval: Interval | None
    """95 %, over tasks; None for one task."""
    tasks: int
    sets: int
    changed: int
    """Those with another score than as written: a refinement may leave a set as it is."""
    higher: int
    """Of these, those that are better refined, by any difference."""


def changes_of(matrix: Matrix) -> list[Change]:
    """Return the change by each refinement, the largest rise first, on the draws that a set has both ways.

    Sets that are short of texts are left out, refined or not: with fewer texts they are another set.
    """
    plain = {one.name: one.tasks for one in matrix.sets if not one.name.refinements}
    by_task: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for one in matrix.sets:
        without = plain.get(one.name._replace(refinements=""), {}) if one.name.refinements else {}
        for task, sizes in one.tasks.items():
            for size, sized in sizes.items():
                if (before := without.get(task, {}).get(size)) and (change := _change(before, sized)) is not None:
                    by_task[one.name.refinements][task].append(change)
    changes = [_over_tasks(refinements, list(of_task.values())) for refinements, of_task in by_task.items()]
    return sorted(changes, key=lambda change: (-change.value, change.refinements))


def _change(before: Sized, after: Sized) -> float | None:
    common = [seed for seed in before.seeds if seed in after.seeds]
    if not common or before.short or after.short:
        return None
    scores = [[float(one.sample.scores[one.seeds.index(seed)]) for seed in common] for one in (before, after)]
    return fmean(scores[1]) - fmean(scores[0])


def _over_tasks(refinements: str, of_tasks: list[list[float]]) -> Change:
    means = [fmean(of_task) for of_task in of_tasks]
    value, interval = fmean(means), None
    if len(means) > 1:
        interval = interval_of(value, Variance(0.0, variance(means) / len(means), len(means) - 1))
    every = [change for of_task in of_tasks for change in of_task]
    changed, higher = sum(change != 0 for change in every), sum(change > 0 for change in every)
    return Change(refinements, value, interval, len(means), len(every), changed, higher)


def change_table(matrix: Matrix) -> Table:
    """A line for each refinement, without any if no set was measured with one and without."""
    rows: list[Line] = [
        {
            "refinement": change.refinements,
            "change": _in_words(change),
            "tasks": change.tasks,
            "sets": change.sets,
            "better refined": f"{change.higher} of {change.changed}",
        }
        for change in changes_of(matrix)
    ]
    note = (
        "Change: Macro-F1 of the refined sets less that of the same sets as written, on the draws that both have; a "
        "mean over tasks, in brackets 95 % for more tasks like these. Better refined: of the sets whose score changed "
        "at all; half of them are so by chance. Sets that lack texts are left out."
    )
    return Table(title="What each refinement changes", rows=rows, note=note, left=["refinement", "change"])


def _in_words(change: Change) -> str:
    around = " ({:+.3f} to {:+.3f})".format(*change.interval) if change.interval else ""
    return f"{change.value:+.3f}{around}"
