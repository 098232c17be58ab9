"""One option, and readers of values that several have."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Option:
    """One option of pytest's command line, `--synth-NAME`.

    `read` turns the text given into the value of `Options.FIELD`; it raises ValueError, in one line, if the text makes
    no sense. `default` is a text too; `shown` is how the help prints it if it is not to be typed. A `flag` takes no
    value. `asks`: the option decides what is asked of a generator, so that the command to record must repeat it.
    `with_baseline` is the default with --synth-baseline, if no option that has one is given; `with_files` that of a run
    whose written texts are all in files.
    """

    name: str
    help: str
    example: str
    default: str = ""
    shown: str = ""
    read: Callable[[str], Any] = str
    field: str = ""
    flag: bool = False
    asks: bool = False
    with_baseline: str = ""
    with_files: str = ""

    @property
    def option(self) -> str:
        """The name as it is typed."""
        return f"--synth-{self.name}"

    @property
    def attribute(self) -> str:
        """The field of `Options` that holds the value."""
        return self.field or self.name.replace("-", "_")

    @property
    def help_text(self) -> str:
        """The help with the default and an example."""
        return f"{self.help}. Default: {self.shown or self.default}. Example: {self.example}"


def whole_number(name: str, least: int, most: float = math.inf) -> Callable[[str], int]:
    """Make a reader of a whole number from `least` to `most`."""

    def read(text: str) -> int:  # not argparse's `type=int`, whose complaint is a page
        if not (text.isascii() and text.isdecimal()) or int(text) < least:
            raise ValueError(f"--synth-{name} is {text}; give a whole number, {least} or more")
        if int(text) > most:
            raise ValueError(f"--synth-{name} is {text}; give {most:,} or fewer")
        return int(text)

    return read


def whole_numbers(name: str, least: int) -> Callable[[str], tuple[int, ...]]:
    """Make a reader of different whole numbers, by comma, each `least` or more."""
    one = whole_number(name, least)
    return lambda text: tuple(dict.fromkeys(map(one, names_in(name, "number", text))))


def names_in(option: str, kind: str, text: str) -> tuple[str, ...]:
    """Split a text into different names, by comma; raises ValueError if there is none of this `kind`."""
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names:
        raise ValueError(f"--synth-{option} is empty; name at least one {kind}")
    return names


def one_of(name: str, *allowed: str) -> Callable[[str], str]:
    """Make a reader of one of the words that are allowed."""

    def read(text: str) -> str:
        if text not in allowed:
            from synthworth.core import unknown

            raise ValueError(unknown(f"--synth-{name}", text, allowed, "values"))
        return text

    return read


def path_or_none(text: str) -> Path | None:
    """Return the path that a text names; None if it is empty."""
    return Path(text) if text else None


def file_to_write(name: str) -> Callable[[str], Path | None]:
    """Make a reader of a file in a folder that exists: it is written when all is done, which is too late to fail."""

    def read(text: str) -> Path | None:
        path = path_or_none(text)
        if path and (path.is_dir() or not path.parent.is_dir()):
            raise ValueError(f"--synth-{name} {path} cannot be written; give a file in a folder that exists")
        return path

    return read
