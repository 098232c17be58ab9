"""The pytest face: hooks, fixtures, and the leaderboard at the end of a run.

Loading it imports nothing heavy, and it does nothing in a session that collects no `TaskSuite`.
"""

import contextlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from synthworth.core.places import cassettes_beside
from synthworth.core.result import Result, from_mapping, to_line, write
from synthworth.pipeline.suite import TaskSuite
from synthworth.plugin.gate import Gate
from synthworth.plugin.options import Options, add_options, read_options
from synthworth.plugin.session import Session

PROPERTY = "synth_result"
SESSION = pytest.StashKey[Session]()


def pytest_addoption(parser: pytest.Parser) -> None:
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "gpu: trains a BERT-size encoder; needs CUDA, runs under -m gpu")
    if worker := getattr(config, "workerinput", None):
        _take_a_gpu(worker["workerid"])
    options = read_options(config)
    try:
        session = Session(config, options)
        gate = Gate(config, session, _usual_cassettes_of) if options.baseline else None
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[SESSION] = session
    config.pluginmanager.register(Hooks(config, session), "synthworth-session")
    if gate is not None:
        config.pluginmanager.register(gate, "synthworth-gate")


class Hooks:
    """What happens around the tests of one session."""

    def __init__(self, config: pytest.Config, session: Session) -> None:
        self.config = config
        self.session = session
        self.options: Options = session.options
        self.reported: list[Result] = []
        self._gold: dict[tuple[str, str], list[str]] = {}  # the test labels of what was reported
        self._left: set[str] = set()  # tests that were left out, or have not ended yet
        self._no_cuda = ""
        self._estimate = ""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if not self.options.curve:  # its test has nothing to do, and is not there
            items[:] = [item for item in items if not (_is_ours(item) and "size" in getattr(item, "fixturenames", ()))]
        if not self.options.baseline:
            items[:] = [item for item in items if not (_is_ours(item) and "gate" in getattr(item, "fixturenames", ()))]

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        self._left.update(item.nodeid for item in items)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._left.update(item.nodeid for item in session.items)
        needing = [item for item in session.items if _is_ours(item) and item.get_closest_marker("gpu")]
        here = self.options.executor == "local"  # a cluster says for itself what it lacks
        if needing and here and not (self.config.option.collectonly or self.options.estimate):
            from synthworth.training.fit import cuda_is_missing

            if cuda_is_missing():
                problem = (
                    f"{len(needing)} gpu tests are selected and this machine has no CUDA device; run them where there "
                    "is one, or choose classifiers that need none with --synth-classifier"
                )
                if not hasattr(self.config, "workerinput"):
                    raise pytest.UsageError(problem)
                self._no_cuda = problem  # a worker of pytest-xdist that stops at collection takes pytest down

    def pytest_report_collectionfinish(self, items: list[pytest.Item]) -> list[str]:
        if not any(_is_ours(item) for item in items):
            return []
        from synthworth.generation.recording import redacted

        options = self.options
        line = (
            f"synthworth: data {options.data}, generator {options.generator.shown}, recordings "
            f"{options.record}, {options.per_label} texts per label, {len(options.seeds)} seed(s)"
        )
        return [redacted(line, os.environ)]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        if not self.options.estimate:
            self._start(session)
            return None
        folders: dict[type[TaskSuite], tuple[Path, Path]] = {}
        items: list[Any] = [item for item in session.items if _is_ours(item)]
        for item in items:
            if item.cls not in folders:
                with contextlib.suppress(pytest.skip.Exception):  # what is skipped asks for nothing
                    folders[item.cls] = item.path, _cassettes_of(item)
        try:
            self._estimate = self.session.estimate([self.session.run_of(cls, *at) for cls, at in folders.items()])
        except ValueError as error:
            raise pytest.UsageError(str(error)) from None
        return True

    def _start(self, session: pytest.Session) -> None:
        """Hands over, before the first test, the trainings of all suites; while recording, each suite does that."""
        items: list[Any] = [item for item in session.items if _is_ours(item)]
        idle = self.config.option.collectonly or self.options.record != "none" or self._no_cuda
        if not items or idle:
            return
        try:
            if self.session.trains_ahead:
                for item in items:
                    if (folder := _usual_cassettes_of(item)) is not None:
                        with contextlib.suppress(ValueError):  # the tests of that suite tell
                            self.session.run_of(item.cls, item.path, folder)
                self.session.start(items)
        except ValueError as error:
            raise pytest.UsageError(str(error)) from None

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if self._no_cuda and _is_ours(item):
            pytest.fail(self._no_cuda, pytrace=False)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        """While a test of ours replays, it opens no connection, nor do its fixtures; tests of others may."""
        from synthworth.core.network import blocked

        replays = self.options.record == "none" and _is_ours(item)
        with blocked() if replays else contextlib.nullcontext():
            return (yield)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.skipped:
            self._left.discard(report.nodeid)
        if report.when == "call":
            lines = [value for name, value in report.user_properties if name == PROPERTY]
            found = [from_mapping(json.loads(str(line))) for line in lines]
            self.reported += found
            if found and self.options.results and not hasattr(self.config, "workerinput"):
                try:
                    write(self.options.results, found)  # now: a run of hours may be killed before its end
                except (ValueError, OSError) as error:
                    pytest.exit(f"cannot write results: {error}", returncode=pytest.ExitCode.USAGE_ERROR)

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        self.session.close()
        self._gold |= self.session.gold({result.task for result in self.reported})
        if (output := getattr(self.config, "workeroutput", None)) is not None:  # a worker's, to pytest-xdist
            output[PROPERTY] = self._gold
        if exitstatus == pytest.ExitCode.OK and not self._left:
            self.session.write_used()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:  # of pytest-xdist: its workers have the data, and we the table
        self._gold |= getattr(node, "workeroutput", {}).get(PROPERTY, {})

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self._estimate:
            terminalreporter.section("synthworth: what is missing, if every answer becomes a text")
            terminalreporter.write_line(self._estimate)
        if self.reported:
            from synthworth.leaderboard import Background, render

            terminalreporter.section("synthworth")
            terminalreporter.write_line(render(self.reported, background=Background(gold=self._gold)))
            if self.options.results:
                written = len({result.key for result in self.reported})
                terminalreporter.write_line(f"{written} results written to {self.options.results}")
        if usage := self.session.usage():
            terminalreporter.section("synthworth: what the recordings added to have cost so far")
            terminalreporter.write_line(usage)


