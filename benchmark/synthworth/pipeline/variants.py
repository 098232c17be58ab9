"""Compare methods on a few texts each, before many are paid for: labels, a quick score, diversity, faults."""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean
from typing import Any, NamedTuple

from synthworth.core import Example, Progress, unreported
from synthworth.generation import REPORTED, AnswerContext
from synthworth.measures import RUN, SAME, Originals, diversity, metrics
from synthworth.measures.statistics import jackknife_error
from synthworth.pipeline.run import Run
from synthworth.pipeline.training_sets import REAL
from synthworth.training import fit_frozen

JUDGE_TEXTS = 500  # real training texts of each label that the judge learns from
TEST_TEXTS = 2000  # real test texts that a score is about, drawn by the task's name
RULES = {rule.__name__: rule for rule in REPORTED}  # that flag texts which were not held to them
MEASURES = ("fidelity", "score", "distinct_2", "remote_clique", *RULES, "copies")
# The least and the most that each measure, and the gain in score over another method, can be.
BOUNDS = {name: (0.0, 2.0 if name == "remote_clique" else 1.0) for name in MEASURES} | {"gain": (-1.0, 1.0)}

Embed = Callable[[Sequence[str]], Any]
Predict = Callable[[Any], list[str]]


class Jackknifed(NamedTuple):
    """A measure of all texts, and without each part of them: the texts that stand at one place in their labels."""

    value: float
    without: tuple[float, ...]

    @property
    def error(self) -> float:
        """The standard error, in the unit of the measure."""
        return jackknife_error(self.without)


@dataclass(frozen=True, kw_only=True)
class Variant:
    """The measures of one method's texts for one task, each with what a jackknife needs.

    `fidelity`: the share of texts to which the judge gives the label that was asked for. `score`: the Macro-F1 on real
    test texts of a logistic regression on the frozen embeddings of these. `distinct_2`, `remote_clique`: diversity,
    each a mean over labels. The name of a rule of `REPORTED`: the share of texts that it flags.
    `copies`: the share that copy a demonstration of any label.
    """

    task: str
    method: str
    texts: int
    attempts: int
    measures: Mapping[str, Jackknifed]


@dataclass(frozen=True, kw_only=True)
class RealTexts:
    """Real texts of a task that judge written ones: a classifier, and test texts with their labels."""

    judge: Predict
    test: Any
    gold: Sequence[str]


def variants_of(run: Run, methods: Iterable[str], *, embed: Embed, progress: Progress = unreported) -> list[Variant]:
    """Measure the texts of each method for a task, at the quota and seed of the run's settings.

    Raises ValueError if texts cannot be made, or the data hold no real training texts.
    """
    sets = {method: run.sets.generated(method) for method in methods}
    real, measured = _real_texts(run, embed), list[Variant]()
    for place, (method, generated) in enumerate(sets.items()):
        progress(f"measuring {run.task.name}", place, len(sets))
        measures = _measures(run, generated.examples, real, embed)
        measured.append(
            Variant(
                task=run.task.name,
                method=method,
                texts=len(generated.examples),
                attempts=generated.attempts,
                measures=measures,
            )
        )
    return measured


def mean_over_tasks(variants: Sequence[Variant], measure: str) -> tuple[float, float]:
    """Return a method's mean over tasks and its standard error.

    The tasks are taken as they are: the error is that of the texts, not of other tasks.
    """
    estimates = [variant.measures[measure] for variant in variants]
    return fmean(e.value for e in estimates), sqrt(sum(e.error**2 for e in estimates)) / len(estimates)


def mean_difference(variants: Sequence[Variant], others: Sequence[Variant], measure: str) -> tuple[float, float]:
    """Return the mean over tasks of a measure's difference, and its standard error, paired where the parts pair up.

    `variants` and `others` are those of two methods, of the same tasks in the same order.
    """
    values, variances = [], []
    for one, other in zip(variants, others, strict=True):
        a, b = one.measures[measure], other.measures[measure]
        values.append(a.value - b.value)
        if len(a.without) == len(b.without):
            variances.append(jackknife_error([x - y for x, y in zip(a.without, b.without, strict=True)]) ** 2)
        else:
            variances.append(a.error**2 + b.error**2)
    return fmean(values), sqrt(sum(variances)) / len(values)


def _real_texts(run: Run, embed: Embed) -> RealTexts:
    quota = run.settings.per_label
    shown = set(run.sets.generated(REAL).examples)  # the row `real` must not be judged by what learnt from it
    known = [e for e in run.sets.generated(REAL, quota + JUDGE_TEXTS).examples if e not in shown]
    if {example.label for example in known} != set(run.task.labels):
        raise ValueError(
            f"task {run.task.name!r}: {len(run.data.train)} real training texts leave no judge beside {quota} "
            "per label; give more, or ask for fewer texts"
        )
    test = sorted(run.data.test, key=lambda example: example.id)
    random.Random(run.task.name).shuffle(test)
    test = test[:TEST_TEXTS]
    judge = fit_frozen(embed([e.text for e in known]), [e.label for e in known])
    return RealTexts(judge=judge, test=embed([e.text for e in test]), gold=[e.label for e in test])


def _measures(run: Run, examples: Sequence[Example], real: RealTexts, embed: Embed) -> dict[str, Jackknifed]:
    texts, asked = [e.text for e in examples], [e.label for e in examples]
    embeddings = embed(texts)
    given = real.judge(embeddings)
    copied = {
        copy.text for copy in Originals([e.text for e in run.task.pool], shown=True).copies(texts, rules=(SAME, RUN))
    }
    context = AnswerContext(task=run.task)
    flags: dict[str, list[bool]] = {
        "fidelity": [mine == other for mine, other in zip(asked, given, strict=True)],
        **{name: [rule(text, context) for text in texts] for name, rule in RULES.items()},
        "copies": [row in copied for row in range(len(texts))],
    }

    def measured(rows: Sequence[int]) -> dict[str, float]:
        predict = fit_frozen(embeddings[rows], [asked[row] for row in rows])
        counts = metrics.confusion(real.gold, predict(real.test), list(run.task.labels))
        of_labels = [[row for row in rows if asked[row] == label] for label in run.task.labels]
        return {
            **{name: fmean(flag[row] for row in rows) for name, flag in flags.items()},
            "score": float(metrics.macro_f1(counts)),
            "distinct_2": fmean(diversity.distinct_n([texts[row] for row in one], 2) for one in of_labels),
            "remote_clique": fmean(diversity.remote_clique(embeddings[one]) for one in of_labels),
        }

    everything = measured(range(len(texts)))
    parts = [measured(rows) for rows in _without_each_part(asked)]
    return {name: Jackknifed(everything[name], tuple(part[name] for part in parts)) for name in MEASURES}


def _without_each_part(labels: Sequence[str]) -> list[list[int]]:
    """Return the rows without the first text of every label, without the second ones, and so on."""
    seen = dict.fromkeys(labels, 0)
    places = []
    for label in labels:
        places.append(seen[label])
        seen[label] += 1
    return [[row for row, place in enumerate(places) if place != part] for part in range(max(places) + 1)]
