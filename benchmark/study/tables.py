"""The study's tables, of whatever numbers are there."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from statistics import fmean

from benchmark import atomic, tables
from benchmark.claims import METHODS
from benchmark.metrics import confusion, macro_f1
from benchmark.prompts import few_shot, zero_shot
from benchmark.quality import Quality
from benchmark.result import Result
from benchmark.statistics import (
    SOURCES,
    detectable_difference_of_means,
    purchases,
)
from benchmark.study.evidence import Evidence, Missing
from benchmark.study.verdicts import verdicts_of

WIDE = 250  # characters of a line


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of the study: cells are text, `name` is that of its file, `note` stands below it."""

    name: str
    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""

    def markdown(self) -> str:
        """The table as GitHub Markdown, with its title above and its note below; wide ones are not padded."""
        rows = [dict(zip(self.header, row, strict=True)) for row in self.rows]
        text = tables.render([tables.Table(title=self.title, rows=rows, note=self.note)], "github")
        if max(map(len, text.splitlines())) > WIDE:
            text = re.sub(r" {2,}\|", " |", re.sub(r"-{4,}", "---", text))
        return text

    def csv(self) -> str:
        """The same cells as CSV, without title and note."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([self.header, *self.rows])
        return text.getvalue()


def write_tables(made: Sequence[Table], folder: Path) -> list[Path]:
    """Writes all tables to `tables.md`, and each to `NAME.csv`; returns the paths."""
    texts = {"tables.md": "\n".join(table.markdown() for table in made)}
    texts |= {f"{table.name}.csv": table.csv() for table in made}
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        atomic.replace(folder / name, text)
    return [folder / name for name in texts]


def tables_of(evidence: Evidence) -> tuple[list[Table], list[str]]:
    """The tables that can be made, and of each other one why it cannot, in a line."""
    made: list[Table] = []
    left_out: list[str] = []
    for make in TABLES:
        try:
            made.append(make(evidence))
        except Missing as problem:
            left_out.append(str(problem))
    return made, left_out


def _said(value: float, interval: tuple[float, float] | None = None) -> str:
    told, *ends = (f"{round(number, 3) + 0.0:.3f}" for number in (value, *(interval or ())))
    return f"{told} ({' to '.join(ends)})" if ends else told


def scores(evidence: Evidence) -> Table:
    """Table 1: what each method's texts are worth to each classifier, with the drop against real texts."""
    rows = []
    for task in evidence.measured:
        for classifier in sorted({r.classifier for r in evidence.results}):
            real = evidence.found(task, METHODS[0], classifier=classifier)
            for method in evidence.methods:
                if found := evidence.found(task, method, classifier=classifier):
                    mean, interval = evidence.interval(found)
                    accuracy = fmean(r.accuracy for r in found)
                    rows.append([task, classifier, method, _said(mean, interval), _said(accuracy)])
                    rows[-1] += [_drop(evidence, real, found) if method != METHODS[0] and real else ""]
                    rows[-1] += [_subjectivity(evidence, task), str(len(found))]
    if not rows:
        raise Missing("table 1: no results of these conditions")
    return Table(
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
            "seeds",
        ),
        rows=rows,
        note="95 % over test rows and training seeds; the drop is paired on test rows. "
        + "; ".join(sorted({s.source for s in evidence.subjectivity.values()})),
    )


def _drop(evidence: Evidence, real: Sequence[Result], found: Sequence[Result]) -> str:
    mean, apart = evidence.drop(real, found)
    return _said(mean, (apart.low, apart.high) if apart else None)


def _subjectivity(evidence: Evidence, task: str) -> str:
    of = evidence.subjectivity.get(task)
    return "" if of is None else f"{of.value:.2f}"


def agreement(evidence: Evidence) -> Table:
    """Table 2: how far annotators agree."""
    rows = []
    for task, rated in evidence.rated.items():
        mean, alpha = rated.mean, rated.alpha
        rows.append(
            [
                task,
                _said(mean.value, (mean.low, mean.high)) if mean else "",
                _said(alpha.value, (alpha.low, alpha.high)) if alpha else "",
                f"{len(rated.agreement):,}",
                rated.source,
            ]
        )
    if not rows:
        raise Missing("table 2: no task has votes; give some with --votes DIR")
    absent = sorted(set(evidence.tasks) - set(evidence.rated))
    return Table(
        name="table2_agreement",
        title="Table 2. Agreement of annotators",
        header=("task", "mean agreement (95 %)", "Krippendorff's alpha (95 %)", "instances", "source"),
        rows=rows,
        note=f"Without votes at hand: {', '.join(absent)}." if absent else "",
    )


