"""From a task to its results: generate, train, score; each step once, however many tests ask for it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from synthworth.core.places import Places
from synthworth.core.result import Result, digest, pack, version_of
from synthworth.core.task import Example, Task
from synthworth.generation.generator import Endpoint
from synthworth.generation.methods import BUILT_IN, Method
from synthworth.measures import metrics
from synthworth.measures.statistics import bootstrap_interval
from synthworth.pipeline import dataset
from synthworth.pipeline.training_sets import Settings, TrainingSets
from synthworth.training import recipes
from synthworth.training.recipes import Predicted
from synthworth.training.scheduler import Cell, Progress, Training


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
        self.sets = TrainingSets(task, settings, endpoint, places, progress, methods)
        self._training = training
        self._results: dict[tuple[str, str, int, int, int], Result] = {}

    @property
    def data(self) -> dataset.Data:
        """The real texts."""
        return self.sets.data

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
        quota, drawn = self.sets.asked(per_label, generation_seed)
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
        quota, drawn = self.sets.asked(per_label, generation_seed)
        chosen, made = recipes.recipe(classifier), self.sets.generated(method, quota, generation_seed=drawn)
        return Cell(
            name=f"{self.task.name}/{method}/{chosen.name}",
            recipe=chosen,
            train=made.examples,
            train_version=self.sets.version(method, quota, drawn),
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

    def macro_f1(
        self, train: Sequence[Example], method: str, classifier: str, *, per_label: int | None = None, seed: int = 0
    ) -> float:
        """The score of that classifier trained on these examples in place of those that `method` makes."""
        cell = self.cell(method, classifier, per_label=per_label, seed=seed)
        predicted = self._training.predicted(replace(cell, train=tuple(train), train_version=version_of(train)))
        truth = [example.label for example in self.data.test]
        return float(metrics.macro_f1(metrics.confusion(truth, predicted.labels, cell.labels)))

    def setup(
        self, method: str, classifier: str, per_label: int | None = None, generation_seed: int | None = None
    ) -> dict[str, Any]:
        """The fields of a `Result` that results of all seeds share, whatever the prompts are."""
        quota, drawn = self.sets.asked(per_label, generation_seed)
        return {
            "task": self.task.name,
            "task_version": self.task.version,
            "data": self.data.source,
            "data_version": self.data.version,
            "generator": self.sets.expected_generator(method, quota, drawn),
            "method": method,
            "demonstrations": self.sets.demonstrations_of(method),
            "per_label": quota,
            "classifier": recipes.recipe(classifier).name,
        }

    def _score(self, method: str, classifier: str, quota: int, seed: int, generation_seed: int) -> Result:
        data, made = self.data, self.sets.generated(method, quota, generation_seed=generation_seed)
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
            recipe=cell.recipe_version,
            predicted=pack([cell.labels.index(label) for label in predicted.labels], len(cell.labels)),
        )
