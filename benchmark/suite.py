"""The tests that every task must pass, in the order of the pipeline, and the claims that a suite adds to them."""

from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from benchmark.result import Result
from benchmark.task import Task


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """A claim about one cell of the leaderboard, under the conditions in which it was measured.

    `at_least` is a floor for Macro-F1; `between` are the bounds of what was measured, where no floor can be
    claimed; `beats` names a classifier trained on the same texts whose Macro-F1 must lie below this one's
    95 % interval. Under other conditions (data, size, generator) the claim says nothing and is skipped.
    """

    method: str
    classifier: str = "minilm"
    per_label: int = 100
    at_least: float | None = None
    between: tuple[float, float] | None = None
    beats: str | None = None
    generator: str = "smollm2-135m"
    data: tuple[str, ...] = ("mirror",)

    def __str__(self) -> str:
        parts = [f"{self.method}-{self.classifier}"]
        parts += [f"at_least-{self.at_least}"] if self.at_least is not None else []
        parts += [f"between-{self.between[0]}-{self.between[1]}"] if self.between is not None else []
        parts += [f"beats-{self.beats}"] if self.beats is not None else []
        return "-".join(parts)

    def does_not_apply(self, *, data: str, per_label: int, generator: str) -> str:
        """Why the claim says nothing under these conditions; "" where it applies."""
        if data not in self.data:
            return f"stated for {' and '.join(self.data)} data, this is {data}"
        if per_label != self.per_label:
            return f"stated for {self.per_label} texts per label, this is {per_label}"
        if self.method != "real" and generator != self.generator:
            return f"stated for the generator {self.generator}, this is {generator}"
        return ""

    def problem(self, result: Result, rival: Result | None = None) -> str:
        """What contradicts the claim; "" where the result bears it out."""
        shown = f"Macro-F1 {result.macro_f1:.3f} (95 % {result.macro_f1_low:.3f} to {result.macro_f1_high:.3f})"
        if self.at_least is not None and result.macro_f1 < self.at_least:
            return f"{shown} is below the floor {self.at_least}"
        if self.between is not None and not self.between[0] <= result.macro_f1 <= self.between[1]:
            return f"{shown} is outside of what was measured, {self.between[0]} to {self.between[1]}"
        if rival is not None and result.macro_f1_low <= rival.macro_f1:
            return f"{shown} does not clear {self.beats}, {rival.macro_f1:.3f}"
        return ""


class TaskSuite:
    """What holds of every task: give `task`, add `expectations`, and methods for claims of its own.

    `pytest` collects a subclass named Test...; the plugin fills in method, classifier and seed.
    """

    task: ClassVar[Task]
    expectations: ClassVar[tuple[Expectation, ...]] = ()

    def test_train_and_test_texts_are_disjoint(self, data: Any) -> None:
        from benchmark.validity import words

        held = {tuple(words(example.text)) for example in data.test}
        shared = [example.id for example in data.train if tuple(words(example.text)) in held]
        assert not shared, f"{self.task.name}: training texts that are test texts too: {shared[:5]}"

    def test_every_label_reaches_its_quota(self, method: Any, generated: Any) -> None:
        assert not generated.short, (
            f"{self.task.name}/{method}: texts of each label short of its quota: {dict(generated.short)}; "
            f"dropped by rule: { {k: dict(v) for k, v in generated.dropped.items()} }"
        )

    def test_texts_are_labelled_and_unique(self, method: Any, generated: Any) -> None:
        from benchmark.validity import words

        assert {example.label for example in generated.examples} == set(self.task.labels)
        if method != "real":  # real texts repeat themselves, and are taken as they are
            pairs = [(example.label, *words(example.text)) for example in generated.examples]
            assert len(set(pairs)) == len(pairs), f"{self.task.name}/{method}: texts that repeat others of their label"

    def test_texts_have_the_length_of_real_ones(self, method: Any, generated: Any) -> None:
        fewest, most = self.task.words
        if method != "real":
            outside = [e.text for e in generated.examples if not fewest <= len(e.text.split()) <= most]
            assert not outside, f"{self.task.name}/{method}: not {fewest} to {most} words: {outside[:3]}"

    def test_no_demonstration_is_copied(self, method: Any, generated: Any) -> None:
        from benchmark.validity import COPIED_WORDS, shares_run

        if method != "real":
            pool = [example.text for example in self.task.pool]
            copies = [e.text for e in generated.examples if shares_run(e.text, pool, COPIED_WORDS)]
            assert not copies, f"{self.task.name}/{method}: demonstrations copied: {copies[:3]}"

    def test_score(self, method: Any, classifier: Any, seed: Any, run: Any) -> None:
        result = run(method, classifier, seed=seed)
        assert result.macro_f1_low <= result.macro_f1 <= result.macro_f1_high
        assert result.test_rows == len(run.data.test)

    def test_expectation(self, expectation: Any, run: Any) -> None:
        settings = run.settings
        reason = expectation.does_not_apply(
            data=run.data.source, per_label=settings.per_label, generator=settings.generator.name
        )
        if reason:
            pytest.skip(reason)
        result = run(expectation.method, expectation.classifier)
        rival = run(expectation.method, expectation.beats) if expectation.beats else None
        problem = expectation.problem(result, rival)
        if problem:
            pytest.fail(f"{self.task.name}, {expectation}: {problem}", pytrace=False)