def generators(evidence: Evidence) -> Table:
    """Table 1's measure for each generator, as a mean over the tasks that all of them have."""
    asked = evidence.conditions
    there = [
        r
        for r in evidence.results
        if (r.data, r.classifier, r.per_label) == (asked.data, asked.classifier, asked.per_label) and r.generator
    ]
    rows = []
    for generator, method in sorted({(r.generator, r.method) for r in there}):
        of = [r for r in there if (r.generator, r.method) == (generator, method)]
        tasks = sorted({r.task for r in of})
        means = {task: fmean(r.macro_f1 for r in of if r.task == task) for task in tasks}
        drops = [
            fmean(r.macro_f1 for r in real) - means[task]
            for task in tasks
            if (real := evidence.found(task, METHODS[0]))
        ]
        rows.append(
            [generator, method, str(len(tasks)), _said(fmean(means.values())), _said(fmean(drops)) if drops else ""]
        )
    if not rows:
        raise Missing("generator table: no results of a generator")
    return Table(
        name="generators",
        title="Generators",
        header=("generator", "method", "tasks", "mean Macro-F1", "mean drop"),
        rows=rows,
        note="Means over different numbers of tasks do not compare.",
    )


def augmentation(evidence: Evidence) -> Table:
    """A small real set alone, synthetic texts alone, and both."""
    mixed = sorted({r.method for r in evidence.results if "+" in r.method})
    rows = []
    for task in evidence.measured:
        for method in mixed:
            both = evidence.found(task, method)
            small, _, other = method.partition("+")
            size = int(small.removeprefix(METHODS[0]) or evidence.conditions.per_label)
            real = evidence.found(task, METHODS[0], per_label=size)
            alone = evidence.found(task, other)
            if both and real and alone:
                gain, apart = evidence.drop(both, real)
                cells = [_said(*evidence.interval(found)) for found in (real, alone, both)]
                said = _said(gain, (apart.low, apart.high) if apart else None)
                rows.append([task, f"{size}", other, *cells, said])
    if not rows:
        raise Missing(
            "augmentation table: no results of real and synthetic texts together; make them with: pytest suites "
            "--synth-method real10+few_shot --synth-results FILE, and --synth-curve 10 for the real texts alone"
        )
    return Table(
        name="augmentation",
        title="Augmentation: a small real set, synthetic texts, and both",
        header=("task", "real per label", "synthetic", "real alone", "synthetic alone", "both", "both less real alone"),
        rows=rows,
        note=f"Macro-F1 of {evidence.conditions.classifier}; 95 % over test rows and training seeds.",
    )


def prompts(evidence: Evidence) -> Table:
    """What each task asks a generator."""
    rows = []
    for name, task in sorted(evidence.tasks.items()):
        label = next(iter(task.labels))
        middle = sum(task.words) // 2
        asked = zero_shot(task, label, middle).messages
        rows += [[name, "context", asked[0]["content"]], [name, f"zero_shot, {label}", asked[-1]["content"]]]
        rows.append([name, "after every 10 texts", task.diversity_prompt])
        shown = few_shot(task, label, middle, [e for e in task.pool if e.label == label][:1]).messages
        rows.append([name, f"few_shot, {label}", " / ".join(m["content"] for m in shown[1:])])
    return Table(
        name="prompts",
        title="Prompts",
        header=("task", "part", "text"),
        rows=[[cell.replace("\n", " ") for cell in row] for row in rows],
        note="For the first label of each task, with one demonstration where three are shown.",
    )


def texts(evidence: Evidence) -> Table:
    """Diversity, similarity and errors of each training set."""
    names = ("remote_clique", "chamfer", "vendi_score", "distinct_2", "self_bleu", "vocabulary_size", "similarity")
    rows = []
    for task, method, quality in _qualities(evidence):
        cells = []
        for name in names:
            m = quality.measures[name]
            form = "{:.0f} ({:.0f} to {:.0f})" if m.value > 10 else "{:.3f} ({:.3f} to {:.3f})"
            cells.append(form.format(*m))
        rows.append([task, method, str(quality.size), *cells, f"{quality.median_words:.0f}"])
    return Table(
        name="texts",
        title="Diversity and similarity",
        header=("task", "texts", "n", *(name.replace("_", " ") for name in names), "median words"),
        rows=rows,
        note="Means over random halves of a set, with 95 % intervals over its texts. Higher is more diverse, but for "
        f"self bleu; similarity is to the real test texts. Embedder: {evidence.quality[0].embedder}.",
    )


def leaks(evidence: Evidence) -> Table:
    """Texts that stand in the test set, the training set or the demonstrations, and what the score is without."""
    rows = []
    for task, method, quality in _qualities(evidence):
        found = evidence.found(task, method)
        shares = [
            f"{quality.leaks[source]['any'] / quality.texts:.1%}" if source in quality.leaks else ""
            for source in ("test", "train", "demonstrations")
        ]
        rows.append(
            [
                task,
                method,
                *shares,
                str(len(quality.leaked_rows)),
                *_without(evidence, task, found, quality.leaked_rows),
            ]
        )
    return Table(
        name="leaks",
        title="Suspect texts, and the score without the test rows that they may stand for",
        header=("task", "texts", "in test", "in train", "in demonstrations", "test rows", "Macro-F1", "without them"),
        rows=rows,
        note="A text is suspect by any of four rules: exact, normalised, 13-gram, near (cosine; not for train).",
    )


