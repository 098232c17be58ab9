"""Single annotators' votes on the labels of instances, read from a file."""

from pathlib import Path
from typing import NamedTuple

from synthworth.core.csv_rows import read_rows

COLUMNS = ("instance_id", "annotator_id", "label")


class Vote(NamedTuple):
    """The label that one annotator chose for one instance."""

    instance: str
    annotator: str
    label: str


def read_votes(path: str | Path) -> list[Vote]:
    """The votes in a file that `read_rows` reads, in its order: columns instance_id, annotator_id and label.

    An instance may have any number of annotators; a missing vote has no line. An annotator has one vote on an instance:
    a line that repeats it counts once, as public files hold a few, and one with another label is refused. ValueError
    names the file and the line.
    """
    lines: dict[tuple[str, str], tuple[int, Vote]] = {}
    for number, row in read_rows(path, COLUMNS, "votes"):
        if empty := next((name for name in COLUMNS if not row[name]), None):
            raise ValueError(
                f"{path}, line {number}: {empty} is empty; give every vote its {', '.join(COLUMNS)}, and a missing "
                "vote no line"
            )
        vote = Vote(*(row[name] for name in COLUMNS))
        first, earlier = lines.setdefault((vote.instance, vote.annotator), (number, vote))
        if earlier != vote:
            raise ValueError(
                f"{path}, line {number}: annotator {vote.annotator!r} labels {vote.instance!r} {vote.label!r}, in line "
                f"{first} {earlier.label!r}; an annotator has one vote on an instance: remove one of the lines"
            )
    return [vote for _, vote in lines.values()]
