"""The study's tables, of whatever numbers are there."""

from collections.abc import Callable

from synthworth.study import of_scores, of_texts
from synthworth.study.evidence import Evidence, each_of
from synthworth.study.table import Table

TABLES: tuple[Callable[[Evidence], Table], ...] = (
    of_scores.scores,
    of_scores.paired,
    of_scores.agreement,
    of_scores.generators,
    of_scores.augmentation,
    of_texts.prompts,
    of_scores.claims,
    of_texts.texts,
    of_texts.leaks,
    of_texts.label_quality,
    of_scores.variance,
)


def tables_of(evidence: Evidence) -> tuple[list[Table], list[str]]:
    """The tables that can be made, and of each other one why it cannot, in a line."""
    return each_of(TABLES, evidence)
