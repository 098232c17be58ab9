"""From results to samples: the scores of the runs of one row, and what test rows do to them."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from statistics import fmean
from typing import Any

import numpy as np

from synthworth.core import Result, unpack
from synthworth.generation.methods import is_drawn, is_of_files
from synthworth.measures import metrics
from synthworth.measures.statistics import Sample, bootstrap, resampled_scores, row_variance, shared_row_variance

Key = tuple[str | int, ...]  # of a result


def sample_of(results: Sequence[Result], resampled: Mapping[Key, Any]) -> Sample:
    """The Macro-F1 of the results of one row, a score for each run.

    A run is a training seed, or a draw of the texts if there are several: training seeds share the texts of their draw
    and are averaged there. `resampled` maps keys of results to their scores on resampled test rows, shape (resamples,);
    if one result is missing there, none is used.
    """
    runs = runs_of(results)
    drawn = None
    if all(result.key in resampled for result in results):
        drawn = np.stack([np.mean([resampled[result.key] for result in run], axis=0) for run in runs])
    return Sample(
        scores=np.array([fmean(result.macro_f1 for result in run) for run in runs]),
        row_variance=_over_rows(runs, metrics.macro_f1),
        resampled=drawn,
    )


def accuracy_sample_of(results: Sequence[Result]) -> Sample:
    """The accuracy of the results of one row, a score for each run as in `sample_of`, without resampled rows."""
    runs = runs_of(results)
    scores = [fmean(result.accuracy for result in run) for run in runs]
    return Sample(scores=np.array(scores), row_variance=_over_rows(runs, metrics.accuracy))


def draws_of(results: Sequence[Result]) -> int:
    """The number of draws of the training texts among results of one row: of sets of texts that differ.

    Generation seeds that give the same texts are one draw: those of a file that holds the quota and no more, of all
    real texts there are, and of a method that draws nothing.
    """
    return len({result.train_version for result in results})


def is_one_draw(results: Sequence[Result]) -> bool:
    """Tell a row whose interval cannot hold draws of its texts, since there is one; without draws nothing is missing.

    >>> from pathlib import Path
    >>> from synthworth.core import read
    >>> results = [r for r in read(Path("suites/results.jsonl")) if r.task == "imdb" and r.per_label == 100]
    >>> is_one_draw([r for r in results if r.method == "few_shot" and r.generation_seed == 0])
    True
    """
    return draws_of(results) == 1 and is_drawn(results[0].method)


def share_of_file(results: Sequence[Result]) -> float | None:
    """The share in (0, 1] that one draw is of the texts of its file that passed the rules; None for other methods.

    Draws of one file overlap by as much: near 1 they differ in little, and their spread shows little of what another
    file by the same generator would score.
    """
    if not is_of_files(results[0].method):
        return None
    return max(result.train_rows / max(result.attempts - result.dropped_total, 1) for result in results)


def runs_of(results: Sequence[Result]) -> list[list[Result]]:
    """The results of one row by run: by draw of the texts if there are several, else by training seed.

    The same texts and training seed are the same classifier, which counts once.
    """
    several = draws_of(results) > 1
    runs: dict[str | int, list[Result]] = {}
    once = {(result.train_version, result.training_seed): result for result in reversed(_in_order(results))}
    for result in reversed(once.values()):
        runs.setdefault(result.train_version if several else result.training_seed, []).append(result)
    return list(runs.values())


def _in_order(results: Sequence[Result]) -> list[Result]:
    return sorted(results, key=lambda result: result.key)  # a sum of floats depends on its order


def row_variances(results: Sequence[Result]) -> tuple[float, float]:
    """The variance of Macro-F1 over test rows of one result of a row, and what its runs share of it."""
    runs = runs_of(results)
    alone = _row_variance(tuple(r.confusion for run in runs for r in run), (), (), metrics.macro_f1)
    return alone, _over_rows(runs, metrics.macro_f1)


def _over_rows(runs: Sequence[Sequence[Result]], score: bootstrap.Score) -> float:
    """The variance over test rows: what several runs share of it if their predictions were kept, else that of one."""
    results = [(place, result) for place, run in enumerate(runs) for result in run]
    kept = len(runs) > 1 and all(result.predicted for _, result in results)
    return _row_variance(
        tuple(result.confusion for _, result in results),
        tuple(result.predicted for _, result in results) if kept else (),
        tuple(place for place, _ in results),
        score,
    )


@lru_cache(maxsize=4096)
def _row_variance(
    confusions: tuple[Sequence[Sequence[int]], ...],
    predicted: tuple[str, ...],
    runs: tuple[int, ...],
    score: bootstrap.Score,
) -> float:
    counts = np.array(confusions)
    if not predicted:
        return float(row_variance(counts, score).mean())
    rows = int(counts[0].sum())
    predictions = np.array([unpack(one, counts.shape[-1], rows) for one in predicted])
    return shared_row_variance(counts, predictions, runs, score)


def resampled_by_key(results: Sequence[Result], true: Sequence[str]) -> dict[Key, Any]:
    """The Macro-F1 of results of one test set on the same resampled rows, shape (resamples,), by the results' keys.

    `true` are the labels of the test rows in their order. Raises ValueError if a result's predictions and these labels
    do not give its confusion table.
    """
    results = _in_order(results)  # the draws depend on it
    for result in results:
        if not fits(result, true):
            raise ValueError(
                f"result of {result.task}, {result.method}, {result.classifier}: its predictions and the labels of the "
                "data do not give its confusion; give the data that it was scored on, or measure it again"
            )
    drawn = resampled_scores(true, [result.predictions for result in results], results[0].labels, metrics.macro_f1)
    return {result.key: scores for result, scores in zip(results, drawn.resampled, strict=True)}


def fits(result: Result, true: Sequence[str]) -> bool:
    """Compare the confusion table of a result with the one that its predictions and these test labels give."""
    return len(true) == result.test_rows and np.array_equal(
        metrics.confusion(true, result.predictions, result.labels), result.confusion
    )
