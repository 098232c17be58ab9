"""Measurements of the texts that a row was trained on: diversity, leaks, label fidelity, tokens and cost."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from synthworth.core import Quality, Result
from synthworth.leaderboard.label_fidelity import Fidelity, fidelity_of, fields_of

DIVERSITY = "remote_clique"


class TextsOfRow(NamedTuple):
    """Measurements of the texts of one row, means over its draws.

    `fields` are those of a row, `rules` the share of texts in [0, 1] that each rule would drop which is not applied,
    `judged` the draws that `fidelity` is about, of all that the row has.
    """

    fields: Mapping[str, Any]
    fidelity: Fidelity | None
    judged: tuple[int, int]
    rules: Mapping[str, float]


class Texts:
    """Measurements of training sets, by what results say about them: the task, its data, and the texts' hash."""

    def __init__(self, quality: Sequence[Quality]) -> None:
        self._measured = {(q.task, q.data_version, q.train_version): q for q in quality}

    def of(self, results: Sequence[Result]) -> TextsOfRow:
        """The measurements of a row's training sets, one for each draw; a field is None if none of them has it."""
        sets = {(result.task, result.data_version, result.train_version): None for result in results}
        measured = [self._measured[key] for key in sets if key in self._measured]
        diversity = [q.measures[DIVERSITY] for q in measured if DIVERSITY in q.measures]
        fidelity = fidelity_of(measured)
        opposed = [sum(q.opposed.values()) for q in measured if q.opposed is not None]
        tokens = tokens_of(results, self._measured)
        price = _price(results[0].generator, Path.cwd()) if tokens else None
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
            "usd": price.with_batch(_means(tokens), _means([q.batch_tokens for q in measured])) if price else None,
        }
        counted = [q.rules for q in measured if q.rules]
        names = dict.fromkeys(name for rules in counted for name in rules)
        return TextsOfRow(
            fields=fields,
            fidelity=fidelity,
            judged=(sum(bool(q.disagreement) for q in measured), len(sets)),
            rules={name: fmean(rules.get(name, 0.0) for rules in counted) for name in names},
        )


def tokens_of(results: Sequence[Result], measured: Mapping[tuple[str, str, str], Quality]) -> list[tuple[int, int]]:
    """Tokens of prompts and answers behind each draw of a row, as its results state them, else as measured.

    [] if nobody knows them, or no generator was asked. `measured` is by task, version of the data and of the texts.
    """
    draws = {(result.task, result.data_version, result.train_version): result for result in results}
    stated = [(r.prompt_tokens, r.completion_tokens) for r in draws.values()]
    known = [(prompt, completion) for prompt, completion in stated if prompt is not None and completion is not None]
    if not known:
        found = [measured[key] for key in draws if key in measured]
        known = [(quality.prompt_tokens, quality.completion_tokens) for quality in found]
    return [each for each in known if any(each)]


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None


@cache
def _price(generator: str, folder: Path) -> Any:
    from synthworth.generation.generator import price_of_named

    return price_of_named(generator, folder)


def _means(tokens: Sequence[Sequence[int]]) -> tuple[float, float]:
    """The means of tokens of prompts and of answers, over draws; 0 without any."""
    prompts, answers = zip(*tokens, strict=True) if tokens else ((0,), (0,))
    return fmean(prompts), fmean(answers)
