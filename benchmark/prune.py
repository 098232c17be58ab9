"""Drops recorded answers that nothing uses any more: those that a complete green run has not asked for."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmark.recording import Recording

# The cheapest run that asks every generator for everything: no real texts, and nothing to train.
CHEAP = ("--synth-data", "quickstart", "--synth-classifier", "majority", "-q", "-p", "no:cacheprovider")


def prune(arguments: Sequence[str], *, drop: bool) -> str:
    """Runs pytest on these arguments, and says what of each recording it did not use; with `drop`, drops that.

    ValueError where the run is not green, or leaves out tests: what it did not use may be needed all the same.
    What other quotas, seeds and generators use is only kept if the run asks for it: pass their options on.
    """
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "used.json"
        command = [sys.executable, "-m", "pytest", *CHEAP, *arguments, "--synth-used", str(written)]
        done = subprocess.run(command, capture_output=True, text=True)
        if not written.exists():
            last = (done.stdout + done.stderr).strip().splitlines()[-1:]
            raise ValueError(
                f"pytest {' '.join(arguments)} was not green, or left tests out ({''.join(last)}); nothing was dropped"
            )
        used = json.loads(written.read_text(encoding="utf-8"))
    lines = [_pruned(Path(path), set(keys), drop=drop) for path, keys in sorted(used.items())]
    hint = "" if drop else "\nNothing was dropped; do it with: python -m benchmark prune --yes"
    return "\n".join(lines or ["no recording was used"]) + hint


def _pruned(path: Path, used: set[str], *, drop: bool) -> str:
    recording = Recording(path)
    unused = recording.prune(used) if drop else recording.unused(used)
    return f"{path.parent.name}/{path.stem}: {unused} of {unused + len(used)} answers unused"
