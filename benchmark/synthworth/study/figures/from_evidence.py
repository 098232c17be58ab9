"""The study's figures, made from the evidence at hand."""

from collections.abc import Callable, Iterable, Mapping
from itertools import product
from statistics import fmean

from synthworth.core import BALANCED
from synthworth.leaderboard import draws_of
from synthworth.measures.statistics import spearman
from synthworth.pipeline import REAL
from synthworth.study.claims.accuracy_by_agreement import LEAST, curve
from synthworth.study.evidence import WORTH_SIZES, Evidence, Missing, ScoredSeries, each_of
from synthworth.study.figures.numbers import (
    AgreementCurve,
    AgreementCurves,
    AgreementPoint,
    Diversity,
    Drop,
    DropAgainstSubjectivity,
    Figure,
    LearningCurves,
    LearningPoint,
    MeasuredPoint,
    Scores,
    Similarity,
    Worths,
)
from synthworth.study.figures.worths import worth_figure

MEANING = {
    "quickstart": "quickstart texts, hand-written for this project",
    "mirror": "real test texts from a local mirror",
    "hub": "real test texts from the hub",
}
FLOOR = "majority"  # the same for every method, and in Table 1
SHUFFLED = "agreement shuffled over instances"
PERMUTED = "all permutations of the tasks"


def figures_of(evidence: Evidence) -> tuple[list[Figure], list[str]]:
    """Return the figures that can be drawn, and for each other one the reason why not, in a line."""
    return each_of(FIGURES, evidence)


def _source(evidence: Evidence, classifier: bool = True) -> str:
    conditions = evidence.conditions
    trained = f", classifier {conditions.classifier}" if classifier else ""
    writers = evidence.generators
    by = f"generator{'s' * (len(writers) > 1)} {', '.join(writers)}" if writers else "no generator named"
    size = f"{conditions.per_label} texts per label" if conditions.per_label else "all texts"
    return f"{MEANING[conditions.data]}; {by}{trained}, {size}"


ROWS_AND_RUNS = "95 % over test rows and draws of the texts, or training seeds where there is one draw"
OVER_TEXTS = "95 % over the texts of a set (delete-d jackknife), a mean over draws"


def _one_draw(draws: Mapping[str, int]) -> str:
    """Say which sets, by name, have one draw; "" if none has."""
    single = [name for name, number in draws.items() if number == 1]
    return f"One draw, about these very texts, no order follows: {', '.join(single)}" if single else ""


