"""Judges a stranger's bundle: its hashes, its texts against its recordings, its scores against the verifier's own."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from synthworth.core.entry import STATES, Entry
from synthworth.core.result import Result
from synthworth.generation.collect import METHODS
from synthworth.pipeline import dataset
from synthworth.pipeline.replay import Suite, trainer
from synthworth.submission import bundle as bundles
from synthworth.submission.bundle import Bundle
from synthworth.submission.consistency import contradictions, counted, not_replayed
from synthworth.submission.entry_flags import flags_of
from synthworth.submission.folder import load
from synthworth.submission.rescoring import TaskWithData, computed_anew
from synthworth.submission.retraining import Repetition, trained_again
from synthworth.submission.suspects import Suspects, near_copies_cannot_be_found, suspects_of
from synthworth.training.fit import cuda_is_missing
from synthworth.training.recipes import RECIPES, Untrainable

REPORTED, DATA, GENERATION = STATES


@dataclass(frozen=True, kw_only=True)
class Verifier:
    """What the verifier has: suites, where the real texts are, results of their own, and how much to train.

    `data` is hub, quickstart, or a mirror's folder; `seeds` how many training seeds of each text set are trained again;
    `processes` how many at once, 0 for as many as fit. `notice` is told what is under way.
    """

    suites: Sequence[Suite]
    data: str
    reference: Sequence[Result]
    seeds: int = 1
    processes: int = 0
    notice: Callable[[str], None] = lambda line: None


@dataclass(frozen=True, kw_only=True)
class TextAudit:
    """What an audit suspects of the texts of one task and generation seed."""

    task: str
    generation_seed: int
    suspects: Suspects


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What a verification found: the row for the leaderboard with its state and flags, and what was caught.

    `problems` are what contradicts the bundle, one line each; with any, the state is self-reported. `entry` is None
    where the files are not those of the manifest, and nothing in them was read. `manifest` is the manifest's sha256,
    by which the bundle that was verified is known from any other.
    """

    manifest: str
    entry: Entry | None
    problems: Sequence[str]
    repetitions: Sequence[Repetition] = ()
    audited: Sequence[TextAudit] = ()

    @property
    def verified(self) -> bool:
        """Whether the scores are more than reported."""
        return self.entry is not None and self.entry.state != REPORTED


def verify(folder: Path, verifier: Verifier) -> Verification:
    """Verifies the bundle in a folder, by data alone; ValueError, in one line, for what is no bundle.

    Nothing is written, and nothing of the bundle is executed. The state is data-verified where the scores follow from
    the predictions, and training on the texts gives them again; generation-verified where replaying the recordings
    gives these texts too, byte for byte, which needs a method of ours: that of a stranger would have to be executed.
    """
    files = load(folder)
    manifest = bundles.digest(files)
    if problems := bundles.altered(files):
        return Verification(manifest=manifest, entry=None, problems=problems)
    found = bundles.read(files)
    del files
    known = _known(found, verifier)
    problems = contradictions(found, known, [suite.task.name for suite in verifier.suites])
    replays = found.declaration.method in METHODS
    if replays:
        verifier.notice("replaying the recordings")
        problems += [line for at in found.texts if at[0] in known for line in not_replayed(found, known[at[0]], at)]
    results = [result for result in found.results if result.task in known]
    wrong = ((result, computed_anew(result, known[result.task])) for result in results)
    problems += counted(f"{result.task}, {result.classifier}: a result {line}" for result, line in wrong if line)
    verifier.notice("auditing the texts")
    audited = list(_audited(found, known))
    repetitions: list[Repetition] = []
    if not problems:  # else the state is settled, and minutes of training would not change it
        repetitions, problems = _repeated(found, known, verifier)
    state = REPORTED if problems else GENERATION if replays else DATA
    flags = [
        *flags_of(found, verifier.reference),
        *(f"{one.task}: {line}" for one in audited for line in one.suspects.told()),
        *_left_out(found),
    ]
    return Verification(
        manifest=manifest,
        entry=found.declaration.entry(state=state, flags=flags),
        problems=problems,
        repetitions=repetitions,
        audited=audited,
    )


def _known(found: Bundle, verifier: Verifier) -> dict[str, TaskWithData]:
    """The suites' tasks that the bundle has texts of, with their real texts."""
    known = {}
    for suite in verifier.suites:
        if suite.task.name in found.tasks:
            verifier.notice(f"loading the real texts of {suite.task.name}")
            quickstart = suite.path.resolve().parent / "quickstart"
            known[suite.task.name] = TaskWithData(suite.task, dataset.load(suite.task, verifier.data, quickstart))
    return known


def _audited(found: Bundle, known: Mapping[str, TaskWithData]) -> Iterator[TextAudit]:
    near = not near_copies_cannot_be_found()
    for task, ours in known.items():
        sets = {seed: texts for (name, seed), texts in found.texts.items() if name == task}
        judged = suspects_of(list(sets.values()), ours, found.recordings.get(task, {}), near=near)
        for seed, suspects in zip(sets, judged, strict=True):
            yield TextAudit(task=task, generation_seed=seed, suspects=suspects)


def _repeated(
    found: Bundle, known: Mapping[str, TaskWithData], verifier: Verifier
) -> tuple[list[Repetition], list[str]]:
    """What was trained again, and what does not agree with it."""
    chosen = sorted({result.classifier for result in found.results if _can_be_trained(result.classifier)})
    if not chosen:
        return [], ["no classifier of the bundle can be trained here, so that its scores are not verified"]
    verifier.notice(f"training again, by {verifier.seeds} seed(s): {', '.join(chosen)}")
    try:
        with trainer(None, count=verifier.processes) as trains:
            done = trained_again(found, known, trains, verifier.reference, classifiers=chosen, seeds=verifier.seeds)
    except (Untrainable, FloatingPointError, RuntimeError) as error:
        return [], [f"training again failed: {error}"]
    return done, [one.problem for one in done if one.problem]


def _can_be_trained(classifier: str) -> bool:
    return classifier in RECIPES and not (RECIPES[classifier].gpu and cuda_is_missing())


def _left_out(found: Bundle) -> Iterator[str]:
    if found.declaration.method not in METHODS:
        yield "its method is not one of ours, and its texts were not made again from the recordings"
    untrained = sorted({result.classifier for result in found.results if not _can_be_trained(result.classifier)})
    if untrained:
        yield f"not trained again: {', '.join(untrained)}"
    if reason := near_copies_cannot_be_found():
        yield f"near copies were not looked for: {reason}"
