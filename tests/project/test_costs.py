"""The cost of the ten tasks by small models, as docs/generators.md prints it, is what an estimate says today."""

import csv

import pytest

import measure_costs
from measure_costs import COSTS, SIZES, estimated
from synthworth.pipeline import suites_in
from synthworth.pipeline.suite_paths import suite_paths


def rows():
    with COSTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_task_method_and_size_has_a_row():
    tasks = {suite.task.name for suite in suites_in(suite_paths([measure_costs.ROOT / "suites"]))}
    expected = {(str(n), task, method) for n in SIZES for task in tasks for method in ("few_shot", "zero_shot")}
    assert {(row["per_label"], row["task"], row["method"]) for row in rows()} == expected


@pytest.mark.slow
def test_an_estimate_of_a_task_gives_the_tokens_of_the_file():
    known = [list(row.values()) for row in rows() if row["task"] == "sms_spam" and row["per_label"] == "100"]
    assert sorted(estimated("suites/test_sms_spam.py", 100)) == sorted(known)
