"""README's numbers are the project's own: its table is the committed results, rendered."""

import re
from pathlib import Path

from benchmark.leaderboard import render
from benchmark.result import read

ROOT = Path(__file__).parents[1]
BEGIN, END = "<!-- leaderboard: begin -->\n", "<!-- leaderboard: end -->"


def test_the_table_in_readme_is_the_committed_results_rendered():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = readme.partition(BEGIN)[2].partition(END)[0]
    assert shown.strip() == render(read(ROOT / "suites/results.jsonl"), "github", "minilm").strip()


def test_readme_opens_with_the_two_commands_that_ci_runs():
    readme, ci = (ROOT / "README.md").read_text(encoding="utf-8"), (ROOT / ".ci/run").read_text(encoding="utf-8")
    for environment in ("quickstart", "tests"):
        assert f"pip install tox && tox run -e {environment}" in readme[:2500]
        assert f"tox run -e {environment}" in ci


def test_each_suite_says_what_the_committed_results_say():
    measured = {
        (r.task, r.method): r.macro_f1
        for r in read(ROOT / "suites/results.jsonl")
        if (r.classifier, r.per_label, r.training_seed) == ("minilm", 100, 0)
    }
    for path in sorted((ROOT / "suites").glob("test_*.py")):
        task = path.stem.removeprefix("test_")
        said = re.search(r"^Expect, .*: real (\S+), few_shot (\S+), zero_shot (\S+)\.$", path.read_text("utf-8"), re.M)
        assert said, path.name
        shown = [f"{measured[task, method]:.3f}" for method in ("real", "few_shot", "zero_shot")]
        assert list(said.groups()) == shown, path.name
