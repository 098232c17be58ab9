"""The pytest face: options, fixtures, and the leaderboard at the end of a run.

Loading it imports nothing heavy, and it does nothing in a session that collects no `TaskSuite`.
"""

import contextlib
import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from benchmark.choice import unknown
from benchmark.result import Result, from_mapping, read, to_line, write
from benchmark.suite import TaskSuite

PROPERTY = "synth_result"
DEFAULT_METHODS = "real,zero_shot,few_shot"
DEFAULT_CLASSIFIERS = "majority,tfidf,minilm"
GPU_CLASSIFIERS = "bert,roberta"
CONDITIONS = {  # options that decide what is asked of a generator, with their defaults
    "data": "hub",
    "generator": "smollm2-135m",
    "method": DEFAULT_METHODS,
    "generation-seed": 0,
    "per-label": 100,
    "demonstrations": "pool",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("synthworth", "synthworth: what is LLM-written training data worth?")

    def add(name: str, default: Any, help: str, **options: Any) -> None:
        group.addoption(f"--synth-{name}", default=default, help=help, **options)

    add(
        "data",
        CONDITIONS["data"],
        "real texts: hub, quickstart, or the folder of a mirror. Default: hub. Example: ../data",
    )
    add(
        "generator",
        CONDITIONS["generator"],
        "who writes: NAME[@BASE_URL] of an OpenAI-compatible server, key in OPENAI_API_KEY. Default: the embedded "
        "smollm2-135m. Example: qwen3-8b@http://127.0.0.1:8000/v1",
    )
    add("method", DEFAULT_METHODS, f"methods, by comma. Default: {DEFAULT_METHODS}. Example: few_shot")
    add(
        "classifier",
        None,
        f"classifiers, by comma: {DEFAULT_CLASSIFIERS}, {GPU_CLASSIFIERS}, a hub id or a local folder. Default: "
        f"{DEFAULT_CLASSIFIERS}; with -m gpu: {GPU_CLASSIFIERS}. Example: tfidf,minilm",
    )
    add("seeds", 1, "training seeds, counted from 0. Default: 1. Example: 5", type=int)
    add("generation-seed", CONDITIONS["generation-seed"], "seed of the generation. Default: 0. Example: 1", type=int)
    add(
        "per-label",
        CONDITIONS["per-label"],
        "training texts per label; 0: all real ones. Default: 100. Example: 50",
        type=int,
    )
    add(
        "demonstrations",
        CONDITIONS["demonstrations"],
        "what few_shot shows: pool (the task's own) or real. Default: pool. Example: real",
    )
    add("record", "none", "answers of the generator: none, missing or all. Default: none. Example: missing")
    add("concurrency", 64, "requests under way at once while recording. Default: 64. Example: 8", type=int)
    add("results", None, "write results to this JSON Lines file. Default: not written. Example: suites/results.jsonl")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "gpu: trains a BERT-size encoder; needs CUDA, runs under -m gpu")
    config.stash[SESSION] = Session(config)
    config.pluginmanager.register(config.stash[SESSION], "synthworth-session")


SESSION = pytest.StashKey["Session"]()


