"""`synthworth mix` and `synthworth matrix` read results that lie in several files."""

from pathlib import Path

from synthworth.cli import read_all
from synthworth.core.result import read

SUITES = Path(__file__).parents[2] / "suites"
BASELINE, MIXING = SUITES / "baseline.jsonl", SUITES / "mixing.jsonl"


def test_a_result_that_two_files_hold_counts_once():
    assert read_all([BASELINE, MIXING, BASELINE]) == [*read(BASELINE), *read(MIXING)]
