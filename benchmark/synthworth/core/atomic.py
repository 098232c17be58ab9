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
    finally:
        temporary.unlink(missing_ok=True)


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
