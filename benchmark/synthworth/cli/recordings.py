"""`synthworth recordings`: check recordings, and join those of two branches."""

import argparse
from pathlib import Path

from synthworth.cli import Commands, say


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser("recordings", help="check recordings, or merge those of two branches")
    inner = parser.add_subparsers(dest="action", required=True)

    check = inner.add_parser(
        "check",
        epilog="Example: synthworth recordings check cassettes",
        help="name every fault of recordings and their journals; exit 1 if there are any",
    )
    check.add_argument("paths", nargs="*", type=Path, help="files or folders. Default: cassettes")
    check.set_defaults(run=run_check)

    merge = inner.add_parser(
        "merge",
        epilog="Example: synthworth recordings merge ours.jsonl theirs.jsonl",
        help="join recordings into the first, or both sides of a conflict in one file",
        description="As a git merge driver: synthworth recordings merge %%A %%B --base %%O",
    )
    merge.add_argument("paths", nargs="+", type=Path, help="files; of two different answers the first file's is kept")
    merge.add_argument("--base", type=Path, default=None, help="their common ancestor. Default: none")
    merge.add_argument("--output", type=Path, default=None, help="file to write. Default: the first")
    merge.set_defaults(run=run_merge)


def run_check(arguments: argparse.Namespace) -> int:
    """Print the faults of every recording; return 1 if there are any."""
    from synthworth.generation.recording import check, recordings_in

    paths = recordings_in(arguments.paths or [Path("cassettes")])
    faults = [fault for path in paths for fault in check(path)]
    for fault in faults:
        say(fault)
    say(f"recordings: {len(paths)}, faults: {len(faults)}")
    return 1 if faults else 0


def run_merge(arguments: argparse.Namespace) -> None:
    """Write all answers of the recordings into one file."""
    from synthworth.generation.recording import write
    from synthworth.generation.recording.merge import merge

    merged = merge(arguments.paths, arguments.base)
    output = arguments.output or arguments.paths[0]
    write(merged, output)
    differing = f"; {merged.differing} differ, and those of the first are kept" if merged.differing else ""
    say(f"{output}: {len(merged.entries)} answers{differing}")
