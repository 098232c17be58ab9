"""The hooks around the tests of our suites; registered when the first suite is collected."""

import contextlib
import json
import os
import shlex
import shutil
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from synthworth.core import Result, blocked, from_mapping, write
from synthworth.plugin.faults import fault, is_fault, usage_fault
from synthworth.plugin.items import cassettes_of, is_ours, usual_cassettes_of
from synthworth.plugin.options.values import Options, read_options
from synthworth.plugin.session import LACKING, Session, ended_by_interrupt
from synthworth.plugin.summary import left_out, matrix_text, mixtures_text, not_beside

if TYPE_CHECKING:
    from synthworth.pipeline import Run

RESULT = "synth_result"
GOLD = "synth_gold"
NOT_BESIDE = "synth_not_beside"
WIDTH, LINES = 100, 24  # where there is no terminal
SESSION = pytest.StashKey[Session]()


def session_of(config: pytest.Config) -> Session:
    """The session's state; at the first call the options are read and the hooks registered.

    Raises pytest.UsageError, in one line, if an option makes no sense.
    """
    if SESSION in config.stash:
        return config.stash[SESSION]
    from synthworth.plugin.gate import Gate

    if worker := getattr(config, "workerinput", None):
        _take_a_gpu(worker["workerid"])
    try:
        session = Session(config, read_options(config))
        gate = Gate(config, session) if session.options.baseline else None
    except ValueError as error:
        raise usage_fault(str(error)) from None
    config.stash[SESSION] = session
    config.pluginmanager.register(Hooks(config, session), "synthworth-session")
    if gate is not None:
        config.pluginmanager.register(gate, "synthworth-gate")
    return session


