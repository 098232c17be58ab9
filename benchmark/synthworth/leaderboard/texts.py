"""What was measured of the texts that a row was trained on: diversity, leaks, label disagreement, tokens and cost."""

from collections.abc import Sequence
from functools import cache
from statistics import fmean
from typing import Any

from synthworth.core.quality import Quality
from synthworth.core.result import Result

DIVERSITY = "remote_clique"


class Texts:
    """Finds what was measured of training sets by what results say of them: the task, its data, and the texts' hash."""

    def __init__(self, quality: Sequence[Quality]) -> None:
        self._found = {(q.task, q.data_version, q.train_version): q for q in quality}

    def of(self, found: Sequence[Result]) -> dict[str, Any]:
        """The fields of a row about its texts: means over its training sets, of which there is one a generation seed.

        What was measured of none of them is None.
        """
        sets = {(result.task, result.data_version, result.train_version): None for result in found}
        there = [self._found[key] for key in sets if key in self._found]
        diverse = [q.measures[DIVERSITY] for q in there if DIVERSITY in q.measures]
        asked = [share for q in there if (share := q.disagreement_share) is not None]
        took = [(q.prompt_tokens, q.completion_tokens) for q in there if q.prompt_tokens or q.completion_tokens]
        price = _price(found[0].generator) if took else None
        return {
            "diversity": _mean([measure.value for measure in diverse]),
            "diversity_low": _mean([measure.low for measure in diverse]),
            "diversity_high": _mean([measure.high for measure in diverse]),
            "diversity_of": "; ".join(sorted({f"{q.size} texts by {q.embedder}" for q in there})) if diverse else "",
            "leaks": _mean([q.leak_share for q in there if "test" in q.leaks]),
            "disagreement": _mean(asked),
            "tokens": round(fmean(map(sum, took))) if took else None,
            "usd": fmean(price.of(*tokens) for tokens in took) if price else None,
        }


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None


@cache
def _price(generator: str) -> Any:
    from synthworth.generation.generator import price_of

    return price_of(generator)
