"""A table of the study as Markdown and CSV."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from synthworth.core import atomic, tables

WIDE = 250  # characters of a line


@dataclass(frozen=True, kw_only=True)
class StudyTable:
    """A table of the study: cells are text, `name` is that of its file, `note` stands below it."""

    name: str
    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""

    def markdown(self) -> str:
        """The table as GitHub Markdown, with its title above and its note below; wide ones are not padded."""
        rows = [dict(zip(self.header, row, strict=True)) for row in self.rows]
        text = tables.render([tables.Table(title=self.title, rows=rows, note=self.note)], "github")
        if max(map(len, text.splitlines())) > WIDE:
            text = re.sub(r" {2,}\|", " |", re.sub(r"-{4,}", "---", text))
        return text

    def csv(self) -> str:
        """The same cells as CSV, without title and note."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([self.header, *self.rows])
        return text.getvalue()


def write_tables(made: Sequence[StudyTable], folder: Path) -> list[Path]:
    """Writes all tables to `tables.md`, and each to `NAME.csv`; returns the paths."""
    texts = {"tables.md": "\n".join(table.markdown() for table in made)}
    texts |= {f"{table.name}.csv": table.csv() for table in made}
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        atomic.replace(folder / name, text)
    return [folder / name for name in texts]


def format_score(value: float, interval: tuple[float, float] | None = None) -> str:
    """A score, with its interval in brackets where it has one.

    >>> format_score(0.71234, (0.7, 0.72))
    '0.712 (0.700 to 0.720)'
    """
    told, *ends = (f"{round(number, 3) + 0.0:.3f}" for number in (value, *(interval or ())))
    return f"{told} ({' to '.join(ends)})" if ends else told
