"""Where a user's computer keeps what can be made again."""

import os
from pathlib import Path


def user_cache() -> Path:
    """The folder for what belongs to no project: it may be deleted at any time."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "synthworth"
