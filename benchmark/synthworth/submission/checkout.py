"""Which commit code is of, and whether it is just that."""

import subprocess
from pathlib import Path


def commit_of(folder: Path) -> str:
    """The commit that the Python files of a folder are of, "" where no version control keeps them.

    ValueError where some differ from it: what they give is nobody else's to repeat.
    """
    if not _git(folder, "ls-files", "--", "*.py"):
        return ""
    if changed := _git(folder, "status", "--porcelain", "--", "*.py").splitlines():
        names = ", ".join(line[3:] for line in changed[:3]) + (", ..." if len(changed) > 3 else "")
        raise ValueError(f"code is not committed: {names}; commit it, or take the change back")
    return _git(folder, "rev-parse", "HEAD").strip()


def _git(folder: Path, *arguments: str) -> str:
    """What git prints; "" where there is no git, or the folder is none of its own."""
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout if done.returncode == 0 else ""
