"""Files that several processes write: replaced in one step, by one process at a time."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


def replace(path: Path, content: str | bytes) -> None:
    """Write `content`, text as UTF-8, to `path` in one step: a reader, or a crash, sees the old file or the new one.

    The new file is on disk before it takes the old one's place. Raises OSError if it cannot be written, which leaves
    the old file, and nothing beside it.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        if error.errno is not None:
            error.filename, error.filename2 = str(path), None  # the file that was asked for, not the one beside it
        raise
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def check_can_write(path: Path) -> None:
    """Raise ValueError unless a file can be written to `path`: before the work whose outcome it is to hold."""
    folder = path.parent
    if path.is_dir():
        raise ValueError(f"cannot write to {path}: it is a folder; give the name of a file in it")
    if not folder.is_dir():
        raise ValueError(f"cannot write to {path}: there is no folder {folder}; make it, or name another")
    if not os.access(folder, os.W_OK):
        raise ValueError(f"cannot write to {path}: you may not write in {folder}; name another folder")


def check_can_fill(folder: Path) -> None:
    """Raise ValueError unless files can be written to a folder, which need not be there yet: before the work."""
    there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    if not there.is_dir():
        raise ValueError(f"cannot write to {folder}: {there} is a file; name a folder")
    if not os.access(there, os.W_OK):
        raise ValueError(f"cannot write to {folder}: you may not write in {there}; name another folder")


@contextlib.contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Wait until no other process holds the lock on `folder`, and hold it; a process that dies releases it.

    It excludes only those who ask for it: hold it to read, change and replace a file in the folder.
    """
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)
