"""`synthworth submit`: a finished run as a bundle that a stranger can verify."""

import argparse
import datetime
from pathlib import Path

from synthworth.cli import Commands, notice, say


def add(commands: Commands) -> None:
    """Declares the command."""
    submit = commands.add_parser("submit", help="bundle a finished run, so that a stranger can verify it")
    submit.add_argument("name", metavar="NAME", help="what the leaderboard calls it")
    submit.add_argument("--results", type=Path, required=True, metavar="FILE", help="what --synth-results wrote")
    submit.add_argument("--data", required=True, help="real texts: hub, quickstart, or the folder of a mirror")
    submit.add_argument("--suites", type=Path, default=Path("suites"), help="files or folder. Default: suites")
    submit.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder for the bundle")
    submit.add_argument("--method", default="zero_shot", help="Default: zero_shot")
    submit.add_argument("--generator", default="smollm2-135m", help="its name in the results. Default: smollm2-135m")
    submit.add_argument("--per-label", type=int, default=100, metavar="N", help="texts per label. Default: 100")
    submit.add_argument("--demonstrations", default=None, help="pool or real. Default: as in the results, pool first")
    submit.add_argument("--who", default="", help="its authors. Default: not said")
    submit.add_argument("--date", default=None, help="the day it was made, as 2026-11-20. Default: today")
    submit.add_argument("--variants", type=int, default=None, metavar="N", help="how many were tried, this one too")
    submit.add_argument("--division", default="closed", help="closed or open. Default: closed")
    submit.add_argument("--note", default="", help="what a reader should know, in one line")
    submit.add_argument(
        "--texts", type=Path, default=None, metavar="DIR", help="of a method that cannot be called: its texts"
    )
    submit.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> None:
    """Writes the bundle, or refuses with every reason."""
    from synthworth.core.result import read
    from synthworth.pipeline.replay import suites_in
    from synthworth.submission.submit import SubmissionRequest, submit

    bundle = submit(
        SubmissionRequest(
            name=chosen.name,
            suites=suites_in([chosen.suites]),
            results=read(chosen.results),
            data=chosen.data,
            method=chosen.method,
            generator=chosen.generator,
            date=chosen.date or datetime.datetime.now(datetime.UTC).date().isoformat(),
            per_label=chosen.per_label,
            demonstrations=chosen.demonstrations,
            who=chosen.who,
            variants=chosen.variants,
            division=chosen.division,
            note=chosen.note,
            texts=chosen.texts,
            notice=notice,
        ),
        chosen.out,
    )
    texts = sum(map(len, bundle.texts.values()))
    say(f"{chosen.out}: {len(bundle.tasks)} tasks, {texts:,} texts, {len(bundle.results)} results")
    say(f"verify it with: synthworth verify {chosen.out} --data {chosen.data}")
