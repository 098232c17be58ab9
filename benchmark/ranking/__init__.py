"""Tasks ranked by comparisons of two at a time: how subjective each is, how sure that is, and how consistent."""

from benchmark.ranking.bradley_terry import Standing, standings, strengths
from benchmark.ranking.consistence import (
    Agreement,
    Consistence,
    Triad,
    coefficient_of_agreement,
    coefficient_of_consistence,
)
from benchmark.ranking.subjectivity import MEASURES, Subjectivity, from_agreement, subjectivities

__all__ = [
    "MEASURES",
    "Agreement",
    "Consistence",
    "Standing",
    "Subjectivity",
    "Triad",
    "coefficient_of_agreement",
    "coefficient_of_consistence",
    "from_agreement",
    "standings",
    "strengths",
    "subjectivities",
]
