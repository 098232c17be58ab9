"""From a task to its results: generate, train, score; each step once, however many tests ask for it."""

import contextlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmark import classifier as classifiers
from benchmark import dataset, metrics
from benchmark.choice import unknown
from benchmark.classifier import Predicted
from benchmark.generate import Completes, Generated, Sources
from benchmark.generator import Ask, Client, Endpoint
from benchmark.methods import BUILT_IN, Method, generator_of
from benchmark.network import blocked, opened
from benchmark.places import Places
from benchmark.plan import Plan, Walk
from benchmark.prompts import PARTS
from benchmark.recording import MissingAnswers, Recording, Usage, path_of
from benchmark.result import Result, digest, pack
from benchmark.statistics import bootstrap_interval
from benchmark.task import Example, Task
from benchmark.training import Cell, Progress, Training
from benchmark.usage import UsageRow
from benchmark.user_cache import user_cache

POOL, REAL = "pool", "real"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a run is asked to do: one field for each command-line option that it answers to."""

    data: str = dataset.HUB
    record: str = "none"
    per_label: int = 100
    demonstrations: str = POOL
    generation_seed: int = 0
    threads: int = 1


class Run:
    """All results of one task under one set of settings; what was made once is kept."""

    def __init__(
        self,
        task: Task,
        settings: Settings,
        endpoint: Endpoint,
        training: Training,
        places: Places,
        progress: Progress = lambda stage, done, total: None,
        methods: Mapping[str, Method] = BUILT_IN,
    ) -> None:
        self.task = task
        self.settings = settings
        self.generator = endpoint.generator
        self.places = places
        self._endpoint = endpoint
        self._training = training
        self._progress = progress
        self._methods = {**BUILT_IN, **methods}
        self._largest: dict[str, int] = {}
        self._drawn = {settings.generation_seed}  # generation seeds that were asked for
        self._data: dataset.Data | ValueError | None = None
        self._recordings: dict[str, Recording] = {}
        self._generated: dict[tuple[str, int, int], Generated | ValueError] = {}
        self._versions: dict[tuple[str, int, int], str] = {}
        self._results: dict[tuple[str, str, int, int, int], Result] = {}

    @property
    def data(self) -> dataset.Data:
        """The real texts."""
        if self._data is None:
            try:
                with opened() if self.settings.data == dataset.HUB else contextlib.nullcontext():
                    self._data = dataset.load(self.task, self.settings.data, self.places.quickstart)
            except ValueError as error:  # every test of the suite asks; an unreachable hub is asked once
                self._data = error
        if isinstance(self._data, ValueError):
            raise self._data
        return self._data

    def generated(self, method: str, per_label: int | None = None, *, generation_seed: int | None = None) -> Generated:
        """The training set that `method` makes; ValueError where it cannot be made, the same each time it is asked."""
        quota, drawn = self._asked(per_label, generation_seed)
        if (method, quota, drawn) not in self._generated:
            self._largest[method] = max(quota, self._largest.get(method, self.settings.per_label))
            self._drawn.add(drawn)
            try:
                self._generated[method, quota, drawn] = self._generate(method, quota, drawn)
            except ValueError as error:
                self._generated[method, quota, drawn] = error
        found = self._generated[method, quota, drawn]
        if isinstance(found, ValueError):
            raise found
        return found

    def result(
        self,
        method: str,
        classifier: str,
        *,
        per_label: int | None = None,
        seed: int = 0,
        generation_seed: int | None = None,
    ) -> Result:
        """The score of `classifier` trained on what `method` makes, on the real test texts."""
        quota, drawn = self._asked(per_label, generation_seed)
        key = (method, classifier, quota, seed, drawn)
        if key not in self._results:
            self._results[key] = self._score(method, classifier, quota, seed, drawn)
        return self._results[key]

    def cell(
        self,
        method: str,
        classifier: str,
        *,
        per_label: int | None = None,
        seed: int = 0,
        generation_seed: int | None = None,
    ) -> Cell:
        """The classifier to train for that result; ValueError where its training set cannot be made."""
        quota, drawn = self._asked(per_label, generation_seed)
        chosen, made = classifiers.recipe(classifier), self.generated(method, quota, generation_seed=drawn)
        return Cell(
            name=f"{self.task.name}/{method}/{chosen.name}",
            recipe=chosen,
            train=made.examples,
            train_version=self._train_version(method, quota, drawn),
            texts=tuple(example.text for example in self.data.test),
            test_version=self.data.version,
            labels=tuple(self.task.labels),
            seed=seed,
            threads=self.settings.threads,
        )

    def labelled(
        self, texts: Sequence[str], method: str, classifier: str, *, per_label: int | None = None, seed: int = 0
    ) -> Predicted:
        """What that classifier, trained as for `result`, predicts for other texts than the test set."""
        cell = self.cell(method, classifier, per_label=per_label, seed=seed)
        return self._training.predicted(replace(cell, texts=tuple(texts), test_version=digest(list(texts))))

    def spent(self, method: str) -> Usage:
        """What the answers that this run has used of a method's recording have cost."""
        recording = self._recording(method)
        return recording.usage(recording.used)

    def setup(
        self, method: str, classifier: str, per_label: int | None = None, generation_seed: int | None = None
    ) -> dict[str, Any]:
        """The fields of a `Result` that results of all seeds share, whatever the prompts are."""
        quota, drawn = self._asked(per_label, generation_seed)
        return {
            "task": self.task.name,
            "task_version": self.task.version,
            "data": self.data.source,
            "data_version": self.data.version,
            "generator": self._expected_generator(method, quota, drawn),
            "method": method,
            "demonstrations": self.demonstrations_of(method),
            "per_label": quota,
            "classifier": classifiers.recipe(classifier).name,
        }

    def plan(self, method: str) -> Plan:
        """What `method` needs for the largest quota asked for, and how much of it is not recorded; sends nothing."""
        recording = self._recording(method)
        before = recording if len(recording) else self._other(method)
        walk = Walk(self.task, recording, self.generator.name, before)
        quota = self._largest.get(method, self.settings.per_label)
        chosen = self._method(method)
        for drawn in sorted(self._drawn):
            # Somebody else's method may stumble over answers that nobody has given: what it asked until then counts.
            with contextlib.suppress(*[Exception] if chosen.foreign else []):
                chosen.make(self.task, self._sources(method, walk), quota, drawn)
        return walk.plan()

    def missing(self, methods: Sequence[str]) -> str:
        """What is not recorded for these methods, why, what it takes, and the command that records it: one line."""
        plans: dict[str, Plan] = {}
        for method in self._written(dict.fromkeys([*methods, *self._largest])):
            with contextlib.suppress(ValueError):  # of a method that cannot be made: its own tests say why
                plans[method] = self.plan(method)
        plans = {method: found for method, found in plans.items() if found.missing}
        lacking = " and ".join(f"{m} lacks {p.missing:,} of {p.needed:,} answers" for m, p in plans.items())
        folders = " and ".join(sorted({str(self._recording(method).path.parent) for method in plans}))
        changed = sum((p.changed for p in plans.values()), Counter[str]())
        why = f" since these changed: {', '.join(PARTS.get(name, name) for name in changed)};" if changed else ""
        prompt = sum(p.prompt_tokens for p in plans.values())
        completion = sum(p.completion_tokens for p in plans.values())
        usd = self._cost(prompt, completion)
        return (
            f"{self.task.name} by {self.generator.name}: {lacking} in {folders};{why} about {prompt:,} prompt and "
            f"{completion:,} completion tokens, {'at an unknown price' if usd is None else f'{usd:.4f} usd'}; "
            f"record them with: {self.places.command} --synth-record missing"
        )

    def estimate(self, methods: Sequence[str]) -> list[UsageRow]:
        """What recording what is missing would take, for each method that asks a generator."""
        plans = {method: self.plan(method) for method in self._written(methods)}
        return [
            UsageRow(
                task=self.task.name,
                method=method,
                requests=found.missing,
                retries=0,
                prompt_tokens=found.prompt_tokens,
                completion_tokens=found.completion_tokens,
                usd=self._cost(found.prompt_tokens, found.completion_tokens),
                kept=None,
            )
            for method, found in plans.items()
        ]

    def usage(self) -> list[UsageRow]:
        """What the recordings that this run has added to have cost, all runs together."""
        rows = []
        for method, recording in self._recordings.items():
            if not recording.recorded:
                continue
            spent = recording.usage()
            made = [
                self._written_texts(m, g)
                for (m, *_), g in self._generated.items()
                if self._method(m).recording == method and isinstance(g, Generated)
            ]
            rows.append(
                UsageRow(
                    task=self.task.name,
                    method=method,
                    requests=spent.requests,
                    retries=spent.retries,
                    prompt_tokens=spent.prompt_tokens,
                    completion_tokens=spent.completion_tokens,
                    usd=self._cost(spent.prompt_tokens, spent.completion_tokens),
                    kept=max(map(len, made), default=None),
                )
            )
        return rows

    def used(self) -> dict[Path, set[str]]:
        """The recordings that this run has read, and the keys of the answers it has used of each."""
        return {recording.path: recording.used for recording in self._recordings.values() if len(recording)}

    def _asked(self, per_label: int | None, generation_seed: int | None) -> tuple[int, int]:
        """Quota and generation seed; those of the settings where none are named."""
        settings = self.settings
        return (
            settings.per_label if per_label is None else per_label,
            settings.generation_seed if generation_seed is None else generation_seed,
        )

    def _generate(self, method: str, quota: int, generation_seed: int) -> Generated:
        recording, answered = self._recording(method), 0

        def on_answer() -> None:
            nonlocal answered
            answered += 1
            self._progress(f"recording {self.task.name}/{method}", answered, 0)

        def missing(absent: Sequence[Ask]) -> Exception:
            return MissingAnswers(f"{self.task.name}/{method}: {len(absent)} answers are not recorded")

        client = Client(self._endpoint, recording, missing=missing, on_answer=on_answer)
        replays = self.settings.record == "none"
        with _saved(recording), blocked() if replays else contextlib.nullcontext():
            sources = self._sources(method, client)
            return self._method(method).make(self.task, sources, quota, generation_seed)

    def _sources(self, method: str, client: Completes) -> Sources:
        shown = self._shows_real_texts(method)
        train = self.data.train if shown or self._method(method).real else ()
        return Sources(client=client, train=train, pool=self.data.train if shown else self.task.pool)

    def _cost(self, prompt_tokens: int, completion_tokens: int) -> float | None:
        price = self._endpoint.price
        return price.of(prompt_tokens, completion_tokens) if price else None

    def _method(self, name: str) -> Method:
        if name not in self._methods:
            raise ValueError(unknown("method", name, self._methods))
        return self._methods[name]

    def _written(self, methods: Iterable[str]) -> list[str]:
        asking = [method for method in methods if self._method(method).asks]
        # Of several that read one recording, one stands for all: what is missing is missing once.
        asking.sort(
            key=lambda method: not self._method(method).real
        )  # the last, one that needs no real texts if it can
        return list({self._method(method).recording: method for method in asking}.values())

    def _written_texts(self, method: str, made: Generated) -> list[Example]:
        """The texts of a training set that are no real ones, of which a method may have some for augmentation."""
        real = set(self.data.train) if self._method(method).real else set()
        return [example for example in made.examples if example not in real]

    def _shows_real_texts(self, method: str) -> bool:
        return self._method(method).shown and self.settings.demonstrations == REAL

    def generator_of(self, method: str, per_label: int | None = None, *, generation_seed: int | None = None) -> str:
        """Whose texts a method's are: of the generator, if it was asked, else of whom their provenance names."""
        made = self.generated(method, per_label, generation_seed=generation_seed)
        if self._recording(method).used:
            return self.generator.name
        return generator_of(self._written_texts(method, made))

    def _expected_generator(self, method: str, quota: int, generation_seed: int) -> str:
        """As `generator_of`; where a method's texts cannot be made for want of answers, the one that would be asked."""
        try:
            return self.generator_of(method, quota, generation_seed=generation_seed)
        except ValueError:
            if not self._method(method).asks:
                raise
            return self.generator.name

    def demonstrations_of(self, method: str) -> str:
        """What a method shows the generator: pool, real, or "" where it shows nothing."""
        return self.settings.demonstrations if self._method(method).shown else ""

    def _recording(self, method: str) -> Recording:
        # One recording for all quotas: in mode all, a second one would ask again and replace what a result rests on.
        name = self._method(method).recording
        if name not in self._recordings:
            folder = private_cassettes() if self._shows_real_texts(method) else self.places.cassettes
            path = path_of(folder, self.generator.name, self.task.name, name)
            self._recordings[name] = Recording(path, self.settings.record)
        return self._recordings[name]

    def _other(self, method: str) -> Recording | None:
        """What another generator has answered, to tell what differs where this one has answered nothing yet."""
        folder = self._recording(method).path.parents[2]
        for path in sorted(folder.glob(f"*/{self.task.name}/{self._method(method).recording}.jsonl")):
            with contextlib.suppress(ValueError):  # damaged: this run does not need it
                return Recording(path)
        return None

    def _train_version(self, method: str, quota: int, generation_seed: int) -> str:
        key = method, quota, generation_seed
        if key not in self._versions:  # of every training seed and classifier it is the same, and texts may be many
            examples = self.generated(method, quota, generation_seed=generation_seed).examples
            self._versions[key] = digest([(example.text, example.label) for example in examples])
        return self._versions[key]

    def _score(self, method: str, classifier: str, quota: int, seed: int, generation_seed: int) -> Result:
        data, made = self.data, self.generated(method, quota, generation_seed=generation_seed)
        cell = self.cell(method, classifier, per_label=quota, seed=seed, generation_seed=generation_seed)
        predicted = self._training.predicted(cell)
        counts = metrics.confusion([example.label for example in data.test], predicted.labels, cell.labels)
        interval = bootstrap_interval(counts, metrics.macro_f1)
        return Result(
            **self.setup(method, classifier, quota, generation_seed),
            test_rows=len(cell.texts),
            train_rows=len(made.examples),
            train_version=cell.train_version,
            generation_seed=generation_seed,
            training_seed=seed,
            steps=predicted.steps,
            macro_f1=round(float(metrics.macro_f1(counts)), 6),
            macro_f1_low=round(interval.low, 6),
            macro_f1_high=round(interval.high, 6),
            accuracy=round(float(metrics.accuracy(counts)), 6),
            labels=cell.labels,
            confusion=tuple(tuple(row) for row in counts.tolist()),
            collapsed=predicted.collapsed,
            attempts=made.attempts,
            dropped=made.dropped,
            short=made.short,
            inputs=cell.inputs,
            predicted=pack([cell.labels.index(label) for label in predicted.labels], len(cell.labels)),
        )


@contextlib.contextmanager
def _saved(recording: Recording) -> Iterator[None]:
    """At the end, folds what was recorded into its file.

    Not after an error in mode all: what is new stays apart from what is old, and the next run goes on from there.
    """
    try:
        yield
    except BaseException:
        if recording.mode != "all":
            recording.save()
        raise
    recording.save()


def private_cassettes() -> Path:
    """Recordings that show texts of a public data set do not belong into a repository."""
    return user_cache() / "cassettes"
