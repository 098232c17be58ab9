"""Label fidelity of a row beside that of real texts, with its interval, and what the two say about its labels."""

import math
from collections.abc import Sequence
from statistics import fmean
from typing import Any, NamedTuple

import numpy as np

from synthworth.core import Quality
from synthworth.leaderboard.estimates import mean_of
from synthworth.measures.statistics import Estimate, Variance, interval_of, share_interval

LABELS_AT_CHANCE = "labels at chance"
JUDGE_TOO_WEAK = "judge too weak"
CANNOT_TELL = "fidelity cannot tell"


class Fidelity(NamedTuple):
    """The fidelity of texts, that of real test texts by the same judge (None if nobody counted), and that of chance.

    Each is a mean over labels of the share of texts that the judge gives their label: the balanced accuracy of the
    judge, against the labels that were asked for or those that real texts have. So written texts, which are balanced by
    quota, compare with test sets, which are not, and a judge that reads no text has 1 / number of labels on both.
    """

    texts: Estimate
    of_real: Estimate | None
    chance: float

    @property
    def verdict(self) -> str:
        """The remark about the labels: "" if they are above chance, or if nobody counted the judge on real texts.

        `JUDGE_TOO_WEAK`: it is not clearly above chance on real texts. `LABELS_AT_CHANCE`: the interval holds chance or
        lies below, and does not reach that of real texts. `CANNOT_TELL`: it holds both.

        >>> real = Estimate(0.90, 0.87, 0.92)
        >>> found = Estimate(0.7, 0.6, 0.8), Estimate(0.5, 0.4, 0.6), Estimate(0.7, 0.4, 1.0)
        >>> [Fidelity(texts, real, 0.5).verdict for texts in found]
        ['', 'labels at chance', 'fidelity cannot tell']
        >>> Fidelity(Estimate(0.7, 0.6, 0.8), Estimate(0.52, 0.48, 0.56), 0.5).verdict
        'judge too weak'
        """
        if self.of_real is None:
            return ""
        if self.of_real.low <= self.chance:
            return JUDGE_TOO_WEAK
        if self.texts.low > self.chance:
            return ""
        return CANNOT_TELL if self.texts.high >= self.of_real.low else LABELS_AT_CHANCE


def fidelity_of(measured: Sequence[Quality]) -> Fidelity | None:
    """The fidelity of a row from the measures of its draws; None if no judge labelled them.

    The interval of one draw holds its texts: Wilson's for each label, together as `mean_of` puts them. Of several draws
    it holds draws: Student's, from the spread of their fidelities, and never narrower than that of all texts together.
    """
    judged = [quality for quality in measured if quality.disagreement]
    if not judged:
        return None
    draws = [balanced([quality.disagreement]) for quality in judged]
    real = [balanced([quality.judge_on_real]) for quality in judged if quality.judge_on_real]
    return Fidelity(
        texts=_over_draws(draws, balanced([quality.disagreement for quality in judged])),
        of_real=Estimate(*map(fmean, zip(*real, strict=True))) if len(real) == len(judged) else None,
        chance=1 / len(judged[0].labels),
    )


def mean_fidelity(tasks: Sequence[Fidelity | None]) -> Fidelity | None:
    """The mean over tasks with its interval for these very tasks; None if that of one is not known."""
    known = [task for task in tasks if task]
    if len(known) < len(tasks) or not known:
        return None
    real = [task.of_real for task in known if task.of_real]
    return Fidelity(
        texts=mean_of([task.texts for task in known]),
        of_real=mean_of(real) if len(real) == len(known) else None,
        chance=fmean(task.chance for task in known),
    )


def at_chance(fidelity: Fidelity | None) -> bool:
    """Tell a row whose labels are at chance: it enters no ranking."""
    return fidelity is not None and fidelity.verdict == LABELS_AT_CHANCE


def fields_of(fidelity: Fidelity | None) -> dict[str, Any]:
    """The fields of a row about its fidelity; None without one."""
    texts, real = (fidelity.texts, fidelity.of_real) if fidelity else (None, None)
    return {
        "fidelity": texts.value if texts else None,
        "fidelity_low": texts.low if texts else None,
        "fidelity_high": texts.high if texts else None,
        "fidelity_of_real": real.value if real else None,
    }


def verdicts_in_words(mean: Fidelity | None, tasks: Sequence[Fidelity | None]) -> str:
    """The remark about the labels of a mean over tasks, with the number of tasks that have one of their own."""
    own = [task.verdict for task in tasks if task]
    parts = []
    for verdict in (LABELS_AT_CHANCE, JUDGE_TOO_WEAK, CANNOT_TELL):
        count = f"{own.count(verdict)} of {len(tasks)} tasks"
        if mean and mean.verdict == verdict:
            parts.append(f"{verdict} ({count})")
        elif verdict in own:
            parts.append(f"{verdict} in {count}")
    return "; ".join(parts)


def balanced(counts: Sequence[Sequence[Sequence[int]]]) -> Estimate:
    """Return the mean over labels of the share on the diagonal of these tables, each (labels, labels), together."""
    table = np.sum(counts, axis=0)
    hits, totals = np.diagonal(table).tolist(), table.sum(axis=1).tolist()
    shares = [Estimate(hit / n, *share_interval(hit, n)) for hit, n in zip(hits, totals, strict=True) if n]
    return mean_of(shares)


def _over_draws(draws: Sequence[Estimate], together: Estimate) -> Estimate:
    if len(draws) == 1:
        return draws[0]
    values = [draw.value for draw in draws]
    value, spread = fmean(values), float(np.var(values, ddof=1))
    low, high = interval_of(value, Variance(0.0, spread / len(draws), len(draws) - 1))
    below, above = (math.fabs(end - together.value) for end in together[1:])
    return Estimate(value, max(0.0, min(low, value - below)), min(1.0, max(high, value + above)))
