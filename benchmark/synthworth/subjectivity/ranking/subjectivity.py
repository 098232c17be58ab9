"""Subjectivity of a task, as one number with its interval and its source."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from synthworth.subjectivity.comparisons import STAND_IN, Comparison
from synthworth.subjectivity.ranking.bradley_terry import standings

MEASURES = ("mean agreement", "Krippendorff's alpha")


class Subjectivity(NamedTuple):
    """Subjectivity of a task: the higher `value` the more, with its interval (None if unknown) and its source.

    `source` says what was measured, on what, and by whom; `n` is its size. Values of different sources have different
    units and do not compare. A task without a measurement has no such record.
    """

    task: str
    value: float
    low: float | None
    high: float | None
    source: str
    n: int


def subjectivities(comparisons: Sequence[Comparison], *, level: float = 0.95, seed: int = 0) -> list[Subjectivity]:
    """Turn comparisons into subjectivity: minus the strength of `standings`, the least subjective task first, mean 0.

    The source names the comparisons and who made them: people, stand-ins, or both. Errors are those of `strengths`.

    >>> answers = [Comparison("ag_news", "imdb", "ann"), Comparison("ag_news", "imdb", "model:smollm2")]
    >>> least, most = subjectivities(answers)
    >>> most.task, round(most.value, 3), most.source
    ('imdb', 0.805, 'Bradley-Terry strength, 2 comparisons by 1 person and the stand-in model:smollm2')
    """
    source = f"Bradley-Terry strength, {comparison_source(comparisons)}"
    rows = standings(comparisons, level=level, seed=seed)
    return [Subjectivity(row.task, -row.strength, -row.high, -row.low, source, row.n) for row in rows]


def from_agreement(
    task: str,
    agreed: float,
    *,
    measure: str = MEASURES[0],
    low: float | None = None,
    high: float | None = None,
    source: str,
    n: int,
) -> Subjectivity:
    """Turn agreement on a task's texts into subjectivity, 1 minus mean a_i (Li et al. 2023, Eq. 1) or minus alpha.

    `low` and `high` bound the interval of the agreement, `n` counts the texts, and `source` says whose labels they are.
    Raises ValueError if the measure is unknown or a number is outside of its range: [0, 1] for the mean agreement,
    [-1, 1] for alpha.

    >>> from_agreement("imdb", 0.75, low=0.5, high=1, source="5 annotators a text", n=100)
    Subjectivity(task='imdb', value=0.25, low=0, high=0.5, source='1 - mean agreement, 5 annotators a text', n=100)
    """
    if measure not in MEASURES:
        raise ValueError(f"unknown measure {measure!r}; measures: {', '.join(MEASURES)}")
    least = 0 if measure == MEASURES[0] else -1
    for number in (agreed, low, high):
        if number is not None and not least <= number <= 1:
            raise ValueError(f"task {task!r}: {measure} is {number}; it lies in {least} to 1")
    below, above = (None if bound is None else 1 - bound for bound in (high, low))
    return Subjectivity(task, 1 - agreed, below, above, f"1 - {measure}, {source}", n)


def comparison_source(comparisons: Iterable[Comparison]) -> str:
    """Name the source of comparisons: their number, and who made them, stand-ins by name.

    >>> comparison_source([Comparison("ag_news", "imdb", "ann"), Comparison("ag_news", "imdb", "ben")])
    '2 comparisons by 2 people'
    """
    annotators = [comparison.annotator for comparison in comparisons]
    stand_ins = sorted({name for name in annotators if name.startswith(STAND_IN)})
    people = len(set(annotators)) - len(stand_ins)
    by = [f"{people} {'people' if people > 1 else 'person'}"] if people else []
    if stand_ins:
        by.append(f"the stand-in{'s' * (len(stand_ins) > 1)} {', '.join(stand_ins)}")
    return f"{len(annotators)} comparison{'s' * (len(annotators) > 1)} by {' and '.join(by)}"
