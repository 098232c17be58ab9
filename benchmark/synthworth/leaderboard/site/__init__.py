"""The leaderboard as one folder of HTML pages that need no server: an index, and a page per entry and per task."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
