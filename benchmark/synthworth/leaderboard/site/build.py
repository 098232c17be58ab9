"""From files of results, suites and submissions to the folder of pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from synthworth.core import quality, result
from synthworth.core.result import Result
from synthworth.leaderboard.groups import REAL
from synthworth.leaderboard.row import Background
from synthworth.leaderboard.samples import fits
from synthworth.leaderboard.site import samples, submissions
from synthworth.leaderboard.site.figures import FLOOR
from synthworth.leaderboard.site.folder import put, refuse_foreign
from synthworth.leaderboard.site.html import renderer
from synthworth.leaderboard.site.pages import Content, pages
from synthworth.leaderboard.site.submissions import SubmittedEntry
from synthworth.leaderboard.site.tables import EntryKey, key_of, tables
from synthworth.pipeline.replay import gold_of, suites_in


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Where the pages' content lies: results, suites, and, None for none, submissions and what was measured of texts.

    `data` are the texts that were scored on, hub, quickstart or a mirror's folder: with them, there are tiers. Of
    suites there may be none either: then neither prompts nor replayed texts are shown.
    """

    results: Path
    suites: Sequence[Path] = ()
    submissions: Path | None = None
    quality: Path | None = None
    data: str = ""


def build(out: Path, inputs: Inputs) -> int:
    """Writes the pages into the folder `out`, as a whole or not at all, and says how many there are.

    The same files give the same pages, byte for byte. ValueError, in one line, for what cannot be read, for results
    that two submissions claim, and for a folder that is not ours.
    """
    refuse_foreign(out.resolve())  # before minutes of work
    render = renderer()
    reference = result.read(inputs.results)
    suites = suites_in(inputs.suites) if inputs.suites else []
    bundles = submissions.read(inputs.submissions) if inputs.submissions else []
    measured = quality.read(inputs.quality) if inputs.quality else []
    results = _together(reference, bundles)
    if not results:
        raise ValueError(f"no results in {inputs.results}; measure some with: pytest suites --synth-results FILE")
    found = samples.replayed(reference, suites) | {
        made: texts for bundle in bundles for made, texts in samples.submitted(bundle).items()
    }
    gold = gold_of(suites, inputs.data, results) if inputs.data else {}
    for bundle in bundles:
        check_predictions(bundle, gold)
    entries = {key_of(result): bundle.entry for bundle in bundles for result in bundle.results}
    content = Content(
        tables=tables(_trained(results), entries, Background(gold=gold, quality=measured)),
        entries=entries,
        samples=found,
        tasks={suite.task.name: suite.task for suite in suites},
        quality={(one.task, one.train_version): one for one in measured},
    )
    return put(out, pages(content, render))


def _trained(results: Sequence[Result]) -> Sequence[Result]:
    """The results of classifiers that read texts, if there are any: the pages mark the floor on every row."""
    return [result for result in results if result.classifier != FLOOR] or results


def _together(reference: Sequence[Result], bundles: Sequence[SubmittedEntry]) -> list[Result]:
    """All results; ValueError where a submission's are another's already, which it would replace or mix with."""
    owners: dict[EntryKey, str] = {key_of(r): "the results" for r in reference}
    tasks, found = {r.task for r in reference}, list(reference)
    versions: dict[tuple[str, str, int], set[tuple[int, str]]] = {}  # of each task, on each leaderboard
    for r in reference:
        versions.setdefault((r.task, r.data, r.suite_version), set()).add((r.task_version, r.data_version))
    for bundle in bundles:
        name = f"the submission {bundle.entry.name!r}"
        if bundle.entry.method == REAL:
            raise ValueError(
                f"{name} is of the method {REAL}, which is what others are compared with; name it otherwise"
            )
        for task in sorted({r.task for r in bundle.results} - tasks):
            # A mean over tasks is of those that have all: one task more would take it from everybody else.
            raise ValueError(f"{name} has results of the task {task!r}, of which there are no others; leave it out")
        for one in bundle.results:
            # The newest version is everybody's: one of their own would take the place of what all others have.
            board, version = (one.task, one.data, one.suite_version), (one.task_version, one.data_version)
            if version not in versions.setdefault(board, {version}):
                raise ValueError(
                    f"{name} has results of another version of {one.task} or its data than all others: task version "
                    f"{version[0]}, data {version[1]}; leave it out"
                )
        for key in sorted({key_of(r) for r in bundle.results}):
            if key in owners:
                raise ValueError(f"{name} is {key[0]!r} by {key[1]!r}, as is {owners[key]}; leave one of them out")
            owners[key] = name
        found += bundle.results
    return found


def check_predictions(bundle: SubmittedEntry, gold: Mapping[tuple[str, str], Sequence[str]]) -> None:
    """ValueError where what a submission says of its predictions is not so: tiers would be made of it."""
    for one in bundle.results:
        true = gold.get((one.task, one.data_version))
        if true is not None and one.predicted and not fits(one, true):
            raise ValueError(
                f"the submission {bundle.entry.name!r}: a result of {one.task}, {one.classifier} has another "
                "confusion than its predictions give; leave it out"
            )
