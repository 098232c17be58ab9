"""The pytest face: options, fixtures for the methods of a `TaskSuite`, and the leaderboard at the end of a run.

Loading it imports nothing heavy. In a session that collects no `TaskSuite` it reads no option and touches no folder:
everything else is imported, and every option read, when the first suite is collected. All names begin with `synth_`, so
that no fixture of ours clashes with one of a user's.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from synthworth.plugin.faults import collection_line, fault, is_fault, usage_fault
from synthworth.plugin.options import add_options

if TYPE_CHECKING:
    from synthworth.core import Example, Result
    from synthworth.generation import Generated
    from synthworth.generation.generator import Generator
    from synthworth.pipeline import Compares, Data, Expectation, Run, Settings
    from synthworth.plugin.session import Session

OUTSIDE = "fixtures named synth_... are for methods of a TaskSuite"
SUITES = "synthworth.pipeline.suite"  # loaded by whoever writes a suite, and by nobody else


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark, and watch what workers of pytest-xdist report: their controller collects nothing itself."""
    config.addinivalue_line("markers", "gpu: trains a BERT-size encoder; needs CUDA, runs under -m gpu")
    if config.getoption("dist", "no") != "no" and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Controller(config), "synthworth-controller")


class _Controller:
    """Opens the session in the process that prints, when the first report of a suite of ours arrives."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if problem := getattr(report, "synth_usage_error", ""):
            raise usage_fault(problem)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if any(name.startswith("synth_") for name, _ in report.user_properties):
            from synthworth.plugin.hooks import session_of

            self._config.pluginmanager.unregister(self)
            session_of(self._config)
            for name in ("synthworth-session", "synthworth-gate"):  # registered too late for this report
                if plugin := self._config.pluginmanager.get_plugin(name):
                    plugin.pytest_runtest_logreport(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Any:
    """Report a fault in a suite file in one line; an option that makes no sense ends the session."""
    report = yield
    excinfo = getattr(getattr(report, "call", None), "excinfo", None)
    if report.failed and excinfo is not None:
        if isinstance(excinfo.value, pytest.UsageError) and is_fault(excinfo.value):
            if not hasattr(collector.config, "workerinput"):
                raise excinfo.value
            report.longrepr = report.synth_usage_error = str(excinfo.value)
        elif "synthworth" in sys.modules and (line := collection_line(excinfo.value)):
            report.longrepr = line
    return report


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test for each method, classifier, size and seed of the options, and for each claim of the suite."""
    suites: Any = sys.modules.get(SUITES)
    if suites is None or metafunc.cls is None or not issubclass(metafunc.cls, suites.TaskSuite):
        return
    from synthworth.plugin.hooks import session_of
    from synthworth.training import RECIPES

    def marks(*names: str | None) -> list[pytest.MarkDecorator]:
        return [pytest.mark.gpu] if any(name in RECIPES and RECIPES[name].gpu for name in names if name) else []

    options = session_of(metafunc.config).options
    values: dict[str, list[Any]] = {
        "synth_method": list(options.methods),
        "synth_classifier": [pytest.param(name, marks=marks(name)) for name in options.classifiers],
        "synth_size": list(options.sizes),
        "synth_draw": list(options.draws) if len(options.draws) > 1 else [],
        "synth_seed": list(options.seeds),
    }
    for name, given in values.items():  # in this order: processes of pytest-xdist must collect alike
        if name in metafunc.fixturenames and (given or name != "synth_draw"):  # one draw needs no name of its own
            metafunc.parametrize(name, given, scope="module")
    if "synth_expectation" in metafunc.fixturenames:
        stated = _expectations(metafunc.cls, suites.Expectation)
        chosen = [name for name in options.methods if options.trains(name, None)]
        stated = [e for e in stated if e.method in chosen and e.classifier in options.classifiers]
        claims = [pytest.param(e, marks=marks(e.classifier, e.beats), id=str(e)) for e in stated]
        metafunc.parametrize("synth_expectation", claims)


def _expectations(suite: Any, kind: type) -> list[Any]:
    stated = suite.expectations
    if not isinstance(stated, tuple | list) or not all(isinstance(one, kind) for one in stated):
        raise usage_fault(f"{suite.__name__}.expectations is {stated!r:.60}; give a tuple of them: (Expectation(...),)")
    return list(stated)


class SuiteRun:
    """The run of a suite, in one of its tests: call it for a result; `.data` and `.settings` are those of the run."""

    def __init__(self, run: "Run", session: "Session", item: pytest.Item) -> None:
        self.data: Data = run.data
        self.settings: Settings = run.settings
        self.generator: Generator = run.generator
        self.run = run
        self._session, self._item = session, item

    def __call__(
        self,
        method: str,
        classifier: str,
        *,
        per_label: int | None = None,
        seed: int = 0,
        generation_seed: int | None = None,
    ) -> "Result":
        """The result of a method and classifier, made once in a session; the sizes not given are the options'."""
        from synthworth.core import to_line
        from synthworth.plugin.hooks import RESULT
        from synthworth.plugin.session import add_property

        with self._session.telling(self._item):
            result = self.run.result(
                method, classifier, per_label=per_label, seed=seed, generation_seed=generation_seed
            )
        add_property(self._item, RESULT, to_line(result))
        return result


