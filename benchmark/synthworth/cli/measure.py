"""`synthworth measure`: measure the texts of each training set."""

import argparse
import contextlib
import sys
from functools import partial
from pathlib import Path

from synthworth.cli import Commands

METHODS = "real,few_shot,zero_shot"


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser("measure", help="measure texts: diversity, likeness to real ones, leaks, label errors")
    parser.add_argument("--data", default="hub", help="real texts: hub, or the folder of a mirror. Default: hub")
    parser.add_argument(
        "--suites", type=Path, nargs="+", help="files or folders. Default: where pytest finds tests (testpaths)"
    )
    parser.add_argument("--out", type=Path, help="JSON Lines to write. Default: quality.jsonl beside the suites")
    parser.add_argument(
        "--generator", default="smollm2-135m", help="generator of the recorded texts. Default: smollm2-135m"
    )
    parser.add_argument(
        "--method",
        default=METHODS,
        help="as --synth-method takes them, separated by commas, also real10+few_shot, data:DIR and FILE.py:FUNCTION. "
        f"Default: {METHODS}",
    )
    parser.add_argument("--per-label", type=int, default=100, help="texts per label. Default: 100")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Write a line for each training set; sets that are in the file and have not changed are not measured again."""
    from synthworth.core import Bar, quality, user_cache
    from synthworth.generation.methods import OF_FILES, resolve
    from synthworth.generation.recording import MissingAnswers
    from synthworth.pipeline import Settings, measured, missing, run_of, suites_in, trainer
    from synthworth.pipeline.suite_paths import suite_paths
    from synthworth.training import embed

    if arguments.per_label < 1:
        raise ValueError(f"--per-label is {arguments.per_label}; give at least 1")
    methods = resolve([name.strip() for name in arguments.method.split(",") if name.strip()])
    suites = suite_paths(arguments.suites)
    out = arguments.out or (suites[0] if suites[0].is_dir() else suites[0].parent) / "quality.jsonl"
    known = quality.read(out) if out.exists() else []
    settings = Settings(data=arguments.data, per_label=arguments.per_label)
    bar = Bar(sys.stderr, contextlib.nullcontext)
    embedder = partial(embed, cache=user_cache() / "embeddings", progress=bar)
    with contextlib.closing(bar), trainer(user_cache() / "predictions", count=1) as trains:
        for suite in suites_in(suites):
            suite_run = run_of(suite, settings, trains, generator=arguments.generator, methods=methods)
            measures: list[quality.Quality] = []
            for name in methods:
                try:
                    measures += measured([suite_run], [name], known, embed=embedder, progress=bar)
                except MissingAnswers:
                    raise ValueError(missing.missing(suite_run.sets, list(methods))) from None
                except ValueError as problem:
                    if not name.startswith(OF_FILES):  # a folder need not have texts for every task
                        raise
                    print(f"{suite.task.name}: {name} left out: {problem}", flush=True)
            quality.write(out, measures)  # now: a run of minutes may be stopped before its end
            print(f"{suite.task.name}: {len(measures)} training sets measured", flush=True)
