"""`synthworth compare`: rank tasks by objectivity, from comparisons by people and by generators."""

from synthworth.cli import Commands
from synthworth.cli.compare import ask, rank, sheets


def add(commands: Commands) -> None:
    """Declare the command and its three steps."""
    parser = commands.add_parser(
        "compare",
        help="rank tasks by subjectivity, from answers of people or of a generator that stands in for them",
    )
    steps = parser.add_subparsers(dest="step", required=True)
    for step in (sheets, ask, rank):
        step.add(steps)
