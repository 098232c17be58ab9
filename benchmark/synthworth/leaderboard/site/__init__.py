"""The leaderboard as one folder of HTML pages that need no server: an index, and a page per entry and per task."""

from synthworth.leaderboard.site.build import Inputs, build

__all__ = ["Inputs", "build"]
