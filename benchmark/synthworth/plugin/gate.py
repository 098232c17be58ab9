"""The gate for prompt changes in a session: which cells are compared, what each test reports, what is printed."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from synthworth.plugin.items import is_ours, usual_cassettes_of
from synthworth.plugin.session import PROBLEM, Session, add_property

if TYPE_CHECKING:
    from synthworth.gate import Finding, GateVerdict, Report, ScoreComparison
    from synthworth.pipeline import Run

CELL = "synth_gate_cell"
FINDING = "synth_finding"
VERDICT = "synth_verdict"
NOT_COMPARED = "not compared: "
FLOOR = "majority"  # reads no text, so that no prompt changes it
OWN_ANSWERS = "generator"  # the method that trains no classifier


class Gate:
    """Compare what runs now with a baseline; registered only if --synth-baseline is given.

    The test of a cell judges it and hands the verdict on in its report; nothing is judged twice. What is counted is
    counted by cell (task, method, classifier), however often its test is repeated, run again, or found in two files:
    nothing depends on the order of tests, or on the process that ran them. Means over tasks are judged when all reports
    have come together.
    """

    def __init__(self, config: pytest.Config, session: Session) -> None:
        from synthworth.gate import load_baseline

        self._config = config
        self._session = session
        self._items: Sequence[Any] = ()
        self._cells: dict[str, str] = {}  # the cells to compare, with the file of their suite
        self._findings: dict[str, dict[str, Any]] = {}
        self._missing: dict[str, str] = {}  # not in the baseline
        self._unmeasured: dict[str, str] = {}
        self._problem = ""
        self.options = session.options
        self.baseline = load_baseline(self.options.baseline, list(self._files()))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """The tests that compare are known, and with them the family."""
        self._items = [item for item in session.items if is_ours(item) and _compares(item)]
        for item in self._items:
            if cell := _cell_of(item):
                add_property(item, CELL, cell)  # in every report of the test, also if a fixture of it fails
                self._cells.setdefault(cell, item.nodeid.partition("::")[0])

    def judged(self, item: pytest.Item, run: "Run", method: str, classifier: str) -> str:
        """The regression of a cell in one line, "" if there is none; skips what cannot be compared, with the reason."""
        from synthworth.gate import CANNOT_TELL, REGRESSED, compare, judge
        from synthworth.gate.causes import causes

        if classifier == FLOOR:
            pytest.skip(f"{FLOOR} reads no text; no prompt changes it")
        if method == OWN_ANSWERS:
            pytest.skip(f"{method} makes no texts; no prompt for them changes it")
        with self._session.telling(item):
            try:
                before = self.baseline.of(run.setup(run.cell_id(method, classifier)))
            except ValueError as error:
                add_property(item, VERDICT, f"{NOT_COMPARED}{error}")
                pytest.skip(f"{NOT_COMPARED}{error}")
            after = [run.result_of(cell_id) for cell_id in self._session.compared(run, method, classifier)]
            true = [example.label for example in run.data.test]
            comparison = compare(true, before, after, seeded=_seeded(classifier))
            verdict = judge(comparison, margin=self.options.margin, family=self._family)
        kept = {"verdict": asdict(verdict), "causes": causes(before, after, self.baseline.quality)}
        add_property(item, VERDICT, str(verdict))
        add_property(item, FINDING, json.dumps(kept))
        fails = verdict.verdict == REGRESSED or (self.options.strict and verdict.verdict == CANNOT_TELL)
        return str(verdict) if fails else ""

    @cached_property
    def _family(self) -> int:
        """The number of comparisons of this session: changed cells, and means over tasks of which several changed.

        It follows from the texts, before any of them is trained on, so that it is the same in every process, and an
        unchanged cell, of which nothing is asked, takes no power from the others.
        """
        cells: dict[tuple[str, str], set[str]] = {}
        for item in self._items:
            method, classifier = _asked(item)
            if _cell_of(item) and self._may_change(item, method, classifier):
                cells.setdefault((method, classifier), set()).add(item.cls.task.name)
        changed = sum(map(len, cells.values()))
        return max(1, changed + sum(len(tasks) > 1 for tasks in cells.values()))

    def _may_change(self, item: Any, method: str, classifier: str) -> bool:
        """Tell whether a cell takes statistics: it has a baseline, and other texts, or another recipe, than that.

        True if it cannot be known yet, as with recordings that a fixture names: too large a family is the safe side.
        """
        from synthworth.gate import TrainingIdentity, unchanged

        if (recordings := usual_cassettes_of(item)) is None:
            return True
        try:
            run = self._session.run_of(item.cls, item.path, recordings)
            before = self.baseline.of(run.setup(run.cell_id(method, classifier)))
        except ValueError:  # not in the baseline, or without data: its own test says so
            return False
        try:
            after = []
            for cell_id in self._session.compared(run, method, classifier):
                cell = run.cell(cell_id)
                identity = (cell_id.generation_seed, cell_id.seed, cell.train_version, cell.inputs)
                after.append(TrainingIdentity(*identity))
        except Exception:  # its own test says so
            return True
        return not unchanged(before, after)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the verdict of a test, from this process or from a worker of pytest-xdist."""
        properties = {name: str(value) for name, value in report.user_properties}
        if (cell := properties.get(CELL)) is None or report.when == "teardown":
            return
        self._cells.setdefault(cell, report.nodeid.partition("::")[0])
        if FINDING in properties:
            self._findings.setdefault(cell, json.loads(properties[FINDING]))
        elif report.skipped and properties.get(VERDICT, "").startswith(NOT_COMPARED):
            self._missing[cell] = properties[VERDICT].removeprefix(NOT_COMPARED)
        elif report.failed or report.skipped:
            self._unmeasured[cell] = properties.get(PROBLEM, "its test failed" if report.failed else "skipped")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the report; a mean over tasks that regressed, or a strict gate that compared nothing, fails."""
        if (output := getattr(self._config, "workeroutput", None)) is not None:
            output[CELL] = self._cells
        if self._idle or hasattr(self._config, "workerinput"):
            return
        from synthworth.gate import markdown

        if self.options.report:
            try:
                self.options.report.write_text(markdown(self.report), encoding="utf-8")
            except OSError as error:
                self._problem = f"cannot write {self.options.report}: {error.strerror or error}"
                session.exitstatus = pytest.ExitCode.USAGE_ERROR
        if session.exitstatus == pytest.ExitCode.OK and self._fails:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take the cells that a worker of pytest-xdist was to compare."""
        self._cells = getattr(node, "workeroutput", {}).get(CELL, {}) | self._cells

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print all verdicts, the worst first, and the one over all."""
        if self._idle or not (self._cells or self._problem):
            return
        from synthworth.gate import ALPHA, annotations, terminal_lines

        family = self.report.findings[0].verdict.family if self.report.findings else 1
        terminalreporter.section("synthworth: the gate for prompt changes")
        terminalreporter.write_line(
            f"false alarms: at most {ALPHA:.0%}, over {family} comparison{'s' if family > 1 else ''} together; the "
            f"smallest drop of Macro-F1 that matters: {self.options.margin:g}"
        )
        for line in terminal_lines(self.report):
            terminalreporter.write_line(line)
        for line in annotations(self.report) if os.environ.get("GITHUB_ACTIONS") == "true" else ():
            terminalreporter.write_line(line)
        if self._problem:
            terminalreporter.write_line(f"error: {self._problem}", red=True)

    @cached_property
    def report(self) -> "Report":
        """The findings of all tests that have run, and the means over tasks."""
        from synthworth.gate import Finding, Report, judge

        cells = sorted(self._findings)  # processes of pytest-xdist end their tests in any order
        findings = [self._finding(self._cells[cell], self._findings[cell]) for cell in cells]
        family = findings[0].verdict.family if findings else 1
        means = [
            Finding(verdict=judge(mean, margin=self.options.margin, family=family))
            for mean in _means([finding.verdict.comparison for finding in findings])
        ]
        unmeasured = dict.fromkeys(self._cells, "its test did not run") | self._unmeasured
        return Report(
            source=self.options.baseline,
            commit=self.baseline.commit,
            findings=(*findings, *means),
            missing=tuple(sorted({why for cell, why in self._missing.items() if cell not in self._findings})),
            unmeasured=tuple(
                f"{cell}, {why}"
                for cell, why in sorted(unmeasured.items())
                if cell not in self._findings and cell not in self._missing
            ),
            usage=self._session.usage(),
        )

    def _finding(self, file: str, kept: dict[str, Any]) -> "Finding":
        from synthworth.gate import Cause, Finding

        verdict = _verdict(kept["verdict"])
        return Finding(
            verdict=verdict,
            suite=file,
            prompt=self._prompt(file, verdict.comparison.task),
            causes=tuple(Cause(*cause) for cause in kept["causes"]),
        )

    @property
    def _idle(self) -> bool:
        """True if no test is run."""
        return bool(self._config.option.collectonly or self.options.estimate)

    @property
    def _fails(self) -> bool:
        from synthworth.gate import CANNOT_TELL, REGRESSED

        failing = {REGRESSED, CANNOT_TELL} if self.options.strict else {REGRESSED}
        nothing = bool(self._cells) and not self._findings
        return any(f.verdict.verdict in failing for f in self.report.findings) or (self.options.strict and nothing)

    def _prompt(self, file: str, task: str) -> tuple[str, ...] | None:
        from synthworth.gate import changed_lines, prompt_lines

        path = self._config.rootpath / file
        then = self.baseline.suite(path)
        before = None if then is None else prompt_lines(then, task)
        after = prompt_lines(path.read_text(encoding="utf-8"), task) if path.is_file() else None
        return None if before is None or after is None else changed_lines(before, after)

    def _files(self) -> Iterator[Path]:
        """The files of results to look for in a revision: the one of --synth-results, else those beside the suites."""
        if self.options.results:
            yield self.options.results
            return
        here = self._config.invocation_params.dir
        for argument in self._config.args:
            path = here / argument.partition("::")[0]
            yield (path if path.is_dir() else path.parent) / "results.jsonl"


def _compares(item: Any) -> bool:
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    return "synth_gate" in item.fixturenames and {"synth_method", "synth_classifier"} <= set(parameters)


def _asked(item: Any) -> tuple[str, str]:
    parameters = item.callspec.params
    return parameters["synth_method"], parameters["synth_classifier"]


def _cell_of(item: Any) -> str:
    """The cell that a test compares, as it is printed; "" if there is none to compare."""
    method, classifier = _asked(item)
    task = getattr(getattr(item.cls, "task", None), "name", item.cls.__name__)
    return "" if classifier == FLOOR or method == OWN_ANSWERS else f"{task}/{method}/{classifier}"


def _verdict(kept: dict[str, Any]) -> "GateVerdict":
    from synthworth.gate import GateVerdict, ScoreComparison

    return GateVerdict(**{**kept, "comparison": ScoreComparison(**kept["comparison"])})


def _means(comparisons: "Sequence[ScoreComparison]") -> "list[ScoreComparison]":
    """The means over tasks of each method and classifier of which several tasks changed."""
    from synthworth.gate import NOTHING, mean_over_tasks

    cells: dict[tuple[str, str], list[ScoreComparison]] = {}
    for comparison in comparisons:
        cells.setdefault((comparison.method, comparison.classifier), []).append(comparison)
    return [mean_over_tasks(of_cell) for of_cell in cells.values() if sum(c.about != NOTHING for c in of_cell) > 1]


def _seeded(classifier: str) -> bool:
    """Tell whether a classifier depends on its training seed; one that trains no encoder does not."""
    from synthworth.training import recipe

    return recipe(classifier).is_seeded
