"""`synthworth site`: the leaderboard as a folder of HTML pages."""

import argparse
from pathlib import Path

from synthworth.cli import Commands, add_notes, add_quality, add_scored_on


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "site",
        epilog="Example: synthworth site --results results.jsonl --out site",
        help="write the leaderboard as a folder of HTML pages that need no server",
    )
    parser.add_argument("--out", type=Path, required=True, help="the folder; replaced if this command made it")
    parser.add_argument(
        "--results",
        type=Path,
        default=Path("suites/results.jsonl"),
        help="what --synth-results wrote. Default: suites/results.jsonl",
    )
    parser.add_argument(
        "--suites", type=Path, nargs="*", default=[Path("suites")], help="files or folders, or none. Default: suites"
    )
    parser.add_argument("--submissions", type=Path, help="a folder of submissions' folders. Default: none")
    add_quality(parser, "the results")
    add_notes(parser, "the results")
    add_scored_on(parser, "gives tiers")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Write the pages."""
    from synthworth.core import NOTES
    from synthworth.leaderboard.site import Inputs
    from synthworth.leaderboard.site.build import build

    beside, noted = arguments.results.with_name("quality.jsonl"), arguments.results.with_name(NOTES)
    inputs = Inputs(
        results=arguments.results,
        suites=arguments.suites,
        submissions=arguments.submissions,
        quality=arguments.quality or (beside if beside.exists() else None),
        notes=arguments.notes or (noted if noted.exists() else None),
        data=arguments.data,
    )
    print(f"{build(arguments.out, inputs)} pages; open {arguments.out / 'index.html'}")
