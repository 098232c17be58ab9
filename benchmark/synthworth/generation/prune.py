"""Removal of unused recorded answers: those that a complete green run has not asked for."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from synthworth.generation.recording import Recording

# The cheapest run that asks every generator for everything: no real texts, and nothing to train.
CHEAP = ("--synth-data", "quickstart", "--synth-classifier", "majority", "-q", "-p", "no:cacheprovider")


SEEDS = "--synth-generation-seed"


def prune(arguments: Sequence[str], *, drop: bool) -> str:
    """Run pytest on these arguments, and count (with `drop`, drop) the answers of each recording that it did not use.

    Several generation seeds, by comma, are a run each, and an answer is used if one of them uses it. Answers of other
    quotas, seeds and generators are only kept if the run asks for them: pass their options on. Raises ValueError if a
    run is not green, or leaves out tests, which may need the answers that it did not use.
    """
    command = " ".join(arguments)
    if any("::" in argument for argument in arguments):
        raise ValueError(f"pytest {command} leaves tests out, which may need other answers; name whole files")
    lines: list[str] = []
    used: dict[str, set[str]] = {}
    for run in _by_seed(arguments):
        ended, listed = _used(run)
        lines.append(f"pytest {' '.join(run)}: {ended}; answers that only skipped tests need count as unused")
        for path, answers in listed.items():
            used.setdefault(path, set()).update(answers)
    total = 0
    for path, keys in sorted(used.items()):
        recording = Recording(Path(path))
        unused = recording.prune(keys) if drop else recording.unused(keys)
        lines.append(f"{'/'.join(Path(path).with_suffix('').parts[-3:])}: {unused} of {unused + len(keys)} unused")
        total += unused
    if total and not drop:
        lines.append(f"Nothing was dropped; do it with: synthworth prune --yes {command}")
    return "\n".join(lines)


def _by_seed(arguments: Sequence[str]) -> list[list[str]]:
    """The arguments of a run for each generation seed that is named."""
    words = [word for a in arguments for word in (a.split("=", 1) if a.startswith(f"{SEEDS}=") else [a])]
    if SEEDS not in words[:-1]:
        return [list(arguments)]
    place = words.index(SEEDS) + 1
    return [[*words[:place], seed.strip(), *words[place + 1 :]] for seed in words[place].split(",")]


def _used(arguments: Sequence[str]) -> tuple[str, dict[str, list[str]]]:
    """The last line of a run, and the keys that it used of each recording."""
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "used.json"
        command = [sys.executable, "-m", "pytest", *CHEAP, *arguments, "--synth-used", str(written)]
        done = subprocess.run(command, capture_output=True, text=True)
        ended = "".join((done.stdout + done.stderr).strip().splitlines()[-1:])
        if not written.exists():
            raise ValueError(
                f"pytest {' '.join(arguments)} was not green, or left tests out ({ended}); nothing was dropped"
            )
        used: dict[str, list[str]] = json.loads(written.read_text(encoding="utf-8"))
        return ended, used