def _take_a_gpu(worker: str) -> None:
    """Gives each process of pytest-xdist one of several GPUs; torch, which is not loaded yet, sees no other."""
    from synthworth.training.environment import gpus

    if len(devices := gpus()) > 1:
        os.environ["CUDA_VISIBLE_DEVICES"] = devices[int(worker.removeprefix("gw")) % len(devices)]


def _is_ours(item: pytest.Item) -> bool:
    cls = getattr(item, "cls", None)
    return isinstance(cls, type) and issubclass(cls, TaskSuite)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.cls is None or not issubclass(metafunc.cls, TaskSuite):
        if {"generated", "cassette_dir", "method"} <= set(metafunc.fixturenames):
            metafunc.parametrize("method", [""])  # `generated` says what is wrong, not pytest that there is no `method`
        return
    from synthworth.training.recipes import RECIPES

    def marks(*names: str | None) -> list[pytest.MarkDecorator]:
        return [pytest.mark.gpu] if any(name in RECIPES and RECIPES[name].gpu for name in names if name) else []

    options = metafunc.config.stash[SESSION].options
    if "method" in metafunc.fixturenames:
        metafunc.parametrize("method", options.methods, scope="module")
    if "classifier" in metafunc.fixturenames:
        chosen = [pytest.param(name, marks=marks(name)) for name in options.classifiers]
        metafunc.parametrize("classifier", chosen, scope="module")
    if "size" in metafunc.fixturenames:
        metafunc.parametrize("size", options.curve, scope="module")
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", options.seeds, scope="module")
    if "expectation" in metafunc.fixturenames:
        ours = metafunc.cls.expectations
        stated = [e for e in ours if e.method in options.methods and e.classifier in options.classifiers]
        claims = [pytest.param(e, marks=marks(e.classifier, e.beats), id=str(e)) for e in stated]
        metafunc.parametrize("expectation", claims)


