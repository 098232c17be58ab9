"""The tests read what pytest prints, which must not depend on where they run."""

import pytest


@pytest.fixture(autouse=True)
def _no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a CI, which these variables tell it, pytest repeats every error in full in its summary."""
    for name in ("CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)
