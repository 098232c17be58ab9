"""The folders of a suite, and the user's cache."""

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT_FILES = ("pyproject.toml", "pytest.ini", "tox.ini", "setup.cfg", ".git")


@dataclass(frozen=True, kw_only=True)
class Places:
    """The folders of a suite, for recordings and for quickstart texts, and the command that runs it.

    `record_with` says how missing answers are recorded, "" by that command.
    """

    cassettes: Path
    quickstart: Path
    command: str
    record_with: str = ""


def cassettes_beside(suite: Path) -> Path:
    """The nearest `cassettes/` from the suite's folder up, else beside its project's files, else beside the suite."""
    # Not pytest's root folder: without a configuration file that changes with the arguments, and recordings with it.
    for folder in (suite, *suite.parents):
        if (folder / "cassettes").is_dir() or any((folder / name).exists() for name in PROJECT_FILES):
            return folder / "cassettes"
    return suite / "cassettes"


def user_cache() -> Path:
    """The folder for what belongs to no project and can be made again: it may be deleted at any time.

    Raises ValueError if the user has no home folder and the environment names no other.
    """
    if named := os.environ.get("XDG_CACHE_HOME"):
        return Path(named) / "synthworth"
    try:
        return Path.home() / ".cache" / "synthworth"
    except RuntimeError:
        raise ValueError("no home folder; set HOME or XDG_CACHE_HOME, or give --synth-cache off") from None
