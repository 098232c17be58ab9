"""The scores that claims are about, from results of one kind; missing ones are named with the command to get them."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from synthworth.core import BALANCED, DATA, Result, unknown
from synthworth.leaderboard import runs_of
from synthworth.measures import accuracy, macro_f1
from synthworth.measures.statistics import SeedScore, bootstrap
from synthworth.study.claims.over_tasks import COMPARED

MEASURES = {"macro_f1": macro_f1, "accuracy": accuracy}
GENERATOR, DEMONSTRATIONS = "smollm2-135m", "pool"  # the defaults of the command line

Cells = dict[str, dict[str, list[Result]]]  # results by task, then method


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """The conditions that compared results share, and the series that play a role in claims."""

    data: str
    """hub, mirror or quickstart."""
    classifier: str
    per_label: int
    """Texts per label; 0: all there are."""
    generator: str = ""
    """Only its texts; "" for those of every generator and file."""
    demonstrations: str = ""
    """Only texts with these: pool or real; "" for all."""
    seeds: int = 1
    """Training seeds that each task and method must have."""
    with_examples: str = ""
    """The series written with examples in the prompt, as figures name it; "": told from the results."""
    without_examples: str = ""
    """The series written without any; "": told from the results."""

    def __post_init__(self) -> None:
        if self.data not in DATA:
            raise ValueError(unknown("data", self.data, DATA, "data"))

    def is_about(self, result: Result) -> bool:
        """Return True if a result has the generator and demonstrations asked for; real texts have neither.

        The study is about balanced labels alone.
        """
        if result.shares != BALANCED:
            return False
        return (not self.generator or result.generator in ("", self.generator)) and (
            not self.demonstrations or result.demonstrations in ("", self.demonstrations)
        )


def scores_of(
    results: Sequence[Result],
    conditions: Conditions,
    *,
    tasks: Sequence[str] = (),
    methods: Sequence[str] = COMPARED,
    measure: str = "macro_f1",
) -> dict[str, dict[str, list[float]]]:
    """Return scores by task, method and run, for the claims over tasks; without `tasks`, of all with that data.

    Runs are those of the leaderboard's `runs_of`: draws of the texts if there are several, else training seeds. Raises
    ValueError, with the command that makes them, if results are missing; if a task has results of several versions or
    writers; or if the measure is unknown (macro_f1, accuracy).
    """
    if measure not in MEASURES:
        raise ValueError(unknown("measure", measure, MEASURES))
    cells = _cells(results, conditions, tasks, methods)
    return {
        task: {
            method: [fmean(getattr(result, measure) for result in run) for run in runs_of(cell)]
            for method, cell in of.items()
        }
        for task, of in cells.items()
    }


def seed_scores_of(
    results: Sequence[Result], conditions: Conditions, *, task: str, method: str, measure: str = "macro_f1"
) -> list[SeedScore]:
    """Return scores of one task and method by seed, with the variance of test rows, for `mixing_does_not_help_on`.

    The variance is that of resampled confusion counts, within true labels. A generation seed that gave the texts of
    another one is not another draw, and counts as that one. Errors as in `scores_of`.
    """
    if measure not in MEASURES:
        raise ValueError(unknown("measure", measure, MEASURES))
    cell = sorted(_cells(results, conditions, (task,), (method,))[task][method], key=lambda result: result.key)
    first = {result.train_version: result.generation_seed for result in reversed(cell)}
    once = {(first[result.train_version], result.training_seed): result for result in cell}
    return [
        SeedScore(
            generation_seed,
            result.training_seed,
            getattr(result, measure),
            float(bootstrap.resampled_counts(np.array(result.confusion), MEASURES[measure]).var(ddof=1)),
        )
        for (generation_seed, _), result in once.items()
    ]


def _cells(results: Sequence[Result], conditions: Conditions, tasks: Sequence[str], methods: Sequence[str]) -> Cells:
    """Return results by task and method; raises ValueError if some are missing, or of several versions or writers."""
    there = [result for result in {r.key: r for r in results}.values() if _fits(result, conditions, methods)]
    tasks = tasks or sorted({result.task for result in results if result.data == conditions.data})
    cells: Cells = {task: {method: [] for method in methods} for task in tasks}
    for result in there:
        if result.task in cells:
            cells[result.task][result.method].append(result)
    if problem := _missing(cells, conditions, methods):
        raise ValueError(problem)
    for task, of in cells.items():
        versions = {(r.suite_version, r.task_version, r.data_version) for cell in of.values() for r in cell}
        if len(versions) > 1:
            listed = ", ".join(f"suite {suite} task {version} data {data}" for suite, version, data in sorted(versions))
            raise ValueError(
                f"results of {task} have several versions, which do not compare: {listed}; give one of them"
            )
        for method, some in of.items():
            if len(writers := sorted({r.generator for r in some})) > 1:
                raise ValueError(f"results of {task}, {method} are by {' and '.join(writers)}; name one generator")
    return cells


def _fits(result: Result, conditions: Conditions, methods: Sequence[str]) -> bool:
    same = (conditions.data, conditions.classifier, conditions.per_label)
    return (
        result.method in methods
        and (result.data, result.classifier, result.per_label) == same
        and conditions.is_about(result)
    )


def _missing(cells: Cells, conditions: Conditions, methods: Sequence[str]) -> str:
    """Return which results are too few, and the command that makes them; "" if all are there."""
    size = f"{conditions.per_label} texts per label" if conditions.per_label else "all texts"
    about = f"results of {conditions.classifier}, {size}, {conditions.data} data"
    lacking: dict[str, list[str]] = {} if cells else {method: [] for method in methods}
    for task, of in cells.items():
        for method, cell in of.items():
            seeds = len({result.training_seed for result in cell})
            if seeds < conditions.seeds:
                some = f"{task} ({seeds} of {conditions.seeds} seeds)" if seeds else task
                lacking.setdefault(method, []).append(some)
    if not lacking:
        return ""
    listed = "; ".join(f"{method} of {', '.join(tasks) or 'any task'}" for method, tasks in lacking.items())
    return f"missing {about}: {listed}; make them with: {_command(conditions, list(lacking))}"


def _command(conditions: Conditions, methods: Sequence[str]) -> str:
    given = {
        "data": "DIR" if conditions.data == "mirror" else conditions.data,
        "generator": "" if conditions.generator == GENERATOR else conditions.generator,
        "demonstrations": "" if conditions.demonstrations == DEMONSTRATIONS else conditions.demonstrations,
        "method": ",".join(methods),
        "classifier": conditions.classifier,
        "per-label": str(conditions.per_label),
        "seeds": str(conditions.seeds),
        "results": "results.jsonl",
    }
    options = (f"--synth-{name} {shlex.quote(value)}" for name, value in given.items() if value)
    pattern = " (DIR is the folder of your mirror)" if given["data"] == "DIR" else ""
    return " ".join(["pytest suites", *options]) + pattern
