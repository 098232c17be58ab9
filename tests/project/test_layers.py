"""The architecture as a test: who may import whom, who knows which library, and what loading the plugin costs."""

import ast
import importlib.util
import os
import resource
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "benchmark"
FILES = sorted(PACKAGE.rglob("*.py"))

# A module imports only modules of lower layers; a package counts as one module.
LAYERS = (
    {"choice"},
    {"atomic", "lines", "offline", "places", "raised", "revision", "rows", "user_cache"},
    {"task", "result", "quality", "entry", "completion", "votes"},
    {"prompts", "validity", "metrics", "statistics", "weights", "agreement", "comparisons", "similarity"},
    {"ranking", "diversity", "audit", "curves", "figures", "regression"},
    {"claims"},
    {"dataset", "recording", "generator", "classifier", "embedding", "network", "progress", "tables"},
    {"generate", "plan", "usage", "training", "ratings"},
    {"methods"},
    {"training_sets", "leaderboard", "suite", "stand_in"},
    {"answers", "run", "prune"},
    {"replay", "measure"},
    {"study", "submission", "calibrate"},
    {"site"},
    {"commands"},
    {"plugin", "__main__", "__init__"},
)

# The modules that know a library that is not Python's own; nobody else imports it.
KNOWN_BY = {
    "torch": {"classifier", "embedding", "generator"},
    "transformers": {"classifier", "embedding", "generator"},
    "safetensors": {"classifier"},
    "datasets": {"dataset"},
    "huggingface_hub": {"dataset"},
    "openai": {"generator"},
    "httpx2": {"generator"},
    "aiolimiter": {"generator"},
    "vcr": {"recording"},
    "sklearn": {"classifier"},
    "loky": {"training"},
    "ray": {"training"},
    "rich": {"progress"},
    "tabulate": {"calibrate", "leaderboard", "tables", "usage"},
    "pytest": {"plugin", "suite"},
    "jinja2": {"site"},
    "markupsafe": {"site"},
    "matplotlib": {"figures"},
    "numpy": {
        "agreement",
        "audit",
        "claims",
        "curves",
        "diversity",
        "embedding",
        "figures",
        "leaderboard",
        "metrics",
        "ranking",
        "regression",
        "similarity",
        "statistics",
        "study",
        "submission",
    },
    "scipy": {"ranking", "statistics"},
}
HEAVY = set(KNOWN_BY) - {"pytest"}


def module_of(path):
    """The module that a file belongs to: its own name, or that of the package it lies in."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported(path, *, at_module_level=False):
    """The full names that a file imports: anywhere in it, or when it is itself imported."""
    package = ".".join(path.relative_to(ROOT).parent.parts)
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
    """Pairs of modules: who imports, and who is imported; a name that is no module is one of the package itself."""
    modules = {module_of(path) for path in FILES}
    for path in FILES:
        for name in imported(path):
            top, _, rest = name.partition(".")
            if top == PACKAGE.name:
                first = rest.partition(".")[0]
                yield module_of(path), first if first in modules else "__init__"


def layer_of(module):
    return next(i for i, layer in enumerate(LAYERS) if module in layer)


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


def test_every_module_has_its_place_in_the_layers():
    strangers = {module_of(path) for path in FILES} - set().union(*LAYERS)
    assert not strangers, f"not in LAYERS of {Path(__file__).name}: {strangers}; say in which layer they belong"


def test_the_layers_name_no_module_that_is_gone():
    assert set().union(*LAYERS) == {module_of(path) for path in FILES}


def test_no_module_has_two_places():
    assert sum(map(len, LAYERS)) == len(set().union(*LAYERS))


def test_a_module_imports_only_lower_layers():
    wrong = {
        f"{user} (layer {layer_of(user)}) imports {used} (layer {layer_of(used)})"
        for user, used in our_imports()
        if user != used and layer_of(user) <= layer_of(used)
    }
    assert not wrong


def test_each_foreign_library_is_imported_only_where_it_is_known():
    users = defaultdict(set)
    for path in FILES:
        for name in imported(path):
            if (top := name.partition(".")[0]) not in {PACKAGE.name, *sys.stdlib_module_names}:
                users[top].add(module_of(path))
    assert users == KNOWN_BY


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
    return f"import pytest\nassert pytest.main(['-p', 'synthworth.plugin', {str(folder)!r}]) == 5"


def test_importing_the_plugin_loads_no_heavy_library():
    assert not HEAVY & modules_after("import synthworth.plugin")


def test_a_session_without_our_suites_loads_no_heavy_library(tmp_path):
    loaded = modules_after(empty_session(tmp_path), PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    assert "synthworth.plugin" in loaded
    assert not HEAVY & loaded


def test_collecting_the_suites_takes_at_most_a_second_and_a_half_of_processor_time():
    spent = []
    for _ in range(3):  # the first one may have to compile, and a busy machine is slower: the best one counts
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-m", "pytest", "suites", "--collect-only", "-q", "-p", "no:cacheprovider"]
        subprocess.run(command, cwd=ROOT, env=clean(), check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(spent) <= 1.5
