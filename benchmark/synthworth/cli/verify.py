"""`synthworth verify`: what a bundle claims, made again from its data alone."""

import argparse
import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthworth.cli import Commands, notice, say

if TYPE_CHECKING:
    from synthworth.submission.verify import Verification

CAUGHT = 1
EXTRA = 20  # problems that are told in full


def add(commands: Commands) -> None:
    """Declares the command."""
    verify = commands.add_parser("verify", help="verify a bundle: replay, audit, train again; executes nothing of it")
    verify.add_argument("bundle", type=Path, metavar="BUNDLE", help="the folder that submit wrote")
    verify.add_argument("--data", required=True, help="real texts: hub, quickstart, or the folder of a mirror")
    verify.add_argument("--suites", type=Path, default=Path("suites"), help="files or folder. Default: suites")
    verify.add_argument("--json", type=Path, default=None, metavar="FILE", help="write the report there too")
    verify.add_argument("--seeds", type=int, default=1, metavar="N", help="training seeds to train again. Default: 1")
    verify.add_argument("--processes", type=int, default=0, metavar="N", help="at once; 0: as many as fit. Default: 0")
    verify.add_argument(
        "--reference",
        type=Path,
        default=None,
        metavar="FILE",
        help="results whose seeds say how far scores scatter. Default: results.jsonl beside the suites",
    )
    verify.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Judges the bundle; returns `CAUGHT` where it is not verified."""
    from synthworth.core.atomic import replace
    from synthworth.core.result import read
    from synthworth.pipeline.replay import suites_in
    from synthworth.submission.verify import Verifier, verify

    if chosen.seeds < 1 or chosen.processes < 0:
        raise ValueError(f"--seeds {chosen.seeds} --processes {chosen.processes}; give at least 1 seed and 0 processes")
    usual = (chosen.suites if chosen.suites.is_dir() else chosen.suites.parent) / "results.jsonl"
    reference = chosen.reference or (usual if usual.is_file() else None)
    found = verify(
        chosen.bundle,
        Verifier(
            suites=suites_in([chosen.suites]),
            data=chosen.data,
            reference=read(reference) if reference else (),
            seeds=chosen.seeds,
            processes=chosen.processes,
            notice=notice,
        ),
    )
    if chosen.json:
        replace(chosen.json, json.dumps(_report(found), indent=1, allow_nan=False) + "\n")
    _tell(found)
    return 0 if found.verified else CAUGHT


def _report(found: "Verification") -> dict[str, Any]:
    """The verification as JSON holds it, which has no infinite tolerance: null stands for an unknown one."""
    repetitions = [
        asdict(one)
        | {"exact": one.tolerance is None, "tolerance": None if one.tolerance == math.inf else one.tolerance}
        for one in found.repetitions
    ]
    return {"verified": found.verified, **asdict(found), "repetitions": repetitions}


def _tell(found: "Verification") -> None:
    for one in found.repetitions:
        where = f"{one.task or 'mean of the tasks'}, generation seed {one.generation_seed}, {one.classifier}"
        judged = (
            f"{one.differing} predictions differ, none may"
            if one.tolerance is None
            else f"they may differ by {one.tolerance:.3f}"
        )
        say(f"{where}: Macro-F1 {one.given:.3f} in the bundle, {one.again:.3f} trained again; {judged}")
    for line in found.problems[:EXTRA]:
        say(f"caught: {line}")
    if more := len(found.problems) - EXTRA if len(found.problems) > EXTRA else 0:
        say(f"caught: {more} more; --json FILE has them all")
    if found.entry is None:
        say("not verified: the bundle is not what its maker wrote")
        return
    for flag in found.entry.flags:
        say(f"flag: {flag}")
    # No line begins with a stranger's words: a CI would take some for a command.
    say(f"state: {found.entry.state}, of {found.entry.name}")
