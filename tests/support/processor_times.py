"""A pytest plugin that compares the `slow` marks with measured processor time: `python -m pytest -p processor_times`.

Processor time, of this process and of those it waited for, depends little on what else the machine does. The list names
the tests that take more than `LIMIT` seconds without the mark, and those with the mark that take less than half of it.
"""

import resource
from collections import defaultdict
from typing import Any

import pytest

LIMIT = 2.0  # seconds; pyproject.toml says so of the mark
NAME = "processor_time"


def spent() -> float:
    """Seconds of processor time that this process and its finished children have taken."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


class Clock:
    """Gives each phase of a test the processor time since the phase before."""

    def __init__(self) -> None:
        self.last = spent()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Any:
        """Add the time to the report, which pytest-xdist hands to the session that prints."""
        report = yield
        now = spent()
        report.user_properties.append((NAME, now - self.last))
        self.last = now
        return report


class Summary:
    """Adds up the phases of each test."""

    def __init__(self) -> None:
        self.times: dict[str, float] = defaultdict(float)
        self.marked: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count one phase."""
        self.times[report.nodeid] += sum(float(value) for name, value in report.user_properties if name == NAME)
        if "slow" in report.keywords:
            self.marked.add(report.nodeid)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the marks that do not fit, and the sums."""
        terminalreporter.section("processor time")
        for nodeid, seconds in sorted(self.times.items(), key=lambda pair: -pair[1]):
            if nodeid not in self.marked and seconds > LIMIT:
                terminalreporter.write_line(f"{seconds:6.1f} s, to be marked slow: {nodeid}")
            if nodeid in self.marked and seconds < LIMIT / 2:
                terminalreporter.write_line(f"{seconds:6.1f} s, marked slow: {nodeid}")
        slow = sum(seconds for nodeid, seconds in self.times.items() if nodeid in self.marked)
        terminalreporter.write_line(f"{sum(self.times.values()) - slow:.0f} s, and {slow:.0f} s in tests marked slow")


def pytest_configure(config: pytest.Config) -> None:
    """Measure where tests run, and add up where the reports arrive."""
    config.pluginmanager.register(Clock())
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Summary())
