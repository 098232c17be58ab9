"""From a task to its results: generate, train, score; each step once, however many tests ask for it."""

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmark import classifier as classifiers
from benchmark import dataset, metrics
from benchmark.completion import Completion, Request
from benchmark.generate import METHODS, Generated, Sources
from benchmark.generator import EMBEDDED, Client, EmbeddedServer, Generator
from benchmark.network import blocked
from benchmark.recording import MissingAnswers, Recording, path_of
from benchmark.result import Result, digest
from benchmark.statistics import bootstrap_interval
from benchmark.task import Task

Progress = Callable[[str, int, int], None]
POOL, REAL = "pool", "real"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a run is asked to do: one field for each command-line option that changes a result."""

    data: str = dataset.HUB
    generator: Generator = field(default_factory=lambda: Generator(name=EMBEDDED))
    record: str = "none"
    per_label: int = 100
    demonstrations: str = POOL
    generation_seed: int = 0
    concurrency: int = 64


class Run:
    """All results of one task under one set of settings; what was made once is kept.

    `cassettes` and `quickstart` are folders; `command` is what a user types to run this suite.
    """

    def __init__(
        self,
        task: Task,
        settings: Settings,
        *,
        cassettes: Path,
        quickstart: Path,
        command: str,
        server: EmbeddedServer,
        progress: Progress = lambda stage, done, total: None,
    ) -> None:
        self.task = task
        self.settings = settings
        self._cassettes = cassettes
        self._quickstart = quickstart
        self._command = command
        self._server = server
        self._progress = progress
        self._data: dataset.Data | ValueError | None = None
        self._recordings: dict[str, Recording] = {}
        self._generated: dict[tuple[str, int], Generated | ValueError] = {}
        self._results: dict[tuple[str, str, int, int], Result] = {}

    @property
    def data(self) -> dataset.Data:
        """The real texts."""
        if self._data is None:
            try:
                self._data = dataset.load(self.task, self.settings.data, self._quickstart)
            except ValueError as error:  # every test of the suite asks; an unreachable hub is asked once
                self._data = error
        if isinstance(self._data, ValueError):
            raise self._data
        return self._data

    def generated(self, method: str, per_label: int | None = None) -> Generated:
        """The training set that `method` makes; ValueError where it cannot be made, the same each time it is asked."""
        quota = self.settings.per_label if per_label is None else per_label
        if (method, quota) not in self._generated:
            try:
                self._generated[method, quota] = self._generate(method, quota)
            except ValueError as error:
                self._generated[method, quota] = error
        found = self._generated[method, quota]
        if isinstance(found, ValueError):
            raise found
        return found

    def result(self, method: str, classifier: str, *, per_label: int | None = None, seed: int = 0) -> Result:
        """The score of `classifier` trained on what `method` makes, on the real test texts."""
        quota = self.settings.per_label if per_label is None else per_label
        key = (method, classifier, quota, seed)
        if key not in self._results:
            self._results[key] = self._score(method, classifier, quota, seed)
        return self._results[key]

    def _generate(self, method: str, quota: int) -> Generated:
        train = self.data.train
        if method == REAL:
            sources = Sources(client=_Nobody(), train=train)
            return METHODS[method](self.task, sources, quota, self.settings.generation_seed)
        pool = train if self.settings.demonstrations == REAL else self.task.pool
        with self._client(method) as client:
            sources = Sources(client=client, train=train, pool=pool)
            return METHODS[method](self.task, sources, quota, self.settings.generation_seed)

    @contextlib.contextmanager
    def _client(self, method: str) -> Iterator[Client]:
        settings, generator = self.settings, self.settings.generator
        path = path_of(self._cassettes, generator.name, self.task.name, method)
        # One recording for all quotas: in mode all, a second one would ask again and replace what a result rests on.
        if method not in self._recordings:
            self._recordings[method] = Recording(path, settings.record)
        recording = self._recordings[method]
        answered = 0

        def missing(absent: int, wanted: int) -> Exception:
            what = f"{absent} of the next {wanted} answers are" if len(recording) else "all answers are"
            return MissingAnswers(
                f"no recording of {self.task.name}/{method} by {generator.name}: {what} missing in {path}; "
                f"record them with: {self._command} --synth-record missing"
            )

        def on_answer() -> None:
            nonlocal answered
            answered += 1
            self._progress(f"recording {self.task.name}/{method}", answered, 0)

        embedded = generator.name == EMBEDDED and generator.base_url is None
        client = Client(
            generator,
            recording,
            connect=self._server.start if embedded else lambda: generator.base_url,
            missing=missing,
            concurrency=settings.concurrency,
            on_answer=on_answer,
        )
        try:
            with blocked() if settings.record == "none" else contextlib.nullcontext():
                yield client
        finally:
            recording.save()

    def _score(self, method: str, classifier: str, quota: int, seed: int) -> Result:
        task, data, recipe = self.task, self.data, classifiers.recipe(classifier)
        made = self.generated(method, quota)
        labels, texts = tuple(task.labels), [example.text for example in data.test]

        def progress(stage: str, done: int, total: int) -> None:
            self._progress(f"{stage} {task.name}/{method}/{recipe.name}", done, total)

        predicted = classifiers.train_and_predict(recipe, made.examples, texts, labels, seed, progress)
        counts = metrics.confusion([example.label for example in data.test], predicted.labels, labels)
        interval = bootstrap_interval(counts, metrics.macro_f1)
        trained_on = sorted((example.text, example.label) for example in made.examples)
        return Result(
            task=task.name,
            task_version=task.version,
            data=data.source,
            data_version=data.version,
            test_rows=len(texts),
            generator="" if method == REAL else self.settings.generator.name,
            method=method,
            demonstrations=self.settings.demonstrations if method == "few_shot" else "",
            per_label=quota,
            train_rows=len(made.examples),
            classifier=recipe.name,
            generation_seed=self.settings.generation_seed,
            training_seed=seed,
            steps=predicted.steps,
            macro_f1=round(float(metrics.macro_f1(counts)), 6),
            macro_f1_low=round(interval.low, 6),
            macro_f1_high=round(interval.high, 6),
            accuracy=round(float(metrics.accuracy(counts)), 6),
            attempts=made.attempts,
            dropped=made.dropped,
            short=made.short,
            inputs=digest(trained_on, data.version, recipe, seed),
        )


class _Nobody:
    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        raise ValueError("the method real asks no generator")


def cassette_folder(beside: Path, demonstrations: str) -> Path:
    """Where recordings lie: `cassettes/` in the project, or the user's cache where they show real texts.

    A recording made with demonstrations from a public data set does not belong into a repository.
    """
    if demonstrations == POOL:
        return beside / "cassettes"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "synthworth" / "cassettes"
