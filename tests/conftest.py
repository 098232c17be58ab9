"""What tests share: an environment that does not depend on where they run, a bundle to judge, and runs to ask."""

import sys

import pytest
from _pytest.pytester import SysModulesSnapshot
from hypothesis import settings

import bundles
from places import TASK, line, mirror, quiet
from servers import serving
from synthworth.core.places import Places
from synthworth.generation.generator import Endpoint, Generator, Limits
from synthworth.generation.methods import BUILT_IN
from synthworth.pipeline.run import Run
from synthworth.pipeline.training_sets import Settings
from synthworth.training.local import Here
from synthworth.training.scheduler import Predictions, Training

# No test asserts a time: how long an example takes depends on what else the machine does.
settings.register_profile("untimed", parent=settings(), deadline=None)
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def _no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a CI, which these variables tell it, pytest repeats every error in full in its summary."""
    for name in ("CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _libraries_stay_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """pytester forgets what a session in this process was the first to import. A library that is imported in part
    before and in part after has two classes of one name: httpx2 does not know the errors of httpcore2, matplotlib not
    its own places in a figure."""
    restore = SysModulesSnapshot.restore

    def restore_but_keep_libraries(snapshot: SysModulesSnapshot) -> None:
        imported = dict(sys.modules)
        restore(snapshot)
        for name, module in imported.items():
            if "site-packages" in (getattr(module, "__file__", None) or ""):
                sys.modules.setdefault(name, module)

    monkeypatch.setattr(SysModulesSnapshot, "restore", restore_but_keep_libraries)


@pytest.fixture(autouse=True)
def _wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run ends with the table that fits; tests that are not about that read the whole one, wherever they run."""
    monkeypatch.setenv("COLUMNS", "250")


@pytest.fixture(scope="session")
def submitted(tmp_path_factory: pytest.TempPathFactory) -> "bundles.Submitted":
    """A project with its bundle and its results: not to be changed, but copied."""
    return bundles.made(tmp_path_factory.mktemp("submitted"))


@pytest.fixture
def no_embedder(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the embedder is not installed: to load it takes longer than all else that a test does."""

    def missing() -> None:
        raise ValueError("the embedder is not installed")

    monkeypatch.setattr("synthworth.submission.suspects.minilm", missing)


@pytest.fixture
def run_of(tmp_path):
    """Makes runs with other settings, limits, or a server; ends their connections."""
    endpoints = []

    def make(url=None, *, task=TASK, price=None, concurrency=64, progress=quiet, methods=BUILT_IN, **changed):
        generator = Generator(name="m", base_url=url or "http://127.0.0.1:9/v1")
        endpoint = Endpoint(generator, Limits(concurrency=concurrency), price, connect=lambda: generator.base_url)
        endpoints.append(endpoint)
        return Run(
            task,
            Settings(**{"data": mirror(tmp_path), "per_label": 5, **changed}),
            endpoint,
            Training(Here(progress), Predictions(None)),
            Places(cassettes=tmp_path / "cassettes", quickstart=tmp_path, command="pytest suites/test_places.py"),
            progress,
            methods,
        )

    yield make
    for endpoint in endpoints:
        endpoint.close()


@pytest.fixture
def recorded(run_of):
    """Records what a method needs, with other settings; gives the run that did."""

    def make(method="zero_shot", **changed):
        with serving(line) as (url, _):
            run = run_of(url, record="missing", **changed)
            run.sets.generated(method)
        return run

    return make
