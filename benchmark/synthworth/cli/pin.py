"""`synthworth pin`: the revision to pin a task's data set to."""

import argparse

from synthworth.cli import Commands


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "pin",
        epilog="Example: synthworth pin fancyzhx/ag_news",
        help="print the newest revision of a data set on the hub, to pin a task to it",
    )
    parser.add_argument("path", nargs="+", help="data sets: ID, or ID@REF for a branch, as in fancyzhx/ag_news")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print a line for each data set."""
    from synthworth.pipeline import newest_revision

    for given in arguments.path:
        path, _, ref = given.partition("@")
        print(given, newest_revision(path, ref or None))
