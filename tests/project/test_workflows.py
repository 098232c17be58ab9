"""The workflows run commands that exist, with options that they take, and trust nothing that a fork sends."""

import argparse
import re
import shlex
from pathlib import Path

import pytest
import yaml

from synthworth.__main__ import main
from synthworth.plugin.options import add_options

FOLDER = Path(__file__).parents[2] / ".github/workflows"
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


class Group:
    """Stands in for pytest's parser, and keeps the options that the plugin declares."""

    def __init__(self):
        self.parser = argparse.ArgumentParser(exit_on_error=False, allow_abbrev=False)

    def getgroup(self, *names):
        return self

    def addoption(self, *names, **options):
        self.parser.add_argument(*names, **options)


def options_of_pytest():
    group = Group()
    add_options(group)
    group.parser.add_argument("-q", action="store_true")
    group.parser.add_argument("paths", nargs="*")
    return group.parser


def test_there_are_the_two_workflows_that_a_maintainer_needs():
    assert set(WORKFLOWS) == {"gate", "verify-submission"}


def test_every_command_of_ours_parses(capsys):
    found = list(commands(["python", "-m", "synthworth"]))
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
        parsed = options_of_pytest().parse_args(arguments)
        assert parsed.paths == ["suites"]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_runs_on_pull_requests_with_the_right_to_read_alone(name):
    workflow = WORKFLOWS[name]
    assert set(workflow[True]) == {"pull_request"}  # YAML 1.1 reads `on` so; pull_request_target has secrets
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
