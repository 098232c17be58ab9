"""The gate's false-alarm rate and power on your own results, as a table."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from synthworth.core import Result, Table, check_format, grid, read
from synthworth.gate.error_rates import DROPS, Design, ErrorRates, MeasuredCell, simulated_rates, split_rates
from synthworth.gate.verdict import ALPHA, MARGIN
from synthworth.measures.statistics import share_interval
from synthworth.pipeline import dataset, suites_in
from synthworth.training import recipe

SEEDS = (3, 5)
FORMATS = ("plain", "github")
HEADERS = ("what differs between A and A", "a side", "together", "alarms", "95 %", "stated", "missed", "1 pt", "2", "5")
NOTE = (
    "alarms: families of comparisons of A with A in which any was called regressed, and their 95 % interval; missed: "
    "drops of the margin or more called ok. 1 pt, 2, 5: planted drops of as many points of Macro-F1 that were called "
    "regressed. a side: generation x training seeds. The last lines read a verdict about texts as one about their "
    "prompt, which it is not: the luck of one draw of texts then counts as an alarm."
)


def calibrate(
    files: Sequence[Path],
    data: str,
    suites: Sequence[Path],
    *,
    trials: int = 200,
    margin: float = MARGIN,
    seeds: Sequence[int] = SEEDS,
    form: str = "plain",
) -> str:
    """Return the table of false alarms and of detected planted drops, from the results in these files.

    `data` is the folder of a mirror, or quickstart or hub: a result does not hold the true labels of the test rows.
    Raises ValueError if no cell has several training seeds.
    """
    check_format(form, FORMATS)
    if trials < 1:
        raise ValueError(f"{trials} trials; give at least 1")
    cells = list(measured_cells([result for file in files for result in read(file)], data, suites))
    if not cells:
        raise ValueError(
            f"{', '.join(map(str, files))}: no cell with several training seeds and predictions, written by a "
            "generator and trained on by an encoder; measure some with --synth-seeds 3"
        )
    lines: list[tuple[str, ...]] = []
    if any(len(runs) > 2 for cell in cells for runs in cell.predictions.values()):
        lines += _lines("training seeds, as measured", "half", split_rates(cells, trials=trials, margin=margin))
    for drawn, generations, name in (
        (False, 1, "training seeds, simulated"),
        (True, 0, "texts and training seeds, simulated"),
        (True, 1, "the same, read as about the prompt"),
    ):
        for number in seeds:
            design = Design(generations=generations or number, trainings=number if generations else 1, drawn=drawn)
            rates = simulated_rates(cells, design, trials=trials, margin=margin)
            lines += _lines(name, f"{design.generations} x {design.trainings}", rates)
    rows = [dict(zip(HEADERS, line, strict=True)) for line in lines]
    table = Table(title="", rows=rows, left=HEADERS[:2], headers={name: name for name in HEADERS})
    return f"{_description(cells)}\n\n{grid(table, form)}\n\n{NOTE}\n"


def measured_cells(results: Sequence[Result], data: str, suites: Sequence[Path]) -> Iterator[MeasuredCell]:
    """Yield the cells with predictions of several training seeds; raises ValueError if `data` are not their own."""
    tasks = {suite.task.name: suite for suite in suites_in(suites)}
    cells: dict[tuple[str, str, str, int, str, str], list[Result]] = {}
    for result in results:
        if result.predicted and result.generator and recipe(result.classifier).is_seeded:
            made_by = result.generator, result.demonstrations
            cell = (result.task, result.method, result.classifier, result.per_label, *made_by)
            cells.setdefault(cell, []).append(result)
    loaded: dict[str, dataset.Data] = {}
    for key, every in sorted(cells.items()):
        task, method, classifier, per_label = key[:4]
        newest = [r for r in every if r.task_version == max(r.task_version for r in every)]
        by_seed: dict[int, dict[int, tuple[str, ...]]] = {}
        for result in sorted(newest, key=lambda r: (r.generation_seed, r.training_seed)):
            by_seed.setdefault(result.generation_seed, {})[result.training_seed] = result.predictions
        if all(len(runs) < 2 for runs in by_seed.values()):
            continue
        if task not in tasks:
            raise ValueError(f"no suite of {task}; name the files or folders that have it with --suites")
        if task not in loaded:
            suite = tasks[task]
            loaded[task] = dataset.load(suite.task, data, suite.path.parent / "quickstart")
        if {r.data_version for r in newest} != {loaded[task].version}:
            raise ValueError(
                f"the results of {task} were measured on other data than {data}; give the data they were measured on"
            )
        yield MeasuredCell(
            task=task,
            method=method,
            classifier=classifier,
            per_label=per_label,
            labels=tuple(newest[0].labels),
            true=tuple(example.label for example in loaded[task].test),
            predictions=by_seed,
            writer=tuple(key[4:]),
        )


def _description(cells: Sequence[MeasuredCell]) -> str:
    tasks = len({cell.task for cell in cells})
    training = sorted(cell.training_sd for cell in cells)
    drawn = [sd for cell in cells if (sd := cell.generation_sd) is not None]
    generation = (
        f"between generation seeds {min(drawn):.4f} to {max(drawn):.4f}"
        if drawn
        else "between generation seeds not measured, assumed to be the same"
    )
    return (
        f"{len(cells)} cells of {tasks} tasks; standard deviation of Macro-F1 between training seeds "
        f"{training[0]:.4f} to {training[-1]:.4f}, median {training[len(training) // 2]:.4f}; {generation}"
    )


def _lines(name: str, side: str, rates: ErrorRates) -> Iterator[tuple[str, ...]]:
    """Yield a line for comparisons judged alone, and one for all judged together."""
    for family, alarms, of, detected, missed in (
        (1, rates.single_alarms, rates.cells, rates.single_detected, rates.single_missed),
        (rates.family, rates.alarms, rates.trials, rates.detected, rates.missed),
    ):
        low, high = share_interval(alarms, of)
        miss_rate = max(missed.values()) / rates.planted
        powers = (f"{detected[drop] / rates.planted:.0%}" for drop in DROPS)
        interval = f"{low:.1%} to {high:.1%}"
        yield (name, side, str(family), f"{alarms / of:.1%}", interval, f"{ALPHA:.0%}", f"{miss_rate:.1%}", *powers)
