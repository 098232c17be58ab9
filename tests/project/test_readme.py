"""README is short and opens with the commands that CI runs; the suites state the committed results."""

import re
from pathlib import Path

import pytest

from synthworth.core.result import read

ROOT = Path(__file__).parents[2]


README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_readme_is_read_in_two_minutes():
    assert len(README.splitlines()) <= 150


def test_readme_opens_with_the_two_commands_that_ci_runs():
    ci = (ROOT / ".ci/run").read_text(encoding="utf-8")
    for environment in ("quickstart", "tests"):
        assert f"pip install tox && tox run -e {environment}" in README[:2500]
        assert f"tox run -e {environment}" in ci


def measured():
    found = {}
    for result in read(ROOT / "suites/results.jsonl"):
        if (result.classifier, result.per_label, result.training_seed) == ("minilm", 100, 0):
            found.setdefault(result.task, {})[result.method] = result.macro_f1
    return found


@pytest.mark.parametrize("task", sorted(measured()))
def test_a_suite_says_what_the_committed_results_say(task):
    text = (ROOT / f"suites/test_{task}.py").read_text(encoding="utf-8")
    said = re.search(r"^Expect, .*: real (\S+), few_shot (\S+), zero_shot (\S+)\.$", text, re.M)
    assert said, f"test_{task}.py has no line that begins with Expect"
    scores = measured()[task]
    assert list(said.groups()) == [f"{scores[method]:.3f}" for method in ("real", "few_shot", "zero_shot")]
