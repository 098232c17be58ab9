"""The commands of `synthworth`, one module each.

A module's `add(commands)` declares the command's parser, whose help has a description and an example, and names, with
`set_defaults(run=...)`, the function that takes the parsed arguments, does the work, and may return an exit code. A
ValueError or OSError is a fault of the user, and is printed in one line. Imports beyond the standard library stand
inside functions, so that one command does not wait for the libraries of another.
"""

import argparse
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

Commands = Any  # what argparse's add_subparsers gives: its type has no public name


def add_all(parser: argparse.ArgumentParser) -> None:
    """Declare every command, in the order of their names."""
    commands = parser.add_subparsers(
        dest="command", required=True, title="commands", metavar="COMMAND", prog=parser.prog
    )
    for name in sorted(module.name for module in iter_modules(__path__)):
        import_module(f"{__name__}.{name}").add(commands)
    _describe(commands)


def _describe(commands: Commands) -> None:
    """Give each command whose help has no other words those of its line in the list of commands."""
    for listed in commands._choices_actions:
        command = commands.choices[listed.dest]
        command.description = command.description or f"{listed.help[0].upper()}{listed.help[1:]}."
        for inner in command._actions:
            if isinstance(inner, argparse._SubParsersAction):
                _describe(inner)


def say(line: str) -> None:
    """Print one line that may hold a stranger's words: escaped, they neither break it nor move the cursor."""
    sys.stdout.write(line.encode("ascii", "backslashreplace").decode() + "\n")


def notice(line: str) -> None:
    """Print on standard error what is in progress."""
    sys.stderr.write(f"{line} ...\n")


def add_recorded(parser: argparse.ArgumentParser) -> None:
    """Declare the options of commands about recorded texts: the suites whose texts they are, and who wrote them."""
    parser.add_argument(
        "--suites", type=Path, nargs="+", help="files or folders. Default: where pytest finds tests (testpaths)"
    )
    parser.add_argument(
        "--generator", default="smollm2-135m", help="generator of the recorded texts. Default: smollm2-135m"
    )