class _Ask:
    """`run(method, classifier)`: a result, made once a session; `run.data` and `run.settings` beside it."""

    def __init__(self, run: Any, session: Session, item: pytest.Item) -> None:
        self.data, self.settings, self.generator, self.setup = run.data, run.settings, run.generator, run.setup
        self._run, self._session, self._item = run, session, item

    def __call__(
        self,
        method: str,
        classifier: str,
        *,
        per_label: int | None = None,
        seed: int = 0,
        generation_seed: int | None = None,
    ) -> Result:
        with self._session.telling(self._item):
            result: Result = self._run.result(
                method, classifier, per_label=per_label, seed=seed, generation_seed=generation_seed
            )
        line = (PROPERTY, to_line(result))
        if line not in self._item.user_properties:
            self._item.user_properties.append(line)
        return result


def _cassettes_of(item: Any) -> Path:
    """What the fixture `cassette_dir` is for a test that does not run."""
    item.fixturenames = ["cassette_dir"]
    try:
        item.ihook.pytest_runtest_setup(item=item)
        folder: Path = item.funcargs["cassette_dir"]
        return folder
    finally:
        item.ihook.pytest_runtest_teardown(item=item, nextitem=None)


def _usual_cassettes_of(item: Any) -> Path | None:
    """What the fixture `cassette_dir` will be for a test; None where the suite has one of its own."""
    known = item._fixtureinfo.name2fixturedefs.get("cassette_dir", ())
    usual = bool(known) and known[-1].func.__module__ == __name__
    return cassettes_beside(item.path.parent) if usual else None


@pytest.fixture
def cassette_dir(request: pytest.FixtureRequest) -> Path:
    """The folder of the recordings: `cassettes/` of the suite's project; override it to keep yours elsewhere.

    The nearest one from the suite's folder upwards, else a new one beside its project's files, else beside the suite.
    """
    return cassettes_beside(request.path.parent)


@pytest.fixture
def data(request: pytest.FixtureRequest, cassette_dir: Path) -> Any:
    """The real texts of the suite's task: `data.train`, `data.test`, `data.source`, `data.version`."""
    session = request.config.stash[SESSION]
    with session.telling(request.node):
        found = session.run_of(request.cls, request.path, cassette_dir).data
    methods = session.options.methods
    asked = request.getfixturevalue("method") if "method" in request.fixturenames else ""
    if not found.train and asked in methods and methods[asked].real:
        pytest.skip(f"the {found.source} data has no real training texts")
    return found


@pytest.fixture
def generated(request: pytest.FixtureRequest, data: Any, method: str, cassette_dir: Path) -> Any:
    """The training set that `method` made for the task: `.examples`, `.dropped`, `.attempts`, `.short`."""
    session = request.config.stash[SESSION]
    with session.telling(request.node):
        return session.run_of(request.cls, request.path, cassette_dir).sets.generated(method)


@pytest.fixture
def gate(request: pytest.FixtureRequest) -> Any:
    """Call it, as `gate(run, method, classifier)`, to compare with --synth-baseline: what is wrong, or ""."""
    found: Any = request.config.pluginmanager.get_plugin("synthworth-gate")
    return lambda run, method, classifier: found.judged(request.node, run, method, classifier)


@pytest.fixture
def run(request: pytest.FixtureRequest, data: Any, cassette_dir: Path) -> _Ask:
    """Call it to get any result of the task: `run("few_shot", "minilm", seed=1).macro_f1`; made once, then kept."""
    session = request.config.stash[SESSION]
    with session.telling(request.node):
        found = session.run_of(request.cls, request.path, cassette_dir)
        if session.trains_ahead and request.cls not in session.started:
            suite = [item for item in request.session.items if getattr(item, "cls", None) is request.cls]
            session.start(suite)
        return _Ask(found, session, request.node)
