"""From a task to its results: generate, train, score; each step once, however many tests ask for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypedDict, Unpack

from synthworth.core import Example, Places, Progress, Result, Task, digest, pack, unreported, version_of
from synthworth.generation import Generated
from synthworth.generation.generator import Endpoint
from synthworth.generation.methods import BUILT_IN, PROMPTING, SOURCE, Method
from synthworth.measures import metrics
from synthworth.measures.statistics import bootstrap_interval
from synthworth.pipeline import dataset
from synthworth.pipeline.training_sets import Settings, TrainingSets
from synthworth.training import Cell, Predicted, Training, effective_texts, recipes

PROMPTED = "prompted"  # the classifier of a method whose predictions are the generator's own answers
PROMPTED_VERSION = 1  # raise it when other answers than before count as labels, or as wrong ones


@dataclass(frozen=True, kw_only=True)
class CellId:
    """One cell of a task's table: the method that makes the texts, how many of each label, and the two seeds.

    `per_label` 0 stands for all texts there are; `seed` is the seed of the training.
    """

    method: str
    classifier: str
    per_label: int
    seed: int
    generation_seed: int


class CellChoice(TypedDict, total=False):
    """The parts of a cell beside its method and classifier; those not given are as the settings of the run."""

    per_label: int | None
    seed: int
    generation_seed: int | None


class Run:
    """All results of one task under one set of settings; each training set and each result is made once.

    >>> from pathlib import Path
    >>> from synthworth import Settings, run_of, suites_in, trainer
    >>> suites = suites_in([Path("suites/test_sms_spam.py")]) if Path("suites").is_dir() else []
    >>> with trainer(None, count=1) as training:
    ...     for suite in suites:  # one: 4 of its recorded texts for each label, scored on 40 small texts
    ...         run = run_of(suite, Settings(data="quickstart", per_label=4), training)
    ...         assert 0 <= run.result("zero_shot", "tfidf").macro_f1 <= 1
    """

    def __init__(
        self,
        task: Task,
        settings: Settings,
        endpoint: Endpoint,
        training: Training,
        places: Places,
        progress: Progress = unreported,
        methods: Mapping[str, Method] = BUILT_IN,
    ) -> None:
        self.task = task
        self.settings = settings
        self.generator = endpoint.generator
        self.sets = TrainingSets(task, settings, endpoint, places, progress, methods)
        self._training = training
        self._results: dict[CellId, Result] = {}

    @property
    def data(self) -> dataset.Data:
        """The real texts. Raises ValueError if they cannot be read, each time with the same error."""
        return self.sets.data

    def cell_id(self, method: str, classifier: str, **choice: Unpack[CellChoice]) -> CellId:
        """Identify a cell; the size and the generation seed are those of the settings unless given.

        A generator that labels test texts itself is one classifier, `prompted`, whatever is given, and has no seeds.
        """
        quota, drawn = self.sets.quota_and_seed(choice.get("per_label"), choice.get("generation_seed"))
        if self.sets.method(method).predicts:
            return CellId(method=method, classifier=PROMPTED, per_label=quota, seed=0, generation_seed=0)
        return CellId(
            method=method, classifier=classifier, per_label=quota, seed=choice.get("seed", 0), generation_seed=drawn
        )

    def result(self, method: str, classifier: str, **choice: Unpack[CellChoice]) -> Result:
        """Train `classifier` on the texts of `method` and score it on the real test texts.

        `per_label` (texts of each label), `seed` (of the training) and `generation_seed` are those of the settings, and
        0, unless given. Raises ValueError, in one line, if the texts cannot be made or the classifier not be trained;
        `MissingAnswers`, a ValueError too, if recorded answers are missing.
        """
        return self.result_of(self.cell_id(method, classifier, **choice))

    def result_of(self, cell_id: CellId) -> Result:
        """The result of a cell, made when it is first asked for."""
        if cell_id not in self._results:
            self._results[cell_id] = self._score(cell_id)
        return self._results[cell_id]

    def cell(self, cell_id: CellId) -> Cell:
        """The training that a result needs; raises ValueError if its training set cannot be made, or there is none."""
        if cell_id.classifier == PROMPTED:
            raise ValueError(f"the method {cell_id.method} trains no classifier: its answers are the predictions")
        method, quota, drawn = cell_id.method, cell_id.per_label, cell_id.generation_seed
        recipe = recipes.recipe(cell_id.classifier)
        generated = self.sets.generated(method, quota, generation_seed=drawn)
        return Cell(
            name=f"{self.task.name}/{method}/{recipe.name}",
            recipe=recipe,
            train=generated.examples,
            train_version=self.sets.version(method, quota, drawn),
            texts=tuple(example.text for example in self.data.test),
            test_version=self.data.version,
            labels=tuple(self.task.labels),
            seed=cell_id.seed,
            threads=self.settings.threads,
        )

    def predicted(self, train: Sequence[Example], texts: Sequence[str], classifier: str) -> Predicted:
        """Predict labels of any texts by a classifier trained on any examples; raises ValueError if it cannot be."""
        recipe = recipes.recipe(classifier)
        cell = Cell(
            name=f"{self.task.name}/{recipe.name}",
            recipe=recipe,
            train=tuple(train),
            train_version=version_of(train),
            texts=tuple(texts),
            test_version=digest(list(texts)),
            labels=tuple(self.task.labels),
            seed=0,
            threads=self.settings.threads,
        )
        return self._training.predicted(cell)

    def macro_f1(self, train: Sequence[Example], cell_id: CellId) -> float:
        """The Macro-F1 of that cell's classifier if it is trained on these examples instead; in [0, 1]."""
        cell = replace(self.cell(cell_id), train=tuple(train), train_version=version_of(train))
        true = [example.label for example in self.data.test]
        return float(metrics.macro_f1(metrics.confusion(true, self._training.predicted(cell).labels, cell.labels)))

    def setup(self, cell_id: CellId) -> dict[str, Any]:
        """The fields of a `Result` that are known before any text is made, and that results of all seeds share."""
        method, quota = cell_id.method, cell_id.per_label
        return {
            "task": self.task.name,
            "task_version": self.task.version,
            "data": self.data.source,
            "data_version": self.data.version,
            "generator": self.sets.expected_generator(method, quota, cell_id.generation_seed),
            "method": method,
            "demonstrations": self.sets.demonstrations_of(method),
            "per_label": quota,
            "shares": self.settings.shares,
            "classifier": PROMPTED if cell_id.classifier == PROMPTED else recipes.recipe(cell_id.classifier).name,
        }

    def _score(self, cell_id: CellId) -> Result:
        drawn = cell_id.generation_seed
        generated = self.sets.generated(cell_id.method, cell_id.per_label, generation_seed=drawn)
        scored = self._answered(cell_id, generated) if cell_id.classifier == PROMPTED else self._trained(cell_id)
        labels = tuple(self.task.labels)
        counts = metrics.confusion(scored.true, scored.predicted, labels)
        interval = bootstrap_interval(counts, metrics.macro_f1)
        prompt_tokens, completion_tokens = self.sets.tokens(cell_id.method, cell_id.per_label, drawn)
        return Result(
            **self.setup(cell_id),
            prompting=self.sets.stated(cell_id.method, cell_id.per_label, drawn, PROMPTING),
            source=self.sets.stated(cell_id.method, cell_id.per_label, drawn, SOURCE),
            test_rows=len(scored.true),
            train_rows=scored.train_rows,
            train_version=self.sets.version(cell_id.method, cell_id.per_label, drawn),
            generation_seed=drawn,
            training_seed=cell_id.seed,
            steps=scored.steps,
            macro_f1=round(float(metrics.macro_f1(counts)), 6),
            macro_f1_low=round(interval.low, 6),
            macro_f1_high=round(interval.high, 6),
            accuracy=round(float(metrics.accuracy(counts)), 6),
            labels=labels,
            confusion=tuple(tuple(row) for row in counts.tolist()),
            collapsed=scored.collapsed,
            attempts=generated.attempts,
            dropped=generated.dropped,
            short=generated.short,
            effective=effective_texts(generated.examples),
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
            recipe=scored.recipe,
            predicted=pack([labels.index(label) for label in scored.predicted], len(labels)),
        )

    def _trained(self, cell_id: CellId) -> "_Scored":
        """Train the classifier of a cell, and predict the labels of all test texts."""
        cell = self.cell(cell_id)
        predicted = self._training.predicted(cell)
        return _Scored(
            true=[example.label for example in self.data.test],
            predicted=predicted.labels,
            recipe=cell.recipe_version,
            train_rows=len(cell.train),
            steps=predicted.steps,
            collapsed=predicted.collapsed,
        )

    def _answered(self, cell_id: CellId, generated: Generated) -> "_Scored":
        """Take the generator's answers about a sample of the test texts for predictions.

        An answer that names no label counts as the label after the true one: a wrong one, for certain.
        """
        true = [example.label for example in self.sets.unlabelled(cell_id.method)]
        labels = list(self.task.labels)
        wrong = dict(zip(labels, [*labels[1:], labels[0]], strict=True))
        named = [example.label or wrong[label] for example, label in zip(generated.examples, true, strict=True)]
        return _Scored(true=true, predicted=named, recipe=digest({"recipe": PROMPTED, "version": PROMPTED_VERSION}))


class _Scored(NamedTuple):
    """Predictions of test rows with the true labels, and how they came to be."""

    true: Sequence[str]
    predicted: Sequence[str]
    recipe: str
    train_rows: int = 0
    steps: int = 0
    collapsed: bool = False
