"""The coverage of intervals and the rate of wrong tiers as a table, with the variances they were simulated with."""

from collections.abc import Iterator, Sequence
from math import sqrt
from pathlib import Path

from synthworth.core import Row, Table, check_format, grid, read
from synthworth.leaderboard.simulated.measured import MeasuredTask, Name, measured_tasks
from synthworth.leaderboard.simulated.study import QUANTITIES, Tally, tallies
from synthworth.leaderboard.simulated.world import StudyDesign, World, small, with_rare_label, world_of
from synthworth.measures import macro_f1
from synthworth.measures.statistics import row_variance

FORMATS = ("plain", "github")
ONE_DRAW = StudyDesign(real=1, written=1, trainings=3)
THREE = StudyDesign(real=3, written=3, trainings=1)
DESIGNS = (
    ONE_DRAW,
    StudyDesign(real=2, written=2, trainings=1),
    THREE,
    StudyDesign(real=5, written=5, trainings=1),
    StudyDesign(real=3, written=3, trainings=3),
    StudyDesign(real=5, written=3, trainings=1),
)
NOTE = (
    "Columns: draws of the texts x training seeds of each. Per cent of {trials} simulated studies of {tasks} tasks "
    "whose 95 % interval holds the truth, which is the mean over all draws, training seeds and test rows; in brackets "
    "the task with the lowest. Three equal methods: per cent of studies in which tiers part them, at most 5 by design; "
    "in brackets the task with the most. Worth is that of a set whose true score lies on the curve of real texts. "
    "60 rows: test sets of that size; 5 %: of 400 rows, with 20 of the rarest label. The first column is what one draw "
    "leaves out: such a row says so and enters no tier."
)


def coverage(
    files: Sequence[Path],
    *,
    classifier: str = "minilm",
    per_label: int = 100,
    trials: int = 40,
    seed: int = 0,
    form: str = "plain",
) -> str:
    """Return the measured variances and the coverage of every interval, simulated with them, as two tables.

    `files` hold results of at least two draws of real and of written texts. Raises ValueError if none does.
    """
    check_format(form, FORMATS)
    if trials < 1:
        raise ValueError(f"{trials} trials; give at least 1")
    tasks = measured_tasks([result for file in files for result in read(file)], classifier, per_label)
    as_measured = [world_of(task, task.rows) for task in tasks]
    columns = {str(design): tallies(as_measured, design, per_label, trials=trials, seed=seed) for design in DESIGNS}
    for name, rows_of in (("60 rows", small), ("5 %", with_rare_label)):
        worlds = [world_of(task, rows_of(task.rows)) for task in tasks]
        columns[f"{THREE}, {name}"] = tallies(worlds, THREE, per_label, trials=trials, seed=seed)
    rows = [
        {"interval of": f"{quantity}, {f'mean of {len(tasks)}' if mean else 'one task'}"}
        | {name: _cell(found[quantity, mean], quantity) for name, found in columns.items()}
        for quantity in QUANTITIES
        for mean in ((False, True) if len(tasks) > 1 else (False,))
    ]
    covered = Table(title="", rows=rows, left=["interval of"], headers={name: name for name in rows[0]})
    spreads = Table(title="", rows=list(_spreads(tasks, as_measured)), left=["task", "texts"])
    note = NOTE.format(trials=trials, tasks=len(tasks))
    return f"{grid(covered, form)}\n\n{note}\n\n{grid(spreads, form)}\n\n{_note_of_spreads(tasks)}\n"


def _cell(tally: Tally, quantity: str) -> str:
    if not tally.of:
        return ""
    shares = [tally.share_of(task) for task in tally.of]
    worst = max(shares) if quantity == QUANTITIES[-1] else min(shares)
    return f"{100 * tally.share:.1f}" + (f" ({100 * worst:.0f})" if len(shares) > 1 else "")


def _spreads(tasks: Sequence[MeasuredTask], worlds: Sequence[World]) -> Iterator[Row]:
    """A row for each measured cell: its mean and the standard deviations of one run, in 0.001 Macro-F1."""
    for task, world in zip(tasks, worlds, strict=True):
        for name, cell in task.cells.items():
            simulated = world.cells[name]
            counts = [counts for of in cell.confusions for counts in of]
            rows = sum(float(row_variance(one, macro_f1)) for one in counts) / len(counts)
            drawn = len(cell.scores) > 1
            yield {
                "task": task.name,
                "texts": _words(name),
                "Macro-F1": round(cell.mean, 3),
                "draws": f"{1000 * simulated.between_draws:.0f}" + ("" if drawn else " assumed"),
                "training seeds": f"{1000 * simulated.between_trainings:.0f}",
                "test rows": f"{1000 * sqrt(rows):.0f}",
                "measured": f"{len(cell.scores)} x {min(map(len, cell.scores))}",
            }


def _words(name: Name) -> str:
    method, generator, size = name
    return f"{method}, {size} per label" + (f", {generator}" if generator else "")


def _note_of_spreads(tasks: Sequence[MeasuredTask]) -> str:
    assumed = any(len(cell.scores) < 2 for task in tasks for cell in task.cells.values())
    return (
        "Standard deviations of one run in 0.001 Macro-F1, each beyond the sources to its right; measured: draws x "
        "training seeds." + (" Assumed: one draw was measured; the mean variance of the task's other texts." * assumed)
    )
