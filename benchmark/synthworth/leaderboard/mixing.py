"""Written texts beside a few real ones: what they add, in further real texts and in money, and what to do next."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from synthworth.core import BALANCED, Quality, Result, in_usd
from synthworth.generation.methods import REAL, augmented_name, is_written, mixture_of
from synthworth.leaderboard.costs import Costs
from synthworth.leaderboard.estimates import difference, score
from synthworth.leaderboard.groups import ResultGroup, comparable, curves_of, groups_of, method_of
from synthworth.leaderboard.learning_curve import LearningCurve
from synthworth.leaderboard.other_results import shown_with
from synthworth.leaderboard.row import Gold
from synthworth.leaderboard.samples import draws_of
from synthworth.leaderboard.written_worth import newest
from synthworth.measures.statistics import Estimate, Sample, Worth

GENERATE, LABEL, BOTH, CANNOT_TELL = "generate", "label more", "both", "cannot tell"


class Scored(NamedTuple):
    """The score of one training set, and the draws of its texts."""

    sample: Sample
    draws: int
    short: bool

    @property
    def score(self) -> Estimate:
        """Macro-F1."""
        return score(self.sample)


@dataclass(frozen=True, kw_only=True)
class Mixture:
    """Written texts of one generator and method beside `real_per_label` real texts of each label of a task."""

    task: str
    method: str
    """The method that wrote, with its refinements."""
    generator: str
    real_per_label: int
    """0 for the written texts alone."""
    per_label: int
    """Written texts of each label."""
    labels: int
    """The number of the task's labels."""
    both: Scored
    """Trained on the real and the written texts."""
    real: Scored | None
    """Trained on the same real texts alone; None if that was not measured, and for none of them."""
    edited: Scored | None
    """Trained on the same real texts and edits of these, as many as there are written ones."""
    alone: Scored | None
    """Trained on the written texts alone."""
    curve: LearningCurve | None
    """Real texts of several sizes."""
    usd: float | None
    """The cost of the written texts in US dollars; None if the generator's tokens or price are unknown."""

    @property
    def draws(self) -> int:
        """Draws of the texts, of the set that has the fewest."""
        return min(one.draws for one in (self.both, self.real, self.edited, self.alone) if one)

    @property
    def over_real(self) -> Estimate | None:
        """Macro-F1 with the written texts less that without; None without the latter."""
        return difference([self.both.sample], [self.real.sample]) if self.real else None

    @property
    def over_edited(self) -> Estimate | None:
        """Macro-F1 with the written texts less that with edits in their place; None without these."""
        return difference([self.both.sample], [self.edited.sample]) if self.edited else None

    @property
    def further(self) -> Worth | None:
        """The further real texts of each label that would reach the same score; None without a curve.

        On the real texts' curve, less those there are. Below 0: the written texts cost as many.
        """
        if self.curve is None:
            return None
        worth, there = self.curve.worth([self.both.sample]), self.real_per_label
        value, low, high = (-math.inf if end < worth.least else end - there for end in worth[:3])
        return Worth(value, low, high, least=worth.least - there, most=worth.most - there)


def mixtures(
    results: Sequence[Result],
    *,
    classifier: str,
    source: str = "mirror",
    gold: Gold | None = None,
    quality: Sequence[Quality] = (),
    prices: Path | None = None,
) -> list[Mixture]:
    """Return the mixtures among results of a classifier on real texts of a source, those with 0 real texts too.

    By task, method, generator and number of real texts; of several versions of a task, those of the newest.
    `prices` is a file of prices of models, as `--synth-prices` takes it, before those that the project's pyproject.toml
    and synthworth know. Raises ValueError if there are none.
    """
    own = newest([r for r in results if (r.data, r.classifier, r.shares) == (source, classifier, BALANCED)])
    groups = groups_of(own, gold or {})
    curves = curves_of(groups)
    costs = Costs(quality, prices)
    sets = {_key(mine[0]): (group, name) for group in groups for name, mine in group.results.items()}
    rows = []
    for group, name in sets.values():
        first = group.results[name][0]
        of = mixture_of(first.method)
        if of is None or not of.real or not _is_mixed(first):
            continue
        others = {
            "real": _other(sets, first, REAL, of.real),
            "edited": _other(sets, first, augmented_name(of.real), of.real + first.per_label),
            "alone": _other(sets, first, of.written, first.per_label),
        }
        mixture = Mixture(
            task=first.task,
            method=method_of(replace(first, method=of.written)),
            generator=first.generator,
            real_per_label=of.real,
            per_label=first.per_label,
            labels=len(first.labels),
            both=_scored(group, name),
            **{part: _scored(*other) if other else None for part, other in others.items()},
            curve=curves.get(comparable(first)[:-1]),
            usd=costs.usd(group.results[name], _results(others["alone"])),
        )
        rows.append(mixture)
        if (alone := mixture.alone) is not None:
            nothing = {"real_per_label": 0, "both": alone, "real": None, "edited": None, "alone": alone}
            rows.append(replace(mixture, **nothing))  # type: ignore[arg-type]
    if not rows:
        instead = shown_with(results, _is_mixed, classifier=classifier, source=source)
        raise ValueError(
            f"no results of {classifier} on real and written texts together, {source} data; {instead}make some with: "
            f"pytest suites --synth-mix 0,5,10,50,100 --synth-classifier {classifier} --synth-results results.jsonl"
        )
    once = {(m.task, m.method, m.generator, m.per_label, m.real_per_label): m for m in rows}
    return [once[key] for key in sorted(once)]


