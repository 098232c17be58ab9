"""`synthworth leaderboard`: a results file as a table."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from synthworth.cli import (
    Commands,
    add_format,
    add_notes,
    add_one_classifier,
    add_quality,
    add_scored_on,
    add_suites,
    gold_for,
    quality_for,
)

if TYPE_CHECKING:
    from synthworth.core import Result
    from synthworth.leaderboard import Context


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "leaderboard",
        epilog="Example: synthworth leaderboard results.jsonl --classifier minilm --format github",
        help="render a results file as a table",
    )
    parser.add_argument("file", type=Path, help="JSON Lines that --synth-results wrote")
    add_one_classifier(parser)
    parser.add_argument("--generator", default="", help="only its rows, and those that need none. Default: all")
    parser.add_argument("--per-label", default="", help="only rows of that size, as 100. Default: all")
    parser.add_argument("--task", default="", help="only rows of that task, or the mean over tasks: mean. Default: all")
    add_format(parser)
    add_scored_on(parser, "gives tiers")
    add_suites(parser, "for --data")
    add_quality(parser, "FILE")
    parser.add_argument(
        "--entries", type=Path, help="JSON Lines with the entry of a method and generator: authors, date, state"
    )
    add_notes(parser, "FILE")
    parser.add_argument("--columns", default="", help="only these, as task,method,tier. Default: what says something")
    parser.add_argument("--intervals", action="store_true", help="95 %% intervals in brackets beside the numbers")
    parser.add_argument("--by", default="", help="a column for each generator, method or classifier, in place of rows")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print the leaderboards."""
    from synthworth.core import read
    from synthworth.leaderboard import View
    from synthworth.leaderboard.render import render

    view = View(
        columns=[name.strip() for name in arguments.columns.split(",") if name.strip()],
        intervals=arguments.intervals,
        by=arguments.by,
        classifier=arguments.classifier,
        generator=arguments.generator,
        per_label=arguments.per_label,
        task=arguments.task,
    )
    results = read(arguments.file)
    if not results and arguments.format not in ("csv", "json"):  # programs take an empty table
        raise ValueError(f"no results in {arguments.file}; measure some with: pytest suites --synth-results FILE")
    sys.stdout.write(render(results, arguments.format, view=view, context=_context(arguments, results)))


def _context(arguments: argparse.Namespace, results: Sequence["Result"]) -> "Context":
    from synthworth.core import Entry, notes_beside, read_notes, read_records
    from synthworth.leaderboard import Context

    return Context(
        gold=gold_for(arguments, results),
        quality=quality_for(arguments, arguments.file),
        entries=read_records(arguments.entries, Entry, "entries") if arguments.entries else (),
        notes=read_notes(arguments.notes) if arguments.notes else notes_beside(arguments.file),
    )
