"""The gate's rate of false alarms and its power on your own results, as tables."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from synthworth.core import BALANCED, Result, Table, check_format, grid, read, unknown
from synthworth.gate.error_rates import DROPS, Counts, Design, ErrorRates, MeasuredCell, simulated_rates, split_rates
from synthworth.gate.pooling import WAYS, pooling_rates, shrunk, spreads_of
from synthworth.gate.redraws import Redraw, redraws
from synthworth.gate.verdict import ALPHA, MARGIN, REGRESSED
from synthworth.generation.methods import is_of_files
from synthworth.measures.statistics import share_interval
from synthworth.pipeline import dataset, suites_in

RATES, POOLING, DRAWS = "rates", "pooling", "draws"
FORMATS = ("plain", "github")
TEXTS_DESIGNS = (Design(generations=1, trainings=3, drawn=False), Design(generations=1, trainings=5, drawn=False))
PROMPT_DESIGNS = (Design(generations=3, trainings=1, drawn=True), Design(generations=5, trainings=1, drawn=True))
MISREAD = Design(generations=1, trainings=3, drawn=True)
HEADERS = ("what differs", "a side", "verdict on", "alarms", "95 %", "stated", "missed", "1 pt", "2", "5")
NOTE = (
    "A is compared with A; each method is a gate, and all its tasks change. verdict on: the mean over them, which "
    "decides; any of the single tasks beside it, corrected among themselves; a task that changed alone, which decides "
    "then. alarms: comparisons that were called regressed, and their 95 % interval; missed: drops of the margin or "
    "more called ok. 1 pt, 2, 5: drops of as many points of Macro-F1, planted in every task, that were called "
    "regressed. a side: generation x training seeds."
)
MISREAD_NOTE = (
    "The last lines read one draw of the texts as if it told about their prompt, which the gate does not: the luck of "
    "a draw then counts as an alarm."
)
ONE_DRAW = (
    "Lines about a prompt are left out: no cell has several generation seeds, so what draws differ by is not measured. "
    "Measure another with --synth-generation-seed 1, and give its file too."
)
PART_DRAWN = "Lines about a prompt rest on the {} cells of several generation seeds; the spread of others is unknown."
POOLING_HEADERS = ("method", "tasks", "variance", "average", "worst", "worst task", "5 pt", "mean", "mean, 5 pt")
POOLING_NOTE = (
    "3 x 1 seeds a side; scores normal about their mean, with the variances measured of each task, or these moved half "
    "the way, or all the way, to their mean: those of few draws look more unlike than they are. average, worst: false "
    "alarms of a task judged alone, stated 5 %; 5 pt: drops of 5 points of a task that were found; mean: the same of "
    "the mean over tasks, which takes the variance of each task in every line. drawn together: Smyth 2004."
)
DRAWS_HEADERS = ("method", "a side", "draws", "gates", "regressed", "misread: the mean", "any task", "tasks")
DRAWS_NOTE = (
    "Draws of one prompt against other draws of it, each way round: nothing changed, so whatever is found is a false "
    "alarm. regressed: gates with that verdict. With one draw a side the gate says `cannot tell`. misread: what it "
    "would have said of the mean, of any task, and of how many of all tasks, had it taken these very texts for the "
    "prompt."
)


def calibrate(
    files: Sequence[Path],
    data: str,
    suites: Sequence[Path],
    *,
    show: str = RATES,
    trials: int = 200,
    margin: float = MARGIN,
    form: str = "plain",
) -> str:
    """Return a table from the results in these files.

    `show` is rates (false alarms and planted drops found), pooling (what they were if tasks shared their variance) or
    draws (the gate on recorded draws of the same prompt). `data` is the folder of a mirror, or quickstart or hub: a
    result does not hold the true labels of the test rows. Raises ValueError if no cell has several training seeds, or,
    for pooling and draws, several generation seeds.
    """
    check_format(form, FORMATS)
    if show not in (RATES, POOLING, DRAWS):
        raise ValueError(unknown("table", show, (RATES, POOLING, DRAWS)))
    if trials < 1:
        raise ValueError(f"{trials} trials; give at least 1")
    cells = list(measured_cells([result for file in files for result in read(file)], data, suites))
    if not cells:
        raise ValueError(
            f"{', '.join(map(str, files))}: no cell with several training seeds and predictions, written by a "
            "generator and trained on by an encoder; measure some with --synth-seeds 3"
        )
    if show == RATES:
        return _rates(cells, trials, margin, form)
    drawn = [cell for cell in cells if len(cell.predictions) > 1]
    if not drawn:
        raise ValueError(
            f"{', '.join(map(str, files))}: no cell with several generation seeds; measure another with "
            "--synth-generation-seed 1, and give its file too"
        )
    return _pooling(drawn, margin, form) if show == POOLING else _draws(drawn, margin, form)


def _rates(cells: Sequence[MeasuredCell], trials: int, margin: float, form: str) -> str:
    lines: list[tuple[str, ...]] = []
    if any(len(runs) > 2 for cell in cells for runs in cell.predictions.values()):
        lines += _lines("training seeds, as measured", "half", split_rates(cells, trials=trials, margin=margin))
    drawn = [cell for cell in cells if cell.generation_sd is not None]
    named = [
        *((design, cells, "training seeds, simulated") for design in TEXTS_DESIGNS),
        *((design, drawn, "texts and training seeds, simulated") for design in PROMPT_DESIGNS),
        (MISREAD, drawn, "the same, read as about the prompt"),
    ]
    for design, of, name in named:
        if of:
            rates = simulated_rates(of, design, trials=trials, margin=margin)
            lines += _lines(name, f"{design.generations} x {design.trainings}", rates)
    part = f" {PART_DRAWN.format(len(drawn))}" if len(drawn) < len(cells) else ""
    notes = f"{NOTE} {MISREAD_NOTE}{part}" if drawn else f"{NOTE} {ONE_DRAW}"
    return f"{_description(cells)}\n\n{_table(HEADERS, lines, form, left=3)}\n\n{notes}\n"


def _pooling(cells: Sequence[MeasuredCell], margin: float, form: str) -> str:
    lines = []
    for name, of in _methods(cells):
        if len(of) < 2:
            continue
        spreads = spreads_of(of)
        for share, assumed in ((0.0, "as measured"), (0.5, "half as unlike"), (1.0, "all alike")):
            for way, estimates in WAYS.items():
                r = pooling_rates(shrunk(spreads, share), estimates, margin=margin)
                shares = [f"{s:.1%}" for s in (r.average, r.worst)]
                found = [f"{r.found:.0%}", f"{r.mean:.1%}", f"{r.mean_found:.0%}"]
                lines.append((name, assumed, way, *shares, r.worst_task if share < 1 else "", *found))
    if not lines:
        raise ValueError("no method has several tasks; what they share shows over two or more")
    return f"{_description(cells)}\n\n{_table(POOLING_HEADERS, lines, form, left=3)}\n\n{POOLING_NOTE}\n"


def _draws(cells: Sequence[MeasuredCell], margin: float, form: str) -> str:
    found: dict[tuple[str, str, str], list[Redraw]] = {}
    for one in redraws(cells, margin=margin):
        pair = " and ".join(sorted((_named(one.before), _named(one.after))))
        sides = f"{len(one.before)} x {_trainings(cells)}"
        for draws in (pair, "all"):
            found.setdefault((f"{one.method}/{one.classifier}", sides, draws), []).append(one)
    lines = []
    for (method, sides, draws), gates in sorted(found.items()):
        counts = [sum(g.verdict == REGRESSED for g in gates), sum(g.mean for g in gates)]
        counts += [sum(g.single > 0 for g in gates)]
        tasks = f"{sum(g.single for g in gates)} of {sum(g.tasks for g in gates)}"
        lines.append((method, sides, draws, str(len(gates)), *(f"{n} of {len(gates)}" for n in counts), tasks))
    seeds = max(len(cell.predictions) for cell in cells)
    several = "" if seeds > 3 else f" Gates of several draws a side take four draws; there are {seeds}."
    return f"{_table(DRAWS_HEADERS, lines, form, left=3)}\n\n{DRAWS_NOTE}{several}\n"


def _named(seeds: Sequence[int]) -> str:
    return ",".join(map(str, seeds))


def _trainings(cells: Sequence[MeasuredCell]) -> int:
    return min(len(runs) for cell in cells for runs in cell.predictions.values())


def _methods(cells: Sequence[MeasuredCell]) -> Iterator[tuple[str, list[MeasuredCell]]]:
    groups: dict[tuple[str, str, int, tuple[str, ...]], list[MeasuredCell]] = {}
    for cell in cells:
        groups.setdefault((cell.method, cell.classifier, cell.per_label, cell.writer), []).append(cell)
    for (method, classifier, *_), of in groups.items():
        yield f"{method}/{classifier}", of


def _table(headers: Sequence[str], lines: Sequence[Sequence[str]], form: str, left: int) -> str:
    rows = [dict(zip(headers, line, strict=True)) for line in lines]
    return grid(Table(title="", rows=rows, left=tuple(headers[:left]), headers={name: name for name in headers}), form)


def measured_cells(results: Sequence[Result], data: str, suites: Sequence[Path]) -> Iterator[MeasuredCell]:
    """Yield the cells with predictions of several training seeds; raises ValueError if `data` are not their own."""
    tasks = {suite.task.name: suite for suite in suites_in(suites)}
    cells: dict[tuple[str, str, str, int, str, str], list[Result]] = {}
    for result in results:
        if result.shares != BALANCED or is_of_files(result.method):  # no prompt of ours can change a file
            continue
        if result.predicted and result.generator and result.steps:  # without steps, no training seed changes it
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
    drawn = sorted(sd for cell in cells if (sd := cell.generation_sd) is not None)
    generation = (
        f"between generation seeds, measured of {len(drawn)} cells, {drawn[0]:.4f} to {drawn[-1]:.4f}, median "
        f"{drawn[len(drawn) // 2]:.4f}"
        if drawn
        else "between generation seeds not measured"
    )
    return (
        f"{len(cells)} cells of {tasks} tasks; standard deviation of Macro-F1 between training seeds "
        f"{training[0]:.4f} to {training[-1]:.4f}, median {training[len(training) // 2]:.4f}; {generation}"
    )


def _lines(name: str, side: str, measured: ErrorRates) -> Iterator[tuple[str, ...]]:
    """Yield a line for means over tasks, one for single tasks beside them, and one for tasks that changed alone."""
    kinds: tuple[tuple[str, Counts], ...] = (
        (f"the mean of {measured.tasks} tasks", measured.mean),
        ("any single task", measured.single),
        ("a task alone", measured.alone),
    )
    for on, counts in kinds:
        if counts.of:
            low, high = share_interval(counts.alarms, counts.of)
            missed = max(counts.missed.values()) / counts.planted
            powers = (f"{counts.detected[drop] / counts.planted:.0%}" for drop in DROPS)
            interval = f"{low:.1%} to {high:.1%}"
            yield (
                name,
                side,
                on,
                f"{counts.alarms / counts.of:.1%}",
                interval,
                f"{ALPHA:.0%}",
                f"{missed:.1%}",
                *powers,
            )
