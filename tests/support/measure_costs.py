"""Write suites/costs.csv: what recording the ten tasks takes, as `--synth-estimate` says.

    python tests/support/measure_costs.py      # minutes

The generator has no recordings, so that nothing but prompts and the lengths of real texts goes into the estimate; its
price does not matter, for the file holds tokens. docs/generators.md multiplies them by the dated prices.
"""

import csv
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
COSTS = ROOT / "suites/costs.csv"
SIZES = (100, 1000)
OPTIONS = "--synth-data quickstart --synth-generator gpt-6-luna --synth-method zero_shot,few_shot --synth-estimate"
ROW = re.compile(r"(\w+) +(few_shot|zero_shot) +([\d,]+) +0 +([\d,]+) +([\d,]+) ")
NAMES = ("per_label", "task", "method", "answers", "prompt_tokens", "completion_tokens")


def estimated(suites: str, per_label: int) -> list[list[str]]:
    """The rows of the estimate for these suites, under `NAMES`."""
    command = [sys.executable, "-m", "pytest", suites, *OPTIONS.split(), "--synth-per-label", str(per_label)]
    done = subprocess.run(
        [*command, "-q", "-p", "no:cacheprovider"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = [[str(per_label), *match.groups()] for match in ROW.finditer(done.stdout)]
    return [[cell.replace(",", "") for cell in row] for row in found]


def main() -> None:
    with COSTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(NAMES)
        for per_label in SIZES:
            writer.writerows(estimated("suites", per_label))


if __name__ == "__main__":
    main()