class Hooks:
    """The tests of one session that are ours: what is left out, trained ahead, written and printed."""

    def __init__(self, config: pytest.Config, session: Session) -> None:
        self.config = config
        self.session = session
        self.options: Options = session.options
        self.results: dict[tuple[Any, ...], Result] = {}
        self._gold: dict[tuple[str, str], list[str]] = {}  # the test labels of these results
        self._lacking: dict[str, set[str]] = {}  # tasks without recorded answers, by method
        # Rows that would stand beside others: task, classifier, method and number of texts per label.
        self._not_beside: set[tuple[str, str, str, int]] = set()
        self._left: set[str] = set()  # tests that were left out, or have not ended yet
        self._written: set[tuple[Any, ...]] = set()  # keys of results
        self._no_cuda = ""
        self._estimate = ""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Remove the tests of options that are not given, and of sizes that a method is not wanted at."""
        idle = {"synth_size"} if not self.options.sizes else set()
        idle |= {"synth_gate"} if not self.options.baseline else set()
        items[:] = [i for i in items if not is_ours(i) or (self._is_wanted(i) and not idle & _fixtures(i))]

    def _is_wanted(self, item: Any) -> bool:
        chosen = item.callspec.params if hasattr(item, "callspec") else {}
        return "synth_method" not in chosen or self.options.trains(chosen["synth_method"], chosen.get("synth_size"))

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Remember that the session is not complete, and which rows it will lack to compare mixtures with."""
        self._left.update(item.nodeid for item in items)
        ours: list[Any] = [item for item in items if is_ours(item)]
        for item in ours:
            chosen = item.callspec.params if hasattr(item, "callspec") else {}
            method, size = chosen.get("synth_method", ""), chosen.get("synth_size")
            if size in self.options.beside.get(method, ()):
                self._not_beside.add((item.cls.task.name, chosen["synth_classifier"], method, size))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Refuse tests that need a GPU on a machine that has none."""
        self._left.update(item.nodeid for item in session.items)
        needing = [item for item in session.items if is_ours(item) and item.get_closest_marker("gpu")]
        here = self.options.executor == "local"  # a cluster says for itself what it lacks
        if needing and here and not (self.config.option.collectonly or self.options.estimate):
            from synthworth.training import cuda_is_missing

            if cuda_is_missing():
                problem = (
                    f"{len(needing)} gpu tests are selected and this machine has no CUDA device; run them on a machine "
                    "with one, or choose classifiers that need no GPU with --synth-classifier"
                )
                if not hasattr(self.config, "workerinput"):
                    raise pytest.UsageError(problem)
                self._no_cuda = problem  # a worker of pytest-xdist that stops at collection takes pytest down

    def pytest_report_collectionfinish(self, items: list[pytest.Item]) -> list[str]:
        """One line with the conditions of the run."""
        if not any(is_ours(item) for item in items):
            return []
        from synthworth.generation.recording import redacted

        options = self.options
        seeds, draws = len(options.seeds), len(options.draws)
        line = (
            f"synthworth: data {options.data}, generator {options.generator.shown}, recordings {options.record}, "
            f"{options.per_label or 'all'} texts per label, {seeds} seed{'s' if seeds > 1 else ''}"
            + (f", {draws} draws" if draws > 1 else "")
        )
        return [redacted(line, os.environ)]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Run no test for an estimate; else start trainings first."""
        with ended_by_interrupt():
            try:
                if self.options.estimate:
                    self._estimate = self.session.estimate(list(self._runs_of(session.items)))
                    return True
                if self.options.record == "batch" and not self.config.option.collectonly:
                    self._record_batches(session.items)
                self._start(session)
            except ValueError as error:
                raise pytest.UsageError(str(error)) from None
        return None

    def _runs_of(self, items: Sequence[Any]) -> "Iterator[Run]":
        seen = set()
        for item in items:
            if is_ours(item) and item.cls not in seen:
                with contextlib.suppress(pytest.skip.Exception):  # a skipped suite asks for nothing
                    folder = cassettes_of(item)
                    seen.add(item.cls)
                    yield self.session.run_of(item.cls, item.path, folder)

    def _record_batches(self, items: Sequence[Any]) -> None:
        """Record as batches of all suites at once what their tests need; the tests then find it recorded."""
        from synthworth.pipeline import record_batches

        ours = [item for item in items if is_ours(item)]
        self._make_runs(ours)
        record_batches(self.session.needed_sets(ours))

    def _start(self, session: pytest.Session) -> None:
        """Hand over the trainings of all suites before the first test; while recording, each suite does that."""
        items: list[Any] = [item for item in session.items if is_ours(item)]
        idle = self.config.option.collectonly or self.options.record != "none" or self._no_cuda
        if items and not idle and self.session.trains_ahead:
            self._make_runs(items)
            self.session.start(items)

    def _make_runs(self, items: Sequence[Any]) -> None:
        """Make the runs of suites whose recordings lie in the usual place; a suite's tests report what is wrong."""
        for item in items:
            if (folder := usual_cassettes_of(item)) is not None:
                with contextlib.suppress(ValueError):
                    self.session.run_of(item.cls, item.path, folder)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Fail our tests in a worker of pytest-xdist that has no GPU for them."""
        if self._no_cuda and is_ours(item):
            raise fault(self._no_cuda)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        """Block the network while a test of ours replays, and for its fixtures; tests of others may connect."""
        replays = self.options.record == "none" and is_ours(item)
        with blocked() if replays else contextlib.nullcontext():
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, call: pytest.CallInfo[Any]) -> Any:
        """A fault that a fixture met is the test's own failure, not an error at its setup."""
        report = yield
        if call.when == "setup" and call.excinfo is not None and is_fault(call.excinfo.value):
            report.when = "call"
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect the results of a test, and write them at once: a run of hours may be killed before its end."""
        if report.when == "call" or report.skipped:
            self._left.discard(report.nodeid)
        for name, value in report.user_properties:
            if name == LACKING:
                method, task = json.loads(str(value))
                self._lacking.setdefault(method, set()).add(task)
        if report.when != "call":
            return
        results = [from_mapping(json.loads(str(value))) for name, value in report.user_properties if name == RESULT]
        self.results |= {result.key: result for result in results}
        if results and self.options.results and not hasattr(self.config, "workerinput"):
            try:
                write(self.options.results, results)
                self._written |= {result.key for result in results}
            except (ValueError, OSError) as error:
                pytest.exit(f"cannot write results: {error}", returncode=pytest.ExitCode.USAGE_ERROR)

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """End what runs; a worker of pytest-xdist hands over the labels that it has, and the rows that it lacks."""
        self.session.close()
        self._gold |= self.session.gold({result.task for result in self.results.values()})
        if (output := getattr(self.config, "workeroutput", None)) is not None:
            output[GOLD] = self._gold
            output[NOT_BESIDE] = list(self._not_beside)
        if exitstatus == pytest.ExitCode.OK and not self._left:
            self.session.write_used()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take the labels, and the rows left out, that a worker of pytest-xdist hands over."""
        output = getattr(node, "workeroutput", {})
        self._gold |= output.get(GOLD, {})
        self._not_beside.update(map(tuple, output.get(NOT_BESIDE, ())))

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the estimate, or the table of results and what recording cost."""
        if self._estimate:
            terminalreporter.section("synthworth: what is missing, if every answer becomes a text")
            terminalreporter.write_line(self._estimate)
        if self.results:
            terminalreporter.section("synthworth")
            results = list(self.results.values())
            file = shlex.quote(str(self.options.results)) if self.options.results else ""
            if self.options.matrix:
                terminalreporter.write_line("\n".join(filter(None, [matrix_text(results, file), self._kept_in_file()])))
            else:
                terminalreporter.write_line(self._leaderboard())
            if self.options.mix:
                terminalreporter.write_line(mixtures_text(results, self._gold, file))
        # A task that -k leaves out altogether lacks nothing, nor does a row that another training seed has.
        measured = {(result.task, result.classifier) for result in self.results.values()}
        rows = {(one.task, one.classifier, one.method, one.per_label) for one in self.results.values()}
        missed = {row[2] for row in self._not_beside - rows if row[:2] in measured}
        if missed and self.config.option.keyword:
            terminalreporter.write_line(f"synthworth: {not_beside(missed, self.config.option.keyword)}")
        if self._lacking:
            command = " ".join(["pytest", *map(shlex.quote, self.config.args), *self.options.command])
            every = {result.task for result in self.results.values()}.union(*self._lacking.values())
            line = f"{left_out(self._lacking, every)}; record them with: {command} --synth-record missing"
            terminalreporter.write_line(f"synthworth: {line}")
        if usage := self.session.usage():
            terminalreporter.section("synthworth: what the recordings added to have cost so far")
            terminalreporter.write_line(usage)

    def _leaderboard(self) -> str:
        """The answer and the table: as much as fits a screen, unless all was asked for."""
        from synthworth.leaderboard import Context, View, end_of_run
        from synthworth.leaderboard.render import render

        notes = [note for method in self.options.methods.values() for note in method.notes]
        results, context = list(self.results.values()), Context(gold=self._gold, notes=notes)
        written = self._kept_in_file()
        if self.options.table == "all":
            return f"{render(results, view=View(brief=True), context=context)}{written}".rstrip()
        whole = "the same command with --synth-table all"
        if self._written:
            whole = f"synthworth leaderboard {shlex.quote(str(self.options.results))}"
        width = shutil.get_terminal_size((WIDTH, LINES)).columns
        return end_of_run(results, context, width=width, whole=whole, written=written)

    def _kept_in_file(self) -> str:
        """Say how many results were written, and where; "" if none were."""
        count = len(self._written)
        return f"{count} {'result' if count == 1 else 'results'} written to {self.options.results}" if count else ""


def _fixtures(item: Any) -> set[str]:
    return set(getattr(item, "fixturenames", ()))


def _take_a_gpu(worker: str) -> None:
    """Give each process of pytest-xdist one of several GPUs; torch, which is not loaded yet, sees no other."""
    from synthworth.training import gpus

    if len(devices := gpus()) > 1:
        os.environ["CUDA_VISIBLE_DEVICES"] = devices[int(worker.removeprefix("gw")) % len(devices)]
