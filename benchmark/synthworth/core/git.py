"""Git's knowledge about files: their text at a revision, the commit that wrote them, and why git refuses to say."""

import os
import subprocess
from pathlib import Path
from typing import NamedTuple

ABSENT = ("does not exist in", "exists on disk, but not in")  # how git says that a revision lacks a file


class _Reply(NamedTuple):
    output: str | None  # None if git failed
    reason: str = ""  # git's own, in one line


def repository(folder: Path) -> Path | None:
    """Return the root of the git repository around a folder; None if there is none, or git refuses (see `refusal`)."""
    output = _git(folder, "rev-parse", "--show-toplevel").output
    return Path(output.strip()) if output else None


def commit(root: Path, revision: str) -> str:
    """Return the hash of the commit that a branch, tag or hash names; "" if it names none."""
    return (_verified(root, revision).output or "").strip()


def text_at(root: Path, revision: str, path: Path) -> str | None:
    """Return the text of a file of the repository at a revision; None if it was not there, or is not UTF-8."""
    return _show(root, revision, path).output


def written_by(path: Path) -> str:
    """Return the commit that last changed a file; "" if git does not know the file in its present state."""
    root = repository(path.resolve().parent)
    if root is None or _git(root, "diff", "--quiet", "HEAD", "--", str(path.resolve())).output is None:
        return ""
    return (_git(root, "log", "-1", "--format=%H", "--", str(path.resolve())).output or "").strip()


def code_commit(folder: Path) -> str:
    """Return the commit that a folder's Python files are at; "" if no version control keeps them.

    Raises ValueError if some differ from it: nobody else could repeat what they compute.
    """
    if not _git(folder, "ls-files", "--", "*.py").output:
        return ""
    if changed := (_git(folder, "status", "--porcelain", "--", "*.py").output or "").splitlines():
        names = ", ".join(line[3:] for line in changed[:3]) + (", ..." if len(changed) > 3 else "")
        raise ValueError(f"code is not committed: {names}; commit it, or revert the change")
    return (_git(folder, "rev-parse", "HEAD").output or "").strip()


def refusal(folder: Path, revision: str = "", path: Path | None = None) -> str:
    """Return why git gives no repository around a folder, no commit for a revision, or no text of a file at it.

    One line in git's own words, with the remedy if there is one; "" if git can do all that.
    """
    top = _git(folder, "rev-parse", "--show-toplevel")
    if top.output is None:
        return top.reason
    if (head := _git(folder, "rev-parse", "--verify", "HEAD")).output is None:
        return head.reason
    if revision and _verified(folder, revision).output is None:
        return _unknown_revision(folder, revision)
    reason = _show(Path(top.output.strip()), revision, path).reason if revision and path else ""
    return "" if any(message in reason for message in ABSENT) else reason


def _unknown_revision(folder: Path, revision: str) -> str:
    """Say what is known instead: in CI a clone often holds one commit, and branches only as the remote's."""
    reason = f"git knows no commit {revision!r}"
    listed = _git(folder, "for-each-ref", "--format=%(refname:short)", f"refs/remotes/*/{revision}").output
    if remote := (listed or "").split():
        return f"{reason}, but {remote[0]}; name that"
    if (_git(folder, "rev-parse", "--is-shallow-repository").output or "").strip() == "true":
        return f"{reason}: this clone is shallow; run: git fetch --unshallow origin {revision} (in CI: fetch-depth: 0)"
    return reason


def _verified(root: Path, revision: str) -> _Reply:
    return _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")


def _show(root: Path, revision: str, path: Path) -> _Reply:
    try:
        inside = path.resolve().relative_to(root.resolve())
    except ValueError:
        return _Reply(None)
    return _git(root, "show", "--end-of-options", f"{revision}:{inside.as_posix()}")


def _git(folder: Path, *arguments: str) -> _Reply:
    # In English, or a user's language would decide what is recognised.
    environment = os.environ | {"LC_ALL": "C"}
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=False, env=environment)
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        return _Reply(None, "git is not installed" if missing else f"git cannot be run: {error.strerror}")
    if done.returncode:
        return _Reply(None, _reason(done.stderr.decode(errors="replace")) or f"git ended with {done.returncode}")
    try:
        return _Reply(done.stdout.decode())
    except UnicodeDecodeError:
        return _Reply(None, "the file is not UTF-8 text")


def _reason(stderr: str) -> str:
    """Put git's message into one line: its first fatal or error line, and the command that it advises."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    fatal = next((line for line in lines if line.startswith(("fatal:", "error:"))), lines[0] if lines else "")
    advised = next((line for line in lines if line.startswith("git ")), "")
    reason = fatal.partition(": ")[2] or fatal
    return f"{reason}; run: {advised}" if advised else reason
