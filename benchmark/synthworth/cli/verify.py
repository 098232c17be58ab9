"""`synthworth verify`: verify a bundle from its data alone."""

import argparse
import contextlib
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthworth.cli import Commands, add_real_texts, add_suites, notice, say

if TYPE_CHECKING:
    from synthworth.submission import Verification

NOT_VERIFIED = 1  # exit code
MOST_PROBLEMS = 20  # printed in full


def add(commands: Commands) -> None:
    """Declare the command."""
    verify = commands.add_parser(
        "verify",
        epilog="Example: synthworth verify my-bundle --data my-data --suites test_tickets.py",
        help="verify a bundle: replay, audit, train again; runs none of its code",
    )
    verify.add_argument("bundle", type=Path, metavar="BUNDLE", help="the folder that submit wrote")
    add_real_texts(verify, required=True)
    add_suites(verify)
    verify.add_argument("--json", type=Path, metavar="FILE", help="write the report there, too. Default: not written")
    verify.add_argument("--seeds", type=int, default=1, metavar="N", help="training seeds to train again. Default: 1")
    verify.add_argument("--processes", type=int, default=0, metavar="N", help="at once; 0: as many as fit. Default: 0")
    verify.add_argument(
        "--reference",
        type=Path,
        metavar="FILE",
        help="your own results, for flags: scores of real texts and of zero_shot. Default: results.jsonl beside the "
        "suites",
    )
    verify.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Verify the bundle and print what was found; returns `NOT_VERIFIED` if it is not verified."""
    from synthworth.core import Bar, check_can_write, read, replace
    from synthworth.pipeline import results_beside, suites_in
    from synthworth.pipeline.suite_paths import suite_paths
    from synthworth.submission import Verifier
    from synthworth.submission.verify import verify

    if arguments.seeds < 1 or arguments.processes < 0:
        raise ValueError(
            f"--seeds {arguments.seeds} --processes {arguments.processes}; give at least 1 seed and 0 processes"
        )
    paths = suite_paths(arguments.suites)
    reference = arguments.reference or results_beside(paths)
    if arguments.json:
        check_can_write(arguments.json, read=[*([reference] if reference else []), *arguments.bundle.rglob("*")])
    with contextlib.closing(Bar(sys.stderr, contextlib.nullcontext)) as bar:
        verifier = Verifier(
            suites=suites_in(paths),
            data=arguments.data,
            reference=read(reference) if reference else (),
            seeds=arguments.seeds,
            processes=arguments.processes,
            notice=notice,
            progress=bar,
        )
        verification = verify(arguments.bundle, verifier)
    if arguments.json:
        replace(arguments.json, json.dumps(report_of(verification), indent=1, allow_nan=False) + "\n")
    _print(verification)
    return 0 if verification.verified else NOT_VERIFIED


def report_of(verification: "Verification") -> dict[str, Any]:
    """Return the verification as the JSON report holds it."""
    from synthworth.core import to_line

    results = [json.loads(to_line(result)) for result in verification.results]
    return {
        "verified": verification.verified,
        "meaning": verification.meaning,
        **asdict(verification),
        "results": results,
    }


def _print(verification: "Verification") -> None:
    for one in verification.repetitions:
        say(
            f"{one.place}: Macro-F1 {one.given:.3f} in the bundle, {one.again:.3f} trained again; {one.differing:,} of "
            f"{one.rows:,} predictions differ, {one.allowed:,} may"
        )
    for line in verification.problems[:MOST_PROBLEMS]:
        say(f"problem: {line}")
    if (more := len(verification.problems) - MOST_PROBLEMS) > 0:
        say(f"problem: {more} more; --json FILE has them all")
    if verification.entry is None:
        say("not verified: the files do not match the bundle's own manifest")
        return
    for flag in verification.entry.flags:
        say(f"flag: {flag}")
    say(f"meaning: {verification.meaning}")
    # No line begins with a stranger's words: a CI would take some for a command.
    say(f"state: {verification.entry.state}, of {verification.entry.name}")
