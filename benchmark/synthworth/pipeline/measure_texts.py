"""Measure the texts of a training set: diversity, similarity to real texts, copies, and labels that do not fit."""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import fmean, median
from typing import Any

from synthworth.core import Example, Measure, Progress, Quality, unreported, version_of, word_count
from synthworth.generation import REPORTED, AnswerContext, Generated
from synthworth.generation.methods import is_real
from synthworth.measures import (
    Audit,
    audit,
    counts,
    diversity,
    metrics,
    top_k_similarity,
    under_another_label,
    without_suspects,
)
from synthworth.pipeline import missing
from synthworth.pipeline.label_judge import JUDGE, Judgement, can_judge, judged
from synthworth.pipeline.run import Run
from synthworth.pipeline.training_sets import REAL
from synthworth.training import EMBEDDER

SEEDS = range(3)  # trainings with and without the suspects: one seed does more than few texts do
NEAREST = 5  # of Figure B.2 of Li et al. 2023
LARGEST = 1000  # texts of a random half, in which diversity and similarity are measured
EMBEDDED = 2 * LARGEST  # texts of a set, at most: of a larger one so many are drawn, and copies are looked for by words
Embed = Callable[[Sequence[str]], Any]

OF_EMBEDDINGS: Mapping[str, Callable[[Any], float]] = {
    "remote_clique": diversity.remote_clique,
    "chamfer": diversity.chamfer,
    "vendi_score": diversity.vendi_score,
}
OF_TEXTS: Mapping[str, Callable[[Any], float]] = {
    "distinct_2": lambda texts: diversity.distinct_n(texts, 2),
    "self_bleu": diversity.self_bleu,
    "vocabulary_size": diversity.vocabulary_size,
}


