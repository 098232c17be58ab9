"""The gate on recorded draws of the same prompt: nothing changed, so that whatever it finds is a false alarm."""

from collections.abc import Iterator, Sequence
from itertools import combinations, permutations
from typing import NamedTuple

from synthworth.gate.comparison import PROMPT, TEXTS, Predictions, ScoreComparison, score_change
from synthworth.gate.error_rates import MeasuredCell, told
from synthworth.gate.together import Families, judged_together
from synthworth.gate.verdict import MARGIN, REGRESSED, overall


class Redraw(NamedTuple):
    """One gate of draws of a prompt against other draws of it."""

    method: str
    classifier: str
    before: tuple[int, ...]
    """Generation seeds of the baseline."""
    after: tuple[int, ...]
    tasks: int
    verdict: str
    """The gate's verdict over all."""
    mean: bool
    """True if the mean is called regressed, with one draw a side for these very texts."""
    single: int
    """Single tasks that are called regressed, with one draw a side for these very texts."""


def redraws(cells: Sequence[MeasuredCell], *, margin: float = MARGIN) -> Iterator[Redraw]:
    """Yield the gates that the recorded draws allow, for each method, classifier, size and writer.

    One draw against another, each in either place; and where there are four draws or more, all ways to put half of them
    on either side. Tasks that lack a draw are left out of its gates.
    """
    groups: dict[tuple[str, str, int, tuple[str, ...]], list[MeasuredCell]] = {}
    for cell in cells:
        groups.setdefault((cell.method, cell.classifier, cell.per_label, cell.writer), []).append(cell)
    for group in groups.values():
        for before, after in _sides(sorted({seed for cell in group for seed in cell.predictions})):
            able = [cell for cell in group if {*before, *after} <= set(cell.predictions)]
            if able:
                yield _gate(able, before, after, margin)


def _sides(seeds: Sequence[int]) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    for one, two in permutations(seeds, 2):
        yield (one,), (two,)
    half = len(seeds) // 2
    if half > 1:
        for before in combinations(seeds, half):
            rest = [seed for seed in seeds if seed not in before]
            yield from ((before, after) for after in combinations(rest, half))


def _gate(cells: Sequence[MeasuredCell], before: tuple[int, ...], after: tuple[int, ...], margin: float) -> Redraw:
    comparisons = [_compared(cell, before, after) for cell in cells]
    several = len(cells) > 1
    verdicts = judged_together(comparisons, Families(1, len(cells) if several else 1), margin=margin)
    fell = [v for v in verdicts if told(v) == REGRESSED]
    return Redraw(
        method=cells[0].method,
        classifier=cells[0].classifier,
        before=before,
        after=after,
        tasks=len(cells),
        verdict=overall(verdicts),
        mean=any(v.decides for v in fell),
        single=sum(not v.decides for v in fell),
    )


def _compared(cell: MeasuredCell, before: tuple[int, ...], after: tuple[int, ...]) -> ScoreComparison:
    def side(seeds: tuple[int, ...]) -> Predictions:
        return {seed: cell.predictions[seed] for seed in seeds}

    def counted(seeds: tuple[int, ...]) -> tuple[int, int]:
        return len(seeds), min(len(cell.predictions[seed]) for seed in seeds)

    return ScoreComparison(
        task=cell.task,
        method=cell.method,
        classifier=cell.classifier,
        rows=len(cell.true),
        before_seeds=counted(before),
        after_seeds=counted(after),
        about=PROMPT if len(before) > 1 else TEXTS,
        **score_change(cell.true, cell.labels, side(before), side(after))._asdict(),
    )
