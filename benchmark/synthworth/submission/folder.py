"""The folder of a bundle: written in one step; a stranger's is read within bounds."""

import os
import re
import shutil
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from synthworth.core import atomic, escaped, shown

SINGLE = ("declaration.json", "results.jsonl", "usage.json", "versions.json")
MANIFEST = "manifest.json"
TASK = "[a-z][a-z0-9_]{0,63}"
TEXTS = re.compile(rf"texts/({TASK})\.(0|[1-9][0-9]{{0,8}})\.jsonl")
RECORDING = re.compile(rf"recordings/({TASK})\.jsonl")
FOLDERS = ("texts", "recordings")

MOST_FILES = 500
MOST_BYTES = 64 * 2**20  # of one file
MOST_TOTAL = 256 * 2**20

Files = Mapping[str, bytes]


def write(folder: Path, files: Files) -> None:
    """Write the files to a new folder, all of them or none; raises ValueError if it exists."""
    if folder.exists():
        raise ValueError(f"{folder} exists; name a new folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        for name, content in files.items():
            path = temporary / name
            path.parent.mkdir(parents=True, exist_ok=True)
            atomic.replace(path, content)
        temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def load(folder: Path) -> dict[str, bytes]:
    """Read the files of a stranger's folder by name, each once.

    Raises ValueError, in one line, for anything but the files of a bundle: links (symbolic or hard), devices, other
    names, more than 500 files, a file above 64 MB, or 256 MB in all.
    """
    if not folder.is_dir():
        raise ValueError(f"no folder {escaped(str(folder))}; name one that `synthworth submit` wrote")
    files: dict[str, bytes] = {}
    left = MOST_TOTAL
    for name in sorted(_names(folder)):
        files[name] = _content(folder, name, min(left, MOST_BYTES))
        left -= len(files[name])
    if MANIFEST not in files:
        raise ValueError(
            f"{escaped(str(folder))} is not a bundle: it has no {MANIFEST}; name the folder that submit wrote"
        )
    return files


def _names(folder: Path) -> Iterator[str]:
    """Yield the names of the files; raises ValueError for a name that a bundle cannot have."""
    count = 0
    for inside in ("", *FOLDERS):
        if inside and not (folder / inside).is_dir():
            continue
        with os.scandir(folder / inside) as entries:
            for entry in entries:
                name = f"{inside}/{entry.name}" if inside else entry.name
                count += 1
                if count > MOST_FILES:
                    raise ValueError(
                        f"{escaped(str(folder))} holds more than {MOST_FILES} files, the most that a bundle may hold"
                    )
                if entry.is_symlink():
                    raise ValueError(f"{shown(name)} is a link; a bundle holds plain files only")
                if name in FOLDERS and entry.is_dir():
                    continue
                if name not in (*SINGLE, MANIFEST) and not TEXTS.fullmatch(name) and not RECORDING.fullmatch(name):
                    raise ValueError(f"{shown(name)} does not belong in a bundle; remove it")
                yield name


def _content(folder: Path, name: str, most: int) -> bytes:
    # Opened without following a link or waiting for a writer, then checked: the name may point to another file by now.
    try:
        descriptor = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise ValueError(f"cannot read {name}: {error.strerror}") from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ValueError(f"{name} is not a plain file; a bundle holds nothing else")
        if status.st_nlink > 1:
            raise ValueError(f"{name} is a hard link to another file; copy it")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(most + 1) if status.st_size <= most else b""
    finally:
        os.close(descriptor)
    if max(status.st_size, len(content)) > most:
        raise ValueError(f"{name} is too large; a file has at most {MOST_BYTES:,} bytes, all together {MOST_TOTAL:,}")
    return content
