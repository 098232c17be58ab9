"""`synthworth audit`: how many edited copies of test texts the audit finds, and its false alarms."""

import argparse
import sys
from pathlib import Path

from synthworth.cli import Commands


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "audit",
        epilog="Example: synthworth audit --data my-data --suites test_tickets.py",
        help="recall and false alarms of the audit for copies of test texts",
    )
    parser.add_argument("--data", default="hub", help="real texts to edit: a mirror, quickstart or hub. Default: hub")
    parser.add_argument(
        "--suites", type=Path, nargs="+", help="files or folders. Default: where pytest finds tests (testpaths)"
    )
    parser.add_argument("--texts", type=int, default=200, help="test texts of each task to edit. Default: 200")
    parser.add_argument("--format", default="plain", help="plain, github, csv or json. Default: plain")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print the table."""
    from synthworth.core import render
    from synthworth.pipeline.audit_accuracy import audit_accuracy
    from synthworth.pipeline.suite_paths import suite_paths

    if arguments.texts < 1:
        raise ValueError(f"--texts is {arguments.texts}; give 1 or more")
    table = audit_accuracy(suite_paths(arguments.suites), arguments.data, most=arguments.texts)
    sys.stdout.write(render([table], arguments.format))
