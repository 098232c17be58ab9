"""Simulated studies of all tasks: how often an interval of the leaderboard holds the truth, and tiers part equals."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

import numpy as np

from synthworth.generation.methods import REAL
from synthworth.leaderboard import estimates
from synthworth.leaderboard.estimates import TaskContrast
from synthworth.leaderboard.learning_curve import LearningCurve, mean_curve
from synthworth.leaderboard.simulated.measured import Name
from synthworth.leaderboard.simulated.world import SimulatedMethod, StudyDesign, World
from synthworth.leaderboard.tiers import tiers_of
from synthworth.measures.statistics import Estimate, Sample, real_examples

QUANTITIES = ("Macro-F1, real", "Macro-F1, written", "drop", "gap recovered", "worth", "three equal methods")
EQUAL = 3
SLACK = 1e-9


@dataclass
class Tally:
    """Counts of one quantity: how often the interval held the truth, or equals were parted, of how many."""

    hits: dict[str, int] = field(default_factory=dict)
    of: dict[str, int] = field(default_factory=dict)

    def add(self, task: str, hit: bool) -> None:
        """Count one interval."""
        self.of[task] = self.of.get(task, 0) + 1
        self.hits[task] = self.hits.get(task, 0) + hit

    @property
    def share(self) -> float:
        """The share over all tasks."""
        return sum(self.hits.values()) / sum(self.of.values())

    def share_of(self, task: str) -> float:
        """The share of one task."""
        return self.hits[task] / self.of[task]


Tallies = Mapping[tuple[str, bool], Tally]  # by quantity, and True for the mean over tasks


@dataclass(frozen=True, kw_only=True)
class _TaskStudy:
    """One simulated study of one task: samples, and what is true."""

    world: World
    written: SimulatedMethod
    curve: Mapping[int, Sample]
    real: Sample
    equal: Sequence[Sample]
    on_curve: SimulatedMethod
    """A written set whose true score lies on the curve of real texts, with the variances of `written`."""
    scores_on_curve: Sample

    @property
    def contrast(self) -> TaskContrast:
        return TaskContrast(self.equal[0], self.real, self.world.floor)


def tallies(worlds: Sequence[World], design: StudyDesign, per_label: int, *, trials: int, seed: int) -> Tallies:
    """Count over simulated studies of all tasks how often each interval holds the truth; written methods take turns."""
    common = set.intersection(*({name for name in world.cells if name[0] != REAL} for world in worlds))
    methods = sorted(common)
    found = {(quantity, mean): Tally() for mean in (False, True) for quantity in QUANTITIES}
    for trial in range(trials):
        random = np.random.default_rng([seed, trial])
        written = methods[trial % len(methods)]
        studies = [_study(world, written, design, per_label, random) for world in worlds]
        for mean, of_tasks in ((False, [[study] for study in studies]), (True, [studies])):
            for tasks in of_tasks:
                for quantity, hit in _judged(tasks, per_label):
                    found[quantity, mean].add(tasks[0].world.name, hit)
    return found


def _study(world: World, written: Name, design: StudyDesign, per_label: int, random: np.random.Generator) -> _TaskStudy:
    sizes = sorted(name[2] for name in world.cells if name[0] == REAL)
    real, mine = [world.cells[REAL, "", size] for size in sizes], world.cells[written]
    half = len(sizes) // 2
    on_curve = replace(mine, centre=fmean(cell.truth for cell in real[max(0, half - 1) : half + 1]))
    sides = [*((cell, design.real) for cell in real), *((cell, design.written) for cell in (*[mine] * EQUAL, on_curve))]
    samples = world.samples(sides, design.trainings, random)
    curve = dict(zip(sizes, samples, strict=False))
    *equal, scores_on_curve = samples[len(sizes) :]
    return _TaskStudy(
        world=world,
        written=mine,
        curve=curve,
        real=curve[per_label],
        equal=equal,
        on_curve=on_curve,
        scores_on_curve=scores_on_curve,
    )


def _judged(tasks: Sequence[_TaskStudy], per_label: int) -> Iterator[tuple[str, bool]]:
    """Yield for each quantity of a study, of one task or the mean over several, whether it holds the truth."""
    true_real = fmean(task.world.cells[REAL, "", per_label].truth for task in tasks)
    true_written = fmean(task.written.truth for task in tasks)
    floor = fmean(task.world.floor for task in tasks)
    yield QUANTITIES[0], _holds(estimates.score_over_tasks([task.real for task in tasks]), true_real)
    yield QUANTITIES[1], _holds(estimates.score_over_tasks([task.equal[0] for task in tasks]), true_written)
    contrasts = [task.contrast for task in tasks]
    yield QUANTITIES[2], _holds(estimates.drop(contrasts), true_real - true_written)
    if gap := estimates.gap_recovered(contrasts):
        yield QUANTITIES[3], _holds(gap, (true_written - floor) / (true_real - floor))
    curve = mean_curve([LearningCurve({n: [sample] for n, sample in task.curve.items()}) for task in tasks])
    if curve:
        truth = {n: fmean(task.world.cells[REAL, "", n].truth for task in tasks) for n in curve.points}
        found = curve.worth([task.scores_on_curve for task in tasks])
        number = float(real_examples(truth, fmean(task.on_curve.truth for task in tasks)))
        yield QUANTITIES[4], found.low - SLACK <= number <= found.high + SLACK
    parted, _ = tiers_of({place: [task.equal[place] for task in tasks] for place in range(EQUAL)})
    yield QUANTITIES[5], len(set(parted.values())) > 1


def _holds(estimate: Estimate, truth: float) -> bool:
    return estimate.low - SLACK <= truth <= estimate.high + SLACK
