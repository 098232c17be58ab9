"""Advice on tasks whose results are left out, and what was measured of them, side by side."""

from collections.abc import Sequence

from synthworth.core import Row, Table
from synthworth.leaderboard.advice.evidence import K_REAL, LEAST, MIXED, MOST, MeasuredPilot, without_tasks
from synthworth.leaderboard.advice.forecast import LEVEL, LOG_WORTH, TARGETS, Forecast, Forecaster, forecaster
from synthworth.leaderboard.advice.report import beyond, texts_of, worth_in_words


def comparison(measured: Sequence[MeasuredPilot], held_out: Sequence[str]) -> Table:
    """Advise on tasks as if nobody had measured them, and put beside it what was measured.

    None of the held-out tasks is among those that the predictions go by. Raises ValueError for a task without a pilot.
    """
    others = without_tasks(measured, held_out)
    rows: list[Row] = []
    learnt = _Learnt(others)
    for task in held_out:
        for one in _of_task(measured, task):
            drop, worth = (learnt.forecast(one, target) for target in TARGETS)
            low, high = drop.prediction.low, drop.prediction.high
            rows.append(
                {
                    "task": task,
                    "trained on": f"{one.method} by {one.generator}" if one.generator else one.method,
                    "by": ", ".join(drop.features) or "mean",
                    "drop": f"{drop.prediction.value:.3f} ({low:.3f} to {high:.3f})",
                    "measured drop": one.drop,
                    "inside": "yes" if low <= one.drop <= high else "no",
                    "worth": worth_in_words(worth),
                    "measured worth": beyond(one.worth),
                }
            )
    inside = sum(row["inside"] == "yes" for row in rows)
    tasks = len({one.task for one in others})
    return Table(
        title=f"Advice on {' and '.join(held_out)} from the other {tasks} tasks, and what was measured",
        rows=rows,
        note=(
            f"By: what the drop is predicted from, the mean of the other tasks or features of the pilot. In brackets "
            f"{LEVEL:.0%}. Of {len(rows)} measured drops, {inside} lie inside; sets of one task share its luck."
        ).replace("%", " %"),
        left=("task", "trained on", "by", "drop", "inside", "worth", "measured worth"),
    )


def hindsight(measured: Sequence[MeasuredPilot], held_out: Sequence[str]) -> Table:
    """Say which way is advised for each held-out task, and which one the measured worth shows to be best.

    The ways are those of generators whose texts were also measured mixed with real ones. A way spares as many labels
    per label as it is worth, less those of the real texts in it.
    """
    learnt = _Learnt(without_tasks(measured, held_out))
    mixing = {one.generator for one in measured if one.way == MIXED}
    rows: list[Row] = []
    for task in held_out:
        ways = [one for one in _of_task(measured, task) if one.generator in mixing]
        if not ways:
            continue
        found = [learnt.forecast(one, LOG_WORTH).prediction for one in ways]
        lows, values = (
            [_spared(one, texts_of(getattr(of, end))) for one, of in zip(ways, found, strict=True)]
            for end in ("low", "value")
        )
        by = lows if max(lows) > 0 else values
        advised = [place for place, spares in enumerate(by) if spares > max(by) - 1e-9]  # those that none is told from
        verb = "take" if max(lows) > 0 else "try" if max(values) > 0 else "label, and not"
        best = max(ways, key=lambda one: _spared(one, one.worth))
        rows.append(
            {
                "task": task,
                "advised": f"{verb} {' or '.join(ways[place].method for place in advised)}",
                "spares": f"{values[advised[0]]:.0f}, at least {lows[advised[0]]:.0f}",
                "measured": " or ".join(f"{_spared(ways[place], ways[place].worth):.0f}" for place in advised),
                "best": best.method,
                "best spares": f"{_spared(best, best.worth):.0f}",
            }
        )
    return Table(
        title="What was advised, and what would have been best",
        rows=rows,
        headers={"spares": "would spare", "measured": "has spared", "best": "best in hindsight"},
        note=(
            f"Ways by {', '.join(sorted(mixing))}. Labels per label that a way spares: its worth, at most {MOST} and 0 "
            f"below {LEAST}, less the {K_REAL} real texts of a mixture. Demonstrations, which the tasks have, and the "
            "generator cost nothing here."
        ),
        left=("task", "advised", "spares", "best"),
    )


class _Learnt:
    """What was learnt from some tasks: once for each outcome, way and set of features."""

    def __init__(self, measured: Sequence[MeasuredPilot]) -> None:
        self._measured = measured
        self._known: dict[tuple[str, str, frozenset[str]], Forecaster] = {}

    def forecast(self, one: MeasuredPilot, target: str) -> Forecast:
        """Predict an outcome of a set from its pilot."""
        key = target, one.way, frozenset(one.features)
        if key not in self._known:
            self._known[key] = forecaster(self._measured, one.features, target, one.way)
        return self._known[key].forecast(one.features)


def _of_task(measured: Sequence[MeasuredPilot], task: str) -> list[MeasuredPilot]:
    own = [one for one in measured if one.task == task]
    if not own:
        known = ", ".join(sorted({one.task for one in measured}))
        raise ValueError(f"no measured pilot of a task {task!r}; tasks: {known}")
    return own


def _spared(one: MeasuredPilot, worth: float) -> float:
    """Labels per label that a set spares if it is worth so many real texts per label."""
    return (0.0 if worth < LEAST else min(worth, MOST)) - (K_REAL if one.way == MIXED else 0)
