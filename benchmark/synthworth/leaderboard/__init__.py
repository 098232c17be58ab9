"""Results as a table: one row for each task, method and classifier, with what real data give beside it."""

from synthworth.core.tables import FORMATS
from synthworth.leaderboard.boards import leaderboards
from synthworth.leaderboard.columns import COLUMNS, Column, View
from synthworth.leaderboard.learning_curve import LearningCurve
from synthworth.leaderboard.render import render
from synthworth.leaderboard.row import Context, Leaderboard, Row
from synthworth.leaderboard.samples import fits, resampled_by_key, sample_of
from synthworth.leaderboard.tiers import tiers

__all__ = [
    "COLUMNS",
    "FORMATS",
    "Column",
    "Context",
    "Leaderboard",
    "LearningCurve",
    "Row",
    "View",
    "fits",
    "leaderboards",
    "render",
    "resampled_by_key",
    "sample_of",
    "tiers",
]
