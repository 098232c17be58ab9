"""`synthworth rules` counts what rules would drop of real and recorded texts."""

import json
from pathlib import Path

import pytest

from synthworth.__main__ import main
from synthworth.generation.filters import REPORTED

SUITE = Path(__file__).parents[2] / "suites/test_sms_spam.py"
ASKED = ["rules", "--data", "quickstart", "--suites", str(SUITE), "--per-label", "10"]


def test_the_table_has_a_row_for_each_measured_rule_and_counts_the_draws_together(capsys):
    assert main([*ASKED, "--generation-seed", "0,1", "--format", "json"]) == 0
    (table,) = json.loads(capsys.readouterr().out)
    assert [(row["rule"], row["task"]) for row in table["rows"]] == [
        (rule.__name__, task) for rule in REPORTED for task in ("sms_spam", "all")
    ]
    assert all(0 <= float(row[name].rstrip("%")) <= 100 for row in table["rows"] for name in ("real", "zero_shot"))
    assert {row["real"] for row in table["rows"]} == {"0.00%"}  # hand-written texts


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--generation-seed", "one"], "error: --generation-seed is 'one'; give numbers from 0 on, as 0,1,2\n"),
        (["--rule", "loops"], "error: unknown rule 'loops'; rules: "),
        (["--method", "zero"], "error: unknown method 'zero'"),
    ],
)
def test_a_mistake_is_one_line(capsys, options, line):
    assert main([*ASKED, *options]) == 4
    assert capsys.readouterr().err.startswith(line)
