"""The workflows run commands that exist, with options that they take, and trust nothing that a fork sends."""

import configparser
import re
import shlex
import tomllib
from pathlib import Path

import pytest
import yaml

from interface import pytest_parser
from synthworth.__main__ import main

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".github/workflows"
WORKFLOWS = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yml"))}
STEPS = [
    pytest.param(step, id=f"{name}-{job}-{number}")
    for name, workflow in WORKFLOWS.items()
    for job, parts in workflow["jobs"].items()
    for number, step in enumerate(parts["steps"])
]
ENDS = {"|", "||", "&&", ";", ">", ">>", "2>", "<"}  # what ends the arguments of a command in a shell


def commands(begin):
    """The arguments of each command in a workflow that begins so, and where it stands."""
    for name, workflow in WORKFLOWS.items():
        for parts in workflow["jobs"].values():
            for step in parts["steps"]:
                for line in step.get("run", "").splitlines():
                    words = shlex.split(line, comments=True)
                    for place in range(len(words)):
                        if words[place : place + len(begin)] == begin:
                            rest = words[place + len(begin) :]
                            end = next((i for i, word in enumerate(rest) if word in ENDS), len(rest))
                            yield name, rest[:end]


def test_there_are_the_three_workflows_that_a_maintainer_needs():
    assert set(WORKFLOWS) == {"gate", "tests", "verify-submission"}


def test_every_command_of_ours_parses(capsys):
    found = list(commands(["synthworth"]))
    assert [name for name, _ in found] == ["verify-submission"]
    for _, arguments in found:
        # The folder that the shell names is not here, which is the only thing that is wrong: 2 would be a usage error.
        assert main(["verify", "nowhere", *arguments[2:]]) == 4
        assert arguments[0] == "verify"
        assert "no folder nowhere" in capsys.readouterr().err


def test_every_command_of_pytest_has_options_that_the_plugin_declares():
    found = list(commands(["python", "-m", "pytest"]))
    assert [name for name, _ in found] == ["gate"]
    for _, arguments in found:
        parsed = pytest_parser().parse_args(arguments)
        assert parsed.paths == ["suites"]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_runs_on_pull_requests_with_the_right_to_read_alone(name):
    workflow = WORKFLOWS[name]
    assert set(workflow[True]) <= {"pull_request", "push"}  # YAML 1.1 reads `on` so; pull_request_target has secrets
    assert workflow["permissions"] == {"contents": "read"}
    assert all("permissions" not in job and job["timeout-minutes"] for job in workflow["jobs"].values())


@pytest.mark.parametrize("name", WORKFLOWS)
def test_no_workflow_knows_a_secret(name):
    assert "secrets." not in (FOLDER / f"{name}.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize("step", STEPS)
def test_an_action_is_pinned_to_a_commit_and_keeps_no_credentials(step):
    if action := step.get("uses"):
        assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", action)
        if action.startswith("actions/checkout"):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("step", STEPS)
def test_no_shell_gets_words_of_a_stranger(step):
    """An expression in a script is pasted into it before the shell reads it; a variable is not."""
    assert "${{" not in step.get("run", "")


def test_a_submission_is_judged_by_the_code_of_the_target_branch():
    steps = WORKFLOWS["verify-submission"]["jobs"]["verify"]["steps"]
    ours, theirs = (step["with"] for step in steps if step.get("uses", "").startswith("actions/checkout"))
    assert (ours["ref"], ours["path"]) == ("${{ github.event.pull_request.base.sha }}", "judge")
    assert (theirs["ref"], theirs["path"]) == ("${{ github.event.pull_request.head.sha }}", "submitted")
    assert all(step.get("working-directory") == "judge" for step in steps if "run" in step)


def test_the_tests_run_on_each_supported_python_in_environments_that_exist():
    matrix = WORKFLOWS["tests"]["jobs"]["tox"]["strategy"]["matrix"]
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini")
    named = {*matrix["environment"], *(more["environment"] for more in matrix["include"])}
    assert {f"testenv:{name}" for name in named} <= set(tox)
    assert {"lint", "types", "tests"} <= set(matrix["environment"])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lowest, above = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", project["requires-python"]).groups()
    assert matrix["python"] == [f"3.{minor}" for minor in range(int(lowest), int(above))]


def test_pre_commit_runs_the_ruff_that_tox_runs():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0]["hooks"]
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert {hook["entry"].partition(" --")[0] for hook in hooks} == {"ruff check", "ruff format"}
    assert all(hook["additional_dependencies"][0] in pinned for hook in hooks)
