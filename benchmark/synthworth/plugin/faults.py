"""Faults of the user, each told in one line; any other error is a bug and keeps its traceback."""

import os
import re
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import FrameType, TracebackType

import pytest

PACKAGE = "synthworth"
RECORDS = ("Example", "Expectation", "Hub", "Raters", "Task")  # what a suite file writes down
LIBRARIES = tuple(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))


_MARK = "_is_a_fault_of_the_user"


def fault(line: str) -> BaseException:
    """A fault of the user as the failure of the test that met it: `line` is the whole report."""
    return _marked(pytest.fail.Exception(line, pytrace=False))


def usage_fault(line: str) -> BaseException:
    """An option or an attribute of a suite that makes no sense: it ends the session before any test runs."""
    return _marked(pytest.UsageError(line))


def is_fault(error: BaseException) -> bool:
    """Tell whether `fault` or `usage_fault` made this error."""
    return getattr(error, _MARK, False)


def _marked(error: BaseException) -> BaseException:
    setattr(error, _MARK, True)  # not a subclass: pytest prints the names of those, and its UsageError is final
    return error


def fault_line(error: Exception) -> str | None:
    """The line to show for an error that the user can mend; None for a bug of ours or of the user's own code.

    Faults are what this package refuses (ValueError) and files that it cannot use (OSError).
    """
    from synthworth.core import raised_in

    if isinstance(error, ValueError):
        return str(error) if raised_in(error, PACKAGE) else None
    if isinstance(error, OSError) and _asked_by_us(error):
        return f"cannot use {error.filename}: {error.strerror}" if error.filename and error.strerror else str(error)
    return None


def collection_line(error: BaseException) -> str | None:
    """The line to show if a suite file cannot be imported because of what it says to us; None for any other error."""
    from synthworth.core import raised_in

    where = _place_in_suite(error.__traceback__)
    if isinstance(error, ValueError) and raised_in(error, PACKAGE):
        return f"{where}: {error}"
    wrong = re.match(rf"({'|'.join(RECORDS)})\.__init__\(\) (.*)", str(error)) if isinstance(error, TypeError) else None
    return f"{where}: {wrong[1]}: {wrong[2]}; see help(synthworth.{wrong[1]})" if wrong else None


def _frames(traceback: TracebackType | None) -> Iterator[tuple[FrameType, int]]:
    while traceback is not None:
        yield traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next


def _is_ours(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] == PACKAGE


def _asked_by_us(error: Exception) -> bool:
    """Tell whether this package called the library that failed, and not a function of the user's."""
    own = [
        frame
        for frame, _ in _frames(error.__traceback__)
        if _is_ours(frame) or not frame.f_code.co_filename.startswith((*LIBRARIES, "<"))
    ]
    return bool(own) and _is_ours(own[-1])


def _place_in_suite(traceback: TracebackType | None) -> str:
    """The file and line of the user's code that was running."""
    places = [(frame.f_code.co_filename, line) for frame, line in _frames(traceback) if not _is_ours(frame)]
    places = [(file, line) for file, line in places if not file.startswith("<")]  # what dataclasses writes
    file, line = places[-1] if places else ("?", 0)
    near = os.path.relpath(file) if Path(file).is_relative_to(Path.cwd()) else file
    return f"{near}:{line}"
