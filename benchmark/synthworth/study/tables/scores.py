"""Tables of scores: by task, generator and augmentation, their variance, and the verdicts on the claims."""

from dataclasses import replace
from itertools import combinations
from math import sqrt
from statistics import fmean

from synthworth.generation.methods import ALL
from synthworth.leaderboard import runs_of
from synthworth.measures import macro_f1
from synthworth.measures.statistics import (
    SOURCES,
    Estimate,
    VarianceSplit,
    detectable_difference_of_means,
    holm,
    mcnemar,
    paired_difference,
    purchases,
    split_over_tasks,
)
from synthworth.pipeline import REAL
from synthworth.study.claims.from_evidence import verdicts_of
from synthworth.study.claims.verdict import WITHHELD
from synthworth.study.evidence import Evidence, Missing, ScoredSeries, Series, named
from synthworth.study.tables.study_table import StudyTable, drawn, format_score


def scores(evidence: Evidence) -> StudyTable:
    """Table 1: the score of each series with each classifier, and its drop against real texts."""
    rows = []
    for task in evidence.measured:
        for classifier in sorted({r.classifier for r in evidence.results}):
            for method in evidence.methods:
                if cell := evidence.cell(task, method, classifier=classifier):
                    accuracy = fmean(fmean(r.accuracy for r in run) for run in runs_of(cell.results))
                    rows.append([task, classifier, method, format_score(*_in_two(cell.score)), format_score(accuracy)])
                    rows[-1] += [_drop(cell), _subjectivity(evidence, task), drawn(cell.draws), str(len(cell.results))]
    if not rows:
        raise Missing("table 1: no results of these conditions")
    return StudyTable(
        name="table1_scores",
        title="Table 1. Scores by what a classifier was trained on",
        header=(
            "task",
            "classifier",
            "trained on",
            "Macro-F1 (95 %)",
            "accuracy",
            "drop (95 %)",
            "subjectivity",
            "draws",
            "results",
        ),
        rows=rows,
        note=f"{INTERVALS} {ONE_DRAW} " + "; ".join(sorted({s.source for s in evidence.subjectivity.values()})),
    )


INTERVALS = (
    "95 % over test rows and draws of the texts, or training seeds where there is one draw, as on leaderboards; the "
    "drop is paired on test rows."
)
ONE_DRAW = (
    "A row of one draw is about these very texts: another draw may score beyond its interval, and no order of methods "
    "follows from it."
)
UNEQUAL = "unequal sizes"  # in place of a drop: it would be one of size


def _in_two(estimate: Estimate) -> tuple[float, tuple[float, float]]:
    return estimate.value, (estimate.low, estimate.high)


def _parts(evidence: Evidence, mixture: Series) -> list[str]:
    """Return the names of the series whose texts are in a mixture with real ones."""
    wanted = (mixture.method.partition("+")[2], mixture.generator)
    return [name for name, one in evidence.series.items() if (one.method, one.generator) == wanted]


def _drop(cell: ScoredSeries) -> str:
    return format_score(*_in_two(cell.drop)) if cell.drop else UNEQUAL if cell.unequal else ""


def _subjectivity(evidence: Evidence, task: str) -> str:
    of = evidence.subjectivity.get(task)
    return "" if of is None else f"{of.value:.2f}"


def agreement(evidence: Evidence) -> StudyTable:
    """Table 2: the agreement of annotators."""
    rows = []
    for task, rated in evidence.rated.items():
        mean, alpha = rated.mean, rated.alpha
        rows.append(
            [
                task,
                "at least " * rated.at_least + format_score(mean.value, (mean.low, mean.high)),
                format_score(alpha.value, (alpha.low, alpha.high)) if alpha else "",
                f"{mean.instances:,}",
                f"{len(rated.agreement):,}",
                rated.source,
            ]
        )
    if not rows:
        raise Missing("table 2: no task has votes; give some with --votes DIR")
    absent = sorted(set(evidence.tasks) - set(evidence.rated))
    return StudyTable(
        name="table2_agreement",
        title="Table 2. Agreement of annotators",
        header=("task", "mean agreement (95 %)", "Krippendorff's alpha (95 %)", "texts", "test texts", "source"),
        rows=rows,
        note=f"Without votes at hand: {', '.join(absent)}." if absent else "",
    )


