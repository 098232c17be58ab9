"""`synthworth prune`: recorded answers that are not used."""

import argparse

from synthworth.cli import Commands


def add(commands: Commands) -> None:
    """Declare the command; arguments that it does not know go to pytest."""
    parser = commands.add_parser(
        "prune",
        epilog="Example: synthworth prune test_tickets.py --synth-data my-data --synth-generator qwen3-8b",
        help="drop recorded answers that a complete green run does not use",
        usage="%(prog)s [-h] [--yes] [what pytest is to run, and its options; default: suites]",
        allow_abbrev=False,
    )
    parser.add_argument("--yes", action="store_true", help="drop them. Default: only say how many there are")
    parser.set_defaults(run=run, takes_rest=True)


def run(arguments: argparse.Namespace) -> None:
    """Count the unused answers, and drop them if asked to."""
    from synthworth.generation.prune import prune

    print(prune(arguments.rest or ["suites"], drop=arguments.yes))
