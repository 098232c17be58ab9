"""What a reader of the leaderboard must know of an entry, and no verifier has to refuse it for."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from statistics import fmean

from synthworth.core.result import Result
from synthworth.pipeline.training_sets import REAL
from synthworth.submission.bundle import Bundle

FLOOR = "zero_shot"  # the reference method that a gain counts from


def flags_of(found: Bundle, reference: Sequence[Result]) -> list[str]:
    """Unequal quotas, scores above real data of the same size, and a gain that one task has alone, one line each.

    `reference` holds the verifier's results, among them those of real texts and of the plainest method.
    """
    return [*_unequal_quotas(found), *_above_the_ceiling(found, reference), *_gain_on_one_task(found, reference)]


def _unequal_quotas(found: Bundle) -> Iterator[str]:
    for (task, seed), texts in found.texts.items():
        counts, quota = Counter(text.label for text in texts), found.declaration.per_label
        labels = {label for result in found.results if result.task == task for label in result.labels} | set(counts)
        if odd := [counts[label] for label in labels if counts[label] != quota]:
            yield f"unequal quotas: {task}, generation seed {seed}, has {min(odd)} texts of a label, not {quota}"


def _above_the_ceiling(found: Bundle, reference: Sequence[Result]) -> Iterator[str]:
    ceilings = defaultdict(list)
    for one in reference:
        if one.method == REAL and (one.per_label >= found.declaration.per_label or not one.per_label):
            ceilings[_cell(one), one.per_label].append(one.macro_f1_high)
    for cell, mine in _by_cell(found.results).items():
        highs = [fmean(high) for (at, _), high in ceilings.items() if at == cell]
        low = fmean(result.macro_f1_low for result in mine)
        if highs and low > max(highs):
            task, classifier = cell[:2]
            yield f"above real data: {task}, {classifier}: at least {low:.3f}, and real texts at most {max(highs):.3f}"


def _gain_on_one_task(found: Bundle, reference: Sequence[Result]) -> Iterator[str]:
    """Where the mean gain over the plainest method vanishes without one of at least three tasks."""
    floors = _by_cell(one for one in reference if one.method == FLOOR and one.per_label == found.declaration.per_label)
    gains: dict[str, dict[str, float]] = defaultdict(dict)
    for cell, mine in _by_cell(found.results).items():
        if cell in floors:
            gain = fmean(result.macro_f1 for result in mine) - fmean(result.macro_f1 for result in floors[cell])
            gains[str(cell[1])][str(cell[0])] = gain
    for classifier, by_task in gains.items():
        best = max(by_task, key=lambda task: by_task[task])
        others = [gain for task, gain in by_task.items() if task != best]
        if len(others) > 1 and fmean(by_task.values()) > 0 >= fmean(others):
            yield (
                f"all gain on one task: by {classifier}, {by_task[best]:+.3f} over {FLOOR} on {best} and "
                f"{fmean(others):+.3f} on the {len(others)} others"
            )


Cell = tuple[str | int, ...]


def _cell(result: Result) -> Cell:
    return result.task, result.classifier, result.task_version, result.data, result.data_version


def _by_cell(results: "Sequence[Result] | Iterator[Result]") -> dict[Cell, list[Result]]:
    found: dict[Cell, list[Result]] = defaultdict(list)
    for result in results:
        found[_cell(result)].append(result)
    return found
