"""The state of one pytest session: the runs of its suites, the connection to the generator, and the faults told."""

import contextlib
import json
import os
import shlex
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from synthworth.core import Places, Task
from synthworth.pipeline import TaskSuite
from synthworth.plugin.faults import fault, fault_line
from synthworth.plugin.options.values import Options

if TYPE_CHECKING:
    from synthworth.core import Progress
    from synthworth.generation.generator import Endpoint
    from synthworth.pipeline import CellId, NeededSet, Run
    from synthworth.training import Cell, Executor, Training

PROBLEM = "synth_problem"
LACKING = "synth_lacking"  # a method and a task that have no recorded answers, as JSON
STOPPED = "stopped; answers and trainings so far are kept: run the same command to go on"


class Session:
    """Make the run of each suite when it is first needed, and tell each fault of the user once for each suite."""

    def __init__(self, config: pytest.Config, options: Options) -> None:
        self.options = options
        self._config = config
        self.is_settled: Callable[[Any], bool] = lambda item: False  # the gate tells tests that need no training
        self.started: set[type[TaskSuite]] = set()
        self._runs: dict[type[TaskSuite], Run] = {}  # suites of one task in one folder share theirs
        self._first_to_fail: dict[tuple[type, str], str] = {}
        self._closing = contextlib.ExitStack()
        if options.limits.budget_usd is not None:
            _ = self._endpoint  # refuses, before any test runs, a budget that cannot be counted

    @cached_property
    def _endpoint(self) -> "Endpoint":
        from synthworth.pipeline import connected

        options = self.options
        return self._closing.enter_context(
            connected(
                options.generator,
                notice=self.say,
                weights=options.weights,
                limits=options.limits,
                price=options.price,
            )
        )

    @cached_property
    def _training(self) -> "Training":
        from synthworth.training import Predictions, Training

        training = Training(self._executor(), Predictions(self.options.cache, self.say), self.say)
        self._closing.callback(training.close)
        return training

    def _executor(self) -> "Executor":
        from synthworth.training import Here, Processes, processes

        options = self.options
        if options.executor != "local":
            from synthworth.training import OnRay

            return OnRay(options.executor.partition("=")[2], self._progress)
        count = options.processes or processes(options.threads)
        if count == 1 or hasattr(self._config, "workerinput"):  # pytest-xdist has made processes already
            return Here(self._progress)
        return Processes(count, offline=options.record == "none", progress=self._progress)

    @property
    def trains_ahead(self) -> bool:
        """Tell whether to `start` trainings before they are needed; ValueError if the executor cannot be reached."""
        return bool(self._training.ahead)

    def start(self, items: Iterable[Any]) -> None:
        """Hand over all trainings that these tests will need and that can be made, if their suites have runs.

        The test that needs what cannot be made reports why.
        """
        cells: list[Cell] = []
        for item in items:
            if item.cls in self._runs:  # else, if a suite has recordings elsewhere, its first test makes the run
                self.started.add(item.cls)
                with contextlib.suppress(Exception):
                    run = self._runs[item.cls]
                    cells += [run.cell(cell_id) for cell_id in self._cells_of(item, run)]
        self._training.start(cells)

    def _cells_of(self, item: Any, run: "Run") -> "list[CellId]":
        params = item.callspec.params if hasattr(item, "callspec") else {}
        if not {"synth_method", "synth_classifier"} <= set(params):
            return []
        if "synth_gate" in item.fixturenames:
            if self.is_settled(item):
                return []
            return self.compared(run, params["synth_method"], params["synth_classifier"])
        if "synth_seed" not in params:
            return []
        choice = {"per_label": params.get("synth_size"), "generation_seed": params.get("synth_draw")}
        return [run.cell_id(params["synth_method"], params["synth_classifier"], seed=params["synth_seed"], **choice)]

    def needed_sets(self, items: Iterable[Any]) -> "Iterator[NeededSet]":
        """The training sets that these tests need, of the suites that have runs."""
        from synthworth.pipeline import NeededSet

        for item in items:
            params = item.callspec.params if hasattr(item, "callspec") else {}
            if item.cls in self._runs and "synth_method" in params:
                sets = self._runs[item.cls].sets
                draws = [params.get("synth_draw", self.options.generation_seed)]
                for drawn in self.options.generation_seeds if "synth_gate" in item.fixturenames else draws:
                    size = params.get("synth_size", self.options.per_label)
                    yield NeededSet(sets, params["synth_method"], size, drawn)

    def compared(self, run: "Run", method: str, classifier: str) -> "list[CellId]":
        """The cells whose mean the gate compares: one for each generation seed and training seed."""
        return [
            run.cell_id(method, classifier, seed=seed, generation_seed=drawn)
            for drawn in self.options.generation_seeds
            for seed in self.options.seeds
        ]

    def run_of(self, suite: type[TaskSuite], path: Path, cassettes: Path) -> "Run":
        """The run of a suite; raises ValueError if it has no task of its own."""
        task = getattr(suite, "task", None)
        if not isinstance(task, Task):
            came = "no task" if task is None else f"the task {task!r:.40}"
            raise ValueError(f"{suite.__name__} has {came}; write `task = Task(...)` in it")
        if suite not in self._runs:
            self._runs[suite] = self._make_run(suite, path, cassettes)
        return self._runs[suite]

    def _make_run(self, suite: type[TaskSuite], path: Path, cassettes: Path) -> "Run":
        from synthworth.generation.recording import redacted
        from synthworth.pipeline import Run, Settings

        options = self.options
        shown = os.path.relpath(path, self._config.invocation_params.dir)
        places = Places(
            cassettes=cassettes,
            quickstart=path.parent / "quickstart",
            command=redacted(" ".join(["pytest", shlex.quote(shown), *options.command]), os.environ),
        )
        for other, run in self._runs.items():
            if other.task.name == suite.task.name and other.task != suite.task:
                one, two = other.__name__, suite.__name__
                both = f"{one} and {two}" if one != two else f"{one} and another {one}, in {shown},"
                raise ValueError(f"{both} are two tasks with the same name, {suite.task.name!r}; rename one")
            there = run.sets.places.cassettes, run.sets.places.quickstart
            if other.task == suite.task and there == (places.cassettes, places.quickstart):
                return run
        settings = Settings(
            data=options.data,
            record=options.record,
            per_label=options.per_label,
            shares=options.shares,
            demonstrations=options.demonstrations,
            generation_seed=options.generation_seed,
            threads=options.threads,
        )
        run = Run(suite.task, settings, self._endpoint, self._training, places, self._progress, options.methods)
        run.sets.seeds.update(options.generation_seeds)  # a message and an estimate count the answers for all of them
        return run

    @contextlib.contextmanager
    def telling(self, item: pytest.Item) -> Iterator[None]:
        """Fail the first test of the suite that meets a fault of the user, with the fault's line alone.

        The other tests are skipped and name the first, which fails again if it is run again. Any other error is a bug
        and keeps its traceback. Ctrl-C ends the session with one line.
        """
        suite: Any = getattr(item, "cls", None)
        if suite is None or not issubclass(suite, TaskSuite):
            raise fault("fixtures named synth_... are for methods of a TaskSuite")
        with ended_by_interrupt():
            try:
                yield
            except Exception as error:
                if (line := fault_line(error)) is None:
                    raise
                self._tell(suite, item, error, line)

    def _tell(self, suite: type[TaskSuite], item: pytest.Item, error: Exception, line: str) -> None:
        from synthworth.generation.recording import MissingAnswers
        from synthworth.pipeline import missing

        lacks = isinstance(error, MissingAnswers)
        if lacks and self.options.matrix:
            method, task = _method_of(item), self._runs[suite].task.name
            add_property(item, LACKING, json.dumps([method, task]))
            pytest.skip(f"{task}/{method} lacks recorded answers")
        add_property(item, PROBLEM, self._lacking(suite, item) if lacks else line)
        key = (suite, "" if lacks else line)
        if (first := self._first_to_fail.setdefault(key, item.nodeid)) != item.nodeid:
            pytest.skip(f"for the same reason as {first}")
        text = missing.missing(self._runs[suite].sets, self.options.methods) if lacks else line
        raise fault(text) from None

    def _lacking(self, suite: type[TaskSuite], item: Any) -> str:
        from synthworth.pipeline import missing

        try:
            return f"{missing.plan(self._runs[suite].sets, _method_of(item)).missing:,} answers missing"
        except ValueError:  # no method, or one whose prompts cannot be made
            return "answers missing"

    def estimate(self, runs: "list[Run]") -> str:
        """The cost of recording all missing answers, as a table."""
        from synthworth.generation import render_usage
        from synthworth.pipeline import missing

        methods = self.options.methods
        return render_usage([row for run in dict.fromkeys(runs) for row in missing.estimate(run.sets, methods)])

    def usage(self) -> str:
        """The cost so far of the recordings that this session added to, as a table; "" if it recorded nothing."""
        from synthworth.generation import render_usage
        from synthworth.pipeline import missing

        rows = [row for run in dict.fromkeys(self._runs.values()) for row in missing.usage(run.sets)]
        return render_usage(rows) if rows else ""

    def gold(self, tasks: set[str]) -> dict[tuple[str, str], list[str]]:
        """The test labels of these tasks, in order, by task and version of the data: they pair two results."""
        runs = [run for run in self._runs.values() if run.task.name in tasks]
        return {(run.task.name, run.data.version): [example.label for example in run.data.test] for run in runs}

    def write_used(self) -> None:
        """Write which recorded answers were used, if the options ask for it."""
        if self.options.used:
            from synthworth.pipeline import missing

            used: dict[str, set[str]] = {}
            for run in self._runs.values():
                for path, keys in missing.used(run.sets).items():
                    used.setdefault(str(path.resolve()), set()).update(keys)
            text = json.dumps({path: sorted(keys) for path, keys in used.items()})
            self.options.used.write_text(text, encoding="utf-8")

    def say(self, line: str) -> None:
        """Print one line on the terminal now."""
        if (terminal := self._terminal) is not None:
            with self._uncaptured():
                terminal.ensure_newline()
                terminal.write_line(f"synthworth: {line}")

    def close(self) -> None:
        """Stop the embedded server, end connections and trainings, and remove the progress bar."""
        self._closing.close()

    @property
    def _terminal(self) -> Any:
        return self._config.pluginmanager.getplugin("terminalreporter")

    @property
    def _uncaptured(self) -> Callable[[], contextlib.AbstractContextManager[None]]:
        capture = self._config.pluginmanager.getplugin("capturemanager")
        return capture.global_and_fixture_disabled if capture else contextlib.nullcontext

    @cached_property
    def _progress(self) -> "Progress":
        from synthworth.core import Bar

        if self._terminal is None or hasattr(self._config, "workerinput"):
            return lambda stage, done, total: None
        bar = Bar(self._terminal._tw._file, self._uncaptured)
        self._closing.callback(bar.close)
        return bar


@contextlib.contextmanager
def ended_by_interrupt() -> Iterator[None]:
    """End the session with one line if Ctrl-C is pressed in the block."""
    try:
        yield
    except KeyboardInterrupt:
        # From None: pytest prints what an error comes from, and fails at a frame without a line, which an interrupt
        # may strike.
        raise pytest.exit.Exception(STOPPED, returncode=pytest.ExitCode.INTERRUPTED) from None


def _method_of(item: Any) -> str:
    """The method that a test is about, "" for none."""
    return str(item.callspec.params.get("synth_method", "")) if hasattr(item, "callspec") else ""


def add_property(item: pytest.Item, name: str, value: str) -> None:
    """Hand a value on in the reports of a test, once: reports reach the process that prints, whoever runs the test."""
    if (name, value) not in item.user_properties:
        item.user_properties.append((name, value))
