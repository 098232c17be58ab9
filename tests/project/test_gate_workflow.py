"""The workflow of the gate, its commands run as they stand, in a copy of the repository."""

import os
import random
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from servers import serving
from synthworth.core.result import read

ROOT = Path(__file__).parents[2]
WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/gate.yml").read_text(encoding="utf-8"))
RUN = {step.get("name"): step["run"] for step in WORKFLOW["jobs"]["gate"]["steps"] if "run" in step}
TASK = "relation"  # short texts, and far from chance
PROMPT = "generation_prompt="
WORDS = ("a", "of", "the", "and", "stone", "paper", "yellow", "walk", "seven", "quiet", "glass", "over", "rain")

pytestmark = pytest.mark.slow  # minutes: it collects all suites, and trains an encoder on the one that changed


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def copy(tmp_path, cache, monkeypatch):
    """What the workflow needs of this repository, without its history."""
    for name in ("suites", "cassettes"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "study"))
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    return tmp_path


def step(copy, name, *more):
    """Runs a step in the copy with the shell of GitHub; gives its exit status and what it printed."""
    python = shlex.quote(sys.executable)
    command = f'python() {{ {python} "$@"; }}\n' + " ".join([RUN[name].rstrip(), *map(shlex.quote, more)])
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "COV_"))}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT / "benchmark"), environment.get("PYTHONPATH", "")])
    done = subprocess.run(
        ["bash", "-e", "-c", command], cwd=copy, env=environment, capture_output=True, text=True, timeout=1800
    )
    return done.returncode, done.stdout + done.stderr


def summary(copy):
    """What the workflow shows on the page of the run."""
    assert step(copy, "Show")[0] == 0
    return (copy / "summary.md").read_text(encoding="utf-8")


def changed(copy):
    """Writes another word into the prompt of one task."""
    suite = copy / f"suites/test_{TASK}.py"
    text = suite.read_text(encoding="utf-8")
    assert text.count(PROMPT) == 1
    before, _, after = text.partition(PROMPT)
    head, quote, rest = after.partition('"')
    suite.write_text(f"{before}{PROMPT}{head}{quote}Please. {rest}", encoding="utf-8")
    return text


def test_the_baseline_holds_three_draws_of_every_task():
    results = read(ROOT / "suites/baseline.jsonl")
    tasks = {path.stem for path in (ROOT / "suites/quickstart").glob("*.jsonl")}
    assert {(r.task, r.generation_seed) for r in results} == {(task, seed) for task in tasks for seed in (0, 1, 2)}
    assert all(r.predicted and r.classifier == "minilm" for r in results)


def test_an_unchanged_tree_passes_and_trains_nothing(copy):
    code, said = step(copy, "Compare", "--synth-cache", "new")
    assert code == 0, said
    assert "unchanged, and so ok: 10" in said, said
    assert not (copy / "new").exists() or not [path for path in (copy / "new").rglob("*") if path.is_file()]
    assert "### Prompt gate: ok against suites/baseline.jsonl" in summary(copy)


def test_a_changed_prompt_without_recordings_says_what_is_missing_and_how_to_record_it(copy):
    changed(copy)
    code, said = step(copy, "Compare")
    assert code == pytest.ExitCode.TESTS_FAILED, said
    assert "zero_shot lacks 240 of 240 answers" in said
    assert "--synth-record missing" in said
    assert f"not measured: {TASK}/zero_shot/minilm, 240 answers missing" in said
    assert f"- {TASK}/zero_shot/minilm, 240 answers missing" in summary(copy)


def test_a_changed_prompt_that_was_recorded_and_is_worse_fails_with_the_report(copy):
    """Its texts are words at random, for each label the same ones."""
    changed(copy)

    def nothing(number, body):
        return " ".join(random.Random(number).choices(WORDS, k=16))

    with serving(nothing) as (url, _):
        code, said = step(copy, "Compare", "--synth-generator", f"smollm2-135m@{url}", "--synth-record", "missing")
        assert code == pytest.ExitCode.TESTS_FAILED, said
    code, said = step(copy, "Compare")
    assert code == pytest.ExitCode.TESTS_FAILED, said
    assert f"::error file=suites/test_{TASK}.py,title=synthworth::{TASK}/zero_shot/minilm: regressed; " in said
    shown = summary(copy)
    assert shown.startswith("### Prompt gate: regressed against suites/baseline.jsonl")
    assert f"| {TASK} | zero_shot | minilm |" in shown
    assert "- Power: zero_shot/minilm: a drop of 5 points is found in " in shown