def _fewest(counted: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return the smallest number under each name."""
    fewest: dict[str, int] = {}
    for name, number in counted:
        fewest[name] = min(number, fewest.get(name, number))
    return fewest


def scores(evidence: Evidence) -> Scores:
    """Macro-F1 for each task, series and classifier: Table 1 as a figure."""
    by_classifier: dict[str, tuple[MeasuredPoint, ...]] = {}
    draws: list[tuple[str, int]] = []
    for classifier in sorted({r.classifier for r in evidence.results} - {FLOOR}):
        points = []
        for task in evidence.measured:
            for method in evidence.methods:
                if cell := evidence.cell(task, method, classifier=classifier):
                    value, low, high = cell.score
                    points.append(
                        MeasuredPoint(task=task, method=method, value=value, low=low, high=high, n=cell.test_rows)
                    )
                    draws.append((f"{method} of {classifier}", cell.draws))
        if points:
            by_classifier[classifier] = tuple(points)
    if not by_classifier:
        raise Missing(_lacking(evidence, "scores: no results"))
    return Scores(
        macro_f1=by_classifier,
        source=_source(evidence, classifier=False),
        interval=ROWS_AND_RUNS,
        note=_one_draw(_fewest(draws)),
    )


def _measures(evidence: Evidence, name: str) -> tuple[MeasuredPoint, ...]:
    points = []
    for task, method in product(evidence.measured, evidence.methods):
        of_draws = [(m, q.size) for q in evidence.qualities(task, method) if (m := q.measures.get(name))]
        if of_draws:
            value, low, high = (fmean(ends) for ends in zip(*(m for m, _ in of_draws), strict=True))
            points.append(MeasuredPoint(task=task, method=method, value=value, low=low, high=high, n=of_draws[0][1]))
    if not points:
        raise Missing(f"{name}: nothing was measured of the texts of these results; make it with: synthworth measure")
    return tuple(points)


def _draws_of_texts(evidence: Evidence) -> str:
    pairs = product(evidence.measured, evidence.methods)
    return _one_draw(_fewest((m, len(of)) for task, m in pairs if (of := evidence.qualities(task, m))))


def _embedder(evidence: Evidence) -> str:
    return ", ".join(sorted({quality.embedder for quality in evidence.quality}))


def diversity(evidence: Evidence) -> Diversity:
    """Diversity of the training texts: Figure 1."""
    return Diversity(
        remote_clique=_measures(evidence, "remote_clique"),
        chamfer=_measures(evidence, "chamfer"),
        embedder=_embedder(evidence),
        source=_source(evidence, classifier=False),
        interval=OVER_TEXTS,
        note="; ".join(filter(None, (BLIND, _draws_of_texts(evidence)))),
    )


BLIND = (
    "An embedder takes texts that repeat themselves or have the wrong labels for diverse: read beside distinct 2 and "
    "label fidelity in the table of texts"
)


def similarity(evidence: Evidence) -> Similarity:
    """Similarity of the training texts to real ones: Figure B.2."""
    return Similarity(
        cosines=_measures(evidence, "similarity"),
        embedder=_embedder(evidence),
        source=_source(evidence, classifier=False),
        interval=OVER_TEXTS,
        note="; ".join(
            filter(
                None,
                (
                    "The real texts that are compared are test texts; those of the method real are training texts",
                    _draws_of_texts(evidence),
                ),
            )
        ),
    )


def agreement(evidence: Evidence) -> AgreementCurves:
    """Accuracy against the agreement of annotators: Figures 2 and C.1."""
    curves, draws = [], list[tuple[str, int]]()
    for task in evidence.rated_rows:
        for method in evidence.methods:
            results = [r for r in evidence.results_for(task, method) if r.predicted]
            if not results:
                continue
            draws.append((method, draws_of(results)))
            accuracies = curve(evidence.rated[task].agreement, evidence.right(task, results))
            points = [
                AgreementPoint(threshold=p.threshold, n=p.n, accuracy=p.accuracy, low=p.low, high=p.high)
                for p in accuracies.points
            ]
            points += [
                AgreementPoint(threshold=excluded.threshold, n=excluded.n, accuracy=None, low=None, high=None)
                for excluded in accuracies.left_out
            ]
            curves.append(
                AgreementCurve(
                    task=task, method=method, points=tuple(points), line=accuracies.line, rank=accuracies.rank
                )
            )
    if not curves:
        raise Missing(
            "agreement: no task has votes on its test rows and predictions of them; give --votes and --data, and "
            "measure again results that have no predictions"
        )
    sources = sorted({f"{task}: {evidence.rated[task].source}" for task in {c.task for c in curves}})
    return AgreementCurves(
        curves=tuple(curves),
        least=LEAST,
        p=SHUFFLED,
        source=_source(evidence),
        interval=ROWS_AND_RUNS,
        note="; ".join(filter(None, ("Agreement: " + "; ".join(sources), _one_draw(_fewest(draws))))),
    )


def learning(evidence: Evidence) -> LearningCurves:
    """Score against training size, with the worth of each series' largest set in real texts: Figure B.1."""
    points, draws = [], list[tuple[str, int]]()
    for task, method in product(evidence.measured, evidence.methods):
        sizes = _by_size(evidence, task, method)
        for size, cell in sizes.items():
            value, low, high = cell.score
            worth = evidence.worth(task, cell) if method != REAL and size == max(sizes) else None
            draws.append((f"{method} at {size}", cell.draws))
            points.append(
                LearningPoint(
                    task=task,
                    method=method,
                    per_label=size,
                    value=value,
                    low=low,
                    high=high,
                    n=cell.test_rows,
                    worth=worth.value if worth else None,
                    worth_low=worth.low if worth else None,
                    worth_high=worth.high if worth else None,
                )
            )
    if not points:
        raise Missing(_lacking(evidence, "learning_curves: no results"))
    return LearningCurves(
        points=tuple(points),
        source=_source(evidence),
        interval=ROWS_AND_RUNS,
        note=_one_draw(_fewest(draws)),
    )


def _by_size(evidence: Evidence, task: str, method: str) -> dict[int, ScoredSeries]:
    wanted = task, evidence.series[method].method
    sizes = sorted(
        {r.per_label for r in evidence.results if (r.task, r.method, r.shares) == (*wanted, BALANCED) and r.per_label}
    )
    return {size: cell for size in sizes if (cell := evidence.cell(task, method, per_label=size))}


def drop(evidence: Evidence) -> DropAgainstSubjectivity:
    """The drop of each method against the subjectivity of tasks."""
    rated = [task for task in evidence.measured if task in evidence.subjectivity]
    if len(rated) < 3:
        raise Missing(
            f"drop: {len(rated)} tasks have a subjectivity, and an association needs 3; compare tasks with: "
            "synthworth compare"
        )
    points, rank, draws = [], {}, list[tuple[str, int]]()
    for method in evidence.methods:
        drops = []
        for task in rated if method != REAL else ():
            cell = evidence.cell(task, method)
            if cell and cell.drop:
                of = evidence.subjectivity[task]
                draws.append((method, min(cell.draws, draws_of(evidence.results_for(task, REAL)))))
                drops.append(
                    Drop(
                        task=task,
                        method=method,
                        subjectivity=of.value,
                        subjectivity_low=of.low,
                        subjectivity_high=of.high,
                        drop=cell.drop.value,
                        drop_low=cell.drop.low,
                        drop_high=cell.drop.high,
                        n=cell.test_rows,
                    )
                )
        points += drops
        if len(drops) > 2:
            rank[method] = spearman([d.subjectivity for d in drops], [d.drop for d in drops])
    if not points:
        raise Missing("drop: no written set of the size of the real one, on a task with a subjectivity")
    sources = {evidence.subjectivity[task].source for task in rated}
    return DropAgainstSubjectivity(
        drops=tuple(points),
        rank=rank,
        p=PERMUTED,
        subjectivity=f"subjectivity ({'; '.join(sorted(sources))})",
        source=_source(evidence),
        interval=ROWS_AND_RUNS,
        note=_one_draw(_fewest(draws)),
    )


def worth(evidence: Evidence) -> Worths:
    """The worth of every written set in real texts, task by generator."""
    try:
        return worth_figure(evidence.written, WORTH_SIZES, classifier=evidence.conditions.classifier)
    except Missing:
        raise
    except ValueError as problem:
        raise Missing(f"worth: {problem}") from None


def _lacking(evidence: Evidence, what: str) -> str:
    conditions = evidence.conditions
    return (
        f"{what} of {conditions.classifier} at {conditions.per_label} texts per label on {conditions.data} data; make "
        f"them with: pytest suites --synth-classifier {conditions.classifier} --synth-per-label "
        f"{conditions.per_label} --synth-results results.jsonl"
    )


FIGURES: tuple[Callable[[Evidence], Figure], ...] = (
    diversity,
    agreement,
    learning,
    similarity,
    scores,
    drop,
    worth,
)
