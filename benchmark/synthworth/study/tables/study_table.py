"""A table of the study as Markdown and CSV."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from synthworth.core import atomic, tables


@dataclass(frozen=True, kw_only=True)
class StudyTable:
    """A table of the study: cells are text, `name` is that of its file, `note` stands below it."""

    name: str
    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""

    def markdown(self) -> str:
        """The table as GitHub Markdown, with its title above and its note below."""
        return tables.render([self._table()], "github")

    def csv(self) -> str:
        """The same cells as CSV, without title and note."""
        return tables.render([self._table()], "csv")

    def _table(self) -> tables.Table:
        rows = [dict(zip(self.header, row, strict=True)) for row in self.rows]
        compact = len(self.note) > tables.WIDE or None  # beside a line as long as that, no padding helps either
        return tables.Table(title=self.title, rows=rows, note=self.note, compact=compact, title_column="")


def write_tables(study_tables: Sequence[StudyTable], folder: Path) -> list[Path]:
    """Write all tables to `tables.md`, and each to `NAME.csv`; return the paths."""
    texts = {"tables.md": "\n".join(table.markdown() for table in study_tables)}
    texts |= {f"{table.name}.csv": table.csv() for table in study_tables}
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        atomic.replace(folder / name, text)
    return [folder / name for name in texts]


def format_score(value: float, interval: tuple[float, float] | None = None) -> str:
    """A score, with its interval in brackets if it has one.

    >>> format_score(0.71234, (0.7, 0.72))
    '0.712 (0.700 to 0.720)'
    """
    return tables.with_interval(value, *(interval or (None, None)))


def drawn(draws: int) -> str:
    """Say a number of draws of the texts, one and none in words.

    >>> drawn(0), drawn(1), drawn(3)
    ('none to make', 'one draw', '3')
    """
    return {0: "none to make", 1: "one draw"}.get(draws, str(draws))
