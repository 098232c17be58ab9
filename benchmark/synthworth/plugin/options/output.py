"""Options about files to write."""

import os
from pathlib import Path

from synthworth.plugin.options.option import Option, file_to_write, one_of, path_or_none


def _results(text: str) -> Path | None:
    from synthworth.core import read

    path = path_or_none(text)
    if path and path.exists():
        read(path)  # a damaged file is better found now than after hours of training
    if path and not _can_hold_a_file(path.parent):
        raise ValueError(f"--synth-results {path} cannot be written; give a file in a folder that you may write to")
    return path


def _can_hold_a_file(folder: Path) -> bool:
    """Tell whether a file may be written in a folder, which need not exist yet."""
    there = next((one for one in (folder, *folder.absolute().parents) if one.exists()), folder)
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


TITLE = "synthworth: files to write"
OPTIONS = (
    Option(
        name="results",
        help="write results to this JSON Lines file, beside those that it holds",
        shown="not written",
        example="suites/results.jsonl",
        read=_results,
    ),
    Option(
        name="table",
        help="what a run ends with: screen (as much of the leaderboard as fits one) or all (every row and column)",
        default="screen",
        example="all",
        read=one_of("table", "screen", "all"),
    ),
    Option(
        name="used",
        help="write which recorded answers were used, for `synthworth prune`",
        shown="not written",
        example="used.json",
        read=file_to_write("used"),
    ),
)
