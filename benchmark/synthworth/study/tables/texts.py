"""Tables of texts: what is asked for, how diverse and how like real ones they are, what is copied or mislabelled."""

from collections.abc import Iterator, Sequence
from statistics import fmean

from synthworth.core import Quality, Result
from synthworth.generation import few_shot, zero_shot
from synthworth.measures import confusion, macro_f1
from synthworth.study.evidence import FIDELITY, Evidence, Missing
from synthworth.study.tables.study_table import StudyTable, drawn, format_score


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
    """Diversity, similarity and label fidelity of each training set, means over its draws."""
    names = ("remote_clique", "chamfer", "vendi_score", "distinct_2", "self_bleu", "vocabulary_size", "similarity")
    rows = []
    for task, method, qualities in _qualities(evidence):
        cells = []
        for name in names:
            of_draws = [quality.measures[name] for quality in qualities]
            m = [fmean(ends) for ends in zip(*of_draws, strict=True)]
            form = "{:.0f} ({:.0f} to {:.0f})" if m[0] > 10 else "{:.3f} ({:.3f} to {:.3f})"
            cells.append(form.format(*m))
        fidelity = evidence.measures(task, method, FIDELITY)
        cells += [format_score(fmean(fidelity)) if fidelity else "", f"{fmean(q.median_words for q in qualities):.0f}"]
        rows.append([task, method, str(qualities[0].size), drawn(len(qualities)), *cells])
    return StudyTable(
        name="texts",
        title="Diversity, similarity and label fidelity",
        header=(
            *("task", "texts", "n", "draws"),
            *(name.replace("_", " ") for name in names),
            *("label fidelity", "median words"),
        ),
        rows=rows,
        note="Means over random halves of a set, with 95 % intervals over its texts; of several draws, the means of "
        "these. Higher is more diverse, but for self bleu; similarity is to the real test texts. Label fidelity: the "
        "share of texts that a classifier of real texts gives the label asked for; of real texts, the share of test "
        "texts that it labels right. Diversity without it and without distinct 2 misleads: texts that repeat "
        f"themselves, or have the wrong labels, lie far apart too. Embedder: {evidence.quality[0].embedder}.",
    )


def leaks(evidence: Evidence) -> StudyTable:
    """Suspect texts of each draw: those in the test set, the training set or the demonstrations, and the scores
    without them."""
    rows = []
    for task, method, qualities in _qualities(evidence):
        for quality in qualities:
            results = [r for r in evidence.results_for(task, method) if r.train_version == quality.train_version]
            shares = [
                "" if (share := quality.suspect_share(source)) is None else f"{share:.1%}"
                for source in ("test", "train", "demonstrations")
            ]
            rows.append(
                [
                    *(task, method, str(quality.generation_seed)),
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
            "generation seed",
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
    """The share of texts, by label, that a classifier of real texts labels differently, over all draws."""
    rows = []
    for task, method, qualities in _qualities(evidence):
        judged = [quality for quality in qualities if quality.disagreement]
        for place, label in enumerate(judged[0].labels if judged else ()):
            labels = judged[0].labels
            counts = [sum(of_draws) for of_draws in zip(*(q.disagreement[place] for q in judged), strict=True)]
            wrong = [(n, other) for n, other in zip(counts, labels, strict=True) if other != label and n]
            told = ", ".join(f"{other} {n}" for n, other in sorted(wrong, reverse=True))
            n = sum(counts)
            share = 1 - counts[place] / n if n else 0.0
            example = next((text for q in judged for intended, _, text in q.examples if intended == label), "")
            error = fmean(q.judge_error or 0.0 for q in judged)
            rows.append([task, method, label, f"{share:.0%}", str(n), told, f"{error:.0%}", example])
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


def _qualities(evidence: Evidence) -> Iterator[tuple[str, str, list[Quality]]]:
    """Yield task, series and the measures of the texts of each draw."""
    found = [
        (task, method, qualities)
        for task in evidence.measured
        for method in evidence.methods
        if (qualities := evidence.qualities(task, method))
    ]
    if not found:
        raise Missing("nothing was measured of the texts; make it with: synthworth measure")
    yield from found
