"""Where a suite lies, and where what belongs to it lies."""

from dataclasses import dataclass
from pathlib import Path

PROJECT_FILES = ("pyproject.toml", "pytest.ini", "tox.ini", "setup.cfg", ".git")


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where a suite lies: its folders of recordings and of quickstart texts, and what a user types to run it."""

    cassettes: Path
    quickstart: Path
    command: str


def cassettes_beside(suite: Path) -> Path:
    """The nearest `cassettes/` from the suite's folder up, else beside its project's files, else beside the suite."""
    # Not pytest's root folder: without a configuration file that changes with the arguments, and recordings with it.
    for folder in (suite, *suite.parents):
        if (folder / "cassettes").is_dir() or any((folder / name).exists() for name in PROJECT_FILES):
            return folder / "cassettes"
    return suite / "cassettes"
