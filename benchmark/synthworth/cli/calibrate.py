"""`synthworth calibrate`: how often the gate for prompt changes fires on nothing."""

import argparse
import sys
from pathlib import Path

from synthworth.cli import Commands


def add(commands: Commands) -> None:
    """Declares the command."""
    parser = commands.add_parser("calibrate", help="how often the gate for prompt changes fires on nothing")
    parser.add_argument(
        "files",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="JSON Lines that --synth-results wrote, of several training seeds; of several generation seeds, all their "
        "files",
    )
    parser.add_argument("--data", default="hub", help="what was measured on: a mirror, quickstart or hub. Default: hub")
    parser.add_argument("--suites", type=Path, nargs="+", default=[Path("suites")], help="Default: suites")
    parser.add_argument("--trials", type=int, default=100, help="of each line of the table. Default: 100")
    parser.add_argument("--margin", type=float, default=0.01, help="drop that matters. Default: 0.01")
    parser.add_argument("--format", default="plain", help="plain or github. Default: plain")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Prints the table."""
    from synthworth.gate.calibration import calibrate

    told = calibrate(
        arguments.files,
        arguments.data,
        arguments.suites,
        trials=arguments.trials,
        margin=arguments.margin,
        form=arguments.format,
    )
    sys.stdout.write(told)