def _session(request: pytest.FixtureRequest) -> "Session":
    suites: Any = sys.modules.get(SUITES)
    if suites is None or request.cls is None or not issubclass(request.cls, suites.TaskSuite):
        raise fault(OUTSIDE)
    from synthworth.plugin.hooks import session_of

    return session_of(request.config)


@pytest.fixture
def synth_cassette_dir(request: pytest.FixtureRequest) -> Path:
    """The folder of the recordings: `cassettes/` of the suite's project; override it to keep yours elsewhere.

    The nearest one from the suite's folder upwards, else a new one beside its project's files, else beside the suite.
    """
    from synthworth.core import cassettes_beside

    return cassettes_beside(request.path.parent)


@pytest.fixture
def synth_method() -> str:
    """The name of a method: the test runs once for each of --synth-method."""
    raise fault(OUTSIDE)  # in a suite it is a parameter


@pytest.fixture
def synth_classifier() -> str:
    """The name of a classifier: the test runs once for each of --synth-classifier."""
    raise fault(OUTSIDE)  # in a suite it is a parameter


@pytest.fixture
def synth_size() -> int:
    """A number of texts per label, 0 for all: one run for each of --synth-curve, and of what stands beside mixtures."""
    raise fault(OUTSIDE)  # in a suite it is a parameter


@pytest.fixture
def synth_draw(request: pytest.FixtureRequest) -> int:
    """A generation seed: the test runs once for each of --synth-generation-seed."""
    return _session(request).options.generation_seed  # of several, it is a parameter


@pytest.fixture
def synth_seed() -> int:
    """A training seed: the test runs once for each of --synth-seeds."""
    raise fault(OUTSIDE)  # in a suite it is a parameter


@pytest.fixture
def synth_expectation() -> "Expectation":
    """A claim of the suite: the test runs once for each whose method and classifier are chosen."""
    raise fault(OUTSIDE)  # in a suite it is a parameter


@pytest.fixture
def synth_data(request: pytest.FixtureRequest, synth_cassette_dir: Path) -> "Data":
    """The real texts of the suite's task: `.train`, `.test`, `.source`, `.version`."""
    session = _session(request)
    with session.telling(request.node):
        data = session.run_of(request.cls, request.path, synth_cassette_dir).data
    method = request.getfixturevalue("synth_method") if "synth_method" in request.fixturenames else ""
    chosen = session.options.methods.get(method)
    if not data.train and chosen is not None and (chosen.real or chosen.shows_real or chosen.asks_about == "train"):
        pytest.skip(f"the {data.source} data has no real training texts")
    if chosen is not None and (lacking := chosen.lacks(request.cls.task.name)):
        pytest.skip(lacking)
    return data


@pytest.fixture
def synth_generated(
    request: pytest.FixtureRequest, synth_data: "Data", synth_method: str, synth_cassette_dir: Path
) -> "Generated":
    """The training set that a method made for the task: `.examples`, `.dropped`, `.attempts`, `.short`."""
    session = _session(request)
    with session.telling(request.node):
        return session.run_of(request.cls, request.path, synth_cassette_dir).sets.generated(synth_method)


@pytest.fixture
def synth_written(synth_method: str, synth_generated: "Generated", synth_data: "Data") -> "list[Example]":
    """The texts that a generator wrote; the test is skipped for methods of real texts, as they are or augmented."""
    from synthworth.generation.methods import is_real

    if is_real(synth_method):
        pytest.skip(f"about written texts; those of the method {synth_method} are real, or edits of real ones")
    real = set(synth_data.train)  # of which a method may have some, for augmentation
    return [example for example in synth_generated.examples if example not in real]


@pytest.fixture
def synth_run(request: pytest.FixtureRequest, synth_data: "Data", synth_cassette_dir: Path) -> SuiteRun:
    """Call it for any result of the task: `synth_run("few_shot", "minilm", seed=1).macro_f1`; made once, then kept."""
    session = _session(request)
    with session.telling(request.node):
        run = session.run_of(request.cls, request.path, synth_cassette_dir)
        if session.trains_ahead and request.cls not in session.started:
            suite = [item for item in request.session.items if getattr(item, "cls", None) is request.cls]
            session.start(suite)
    return SuiteRun(run, session, request.node)


@pytest.fixture
def synth_gate(request: pytest.FixtureRequest) -> "Compares":
    """Call it, as `synth_gate(synth_run, method, classifier)`, to compare with --synth-baseline: the problem, or ""."""
    _session(request)
    gate: Any = request.config.pluginmanager.get_plugin("synthworth-gate")
    return lambda run, method, classifier: str(gate.judged(request.node, run.run, method, classifier))
