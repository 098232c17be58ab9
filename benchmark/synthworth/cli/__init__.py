"""The commands of `synthworth`, one module each.

A module's `add(commands)` declares the command's parser and names, with `set_defaults(run=...)`, the function that
takes the parsed arguments, does the work, and may return an exit code. A ValueError or OSError is a fault of the
user, and is printed in one line. Imports beyond the standard library stand inside functions, so that one command does
not wait for the libraries of another.
"""

import argparse
import sys
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

Commands = Any  # what argparse's add_subparsers gives: its type has no public name


def add_all(parser: argparse.ArgumentParser) -> None:
    """Declare every command, in the order of their names."""
    commands = parser.add_subparsers(dest="command", required=True)
    for name in sorted(module.name for module in iter_modules(__path__)):
        import_module(f"{__name__}.{name}").add(commands)


def say(line: str) -> None:
    """Print one line that may hold a stranger's words: escaped, they neither break it nor move the cursor."""
    sys.stdout.write(line.encode("ascii", "backslashreplace").decode() + "\n")


def notice(line: str) -> None:
    """Print on standard error what is in progress."""
    sys.stderr.write(f"{line} ...\n")
