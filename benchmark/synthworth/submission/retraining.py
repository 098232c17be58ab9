"""A bundle's classifiers trained again on its texts, with the same seeds: their predictions must be the same.

A training seed fixes everything that is random in a training, so the same seed on the same texts gives the same
predictions, but for what processors round differently. That share is small and was measured; a bundle's score is judged
by it and never by how far scores scatter between seeds, which would let a score be raised by as much.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from synthworth.core import Example, Result, digest, version_of
from synthworth.measures.statistics import most_changes
from synthworth.submission.bundle import Bundle
from synthworth.submission.contents import BundleText
from synthworth.submission.rescoring import TaskWithData, rescored
from synthworth.training import Cell, Training, recipes
from synthworth.training.environment import environment

# The largest share of an encoder's predictions that changed when it was trained again, with the same seed on the same
# texts, on another kind of processor. A recipe without an encoder changes none: in 48 trainings of tfidf on shuffled
# texts, whose sums round differently, all 36,372 predictions stayed.
ENCODER_CHANGES = 0.0012
FALSE_ALARMS = 0.01  # the chance that an honest bundle, as a whole, exceeds any bound


@dataclass(frozen=True, kw_only=True)
class Repetition:
    """A classifier of a bundle and the same one trained again: mean Macro-F1 over `seeds` training seeds, and rows."""

    task: str
    generation_seed: int
    classifier: str
    seeds: int
    """Training seeds that were trained again: the first ones."""
    given: float
    """Mean Macro-F1 of these seeds in the bundle."""
    again: float
    """Mean Macro-F1 of these seeds trained again: the verified score."""
    rows: int
    """Predictions that were compared: test rows times seeds."""
    differing: int
    """Predictions that differ."""
    allowed: int
    """Predictions that may differ: what another processor may change."""

    @property
    def place(self) -> str:
        """Task, generation seed and classifier, for messages."""
        return f"{self.task}, generation seed {self.generation_seed}, {self.classifier}"

    @property
    def problem(self) -> str:
        """The reason why the two do not agree; "" if they do."""
        if self.differing <= self.allowed:
            return ""
        return (
            f"{self.place}: {self.differing:,} of {self.rows:,} test rows are predicted differently by the same seed "
            f"trained again; at most {self.allowed:,} may be: Macro-F1 {self.given:.3f} in the bundle, "
            f"{self.again:.3f} trained again"
        )


@dataclass(frozen=True, kw_only=True)
class Retraining:
    """All repetitions, and the verifier's own results, which replace those of the bundle."""

    repetitions: Sequence[Repetition] = ()
    results: Sequence[Result] = ()

    @property
    def problems(self) -> list[str]:
        """A line for each classifier that does not agree."""
        return [one.problem for one in self.repetitions if one.problem]


def cell_of(known: TaskWithData, texts: Sequence[BundleText], classifier: str, seed: int) -> Cell:
    """Return the classifier to train on these texts, on one CPU thread as all are by default."""
    chosen = recipes.recipe(classifier)
    return Cell(
        name=f"{known.task.name}/{chosen.name}",
        recipe=chosen,
        train=tuple(
            Example(id=str(i), text=text.text, label=text.label, weight=text.weight) for i, text in enumerate(texts)
        ),
        train_version=version_of(texts),
        texts=tuple(example.text for example in known.data.test),
        test_version=known.data.version,
        labels=tuple(known.task.labels),
        seed=seed,
    )


def train_again(
    bundle: Bundle,
    known: Mapping[str, TaskWithData],
    training: Training,
    *,
    classifiers: Sequence[str],
    seeds: int,
) -> Retraining:
    """Train the bundle's classifiers again on its texts, with the first `seeds` of its training seeds, and compare.

    Each classifier of a task and generation seed may differ in as many predictions as another processor may change:
    `most_changes` of ENCODER_CHANGES, so that an honest bundle exceeds any bound with a chance of at most FALSE_ALARMS;
    none without an encoder. The bundle's word about its machine counts for nothing.
    """
    setups: dict[tuple[str, int, str], dict[int, Result]] = defaultdict(dict)
    for result in bundle.results:
        if result.classifier in classifiers:
            setups[result.task, result.generation_seed, result.classifier][result.training_seed] = result
    chosen = {setup: [results[seed] for seed in sorted(results)[:seeds]] for setup, results in setups.items()}
    cells = {
        result.key: cell_of(known[task], bundle.texts[task, drawn], classifier, result.training_seed)
        for (task, drawn, classifier), results in chosen.items()
        for result in results
    }
    if training.ahead:
        training.start(cells.values())
    repetitions, verified = [], list[Result]()
    for (task, drawn, classifier), results in chosen.items():
        again = [rescored(r, training.predicted(cells[r.key]).labels, known[task]) for r in results]
        rows = sum(result.test_rows for result in results)
        repetitions.append(
            Repetition(
                task=task,
                generation_seed=drawn,
                classifier=classifier,
                seeds=len(results),
                given=fmean(result.macro_f1 for result in results),
                again=fmean(result.macro_f1 for result in again),
                rows=rows,
                differing=sum(map(_changes, results, again)),
                allowed=_allowed(classifier, rows, len(chosen)),
            )
        )
        verified += again
    return Retraining(repetitions=repetitions, results=verified)


def machine_of(classifier: str) -> str:
    """Return a hash of everything but its inputs that decides what a classifier predicts when it is trained here."""
    return digest(environment(recipes.recipe(classifier)))


def _changes(one: Result, other: Result) -> int:
    return sum(a != b for a, b in zip(one.predictions, other.predictions, strict=True))


def _allowed(classifier: str, rows: int, comparisons: int) -> int:
    if not recipes.recipe(classifier).encoder:
        return 0
    return most_changes(rows, ENCODER_CHANGES, comparisons=comparisons, false_alarms=FALSE_ALARMS)
