"""The commands of `python -m benchmark`: each module here is one, and declares and runs itself.

`add(commands)` adds the command's parser, and names with `set_defaults(run=...)` the function that takes its arguments
and does the work; a ValueError or OSError is a mistake of the user. Imports other than of the standard library stand
inside of functions, so that one command does not wait for the libraries of another.
"""

import argparse
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

Commands = Any  # what argparse's add_subparsers gives: its type has no public name


def add_all(parser: argparse.ArgumentParser) -> None:
    """Declares every command, in the order of their names."""
    commands = parser.add_subparsers(dest="command", required=True)
    for name in sorted(module.name for module in iter_modules(__path__)):
        import_module(f"{__name__}.{name}").add(commands)
