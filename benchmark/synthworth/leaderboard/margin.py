"""The margin of a row over the best free rung: over what can be had without a labelled real text and a generator."""

from collections.abc import Sequence
from statistics import fmean
from typing import Any

from synthworth.leaderboard import estimates
from synthworth.leaderboard.groups import FreeRung, ResultGroup, RowName

ITSELF = "this row"


def over_free(groups: Sequence[ResultGroup], name: RowName) -> dict[str, Any]:
    """The fields of a row that compare it with the best free rung, on one task or in a mean over several.

    The best has the highest mean over these very tasks, of the rungs that all of them have. It is picked by the scores
    that it is compared on, which favours it: a margin is rather too low than too high. None and "" without a rung.
    """
    best = _best(groups)
    if best is None or best == groups[0].rung_of(name):
        margin, words = None, ITSELF if best else ""
    else:
        ours, theirs = [group.samples[name] for group in groups], [group.free[best] for group in groups]
        margin, words = estimates.difference(ours, theirs), ", ".join(best)
    value, low, high = margin or (None, None, None)
    return {"margin": value, "margin_low": low, "margin_high": high, "free_rung": words}


def _best(groups: Sequence[ResultGroup]) -> FreeRung | None:
    """The best free rung; of equals, the first by name."""
    shared = sorted(set.intersection(*(set(group.free) for group in groups)))
    return max(shared, key=lambda rung: fmean(group.free[rung].mean for group in groups), default=None)
