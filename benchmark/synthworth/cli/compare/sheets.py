"""`compare sheets`: a sheet of pairs of tasks for each annotator to fill in."""

import argparse
import contextlib
import re
from collections.abc import Sequence
from pathlib import Path

from synthworth.cli import Commands, add_folder_of_suites


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "sheets",
        epilog="Example: synthworth compare sheets anna ben --out sheets",
        help="write a sheet of pairs of tasks for each annotator to fill in",
    )
    parser.add_argument("annotators", nargs="+", help="their names: a sheet is called after each")
    parser.add_argument("--out", type=Path, required=True, help="folder of the sheets. Example: sheets")
    add_folder_of_suites(parser)
    parser.add_argument("--pairs", type=int, default=None, help="pairs for each annotator. Default: all")
    parser.add_argument("--seed", type=int, default=0, help="of the order of pairs and sides. Default: 0")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Write all sheets, or none if one of them cannot be written."""
    from synthworth.core import atomic
    from synthworth.pipeline import suites_in
    from synthworth.subjectivity import sheets

    tasks = [suite.task for suite in suites_in([arguments.suites])]
    paths = _paths(arguments.annotators, arguments.out)
    texts = sheets(tasks, arguments.annotators, pairs_per_annotator=arguments.pairs, seed=arguments.seed)
    try:
        arguments.out.mkdir(parents=True, exist_ok=True)
        for path, text in zip(paths, texts.values(), strict=True):
            atomic.replace(path, text)
    except OSError as error:
        for path in paths:
            with contextlib.suppress(OSError):
                path.unlink()
        raise ValueError(f"cannot write sheets into {arguments.out} ({error.strerror}); give another --out") from None
    pairs = next(iter(texts.values())).count("\n") - 1
    print(f"{len(paths)} sheet{'s' * (len(paths) > 1)} of {pairs} pairs of {len(tasks)} tasks in {arguments.out}")
    print(f"When they are filled in: synthworth compare rank {arguments.out}/*.csv")


def _paths(annotators: Sequence[str], folder: Path) -> list[Path]:
    """Name the file of each sheet; raises ValueError for a name that no file can have, and for a file that exists."""
    from synthworth.subjectivity import STAND_IN

    for name in annotators:
        if not re.fullmatch(r"[\w. -]+", name) or name.strip(". ") != name:
            raise ValueError(f"annotator {name!r}: a sheet is called so; use letters, digits, spaces, _, - and .")
        if name.startswith(STAND_IN):
            raise ValueError(f"annotator {name!r} is a generator; ask it with: synthworth compare ask")
    paths = [folder / f"{name}.csv" for name in annotators]
    for path in paths:
        if path.exists():
            raise ValueError(f"{path} is there already, perhaps filled in; move it away, or give another --out")
    return paths
