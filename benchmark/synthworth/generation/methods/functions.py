"""A function of anybody's as a method: imported by its name, called with care, and its texts checked."""

import hashlib
import importlib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from reprlib import repr as brief
from types import ModuleType
from typing import Any, TypeVar

from synthworth.core import Completion, Example, Request, Task, raised_in, unknown
from synthworth.generation.collect import ATTEMPTS, Completes, Generated, Generates, Sources
from synthworth.generation.methods import admission

Loaded = TypeVar("Loaded")
FEWEST = 1000  # requests that any method may make: some ask for topics, styles or checks before they ask for texts
SIGNATURE = "(task, sources, per_label, seed)"


def load(where: str, name: str) -> object:
    """Import `name` from the Python file or the module `where`; raises ValueError if there is no such thing."""
    if where.endswith(".py"):
        if not Path(where).is_file():
            raise ValueError(f"method {where}:{name}: there is no file {where}; name one, or a module: MODULE:{name}")
        module = loaded(lambda: _run(Path(where)), where, f"python {where}")
    else:
        module = loaded(lambda: importlib.import_module(where), where, f"python -c 'import {where}'")
    if not hasattr(module, name):
        defined = [n for n, v in vars(module).items() if inspect.isfunction(v) and v.__module__ == module.__name__]
        there = [n for n in defined if not n.startswith("_")]
        raise ValueError(f"{where}: " + (unknown("function", name, there) if there else f"it has no function {name!r}"))
    return getattr(module, name)


def loaded(load: Callable[[], Loaded], where: str, command: str) -> Loaded:
    """Call `load`, which imports; raises ValueError, in one line with a command that shows more, if that fails."""
    try:
        return load()
    except (Exception, SystemExit) as error:  # it is anybody's code
        frames, file = traceback.extract_tb(error.__traceback__), Path(where).resolve()
        lines = [frame.lineno for frame in frames if Path(frame.filename).resolve() == file]
        at = f", line {lines[-1]}" if lines else ""
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise ValueError(f"method {where}{at}: cannot be imported ({reason}); see why with: {command}") from None


def _run(path: Path) -> ModuleType:
    name = f"_synthworth_{path.stem}_{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:8]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ValueError(f"{path} is not a Python file; give one that ends in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickle look for it there
    try:
        # Not exec_module: the cache of bytecode knows a file by its size and second, and would run what stood there.
        exec(compile(path.read_bytes(), path, "exec"), module.__dict__)  # noqa: S102
    except BaseException:
        del sys.modules[name]
        raise
    return module


def checked(function: Any, name: str, given: str) -> Generates:
    """Make a method of a function, with checks of what it returns; raises ValueError if it cannot be one.

    It gets its `task`, `sources`, quota and seed, and returns `Generated`. Its texts are judged by the rules for
    texts that come ready-made, whatever `collect` held their answers to; dropped ones and labels that are short are
    counted. Texts of `sources.train` are taken as they are. A ValueError that it raises becomes one line; whatever else
    goes wrong in it keeps its traceback.
    """
    if not callable(function):
        raise ValueError(f"method {given} is {type(function).__name__}; name a function {SIGNATURE}")
    if inspect.iscoroutinefunction(function) or inspect.isgeneratorfunction(function):
        raise ValueError(f"method {given} is async or a generator; make it a plain function that returns Generated")
    try:
        inspect.signature(function).bind(*[None] * 4)
    except (TypeError, ValueError) as error:
        raise ValueError(f"method {given} cannot be called with {SIGNATURE}: {error}; give it these four") from None
    package = str(getattr(function, "__module__", "")).split(".")[0]

    def make(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
        where = f"method {name}, task {task.name}"
        # A function gives one number of texts for all labels: the largest, of which each label takes its share.
        quotas = {label: sources.quota(label, per_label) for label in task.labels}
        asked = max(quotas.values())
        most = max(FEWEST, ATTEMPTS * asked * len(task.labels))
        client = _Guarded(sources.client, most, where)
        try:
            generated = function(task, replace(sources, client=client, shares={}), asked, seed)
        except _Stopped as stopped:
            raise stopped.error from None
        except ValueError as error:
            if raised_in(error, package):
                raise ValueError(f"{where}: {' '.join(str(error).split())}") from None
            raise
        for problem in _problems(generated, task, asked):
            raise ValueError(f"{where}: {problem}")
        admitted = admission.admit(task, sources, map(_plain, generated.examples))
        for label, rules in generated.dropped.items():
            for rule, count in rules.items():
                admitted.drop(label, rule, count)
        admitted.discarded.extend(filter(lambda one: isinstance(one, Example), generated.discarded))
        attempts = generated.attempts or len(generated.examples)
        for label, examples in admitted.kept.items():
            admitted.kept[label] = examples[: quotas[label] or None]
        return admitted.generated(where, attempts=attempts, quotas=quotas)

    return make


class _Stopped(BaseException):
    """An error of the client: no Exception, or a method that tries again after every error would never end."""

    def __init__(self, error: Exception) -> None:
        self.error = error


class _Guarded:
    """A client that ends the method at its first error, and at more requests than a quota can take."""

    def __init__(self, client: Completes, most: int, where: str) -> None:
        self._client = client
        self._left = self._most = most
        self._where = where

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        self._left -= len(requests)
        try:
            if self._left < 0:
                raise ValueError(
                    f"{self._where}: it asks more than {self._most:,} times; let it end if texts stay short"
                )
            return self._client.complete(requests)
        except Exception as error:
            raise _Stopped(error) from None


def _problems(generated: Any, task: Task, per_label: int) -> Iterator[str]:
    if not isinstance(generated, Generated):
        yield f"it returned {type(generated).__name__}; return a synthworth.generation.collect.Generated"
        return
    if not isinstance(generated.examples, Sequence):
        yield f"its examples are {type(generated.examples).__name__}; give a tuple of synthworth.Example"
        return
    counts = dict.fromkeys(task.labels, 0)
    for number, example in enumerate(generated.examples):
        if not isinstance(example, Example):
            yield f"example {number} is {type(example).__name__}; give a synthworth.Example"
            return
        for problem in admission.problems(example, task):
            yield f"example {number}: {problem}"
            return
        if not example.text.strip():
            yield f"example {number}: the text is empty; leave it out"
        counts[example.label] += 1
    for label, count in counts.items():
        if per_label and count > per_label:
            yield f"{count} texts of {label!r}; the quota is {per_label}"
    if not isinstance(generated.attempts, int) or generated.attempts < 0:
        yield f"attempts is {brief(generated.attempts)}; give the number of answers asked for"
    if not _counts(generated.dropped, task):
        yield f"dropped is {brief(generated.dropped)}; give {{label: {{rule: how many}}}}, with labels of the task"


def _plain(example: Example) -> Example:
    """Return the example without what another process could not read, such as a class of the method."""
    return Example(
        id=str(example.id),
        text=str(example.text),
        label=str(example.label),
        provenance=dict(example.provenance),
        weight=float(example.weight),
    )


def _counts(dropped: object, task: Task) -> bool:
    if not isinstance(dropped, Mapping):
        return False
    return all(
        label in task.labels
        and isinstance(rules, Mapping)
        and all(isinstance(rule, str) and isinstance(n, int) and n >= 0 for rule, n in rules.items())
        for label, rules in dropped.items()
    )
