"""`synthworth measure`: measure the texts of each training set."""

import argparse
import contextlib
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from synthworth.cli import Commands, add_methods, add_per_label, add_real_texts, add_recorded, say_recorder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synthworth.core import Quality
    from synthworth.pipeline import Run


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "measure",
        epilog="Example: synthworth measure --data my-data --suites test_tickets.py",
        help="measure texts: diversity, likeness to real ones, leaks, label fidelity",
    )
    add_real_texts(parser)
    add_recorded(parser)
    parser.add_argument("--out", type=Path, help="JSON Lines to write. Default: quality.jsonl beside the suites")
    add_methods(parser, "real,few_shot,zero_shot")
    add_per_label(parser, 100)
    parser.add_argument(
        "--generation-seed",
        default="0",
        help="seeds of the draws of texts, separated by commas; their judge is trained once. Default: 0",
    )
    parser.add_argument(
        "--no-texts",
        action="store_true",
        help="leave mislabelled texts of files out: for measures that you publish, of texts that you may not",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Write a line for each training set; those that are in the file and have not changed are not measured again."""
    from synthworth.core import Bar, check_can_fill, quality, user_cache
    from synthworth.generation.methods import names_in, resolve
    from synthworth.pipeline import Settings, measured, run_of, suites_in, trainer
    from synthworth.pipeline.suite_paths import suite_paths
    from synthworth.training import embed

    if arguments.per_label < 1:
        raise ValueError(f"--per-label is {arguments.per_label}; give at least 1")
    methods = resolve(names_in(arguments.method))
    suites = suite_paths(arguments.suites)
    out = arguments.out or (suites[0] if suites[0].is_dir() else suites[0].parent) / "quality.jsonl"
    check_can_fill(out.parent)
    known = quality.read(out) if out.exists() else []
    drawn = [
        Settings(data=arguments.data, per_label=arguments.per_label, generation_seed=seed)
        for seed in numbers(arguments.generation_seed)
    ]
    bar = Bar(sys.stderr, contextlib.nullcontext)
    embedder = partial(embed, cache=user_cache() / "embeddings", progress=bar)
    with contextlib.closing(bar), trainer(user_cache() / "predictions", count=1) as trains:
        for suite in suites_in(suites):
            runs = [
                run_of(suite, settings, trains, generator=arguments.generator, methods=methods, progress=bar)
                for settings in drawn
            ]
            for each in runs:
                say_recorder(each, arguments, suite.path)
            having = [name for name, method in methods.items() if not method.lacks(suite.task.name)]
            problems = {name: problem_of(each, name, having) for name in having for each in runs}
            ready = [name for name in having if not problems[name]]
            for problem in filter(None, problems.values()):
                print(problem, flush=True)
            if lacking := [name for name in methods if name not in having]:
                print(f"{suite.task.name}: left out, without texts for it: {', '.join(lacking)}", flush=True)
            measures = list(measured(runs, ready, known, embed=embedder, progress=bar))
            # Now: a run of minutes may be stopped before its end.
            quality.write(out, [*measures, *bare(known), *bare(measures)] if arguments.no_texts else measures)
            sets = "training set" if len(measures) == 1 else "training sets"
            print(f"{suite.task.name}: {len(measures)} {sets} measured", flush=True)


def bare(measures: "Sequence[Quality]") -> "list[Quality]":
    """Return the measures of texts of files, mixed with real ones or not, without the texts that they show."""
    from synthworth.generation.methods import OF_FILES, mixture_of

    def written(method: str) -> str:
        mixture = mixture_of(method)
        return mixture.written if mixture else method

    return [replace(one, examples=()) for one in measures if written(one.method).startswith(OF_FILES)]


def problem_of(run: "Run", name: str, methods: "Sequence[str]") -> str:
    """Make the texts of a method; returns why not, for a folder that has none for the task, or "".

    Raises ValueError if they cannot be made, with the command that records what is missing for any of the methods.
    """
    from synthworth.generation.methods import OF_FILES
    from synthworth.generation.recording import MissingAnswers
    from synthworth.pipeline import missing

    try:
        run.sets.generated(name)
    except MissingAnswers:
        raise ValueError(missing.missing(run.sets, methods)) from None
    except ValueError as problem:
        if not name.startswith(OF_FILES):  # a folder need not have texts for every task
            raise
        return f"{run.task.name}: {name} left out: {problem}"
    return ""


def numbers(given: str) -> list[int]:
    """Read generation seeds, separated by commas; raises ValueError if one is no number from 0 on."""
    seeds = list(dict.fromkeys(seed.strip() for seed in given.split(",") if seed.strip()))
    if not seeds or not all(seed.isdecimal() for seed in seeds):
        raise ValueError(f"--generation-seed is {given!r}; give numbers from 0 on, as 0,1,2")
    return [int(seed) for seed in seeds]
