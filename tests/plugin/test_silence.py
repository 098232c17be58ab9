"""Sessions that are not ours: the plugin is installed, and nobody notices; and fixtures of users beside ours."""

from pathlib import Path

import pytest

from projects import REAL, project

ONE = "def test_it():\n    assert True\n"
HIDDEN = """
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name in {names!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Hidden())
for name in {names!r}:
    sys.modules.pop(name, None)
"""
OPTIONS = ("--synth-data", "nowhere", "--synth-seeds", "none", "--synth-cache", "file")


def session(pytester, monkeypatch, *options, **environment):
    """A process of its own that runs one test of somebody else, with our plugin."""
    pytester.makepyfile(test_it=ONE)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:benchmark", *options)


def test_a_session_without_suites_needs_nothing_of_the_platform(pytester, monkeypatch):
    (pytester.path / "start").mkdir()
    (pytester.path / "start" / "hiding.py").write_text(HIDDEN.format(names=("fcntl", "resource")))
    result = session(pytester, monkeypatch, "-p", "hiding", PYTHONPATH=str(pytester.path / "start"))
    result.assert_outcomes(passed=1)


def test_a_session_without_suites_needs_no_home(pytester, monkeypatch):
    for name in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    (pytester.path / "start").mkdir()
    nobody = "import os, pwd\nos.getuid = lambda: 54321\npwd.getpwuid = {}.__getitem__  # KeyError, as for that uid\n"
    (pytester.path / "start" / "hiding.py").write_text(nobody)
    result = session(pytester, monkeypatch, "-p", "hiding", PYTHONPATH=str(pytester.path / "start"))
    result.assert_outcomes(passed=1)


def test_a_session_without_suites_touches_no_cache(pytester, monkeypatch):
    (pytester.path / "file").write_text("")
    result = session(pytester, monkeypatch, *OPTIONS, XDG_CACHE_HOME=str(pytester.path / "file"))
    result.assert_outcomes(passed=1)
    assert not list(pytester.path.rglob("*synth*"))
    assert (pytester.path / "file").read_text() == ""


def test_a_session_without_suites_loads_the_plugin_and_what_declares_its_options(pytester):
    pytester.makepyfile(
        """
        import sys

        def test_it():
            ours = {name.removeprefix("synthworth.") for name in sys.modules if name.startswith("synthworth.")}
            options = {f"plugin.options.{name}" for name in "data generator training gate output option".split()}
            assert ours == {"plugin", "plugin.faults", "plugin.options", *options}
        """
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_a_home_that_is_none_is_one_line_where_a_suite_needs_it(monkeypatch):
    from synthworth.core.places import user_cache

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", classmethod(lambda cls: (_ for _ in ()).throw(RuntimeError("no home"))))
    with pytest.raises(ValueError, match=r"no home folder; set HOME or XDG_CACHE_HOME, or give --synth-cache off"):
        user_cache()


CLASHING = ("data", "run", "method", "classifier", "seed", "size", "gate", "generated", "expectation", "written")
CONFTEST = """
import pytest

{fixtures}

@pytest.fixture(autouse=True)
def all_of_them({names}):
    assert {{{names}}} == {{"mine"}}
"""


def test_fixtures_of_users_and_ours_do_not_clash(pytester):
    fixtures = "\n".join(f"@pytest.fixture\ndef {name}():\n    return 'mine'\n" for name in CLASHING)
    pytester.makeconftest(CONFTEST.format(fixtures=fixtures, names=", ".join(CLASHING)))
    both = "\n    def test_both(self, run, synth_run):\n        assert (run, synth_run.data.source) == "
    both += "('mine', 'mirror')\n"
    project(pytester, both)
    result = pytester.runpytest(*REAL)
    result.assert_outcomes(passed=7, skipped=3)
