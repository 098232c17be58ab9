"""Comparisons as tables of wins."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synthworth.subjectivity.comparisons import Comparison

Floats = NDArray[np.float64]


def tables(comparisons: Sequence[Comparison], *, connected: bool = True) -> tuple[list[str], list[str], Floats]:
    """Tabulate comparisons: the tasks, the annotators, and wins of shape (annotators, tasks, tasks), i over j.

    Raises ValueError if there are none, a task is compared with itself, or, for `connected`, tasks fall into groups
    that were never compared.
    """
    if not comparisons:
        raise ValueError("no comparisons to rank tasks by; give at least one")
    tasks = sorted({name for comparison in comparisons for name in comparison[:2]})
    annotators = sorted({comparison.annotator for comparison in comparisons})
    place = {name: i for i, name in enumerate(tasks)}
    row = {name: i for i, name in enumerate(annotators)}
    wins = np.zeros((len(annotators), len(tasks), len(tasks)))
    for winner, loser, annotator in comparisons:
        if winner == loser:
            raise ValueError(f"{winner!r} is compared with itself by {annotator!r}; a comparison has two tasks")
        wins[row[annotator], place[winner], place[loser]] += 1
    if connected:
        reached = reach(wins.sum(axis=0) + wins.sum(axis=0).T)[0]
        if not reached.all():
            one, other = (", ".join(np.array(tasks)[group]) for group in (reached, ~reached))
            raise ValueError(f"no comparison connects {one} with {other}; compare a task of the one with the other's")
    return tasks, annotators, wins


def reach(wins: Floats) -> NDArray[np.bool_]:
    """Say if a chain of wins leads from task i to task j, shape (tasks, tasks); every task reaches itself."""
    reached = (wins > 0) | np.eye(len(wins), dtype=bool)
    for _ in range(len(wins).bit_length()):  # the length of a chain doubles
        reached = reached @ reached
    return reached
