"""Tables of texts: what is asked for, how diverse and how like real ones they are, what is copied or mislabelled."""

from collections.abc import Iterator, Sequence
from statistics import fmean

from synthworth.core import Quality, Result
from synthworth.generation import few_shot, zero_shot
from synthworth.measures import confusion, macro_f1
from synthworth.study.evidence import Evidence, Missing
from synthworth.study.tables.study_table import StudyTable, format_score


def prompts(evidence: Evidence) -> StudyTable:
    """The prompts of each task."""
    rows = []
    for name, task in sorted(evidence.tasks.items()):
        label = next(iter(task.labels))
        middle = sum(task.words) // 2
        messages = zero_shot(task, label, middle).messages
        rows += [[name, "context", messages[0]["content"]], [name, f"zero_shot, {label}", messages[-1]["content"]]]
        rows.append([name, "after every 10 texts", task.diversity_prompt])
        shown = few_shot(task, label, middle, [e for e in task.pool if e.label == label][:1]).messages
        rows.append([name, f"few_shot, {label}", " / ".join(m["content"] for m in shown[1:])])
    return StudyTable(
        name="prompts",
        title="Prompts",
        header=("task", "part", "text"),
        rows=[[cell.replace("\n", " ") for cell in row] for row in rows],
        note="For the first label of each task, with one demonstration where three are shown.",
    )


def texts(evidence: Evidence) -> StudyTable:
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
    return StudyTable(
        name="texts",
        title="Diversity and similarity",
        header=("task", "texts", "n", *(name.replace("_", " ") for name in names), "median words"),
        rows=rows,
        note="Means over random halves of a set, with 95 % intervals over its texts. Higher is more diverse, but for "
        f"self bleu; similarity is to the real test texts. Embedder: {evidence.quality[0].embedder}.",
    )


def leaks(evidence: Evidence) -> StudyTable:
    """Suspect texts: those in the test set, the training set or the demonstrations, and the scores without them."""
    rows = []
    for task, method, quality in _qualities(evidence):
        results = evidence.results_for(task, method)
        shares = [
            "" if (share := quality.suspect_share(source)) is None else f"{share:.1%}"
            for source in ("test", "train", "demonstrations")
        ]
        rows.append(
            [
                task,
                method,
                *shares,
                str(len(quality.leaked_rows)),
                *_without(evidence, task, results, quality.leaked_rows),
                *("" if s is None else format_score(s) for s in (quality.trained_with, quality.trained_without)),
            ]
        )
    return StudyTable(
        name="leaks",
        title="Suspect texts, and the scores without them",
        header=(
            "task",
            "texts",
            "in test",
            "in train",
            "in demonstrations",
            "test rows",
            "Macro-F1",
            "without these rows",
            "trained on all",
            "without the suspects",
        ),
        rows=rows,
        note="A text is suspect by any of five rules: exact, same, run, edited, near (cosine; not for train). Test "
        "rows are those that a text may stand for; the score without them is of the same classifiers. The last two "
        "columns are of classifiers trained with and without the texts suspected to come from the test set, a mean "
        "over three training seeds; empty where there are none.",
    )


def _without(evidence: Evidence, task: str, results: Sequence[Result], rows: Sequence[int]) -> list[str]:
    score = fmean(r.macro_f1 for r in results)
    if not rows:
        return [format_score(score), format_score(score)]
    if task not in evidence.data or not all(r.predicted for r in results):
        return [format_score(score), ""]
    true, removed = evidence.true(task), set(rows)
    kept = [row for row in range(len(true)) if row not in removed]
    clean = [macro_f1(confusion([true[i] for i in kept], [r.predictions[i] for i in kept], r.labels)) for r in results]
    return [format_score(score), format_score(float(fmean(clean)))]


def label_quality(evidence: Evidence) -> StudyTable:
    """The share of texts, by label, that a classifier of real texts labels differently."""
    rows = []
    for task, method, quality in _qualities(evidence):
        if not quality.disagreement:
            continue
        for label, counts in zip(quality.labels, quality.disagreement, strict=True):
            wrong = [(n, other) for n, other in zip(counts, quality.labels, strict=True) if other != label and n]
            labels = ", ".join(f"{other} {n}" for n, other in sorted(wrong, reverse=True))
            n = sum(counts)
            share = 1 - counts[quality.labels.index(label)] / n if n else 0.0
            example = next((text for intended, _, text in quality.examples if intended == label), "")
            rows.append([task, method, label, f"{share:.0%}", str(n), labels, f"{quality.judge_error:.0%}", example])
    if not rows:
        raise Missing("label quality: the texts were not judged; measure them with real training texts at hand")
    judge = next(q.judge for q in evidence.quality if q.judge)
    return StudyTable(
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
        note=f"The judge is {judge}, trained on real texts; none of those it labels is among them.",
    )


def _qualities(evidence: Evidence) -> Iterator[tuple[str, str, Quality]]:
    qualities = [
        (task, method, quality)
        for task in evidence.measured
        for method in evidence.methods
        if (quality := evidence.quality_of(task, method))
    ]
    if not qualities:
        raise Missing("nothing was measured of the texts; make it with: synthworth measure")
    yield from qualities
