"""`synthworth variants`: compare methods on a few texts of each, before many are paid for."""

import argparse
import contextlib
import csv
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from synthworth.cli import Commands, add_format, add_methods, add_per_label, add_real_texts, add_recorded, say_recorder

if TYPE_CHECKING:
    from synthworth.core import Row, Table, Value
    from synthworth.measures.statistics import Estimate
    from synthworth.pipeline import Variant

COUNTED = ("texts", "asked_per_text")  # columns that have no interval
HALF = 1.96  # standard errors in half of a 95 % interval


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "variants",
        epilog="Example: synthworth variants --data my-data --method zero_shot,few_shot",
        help="compare methods or prompts on a few texts of each: labels kept, a quick score, diversity",
        description="Compare methods or prompts on a few recorded texts of each. Fidelity: the share of texts to which "
        "a classifier trained on real ones gives the label asked for. Score: Macro-F1 on real test texts of a logistic "
        "regression on frozen embeddings. Record the texts first, with pytest and --synth-record missing.",
    )
    add_real_texts(parser)
    add_recorded(parser)
    add_methods(parser, "few_shot,zero_shot", "gains are over the first one")
    add_per_label(parser, 24)
    parser.add_argument(
        "--out", type=Path, help="CSV file of the rows of every task; its other rows stay. Default: not written"
    )
    add_format(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print the mean over tasks of each method, the best score first; write every task's rows."""
    from synthworth.core import Bar, atomic, check_can_write, csv_text, render, user_cache
    from synthworth.generation.methods import names_in, resolve
    from synthworth.generation.recording import MissingAnswers
    from synthworth.pipeline import Settings, missing, run_of, suites_in, trainer, variants_of
    from synthworth.pipeline.suite_paths import suite_paths
    from synthworth.training import embed

    if arguments.per_label < 3:
        raise ValueError(f"--per-label is {arguments.per_label}; give at least 3, for an interval")
    if arguments.out:
        check_can_write(arguments.out)
        rows_in(arguments.out)  # refuses a file of another kind before the work
    methods = resolve(names_in(arguments.method))
    settings = Settings(data=arguments.data, per_label=arguments.per_label)
    bar = Bar(sys.stderr, contextlib.nullcontext)
    embedder = partial(embed, cache=user_cache() / "embeddings", progress=bar)
    measured: list[Variant] = []
    with contextlib.closing(bar), trainer(None, count=1) as trains:
        for suite in suites_in(suite_paths(arguments.suites)):
            suite_run = run_of(suite, settings, trains, generator=arguments.generator, methods=methods, progress=bar)
            say_recorder(suite_run, arguments, suite.path)
            try:
                measured += variants_of(suite_run, methods, embed=embedder, progress=bar)
            except MissingAnswers:
                raise ValueError(missing.missing(suite_run.sets, list(methods))) from None
    sys.stdout.write(render([table_of(measured, list(methods), arguments.per_label)], arguments.format))
    if arguments.out:
        rows = rows_of(measured, arguments.out)
        atomic.replace(arguments.out, csv_text(list(rows[0]), rows))


def rows_of(measured: "Sequence[Variant]", path: Path) -> "list[Row]":
    """Return a row for each task and method, sorted, with those of the file that were not measured now.

    The gain of each is over the method that was measured first.
    """
    first = {variant.task: variant for variant in reversed(measured)}
    new: list[Row] = [row_of(variant, first[variant.task]) for variant in measured]
    now = {(row["task"], row["method"]) for row in new}
    old = [row for row in rows_in(path) if (row["task"], row["method"]) not in now]
    return sorted([*new, *old], key=lambda row: (str(row["task"]), str(row["method"])))


def rows_in(path: Path) -> "list[Row]":
    """Return the rows of a file that this command wrote; [] if there is none. Raises ValueError if it is another."""
    from synthworth.core import brief
    from synthworth.pipeline import BOUNDS

    columns = ["task", "method", *(f"{name}{end}" for name in BOUNDS for end in ("", "_low", "_high"))]
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if (found := list(reader.fieldnames or ())) != [*columns, *COUNTED]:
            raise ValueError(f"{path} is no table of variants, its columns are {brief(found)}; name another with --out")
        return [dict(row) for row in reader]


def table_of(measured: "Sequence[Variant]", methods: Sequence[str], per_label: int) -> "Table":
    """Return the means over tasks, with intervals in brackets; `gain` is over the first method's score."""
    from synthworth.core import Table, with_interval

    by_method = {method: [variant for variant in measured if variant.method == method] for method in methods}
    scored: list[tuple[float, Row]] = []
    for method, variants in by_method.items():
        means = estimates(variants, by_method[methods[0]])
        shown = {name: with_interval(*estimate, "{:.2f}".format) for name, estimate in means.items()}
        asked = sum(v.attempts for v in variants) / sum(v.texts for v in variants)
        scored.append((means["score"].value, {"method": method, **shown, "asked_per_text": f"{asked:.2f}"}))
    tasks = list(dict.fromkeys(variant.task for variant in measured))
    return Table(
        title=f"Mean over {', '.join(tasks)}; {per_label} texts per label",
        rows=[row for _, row in sorted(scored, key=lambda pair: pair[0], reverse=True)],
        note="95 %: jackknife over the texts; the tasks are taken as they are. "
        f"Gain: in score, over {methods[0]}, texts in pairs.",
    )


def row_of(variant: "Variant", first: "Variant") -> "Row":
    """Return the measures of a method's texts for one task with the ends of their intervals, as a row of a file."""
    row: dict[str, Value] = {"task": variant.task, "method": variant.method}
    for name, (value, low, high) in estimates([variant], [first]).items():
        row |= {name: round(value, 4), f"{name}_low": round(low, 4), f"{name}_high": round(high, 4)}
    return {**row, "texts": variant.texts, "asked_per_text": round(variant.attempts / variant.texts, 2)}


def estimates(variants: "Sequence[Variant]", first: "Sequence[Variant]") -> "dict[str, Estimate]":
    """Return the means over the tasks of one method's `variants`, and the gain in score over the `first` method's.

    No interval goes beyond what its measure can be.
    """
    from synthworth.measures.statistics import Estimate
    from synthworth.pipeline import BOUNDS, mean_difference, mean_over_tasks

    by_measure: dict[str, Estimate] = {}
    for name, (least, most) in BOUNDS.items():
        value, error = mean_difference(variants, first, "score") if name == "gain" else mean_over_tasks(variants, name)
        by_measure[name] = Estimate(value, max(least, value - HALF * error), min(most, value + HALF * error))
    return by_measure
