"""The architecture as a test: who may import whom, who knows which library, and what loading the plugin costs."""

import ast
import importlib
import importlib.util
import os
import subprocess
import sys
from collections import defaultdict
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from layers import ROOMS

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "benchmark"
PACKAGE = SOURCE / "synthworth"
FILES = sorted(PACKAGE.rglob("*.py"))

# The modules that know a library that is not Python's own; nobody else imports it. A package counts as one module.
KNOWN_BY = {
    "torch": {"generation.generator", "training"},
    "transformers": {"generation.generator", "training"},
    "datasets": {"pipeline.dataset"},
    "huggingface_hub": {"pipeline.dataset"},
    "openai": {"generation.generator"},
    "httpcore2": {"generation.generator"},
    "httpx2": {"generation.generator"},
    "aiolimiter": {"generation.generator"},
    "vcr": {"generation.recording"},
    "sklearn": {"training"},
    "loky": {"training"},
    "ray": {"training"},
    "pyarrow": {"core.table_files", "core.written_tables"},
    "pandas": {"core.frames"},
    "rich": {"core.progress"},
    "tabulate": {"core.tables"},
    "pytest": {"pipeline.suite", "plugin"},
    "jinja2": {"leaderboard"},
    "markupsafe": {"leaderboard"},
    "matplotlib": {"study"},
    "regex": {"core.unicode_patterns"},
    "confusable_homoglyphs": {"measures.disguises"},
    "numpy": {"gate", "leaderboard", "measures", "study", "subjectivity", "submission", "training"},
    "scipy": {"measures.edits", "measures.statistics", "subjectivity.ranking", "training.influence"},
}
HEAVY = set(KNOWN_BY) - {"pytest"}


def module_of(path):
    """The full name of the module in a file; a package is named after its folder."""
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(path): path for path in FILES}
PACKAGES = [module for module, path in MODULES.items() if path.with_suffix(".pyi").exists()]


def room_of(module):
    """The room that a module lies in: the second part of its name, "" for the package itself and `__main__`."""
    parts = module.split(".")[1:]
    return parts[0] if parts and (PACKAGE / parts[0]).is_dir() else ""


def imported(path, *, at_module_level=False):
    """The full names that a file imports: anywhere in it, or when it is itself imported."""
    package = ".".join(path.relative_to(SOURCE).parent.parts)
    waiting = [ast.parse(path.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            yield from (f"{start}.{alias.name}" for alias in node.names)
        if not (at_module_level and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)):
            waiting.extend(ast.iter_child_nodes(node))


def our_imports():
    """Pairs of modules: who imports, and who is imported; a name that is no module is one of the module before it."""
    for module, path in MODULES.items():
        for name in imported(path):
            if name.partition(".")[0] == PACKAGE.name:
                yield module, name if name in MODULES else name.rpartition(".")[0]


def line_of(room):
    return next(number for number, rooms in enumerate(ROOMS) if room in rooms)


def modules_after(code, **environment):
    """The modules that are loaded in a fresh process once it has run `code`."""
    code += "\nimport sys; print('LOADED', *sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, env=clean() | environment
    )
    return set(found.stdout.rpartition("LOADED")[2].split())