class Session:
    """What the options say, checked; the runs made so far; the results reported so far."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.reported: list[Result] = []
        self._runs: dict[tuple[str, Path], Any] = {}
        self._closing = contextlib.ExitStack()
        self._no_cuda = ""
        option = config.getoption
        self.methods = self._chosen("method", option("--synth-method"))
        named = option("--synth-classifier")
        default = f"{DEFAULT_CLASSIFIERS},{GPU_CLASSIFIERS}" if "gpu" in option("-m") else DEFAULT_CLASSIFIERS
        self.classifiers = self._chosen("classifier", named or default)
        for name, least in (("seeds", 1), ("per-label", 0), ("concurrency", 1)):
            if option(f"--synth-{name}") < least:
                raise pytest.UsageError(f"--synth-{name} is {option(f'--synth-{name}')}; give {least} or more")
        self.seeds = range(option("--synth-seeds"))
        self.results = Path(option("--synth-results")) if option("--synth-results") else None
        for name, allowed in (("record", ("none", "missing", "all")), ("demonstrations", ("pool", "real"))):
            if option(f"--synth-{name}") not in allowed:
                raise pytest.UsageError(unknown(f"--synth-{name}", option(f"--synth-{name}"), allowed, "values"))
        data = option("--synth-data")
        if data not in ("hub", "quickstart") and not Path(data).is_dir():
            raise pytest.UsageError(f"no folder {data}; --synth-data takes hub, quickstart, or the folder of a mirror")
        from benchmark.generator import Generator

        try:
            self.generator = Generator.parse(option("--synth-generator"))
            if self.results and self.results.exists():
                read(self.results)
        except ValueError as error:
            raise pytest.UsageError(str(error)) from None

    def _chosen(self, kind: str, text: str) -> list[str]:
        from benchmark.classifier import recipe
        from benchmark.generate import METHODS

        names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
        try:
            for name in names:
                if kind == "method" and name not in METHODS:
                    raise ValueError(unknown("method", name, METHODS))
                if kind == "classifier":
                    recipe(name)
        except ValueError as error:
            raise pytest.UsageError(str(error)) from None
        if not names:
            raise pytest.UsageError(f"--synth-{kind} is empty; name at least one {kind}")
        return names

    def run_of(self, request: pytest.FixtureRequest, cassettes: Path) -> Any:
        """The run of the suite that asks, made at its first question."""
        suite, path = request.cls, request.path
        if (suite.task.name, path) not in self._runs:
            self._runs[suite.task.name, path] = self._make_run(suite.task, path, cassettes)
        return self._runs[suite.task.name, path]

    def _make_run(self, task: Any, path: Path, cassettes: Path) -> Any:
        from benchmark.run import Run, Settings

        option = self.config.getoption
        if not self._runs:
            self._server = self._make_server()
        settings = Settings(
            data=option("--synth-data"),
            generator=self.generator,
            record=option("--synth-record"),
            per_label=option("--synth-per-label"),
            demonstrations=option("--synth-demonstrations"),
            generation_seed=option("--synth-generation-seed"),
            concurrency=option("--synth-concurrency"),
        )
        shown = path.relative_to(self.config.rootpath) if path.is_relative_to(self.config.rootpath) else path
        given = [
            f" --synth-{k} {shlex.quote(str(option(f'--synth-{k}')))}"
            for k in CONDITIONS
            if option(f"--synth-{k}") != CONDITIONS[k]
        ]
        return Run(
            task,
            settings,
            cassettes=cassettes,
            quickstart=path.parent / "quickstart",
            command=f"pytest {shlex.quote(str(shown))}{''.join(given)}",
            server=self._server,
            progress=self._make_progress(),
        )

    def _make_server(self) -> Any:
        from benchmark.generator import EmbeddedServer

        server = EmbeddedServer()
        self._closing.callback(server.stop)
        return server

    def _needs_hub(self) -> bool:
        from benchmark.classifier import MINILM, recipe

        encoders = [recipe(name).encoder for name in self.classifiers]
        return any(encoder not in ("", MINILM) and not Path(encoder).is_dir() for encoder in encoders)

    def _make_progress(self) -> Any:
        from benchmark.progress import Bar

        terminal = self.config.pluginmanager.getplugin("terminalreporter")
        capture = self.config.pluginmanager.getplugin("capturemanager")
        if terminal is None or hasattr(self.config, "workerinput"):
            return lambda stage, done, total: None
        suspended = capture.global_and_fixture_disabled if capture else contextlib.nullcontext
        bar = Bar(terminal._tw._file, suspended)
        self._closing.callback(bar.close)
        return bar

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        """While a test of ours replays, it opens no connection; tests of others in the session may."""
        from benchmark.network import blocked

        option = item.config.getoption
        replays = option("--synth-record") == "none" and option("--synth-data") != "hub"
        with blocked() if replays and _is_ours(item) and not self._needs_hub() else contextlib.nullcontext():
            return (yield)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        needing = [item for item in session.items if _is_ours(item) and item.get_closest_marker("gpu")]
        if needing and not self.config.option.collectonly:
            from benchmark.classifier import cuda_is_missing

            if cuda_is_missing():
                problem = (
                    f"{len(needing)} gpu tests are selected and this machine has no CUDA device; "
                    "run them where there is one, or leave out -m gpu"
                )
                if not hasattr(self.config, "workerinput"):
                    raise pytest.UsageError(problem)
                self._no_cuda = problem  # a worker of pytest-xdist that stops at collection takes pytest down

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        if self._no_cuda and _is_ours(item):
            pytest.fail(self._no_cuda, pytrace=False)

    def pytest_report_collectionfinish(self, items: list[pytest.Item]) -> list[str]:
        if not any(_is_ours(item) for item in items):
            return []
        option = self.config.getoption
        return [
            f"synthworth: data {option('--synth-data')}, generator {option('--synth-generator')}, recordings "
            f"{option('--synth-record')}, {option('--synth-per-label')} texts per label, {len(self.seeds)} seed(s)"
        ]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            lines = [value for name, value in report.user_properties if name == PROPERTY]
            self.reported += [from_mapping(json.loads(str(line))) for line in lines]

    def pytest_sessionfinish(self) -> None:
        self._closing.close()
        if self.results and self.reported and not hasattr(self.config, "workerinput"):
            write(self.results, self.reported)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.reported:
            from benchmark.leaderboard import render

            terminalreporter.section("synthworth")
            terminalreporter.write_line(render(self.reported))
            if self.results:
                terminalreporter.write_line(f"{len({r.key for r in self.reported})} results written to {self.results}")


def _is_ours(item: pytest.Item) -> bool:
    cls = getattr(item, "cls", None)
    return isinstance(cls, type) and issubclass(cls, TaskSuite)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.cls is None or not issubclass(metafunc.cls, TaskSuite):
        return
    session = metafunc.config.stash[SESSION]
    if "method" in metafunc.fixturenames:
        metafunc.parametrize("method", session.methods, scope="module")
    if "classifier" in metafunc.fixturenames:
        from benchmark.classifier import recipe

        marks = {name: [pytest.mark.gpu] if recipe(name).gpu else [] for name in session.classifiers}
        chosen = [pytest.param(name, marks=marks[name]) for name in session.classifiers]
        metafunc.parametrize("classifier", chosen, scope="module")
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", session.seeds, scope="module")
    if "expectation" in metafunc.fixturenames:
        stated = [e for e in metafunc.cls.expectations if e.method in session.methods]
        metafunc.parametrize("expectation", stated, ids=str)


class _Ask:
    """`run(method, classifier)`: a result, made once a session; `run.data` and `run.settings` beside it."""

    def __init__(self, run: Any, item: pytest.Item) -> None:
        self.data, self.settings = run.data, run.settings
        self._run, self._item = run, item

    def __call__(self, method: str, classifier: str, *, per_label: int | None = None, seed: int = 0) -> Result:
        with _one_line():
            result: Result = self._run.result(method, classifier, per_label=per_label, seed=seed)
        line = (PROPERTY, to_line(result))
        if line not in self._item.user_properties:
            self._item.user_properties.append(line)
        return result


@contextlib.contextmanager
def _one_line() -> Any:
    """What the user can mend fails the test with its message alone; anything else is a bug and keeps its traceback."""
    try:
        yield
    except (ValueError, FloatingPointError) as error:
        if type(error).__module__.startswith("benchmark") or type(error) in (ValueError, FloatingPointError):
            raise pytest.fail.Exception(str(error), pytrace=False) from None
        raise


@pytest.fixture(scope="session")
def cassette_dir(request: pytest.FixtureRequest) -> Path:
    """The folder of the recordings; override it to keep yours elsewhere. Default: `cassettes/` in the root folder."""
    from benchmark.run import cassette_folder

    return cassette_folder(request.config.rootpath, request.config.getoption("--synth-demonstrations"))


@pytest.fixture
def data(request: pytest.FixtureRequest, cassette_dir: Path) -> Any:
    """The real texts of the suite's task: `data.train`, `data.test`, `data.source`, `data.version`."""
    run = request.config.stash[SESSION].run_of(request, cassette_dir)
    with _one_line():
        found = run.data
    if not found.train and "method" in request.fixturenames and request.getfixturevalue("method") == "real":
        pytest.skip(f"the {found.source} data has no real training texts")
    return found


@pytest.fixture
def generated(request: pytest.FixtureRequest, data: Any, method: str, cassette_dir: Path) -> Any:
    """The training set that `method` made for the task: `.examples`, `.dropped`, `.attempts`, `.short`."""
    run = request.config.stash[SESSION].run_of(request, cassette_dir)
    with _one_line():
        return run.generated(method)


@pytest.fixture
def run(request: pytest.FixtureRequest, data: Any, cassette_dir: Path) -> _Ask:
    """Call it to get any result of the task: `run("few_shot", "minilm", seed=1).macro_f1`; made once, then kept."""
    return _Ask(request.config.stash[SESSION].run_of(request, cassette_dir), request.node)
