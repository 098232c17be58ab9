"""What one session of pytest keeps: the runs of its suites, the line to the generator, and what has been told."""

import contextlib
import json
import os
import shlex
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from synthworth.core.errors import raised_in
from synthworth.pipeline.suite import TaskSuite
from synthworth.plugin.options import Options


class Session:
    """Makes the run of each suite at its first question, and tells each mistake of the user once a suite."""

    def __init__(self, config: pytest.Config, options: Options) -> None:
        self.options = options
        self._config = config
        self.started: set[type[TaskSuite]] = set()
        self._runs: dict[type[TaskSuite], Any] = {}  # suites of one task in one folder share theirs
        self._told: dict[tuple[type, str], str] = {}
        self._closing = contextlib.ExitStack()
        if options.limits.budget_usd is not None:
            _ = self._endpoint  # refuses, before anything is collected, a budget that cannot be counted

    @cached_property
    def _endpoint(self) -> Any:
        from synthworth.generation.generator import EMBEDDED, EmbeddedServer, Endpoint
        from synthworth.generation.recording import redacted

        server, generator = EmbeddedServer(), self.options.generator
        embedded = generator.name == EMBEDDED and generator.base_url is None
        endpoint = Endpoint(
            generator,
            self.options.limits,
            self.options.price,
            connect=server.start if embedded else lambda: generator.base_url,
            notice=self.say,
            redact=lambda text: redacted(text, os.environ),
        )
        self._closing.callback(server.stop)
        self._closing.callback(endpoint.close)
        return endpoint

    @cached_property
    def _training(self) -> Any:
        from synthworth.training.scheduler import Predictions, Training

        training = Training(self._executor(), Predictions(self.options.cache, self.say), self.say)
        self._closing.callback(training.close)
        return training

    def _executor(self) -> Any:
        from synthworth.training.local import Here, Processes, processes

        options = self.options
        if options.executor != "local":
            from synthworth.training.on_ray import OnRay

            return OnRay(options.executor.partition("=")[2], self._progress)
        count = options.processes or processes(options.threads)
        if count == 1 or hasattr(self._config, "workerinput"):  # pytest-xdist has made processes already
            return Here(self._progress)
        return Processes(count, offline=options.record == "none", progress=self._progress)

    @property
    def trains_ahead(self) -> bool:
        """Whether to `start` what tests will ask for; ValueError where the executor cannot be reached."""
        return bool(self._training.ahead)

    def start(self, items: Iterable[Any]) -> None:
        """Hands over all trainings that these tests will ask for and that can be made, if their suites have runs.

        What cannot be made is told by the test that asks for it.
        """
        cells = []
        for item in items:
            if item.cls in self._runs:  # else, as where a suite has recordings elsewhere, its first test makes the run
                self.started.add(item.cls)
                with contextlib.suppress(Exception):
                    cells += self._cells_of(item)
        self._training.start(cells)

    def _cells_of(self, item: Any) -> list[Any]:
        asked = item.callspec.params if hasattr(item, "callspec") else {}
        if not {"method", "classifier"} <= set(asked) or not {"seed", "gate"} & set(item.fixturenames):
            return []
        run, options = self._runs[item.cls], self.options
        one = "seed" in asked  # else the test compares all of them
        return [
            run.cell(
                asked["method"],
                asked["classifier"],
                per_label=asked.get("size"),
                seed=seed,
                generation_seed=generation_seed,
            )
            for seed in ([asked["seed"]] if one else options.seeds)
            for generation_seed in ([options.generation_seed] if one else options.generation_seeds)
        ]

    def run_of(self, suite: type[TaskSuite], path: Path, cassettes: Path) -> Any:
        """The run of a suite; ValueError where it states no task of its own."""
        if getattr(suite, "task", None) is None:
            raise ValueError(f"{suite.__name__} has no task; write `task = Task(...)` in it")
        if suite not in self._runs:
            self._runs[suite] = self._make_run(suite, path, cassettes)
        return self._runs[suite]

    def _make_run(self, suite: type[TaskSuite], path: Path, cassettes: Path) -> Any:
        from synthworth.core.places import Places
        from synthworth.generation.recording import redacted
        from synthworth.pipeline.run import Run
        from synthworth.pipeline.training_sets import Settings

        options = self.options
        shown = os.path.relpath(path, self._config.invocation_params.dir)
        places = Places(
            cassettes=cassettes,
            quickstart=path.parent / "quickstart",
            command=redacted(" ".join(["pytest", shlex.quote(shown), *options.given]), os.environ),
        )
        for other, run in self._runs.items():
            if other.task.name == suite.task.name and other.task != suite.task:
                both = f"{other.__name__} and {suite.__name__}"
                raise ValueError(f"{both} are two tasks of one name, {suite.task.name!r}; rename one")
            there = run.sets.places.cassettes, run.sets.places.quickstart
            if other.task == suite.task and there == (places.cassettes, places.quickstart):
                return run
        settings = Settings(
            data=options.data,
            record=options.record,
            per_label=options.per_label,
            demonstrations=options.demonstrations,
            generation_seed=options.generation_seed,
            threads=options.threads,
        )
        return Run(suite.task, settings, self._endpoint, self._training, places, self._progress, options.methods)

    @contextlib.contextmanager
    def telling(self, item: pytest.Item) -> Iterator[None]:
        """A mistake of the user fails the first test of the suite that meets it, with its message alone.

        The others are skipped, and name the first. Any other error is a bug and keeps its traceback.
        """
        suite: Any = getattr(item, "cls", None)
        if suite is None or not issubclass(suite, TaskSuite):
            pytest.fail("the fixtures data, generated and run are for methods of a TaskSuite", pytrace=False)
        try:
            yield
        except ValueError as error:
            if not raised_in(error, "synthworth"):
                raise
            self._tell(suite, item.nodeid, error)

    def _tell(self, suite: type[TaskSuite], test: str, error: Exception) -> None:
        from synthworth.generation.recording import MissingAnswers
        from synthworth.pipeline import missing

        lacks = isinstance(error, MissingAnswers)
        key = (suite, "" if lacks else str(error))
        if key in self._told:
            pytest.skip(f"for the reason that {self._told[key]} failed")
        self._told[key] = test
        text = missing.missing(self._runs[suite].sets, self.options.methods) if lacks else str(error)
        raise pytest.fail.Exception(text, pytrace=False) from None

    def estimate(self, runs: list[Any]) -> str:
        """What recording what is missing would take, as a table."""
        from synthworth.generation.usage import render_usage
        from synthworth.pipeline import missing

        methods = self.options.methods
        return render_usage([row for run in dict.fromkeys(runs) for row in missing.estimate(run.sets, methods)])

    def usage(self) -> str:
        """What the recordings that this session has added to have cost, as a table; "" where it recorded nothing."""
        from synthworth.generation.usage import render_usage
        from synthworth.pipeline import missing

        rows = [row for run in dict.fromkeys(self._runs.values()) for row in missing.usage(run.sets)]
        return render_usage(rows) if rows else ""

    def gold(self, tasks: set[str]) -> dict[tuple[str, str], list[str]]:
        """The test labels of these tasks, in order, by task and version of the data: what pairs two results."""
        runs = [run for run in self._runs.values() if run.task.name in tasks]
        return {(run.task.name, run.data.version): [example.label for example in run.data.test] for run in runs}

    def write_used(self) -> None:
        """Writes which recorded answers were used, if the options ask for it."""
        if self.options.used:
            from synthworth.pipeline import missing

            used: dict[str, set[str]] = {}
            for run in self._runs.values():
                for path, keys in missing.used(run.sets).items():
                    used.setdefault(str(path.resolve()), set()).update(keys)
            text = json.dumps({path: sorted(keys) for path, keys in used.items()})
            self.options.used.write_text(text, encoding="utf-8")

    def say(self, line: str) -> None:
        """One line on the terminal, now."""
        terminal = self._config.pluginmanager.getplugin("terminalreporter")
        capture = self._config.pluginmanager.getplugin("capturemanager")
        if terminal is not None:
            with capture.global_and_fixture_disabled() if capture else contextlib.nullcontext():
                terminal.ensure_newline()
                terminal.write_line(f"synthworth: {line}")

    def close(self) -> None:
        """Stops the embedded server, and removes the bar."""
        self._closing.close()

    @cached_property
    def _progress(self) -> Any:
        from synthworth.core.progress import Bar

        terminal = self._config.pluginmanager.getplugin("terminalreporter")
        capture = self._config.pluginmanager.getplugin("capturemanager")
        if terminal is None or hasattr(self._config, "workerinput"):
            return lambda stage, done, total: None
        suspended = capture.global_and_fixture_disabled if capture else contextlib.nullcontext
        bar = Bar(terminal._tw._file, suspended)
        self._closing.callback(bar.close)
        return bar