def _without(evidence: Evidence, task: str, found: Sequence[Result], rows: Sequence[int]) -> list[str]:
    score = fmean(r.macro_f1 for r in found)
    if not rows:
        return [_said(score), _said(score)]
    if task not in evidence.data or not all(r.predicted for r in found):
        return [_said(score), ""]
    true, gone = evidence.true(task), set(rows)
    kept = [row for row in range(len(true)) if row not in gone]
    clean = [macro_f1(confusion([true[i] for i in kept], [r.predictions[i] for i in kept], r.labels)) for r in found]
    return [_said(score), _said(float(fmean(clean)))]


def label_quality(evidence: Evidence) -> Table:
    """How often a classifier of real texts disagrees with the label that was asked for."""
    rows = []
    for task, method, quality in _qualities(evidence):
        if not quality.disagreement:
            continue
        for label, counts in zip(quality.labels, quality.disagreement, strict=True):
            wrong = [(n, other) for n, other in zip(counts, quality.labels, strict=True) if other != label and n]
            told = ", ".join(f"{other} {n}" for n, other in sorted(wrong, reverse=True))
            n = sum(counts)
            share = 1 - counts[quality.labels.index(label)] / n if n else 0.0
            example = next((text for asked, _, text in quality.examples if asked == label), "")
            rows.append([task, method, label, f"{share:.0%}", str(n), told, f"{quality.judge_error:.0%}", example])
    if not rows:
        raise Missing("label quality: nobody has judged the texts; measure them where real training texts are at hand")
    judge = next(q.judge for q in evidence.quality if q.judge)
    return Table(
        name="label_quality",
        title="Label quality: texts that a classifier of real texts labels otherwise",
        header=(
            "task",
            "texts",
            "label asked for",
            "labelled otherwise",
            "n",
            "as",
            "its error on real texts",
            "example",
        ),
        rows=rows,
        note=f"The judge is {judge}, trained on {evidence.conditions.per_label} real texts per label.",
    )


def variance(evidence: Evidence) -> Table:
    """Where the variance of a mean score comes from, and what to buy more of."""
    rows = []
    for task in evidence.measured:
        for method in evidence.methods:
            found = evidence.found(task, method)
            if len(found) < 2:
                continue
            split = evidence.split(found)
            parts = [getattr(split, source) for source in SOURCES]
            best = next((p for p in purchases(split, rows=found[0].test_rows, prices=PRICES) if p.drop), None)
            between = (split.training_seeds or 0) + (split.generation_seeds or 0)
            told = detectable_difference_of_means(
                len(found), sqrt(between * len(found)), row_sd=sqrt(2 * split.test_rows)
            )
            rows.append(
                [
                    task,
                    method,
                    _said(split.mean),
                    *("unknown" if part is None else f"{1000 * part**0.5:.1f}" for part in parts),
                    best.source.replace("_", " ") if best else "",
                    f"{told:.3f}",
                ]
            )
    if not rows:
        raise Missing("variance: one seed a method says nothing of seeds; run with --synth-seeds 3")
    return Table(
        name="variance",
        title="Where the variance of a mean score comes from",
        header=(
            "task",
            "texts",
            "Macro-F1",
            *(s.replace("_", " ") for s in SOURCES),
            "buy more",
            "detectable difference",
        ),
        rows=rows,
        note="Standard deviations of the mean in 0.001 Macro-F1; unknown where there is one seed of a kind. Buy more: "
        "what lowers the variance most for its price, where a training seed costs as much as 300 test rows, and a "
        "generation seed ten times that. Detectable difference: between two such means with a power of 80 % at 5 %, as "
        "if they had nothing of their test rows in common.",
    )


PRICES = {"test_rows": 1.0, "training_seeds": 300.0, "generation_seeds": 3000.0}


def claims(evidence: Evidence) -> Table:
    """What becomes of the study's claims."""
    verdicts, left_out = verdicts_of(evidence)
    if not verdicts:
        raise Missing("; ".join(left_out.values()))
    rows = [
        [
            v.claim,
            v.verdict,
            f"{v.estimate:.3f}",
            f"{v.low:.3f} to {v.high:.3f}",
            f"{v.adjusted:.3g}",
            f"{v.n} {v.unit}",
        ]
        for v in verdicts
    ]
    return Table(
        name="claims",
        title="The claims of the study on these results",
        header=("claim", "verdict", "estimate", "95 %", "Holm's p", "n"),
        rows=rows,
        note=" ".join(f"Not asked: {line}." for line in left_out.values()),
    )


def _qualities(evidence: Evidence) -> Iterator[tuple[str, str, Quality]]:
    found = [
        (task, method, quality)
        for task in evidence.measured
        for method in evidence.methods
        if (quality := evidence.quality_of(task, method))
    ]
    if not found:
        raise Missing("nothing was measured of the texts; make it with: python -m benchmark measure")
    yield from found


TABLES: tuple[Callable[[Evidence], Table], ...] = (
    scores,
    agreement,
    generators,
    augmentation,
    prompts,
    claims,
    texts,
    leaks,
    label_quality,
    variance,
)
