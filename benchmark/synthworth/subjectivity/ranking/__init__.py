"""Tasks ranked by comparisons of two at a time: how subjective each is, how sure that is, and how consistent."""

from synthworth.subjectivity.ranking.bradley_terry import Standing, standings, strengths
from synthworth.subjectivity.ranking.consistence import (
    Agreement,
    Consistence,
    Repeated,
    Triad,
    coefficient_of_agreement,
    coefficient_of_consistence,
    same_both_times,
)
from synthworth.subjectivity.ranking.subjectivity import MEASURES, Subjectivity, from_agreement, made_by, subjectivities

__all__ = [
    "MEASURES",
    "Agreement",
    "Consistence",
    "Repeated",
    "Standing",
    "Subjectivity",
    "Triad",
    "coefficient_of_agreement",
    "coefficient_of_consistence",
    "from_agreement",
    "made_by",
    "same_both_times",
    "standings",
    "strengths",
    "subjectivities",
]
