"""README is short and opens with the commands that CI runs; a suite says where its scores are."""

import re
from pathlib import Path

import pytest

from interface import command_parser

ROOT = Path(__file__).parents[2]


README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_readme_is_read_in_two_minutes():
    assert len(README.splitlines()) <= 150


def test_readme_opens_with_the_two_commands_that_ci_runs():
    ci = (ROOT / ".ci/run").read_text(encoding="utf-8")
    for environment in ("quickstart", "tests"):
        assert f"pip install tox && tox run -e {environment}" in README[:2500]
        assert f"\npip install tox && tox run -e {environment}\n" in ci


@pytest.mark.parametrize("path", sorted((ROOT / "suites").glob("test_*.py")), ids=lambda path: path.stem)
def test_the_command_that_a_suite_gives_for_its_scores_is_one(path):
    """Scores are not typed into a suite, where they would be wrong after the next run."""
    if given := re.search(r"^Expect: .*: synthworth (.*)$", path.read_text(encoding="utf-8"), re.M):
        parsed = command_parser().parse_args(given[1].split())
        assert f"test_{parsed.task}" == path.stem
    else:
        assert path.stem == "test_subjectivity"  # no task, but claims over all of them