def clean():
    """This process's environment without what it says to the pytest that runs this test."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}


def test_the_package_has_these_rooms_and_no_other_entries():
    there = {path.name for path in PACKAGE.iterdir()} - {
        "__pycache__",
        "__init__.py",
        "__init__.pyi",
        "__main__.py",
        "py.typed",
    }
    assert there == set().union(*ROOMS)
    assert sum(map(len, ROOMS)) == len(there) == 12


@pytest.mark.parametrize("room", sorted(set().union(*ROOMS)))
def test_a_room_says_in_one_sentence_what_it_is_for(room):
    said = ast.get_docstring(ast.parse((PACKAGE / room / "__init__.py").read_text(encoding="utf-8")))
    assert said
    assert said.split("\n")[0].endswith((".", "?"))


def test_a_room_imports_only_rooms_above_it():
    wrong = {
        f"{user} imports {used}"
        for user, used in our_imports()
        if room_of(user) and room_of(user) != room_of(used)
        if not room_of(used) or line_of(room_of(user)) <= line_of(room_of(used))
    }
    assert not wrong


def test_no_module_imports_itself_round_a_circle():
    graph = {module: set() for module in MODULES}
    for user, used in our_imports():
        if user != used:
            graph[user].add(used)
    TopologicalSorter(graph).prepare()  # CycleError names the circle


def test_each_foreign_library_is_imported_only_where_it_is_known():
    users = defaultdict(set)
    for module, path in MODULES.items():
        for name in imported(path):
            if (top := name.partition(".")[0]) == "lazy_loader":  # a package loads what it exports on first use
                assert path.name == "__init__.py"
            elif top not in {PACKAGE.name, *sys.stdlib_module_names}:
                users[top].add(module.removeprefix(f"{PACKAGE.name}."))
    strangers = {
        f"{user} imports {library}"
        for library, found in users.items()
        for user in found
        if not any(user == known or user.startswith(f"{known}.") for known in KNOWN_BY.get(library, ()))
    }
    assert not strangers
    assert not {
        f"{known} does not import {library}"
        for library, modules in KNOWN_BY.items()
        for known in modules
        if not any(user == known or user.startswith(f"{known}.") for user in users[library])
    }


@pytest.mark.parametrize("session", [False, True], ids=["imported", "in a session"])
def test_what_the_plugin_loads_imports_nothing_heavy_at_module_level(session, tmp_path):
    names = modules_after(empty_session(tmp_path) if session else "import synthworth.plugin")
    loaded = [Path(importlib.util.find_spec(name).origin) for name in names if name.partition(".")[0] == PACKAGE.name]
    heavy = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in loaded
        for name in imported(path, at_module_level=True)
        if name.partition(".")[0] in HEAVY
    }
    assert PACKAGE / "plugin" / "__init__.py" in loaded
    assert not heavy


def empty_session(folder):
    """Code that runs a whole session of pytest, without any test, with our plugin alone."""
    return f"import pytest\nassert pytest.main(['-p', 'synthworth', {str(folder)!r}]) == 5"


def test_importing_the_plugin_loads_no_heavy_library():
    assert not HEAVY & modules_after("import synthworth.plugin")


def test_a_session_without_our_suites_loads_no_heavy_library(tmp_path):
    loaded = modules_after(empty_session(tmp_path), PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    assert "synthworth.plugin" in loaded
    assert not HEAVY & loaded


def test_collecting_the_suites_loads_only_what_reading_tasks_and_claims_takes():
    """It is what keeps collection fast on any machine: torch alone loads for longer than all of our modules."""
    collect = "import pytest\nassert pytest.main(['suites', '--collect-only', '-q', '-p', 'no:cacheprovider']) == 0"
    loaded = modules_after(collect)
    assert "synthworth.pipeline.suite" in loaded
    assert HEAVY & loaded <= {"numpy", "regex"}  # of the claims in test_subjectivity.py, and of a task's words


def test_other_rooms_import_from_a_package_and_not_from_a_module_inside_it():
    """A function that has its module's name is the exception: the package's attribute of that name is the module."""
    wrong = {
        f"{user} imports {name}"
        for user, path in MODULES.items()
        for name in imported(path)
        if name.startswith(f"{PACKAGE.name}.") and name not in MODULES
        for module, attribute in [name.rpartition(".")[::2]]
        if room_of(user) != room_of(module) and MODULES[module].name != "__init__.py"
        if module.rpartition(".")[2] not in (attribute, "__main__")
    }
    assert not wrong


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_a_package_exports_what_its_stub_says(package):
    there = importlib.import_module(package)
    assert all(getattr(there, name) is not None for name in there.__all__)


def test_no_two_public_classes_share_a_name():
    owners = defaultdict(list)
    for module, path in MODULES.items():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                owners[node.name].append(module)
    assert {name: modules for name, modules in owners.items() if len(modules) > 1} == {}