def quality_of(
    run: Run,
    method: str,
    *,
    embed: Embed,
    per_label: int | None = None,
    judge: str = JUDGE,
    judgement: Judgement | None = None,
    progress: Progress = unreported,
) -> Quality:
    """Measure the texts that `method` makes for a task, before a classifier is trained on them.

    Diversity and similarity are means over random halves of the quota (`at_equal_size`), so that sets of one quota
    compare, real ones too; similarity is to the real test texts. Leaks are looked for in the test set and the
    demonstrations by all rules, and in the training set, which is large, by those that need no embedding; of
    real texts, in the test set alone, whoever labelled them. Texts of the same file that the quota left out are audited
    too, by words. Of a set of more than `EMBEDDED` texts, that many are drawn and measured for diversity and
    similarity, and copies among all of them are looked for by words. The labels are judged by `judged` with the
    classifier `judge`, unless its `judgement` of these and the test texts is given. If a text is suspected to come from
    the test set, the same classifier is trained with and without all such texts. Raises ValueError if the texts cannot
    be made.
    """
    data, generated = run.data, run.sets.generated(method, per_label)
    quota = run.settings.per_label if per_label is None else per_label
    texts, test = [example.text for example in generated.examples], [example.text for example in data.test]
    some = _some(texts, f"measure/{run.task.name}/{method}")
    ours, theirs = embed(some), embed(test)
    size = min(min((quota or len(texts)) * len(run.task.labels), len(texts)) // 2, LARGEST)
    sets: dict[str, Callable[[Any], float]] = {
        **OF_EMBEDDINGS,
        "similarity": lambda rows: top_k_similarity(theirs, rows, k=min(NEAREST, len(rows))),
    }
    measures = {name: _measure(measure, ours, size) for name, measure in sets.items()}
    measures |= {name: _measure(measure, some, size) for name, measure in OF_TEXTS.items()}
    cell = run.cell(run.cell_id(method, judge, per_label=quota))
    spent = None if method == REAL else missing.spent(run.sets, method)
    by_meaning = (ours, theirs) if len(some) == len(texts) else None
    audits = _audits(run, method, texts, by_meaning, embed, progress)
    judgement = judgement or judged(run, [*test, *texts], judge)
    return Quality(
        task=run.task.name,
        task_version=run.task.version,
        data=data.source,
        data_version=data.version,
        generator=run.sets.generator_of(method, quota),
        method=method,
        demonstrations=run.sets.demonstrations_of(method),
        per_label=quota,
        generation_seed=run.settings.generation_seed,
        train_version=cell.train_version,
        texts=len(texts),
        median_words=float(median(word_count(text) for text in texts)),
        size=size,
        real_texts=len(test),
        embedder=EMBEDDER,
        measures=measures,
        leaks=_counts(audits),
        **_of_the_file(run, method, generated, audits, embed, progress),
        leaked_rows=sorted({match.row for match in audits[0].matches if match.source == "test"}),
        labels=tuple(run.task.labels),
        **_trained_without(run, method, generated.examples, audits[0], judge, quota),
        **(_fidelity(run, generated.examples, judge, judgement) if judgement else {}),
        rules=rule_shares(run, texts),
        prompt_tokens=spent.prompt_tokens if spent else 0,
        completion_tokens=spent.completion_tokens if spent else 0,
        batch_tokens=spent.batch_tokens if spent else (0, 0),
    )


def measured(
    runs: Sequence[Run],
    methods: Sequence[str],
    known: Iterable[Quality],
    *,
    embed: Embed,
    judge: str = JUDGE,
    progress: Progress = unreported,
) -> Iterator[Quality]:
    """Yield the measures of the texts of each run and method; those that are `known` are not measured again.

    The runs are of one task and its data: their judge is trained once, and labels all texts that are to be measured.
    """
    by_texts = {(q.task, q.method, q.data_version, q.train_version): q for q in known}
    predict = {method for method in methods if runs[0].sets.method(method).predicts}
    yield from (_cost_alone(run, method) for run in runs for method in methods if method in predict)
    pairs = [(run, method) for run in runs for method in methods if method not in predict]
    same = {(id(run), method): _known(run, method, by_texts, judge) for run, method in pairs}
    new = [
        example.text
        for run, method in pairs
        if not same[id(run), method]
        for example in (*run.data.test, *run.sets.generated(method).examples)
    ]
    judgement = judged(runs[0], new, judge) if new else None
    for run, method in pairs:
        if found := same[id(run), method]:
            yield replace(found, rules=rule_shares(run, [e.text for e in run.sets.generated(method).examples]))
        else:
            yield quality_of(run, method, embed=embed, judge=judge, judgement=judgement, progress=progress)


def _known(run: Run, method: str, by_texts: Mapping[tuple[str, str, str, str], Quality], judge: str) -> Quality | None:
    """The measures of these very texts by this very judge; None if they are to be measured."""
    generated = run.sets.generated(method)
    version = run.sets.version(method, *run.sets.quota_and_seed(None, None))
    found = by_texts.get((run.task.name, method, run.data.version, version))
    if found is None or found.others != len(
        generated.others
    ):  # the rest of the file was not audited, or is another one
        return None
    if (found.judge != judge or not found.judge_on_real) and can_judge(run):
        return None
    return found


def _cost_alone(run: Run, method: str) -> Quality:
    """Return the cost of a generator's own answers about test texts: it has written none that could be measured."""
    generated = run.sets.generated(method)
    spent, setup = missing.spent(run.sets, method), run.setup(run.cell_id(method, JUDGE))
    return Quality(
        **{name: value for name, value in setup.items() if name != "classifier"},
        generation_seed=0,
        train_version=version_of(generated.examples),
        texts=len(generated.examples),
        median_words=float(median(word_count(example.text) for example in generated.examples)),
        size=0,
        real_texts=0,
        embedder=EMBEDDER,
        measures={},
        leaks={},
        labels=tuple(run.task.labels),
        prompt_tokens=spent.prompt_tokens,
        completion_tokens=spent.completion_tokens,
        batch_tokens=spent.batch_tokens,
    )


def rule_shares(run: Run, texts: Sequence[str]) -> dict[str, float]:
    """The share of texts, in [0, 1], that each rule flags which is reported, by its name."""
    context = AnswerContext(task=run.task)
    return {rule.__name__: round(fmean(rule(text, context) for text in texts), 6) for rule in REPORTED}


def _measure(measure: Callable[[Any], float], of: Any, size: int) -> Measure:
    estimate = diversity.at_equal_size(measure, {"": of}, size=size)[""]
    return Measure(*(round(number, 6) for number in (estimate.mean, estimate.low, estimate.high)))


def _some(texts: Sequence[str], name: str) -> Sequence[str]:
    """All texts, or `EMBEDDED` of them drawn by the name, in their order."""
    if len(texts) <= EMBEDDED:
        return texts
    return [texts[place] for place in sorted(random.Random(name).sample(range(len(texts)), EMBEDDED))]


def _audits(
    run: Run, method: str, texts: Sequence[str], embeddings: tuple[Any, Any] | None, embed: Embed, progress: Progress
) -> list[Audit]:
    """Compare texts with the test set and the demonstrations by all rules, and with the training set by words.

    `embeddings` are those of the texts and of the test texts; without them, all is compared by words.
    """
    sources = {"test": [example.text for example in run.data.test]}
    train = [example.text for example in run.data.train]
    if not is_real(method):
        sources["demonstrations"] = [example.text for example in run.task.pool]
    by_meaning: dict[str, Any] = {}
    if embeddings is not None:
        ours, theirs = embeddings
        others = {name: embed(rows) for name, rows in sources.items() if name != "test"}
        by_meaning = {"embeddings": ours, "source_embeddings": {"test": theirs, **others}}
    found = [audit(texts, sources, background=train, progress=progress, **by_meaning)]
    return [*found, audit(texts, {"train": train}, progress=progress)] if train and not is_real(method) else found


def _counts(audits: Iterable[Audit]) -> dict[str, dict[str, int]]:
    return {source: by_rule for each in audits for source, by_rule in counts(each).items()}


def _of_the_file(
    run: Run, method: str, generated: Generated, audits: Sequence[Audit], embed: Embed, progress: Progress
) -> dict[str, Any]:
    """Audit the texts of the same file that the quota left out, and count all copies that have another label."""
    labels = {"test": [e.label for e in run.data.test], "train": [e.label for e in run.data.train]}
    pairs, fields = [(generated.examples, audits)], dict[str, Any]()
    if generated.others:
        texts = [example.text for example in generated.others]
        of_others = _audits(run, method, texts, None, embed, progress)
        pairs.append((generated.others, of_others))
        fields = {"others": len(texts), "other_leaks": _counts(of_others)}
    opposed = {source: 0 for source in _counts(audits) if source in labels}
    for examples, audits_of in pairs:
        own = [example.label for example in examples]
        matches = [match for each in audits_of for match in under_another_label(each, own, labels)]
        for source, _ in {(match.source, match.text) for match in matches}:
            opposed[source] += 1
    return {**fields, "opposed": opposed}


def _trained_without(
    run: Run, method: str, examples: Sequence[Example], leaks: Audit, classifier: str, quota: int
) -> dict[str, Any]:
    """The scores with and without the texts that may come from the test set; {} if none may, or all of a label."""
    kept = without_suspects(examples, leaks, sources=["test"])
    if len(kept) == len(examples) or {example.label for example in kept} != set(run.task.labels):
        return {}
    scores = {"trained_with": examples, "trained_without": kept}
    cells = [run.cell_id(method, classifier, per_label=quota, seed=seed) for seed in SEEDS]
    return {name: round(fmean(run.macro_f1(of, cell_id) for cell_id in cells), 6) for name, of in scores.items()}


def _fidelity(run: Run, examples: Sequence[Example], judge: str, judgement: Judgement) -> dict[str, Any]:
    """Count how a judge labels these texts, and the real test texts; its examples hold no real text."""
    wrong, real = dict[tuple[str, str], str](), {example.text for example in run.data.train}
    for example in examples:
        label = judgement.labels[example.text]
        if label != example.label and example.text not in real:
            wrong.setdefault((example.label, label), example.text)
    error = fmean(judgement.labels[example.text] != example.label for example in run.data.test)
    return {
        "disagreement": _confusion(run, examples, judgement),
        "judge": judge,
        "judge_error": round(error, 6),
        "judge_on_real": _confusion(run, run.data.test, judgement),
        "judge_texts": judgement.learnt_from,
        "examples": [(*pair, text) for pair, text in sorted(wrong.items())],
    }


def _confusion(run: Run, examples: Sequence[Example], judgement: Judgement) -> list[list[int]]:
    predicted = [judgement.labels[example.text] for example in examples]
    true = [example.label for example in examples]
    table: list[list[int]] = metrics.confusion(true, predicted, tuple(run.task.labels)).tolist()
    return table
