"""The commands of `synthworth`: each module here is one, and declares and runs itself.

`add(commands)` adds the command's parser, and names with `set_defaults(run=...)` the function that takes its arguments,
does the work, and may return an exit code; a ValueError or OSError is a mistake of the user. Imports other than of the
standard library stand inside of functions, so that one command does not wait for the libraries of another.
"""

import argparse
import sys
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

Commands = Any  # what argparse's add_subparsers gives: its type has no public name


def add_all(parser: argparse.ArgumentParser) -> None:
    """Declares every command, in the order of their names."""
    commands = parser.add_subparsers(dest="command", required=True)
    for name in sorted(module.name for module in iter_modules(__path__)):
        import_module(f"{__name__}.{name}").add(commands)


def say(line: str) -> None:
    """Prints one line that may hold a stranger's words: escaped, they neither break it nor move the cursor."""
    sys.stdout.write(line.encode("ascii", "backslashreplace").decode() + "\n")


def notice(line: str) -> None:
    """Tells on standard error what is under way."""
    sys.stderr.write(f"{line} ...\n")
