"""`synthworth calibrate`: the rate of false alarms and the power of the gate for prompt changes."""

import argparse
import sys
from pathlib import Path

from synthworth.cli import Commands, add_format, add_real_texts, add_suites


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "calibrate",
        epilog="Example: synthworth calibrate results.jsonl --data my-data --suites test_tickets.py",
        help="false alarms and power of the gate for prompt changes",
    )
    parser.add_argument(
        "files",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="JSON Lines that --synth-results wrote, with several training seeds; for several generation seeds, all of "
        "their files",
    )
    add_real_texts(parser, "real texts of the results")
    add_suites(parser)
    parser.add_argument(
        "--show",
        default="rates",
        help="rates (false alarms and planted drops found, simulated), pooling (the same if tasks shared the variance "
        "between draws) or draws (the gate on recorded draws of the same prompt, each against each). Default: rates",
    )
    parser.add_argument("--trials", type=int, default=100, help="trials for each line of the table. Default: 100")
    parser.add_argument("--margin", type=float, default=0.01, help="smallest drop that matters. Default: 0.01")
    add_format(parser, ("plain", "github"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print the table."""
    from synthworth.gate import calibrate
    from synthworth.pipeline.suite_paths import suite_paths

    table = calibrate(
        arguments.files,
        arguments.data,
        suite_paths(arguments.suites),
        show=arguments.show,
        trials=arguments.trials,
        margin=arguments.margin,
        form=arguments.format,
    )
    sys.stdout.write(table)
