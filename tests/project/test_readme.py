"""README's numbers are the project's own: its table is the committed results, rendered."""

import re
from pathlib import Path
from statistics import fmean

import pytest

from synthworth.__main__ import main
from synthworth.core.result import read

ROOT = Path(__file__).parents[2]


README = (ROOT / "README.md").read_text(encoding="utf-8")
PRINTED = re.findall(r"<!-- (\w+): begin -->\n(.*?)<!-- \1: end -->\n\nPrinted by\n`synthworth (.*?)`", README, re.S)


@pytest.mark.parametrize(("shown", "command"), [pytest.param(*block, id=name) for name, *block in PRINTED])
def test_a_table_in_readme_is_what_the_command_below_it_prints(shown, command, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert main(command.split()) == 0
    assert shown.strip() == capsys.readouterr().out.strip()


def test_the_leaderboard_is_among_them():
    assert {"leaderboard", "mean"} <= {name for name, *_ in PRINTED}


def test_the_claims_in_readme_are_those_of_the_study():
    shown = re.search("<!-- claims: begin -->\n(.*)<!-- claims: end -->", README, re.S)[1].strip()
    study = (ROOT / "suites/study/tables.md").read_text(encoding="utf-8")
    assert shown in study.split("### The claims of the study on these results")[1]


def test_the_variance_in_readme_is_that_of_the_study():
    shown = re.search("<!-- variance: begin -->\n(.*)<!-- variance: end -->", README, re.S)[1].strip().splitlines()
    study = (ROOT / "suites/study/tables.md").read_text(encoding="utf-8")
    there = study.split("### Where the variance of a mean score comes from")[1].splitlines()
    assert shown == [line for line in there if line in shown]
    assert sum(line.startswith("| mean of 10 |") for line in shown) == 4


def test_another_draw_moved_a_score_as_far_as_readme_says():
    means = {}
    for file in ("results", "redrawn"):
        for r in read(ROOT / f"suites/{file}.jsonl"):
            if (r.classifier, r.per_label) == ("minilm", 100):
                means.setdefault((r.task, r.method), {}).setdefault(r.generation_seed, []).append(r.macro_f1)
    widest = max(abs(fmean(of[0]) - fmean(of[1])) for of in means.values() if len(of) == 2)
    assert f"another draw moved a score by up to {widest:.2f}." in README


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
