"""Warnings about an entry that are no grounds for rejection."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from statistics import fmean

from synthworth.core import Result
from synthworth.pipeline import REAL
from synthworth.submission.bundle import Bundle

PLAINEST = "zero_shot"  # the reference method that a gain counts from

Cell = tuple[str | int, ...]


def flags_of(bundle: Bundle, reference: Sequence[Result]) -> list[str]:
    """Return a line each for unequal quotas, scores above real data of the same size, and a gain on one task alone.

    `reference` holds the verifier's results, among them those of real texts and of the plainest method.
    """
    return [*_unequal_quotas(bundle), *_above_real_data(bundle, reference), *_gain_on_one_task(bundle, reference)]


def _unequal_quotas(bundle: Bundle) -> Iterator[str]:
    for (task, seed), texts in bundle.texts.items():
        counts, quota = Counter(text.label for text in texts), bundle.declaration.per_label
        labels = {label for result in bundle.results if result.task == task for label in result.labels} | set(counts)
        if odd := [counts[label] for label in labels if counts[label] != quota]:
            yield f"unequal quotas: {task}, generation seed {seed}, has {min(odd)} texts of a label, not {quota}"


def _above_real_data(bundle: Bundle, reference: Sequence[Result]) -> Iterator[str]:
    ceilings = defaultdict(list)
    for one in reference:
        if one.method == REAL and (one.per_label >= bundle.declaration.per_label or not one.per_label):
            ceilings[_cell(one), one.per_label].append(one.macro_f1_high)
    for cell, results in _by_cell(bundle.results).items():
        highs = [fmean(high) for (at, _), high in ceilings.items() if at == cell]
        low = fmean(result.macro_f1_low for result in results)
        if highs and low > max(highs):
            task, classifier = cell[:2]
            yield f"above real data: {task}, {classifier}: at least {low:.3f}, and real texts at most {max(highs):.3f}"


def _gain_on_one_task(bundle: Bundle, reference: Sequence[Result]) -> Iterator[str]:
    """Yield a line if the mean gain over the plainest method vanishes without one of at least three tasks."""
    size = bundle.declaration.per_label
    plainest = _by_cell(one for one in reference if one.method == PLAINEST and one.per_label == size)
    gains: dict[str, dict[str, float]] = defaultdict(dict)
    for cell, results in _by_cell(bundle.results).items():
        if cell in plainest:
            gain = fmean(result.macro_f1 for result in results) - fmean(result.macro_f1 for result in plainest[cell])
            gains[str(cell[1])][str(cell[0])] = gain
    for classifier, by_task in gains.items():
        best = max(by_task, key=lambda task: by_task[task])
        others = [gain for task, gain in by_task.items() if task != best]
        if len(others) > 1 and fmean(by_task.values()) > 0 >= fmean(others):
            yield (
                f"all gain on one task: by {classifier}, {by_task[best]:+.3f} over {PLAINEST} on {best} and "
                f"{fmean(others):+.3f} on the {len(others)} others"
            )


def _cell(result: Result) -> Cell:
    return result.task, result.classifier, result.task_version, result.data, result.data_version


def _by_cell(results: Iterable[Result]) -> dict[Cell, list[Result]]:
    cells: dict[Cell, list[Result]] = defaultdict(list)
    for result in results:
        cells[_cell(result)].append(result)
    return cells
