"""`synthworth measure`: what there is to say of the texts of each training set."""

import argparse
from functools import partial
from pathlib import Path

from synthworth.cli import Commands

METHODS = "real,few_shot,zero_shot"


def add(commands: Commands) -> None:
    """Declares the command."""
    parser = commands.add_parser("measure", help="measure texts: diversity, likeness to real ones, leaks, label errors")
    parser.add_argument("--data", default="hub", help="real texts: hub, or the folder of a mirror. Default: hub")
    parser.add_argument(
        "--suites", type=Path, nargs="+", default=[Path("suites")], help="files, folders. Default: suites"
    )
    parser.add_argument("--out", type=Path, default=Path("suites/quality.jsonl"), help="Default: suites/quality.jsonl")
    parser.add_argument("--generator", default="smollm2-135m", help="whose recorded texts. Default: smollm2-135m")
    parser.add_argument("--method", default=METHODS, help=f"by comma. Default: {METHODS}")
    parser.add_argument("--per-label", type=int, default=100, help="texts per label. Default: 100")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Writes a line for each training set; what is in the file already and has not changed is not measured again."""
    from synthworth.core import quality
    from synthworth.core.places import user_cache
    from synthworth.generation.recording import MissingAnswers
    from synthworth.pipeline import missing
    from synthworth.pipeline.measure_texts import measured
    from synthworth.pipeline.replay import run_of, suites_in, trainer
    from synthworth.pipeline.training_sets import Settings
    from synthworth.training.embedding import embed

    if arguments.per_label < 1:
        raise ValueError(f"--per-label is {arguments.per_label}; give at least 1")
    known = quality.read(arguments.out) if arguments.out.exists() else []
    settings = Settings(data=arguments.data, per_label=arguments.per_label)
    embedder = partial(embed, cache=user_cache() / "embeddings")
    with trainer(user_cache() / "predictions", count=1) as trains:
        for suite in suites_in(arguments.suites):
            made = run_of(suite, settings, trains, generator=arguments.generator)
            try:
                found = list(measured([made], arguments.method.split(","), known, embed=embedder))
            except MissingAnswers:
                raise ValueError(missing.missing(made.sets, arguments.method.split(","))) from None
            quality.write(arguments.out, found)  # now: a run of minutes may be stopped before its end
            print(f"{suite.task.name}: {len(found)} training sets measured", flush=True)