def _is_mixed(result: Result) -> bool:
    """Tell whether a result is of written texts beside some real ones of each label."""
    of = mixture_of(result.method)
    return of is not None and bool(of.real) and is_written(result.method)


def _key(result: Result) -> tuple[object, ...]:
    """The key of a row: its task and version, its texts' origin, and their number."""
    asked = "" if result.method == REAL else result.demonstrations
    return (*comparable(result), result.method, asked, result.generator)


def _other(
    sets: Mapping[tuple[object, ...], tuple[ResultGroup, tuple[str, str]]], first: Result, method: str, size: int
) -> tuple[ResultGroup, tuple[str, str]] | None:
    """Return the row of another method and size that stands beside this one."""
    written = is_written(method)
    other = replace(
        first,
        method=method,
        per_label=size,
        generator=first.generator if written else "",
        demonstrations=first.demonstrations if written else "",
    )
    return sets.get(_key(other))


def _results(row: tuple[ResultGroup, tuple[str, str]] | None) -> Sequence[Result]:
    if row is None:
        return ()
    group, name = row
    return group.results[name]


def _scored(group: ResultGroup, name: tuple[str, str]) -> Scored:
    mine = group.results[name]
    return Scored(group.samples[name], draws_of(mine), any(result.short for result in mine))


# ---- what to do


class Advice(NamedTuple):
    """Advice for so many real texts: one of `GENERATE`, `LABEL`, `BOTH` and `CANNOT_TELL`, and why."""

    do: str
    why: str = ""

    def __str__(self) -> str:
        return f"{self.do}: {self.why}" if self.why else self.do


def advised(of_set: Sequence[Mixture], *, label_price: float) -> Iterator[tuple[Mixture, Advice]]:
    """Yield each mixture of one set of written texts, from few real texts to many, with the advice for it.

    `label_price` is that of a label, in US dollars. It is `GENERATE` if the written texts are surely worth further
    labels (the 95 % interval lies above 0) and cost less than the fewest that it holds, `LABEL` if they are surely
    worth no further one, or cost more than the most that they may be worth; `BOTH` if to generate pays, and will still
    pay with the next larger number of real texts that was measured. A worth below the smallest size of the learning
    curve may be anything from 0 up to that size: only with as many real texts is it surely none.
    """
    alone = [_advice(mixture, label_price) for mixture in of_set]
    for place, (mixture, advice) in enumerate(zip(of_set, alone, strict=True)):
        pays_later = advice.do == GENERATE and alone[place + 1 : place + 2] and alone[place + 1].do == GENERATE
        if pays_later:
            more = of_set[place + 1].real_per_label
            yield mixture, Advice(BOTH, "; ".join(filter(None, [advice.why, f"it pays with {more} too"])))
        else:
            yield mixture, advice


def _advice(mixture: Mixture, label_price: float) -> Advice:
    further, over_edited = mixture.further, mixture.over_edited
    if mixture.draws < 2:
        return Advice(CANNOT_TELL, "one draw of the texts")
    if further is None:
        return Advice(CANNOT_TELL, "no learning curve of real texts")
    if over_edited is not None and over_edited.high < 0:
        return Advice(LABEL, "edits of the real texts do better than written ones, for nothing")
    # Below its smallest size the curve says nothing but that: the worth may be all that lies under it.
    most_labels = max(further.high, further.least)
    if most_labels <= 0:
        return Advice(LABEL, "the written texts are worth no further label")
    each = label_price * mixture.labels
    if mixture.usd is not None and mixture.usd > most_labels * each:
        return Advice(LABEL, "that costs less")
    if further.high < further.least:
        fewer = f"they are worth fewer than {further.least:.0f} further labels of each, perhaps none"
        return Advice(CANNOT_TELL, fewer)
    if further.low <= 0:
        return Advice(CANNOT_TELL, "they may be worth no further label")
    fewest_labels = min(further.low, further.most)
    if fewest_labels <= 0:
        return Advice(CANNOT_TELL, "they reach beyond the learning curve of real texts")
    fewest = fewest_labels * each
    no_better = over_edited is not None and over_edited.low <= 0
    free = "edits of the real texts, for nothing, may do as well" if no_better else ""
    if mixture.usd is None:
        unknown = f"if it costs less than {in_usd(fewest)}; price or tokens unknown"
        return Advice(GENERATE, "; ".join(filter(None, [unknown, free])))
    if mixture.usd >= fewest:
        return Advice(CANNOT_TELL, "either may cost less")
    return Advice(GENERATE, free)
