"""Files that several processes write: replaced in one step, by one process at a time."""

import contextlib
import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path


def replace(path: Path, content: str | bytes) -> None:
    """Write `content`, text as UTF-8, to `path` in one step: a reader, or a crash, sees the old file or the new one.

    The new file is on disk before it takes the old one's place. A link stays, and the file it leads to is replaced; a
    device or a pipe is written to. Raises OSError if it cannot be written, which leaves the old file, and nothing
    beside it.
    """
    data = content.encode() if isinstance(content, str) else content
    if _takes_a_stream(path):
        path.write_bytes(data)
        return
    path = _at_its_end(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            file.write(data)
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


def replace_all(contents: Mapping[Path, str | bytes]) -> None:
    """Write several files, each in one step, and the folders that they need: all, or none where none was there.

    If one cannot be written, or at Ctrl-C, the files and folders that are new are removed; a file that took the place
    of another stays. Raises OSError if one cannot be written.
    """
    new = [path for path in contents if not os.path.lexists(path)]
    folders = [one for path in contents for one in path.parents if not one.exists()]
    try:
        for path, content in contents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            replace(path, content)
    except BaseException:  # Ctrl-C too
        for path in new:
            with contextlib.suppress(OSError):  # one that cannot be there, below a file
                path.unlink(missing_ok=True)
        for folder in sorted(folders, key=lambda one: -len(one.parts)):
            with contextlib.suppress(OSError):  # one that others use, too
                folder.rmdir()
        raise


def check_can_write(path: Path, *, read: Iterable[Path] = ()) -> None:
    """Raise ValueError unless a file can be written to `path`: before the work whose outcome it is to hold.

    `read` are the files that are read, which it would overwrite.
    """
    if path.is_dir():
        raise ValueError(f"cannot write to {path}: it is a folder; give the name of a file in it")
    if any(path.exists() and file.exists() and path.samefile(file) for file in read):
        raise ValueError(f"cannot write to {path}: it is a file that is read; name another")
    if path.is_socket():
        raise ValueError(f"cannot write to {path}: it is a socket; name a file")
    if _takes_a_stream(path):
        if not os.access(path, os.W_OK):
            raise ValueError(f"cannot write to {path}: you may not write to it; name a file")
        return
    if path.is_file() and path.absolute().parts[1] in ("dev", "proc"):  # standard output that goes to a file
        raise ValueError(f"cannot write to {path}: it leads to a file that is written; name another file")
    if _at_its_end(path).is_symlink():
        raise ValueError(f"cannot write to {path}: it is a link that leads to itself; name a file")
    folder = _at_its_end(path).parent
    if not folder.is_dir():
        raise ValueError(f"cannot write to {path}: there is no folder {folder}; make it, or name another")
    if not os.access(folder, os.W_OK):
        raise ValueError(f"cannot write to {path}: you may not write in {folder}; name another folder")


def _takes_a_stream(path: Path) -> bool:
    """Tell a device or a pipe, which holds no file to replace."""
    return path.exists() and not path.is_file() and not path.is_dir()


def _at_its_end(path: Path) -> Path:
    """The file that a link leads to, there or not yet; any other path as it is."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


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
