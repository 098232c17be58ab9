"""The tests that every task must pass, in the order of the pipeline, and the claims that a suite adds to them."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from statistics import median
from typing import TYPE_CHECKING, ClassVar, Protocol

import pytest

from synthworth.core import BALANCED, DATA, Result, Task, unknown, word_count
from synthworth.core.words import words
from synthworth.measures import Originals
from synthworth.measures.statistics import chance_macro_f1
from synthworth.pipeline.lengths import fits, share_within, usual_lengths

if TYPE_CHECKING:
    from synthworth.core import Example
    from synthworth.generation import Generated
    from synthworth.generation.generator import Generator
    from synthworth.pipeline.dataset import Data
    from synthworth.pipeline.training_sets import Settings

FLOOR = "majority"
# Lenient, since they hold of every task: of reddit_emotion, 1 % of the training texts are test texts too.
LEAKING = 0.05
CONTRADICTING = 0.01
NAMED = 8  # labels in a warning: a task may have hundreds


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """A claim about one cell of the leaderboard, under the conditions in which it was measured.

    `at_least` is a floor for Macro-F1; `between` are the bounds of what was measured, if no floor can be claimed;
    `beats` names a classifier trained on the same texts whose Macro-F1 must lie below this one's 95 % interval, and
    "majority" stands for the best that is possible without reading a text (`chance_macro_f1`). At least one of the
    three is given. Under other conditions (data, size, shares, generator, demonstrations, generation seed) the claim
    says nothing and is skipped. Raises ValueError if it cannot be a claim.

    >>> claim = Expectation(method="few_shot", classifier="minilm", at_least=0.8, beats="tfidf")
    >>> claim.does_not_apply(
    ...     data="mirror", per_label=50, generator="smollm2-135m", demonstrations="pool", generation_seed=0
    ... )
    'stated for 100 texts per label, this is 50'
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
            yield f"it names no data; give some of {', '.join(DATA)}"
        for name in self.data:
            if name not in DATA:
                yield unknown("data", name, DATA, "data")
        if self.demonstrations not in ("pool", "real"):
            yield unknown("demonstrations", self.demonstrations, ("pool", "real"), "demonstrations")

    def __str__(self) -> str:
        """The cell and what differs from the defaults: two claims that differ have two names."""
        parts = [self.method, self.classifier]
        for part in fields(self)[2:]:
            value = getattr(self, part.name)
            if value != part.default:
                parts += [part.name, *map(str, value if isinstance(value, tuple) else [value])]
        return "-".join(parts)

    def does_not_apply(
        self,
        *,
        data: str,
        per_label: int,
        generator: str,
        demonstrations: str,
        generation_seed: int,
        shares: str = BALANCED,
    ) -> str:
        """The reason why the claim says nothing under these conditions; "" if it applies."""
        if data not in self.data:
            return f"stated for {' and '.join(self.data)} data, this is {data}"
        if per_label != self.per_label:
            return f"stated for {self.per_label} texts per label, this is {per_label}"
        if shares != BALANCED:
            return f"stated for {BALANCED} labels, this is {shares}"
        if generation_seed != self.generation_seed:
            return f"stated for the generation seed {self.generation_seed}, this is {generation_seed}"
        if self.method != "real" and generator != self.generator:
            return f"stated for the generator {self.generator}, this is {generator}"
        if self.method not in ("real", "zero_shot") and demonstrations != self.demonstrations:
            return f"stated for {self.demonstrations} demonstrations, this is {demonstrations}"
        return ""

    def problem(self, result: Result, rival: Result | None = None) -> str:
        """The contradiction between a result and the claim, in one line; "" if there is none."""
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


class ShortTrainingSet(UserWarning):
    """A training set has fewer texts of a label than was asked for; its result says so too."""


class Results(Protocol):
    """The fixture `synth_run`: call it for a result."""

    data: "Data"
    settings: "Settings"
    generator: "Generator"

    def __call__(
        self,
        method: str,
        classifier: str,
        *,
        per_label: int | None = None,
        seed: int = 0,
        generation_seed: int | None = None,
    ) -> Result:
        """The result of a method and classifier; what is not given is as the options say."""
        ...


class Compares(Protocol):
    """The fixture `synth_gate`: call it to compare a cell with the baseline."""

    def __call__(self, run: Results, method: str, classifier: str) -> str:
        """The regression in one line; "" if there is none."""
        ...


