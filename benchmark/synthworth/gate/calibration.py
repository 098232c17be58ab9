"""`python -m synthworth calibrate`: how often the gate fires on nothing, and what it tells, on results of one's own."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from synthworth.core import tables
from synthworth.core.result import Result, read
from synthworth.gate.error_rates import DROPS, Design, ErrorRates, MeasuredCell, simulated_rates, split_rates
from synthworth.gate.verdict import ALPHA
from synthworth.measures.statistics import share_interval
from synthworth.pipeline import dataset
from synthworth.pipeline.replay import suites_in
from synthworth.training.recipes import recipe

SEEDS = (3, 5)
FORMATS = ("plain", "github")
HEADERS = ("what differs between A and A", "a side", "together", "alarms", "95 %", "stated", "missed", "1 pt", "2", "5")
NOTE = (
    "alarms: families of comparisons of A with A of which any was called regressed, and their 95 % interval; missed: "
    "drops of the margin or more called ok. 1 pt, 2, 5: planted drops of as many points of Macro-F1 that were called "
    "regressed. a side: generation x training seeds. The last lines read a verdict about texts as one about their "
    "prompt, which it is not: what one draw of texts is luckier than another is then an alarm."
)


def calibrate(
    files: Sequence[Path],
    data: str,
    suites: Sequence[Path],
    *,
    trials: int = 200,
    margin: float = 0.01,
    seeds: Sequence[int] = SEEDS,
    form: str = "plain",
) -> str:
    """The table of false alarms and of planted drops told, from the results in these files; ValueError for too few.

    `data` is a folder of a mirror, or quickstart or hub: the true labels of the test rows are not in a result.
    """
    tables.check_format(form, FORMATS)
    if trials < 1:
        raise ValueError(f"{trials} trials; give at least 1")
    cells = list(measured_cells([result for file in files for result in read(file)], data, suites))
    if not cells:
        raise ValueError(
            f"{', '.join(map(str, files))}: no cell of several training seeds whose predictions were kept, written by "
            "a generator and trained on by an encoder; measure some with --synth-seeds 3"
        )
    lines: list[tuple[str, ...]] = []
    if any(len(of) > 2 for cell in cells for of in cell.predictions.values()):
        lines += _lines("training seeds, as measured", "half", split_rates(cells, trials=trials, margin=margin))
    for drawn, generations, name in (
        (False, 1, "training seeds, simulated"),
        (True, 0, "texts and training seeds, simulated"),
        (True, 1, "the same, read as about the prompt"),
    ):
        for number in seeds:
            design = Design(generations=generations or number, trainings=number if generations else 1, drawn=drawn)
            found = simulated_rates(cells, design, trials=trials, margin=margin)
            lines += _lines(name, f"{design.generations} x {design.trainings}", found)
    rows = [dict(zip(HEADERS, line, strict=True)) for line in lines]
    table = tables.grid(tables.Table(title="error rates", rows=rows, left=HEADERS[:2]), form)
    return f"{_described(cells)}\n\n{table}\n\n{NOTE}\n"


def measured_cells(results: Sequence[Result], data: str, suites: Sequence[Path]) -> Iterator[MeasuredCell]:
    """The cells of which several training seeds were kept; ValueError where the data are not those of the results."""
    tasks = {suite.task.name: suite for suite in suites_in(suites)}
    cells: dict[tuple[str, str, str, int, str, str], list[Result]] = {}
    for result in results:
        if result.predicted and result.generator and recipe(result.classifier).encoder:
            made_by = result.generator, result.demonstrations
            key = (result.task, result.method, result.classifier, result.per_label, *made_by)
            cells.setdefault(key, []).append(result)
    loaded: dict[str, dataset.Data] = {}
    for (task, method, classifier, per_label, *_), measured in sorted(cells.items()):
        found = [r for r in measured if r.task_version == max(r.task_version for r in measured)]
        by_seed: dict[int, dict[int, tuple[str, ...]]] = {}
        for result in sorted(found, key=lambda r: (r.generation_seed, r.training_seed)):
            by_seed.setdefault(result.generation_seed, {})[result.training_seed] = result.predictions
        if all(len(of) < 2 for of in by_seed.values()):
            continue
        if task not in tasks:
            raise ValueError(f"no suite of {task}; name the files or folders that have it with --suites")
        if task not in loaded:
            suite = tasks[task]
            loaded[task] = dataset.load(suite.task, data, suite.path.parent / "quickstart")
        if {r.data_version for r in found} != {loaded[task].version}:
            raise ValueError(
                f"the results of {task} are of other data than {data}; give the data they were measured on"
            )
        yield MeasuredCell(
            task=task,
            method=method,
            classifier=classifier,
            per_label=per_label,
            labels=tuple(found[0].labels),
            true=tuple(example.label for example in loaded[task].test),
            predictions=by_seed,
        )


def _described(cells: Sequence[MeasuredCell]) -> str:
    tasks = len({cell.task for cell in cells})
    training = sorted(cell.training_sd for cell in cells)
    drawn = [sd for cell in cells if (sd := cell.generation_sd) is not None]
    generation = (
        f"between generation seeds {min(drawn):.4f} to {max(drawn):.4f}"
        if drawn
        else "between generation seeds not measured, taken to be the same"
    )
    return (
        f"{len(cells)} cells of {tasks} tasks; standard deviation of Macro-F1 between training seeds "
        f"{training[0]:.4f} to {training[-1]:.4f}, median {training[len(training) // 2]:.4f}; {generation}"
    )


def _lines(name: str, side: str, rates: ErrorRates) -> Iterator[tuple[str, ...]]:
    """One line where each comparison is made alone, and one where all are made together."""
    for family, alarms, of, told, passed in (
        (1, rates.single, rates.cells, rates.told_single, rates.passed_single),
        (rates.family, rates.alarms, rates.trials, rates.told, rates.passed),
    ):
        low, high = share_interval(alarms, of)
        missed = max(passed.values()) / rates.planted
        powers = (f"{told[drop] / rates.planted:.0%}" for drop in DROPS)
        interval = f"{low:.1%} to {high:.1%}"
        yield (name, side, str(family), f"{alarms / of:.1%}", interval, f"{ALPHA:.0%}", f"{missed:.1%}", *powers)
