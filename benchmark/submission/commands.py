"""`python -m benchmark submit` and `verify`: their options, and what they print."""

import argparse
import datetime
import json
import math
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmark.submission.verify import Verified

CAUGHT = 1
EXTRA = 20  # problems that are told in full


def add_to(commands: Any) -> None:
    """Declares both commands, each with its options."""
    submit = commands.add_parser("submit", help="bundle a finished run, so that a stranger can verify it")
    submit.add_argument("name", metavar="NAME", help="what the leaderboard calls it")
    submit.add_argument("--results", type=Path, required=True, metavar="FILE", help="what --synth-results wrote")
    _add_common(submit)
    submit.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder for the bundle")
    submit.add_argument("--method", default="zero_shot", help="Default: zero_shot")
    submit.add_argument("--generator", default="smollm2-135m", help="its name in the results. Default: smollm2-135m")
    submit.add_argument("--per-label", type=int, default=100, metavar="N", help="texts per label. Default: 100")
    submit.add_argument("--demonstrations", default=None, help="pool or real. Default: as in the results, pool first")
    submit.add_argument("--who", default="", help="its authors. Default: not said")
    submit.add_argument("--date", default=None, help="the day it was made, as 2026-11-20. Default: today")
    submit.add_argument("--variants", type=int, default=None, metavar="N", help="how many were tried, this one too")
    submit.add_argument("--division", default="closed", help="closed or open. Default: closed")
    submit.add_argument("--note", default="", help="what a reader should know, in one line")
    submit.add_argument(
        "--texts", type=Path, default=None, metavar="DIR", help="of a method that is not ours: its texts"
    )

    verify = commands.add_parser("verify", help="verify a bundle: replay, audit, train again; executes nothing of it")
    verify.add_argument("bundle", type=Path, metavar="BUNDLE", help="the folder that submit wrote")
    _add_common(verify)
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


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", required=True, help="real texts: hub, quickstart, or the folder of a mirror")
    parser.add_argument("--suites", type=Path, default=Path("suites"), help="files or folder. Default: suites")


def run(chosen: argparse.Namespace) -> int:
    """Does what was chosen; returns the exit code, `CAUGHT` where a bundle is not verified."""
    return _submit(chosen) if chosen.command == "submit" else _verify(chosen)


def _submit(chosen: argparse.Namespace) -> int:
    from benchmark.replay import suites_in
    from benchmark.result import read
    from benchmark.submission.submit import Submission, submit

    bundle = submit(
        Submission(
            name=chosen.name,
            suites=suites_in([chosen.suites]),
            results=read(chosen.results),
            data=chosen.data,
            method=chosen.method,
            generator=chosen.generator,
            date=chosen.date or datetime.datetime.now(datetime.UTC).date().isoformat(),
            per_label=chosen.per_label,
            demonstrations=chosen.demonstrations,
            who=chosen.who,
            variants=chosen.variants,
            division=chosen.division,
            note=chosen.note,
            texts=chosen.texts,
            notice=_notice,
        ),
        chosen.out,
    )
    texts = sum(map(len, bundle.texts.values()))
    _print(f"{chosen.out}: {len(bundle.tasks)} tasks, {texts:,} texts, {len(bundle.results)} results")
    _print(f"verify it with: python -m benchmark verify {chosen.out} --data {chosen.data}")
    return 0


def _verify(chosen: argparse.Namespace) -> int:
    from benchmark.atomic import replace
    from benchmark.replay import suites_in
    from benchmark.result import read
    from benchmark.submission.verify import Verifier, verify

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
            notice=_notice,
        ),
    )
    if chosen.json:
        replace(chosen.json, json.dumps(_report(found), indent=1, allow_nan=False) + "\n")
    _tell(found)
    return 0 if found.verified else CAUGHT


def _report(found: "Verified") -> dict[str, Any]:
    """The verification as JSON holds it, which has no infinite tolerance: null stands for an unknown one."""
    repetitions = [
        asdict(one)
        | {"exact": one.tolerance is None, "tolerance": None if one.tolerance == math.inf else one.tolerance}
        for one in found.repetitions
    ]
    return {"verified": found.verified, **asdict(found), "repetitions": repetitions}


def _tell(found: "Verified") -> None:
    for one in found.repetitions:
        where = f"{one.task or 'mean of the tasks'}, generation seed {one.generation_seed}, {one.classifier}"
        judged = (
            f"{one.differing} predictions differ, none may"
            if one.tolerance is None
            else f"they may differ by {one.tolerance:.3f}"
        )
        _print(f"{where}: Macro-F1 {one.given:.3f} in the bundle, {one.again:.3f} trained again; {judged}")
    for line in found.problems[:EXTRA]:
        _print(f"caught: {line}")
    if more := len(found.problems) - EXTRA if len(found.problems) > EXTRA else 0:
        _print(f"caught: {more} more; --json FILE has them all")
    if found.entry is None:
        _print("not verified: the bundle is not what its maker wrote")
        return
    for flag in found.entry.flags:
        _print(f"flag: {flag}")
    # No line begins with a stranger's words: a CI would take some for a command.
    _print(f"state: {found.entry.state}, of {found.entry.name}")


def _print(line: str) -> None:
    # Escaped: a stranger's words neither break a line nor move the cursor.
    sys.stdout.write(line.encode("ascii", "backslashreplace").decode() + "\n")


def _notice(line: str) -> None:
    sys.stderr.write(f"{line} ...\n")
