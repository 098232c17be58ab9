"""From files of results, suites and submissions to the folder of pages."""

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from synthworth.core import EntryNote, Result, quality, read_notes, result
from synthworth.generation.methods import is_written
from synthworth.leaderboard.row import Context, Gold
from synthworth.leaderboard.samples import fits
from synthworth.leaderboard.site import samples, submissions
from synthworth.leaderboard.site.figures import FLOOR
from synthworth.leaderboard.site.folder import put, refuse_foreign
from synthworth.leaderboard.site.html import renderer
from synthworth.leaderboard.site.pages import Content, pages
from synthworth.leaderboard.site.submissions import SubmittedEntry
from synthworth.leaderboard.site.tables import EntryKey, key_of, tables
from synthworth.leaderboard.site.worths import worth_strips
from synthworth.leaderboard.written_worth import WrittenSet, worth_sentence, written_sets
from synthworth.measures import plain, unspaced
from synthworth.pipeline import gold_of, suites_in

SIZES = (100, 1000)  # texts per label, of the sets whose worth the first figure shows
USUAL = "minilm"


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """The sources of the pages' content."""

    results: Path
    """A file of results."""
    suites: Sequence[Path] = ()
    """Files or folders of suites; without them, neither prompts nor replayed texts are shown."""
    submissions: Path | None = None
    """The folder that holds the submissions' folders."""
    quality: Path | None = None
    """A file of measurements of texts."""
    notes: Path | None = None
    """A file of warnings about methods."""
    data: str = ""
    """The test texts: hub, quickstart or the folder of a mirror. With them, there are tiers."""


def build(out: Path, inputs: Inputs) -> int:
    """Write the pages into the folder `out`, as a whole or not at all, and return their number.

    The same files give the same pages, byte for byte. Raises ValueError, in one line, for a file that cannot be read,
    for results that two submissions claim, and for a folder that this function did not write.
    """
    refuse_foreign(out.resolve())  # before minutes of work
    render = renderer()
    reference = result.read(inputs.results)
    suites = suites_in(inputs.suites) if inputs.suites else []
    bundles = submissions.read(inputs.submissions) if inputs.submissions else []
    measured = quality.read(inputs.quality) if inputs.quality else []
    notes = read_notes(inputs.notes) if inputs.notes else []
    results = _together(reference, bundles)
    if not results:
        raise ValueError(
            f"no results in {inputs.results}; measure some with: pytest suites --synth-results "
            f"{shlex.quote(str(inputs.results))}"
        )
    texts = samples.replay_samples(reference, suites)
    for bundle in bundles:
        texts |= samples.submission_samples(bundle)
    gold = gold_of(suites, inputs.data, results) if inputs.data else {}
    for bundle in bundles:
        check_predictions(bundle, gold)
    entries = {key_of(result): bundle.entry for bundle in bundles for result in bundle.results}
    sets, classifier = _written(results, gold, notes)
    content = Content(
        tables=tables(_trained(results), entries, Context(gold=gold, quality=measured, notes=notes)),
        entries=entries,
        samples=texts,
        tasks={suite.task.name: suite.task for suite in suites},
        quality={(one.task, one.train_version): one for one in measured},
        notes=notes,
        worth=worth_strips(sets, SIZES, classifier),
        sentences=[line for size in SIZES if (line := worth_sentence(sets, size))],
    )
    return put(out, pages(content, render))


def _written(results: Sequence[Result], gold: Gold, notes: Sequence[EntryNote]) -> tuple[Sequence[WrittenSet], str]:
    """The written sets on the data source with the most results, and the classifier that trained on them: minilm, or
    the one with the most results; none if there is no written set of these sizes."""
    sources = Counter(result.data for result in results)
    classifiers = Counter(result.classifier for result in results if result.train_rows and result.classifier != FLOOR)
    if not classifiers:
        return [], ""
    classifier = USUAL if USUAL in classifiers else classifiers.most_common(1)[0][0]
    try:
        source = sources.most_common(1)[0][0]
        return written_sets(
            results, classifier=classifier, sizes=SIZES, source=source, gold=gold, notes=notes
        ), classifier
    except ValueError:
        return [], classifier


def _trained(results: Sequence[Result]) -> Sequence[Result]:
    """The results of classifiers that read texts, if there are any: the pages mark the floor on every row."""
    return [result for result in results if result.classifier != FLOOR] or results


def _together(reference: Sequence[Result], bundles: Sequence[SubmittedEntry]) -> list[Result]:
    """All results together.

    Raises ValueError if a submission's results belong to another entry already, or look as if they did, and if they
    are of a task or version that nobody else has: each would change the rows of others.
    """
    owners: dict[EntryKey, str] = {key_of(r): "the results" for r in reference}
    tasks, together = {r.task for r in reference}, list(reference)
    versions: dict[tuple[str, str, int], set[tuple[int, str]]] = {}  # of each task, on each leaderboard
    for r in reference:
        versions.setdefault((r.task, r.data, r.suite_version), set()).add((r.task_version, r.data_version))
    for bundle in bundles:
        name = f"the submission {bundle.entry.name!r}"
        if not is_written(method := bundle.entry.method):
            raise ValueError(f"{name} has the method {method}, a reference for all others; give it another name")
        for task in sorted({r.task for r in bundle.results} - tasks):
            # Only entries with a score on every task have a mean: one task more would take it from everybody else.
            raise ValueError(f"{name} has results of the task {task!r}, which no other entry has; leave it out")
        for one in bundle.results:
            # A mean takes the newest version of a task: one that nobody else has would take the place of theirs.
            board, version = (one.task, one.data, one.suite_version), (one.task_version, one.data_version)
            if version not in versions.setdefault(board, {version}):
                raise ValueError(
                    f"{name} has results of a version of {one.task} or its data that no other entry has: task version "
                    f"{version[0]}, data {version[1]}; leave it out"
                )
        for key in sorted({key_of(r) for r in bundle.results}):
            for other, owner in owners.items():
                if key != other and _looks(key) == _looks(other):
                    raise ValueError(
                        f"{name} is {key[0]!r} by {key[1]!r}, which looks like {other[0]!r} by {other[1]!r} of "
                        f"{owner}; give it another name"
                    )
            if key in owners:
                raise ValueError(f"{name} is {key[0]!r} by {key[1]!r}, as is {owners[key]}; leave one of them out")
            owners[key] = name
        together += bundle.results
    return together


def _looks(key: EntryKey) -> tuple[str, ...]:
    """An entry's names as a hasty reader sees them, without look-alike letters, signs and spaces."""
    return tuple(unspaced(plain(name)) or name for name in key)


def check_predictions(bundle: SubmittedEntry, gold: Mapping[tuple[str, str], Sequence[str]]) -> None:
    """Raise ValueError if a submission's predictions contradict its confusion table: tiers are made from them."""
    for one in bundle.results:
        true = gold.get((one.task, one.data_version))
        if true is not None and one.predicted and not fits(one, true):
            raise ValueError(
                f"the submission {bundle.entry.name!r}: a result of {one.task}, {one.classifier} has another "
                "confusion than its predictions give; leave it out"
            )
