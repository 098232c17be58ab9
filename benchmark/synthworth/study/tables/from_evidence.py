"""The study's tables, made from the evidence at hand."""

from collections.abc import Callable

from synthworth.study.evidence import Evidence, each_of
from synthworth.study.tables import scores, texts
from synthworth.study.tables.study_table import StudyTable

TABLES: tuple[Callable[[Evidence], StudyTable], ...] = (
    scores.scores,
    scores.paired,
    scores.agreement,
    scores.generators,
    scores.augmentation,
    texts.prompts,
    scores.claims,
    texts.texts,
    texts.leaks,
    texts.label_quality,
    scores.variance,
)


def tables_of(evidence: Evidence) -> tuple[list[StudyTable], list[str]]:
    """Return the tables that can be made, and for each other one the reason why not, in a line."""
    return each_of(TABLES, evidence)
