"""Some texts of each training set with their origin: replayed from recordings, or as submitted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from synthworth.core import Example, Result, version_of
from synthworth.generation.methods import WRITTEN, is_of_files, resolve
from synthworth.generation.recording import path_of
from synthworth.leaderboard.site.submissions import SubmittedEntry
from synthworth.leaderboard.site.tables import EntryKey, key_of
from synthworth.pipeline import Settings, Suite, run_of, trainer
from synthworth.submission import BundleText

OF_A_LABEL = 3
SampleKey = tuple[EntryKey, str]  # an entry, and the task


@dataclass(frozen=True, kw_only=True)
class ShownText:
    """One training text on a page."""

    text: str
    """Its words."""
    label: str
    """The label that it was written for."""
    provenance: Mapping[str, str]
    """Its origin, as prompt, sample and seed, by the name of each part."""


@dataclass(frozen=True, kw_only=True)
class ShownTexts:
    """Some texts of a training set, or the reason why there are none to show."""

    texts: int = 0
    """The number of texts in the set."""
    shown: tuple[ShownText, ...] = ()
    """Some of them, a few of each label."""
    recording: str = ""
    """The file that they come from."""
    verified: bool = False
    """True if the set has the hash of the set that the results were trained on."""
    problem: str = ""
    """The reason for showing none."""

    @property
    def first(self) -> tuple[ShownText, ...]:
        """The first one of each label."""
        return tuple({sample.label: sample for sample in reversed(self.shown)}.values())[::-1]

    @property
    def more(self) -> tuple[ShownText, ...]:
        """The others."""
        first = {id(sample) for sample in self.first}
        return tuple(sample for sample in self.shown if id(sample) not in first)


def replay_samples(results: Sequence[Result], suites: Sequence[Suite]) -> dict[SampleKey, ShownTexts]:
    """Texts of each entry and task of a built-in method, refined or not, from its largest set; nothing is sent.

    Of methods that take their texts from files, the reason why none are shown.
    """
    by_name = {suite.task.name: suite for suite in suites}
    largest: dict[SampleKey, Result] = {}
    for result in sorted(results, key=lambda r: (r.per_label, -r.generation_seed)):
        if result.method.partition("|")[0] in WRITTEN:
            largest[key_of(result), result.task] = result
    found = {key: _replay(result, by_name.get(result.task)) for key, result in largest.items()}
    return found | {(key_of(r), r.task): _elsewhere(r) for r in results if is_of_files(r.method)}


def submission_samples(submission: SubmittedEntry) -> dict[SampleKey, ShownTexts]:
    """Texts of each task of a submission, from its first generation seed."""
    samples: dict[SampleKey, ShownTexts] = {}
    for (task, seed), texts in sorted(submission.texts.items()):
        mine = [r for r in submission.results if r.task == task and r.generation_seed == seed]
        if not mine or (key_of(mine[0]), task) in samples:
            continue
        version = version_of(texts)
        rows = [ShownText(text=text.text, label=text.label, provenance=_origin(text)) for text in texts]
        samples[key_of(mine[0]), task] = ShownTexts(
            texts=len(texts),
            shown=_some(rows),
            recording=f"texts/{task}.{seed}.jsonl of the submission",
            verified=any(r.train_version == version for r in mine),
        )
    return samples


def _elsewhere(result: Result) -> ShownTexts:
    source = f"; they come from {result.source}" if result.source else ""
    return ShownTexts(problem=f"they were made elsewhere, and are not ours to publish{source}")


def _replay(result: Result, suite: Suite | None) -> ShownTexts:
    if suite is None:
        return ShownTexts(problem=f"no suite has the task {result.task}, so its recordings are not replayed")
    if result.demonstrations == "real":
        return ShownTexts(problem="its demonstrations are real texts, which are in no repository")
    settings = Settings(per_label=result.per_label, shares=result.shares, generation_seed=result.generation_seed)
    try:
        methods = resolve([result.method])
        with trainer(None, count=1) as untouched:
            run = run_of(suite, settings, untouched, generator=result.generator, methods=methods)
            examples = run.sets.generated(result.method).examples
    except ValueError as error:  # missing answers, or a refinement that needs what is not installed
        return ShownTexts(problem=f"not replayed: {error}")
    version = version_of(examples)
    if version != result.train_version:
        return ShownTexts(problem="its recordings now replay to other texts than those that were measured")
    recording = path_of(Path("cassettes"), result.generator, result.task, methods[result.method].recording)
    shown = _some([_sample(example) for example in examples])
    return ShownTexts(texts=len(examples), shown=shown, recording=recording.as_posix(), verified=True)


def _sample(example: Example) -> ShownText:
    origin = {name.replace("_", " "): str(value) for name, value in example.provenance.items()}
    return ShownText(text=example.text, label=example.label, provenance=origin)


def _origin(text: BundleText) -> dict[str, str]:
    parts = {"answers": " ".join(text.answers), "provenance": text.provenance}
    return {name: value for name, value in parts.items() if value}


def _some(samples: Sequence[ShownText]) -> tuple[ShownText, ...]:
    """A few of each label, evenly spaced, so that they are not hand-picked."""
    by_label: dict[str, list[ShownText]] = {}
    for sample in samples:
        by_label.setdefault(sample.label, []).append(sample)
    return tuple(
        sample for texts in by_label.values() for sample in texts[:: max(1, len(texts) // OF_A_LABEL)][:OF_A_LABEL]
    )
