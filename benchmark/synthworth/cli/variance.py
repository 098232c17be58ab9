"""`synthworth variance`: the sources of each interval's width, and the price of a narrower one."""

import argparse
import sys
from pathlib import Path

from synthworth.cli import Commands, add_format, add_one_classifier, add_quality, quality_for


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "variance",
        epilog="Example: synthworth variance results.jsonl --classifier minilm",
        help="where each interval's width comes from, and what to buy more of",
    )
    parser.add_argument("file", type=Path, help="JSON Lines that --synth-results wrote, with several seeds")
    add_one_classifier(parser)
    parser.add_argument("--per-label", type=int, help="only rows of that size, 0 for all texts. Default: all sizes")
    parser.add_argument("--task", default="", help="only rows of that task. Default: all")
    add_quality(parser, "FILE")
    parser.add_argument("--step-seconds", type=float, default=1.0, help="of a step of the training. Default: 1")
    parser.add_argument("--row-seconds", type=float, default=0.015, help="to predict a test row. Default: 0.015")
    add_format(parser, ("plain", "github"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print the table."""
    from synthworth.core import read, unknown
    from synthworth.leaderboard import Pace, purchases_table

    results = read(arguments.file)
    for name in ("classifier", "task", "per_label"):
        wanted = getattr(arguments, name)
        if wanted in ("", None):
            continue
        there = sorted({getattr(result, name) for result in results})
        if wanted not in there:
            raise ValueError(unknown(f"--{name.replace('_', '-')}", str(wanted), list(map(str, there)), "values"))
        results = [result for result in results if getattr(result, name) == wanted]
    table = purchases_table(
        results,
        quality_for(arguments, arguments.file),
        pace=Pace(step=arguments.step_seconds, row=arguments.row_seconds),
        form=arguments.format,
    )
    sys.stdout.write(table)
