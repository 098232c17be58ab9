"""Tests of our suites, as pytest's items: which are ours, and the recordings that they will read."""

from pathlib import Path
from typing import Any

from synthworth.core import cassettes_beside
from synthworth.pipeline import TaskSuite


def is_ours(item: Any) -> bool:
    """Tell whether a test is a method of a `TaskSuite`."""
    cls = getattr(item, "cls", None)
    return isinstance(cls, type) and issubclass(cls, TaskSuite)


def usual_cassettes_of(item: Any) -> Path | None:
    """The value that `synth_cassette_dir` will have in a test; None if the suite overrides the fixture."""
    known = item._fixtureinfo.name2fixturedefs.get("synth_cassette_dir", ())
    usual = bool(known) and known[-1].func.__module__ == "synthworth.plugin"
    return cassettes_beside(item.path.parent) if usual else None


def cassettes_of(item: Any) -> Path:
    """The value of `synth_cassette_dir` for a test that does not run."""
    item.fixturenames = ["synth_cassette_dir"]
    try:
        item.ihook.pytest_runtest_setup(item=item)
        folder: Path = item.funcargs["synth_cassette_dir"]
        return folder
    finally:
        item.ihook.pytest_runtest_teardown(item=item, nextitem=None)
