"""What all tests share: an environment that does not depend on where they run, and a bundle to judge."""

import pytest

import bundles


@pytest.fixture(autouse=True)
def _no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a CI, which these variables tell it, pytest repeats every error in full in its summary."""
    for name in ("CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def submitted(tmp_path_factory: pytest.TempPathFactory) -> "bundles.Submitted":
    """A project with its bundle and its results: not to be changed, but copied."""
    return bundles.made(tmp_path_factory.mktemp("submitted"))


@pytest.fixture
def no_embedder(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the embedder is not installed: to load it takes longer than all else that a test does."""

    def missing() -> None:
        raise ValueError("the embedder is not installed")

    monkeypatch.setattr("benchmark.submission.audits.minilm", missing)
