"""Verify a stranger's bundle: its hashes, its texts against its recordings, its scores against training again.

What a recording proves, and what it cannot: replaying it shows that the method, with these answers, gives these texts.
It cannot show who wrote the answers. A recording is a file without a signature of any server, and anybody can write one
by hand. So texts that are copies are refused whatever recording comes with them, and a published score rests on the
texts in the bundle and the verifier's own training alone.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from synthworth.core import STATES, Entry, Progress, Result, unreported
from synthworth.generation.methods import METHODS
from synthworth.pipeline import Suite, dataset, trainer
from synthworth.submission import bundle as bundles
from synthworth.submission.bundle import Bundle
from synthworth.submission.consistency import contradictions
from synthworth.submission.entry_flags import flags_of
from synthworth.submission.folder import load
from synthworth.submission.rescoring import TaskWithData
from synthworth.submission.retraining import Repetition, Retraining, train_again
from synthworth.submission.suspects import Suspects, find_suspects, why_no_near_copies
from synthworth.training import RECIPES, Untrainable, cuda_is_missing

REPORTED, DATA, GENERATION = STATES
# What each state stands for, printed with it: nobody shall take a replay for a proof of authorship.
MEANINGS = {
    REPORTED: "nothing is verified; the scores are the submitter's own",
    DATA: "training on the bundle's texts gives these scores; where the texts come from is not verified",
    GENERATION: "training on the bundle's texts gives these scores, and its method makes these texts from its "
    "recordings; a recording cannot prove that the named generator wrote its answers",
}


@dataclass(frozen=True, kw_only=True)
class Verifier:
    """The verifier's side: suites, real texts, own results, and how much to train."""

    suites: Sequence[Suite]
    data: str
    """Source of the real texts: hub, quickstart, or the folder of a mirror."""
    reference: Sequence[Result]
    """The verifier's own results, for flags: scores of real texts and of the plainest method."""
    seeds: int = 1
    """How many training seeds of each training set are trained again."""
    processes: int = 0
    """How many trainings at once; 0: as many as fit."""
    notice: Callable[[str], None] = lambda line: None
    """Called with the step under way."""
    progress: Progress = unreported
    """Called with how far embedding and audit are."""


@dataclass(frozen=True, kw_only=True)
class TextAudit:
    """The suspect texts of one task and generation seed."""

    task: str
    generation_seed: int
    suspects: Suspects


@dataclass(frozen=True, kw_only=True)
class Verification:
    """The outcome of a verification."""

    manifest: str
    """The sha256 of the bundle's manifest, which tells the verified bundle from any other."""
    entry: Entry | None
    """The leaderboard's row, with state and flags; None if the files do not match the manifest, and were not read."""
    problems: Sequence[str]
    """Contradictions, in a line each; with any, the state is self-reported."""
    repetitions: Sequence[Repetition] = ()
    audits: Sequence[TextAudit] = ()
    results: Sequence[Result] = ()
    """The verifier's own results, by training again: these are published, not the bundle's. Empty if not verified."""

    @property
    def verified(self) -> bool:
        """True if the scores are more than self-reported."""
        return self.entry is not None and self.entry.state != REPORTED

    @property
    def meaning(self) -> str:
        """One sentence on what the state proves, and what it does not."""
        return MEANINGS[self.entry.state if self.entry else REPORTED]


def verify(folder: Path, verifier: Verifier) -> Verification:
    """Verify the bundle in a folder, by data alone; nothing is written, and nothing of the bundle is executed.

    The state is data-verified if the scores follow from the predictions, the texts are no copies, and training on them
    again gives the same predictions. It is generation-verified if replaying the recordings also gives these texts, byte
    for byte; that needs a method of ours, since a stranger's would have to be executed. Raises ValueError, in one line,
    if the folder is not a bundle.
    """
    files = load(folder)
    manifest = bundles.digest(files)
    if problems := bundles.manifest_problems(files):
        return Verification(manifest=manifest, entry=None, problems=problems)
    bundle = bundles.read(files)
    del files
    known = _tasks_with_data(bundle, verifier)
    verifier.notice("replaying the recordings")
    problems = contradictions(bundle, known, [suite.task.name for suite in verifier.suites])
    verifier.notice("auditing the texts")
    audits = list(_audits(bundle, known, verifier.progress))
    problems += [f"{one.task}: {line}" for one in audits for line in one.suspects.problems()]
    retraining = Retraining()
    if not problems:  # else the state is settled, and minutes of training would not change it
        retraining, problems = _retrain(bundle, known, verifier)
    state = REPORTED if problems else GENERATION if bundle.declaration.method in METHODS else DATA
    flags = [
        *flags_of(bundle, verifier.reference),
        *(f"{one.task}: {line}" for one in audits for line in one.suspects.flags()),
        *_unchecked(bundle),
    ]
    return Verification(
        manifest=manifest,
        entry=bundle.declaration.entry(state=state, flags=flags),
        problems=problems,
        repetitions=retraining.repetitions,
        audits=audits,
        results=() if problems else retraining.results,
    )


def _tasks_with_data(bundle: Bundle, verifier: Verifier) -> dict[str, TaskWithData]:
    """Return the suites' tasks that the bundle has texts for, with their real texts."""
    known = {}
    for suite in verifier.suites:
        if suite.task.name in bundle.tasks:
            verifier.notice(f"loading the real texts of {suite.task.name}")
            quickstart = suite.path.resolve().parent / "quickstart"
            known[suite.task.name] = TaskWithData(suite.task, dataset.load(suite.task, verifier.data, quickstart))
    return known


def _audits(bundle: Bundle, known: Mapping[str, TaskWithData], progress: Progress) -> Iterator[TextAudit]:
    near = not why_no_near_copies()
    for task, ours in known.items():
        sets = {seed: texts for (name, seed), texts in bundle.texts.items() if name == task}
        recorded = bundle.recordings.get(task, {})
        audited = find_suspects(list(sets.values()), ours, recorded, near=near, progress=progress)
        for seed, suspects in zip(sets, audited, strict=True):
            yield TextAudit(task=task, generation_seed=seed, suspects=suspects)


def _retrain(bundle: Bundle, known: Mapping[str, TaskWithData], verifier: Verifier) -> tuple[Retraining, list[str]]:
    """Train again, and return that with the problems found by it."""
    classifiers = sorted({result.classifier for result in bundle.results if _can_be_trained(result.classifier)})
    if not classifiers:
        return Retraining(), ["no classifier of the bundle can be trained here, so its scores cannot be verified"]
    verifier.notice(f"training again, with {verifier.seeds} seed(s): {', '.join(classifiers)}")
    try:
        with trainer(None, count=verifier.processes) as trains:
            retraining = train_again(bundle, known, trains, classifiers=classifiers, seeds=verifier.seeds)
    except (Untrainable, RuntimeError) as error:
        return Retraining(), [f"training again failed: {error}"]
    return retraining, retraining.problems


def _can_be_trained(classifier: str) -> bool:
    return classifier in RECIPES and not (RECIPES[classifier].gpu and cuda_is_missing())


def _unchecked(bundle: Bundle) -> Iterator[str]:
    """Yield a flag for each check that could not be made."""
    if bundle.declaration.method not in METHODS:
        yield "its method is not built in, so its texts were not made again from the recordings"
    untrained = sorted({result.classifier for result in bundle.results if not _can_be_trained(result.classifier)})
    if untrained:
        yield f"not trained again, and not published: {', '.join(untrained)}"
    if reason := why_no_near_copies():
        yield f"near copies were not looked for: {reason}"
