"""The gate for prompt changes in a session: which cells are compared, what each test is told, what is printed."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from synthworth.pipeline.suite import TaskSuite
from synthworth.plugin.session import Session

PROPERTY, TOLD = "synth_comparison", "synth_verdict"
FLOOR = "majority"  # reads no text, so that no prompt changes it


class Gate:
    """Compares what runs now with a baseline; registered only where --synth-baseline is given.

    Each test of a cell finds its comparison and hands it on in its report, so that nothing depends on the order of
    tests, or on the process that ran them; means over tasks are found where all reports come together.
    """

    def __init__(self, config: pytest.Config, session: Session, recordings_of: Callable[[Any], Path | None]) -> None:
        from synthworth.gate import load_baseline

        self._config = config
        self._session = session
        self._recordings_of = recordings_of
        self._items: Sequence[Any] = ()
        self._reports: list[tuple[str, dict[str, Any]]] = []
        self._missing: list[str] = []
        self._problem = ""
        self.options = session.options
        self.baseline = load_baseline(str(self.options.baseline), list(self._files()))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """The tests that compare are known, and with them the family."""
        self._items = [i for i in session.items if "gate" in getattr(i, "fixturenames", ()) and _suite(i)]

    def judged(self, item: pytest.Item, run: Any, method: str, classifier: str) -> str:
        """What is wrong with a cell, in one line, or ""; what cannot be compared is skipped, with the reason."""
        from synthworth.gate import CANNOT_TELL, REGRESSED, causes, compare, judge

        if classifier == FLOOR:
            pytest.skip(f"{FLOOR} reads no text; no prompt changes it")
        with self._session.telling(item):
            try:
                before = self.baseline.of(run.setup(method, classifier))
            except ValueError as error:
                item.user_properties.append((TOLD, f"not compared: {error}"))
                pytest.skip(f"not compared: {error}")
            options = self.options
            after = [
                run(method, classifier, seed=seed, generation_seed=drawn)
                for drawn in options.generation_seeds
                for seed in options.seeds
            ]
            true = [example.label for example in run.data.test]
            found = compare(true, before, after, seeded=_seeded(classifier))
            verdict = judge(found, margin=options.margin, family=self._family)
        kept = {
            "comparison": asdict(found),
            "family": self._family,
            "causes": causes(before, after, self.baseline.quality),
        }
        item.user_properties += [(TOLD, str(verdict)), (PROPERTY, json.dumps(kept))]
        fails = verdict.verdict == REGRESSED or (options.strict and verdict.verdict == CANNOT_TELL)
        return str(verdict) if fails else ""

    @cached_property
    def _family(self) -> int:
        """How many comparisons this session makes: changed cells, and means over tasks of which several changed.

        It follows from the texts, before any of them is trained on, so that it is the same in every process, and an
        unchanged cell, of which nothing is asked, takes no power from the others.
        """
        cells: dict[tuple[str, str], set[str]] = {}
        for item in self._items:
            asked = item.callspec.params
            if asked["classifier"] != FLOOR and self._may_change(item, asked["method"], asked["classifier"]):
                cells.setdefault((asked["method"], asked["classifier"]), set()).add(item.cls.task.name)
        changed = sum(map(len, cells.values()))
        return max(1, changed + sum(len(tasks) > 1 for tasks in cells.values()))

    def _may_change(self, item: Any, method: str, classifier: str) -> bool:
        """Whether a cell takes statistics: it has a baseline, and other texts, or another recipe, than that.

        Yes where it cannot be known yet, as with recordings that a fixture names: too large a family is the safe side.
        """
        from synthworth.gate import TrainingIdentity, unchanged

        if (recordings := self._recordings_of(item)) is None:
            return True
        try:
            run = self._session.run_of(item.cls, item.path, recordings)
            before = self.baseline.of(run.setup(method, classifier))
        except ValueError:  # not in the baseline, or without data: its own test tells
            return False
        try:
            after = []
            for drawn in self.options.generation_seeds:
                for seed in self.options.seeds:
                    cell = run.cell(method, classifier, seed=seed, generation_seed=drawn)
                    after.append(TrainingIdentity(drawn, seed, cell.train_version, cell.inputs))
        except Exception:  # its own test tells
            return True
        return not unchanged(before, after)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Takes what a test has found, in this process or in a worker of pytest-xdist."""
        if report.when != "call":
            return
        for name, value in report.user_properties:
            if name == PROPERTY:
                self._reports.append((report.nodeid.partition("::")[0], json.loads(str(value))))
            elif name == TOLD and report.skipped:
                self._missing.append(str(value).removeprefix("not compared: "))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Writes the report; a mean over tasks that regressed, or a strict gate that compared nothing, fails."""
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

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Prints all verdicts, the worst first, and the one over all."""
        if self._idle or not (self._reports or self._missing or self._problem or self._items):
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
    def report(self) -> Any:
        """The findings of all tests that have run, and the means over tasks."""
        from synthworth.gate import Cause, Finding, Report, ScoreComparison, judge

        findings: list[Finding] = []
        cells: dict[tuple[str, str], list[ScoreComparison]] = {}
        # Sorted: processes of pytest-xdist end their tests in any order.
        for file, kept in sorted(self._reports, key=lambda report: (report[0], json.dumps(report[1]))):
            found = ScoreComparison(**kept["comparison"])
            cells.setdefault((found.method, found.classifier), []).append(found)
            findings.append(
                Finding(
                    verdict=judge(found, margin=self.options.margin, family=kept["family"]),
                    suite=file,
                    prompt=self._prompt(file, found.task),
                    causes=tuple(Cause(*cause) for cause in kept["causes"]),
                )
            )
        family = findings[0].verdict.family if findings else 1
        means = [Finding(verdict=judge(c, margin=self.options.margin, family=family)) for c in _means(cells)]
        return Report(
            source=str(self.options.baseline),
            commit=self.baseline.commit,
            findings=(*findings, *means),
            missing=tuple(sorted(set(self._missing))),
            usage=self._session.usage(),
        )

    @property
    def _idle(self) -> bool:
        """Whether no test is run."""
        return bool(self._config.option.collectonly or self.options.estimate)

    @property
    def _fails(self) -> bool:
        from synthworth.gate import CANNOT_TELL, REGRESSED

        failing = {REGRESSED, CANNOT_TELL} if self.options.strict else {REGRESSED}
        nothing = bool(self._missing) and not self._reports
        return any(f.verdict.verdict in failing for f in self.report.findings) or (self.options.strict and nothing)

    def _prompt(self, file: str, task: str) -> tuple[str, ...] | None:
        from synthworth.gate import changed_lines, prompt_lines

        path = self._config.rootpath / file
        then = self.baseline.suite(path)
        before = None if then is None else prompt_lines(then, task)
        after = prompt_lines(path.read_text(encoding="utf-8"), task) if path.is_file() else None
        return None if before is None or after is None else changed_lines(before, after)

    def _files(self) -> Iterator[Path]:
        """Where a revision is looked at for results: what --synth-results names, else beside the suites."""
        if self.options.results:
            yield self.options.results
            return
        here = self._config.invocation_params.dir
        for argument in self._config.args:
            path = here / argument.partition("::")[0]
            yield (path if path.is_dir() else path.parent) / "results.jsonl"


def _means(cells: dict[Any, list[Any]]) -> list[Any]:
    """The means over tasks of each method and classifier of which several tasks changed."""
    from synthworth.gate import NOTHING, mean_over_tasks

    return [mean_over_tasks(found) for found in cells.values() if sum(c.about != NOTHING for c in found) > 1]


def _suite(item: Any) -> bool:
    return isinstance(getattr(item, "cls", None), type) and issubclass(item.cls, TaskSuite)


def _seeded(classifier: str) -> bool:
    """Whether a classifier depends on its training seed; a floor, which needs no encoder, does not."""
    from synthworth.training.recipes import recipe

    return bool(recipe(classifier).encoder)
