"""The command line: each option declared once, in one module for each group, and checked before any test runs.

`OPTIONS` is the only list. `pytest --help`, the values of `Options`, their checks and the command that a message tells
the user to type are all derived from it.
"""

from typing import TYPE_CHECKING

from synthworth.plugin.options import data, gate, generator, output, training

if TYPE_CHECKING:
    import pytest

GROUPS = {
    "data": data,
    "generator": generator,
    "training": training,
    "gate": gate,
    "output": output,
}
OPTIONS = tuple(option for group in GROUPS.values() for option in group.OPTIONS)


def add_options(parser: "pytest.Parser") -> None:
    """Add every option to `pytest --help`, in one group for each of `GROUPS`."""
    for name, declared in GROUPS.items():
        group = parser.getgroup(f"synthworth-{name}", declared.TITLE)
        for option in declared.OPTIONS:
            if option.flag:
                group.addoption(option.option, action="store_true", default=False, help=option.help_text)
            else:
                default = None if option.with_baseline else option.default
                group.addoption(option.option, default=default, help=option.help_text)
