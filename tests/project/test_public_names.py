"""The public names: loaded on first use, with types and docstrings, the same for the loader and for type checkers."""

import ast
import doctest
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import synthworth
from synthworth import TaskSuite, plugin

STUB = ast.parse((Path(synthworth.__file__).with_suffix(".pyi")).read_text(encoding="utf-8"))
LISTED = next(ast.literal_eval(node.value) for node in STUB.body if isinstance(node, ast.Assign))


def test_importing_the_package_loads_neither_pytest_nor_a_heavy_library():
    code = "import sys, synthworth; print(*{'pytest', 'torch', 'numpy', 'datasets', 'openai'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_loader_and_type_checkers_know_the_same_names():
    assert sorted(synthworth.__all__) == LISTED == sorted(LISTED)
    imported = [alias.asname for node in STUB.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert sorted(imported) == LISTED


@pytest.mark.parametrize("name", LISTED)
def test_a_public_name_is_there_and_says_what_it_is(name):
    thing = getattr(synthworth, name)
    said = inspect.getdoc(thing) or ""
    assert said.split("\n")[0].endswith((".", "?", ":"))
    assert not said.startswith(("What ", "Whether ", "How ", "Which ", "Who ", "Where "))


@pytest.mark.parametrize("name", [name for name in LISTED if not inspect.ismodule(getattr(synthworth, name))])
def test_a_public_name_has_an_example_that_the_tests_run(name):
    thing = getattr(synthworth, name)
    collected = doctest.DocTestFinder().find(sys.modules[thing.__module__])
    assert [found for found in collected if found.name == f"{thing.__module__}.{name}" and found.examples]


def test_a_name_that_is_none_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nothing"):
        _ = synthworth.nothing


def signatures():
    """The tests of a suite, and the fixtures that they ask for."""
    yield from ((name, f) for name, f in vars(TaskSuite).items() if name.startswith("test_"))
    fixtures = {name: f for name, f in vars(plugin).items() if name.startswith("synth_")}
    yield from ((name, f._get_wrapped_function()) for name, f in fixtures.items())


@pytest.mark.parametrize(("name", "function"), list(signatures()), ids=[name for name, _ in signatures()])
def test_fixtures_and_tests_of_a_suite_have_types(name, function):
    signature = inspect.signature(function)
    types = [p.annotation for p in signature.parameters.values() if p.name != "self"] + [signature.return_annotation]
    assert all(t is not inspect.Signature.empty and "Any" not in str(t) for t in types)


def test_every_fixture_that_a_suite_asks_for_is_one_of_ours():
    asked = {name for _, f in signatures() for name in inspect.signature(f).parameters} - {"self", "request"}
    assert asked <= {name for name in vars(plugin) if name.startswith("synth_")}
