"""`python -m benchmark leaderboard`: a results file as a table."""

import argparse
import sys
from pathlib import Path

from benchmark.commands import Commands


def add(commands: Commands) -> None:
    """Declares the command."""
    parser = commands.add_parser("leaderboard", help="render a results file as a table")
    parser.add_argument("file", type=Path, help="JSON Lines that --synth-results wrote")
    parser.add_argument("--classifier", default="", help="only its rows. Default: all")
    parser.add_argument("--per-label", default="", help="only rows of that size, as 100. Default: all")
    parser.add_argument("--format", default="plain", help="plain, github, csv or json. Default: plain")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Prints it."""
    from benchmark.leaderboard import render
    from benchmark.result import read

    sys.stdout.write(render(read(arguments.file), arguments.format, arguments.classifier, arguments.per_label))
