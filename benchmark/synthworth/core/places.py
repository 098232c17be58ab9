"""The folders of a suite, and the user's cache."""

import os
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


def user_cache() -> Path:
    """The folder for what belongs to no project and can be made again: it may be deleted at any time."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "synthworth"