def paired(evidence: Evidence) -> StudyTable:
    """Pairs of methods on the same test rows: McNemar's exact test of accuracy, the paired bootstrap of Macro-F1."""
    comparisons = []
    for task in evidence.measured:
        sides = {m: of[0] for m in evidence.methods if (of := evidence.results_for(task, m)) and of[0].predicted}
        true = evidence.true(task) if sides and task in evidence.data else []
        for first, second in combinations(sides, 2) if true else ():
            one, other = sides[first], sides[second]
            right = mcnemar(true, one.predictions, other.predictions)
            apart = paired_difference(true, one.predictions, other.predictions, one.labels, macro_f1)
            comparisons.append((task, f"{first} - {second}", apart, right))
    if not comparisons:
        raise Missing("paired comparisons: no two methods keep predictions of test rows at hand; name them with --data")
    adjusted = zip(holm([of.p for *_, of in comparisons]), holm([of.p for *_, of, _ in comparisons]), strict=True)
    return StudyTable(
        name="paired",
        title="Methods compared on the same test rows, one classifier each",
        header=(
            *("task", "methods", "Macro-F1 (95 %)", "its p", "its Holm's p"),
            *("right: first, second alone", "McNemar's p", "McNemar's Holm's p"),
        ),
        rows=[
            [
                *(
                    task,
                    pair,
                    format_score(apart.difference, (apart.low, apart.high)),
                    f"{apart.p:.2g}",
                    f"{of_score:.2g}",
                ),
                *(f"{right.first_only:,}, {right.second_only:,}", f"{right.p:.2g}", f"{of_right:.2g}"),
            ]
            for (task, pair, apart, right), (of_right, of_score) in zip(comparisons, adjusted, strict=True)
        ],
        note="Of the first draw and training seed: what these two classifiers do, not what their methods do over "
        "draws and seeds, which Table 1 says; no order of methods follows. Macro-F1: paired bootstrap. Right: test "
        "rows that only the first or only the second got right, with McNemar's exact p. Holm: over all "
        f"{len(comparisons)} comparisons of a column.",
    )


def generators(evidence: Evidence) -> StudyTable:
    """Mean Macro-F1 for each generator and method over its tasks, with the drop on the same tasks."""
    every = replace(evidence, conditions=replace(evidence.conditions, generator=""))
    rows = []
    for name, one in sorted(every.series.items(), key=lambda item: item[1].generator):
        cells = [cell for task in every.measured if (cell := every.cell(task, name))]
        if one.method == REAL or not cells:
            continue
        drops = [cell.drop.value for cell in cells if cell.drop]
        told = [named(one.method, one.demonstrations), str(len(cells)), drawn(min(cell.draws for cell in cells))]
        told += [format_score(fmean(cell.score.value for cell in cells))]
        rows.append([one.generator or "not named", *told, format_score(fmean(drops)) if drops else UNEQUAL])
    if not rows:
        raise Missing("generator table: no results of written texts")
    return StudyTable(
        name="generators",
        title="Generators",
        header=("generator", "method", "tasks", "draws", "mean Macro-F1", "mean drop"),
        rows=rows,
        note="Means over different numbers of tasks do not compare. Draws: of the task with the fewest. These are "
        "means without intervals: no order of generators or methods follows from them.",
    )


def augmentation(evidence: Evidence) -> StudyTable:
    """A small real set alone, synthetic texts alone, and both."""
    rows = []
    for task in evidence.measured:
        for name, one in evidence.series.items():
            small, _, other = one.method.partition("+")
            if not other:
                continue
            size = 0 if small == ALL else int(small.removeprefix(REAL) or evidence.conditions.per_label)
            both, real = evidence.cell(task, name), evidence.cell(task, REAL, per_label=size)
            alone = [cell for part in _parts(evidence, one) if (cell := evidence.cell(task, part))]
            if both and real and alone:
                cells = [format_score(*_in_two(cell.score)) for cell in (real, alone[0], both)]
                gain = format_score(*_in_two(evidence.difference(both, real)))
                draws = min(cell.draws for cell in (real, alone[0], both))
                rows.append([task, f"{size}", other, *cells, gain, drawn(draws)])
    if not rows:
        raise Missing(
            "augmentation table: no results of real and synthetic texts together; make them with: pytest suites "
            "--synth-method real,real10+few_shot --synth-curve 10 --synth-results results.jsonl"
        )
    return StudyTable(
        name="augmentation",
        title="Augmentation: a small real set, synthetic texts, and both",
        header=(
            "task",
            "real per label",
            "synthetic",
            "real alone",
            "synthetic alone",
            "both",
            "both less real alone",
            "draws",
        ),
        rows=rows,
        note=f"Macro-F1 of {evidence.conditions.classifier}. {INTERVALS.replace('drop', 'difference')} Draws: of the "
        f"set with the fewest. {ONE_DRAW}",
    )


