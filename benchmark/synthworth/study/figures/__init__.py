"""Figures of numbers that are already computed, as PNG and SVG with their caption inside and their numbers beside."""

from synthworth.study.figures.captions import caption, title
from synthworth.study.figures.files import draw
from synthworth.study.figures.numbers import (
    AgreementCurve,
    AgreementCurves,
    AgreementPoint,
    Diversity,
    Drop,
    DropAgainstSubjectivity,
    Figure,
    LearningCurves,
    LearningPoint,
    MeasuredPoint,
    Scores,
    Similarity,
)

__all__ = [
    "AgreementCurve",
    "AgreementCurves",
    "AgreementPoint",
    "Diversity",
    "Drop",
    "DropAgainstSubjectivity",
    "Figure",
    "LearningCurves",
    "LearningPoint",
    "MeasuredPoint",
    "Scores",
    "Similarity",
    "caption",
    "draw",
    "title",
]
