"""The command line as data: the options of the pytest plugin and the commands, without running either."""

import argparse
from collections.abc import Iterator

from synthworth.cli import add_all
from synthworth.plugin.options import add_options


class PluginOptions:
    """Stands in for pytest's parser: keeps each option that the plugin declares, under the title of its group."""

    def __init__(self) -> None:
        self.parser = argparse.ArgumentParser(exit_on_error=False, allow_abbrev=False)
        self.groups: dict[str, list[argparse.Action]] = {}
        self._title = ""

    def getgroup(self, name: str, description: str = "", after: str | None = None) -> "PluginOptions":
        """Start a group; pytest's own method returns an object with `addoption`, as this one does."""
        self._title = description or name
        return self

    def addoption(self, *names: str, **options: object) -> None:
        """Declare one option."""
        action = self.parser.add_argument(*names, **options)  # type: ignore[arg-type]
        self.groups.setdefault(self._title, []).append(action)


def plugin_options() -> PluginOptions:
    """Every option that the plugin declares."""
    options = PluginOptions()
    add_options(options)  # type: ignore[arg-type]
    return options


def pytest_parser() -> argparse.ArgumentParser:
    """A parser of a pytest command line: our options, and those of pytest's own that the documents use."""
    parser = plugin_options().parser
    parser.add_argument("-q", "--quiet", action="count")
    parser.add_argument("-k", "-m", "-p", "-n", "-r", "--junitxml", "--tb", "--durations", "--dist")
    parser.add_argument("paths", nargs="*")
    return parser


def command_parser() -> argparse.ArgumentParser:
    """The parser of `synthworth`."""
    parser = argparse.ArgumentParser(prog="synthworth", exit_on_error=False, allow_abbrev=False)
    add_all(parser)
    return parser


def commands(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str, argparse.ArgumentParser]]:
    """Yield each command without commands of its own: its words, its one-line help, and its parser."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for name, inner in action.choices.items():
                below = list(commands(inner))
                if below:
                    yield from ((f"{name} {words}", meaning, leaf) for words, meaning, leaf in below)
                else:
                    yield name, helps.get(name, ""), inner