PRICES = {"test_rows": 1.0, "training_seeds": 300.0, "generation_seeds": 3000.0}


def variance(evidence: Evidence) -> StudyTable:
    """The sources of the variance of a mean score, and what to buy more of."""
    rows: list[list[str]] = []
    measured: dict[str, list[tuple[VarianceSplit, int]]] = {}
    for task in evidence.measured:
        for method in evidence.methods:
            results = evidence.results_for(task, method)
            if len(results) < 2:
                continue
            of_task = evidence.split(results), results[0].test_rows
            measured.setdefault(method, []).append(of_task)
            rows.append(_split_row(task, method, *of_task))
    for method, of_tasks in measured.items():
        if len(of_tasks) > 1:
            # As many rows as would fall by as much with one more, where every task gets one more.
            falls = sum(split.test_rows / (size + 1) for split, size in of_tasks)
            size = round(sum(split.test_rows for split, _ in of_tasks) / falls) - 1 if falls else of_tasks[0][1]
            mean = split_over_tasks([split for split, _ in of_tasks])
            rows.append(_split_row(f"mean of {len(of_tasks)}", method, mean, size))
    if not rows:
        raise Missing("variance: one seed a method says nothing of seeds; run with --synth-seeds 3")
    return StudyTable(
        name="variance",
        title="Where the variance of a mean score comes from",
        header=(
            "task",
            "texts",
            "Macro-F1",
            *(s.replace("_", " ") for s in SOURCES),
            "seeds",
            "buy more",
            "detectable difference",
        ),
        rows=rows,
        note="Standard deviations of the mean in 0.001 Macro-F1; unknown where there is one seed of a kind. Seeds: "
        "generation seeds by training seeds of each; for a mean of tasks, of the task with the fewest. Buy more: what "
        "lowers the variance most for its price, where a training seed costs as much as 300 test rows, and a "
        "generation seed ten times that. Detectable difference: between two such means with a power of 80 % at 5 %, as "
        "if they had nothing of their test rows in common.",
    )


def _split_row(task: str, method: str, split: VarianceSplit, test_rows: int) -> list[str]:
    best = next((p for p in purchases(split, rows=test_rows, prices=PRICES) if p.drop), None)
    known, estimated, degrees = split.variance
    units = int(min(degrees, 1e6)) + 1  # as many seeds as would know the variance as well
    detectable = detectable_difference_of_means(units, sqrt(units * estimated), row_sd=sqrt(2 * known))
    return [
        task,
        method,
        format_score(split.mean),
        *("unknown" if part is None else f"{1000 * part**0.5:.1f}" for part in (getattr(split, s) for s in SOURCES)),
        f"{split.generations} x {split.trainings:.0f}",
        best.source.replace("_", " ") if best else "",
        f"{detectable:.3f}",
    ]


def claims(evidence: Evidence) -> StudyTable:
    """The verdicts on the study's claims."""
    verdicts, left_out = verdicts_of(evidence)
    if not verdicts:
        raise Missing("; ".join(left_out.values()))
    rows = [
        [
            v.claim,
            v.told,
            f"{v.estimate:.3f}",
            f"{v.low:.3f} to {v.high:.3f}",
            "" if v.verdict == WITHHELD else f"{v.adjusted:.3g}",
            f"{v.n} {v.unit}",
            "" if v.draws is None else drawn(v.draws),
            v.remarks,
        ]
        for v in verdicts
    ]
    return StudyTable(
        name="claims",
        title="The claims of the study on these results",
        header=("claim", "verdict", "estimate", "95 %", "Holm's p", "n", "draws", "remarks"),
        rows=rows,
        note="Draws: of the compared set that has the fewest. Withheld: a claim about methods, of one draw; another "
        "draw may say the opposite. Of these very texts: so says this draw of them. Disputed: a measure beside it is "
        "clear in the other direction. " + " ".join(f"Not asked: {line}." for line in left_out.values()),
    )
