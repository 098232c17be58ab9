"""The places of suites outside of pytest: as pytest finds them, unless they are named."""

import ast
import configparser
import tomllib
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path

USUAL = "suites"
PATTERNS = ("test_*.py", "*_test.py")  # pytest's own default of python_files


def suite_paths(given: Sequence[Path] | None) -> list[Path]:
    """Return the files and folders that were given; otherwise the files of the suites here.

    These are the suites in the folder `suites`, else those that pytest finds: in the `testpaths` of the nearest
    configuration file, from the current folder upwards, or in the current folder. Files are read, not imported, to see
    if they state a suite. Raises ValueError if there is none.
    """
    if given:
        return list(given)
    here = Path.cwd()
    root, testpaths, patterns = _configuration(here)
    for folders in ([here / USUAL], [root / USUAL], [path for name in testpaths for path in root.glob(name)], [here]):
        files = sorted({file for folder in folders for file in _test_files(folder, patterns) if _states_a_suite(file)})
        if files:
            return [file.relative_to(here) if file.is_relative_to(here) else file for file in files]
    searched = " ".join([USUAL, *testpaths]) if testpaths else f"{USUAL} and {here}"
    raise ValueError(f"no suite in {searched}; name files or folders with a class TaskSuite: --suites PATH")


def results_beside(paths: Sequence[Path]) -> Path | None:
    """Return `results.jsonl` beside the first suite that has one; None if none has."""
    folders = dict.fromkeys(path if path.is_dir() else path.parent for path in paths)
    return next((file for folder in folders if (file := folder / "results.jsonl").is_file()), None)


def _configuration(folder: Path) -> tuple[Path, list[str], Sequence[str]]:
    """Return the root folder, `testpaths` and `python_files` of the nearest configuration of pytest."""
    for root in (folder, *folder.parents):
        for name in ("pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg"):
            options = _options(root / name)
            if options is not None:
                return root, _words(options.get("testpaths", "")), _words(options.get("python_files", "")) or PATTERNS
    return folder, [], PATTERNS


def _options(path: Path) -> dict[str, object] | None:
    """Return pytest's options in a configuration file; None if it has none."""
    if not path.is_file():
        return None
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".toml":
            table = tomllib.loads(text).get("tool", {}).get("pytest")
            return table.get("ini_options", table) if table is not None else None
        parser = configparser.ConfigParser(interpolation=None)
        parser.read_string(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, configparser.Error):
        return None  # pytest itself says what is wrong with it
    section = "tool:pytest" if path.name == "setup.cfg" else "pytest"
    if section in parser:
        return dict(parser[section])
    return {} if path.name.endswith("pytest.ini") else None


def _words(value: object) -> list[str]:
    return value.split() if isinstance(value, str) else [str(one) for one in value] if isinstance(value, list) else []


def _test_files(folder: Path, patterns: Sequence[str]) -> Iterator[Path]:
    if folder.is_file():
        yield folder
        return
    for path in folder.rglob("*.py"):
        inside = path.relative_to(folder).parts[:-1]
        skipped = any(part.startswith(".") or part in ("node_modules", "build", "dist", "venv") for part in inside)
        if not skipped and any(fnmatch(path.name, pattern) for pattern in patterns):
            yield path


def _states_a_suite(file: Path) -> bool:
    """Return True if a file has a class that inherits from TaskSuite; nothing is imported."""
    try:
        text = file.read_text(encoding="utf-8")
        tree = ast.parse(text) if "TaskSuite" in text else None
    except (OSError, ValueError, SyntaxError):
        return False
    return tree is not None and any(
        isinstance(node, ast.ClassDef)
        and any(ast.unparse(base).rpartition(".")[2] == "TaskSuite" for base in node.bases)
        for node in tree.body
    )
