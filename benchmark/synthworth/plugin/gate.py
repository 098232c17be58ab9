"""The gate for prompt changes in a session: which cells are compared, what each test reports, what is printed."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from synthworth.plugin.items import is_ours, usual_cassettes_of
from synthworth.plugin.session import PROBLEM, Session, add_property

if TYPE_CHECKING:
    from synthworth.core import Result
    from synthworth.gate import Families, Finding, GateVerdict, Report, ScoreComparison, TrainingIdentity
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
        self._verdict_open: dict[str, bool] = {}  # by test: True if its cell changed, or may have
        self.options = session.options
        self.baseline = load_baseline(self.options.baseline, list(self._files()))
        session.is_settled = self.unchanged

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """The tests that compare are known, and with them the family."""
        self._items = [item for item in session.items if is_ours(item) and _compares(item)]
        for item in self._items:
            if cell := _cell_of(item):
                add_property(item, CELL, cell)  # in every report of the test, also if a fixture of it fails
                self._cells.setdefault(cell, item.nodeid.partition("::")[0])

    def judged(self, item: pytest.Item, run: "Run", method: str, classifier: str) -> str:
        """The regression of a cell in one line, "" if there is none; skips what cannot be compared, with the reason.

        Where several tasks changed, their mean decides, which is known when all have run: then no cell fails.
        """
        from synthworth.gate import CANNOT_TELL, REGRESSED, judge
        from synthworth.gate.causes import causes

        if classifier == FLOOR:
            pytest.skip(f"{FLOOR} reads no text; no prompt changes it")
        if method == OWN_ANSWERS:
            pytest.skip(f"{method} makes no texts; no prompt for them changes it")
        with self._session.telling(item):
            try:
                before = self.baseline.of(run.setup(run.cell_id(method, classifier)))
                lacking = self.baseline.drawn(before, self.options.generation_seeds)
            except ValueError as error:
                add_property(item, VERDICT, f"{NOT_COMPARED}{error}")
                pytest.skip(f"{NOT_COMPARED}{error}")
            comparison, after = self._compared(run, method, classifier, before)
            if lacking and not comparison.note:
                comparison = replace(comparison, note=lacking)
            deciding, single = families = self._families
            alone = len(self._changed.get((method, classifier), ())) < 2
            family = deciding if alone else single
            verdict = judge(comparison, margin=self.options.margin, family=family, decides=alone)
        compared = asdict(comparison)
        kept = {"comparison": compared, "causes": causes(before, after, self.baseline.quality), "families": families}
        add_property(item, VERDICT, str(verdict))
        add_property(item, FINDING, json.dumps(kept))
        fails = verdict.verdict == REGRESSED or (self.options.strict and verdict.verdict == CANNOT_TELL)
        return str(verdict) if alone and fails else ""

    def _compared(
        self, run: "Run", method: str, classifier: str, before: "list[Result]"
    ) -> "tuple[ScoreComparison, list[Result]]":
        """The comparison of a cell, and its new results: none for unchanged texts, which are not trained on again."""
        from synthworth.gate import compare, unchanged, unchanged_comparison

        if unchanged(before, self._identities(run, method, classifier, before)):
            return unchanged_comparison(before), []
        after = [run.result_of(cell_id) for cell_id in self._session.compared(run, method, classifier)]
        true = [example.label for example in run.data.test]
        return compare(true, before, after, seeded=_seeded(classifier)), after

    @cached_property
    def _families(self) -> "Families":
        """The number of verdicts that are corrected together.

        It follows from the texts, before any of them is trained on, so that it is the same in every process, and an
        unchanged cell, of which nothing is asked, takes no power from the others.
        """
        from synthworth.gate import families_of

        return families_of(self._changed.values())

    @cached_property
    def _changed(self) -> dict[tuple[str, str], set[str]]:
        """The tasks that changed, or may have, for each method and classifier."""
        cells: dict[tuple[str, str], set[str]] = {}
        for item in self._items:
            method, classifier = _asked(item)
            if _cell_of(item) and self._may_change(item):
                cells.setdefault((method, classifier), set()).add(item.cls.task.name)
        return cells

    def unchanged(self, item: Any) -> bool:
        """Tell whether a test compares a cell that is known to be unchanged: nothing is to be trained for it."""
        return item in self._items and not self._may_change(item)

    def _may_change(self, item: Any) -> bool:
        """Tell whether a cell takes statistics: it has a baseline, and other texts, or another recipe, than that."""
        if item.nodeid not in self._verdict_open:
            self._verdict_open[item.nodeid] = self._differs(item)
        return self._verdict_open[item.nodeid]

    def _differs(self, item: Any) -> bool:
        """True too if it cannot be known yet, as with recordings that a fixture names: that is the safe side."""
        from synthworth.gate import unchanged

        method, classifier = _asked(item)
        if (recordings := usual_cassettes_of(item)) is None:
            return True
        try:
            run = self._session.run_of(item.cls, item.path, recordings)
            before = self.baseline.of(run.setup(run.cell_id(method, classifier)))
            self.baseline.drawn(before, self.options.generation_seeds)
        except ValueError:  # not in the baseline, or without data: its own test says so
            return False
        try:
            return not unchanged(before, self._identities(run, method, classifier, before))
        except Exception:  # its own test says so
            return True

    def _identities(self, run: "Run", method: str, classifier: str, before: "list[Result]") -> "list[TrainingIdentity]":
        """The trainings of the draws that the baseline has too: they show whether anything changed."""
        from synthworth.gate import TrainingIdentity

        drawn = {r.generation_seed for r in before}
        identities = []
        for cell_id in self._session.compared(run, method, classifier):
            if cell_id.generation_seed in drawn:
                cell = run.cell(cell_id)
                identity = (cell_id.generation_seed, cell_id.seed, cell.train_version, cell.inputs)
                identities.append(TrainingIdentity(*identity))
        return identities

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
        from synthworth.gate import annotations, terminal_lines, terms

        terminalreporter.section("synthworth: the gate for prompt changes")
        terminalreporter.write_line(terms(self.report.families, self.options.margin))
        for line in terminal_lines(self.report):
            terminalreporter.write_line(line)
        for line in annotations(self.report) if os.environ.get("GITHUB_ACTIONS") == "true" else ():
            terminalreporter.write_line(line)
        if self._problem:
            terminalreporter.write_line(f"error: {self._problem}", red=True)

    @cached_property
    def report(self) -> "Report":
        """The findings of all tests that have run, and the means over tasks."""
        from synthworth.gate import Families, Finding, Report, ScoreComparison, judged_together

        cells = sorted(self._findings)  # processes of pytest-xdist end their tests in any order
        kept = [self._findings[cell] for cell in cells]
        families = Families(*kept[0]["families"]) if kept else Families()
        comparisons = [ScoreComparison(**one["comparison"]) for one in kept]
        verdicts = judged_together(comparisons, families, margin=self.options.margin)
        findings = [self._finding(self._cells[cell], verdicts[i], kept[i]["causes"]) for i, cell in enumerate(cells)]
        unmeasured = dict.fromkeys(self._cells, "its test did not run") | self._unmeasured
        return Report(
            source=self.options.baseline,
            commit=self.baseline.commit,
            findings=(*findings, *(Finding(verdict=mean) for mean in verdicts[len(cells) :])),
            missing=tuple(sorted({why for cell, why in self._missing.items() if cell not in self._findings})),
            unmeasured=tuple(
                f"{cell}, {why}"
                for cell, why in sorted(unmeasured.items())
                if cell not in self._findings and cell not in self._missing
            ),
            usage=self._session.usage(),
            families=families,
            margin=self.options.margin,
        )

    def _finding(self, file: str, verdict: "GateVerdict", causes: list[list[str]]) -> "Finding":
        from synthworth.gate import Cause, Finding

        return Finding(
            verdict=verdict,
            suite=file,
            prompt=self._prompt(file, verdict.comparison.task),
            causes=tuple(Cause(*cause) for cause in causes),
        )

    @property
    def _idle(self) -> bool:
        """True if no test is run."""
        return bool(self._config.option.collectonly or self.options.estimate)

    @property
    def _fails(self) -> bool:
        from synthworth.gate import CANNOT_TELL, REGRESSED

        failing = {REGRESSED, CANNOT_TELL} if self.options.strict else {REGRESSED}
        return bool(self._cells) and self.report.verdict in failing

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


def _seeded(classifier: str) -> bool:
    """Tell whether a classifier depends on its training seed; one that trains no encoder does not."""
    from synthworth.training import recipe

    return recipe(classifier).is_seeded
