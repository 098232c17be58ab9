"""Suites outside of pytest are found where pytest finds them."""

import pytest

from synthworth.pipeline.suite_paths import results_beside, suite_paths

SUITE = "from synthworth import TaskSuite\n\nclass TestToy(TaskSuite):\n    pass\n"
OTHER = "raise SystemExit('nobody may import this')\n# TaskSuite\n"


def place(folder, *names, text=SUITE):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def found(folder):
    return [str(path) for path in suite_paths(None)]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", '[tool.pytest.ini_options]\ntestpaths = ["checks", "more/*"]\n'),
        ("pyproject.toml", '[tool.pytest]\ntestpaths = ["checks", "more/*"]\n'),
        ("pytest.ini", "[pytest]\ntestpaths = checks more/*\n"),
        ("tox.ini", "[pytest]\ntestpaths =\n    checks\n    more/*\n"),
        ("setup.cfg", "[tool:pytest]\ntestpaths = checks more/*\n"),
    ],
)
def test_the_testpaths_of_every_configuration_file_are_searched(here, name, text):
    (here / name).write_text(text, encoding="utf-8")
    place(here, "checks/deep/test_toy.py", "more/one/toy_test.py", "elsewhere/test_toy.py")
    assert found(here) == ["checks/deep/test_toy.py", "more/one/toy_test.py"]


def test_the_folder_suites_comes_before_testpaths_and_the_current_folder_last(here):
    place(here, "test_here.py")
    assert found(here) == ["test_here.py"]
    (here / "pytest.ini").write_text("[pytest]\ntestpaths = checks\npython_files = check_*.py test_*.py\n")
    place(here, "checks/check_toy.py")
    assert found(here) == ["checks/check_toy.py"]
    place(here, "suites/test_toy.py")
    assert found(here) == ["suites/test_toy.py"]


def test_a_folder_below_the_configuration_file_finds_the_same_suites(here, monkeypatch):
    (here / "pytest.ini").write_text("[pytest]\ntestpaths = checks\n")
    place(here, "checks/test_toy.py")
    (here / "docs").mkdir()
    monkeypatch.chdir(here / "docs")
    assert suite_paths(None) == [here / "checks/test_toy.py"]


def test_files_without_a_suite_are_not_named_and_none_is_imported(here):
    place(here, "tests/test_other.py", text=OTHER)
    place(here, "tests/test_broken.py", text="class TaskSuite(:")
    place(here, "tests/test_toy.py", text=SUITE.replace("(TaskSuite)", "(synthworth.TaskSuite)"))
    place(here, ".venv/lib/test_toy.py", "build/test_toy.py")
    assert found(here) == ["tests/test_toy.py"]


def test_what_is_given_is_taken_as_it_is(here):
    assert suite_paths([here / "nowhere"]) == [here / "nowhere"]


def test_no_suite_at_all_is_one_line_that_says_what_to_do(here):
    with pytest.raises(ValueError, match=r"^no suite in suites and .*; name files or folders.*--suites PATH$"):
        suite_paths(None)


def test_results_beside_the_suites_are_found(here):
    place(here, "checks/test_toy.py", "more/test_game.py")
    assert results_beside([here / "checks", here / "more/test_game.py"]) is None
    (here / "more/results.jsonl").touch()
    assert results_beside([here / "checks", here / "more/test_game.py"]) == here / "more/results.jsonl"
