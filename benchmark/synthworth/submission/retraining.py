"""The scores of a bundle beside those of classifiers trained anew on its texts, within what training seeds scatter."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import NamedTuple

from synthworth.core.result import Result, digest, version_of
from synthworth.core.task import Example
from synthworth.measures.statistics.repetition import Scatter, pooled_scatter, repetition_tolerance, scatter_of_mean
from synthworth.submission.bundle import Bundle
from synthworth.submission.contents import BundleText, BundleVersions
from synthworth.submission.rescoring import TaskWithData
from synthworth.training import recipes
from synthworth.training.environment import environment
from synthworth.training.scheduler import Cell, Training

FALSE_ALARMS = 0.01  # the chance that an honest bundle, as a whole, exceeds any tolerance
LARGEST = 0.25  # tolerance of a score: a larger one would let anything pass
ALIKE = ("task", "task_version", "suite_version", "classifier")


class Setup(NamedTuple):
    """A classifier on a training set: the results of its training seeds are averaged."""

    task: str
    generation_seed: int
    classifier: str


@dataclass(frozen=True, kw_only=True)
class ScorePair:
    """A mean score over the `first` seeds of the bundle and over `seeds` here, and how far such scores scatter."""

    setup: Setup
    given: float
    again: float
    first: int
    seeds: int
    differing: int
    exact: bool
    scatter: Scatter


@dataclass(frozen=True, kw_only=True)
class Repetition:
    """A mean Macro-F1 as the bundle gives it, over its training seeds, and trained again, over `seeds` of these.

    `task` is "" for the mean over all tasks. `tolerance` is how far the two may lie apart, by how far seeds scatter;
    None where predictions had to be equal. `differing` counts test rows predicted otherwise by the same seed.
    """

    task: str
    generation_seed: int
    classifier: str
    given: float
    again: float
    seeds: int
    tolerance: float | None
    differing: int

    @property
    def problem(self) -> str:
        """Why the two do not agree; "" where they do."""
        where = f"{self.task or 'mean of the tasks'}, generation seed {self.generation_seed}, {self.classifier}"
        if self.tolerance is None:
            equal = not self.differing
            told = f"{self.differing} test rows are predicted otherwise, where equal predictions are expected"
        elif self.tolerance > LARGEST:
            equal = False
            known = (
                "is not known" if math.isinf(self.tolerance) else f"would be {self.tolerance:.2f}, and tells nothing"
            )
            told = f"the tolerance {known}: give --reference results of several training seeds, or ask for more --seeds"
        else:
            equal = abs(self.given - self.again) <= self.tolerance
            told = f"they may differ by {self.tolerance:.3f}"
        shown = f"{where}: Macro-F1 {self.given:.3f} in the bundle, {self.again:.3f} trained again on its texts"
        return "" if equal else f"{shown}; {told}"


def cell_of(known: TaskWithData, texts: Sequence[BundleText], classifier: str, seed: int) -> Cell:
    """The classifier to train on these texts, on one CPU thread as all are by default."""
    chosen = recipes.recipe(classifier)
    return Cell(
        name=f"{known.task.name}/{chosen.name}",
        recipe=chosen,
        train=tuple(Example(id=str(i), text=text.text, label=text.label) for i, text in enumerate(texts)),
        train_version=version_of(texts),
        texts=tuple(example.text for example in known.data.test),
        test_version=known.data.version,
        labels=tuple(known.task.labels),
        seed=seed,
    )


def trained_again(
    bundle: Bundle,
    known: Mapping[str, TaskWithData],
    training: Training,
    reference: Sequence[Result],
    *,
    classifiers: Sequence[str],
    seeds: int,
) -> list[Repetition]:
    """Trains anew on the bundle's texts, by the first `seeds` of its training seeds, and compares: each, and the means.

    Equal predictions are expected where machine, code and libraries are those of the bundle, and of a recipe without
    an encoder everywhere: in 48 trainings of tfidf on shuffled texts, whose sums round otherwise, no prediction of
    36,372 changed. Elsewhere seeds of `reference`, and those trained here, say how far a score scatters.
    """
    given: dict[Setup, dict[int, Result]] = defaultdict(dict)
    for result in bundle.results:
        if result.classifier in classifiers:
            given[Setup(result.task, result.generation_seed, result.classifier)][result.training_seed] = result
    cells = {
        (setup, seed): cell_of(known[setup.task], bundle.texts[setup[:2]], setup.classifier, seed)
        for setup, results in given.items()
        for seed in sorted(results)[:seeds]
    }
    if training.ahead:
        training.start(cells.values())
    found = []
    for setup, results in given.items():
        again, differing = [], 0
        for seed in sorted(results)[:seeds]:
            predicted = training.predicted(cells[setup, seed]).labels
            differing += sum(a != b for a, b in zip(predicted, results[seed].predictions, strict=True))
            again.append(known[setup.task].macro_f1(predicted))
        compared = ScorePair(
            setup=setup,
            given=fmean(result.macro_f1 for result in results.values()),
            again=fmean(again),
            first=len(results),
            seeds=len(again),
            differing=differing,
            exact=_exact(setup.classifier, bundle.versions),
            scatter=_scatter(next(iter(results.values())), reference, again),
        )
        found.append(compared)
    return _judged(found)


def machine_of(classifier: str) -> str:
    """A hash of everything but its inputs that decides what a classifier predicts when it is trained here."""
    return digest(environment(recipes.recipe(classifier)))


def _exact(classifier: str, versions: BundleVersions) -> bool:
    return not recipes.recipe(classifier).encoder or versions.machines.get(classifier) == machine_of(classifier)


def _scatter(result: Result, reference: Sequence[Result], again: Sequence[float]) -> Scatter:
    """How far scores like that of `result` scatter between training seeds.

    By reference results of the task with the same classifier, the nearest there are of several seeds: on the same data
    and of the same size, of the same size, any. And by what was trained here; not by the bundle's own results, which
    would widen their own tolerance.
    """
    alike = [one for one in reference if all(getattr(one, name) == getattr(result, name) for name in ALIKE)]
    sized = [one for one in alike if one.per_label == result.per_label]
    scored = [one for one in sized if (one.data, one.data_version) == (result.data, result.data_version)]
    for nearest in (scored, sized, alike):
        groups: dict[tuple[str | int, ...], list[float]] = defaultdict(list)
        for one in nearest:
            groups[one.setup].append(one.macro_f1)
        if any(len(group) > 1 for group in groups.values()):
            return pooled_scatter([*groups.values(), again])
    return pooled_scatter([again])


def _judged(found: Sequence[ScorePair]) -> list[Repetition]:
    """With the tolerance of each, and the means over tasks of those that have one."""
    apart: dict[tuple[int, str], list[ScorePair]] = defaultdict(list)
    for one in found:
        if not one.exact:
            apart[one.setup.generation_seed, one.setup.classifier].append(one)
    means = [
        ScorePair(
            setup=Setup("", *at),
            given=fmean(one.given for one in members),
            again=fmean(one.again for one in members),
            first=min(one.first for one in members),
            seeds=min(one.seeds for one in members),
            differing=sum(one.differing for one in members),
            exact=False,
            scatter=scatter_of_mean([one.scatter for one in members]),
        )
        for at, members in apart.items()
        if len(members) > 1
    ]
    comparisons = sum(map(len, apart.values())) + len(means)
    return [
        Repetition(
            **one.setup._asdict(),
            given=one.given,
            again=one.again,
            seeds=one.seeds,
            differing=one.differing,
            tolerance=None
            if one.exact
            else repetition_tolerance(
                one.scatter, first=one.first, again=one.seeds, comparisons=comparisons, false_alarms=FALSE_ALARMS
            ),
        )
        for one in (*found, *means)
    ]
