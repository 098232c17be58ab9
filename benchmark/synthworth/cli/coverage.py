"""`synthworth coverage`: how often the leaderboard's intervals hold the truth, by simulation."""

import argparse
import sys
from pathlib import Path

from synthworth.cli import Commands, add_format, add_per_label


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "coverage",
        epilog="Example: synthworth coverage results.jsonl",
        help="how often 95 %% intervals hold the truth, and tiers part equal methods, on results like yours",
    )
    parser.add_argument(
        "files",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="JSON Lines that --synth-results wrote, with two or more draws of real and of written texts",
    )
    parser.add_argument("--classifier", default="minilm", help="the classifier of these results. Default: minilm")
    add_per_label(parser, 100)
    parser.add_argument("--trials", type=int, default=40, help="simulated studies of each column. Default: 40")
    parser.add_argument("--seed", type=int, default=0, help="the seed of the simulation. Default: 0")
    add_format(parser, ("plain", "github"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print the tables."""
    from synthworth.leaderboard import coverage

    table = coverage(
        arguments.files,
        classifier=arguments.classifier,
        per_label=arguments.per_label,
        trials=arguments.trials,
        seed=arguments.seed,
        form=arguments.format,
    )
    sys.stdout.write(table)
