"""Tasks ranked by comparisons of two at a time, with intervals, and the consistency of the comparisons."""

from synthworth.subjectivity.ranking.bradley_terry import Standing, standings, strengths
from synthworth.subjectivity.ranking.consistence import (
    Agreement,
    Consistence,
    Repeatability,
    Triad,
    coefficient_of_agreement,
    coefficient_of_consistence,
    repeatability,
)
from synthworth.subjectivity.ranking.subjectivity import (
    MEASURES,
    Subjectivity,
    comparison_source,
    from_agreement,
    subjectivities,
)

__all__ = [
    "MEASURES",
    "Agreement",
    "Consistence",
    "Repeatability",
    "Standing",
    "Subjectivity",
    "Triad",
    "coefficient_of_agreement",
    "coefficient_of_consistence",
    "comparison_source",
    "from_agreement",
    "repeatability",
    "standings",
    "strengths",
    "subjectivities",
]
