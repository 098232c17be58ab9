"""What git knows of a file: its text at a revision, and the commit that wrote it. Without git, nothing."""

import subprocess
from pathlib import Path


def repository(folder: Path) -> Path | None:
    """The root of the git repository that holds a folder; None where none does, or where git is not installed."""
    found = _git(folder, "rev-parse", "--show-toplevel")
    return Path(found.strip()) if found else None


def commit(root: Path, revision: str) -> str:
    """The hash of the commit that a branch, tag or hash names; "" where it names none."""
    return (_git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}") or "").strip()


def text_at(root: Path, revision: str, path: Path) -> str | None:
    """The text of a file of the repository at a revision; None where it was not there, or is no UTF-8."""
    try:
        inside = path.resolve().relative_to(root.resolve())
    except ValueError:
        return None
    return _git(root, "show", "--end-of-options", f"{revision}:{inside.as_posix()}")


def written_by(path: Path) -> str:
    """The commit that last changed a file; "" where git does not know the file as it is now."""
    root = repository(path.resolve().parent)
    if root is None or _git(root, "diff", "--quiet", "HEAD", "--", str(path.resolve())) is None:
        return ""
    return (_git(root, "log", "-1", "--format=%H", "--", str(path.resolve())) or "").strip()


def _git(folder: Path, *arguments: str) -> str | None:
    """What git prints; None where it fails."""
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=True)
        return done.stdout.decode()
    except (OSError, subprocess.CalledProcessError, UnicodeDecodeError):
        return None
