"""The study's figures, made from the evidence at hand."""

from collections.abc import Callable, Iterable

from synthworth.core import Result
from synthworth.leaderboard import LearningCurve, sample_of
from synthworth.measures.statistics import spearman
from synthworth.pipeline import REAL
from synthworth.study.claims.accuracy_by_agreement import LEAST, curve
from synthworth.study.evidence import Evidence, Missing, each_of, unequal_sizes
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
)

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


def _over(results: Iterable[Result]) -> str:
    training, generation = ({getattr(r, name) for r in results} for name in ("training_seed", "generation_seed"))
    seeds = f"{len(training)} training seeds" if len(training) > 1 else "one training seed"
    return f"95 % over test rows and {seeds}" + (
        f" and {len(generation)} generation seeds" if len(generation) > 1 else ""
    )


def scores(evidence: Evidence) -> Scores:
    """Macro-F1 for each task, series and classifier: Table 1 as a figure."""
    by_classifier: dict[str, tuple[MeasuredPoint, ...]] = {}
    used: list[Result] = []
    for classifier in sorted({r.classifier for r in evidence.results} - {FLOOR}):
        points = []
        for task in evidence.measured:
            for method in evidence.methods:
                if results := evidence.results_for(task, method, classifier=classifier):
                    mean, (low, high) = evidence.interval(results)
                    points.append(
                        MeasuredPoint(task=task, method=method, value=mean, low=low, high=high, n=results[0].test_rows)
                    )
                    used += results
        if points:
            by_classifier[classifier] = tuple(points)
    if not by_classifier:
        raise Missing(_lacking(evidence, "scores: no results"))
    return Scores(macro_f1=by_classifier, source=_source(evidence, classifier=False), interval=_over(used))


def _measures(evidence: Evidence, name: str) -> tuple[MeasuredPoint, ...]:
    points = [
        MeasuredPoint(task=task, method=method, value=m.value, low=m.low, high=m.high, n=quality.size)
        for task in evidence.measured
        for method in evidence.methods
        if (quality := evidence.quality_of(task, method)) and (m := quality.measures.get(name))
    ]
    if not points:
        raise Missing(f"{name}: nothing was measured of the texts of these results; make it with: synthworth measure")
    return tuple(points)


def _embedder(evidence: Evidence) -> str:
    return ", ".join(sorted({quality.embedder for quality in evidence.quality}))


def diversity(evidence: Evidence) -> Diversity:
    """Diversity of the training texts: Figure 1."""
    return Diversity(
        remote_clique=_measures(evidence, "remote_clique"),
        chamfer=_measures(evidence, "chamfer"),
        embedder=_embedder(evidence),
        source=_source(evidence, classifier=False),
        interval="95 % over the texts of a set (delete-d jackknife)",
    )


def similarity(evidence: Evidence) -> Similarity:
    """Similarity of the training texts to real ones: Figure B.2."""
    return Similarity(
        cosines=_measures(evidence, "similarity"),
        embedder=_embedder(evidence),
        source=_source(evidence, classifier=False),
        interval="95 % over the texts of a set (delete-d jackknife)",
        note="The real texts that are compared are test texts; those of the method real are training texts",
    )


def agreement(evidence: Evidence) -> AgreementCurves:
    """Accuracy against the agreement of annotators: Figures 2 and C.1."""
    curves, used = [], list[Result]()
    for task in evidence.rated_rows:
        for method in evidence.methods:
            results = [r for r in evidence.results_for(task, method) if r.predicted]
            if not results:
                continue
            used += results
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
        interval=_over(used),
        note="Agreement: " + "; ".join(sources),
    )


def learning(evidence: Evidence) -> LearningCurves:
    """Score against training size, with the worth of each series' largest set in real texts: Figure B.1."""
    points, used = [], list[Result]()
    for task in evidence.measured:
        by_method = {method: _by_size(evidence, task, method) for method in evidence.methods}
        real = by_method.get(REAL, {})
        curve = (
            LearningCurve({size: [sample_of(results, {})] for size, results in real.items()}) if len(real) > 1 else None
        )
        for method, sizes in by_method.items():
            for size, results in sizes.items():
                used += results
                mean, (low, high) = evidence.interval(results)
                largest = method != REAL and size == max(sizes)
                worth = curve.worth([sample_of(results, {})]) if curve and largest else None
                points.append(
                    LearningPoint(
                        task=task,
                        method=method,
                        per_label=size,
                        value=mean,
                        low=low,
                        high=high,
                        n=results[0].test_rows,
                        worth=worth.value if worth else None,
                        worth_low=worth.low if worth else None,
                        worth_high=worth.high if worth else None,
                    )
                )
    if not points:
        raise Missing(_lacking(evidence, "learning_curves: no results"))
    return LearningCurves(points=tuple(points), source=_source(evidence), interval=_over(used))


def _by_size(evidence: Evidence, task: str, method: str) -> dict[int, list[Result]]:
    wanted = task, evidence.series[method].method
    sizes = sorted({r.per_label for r in evidence.results if (r.task, r.method) == wanted and r.per_label})
    return {size: results for size in sizes if (results := evidence.results_for(task, method, per_label=size))}


def drop(evidence: Evidence) -> DropAgainstSubjectivity:
    """The drop of each method against the subjectivity of tasks."""
    rated = [task for task in evidence.measured if task in evidence.subjectivity]
    if len(rated) < 3:
        raise Missing(
            f"drop: {len(rated)} tasks have a subjectivity, and an association needs 3; compare tasks with: "
            "synthworth compare"
        )
    points, rank = [], {}
    for method in evidence.methods:
        drops = []
        for task in rated if method != REAL else ():
            real, synthetic = evidence.results_for(task, REAL), evidence.results_for(task, method)
            if synthetic and not unequal_sizes(real, synthetic):
                mean, apart = evidence.drop(real, synthetic)
                of = evidence.subjectivity[task]
                drops.append(
                    Drop(
                        task=task,
                        method=method,
                        subjectivity=of.value,
                        subjectivity_low=of.low,
                        subjectivity_high=of.high,
                        drop=mean,
                        drop_low=apart.low if apart else None,
                        drop_high=apart.high if apart else None,
                        n=synthetic[0].test_rows,
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
        interval=_over(r for task in rated for r in evidence.results_for(task, REAL)),
    )


def _lacking(evidence: Evidence, what: str) -> str:
    conditions = evidence.conditions
    return (
        f"{what} of {conditions.classifier} at {conditions.per_label} texts per label on {conditions.data} data; make "
        f"them with: pytest suites --synth-classifier {conditions.classifier} --synth-per-label "
        f"{conditions.per_label} --synth-results results.jsonl"
    )


FIGURES: tuple[Callable[[Evidence], Figure], ...] = (diversity, agreement, learning, similarity, scores, drop)
