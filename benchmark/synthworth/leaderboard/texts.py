"""Measurements of the texts that a row was trained on: diversity, leaks, label fidelity, tokens and cost."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any, NamedTuple

from synthworth.core import Quality, Result
from synthworth.leaderboard.costs import Costs
from synthworth.leaderboard.label_fidelity import Fidelity, fidelity_of, fields_of

DIVERSITY = "remote_clique"


class TextsOfRow(NamedTuple):
    """Measurements of the texts of one row, means over its draws.

    `fields` are those of a row, `rules` the share of texts in [0, 1] that each rule flags which is reported,
    `judged` the draws that `fidelity` is about, of all that the row has.
    """

    fields: Mapping[str, Any]
    fidelity: Fidelity | None
    judged: tuple[int, int]
    rules: Mapping[str, float]


class Texts:
    """Measurements of training sets, by what results say about them: the task, its data, and the texts' hash."""

    def __init__(self, quality: Sequence[Quality]) -> None:
        self._costs = Costs(quality)

    def of(self, results: Sequence[Result]) -> TextsOfRow:
        """The measurements of a row's training sets, one for each draw; a field is None if none of them has it."""
        sets = {(result.task, result.data_version, result.train_version) for result in results}
        measured = self._costs.measured(results)
        diversity = [q.measures[DIVERSITY] for q in measured if DIVERSITY in q.measures]
        fidelity = fidelity_of(measured)
        opposed = [sum(q.opposed.values()) for q in measured if q.opposed is not None]
        tokens = self._costs.tokens(results)
        samples = sorted({f"{q.size} texts by {q.embedder}" for q in measured})
        fields = {
            "diversity": _mean([measure.value for measure in diversity]),
            "diversity_low": _mean([measure.low for measure in diversity]),
            "diversity_high": _mean([measure.high for measure in diversity]),
            "diversity_of": "; ".join(samples) if diversity else "",
            "leaks": _mean([q.leak_share for q in measured if "test" in q.leaks]),
            "opposed": sum(opposed) if opposed else None,
            **fields_of(fidelity),
            "tokens": round(fmean(map(sum, tokens))) if tokens else None,
            "usd": self._costs.usd(results) if tokens else None,
        }
        counted = [q.rules for q in measured if q.rules]
        names = dict.fromkeys(name for rules in counted for name in rules)
        return TextsOfRow(
            fields=fields,
            fidelity=fidelity,
            judged=(sum(bool(q.disagreement) for q in measured), len(sets)),
            rules={name: fmean(rules.get(name, 0.0) for rules in counted) for name in names},
        )


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None
