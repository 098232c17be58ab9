"""`synthworth audit`: how many edited copies of test texts the audit finds, and its false alarms."""

import argparse
import sys

from synthworth.cli import Commands, add_format, add_real_texts, add_suites


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "audit",
        epilog="Example: synthworth audit --data my-data --suites test_tickets.py",
        help="recall and false alarms of the audit for copies of test texts",
    )
    add_real_texts(parser, "real texts to edit")
    add_suites(parser)
    parser.add_argument("--texts", type=int, default=200, help="test texts of each task to edit. Default: 200")
    add_format(parser)
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
