"""The folder of the pages: put in place as a whole, and never over files that are not ours."""

import contextlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from synthworth.core import atomic

MARKER = ".synthworth-site"  # lists what we wrote, so that what others put beside it is never lost


def put(out: Path, files: Iterable[tuple[str, str]]) -> int:
    """Replace the folder by these files, names and texts, and return their number; a failure leaves it as it was.

    Raises ValueError if `out` is not empty and was not written by this function, or holds a file that was not.
    """
    out = out.resolve()  # a link stays, and leads to the new folder
    out.parent.mkdir(parents=True, exist_ok=True)
    with atomic.folder_lock(out.parent):
        refuse_foreign(out)
        new, old = (out.with_name(f".{out.name}.{os.getpid()}.{what}") for what in ("new", "old"))
        try:
            names = []
            for name, text in files:
                path = new / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8", newline="\n")
                names.append(name)
            (new / MARKER).write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
            _swap(out, new, old)
        finally:
            shutil.rmtree(new, ignore_errors=True)
            shutil.rmtree(old, ignore_errors=True)
    return len(names)


def refuse_foreign(out: Path) -> None:
    """Raise ValueError if `out` holds anything that `put` did not write."""
    if not out.exists():
        return
    if not out.is_dir():
        raise ValueError(f"{out} is a file; name a folder")
    here = {str(path.relative_to(out)) for path in out.rglob("*") if not path.is_dir() or path.is_symlink()}
    if not here:
        return
    if MARKER not in here:
        raise ValueError(f"{out} is not empty and was not made by this command; name a new folder")
    ours = set((out / MARKER).read_text(encoding="utf-8").splitlines())
    if foreign := sorted(here - ours - {MARKER}):
        raise ValueError(f"{out} holds {foreign[0]!r}, which this command did not write; move it, or name a new folder")


def _swap(out: Path, new: Path, old: Path) -> None:
    if out.exists():
        out.rename(old)
    try:
        new.rename(out)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            old.rename(out)
        raise
