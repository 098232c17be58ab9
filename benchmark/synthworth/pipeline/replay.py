"""Suites outside of pytest: the tasks in their files, and runs from their recordings, with the network blocked.

A suite's own fixture `synth_cassette_dir` is not called here: recordings are those beside the suite.
"""

import contextlib
import importlib.util
import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from synthworth.core import Places, Progress, Result, Task, cassettes_beside, opened, unreported
from synthworth.generation.generator import Endpoint, Limits, find_generator
from synthworth.generation.methods import BUILT_IN, Method
from synthworth.pipeline.dataset import HUB, load
from synthworth.pipeline.run import Run
from synthworth.pipeline.suite import TaskSuite
from synthworth.pipeline.training_sets import Settings
from synthworth.training import Here, Predictions, Processes, Training, processes


@dataclass(frozen=True, kw_only=True)
class Suite:
    """A task, and the suite file that it is written in."""

    task: Task
    path: Path


def suites_in(paths: Sequence[Path]) -> list[Suite]:
    """Find the suites in files, or in the files test_*.py of folders, sorted by the name of their task.

    Raises ValueError if there is none, if a file cannot be imported, or if two tasks have one name.

    >>> suites = suites_in([Path("suites")])  # in a clone of the benchmark
    >>> [suite.task.name for suite in suites][:3]
    ['ag_news', 'financial_phrasebank', 'humor_speech']
    """
    files = [file for path in paths for file in (sorted(path.rglob("test_*.py")) if path.is_dir() else [path])]
    by_task: dict[str, Suite] = {}
    for file in files:
        for suite in _classes_in(file):
            task = suite.task
            if task.name in by_task and by_task[task.name].task != task:
                raise ValueError(f"{file} and {by_task[task.name].path} hold two tasks named {task.name!r}; rename one")
            by_task.setdefault(task.name, Suite(task=task, path=file))
    if not by_task:
        raise ValueError(f"no suite in {', '.join(map(str, paths))}; name files or folders with a class TaskSuite")
    return [by_task[name] for name in sorted(by_task)]


def run_of(
    suite: Suite,
    settings: Settings,
    training: Training,
    *,
    generator: str = "smollm2-135m",
    prices: Path | None = None,
    progress: Progress = unreported,
    methods: Mapping[str, Method] = BUILT_IN,
) -> Run:
    """Make the run of a suite from its recordings; nothing is sent, a missing answer raises `MissingAnswers`.

    >>> (suite,) = suites_in([Path("suites/test_sms_spam.py")])  # in a clone of the benchmark
    >>> with trainer(None, count=1) as training:
    ...     run = run_of(suite, Settings(data="quickstart", per_label=10), training)
    ...     result = run.result("zero_shot", "majority")
    >>> result.train_rows, result.accuracy
    (20, 0.5)
    """
    writer = find_generator(generator)
    # The price is for a message about missing answers: what it would cost to record them.
    endpoint = Endpoint(writer, Limits(), writer.price_by(prices), connect=lambda: None)
    folder = suite.path.resolve().parent
    places = Places(
        cassettes=cassettes_beside(folder), quickstart=folder / "quickstart", command=f"pytest {suite.path}"
    )
    return Run(suite.task, settings, endpoint, training, places, progress, methods)


def gold_of(suites: Sequence[Suite], where: str, results: Sequence[Result]) -> dict[tuple[str, str], list[str]]:
    """The test labels of the results' tasks, by task and data version; `where` is that of `dataset.load`.

    Raises ValueError if no result was scored on these texts.
    """
    scored, gold = {(result.task, result.data_version) for result in results}, {}
    for suite in suites:
        if any(suite.task.name == task for task, _ in scored):
            with opened() if where == HUB else contextlib.nullcontext():
                data = load(suite.task, where, suite.path.parent / "quickstart")
            gold[suite.task.name, data.version] = [example.label for example in data.test]
    if scored and not scored & gold.keys():
        raise ValueError(
            f"no result was scored on the test texts of --data {where} for {', '.join(s.task.name for s in suites)}; "
            "give those that they were scored on, or leave out --data"
        )
    return gold


def trainer(cache: Path | None, *, count: int = 0) -> contextlib.AbstractContextManager[Training]:
    """Train in `count` processes of this machine (0: as many as fit), with a `cache` of predictions (None: none).

    >>> (suite,) = suites_in([Path("suites/test_sms_spam.py")])  # in a clone of the benchmark
    >>> with trainer(None, count=1) as training:  # in this process, predictions are not kept
    ...     results = [
    ...         run_of(suite, Settings(data="quickstart", per_label=size), training).result("zero_shot", "majority")
    ...         for size in (5, 10)
    ...     ]
    >>> [result.train_rows for result in results]
    [10, 20]
    """
    count = count or processes(1)
    return contextlib.closing(Training(Here() if count == 1 else Processes(count, offline=True), Predictions(cache)))


def _classes_in(file: Path) -> Iterable[type[TaskSuite]]:
    spec = importlib.util.spec_from_file_location(f"_synthworth_{file.stem}", file)
    if not file.is_file() or spec is None or spec.loader is None:
        raise ValueError(f"no suite {file}; give a Python file, or a folder of files test_*.py")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # a suite is anybody's code
        raise ValueError(f"cannot import {file} ({type(error).__name__}: {error}); does pytest collect it?") from None
    for name, candidate in inspect.getmembers(module, inspect.isclass):
        ours = name.startswith("Test") and candidate.__module__ == module.__name__
        if ours and issubclass(candidate, TaskSuite) and getattr(candidate, "task", None) is not None:
            yield candidate
