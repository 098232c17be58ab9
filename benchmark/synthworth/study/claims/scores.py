"""The scores that claims are asked of, from results of one kind; what is missing is named with what makes it."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synthworth.core.errors import unknown
from synthworth.core.result import DATA, Result
from synthworth.measures.metrics import accuracy, macro_f1
from synthworth.measures.statistics import bootstrap
from synthworth.measures.statistics.variance import SeedScore
from synthworth.study.claims.over_tasks import METHODS

MEASURES = {"macro_f1": macro_f1, "accuracy": accuracy}
GENERATOR, DEMONSTRATIONS = "smollm2-135m", "pool"  # where the command line names none

Cells = dict[str, dict[str, list[Result]]]  # results by task, then method


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """What results share that are compared: data (hub, mirror or quickstart), classifier, size, and who wrote.

    `per_label` is in texts, 0 for all there are; `seeds` is how many training seeds each task and method must have.
    """

    data: str
    classifier: str
    per_label: int
    generator: str = GENERATOR
    demonstrations: str = DEMONSTRATIONS
    seeds: int = 1

    def __post_init__(self) -> None:
        if self.data not in DATA:
            raise ValueError(unknown("data", self.data, DATA, "data"))


def scores_of(
    results: Sequence[Result],
    conditions: Conditions,
    *,
    tasks: Sequence[str] = (),
    methods: Sequence[str] = METHODS,
    measure: str = "macro_f1",
) -> dict[str, dict[str, list[float]]]:
    """Scores by task, method and seed, for the claims over tasks; without `tasks`, of all with results of that data.

    ValueError where results are missing, which it names with the command that makes them, where a task has results
    of several versions, or where the measure is unknown (macro_f1, accuracy).
    """
    if measure not in MEASURES:
        raise ValueError(unknown("measure", measure, MEASURES))
    cells = _cells(results, conditions, tasks, methods)
    return {
        task: {method: [getattr(result, measure) for result in found] for method, found in of.items()}
        for task, of in cells.items()
    }


def seed_scores_of(
    results: Sequence[Result], conditions: Conditions, *, task: str, method: str, measure: str = "macro_f1"
) -> list[SeedScore]:
    """Scores of one task and method by seed, each with the variance of its test rows, for `mixing_does_not_help_on`.

    The variance is that of resampled confusion counts, within true labels. Errors as in `scores_of`.
    """
    if measure not in MEASURES:
        raise ValueError(unknown("measure", measure, MEASURES))
    found = _cells(results, conditions, (task,), (method,))[task][method]
    return [
        SeedScore(
            result.generation_seed,
            result.training_seed,
            getattr(result, measure),
            float(bootstrap.resampled_counts(np.array(result.confusion), MEASURES[measure]).var(ddof=1)),
        )
        for result in found
    ]


def _cells(results: Sequence[Result], conditions: Conditions, tasks: Sequence[str], methods: Sequence[str]) -> Cells:
    """Results by task and method; ValueError where some are missing, or of several versions."""
    there = [result for result in {r.key: r for r in results}.values() if _fits(result, conditions, methods)]
    tasks = tasks or sorted({result.task for result in results if result.data == conditions.data})
    cells: Cells = {task: {method: [] for method in methods} for task in tasks}
    for result in there:
        if result.task in cells:
            cells[result.task][result.method].append(result)
    if problem := _missing(cells, conditions, methods):
        raise ValueError(problem)
    for task, of in cells.items():
        versions = {(r.suite_version, r.task_version, r.data_version) for found in of.values() for r in found}
        if len(versions) > 1:
            told = ", ".join(f"suite {suite} task {version} data {data}" for suite, version, data in sorted(versions))
            raise ValueError(f"results of {task} have several versions, which do not compare: {told}; give one of them")
    return cells


def _fits(result: Result, conditions: Conditions, methods: Sequence[str]) -> bool:
    same = (conditions.data, conditions.classifier, conditions.per_label)
    return (
        result.method in methods
        and (result.data, result.classifier, result.per_label) == same
        and result.generator in ("", conditions.generator)
        and result.demonstrations in ("", conditions.demonstrations)
    )


def _missing(cells: Cells, conditions: Conditions, methods: Sequence[str]) -> str:
    """Which results there are too few of, and the command that makes them; "" where all are there."""
    size = f"{conditions.per_label} texts per label" if conditions.per_label else "all texts"
    about = f"results of {conditions.classifier}, {size}, {conditions.data} data"
    lacking: dict[str, list[str]] = {} if cells else {method: [] for method in methods}
    for task, of in cells.items():
        for method, found in of.items():
            seeds = len({result.training_seed for result in found})
            if seeds < conditions.seeds:
                some = f"{task} ({seeds} of {conditions.seeds} seeds)" if seeds else task
                lacking.setdefault(method, []).append(some)
    if not lacking:
        return ""
    told = "; ".join(f"{method} of {', '.join(tasks) or 'any task'}" for method, tasks in lacking.items())
    return f"missing {about}: {told}; make them with: {_command(conditions, list(lacking))}"


def _command(conditions: Conditions, methods: Sequence[str]) -> str:
    given = {
        "data": "DIR" if conditions.data == "mirror" else conditions.data,
        "generator": "" if conditions.generator == GENERATOR else conditions.generator,
        "demonstrations": "" if conditions.demonstrations == DEMONSTRATIONS else conditions.demonstrations,
        "method": ",".join(methods),
        "classifier": conditions.classifier,
        "per-label": str(conditions.per_label),
        "seeds": str(conditions.seeds),
        "results": "FILE",
    }
    options = (f"--synth-{name} {shlex.quote(value)}" for name, value in given.items() if value)
    return " ".join(["pytest suites", *options])
