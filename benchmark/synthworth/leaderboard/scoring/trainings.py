"""Train on written and real texts in many draws, score all on the same test rows, and compare."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synthworth.core import Example, Progress, unreported
from synthworth.leaderboard.estimates import difference
from synthworth.leaderboard.learning_curve import LearningCurve
from synthworth.leaderboard.scoring.classifiers import Learner, Prediction
from synthworth.leaderboard.scoring.draws import (
    by_label,
    curve_sizes,
    drawn,
    estimate_of,
    half,
    widened,
    with_halves,
)
from synthworth.leaderboard.scoring.pools import Pools
from synthworth.measures import LabelScores, average_precision, label_scores, metrics
from synthworth.measures.statistics import Estimate, Sample, Worth, chance_macro_f1, resampled_scores

SCORE_RESAMPLES = 2000  # of test rows: about a hundred predictions are resampled together
TEN = 10  # real texts of each label that anybody can label in a quarter of an hour

WRITTEN, REAL, ALL_REAL = "written", "real", "all real texts"
TOGETHER, DESCRIPTIONS = "real and written", "label descriptions"


class TrainingDraw(NamedTuple):
    """One training: on the texts of `source`, of `size` per label (0: all), the whole pool or a half of it."""

    source: str
    size: int
    is_half: bool
    seed: int
    train: tuple[Example, ...]


@dataclass(frozen=True, kw_only=True)
class Trained:
    """The scores of all trainings on the same test rows."""

    written: Sample
    """Macro-F1 of the written texts, spread as fresh sets of their size are."""
    curve: Mapping[int, Sample]
    """Macro-F1 of real texts, by their number per label; {} without real texts."""
    others: Mapping[str, Sample]
    """Macro-F1 of all real texts where these are more than the curve's last point, of all of them with the written
    ones, and of the label descriptions, as far as they were trained."""
    sizes: Mapping[str, int]
    """Training texts in all: of the written ones, of the real ones, of both together, and of the descriptions."""
    floor: float
    """The Macro-F1 that a guesser who reads no text can expect."""
    prediction: Prediction
    """The predictions of the classifier that was trained on all written texts."""
    of_real: Prediction | None
    """Those of the one that was trained on all real texts; None without them."""

    @property
    def worth(self) -> Worth | None:
        """The number of real texts per label that reach the score of the written ones.

        None without a learning curve, or if no point of it is above the floor: then no number of texts means anything.
        """
        if len(self.curve) < 2 or not any(estimate_of(point).low > self.floor for point in self.curve.values()):
            return None
        return LearningCurve({size: [sample] for size, sample in self.curve.items()}).worth([self.written])

    @property
    def all_real(self) -> Sample | None:
        """Macro-F1 of all real texts, whatever their shares of labels; None without real texts."""
        return self.others.get(ALL_REAL, self.curve[max(self.curve)] if self.curve else None)

    def over(self, other: Sample) -> Estimate:
        """Macro-F1 of the written texts less that of another sample, paired on test rows."""
        return difference([self.written], [other])


def trained(
    pools: Pools, learner: Learner, descriptions: Mapping[str, str], progress: Progress = unreported
) -> Trained:
    """Train on all written texts and on halves of them, on real ones of many sizes, and on what comes for free."""
    draws, predictions = list(_draws(pools, learner, descriptions)), list[Prediction]()
    texts, true = [e.text for e in pools.test], [e.label for e in pools.test]
    for done, draw in enumerate(draws):
        progress("training", done, len(draws))
        predictions.append(learner.predict(draw.train, texts, pools.labels, draw.seed))
    progress("training", len(draws), len(draws))
    samples = _samples(draws, predictions, true, pools.labels)
    most = max((size for source, size, _ in samples if source == REAL), default=0)
    curve = {}
    for source, size, is_half in samples:
        if source == REAL and not is_half:
            sample = samples[source, size, is_half]
            whole = size == most
            halves = samples.get((REAL, size, True), sample)
            curve[size] = with_halves(sample, halves) if whole else widened(sample, size, most)
    last = {
        draw.source: (draw, one)
        for draw, one in reversed([*zip(draws, predictions, strict=True)])
        if _whole(draw, most)
    }
    return Trained(
        written=with_halves(samples[WRITTEN, 0, False], samples[WRITTEN, 0, True]),
        curve=dict(sorted(curve.items())),
        others=_others(samples),
        sizes={source: len(draw.train) for source, (draw, _) in last.items()},
        floor=chance_macro_f1([true.count(label) for label in pools.labels]),
        prediction=last[WRITTEN][1],
        of_real=last[source][1] if (source := ALL_REAL if ALL_REAL in last else REAL) in last else None,
    )


class LabelRow(NamedTuple):
    """Scores of one label by the classifier that was trained on the written texts, and by that of all real ones."""

    label: str
    written: LabelScores
    average_precision: float | None
    real: LabelScores | None
    average_precision_of_real: float | None


def label_rows(outcome: Trained, test: Sequence[Example], labels: Sequence[str]) -> tuple[LabelRow, ...]:
    """Return the scores of each label, in the order of `labels`."""
    true = [example.label for example in test]
    ours = label_scores(metrics.confusion(true, outcome.prediction.labels, labels))
    real = outcome.of_real
    theirs = label_scores(metrics.confusion(true, real.labels, labels)) if real else [None] * len(labels)
    return tuple(
        LabelRow(
            label,
            ours[place],
            _ranked(true, labels, place, outcome.prediction),
            theirs[place],
            _ranked(true, labels, place, real),
        )
        for place, label in enumerate(labels)
    )


def _ranked(true: Sequence[str], labels: Sequence[str], place: int, prediction: Prediction | None) -> float | None:
    if prediction is None or prediction.shares is None or labels[place] not in true:
        return None
    return average_precision(np.array([label == labels[place] for label in true]), prediction.shares[:, place])


def _draws(pools: Pools, learner: Learner, descriptions: Mapping[str, str]) -> "list[TrainingDraw]":
    seeds = range(learner.draws if learner.is_seeded else 1)
    draws = [TrainingDraw(WRITTEN, 0, False, seed, pools.written) for seed in seeds]
    draws += [TrainingDraw(WRITTEN, 0, True, seed, half(pools.written, seed)) for seed in range(learner.draws)]
    if set(descriptions) == set(pools.labels):
        of_labels = tuple(Example(id=f"label-{label}", text=text, label=label) for label, text in descriptions.items())
        draws += [TrainingDraw(DESCRIPTIONS, 0, False, seed, of_labels) for seed in seeds]
    pool = by_label(pools.real)
    sizes = curve_sizes(min(len(pool.get(label, ())) for label in pools.labels))
    for size in sizes:
        whole = size == sizes[-1]
        texts = drawn(pools.real, size, 0) if whole else ()
        for seed in range(learner.draws):
            if not whole:
                draws.append(TrainingDraw(REAL, size, False, seed, drawn(pools.real, size, seed)))
                continue
            draws.append(TrainingDraw(REAL, size, True, seed, half(texts, seed)))
            if seed in seeds:
                draws.append(TrainingDraw(REAL, size, False, seed, texts))
    several = len(pool) > 1  # of one label alone nothing can be learnt
    return [*draws, *_with_all_real(pools, learner, seeds, sizes[-1] if sizes else 0)] if several else draws


def _with_all_real(pools: Pools, learner: Learner, seeds: range, most: int) -> "list[TrainingDraw]":
    """All real texts, unless `most` of each label are all of them, and all with the written ones; and their halves."""
    draws = []
    for source, added in ((ALL_REAL, ()), (TOGETHER, pools.written)):
        if added or len(pools.real) > most * len(pools.labels):
            draws += [TrainingDraw(source, 0, False, seed, (*pools.real, *added)) for seed in seeds]
            for seed in range(learner.draws):
                draws.append(TrainingDraw(source, 0, True, seed, (*half(pools.real, seed), *half(added, seed))))
    return draws


def _others(samples: Mapping[tuple[str, int, bool], Sample]) -> dict[str, Sample]:
    """The other scores; descriptions have no draws, and stand there as two equal runs."""
    others = {}
    for source in (ALL_REAL, TOGETHER):
        if (source, 0, False) in samples:
            others[source] = with_halves(samples[source, 0, False], samples[source, 0, True])
    if sample := samples.get((DESCRIPTIONS, 0, False)):
        scores, resampled = sample.scores, sample.resampled
        if len(scores) == 1 and resampled is not None:
            sample = Sample(scores.repeat(2), sample.row_variance, resampled.repeat(2, axis=0))
        others[DESCRIPTIONS] = sample
    return others


def _whole(draw: TrainingDraw, most: int) -> bool:
    return not draw.is_half and (draw.source != REAL or draw.size == most)


def _samples(
    draws: Sequence[TrainingDraw], predictions: Sequence[Prediction], true: Sequence[str], labels: Sequence[str]
) -> dict[tuple[str, int, bool], Sample]:
    """Resample the test rows of all predictions together, and group the runs."""
    scored = resampled_scores(
        true, [one.labels for one in predictions], labels, metrics.macro_f1, resamples=SCORE_RESAMPLES
    )
    groups: dict[tuple[str, int, bool], list[int]] = {}
    for place, draw in enumerate(draws):
        groups.setdefault(draw[:3], []).append(place)
    return {key: _sample(scored.scores[rows], scored.resampled[rows]) for key, rows in groups.items()}


def _sample(scores: NDArray[np.float64], resampled: NDArray[np.float64]) -> Sample:
    return Sample(scores, float(resampled.var(axis=1, ddof=1).mean()), resampled)
