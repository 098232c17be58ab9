"""The tests that every task must pass, in the order of the pipeline, and the claims that a suite adds to them."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from statistics import median
from typing import Any, ClassVar

import pytest

from synthworth.core.errors import unknown
from synthworth.core.result import DATA, Result
from synthworth.core.task import Task
from synthworth.core.words import word_count, words
from synthworth.measures.copies import Originals
from synthworth.measures.statistics.chance import chance_macro_f1

FLOOR = "majority"
# Lenient, since they hold of every task: of imdb, whose range is cut at 200 words on purpose, 54 % of the texts fit; of
# sms_spam, the median is 12 words and the middle of the range 18; of reddit_emotion, 1 % of the training texts are test
# texts too.
FITTING = 0.5
WIDE = 2
LEAKING = 0.05
CONTRADICTING = 0.01


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """A claim about one cell of the leaderboard, under the conditions in which it was measured.

    `at_least` is a floor for Macro-F1; `between` are the bounds of what was measured, if no floor can be claimed;
    `beats` names a classifier trained on the same texts whose Macro-F1 must lie below this one's 95 % interval, and
    "majority" stands for the best that is possible without reading a text (`chance_macro_f1`). At least one of the
    three is given. Under other conditions (data, size, generator, demonstrations, generation seed) the claim says
    nothing and is skipped. Raises ValueError if it cannot be a claim.
    """

    method: str
    classifier: str = "minilm"
    per_label: int = 100
    at_least: float | None = None
    between: tuple[float, float] | None = None
    beats: str | None = None
    generator: str = "smollm2-135m"
    data: tuple[str, ...] = ("mirror",)
    demonstrations: str = "pool"
    generation_seed: int = 0

    def __post_init__(self) -> None:
        for problem in self._problems():
            raise ValueError(f"expectation {self}: {problem}")

    def _problems(self) -> Iterator[str]:
        for name in ("method", "classifier", "beats"):
            if getattr(self, name) is not None and not getattr(self, name).strip():
                yield f"{name} is empty; name one"
        if self.at_least is None and self.between is None and self.beats is None:
            yield "it claims nothing; give at_least, between or beats"
        if self.at_least is not None and not 0 <= self.at_least <= 1:
            yield f"at_least is {self.at_least}; a score is in 0 to 1"
        if self.between is not None and (len(self.between) != 2 or not 0 <= self.between[0] <= self.between[1] <= 1):
            yield f"between is {self.between}; give (low, high), both in 0 to 1"
        if self.per_label < 0:
            yield f"per_label is {self.per_label}; give 0, for all there is, or more"
        if not self.data:
            yield f"it is stated for no data; name some of {', '.join(DATA)}"
        for name in self.data:
            if name not in DATA:
                yield unknown("data", name, DATA, "data")
        if self.demonstrations not in ("pool", "real"):
            yield unknown("demonstrations", self.demonstrations, ("pool", "real"), "demonstrations")

    def __str__(self) -> str:
        """The cell and what differs from the defaults: two claims that differ have two names."""
        told = [self.method, self.classifier]
        for part in fields(self)[2:]:
            value = getattr(self, part.name)
            if value != part.default:
                told += [part.name, *map(str, value if isinstance(value, tuple) else [value])]
        return "-".join(told)

    def does_not_apply(
        self, *, data: str, per_label: int, generator: str, demonstrations: str, generation_seed: int
    ) -> str:
        """Why the claim says nothing under these conditions; "" where it applies."""
        if data not in self.data:
            return f"stated for {' and '.join(self.data)} data, this is {data}"
        if per_label != self.per_label:
            return f"stated for {self.per_label} texts per label, this is {per_label}"
        if generation_seed != self.generation_seed:
            return f"stated for the generation seed {self.generation_seed}, this is {generation_seed}"
        if self.method != "real" and generator != self.generator:
            return f"stated for the generator {self.generator}, this is {generator}"
        if self.method not in ("real", "zero_shot") and demonstrations != self.demonstrations:
            return f"stated for {self.demonstrations} demonstrations, this is {demonstrations}"
        return ""

    def problem(self, result: Result, rival: Result | None = None) -> str:
        """What contradicts the claim; "" where the result bears it out."""
        shown = f"Macro-F1 {result.macro_f1:.3f} (95 % {result.macro_f1_low:.3f} to {result.macro_f1_high:.3f})"
        if self.at_least is not None and result.macro_f1 < self.at_least:
            return f"{shown} is below the floor {self.at_least}"
        if self.between is not None and not self.between[0] <= result.macro_f1 <= self.between[1]:
            return f"{shown} is outside of what was measured, {self.between[0]} to {self.between[1]}"
        bar = 0.0 if rival is None else rival.macro_f1
        if rival is not None and self.beats == FLOOR:
            bar = max(bar, chance_macro_f1([sum(row) for row in result.confusion]))
        if rival is not None and result.macro_f1_low <= bar:
            return f"{shown} does not clear {self.beats}, {bar:.3f}"
        return ""


class TaskSuite:
    """What holds of every task: give `task`, add `expectations`, and methods for claims of its own.

    `pytest` collects a subclass named Test...; the plugin fills in method, classifier and seed.
    """

    task: ClassVar[Task]
    expectations: ClassVar[tuple[Expectation, ...]] = ()

    @pytest.fixture
    def written(self, method: Any, generated: Any, data: Any) -> Any:
        """The texts that a generator wrote; a test of them says nothing about the method real, and is skipped."""
        if method == "real":
            pytest.skip("about written texts; those of the method real are taken as they are")
        real = set(data.train)  # of which a method may have some, for augmentation
        return [example for example in generated.examples if example not in real]

    def test_the_length_range_fits_real_texts(self, data: Any) -> None:
        if data.source == "quickstart":
            pytest.skip("about real texts; those of the quickstart were written to fit")
        (fewest, most), lengths = self.task.words, [word_count(example.text) for example in data.test]
        fitting = sum(fewest <= length <= most for length in lengths) / len(lengths)
        middle, usual = (fewest + most) / 2, median(lengths)
        told = (
            f"{self.task.name}: {fitting:.0%} of the test texts have {fewest} to {most} words, the median has {usual}"
        )
        assert fitting >= FITTING, told
        assert middle / WIDE <= usual <= middle * WIDE, told

    def test_hardly_any_test_text_has_two_labels(self, data: Any) -> None:
        shared = _with_two_labels(data.test)
        assert len(shared) <= CONTRADICTING * len(data.test), f"{self.task.name}: of two labels: {shared[:5]}"

    def test_hardly_any_training_text_is_a_test_text(self, data: Any) -> None:
        if not data.train:
            pytest.skip(f"the {data.source} data has no real training texts")
        share = data.left_out / (len(data.train) + data.left_out)
        assert share <= LEAKING, f"{self.task.name}: {share:.1%} of the training texts were left out as test texts"

    def test_every_label_reaches_its_quota(self, method: Any, generated: Any) -> None:
        assert not generated.short, (
            f"{self.task.name}/{method}: texts of each label short of its quota: {dict(generated.short)}; "
            f"dropped by rule: { {k: dict(v) for k, v in generated.dropped.items()} }"
        )

    def test_no_written_text_has_two_labels(self, method: Any, written: Any) -> None:
        shared = _with_two_labels(written)
        assert not shared, f"{self.task.name}/{method}: of two labels: {shared[:5]}"

    def test_no_test_text_is_copied(self, method: Any, written: Any, data: Any) -> None:
        test = Originals((example.text for example in data.test), background=(example.text for example in data.train))
        copies = test.copies(example.text for example in written)
        shown = "; ".join(f"{written[c.text].text!r} ({c.rule}, {c.strength:.2f})" for c in copies[:3])
        assert not copies, f"{self.task.name}/{method}: {len(copies)} copies of test texts, the first: {shown}"

    def test_score(self, method: Any, classifier: Any, seed: Any, run: Any) -> None:
        result = run(method, classifier, seed=seed)
        low, score, high = result.macro_f1_low, result.macro_f1, result.macro_f1_high
        assert low <= score <= high, f"{self.task.name}: Macro-F1 {score} outside of its interval, {low} to {high}"

    def test_curve(self, method: Any, classifier: Any, size: Any, seed: Any, run: Any) -> None:
        result = run(method, classifier, per_label=size, seed=seed)
        assert not result.short, f"{self.task.name}/{method}: less than {size} texts of a label: {dict(result.short)}"

    def test_regression(self, method: Any, classifier: Any, run: Any, gate: Any) -> None:
        problem = gate(run, method, classifier)
        if problem:
            pytest.fail(problem, pytrace=False)

    def test_expectation(self, expectation: Any, run: Any) -> None:
        settings = run.settings
        reason = expectation.does_not_apply(
            data=run.data.source,
            per_label=settings.per_label,
            generator=run.generator.name,
            demonstrations=settings.demonstrations,
            generation_seed=settings.generation_seed,
        )
        if reason:
            pytest.skip(reason)
        result = run(expectation.method, expectation.classifier)
        rival = run(expectation.method, expectation.beats) if expectation.beats else None
        problem = expectation.problem(result, rival)
        if problem:
            pytest.fail(f"{self.task.name}, {expectation}: {problem}", pytrace=False)


def _with_two_labels(examples: Any) -> list[str]:
    """Ids of the texts that stand, word for word, under another label too."""
    labels: dict[tuple[str, ...], set[str]] = {}
    for example in examples:
        labels.setdefault(tuple(words(example.text)), set()).add(example.label)
    return [example.id for example in examples if len(labels[tuple(words(example.text))]) > 1]
