"""Annotators' agreement on a task's texts, from the best source that exists for it, which is always named."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path

from synthworth.core import ENDINGS, Task, Vote, brief, opened, read_rows, read_votes
from synthworth.pipeline import HUB, MIRROR, Data, votes_on_hub
from synthworth.subjectivity.agreement import (
    AgreementEstimate,
    agreement,
    krippendorff_alpha,
    mean_agreement_interval,
    mean_interval,
)
from synthworth.subjectivity.ranking import MEASURES, Subjectivity, from_agreement

MAJORITY = "human_majority.csv.gz"
JUDGES = ("gold", "human_majority_label")


@dataclass(frozen=True, kw_only=True)
class TaskAgreement:
    """Agreement of a task's annotators: `agreement` maps the ids of rated test texts to their a_i, in (0, 1].

    `mean` and `alpha` (Krippendorff's, nominal) are over all texts that the source rates, test texts or not; alpha is
    None if single votes are unknown, or all have one label. `source` says whose votes they are. If `at_least` is true,
    each a_i is a lower bound, and so is the mean.
    """

    task: str
    agreement: Mapping[str, float]
    source: str
    mean: AgreementEstimate
    alpha: AgreementEstimate | None = None
    at_least: bool = False


def agreement_of(
    task: Task, data: Data, votes_dir: str | Path | None = None, mirror: str | Path | None = None
) -> TaskAgreement | None:
    """Measure how far annotators agree on the texts of a task; None if no source says.

    The first source that exists counts: a votes file `VOTES_DIR/<task>.csv` (or another of `ENDINGS`), whose instances
    are the ids of the texts; the agreement levels that rows of the data carry, as those of financial_phrasebank do; the
    raters of the task's hub data set, if the data come from the hub; and the label that a majority of people chose
    beside the gold label, as for ag_news, in `MIRROR/<task>/human_majority.csv.gz` (columns instance_id, gold,
    human_majority_label), as two votes. A text with one vote is not rated. Raises ValueError if a file or the hub
    cannot be read, or the votes are on none of the task's texts.
    """
    if path := _file_of(task, votes_dir):
        return _of_votes(task, data, read_votes(path), f"votes in {path}")
    levels = {example.id: example.agreement for example in (*data.train, *data.test) if example.agreement is not None}
    if levels:
        return TaskAgreement(
            task=task.name,
            agreement={example.id: levels[example.id] for example in data.test if example.id in levels},
            source=f"agreement levels in the {data.source} data",
            mean=mean_interval(list(levels.values())),
            at_least=True,
        )
    if data.source == HUB and task.hub and task.hub.raters:
        with opened():
            votes = votes_on_hub(task)
        ids = {example.id for example in (*data.train, *data.test)}
        kept = [vote for vote in votes if vote.instance in ids]
        return _of_votes(task, data, kept, f"raters of {task.hub.path}, {task.hub.raters.config}")
    if data.source == MIRROR and mirror and (judged := Path(mirror) / task.name / MAJORITY).is_file():
        return _of_votes(task, data, _majority_votes(judged), f"gold label and majority of people in {MAJORITY}")
    return None


def subjectivity(measured: TaskAgreement, measure: str = MEASURES[0]) -> Subjectivity | None:
    """Turn agreement into subjectivity, 1 minus its mean or Krippendorff's alpha; None if the source has no alpha.

    Raises ValueError for another measure.

    >>> mean = AgreementEstimate(0.75, 0.5, 1.0, 40)
    >>> measured = TaskAgreement(task="imdb", agreement={}, source="votes in imdb.csv", mean=mean)
    >>> subjectivity(measured).value, subjectivity(measured).source, subjectivity(measured, "Krippendorff's alpha")
    (0.25, '1 - mean agreement, votes in imdb.csv', None)
    """
    estimate = measured.alpha if measure == MEASURES[1] else measured.mean
    if estimate is None:
        return None
    bound = measured.at_least and measure == MEASURES[0]
    low, high = (None if isnan(number) else number for number in (estimate.low, estimate.high))
    source = measured.source + (", at most" if bound else "")
    return from_agreement(
        measured.task, estimate.value, measure=measure, low=low, high=high, source=source, n=estimate.instances
    )


def _of_votes(task: Task, data: Data, votes: Sequence[Vote], source: str) -> TaskAgreement:
    _check_known(task, data, {vote.instance for vote in votes}, source)
    annotators: dict[str, int] = {}
    for vote in votes:
        annotators[vote.instance] = annotators.get(vote.instance, 0) + 1
    shares, test = agreement(votes), {example.id for example in data.test}
    alpha = krippendorff_alpha(votes)
    return TaskAgreement(
        task=task.name,
        agreement={name: share for name, share in shares.items() if name in test and annotators[name] > 1},
        source=source,
        mean=mean_agreement_interval(votes),
        alpha=None if isnan(alpha.value) else alpha,
    )


def _majority_votes(path: Path) -> list[Vote]:
    """Read the gold label and the label that most people chose, as two annotators."""
    return [
        Vote(row["instance_id"], who, row[who])
        for _, row in read_rows(path, ("instance_id", *JUDGES), "labels")
        for who in JUDGES
    ]


def _check_known(task: Task, data: Data, instances: Collection[str], source: str) -> None:
    ids = [example.id for example in (*data.test, *data.train)]
    if not set(ids) & set(instances):
        others = f", but on texts such as {brief(min(instances))}" if instances else ""
        raise ValueError(
            f"{source} are on none of the {len(ids):,} texts of {task.name!r}, such as {brief(ids[0])}{others}; give "
            "votes whose instance_id is the id of a text"
        )


def _file_of(task: Task, votes_dir: str | Path | None) -> Path | None:
    """Find the task's votes file; None if there is none."""
    if votes_dir is None:
        return None
    folder = Path(votes_dir)
    if not folder.is_dir():
        raise ValueError(f"no folder {folder}; give one with a votes file for each task: {task.name}{ENDINGS[0]}")
    paths = [path for ending in ENDINGS if (path := folder / f"{task.name}{ending}").is_file()]
    if len(paths) > 1:
        raise ValueError(f"{' and '.join(map(str, paths))} both hold votes for {task.name!r}; leave one of them there")
    return paths[0] if paths else None
