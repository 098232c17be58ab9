"""Tasks ranked by comparisons of two at a time: how subjective each is, how sure that is, and how consistent."""

from benchmark.ranking.bradley_terry import Standing, standings, strengths
from benchmark.ranking.consistence import (
    Agreement,
    Consistence,
    Repeated,
    Triad,
    coefficient_of_agreement,
    coefficient_of_consistence,
    same_both_times,
)
from benchmark.ranking.subjectivity import MEASURES, Subjectivity, from_agreement, made_by, subjectivities

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
