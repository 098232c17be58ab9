"""A report as a notebook shows it."""

from collections.abc import Iterable, Sequence

from synthworth.core import Table, grid, html_text


def report_html(answer: str, lines: Iterable[str], tables: Sequence[Table], foot: Iterable[str]) -> str:
    """Return HTML of an answer in bold, further lines, tables with their notes, and a list at the foot."""
    head = "".join(f"<p>{html_text(line)}</p>" for line in lines)
    shown = "".join(
        f"<h4>{html_text(table.title)}</h4>{grid(table, 'html')}<p>{html_text(table.note)}</p>" for table in tables
    )
    notes = "".join(f"<li>{html_text(note)}</li>" for note in foot)
    return f"<div><p><strong>{html_text(answer)}</strong></p>{head}{shown}<ul>{notes}</ul></div>"
