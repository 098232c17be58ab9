"""`synthworth submit`: bundle a finished run, so that a stranger can verify it."""

import argparse
import datetime
import shlex
from pathlib import Path

from synthworth.cli import Commands, add_per_label, add_real_texts, add_suites, notice, say


def add(commands: Commands) -> None:
    """Declare the command."""
    submit = commands.add_parser(
        "submit",
        epilog="Example: synthworth submit my-prompt --results results.jsonl --data my-data --out bundle",
        help="bundle a finished run, so that a stranger can verify it",
    )
    submit.add_argument("name", metavar="NAME", help="its name on the leaderboard")
    submit.add_argument("--results", type=Path, required=True, metavar="FILE", help="what --synth-results wrote")
    add_real_texts(submit, required=True)
    add_suites(submit)
    submit.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder for the bundle")
    submit.add_argument("--method", default="zero_shot", help="Default: zero_shot")
    submit.add_argument("--generator", default="smollm2-135m", help="its name in the results. Default: smollm2-135m")
    add_per_label(submit, 100)
    submit.add_argument("--demonstrations", help="pool or real. Default: as in the results, pool first")
    submit.add_argument("--who", default="", help="its authors. Default: not stated")
    submit.add_argument("--date", help="the day it was made, as 2026-11-20. Default: today")
    submit.add_argument(
        "--variants", type=int, metavar="N", help="variants that were tried, including this one. Default: not stated"
    )
    submit.add_argument("--division", default="closed", help="closed or open. Default: closed")
    submit.add_argument("--note", default="", help="a remark for readers, in one line. Default: none")
    submit.add_argument(
        "--texts", type=Path, metavar="DIR", help="the texts of a method that cannot be called here. Default: replayed"
    )
    submit.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Write the bundle, or refuse with every reason."""
    from synthworth.core import read
    from synthworth.pipeline import suites_in
    from synthworth.pipeline.suite_paths import suite_paths
    from synthworth.submission import SubmissionRequest
    from synthworth.submission.submit import submit

    bundle = submit(
        SubmissionRequest(
            name=arguments.name,
            suites=suites_in(suite_paths(arguments.suites)),
            results=read(arguments.results),
            data=arguments.data,
            method=arguments.method,
            generator=arguments.generator,
            date=arguments.date or datetime.datetime.now(datetime.UTC).date().isoformat(),
            per_label=arguments.per_label,
            demonstrations=arguments.demonstrations,
            who=arguments.who,
            variants=arguments.variants,
            division=arguments.division,
            note=arguments.note,
            texts=arguments.texts,
            notice=notice,
        ),
        arguments.out,
    )
    texts = sum(map(len, bundle.texts.values()))
    say(f"{arguments.out}: {len(bundle.tasks)} tasks, {texts:,} texts, {len(bundle.results)} results")
    say(f"verify it with: {verify_command(arguments)}")


def verify_command(arguments: argparse.Namespace) -> str:
    """Return the command that verifies the new bundle with the same data and suites, as a shell takes it."""
    words = ["synthworth", "verify", str(arguments.out), "--data", arguments.data]
    words += ["--suites", *map(str, arguments.suites)] if arguments.suites else []
    return shlex.join(words)
