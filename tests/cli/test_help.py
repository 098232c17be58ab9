"""The help of `synthworth`: what people come for first, and a description and an example of each command."""

import argparse
import ast
import re
import shlex
from collections import Counter
from pathlib import Path

import pytest

import interface
from printed import begins_with_values, help_of
from synthworth import cli
from synthworth.__main__ import JOBS, main
from synthworth.generation.methods import BUILT_IN

COMMANDS = {words: parser for words, _, parser in interface.commands(interface.command_parser())}


def examples_of(parser):
    """The commands behind the word Example in a command's help."""
    shown = " ".join(f"{parser.description or ''} {parser.epilog or ''}".split())
    match = re.search(r"[Ee]xample: (synthworth .*)", shown)
    assert match, shown
    return [shlex.split(one) for one in match[1].removeprefix("synthworth ").split(" synthworth ")]


def test_the_help_begins_with_the_five_things_that_people_come_for(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    usage, _, shown = capsys.readouterr().out.partition("\n\n")
    assert usage == "usage: synthworth COMMAND ..."
    assert shown.startswith(JOBS)
    assert len(re.findall(r"^  \S.*[?.]  +(synthworth|pytest) ", JOBS, re.MULTILINE)) == 5
    assert max(map(len, JOBS.splitlines())) <= 120


def test_the_commands_of_the_five_things_parse():
    for command in re.findall(r"(?:synthworth|pytest) \S.*", JOBS.partition("\n\nRuns are")[0]):
        program, *arguments = shlex.split(command)
        parser = interface.command_parser() if program == "synthworth" else interface.pytest_parser()
        parser.parse_args(arguments)


@pytest.mark.parametrize("words", COMMANDS)
def test_the_help_of_a_command_has_a_description_and_an_example_that_parses(words):
    described = COMMANDS[words].description
    assert described[0].isupper()
    for arguments in examples_of(COMMANDS[words]):
        assert arguments[: len(words.split())] == words.split()
        _, rest = interface.command_parser().parse_known_args(arguments)
        assert not rest or words == "prune"


@pytest.mark.parametrize("words", ["export", "show", "measure", "variants", "rules"])
def test_an_option_with_methods_names_all_that_are_built_in(words):
    (option,) = (action for action in COMMANDS[words]._actions if "--method" in action.option_strings)
    assert f"methods, by comma: {', '.join(BUILT_IN)}; also such as " in option.help


@pytest.mark.parametrize("words", COMMANDS)
def test_an_option_with_a_format_names_those_that_it_takes(words):
    for action in COMMANDS[words]._actions:
        if "--format" in action.option_strings:
            assert " or " in action.help


@pytest.mark.parametrize("words", COMMANDS)
def test_the_help_of_an_argument_is_written_out_and_begins_in_the_documents_as_it_is_typed(words):
    for action in COMMANDS[words]._actions:
        text = action.help or ""
        assert "%(" not in text or isinstance(action, argparse._HelpAction)
        cell = help_of(text, typed=begins_with_values(action))
        if "--format" in action.option_strings:
            assert cell.startswith(text)
        if "--suites" in action.option_strings:
            assert cell[0].isupper()


def test_an_option_that_several_commands_share_is_declared_once():
    calls = [
        node
        for path in Path(cli.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "add_argument"
    ]
    declared = Counter(ast.unparse(node).partition("(")[2] for node in calls if node.args[0].value[:2] == "--")
    assert [words for words, times in declared.items() if times > 1] == []
