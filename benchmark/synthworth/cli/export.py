"""`synthworth export`: what a method made, as files."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from synthworth.cli import Commands, add_force, add_methods, add_per_label, add_real_texts, add_recorded, say_recorder

if TYPE_CHECKING:
    from synthworth.pipeline import ExportedTask, Run


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "export",
        help="the texts that a method made as CSV, JSON Lines, Parquet or a datasets folder, with a card",
        description="Write the texts that a method made, from recordings (nothing is sent) or files, with the dropped "
        "ones and their rules, and a card. Example: synthworth export --data my-data --method few_shot --out texts",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write to; one in it for each method")
    parser.add_argument("--format", default="jsonl", help="csv, jsonl, parquet or datasets. Default: jsonl")
    parser.add_argument("--licence", default="", help="for the card, as cc-by-4.0. Default: unknown")
    add_force(parser)
    add_texts(parser)
    parser.set_defaults(run=run)


def add_texts(parser: argparse.ArgumentParser) -> None:
    """Declare the options that say which texts."""
    add_real_texts(parser)
    add_recorded(parser)
    add_methods(parser, "few_shot")
    add_per_label(parser, 100)
    parser.add_argument(
        "--shares", default="balanced", help="as --synth-shares: balanced or natural. Default: balanced"
    )
    parser.add_argument("--generation-seed", type=int, default=0, help="seed of the draw. Default: 0")
    parser.add_argument(
        "--demonstrations", default="pool", help="as --synth-demonstrations: pool or real. Default: pool"
    )


def run(arguments: argparse.Namespace) -> None:
    """Write the files of each method, and say where they are."""
    from synthworth.core import check_can_fill, escaped, unknown
    from synthworth.generation.methods import file_name
    from synthworth.pipeline import EXPORT_FORMS, exported, write_export

    if arguments.format not in EXPORT_FORMS:
        raise ValueError(unknown("format", arguments.format, EXPORT_FORMS))
    check_can_fill(arguments.out)
    by_method: dict[str, list[ExportedTask]] = {}
    for method, suite_run in runs_of(arguments):
        by_method.setdefault(method, []).append(exported(suite_run, method))
    by_folder = {arguments.out / file_name(method): tasks for method, tasks in by_method.items()}
    for path in write_export(by_folder, arguments.format, licence=arguments.licence, force=arguments.force):
        sys.stdout.write(escaped(str(path)) + "\n")


def runs_of(arguments: argparse.Namespace) -> "list[tuple[str, Run]]":
    """Return each method with the run of each suite that it has texts for; they can be made, from recordings or files.

    Raises ValueError if none can, or if answers are missing, with the command that records them.
    """
    from synthworth.cli.measure import problem_of
    from synthworth.core import SHARES, unknown
    from synthworth.generation.methods import names_in, resolve
    from synthworth.pipeline import Settings, run_of, suites_in, trainer
    from synthworth.pipeline.suite_paths import suite_paths

    if arguments.per_label < 0 or arguments.generation_seed < 0:
        raise ValueError("--per-label and --generation-seed take numbers from 0 on")
    if arguments.shares not in SHARES:
        raise ValueError(unknown("shares", arguments.shares, SHARES, "shares"))
    if arguments.demonstrations not in ("pool", "real"):
        raise ValueError(unknown("demonstrations", arguments.demonstrations, ("pool", "real"), "demonstrations"))
    methods = resolve(names_in(arguments.method))
    if not arguments.per_label and any(method.asks for method in methods.values()):
        raise ValueError("--per-label 0 is for texts of files and real ones; give a number for those of a generator")
    settings = Settings(
        data=arguments.data,
        per_label=arguments.per_label,
        demonstrations=arguments.demonstrations,
        shares=arguments.shares,
        generation_seed=arguments.generation_seed,
    )
    runs, problems = [], []
    with trainer(None, count=1) as trains:  # nothing is trained
        for suite in suites_in(suite_paths(arguments.suites)):
            suite_run = run_of(suite, settings, trains, generator=arguments.generator, methods=methods)
            say_recorder(suite_run, arguments, suite.path)
            for name, method in methods.items():
                problem = method.lacks(suite.task.name) or problem_of(suite_run, name, list(methods))
                if problem:
                    problems.append(problem)
                else:
                    runs.append((name, suite_run))
    if not runs:
        raise ValueError("; ".join(problems[:3]) or "no method is named; give --method few_shot")
    return runs