class TaskSuite:
    """The tests that every task must pass: give `task`, and add `expectations` or methods for claims of your own.

    `pytest` collects a subclass named Test...; the plugin's fixtures, whose names all begin with `synth_`, give the
    tests of the subclass what they ask for: `pytest --fixtures` lists them. Each claim fails in one line.

    >>> class TestSign(TaskSuite):
    ...     task = Task(
    ...         name="sign", labels={"pos": "a kind review", "neg": "a harsh review"}, words=(5, 9),
    ...         context_prompt="You review films.", generation_prompt="Write {description} of {words} words.",
    ...         diversity_prompt="Be different.", demonstrations={"pos": (), "neg": ()},
    ...     )
    ...     expectations = (Expectation(method="real", classifier="tfidf", at_least=0.7),)
    ...
    ...     def test_more_texts_help(self, synth_run: Results) -> None:
    ...         small, large = (synth_run("real", "tfidf", per_label=size) for size in (10, 100))
    ...         assert small.macro_f1 < large.macro_f1
    """

    task: ClassVar[Task]
    expectations: ClassVar[tuple[Expectation, ...]] = ()

    def test_the_length_range_fits_real_texts(self, synth_data: "Data") -> None:
        if synth_data.source == "quickstart":
            pytest.skip("about real texts; those of the quickstart were written to fit")
        (fewest, most), lengths = self.task.words, [word_count(example.text) for example in synth_data.test]
        if not fits((fewest, most), lengths):
            self._fail(
                f"{share_within((fewest, most), lengths):.0%} of the test texts have {fewest} to {most} words, the "
                f"median has {median(lengths):g}; try words={usual_lengths(lengths)}"
            )

    def test_hardly_any_test_text_has_two_labels(self, synth_data: "Data") -> None:
        shared = _with_two_labels(synth_data.test)
        if len(shared) > CONTRADICTING * len(synth_data.test):
            self._fail(f"{len(shared)} test texts appear under two labels: {', '.join(shared[:5])}")

    def test_hardly_any_training_text_is_a_test_text(self, synth_data: "Data") -> None:
        if not synth_data.train:
            pytest.skip(f"the {synth_data.source} data has no real training texts")
        share = synth_data.left_out / (len(synth_data.train) + synth_data.left_out)
        if share > LEAKING:
            self._fail(f"{share:.1%} of the training texts were left out because they are test texts")

    def test_every_label_reaches_its_quota(self, synth_method: str, synth_generated: "Generated") -> None:
        if synth_generated.short:
            dropped = {label: dict(rules) for label, rules in list(synth_generated.dropped.items())[:NAMED]}
            rules = f"; dropped by rule: {dropped}" if dropped else ""
            self._warn_of_shortage(synth_method, synth_generated.short, rules)

    def test_no_written_text_has_two_labels(self, synth_method: str, synth_written: "list[Example]") -> None:
        if shared := _with_two_labels(synth_written):
            self._fail(f"{len(shared)} texts appear under two labels: {', '.join(shared[:5])}", synth_method)

    def test_no_test_text_is_copied(
        self,
        synth_method: str,
        synth_written: "list[Example]",
        synth_generated: "Generated",
        synth_data: "Data",
    ) -> None:
        texts, test = [*synth_written, *synth_generated.others], synth_data.test
        originals = Originals((e.text for e in test), background=(e.text for e in synth_data.train))
        if copies := originals.copies(example.text for example in texts):
            opposed = sum(texts[c.text].label != test[c.row].label for c in copies)
            labels = f", {opposed} of them under another label" if opposed else ""
            shown = "; ".join(f"{texts[c.text].text!r} ({c.rule}, {c.strength:.2f})" for c in copies[:3])
            self._fail(f"{len(copies)} copies of test texts{labels}; the first: {shown}", synth_method)

    def test_score(
        self, synth_method: str, synth_classifier: str, synth_draw: int, synth_seed: int, synth_run: Results
    ) -> None:
        result = synth_run(synth_method, synth_classifier, seed=synth_seed, generation_seed=synth_draw)
        low, score, high = result.macro_f1_low, result.macro_f1, result.macro_f1_high
        if not low <= score <= high:
            self._fail(f"Macro-F1 {score} lies outside of its interval, {low} to {high}", synth_method)

    def test_curve(
        self,
        synth_method: str,
        synth_classifier: str,
        synth_size: int,
        synth_draw: int,
        synth_seed: int,
        synth_run: Results,
    ) -> None:
        result = synth_run(
            synth_method, synth_classifier, per_label=synth_size, seed=synth_seed, generation_seed=synth_draw
        )
        if result.short:
            self._warn_of_shortage(synth_method, result.short, f"; the quota is {synth_size}")

    def test_regression(
        self, synth_method: str, synth_classifier: str, synth_run: Results, synth_gate: Compares
    ) -> None:
        if problem := synth_gate(synth_run, synth_method, synth_classifier):
            pytest.fail(problem, pytrace=False)

    def test_expectation(self, synth_expectation: Expectation, synth_run: Results) -> None:
        claim, settings = synth_expectation, synth_run.settings
        reason = claim.does_not_apply(
            data=synth_run.data.source,
            per_label=settings.per_label,
            generator=synth_run.generator.name,
            demonstrations=settings.demonstrations,
            generation_seed=settings.generation_seed,
            shares=settings.shares,
        )
        if reason:
            pytest.skip(reason)
        result = synth_run(claim.method, claim.classifier)
        rival = synth_run(claim.method, claim.beats) if claim.beats else None
        if problem := claim.problem(result, rival):
            pytest.fail(f"{self.task.name}, {claim}: {problem}", pytrace=False)

    def _fail(self, problem: str, method: str = "") -> None:
        """Fail with one line: a traceback would show this file, and every text of the data set as an argument."""
        pytest.fail(f"{'/'.join(filter(None, (self.task.name, method)))}: {problem}", pytrace=False)

    def _warn_of_shortage(self, method: str, short: Mapping[str, int], more: str) -> None:
        shown = sorted(short, key=lambda label: short[label])[:NAMED] if len(short) > NAMED else list(short)
        counts = ", ".join(f"{label}: {short[label]}" for label in shown)
        counts += f", and {len(short) - len(shown)} more labels" if len(shown) < len(short) else ""
        text = f"{self.task.name}/{method}: fewer texts of a label than asked for ({counts}){more}"
        warnings.warn(text, ShortTrainingSet, stacklevel=2)


def _with_two_labels(examples: "Sequence[Example]") -> list[str]:
    """Return the ids of the texts that appear, word for word, under another label too."""
    labels: dict[tuple[str, ...], set[str]] = {}
    for example in examples:
        labels.setdefault(tuple(words(example.text)), set()).add(example.label)
    return [example.id for example in examples if len(labels[tuple(words(example.text))]) > 1]
