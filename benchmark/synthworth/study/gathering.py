"""Read the evidence of the study: suites, results, measures of texts, real texts, votes, comparisons."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from synthworth.core import notes_beside, opened, quality, result, unknown
from synthworth.pipeline import Suite, dataset, suites_in
from synthworth.study.claims import Conditions
from synthworth.study.evidence import Evidence
from synthworth.subjectivity import TaskAgreement, agreement_of, read_comparisons, subjectivity
from synthworth.subjectivity.ranking import Subjectivity, subjectivities


@dataclass(frozen=True, kw_only=True)
class EvidenceFiles:
    """The files that the study reads; None for what is not there.

    Measures of texts and comparisons are looked for beside the results, in their order, unless they are given.
    """

    suites: Sequence[Path]
    results: Sequence[Path]
    """Files of results, which are read as one, or folders with a `results.jsonl`."""
    data: str | None = None
    """Real texts: hub or the folder of a mirror."""
    quality: Path | None = None
    """Measures of texts, as `synthworth measure` writes them."""
    votes: Path | None = None
    """A folder of annotators' votes."""
    comparisons: Path | None = None
    """Comparisons of tasks; without any, their subjectivity is the disagreement of annotators."""


def gather(sources: EvidenceFiles, conditions: Conditions) -> Evidence:
    """Read the evidence under these conditions; raises ValueError for an unreadable file or an unknown series."""
    if sources.votes and not sources.data:
        raise ValueError(f"the votes in {sources.votes} are on real texts; name their source with --data")
    suites = suites_in(sources.suites)
    files = [path / "results.jsonl" if path.is_dir() else path for path in sources.results]
    results = [one for file in files for one in result.read(file)]
    measured = sources.quality or _beside(files, "quality.jsonl")
    compared = sources.comparisons or _beside(files, "comparisons.csv")
    names = {r.task for r in results}
    data = {
        suite.task.name: _data_of(suite, sources.data) for suite in suites if sources.data and suite.task.name in names
    }
    rated = _rated(suites, data, sources)
    agreed = {task: known for task, of in rated.items() if (known := subjectivity(of))}
    evidence = Evidence(
        tasks={suite.task.name: suite.task for suite in suites},
        results=results,
        conditions=conditions,
        quality=quality.read(measured) if measured else (),
        data=data,
        rated=rated,
        notes=notes_beside(files[0]) if files else (),
        subjectivity=_subjectivity(compared, [suite.task.name for suite in suites]) or agreed,
    )
    for role in filter(None, (conditions.with_examples, conditions.without_examples)):
        if role not in evidence.series:
            raise ValueError(unknown("series", role, evidence.series, "series"))
    return evidence


def _beside(files: Sequence[Path], name: str) -> Path | None:
    return next((path for file in files if (path := file.with_name(name)).is_file()), None)


def _data_of(suite: Suite, where: str) -> dataset.Data:
    with opened() if where == dataset.HUB else contextlib.nullcontext():
        return dataset.load(suite.task, where, suite.path.parent / "quickstart")


def _rated(suites: Sequence[Suite], data: dict[str, dataset.Data], sources: EvidenceFiles) -> dict[str, TaskAgreement]:
    by_task = {
        suite.task.name: agreement_of(suite.task, data[suite.task.name], sources.votes, sources.data)
        for suite in suites
        if suite.task.name in data
    }
    return {task: rated for task, rated in by_task.items() if rated}


def _subjectivity(path: Path | None, tasks: Sequence[str]) -> dict[str, Subjectivity]:
    if path is None:
        return {}
    return {subjectivity.task: subjectivity for subjectivity in subjectivities(read_comparisons(path, tasks))}
