"""The columns of a stranger's table that hold the text and the label: by their names, else by what stands in them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from synthworth.core.errors import brief, unknown
from synthworth.core.table_files import PlacedRow

TEXT_NAMES = (
    *(
        "text",
        "texts",
        "sentence",
        "content",
        "message",
        "body",
        "review",
        "review_text",
        "tweet",
        "comment",
        "utterance",
    ),
    *(
        "query",
        "question",
        "document",
        "doc",
        "description",
        "sms",
        "post",
        "input",
        "headline",
        "title",
        "subject",
    ),
)
LABEL_NAMES = (
    *("label", "labels", "label_text", "class", "category", "intent", "sentiment", "target", "topic", "emotion"),
    *("queue", "type", "tag", "rating", "stars", "score", "y", "output", "answer"),
)
MOST = 1000  # rows that are looked at
MOST_LABELS = 200
WORDS = 2.0  # of a text, at least, on average
BY_NAME, BY_VALUES = "by its name", "by its values"


@dataclass(frozen=True, kw_only=True)
class TextColumns:
    """The names of two columns, and in words how each was found: "given", "by its name" or "by its values"."""

    text: str
    label: str
    text_found: str
    label_found: str
    lacking: Mapping[str, str] = field(default_factory=dict)
    """The named columns that the file lacks, so that others were guessed, each with the line that says so."""


def guessed_columns(
    path: Path, rows: Sequence[PlacedRow], *, text: str = "", label: str = "", or_guess: bool = False
) -> TextColumns:
    """Guess which columns hold the text and the label, unless they are named.

    A usual name decides, in whatever case, of labels one whose values come again and again if there is such. Else the
    text is the column with the most words, and the label the only other one with such values. With `or_guess`, a named
    column that this file lacks is guessed too. Raises ValueError, with the columns that there are, if a named one is
    missing or the guess is not clear.
    """
    columns = _columns(path, rows, (text, label), "a text and a label")
    lacking = _lacking(path, columns, {"--text": text, "--label": label}, or_guess=or_guess)
    text_column, text_found = _named_or(text, lacking, lambda: _text_column(path, columns, label))
    label_column, label_found = _named_or(label, lacking, lambda: _label_column(path, columns, text_column))
    if text_column == label_column:
        raise ValueError(f"{path}: the column {text_column!r} cannot be both text and label; name two")
    by_values = text_found.startswith(BY_VALUES) and label_found.startswith(BY_VALUES)
    if by_values and label_column in columns[label_column]:
        raise ValueError(
            f"{path}: its first line, {_shown(columns)}, looks like a text with its label, not like the names of "
            "columns; put a line such as text,label before it, or name the columns with --text and --label"
        )
    return TextColumns(
        text=text_column, label=label_column, text_found=text_found, label_found=label_found, lacking=lacking
    )


def guessed_text_column(
    path: Path, rows: Sequence[PlacedRow], *, text: str = "", label: str = "", or_guess: bool = False
) -> tuple[str, str, Mapping[str, str]]:
    """Return the column of texts that need no label, how it was found, and `lacking`, all as `guessed_columns` does.

    The column `label` is not it. Raises ValueError as `guessed_columns` does.
    """
    columns = _columns(path, rows, (text, label), "a text")
    lacking = _lacking(path, columns, {"--text": text}, or_guess=or_guess)
    return *_named_or(text, lacking, lambda: _text_column(path, columns, label)), lacking


def _lacking(
    path: Path, columns: Mapping[str, Sequence[Any]], named: Mapping[str, str], *, or_guess: bool
) -> dict[str, str]:
    """Return the columns that options name and the file lacks, each with a line about it; ValueError at the first."""
    lacking = {
        name: f"{path}: {option}: {unknown('column', name, columns)}"
        for option, name in named.items()
        if name and name not in columns
    }
    for problem in lacking.values():
        if not or_guess:
            raise ValueError(problem)
    return lacking


def _named_or(name: str, lacking: Mapping[str, str], guess: Callable[[], tuple[str, str]]) -> tuple[str, str]:
    """Return the named column, or what the guess finds if none is named or the file lacks it."""
    if name and name not in lacking:
        return name, "given"
    try:
        column, found = guess()
    except ValueError as error:
        raise ValueError(lacking.get(name, str(error))) from None
    return column, f"{found}, for there is no {brief(name)}" if name else found


def _columns(path: Path, rows: Sequence[PlacedRow], given: Sequence[str], needed: str) -> dict[str, list[Any]]:
    names = dict.fromkeys(name for row in rows[:MOST] for name in row.values)  # of JSON Lines each row has its own
    names.update(dict.fromkeys(name for name in given if any(name in row.values for row in rows)))
    columns = {name: [row.values.get(name) for row in rows[:MOST]] for name in names}
    if not columns:
        raise ValueError(f"{path}: no rows; give a table with a header, {needed} in each row")
    return columns


def _text_column(path: Path, columns: Mapping[str, Sequence[Any]], label: str) -> tuple[str, str]:
    free = {name: values for name, values in columns.items() if name != label}
    if named := _named(free, TEXT_NAMES):
        return named, BY_NAME
    lengths = {name: _mean_words(values) for name, values in free.items() if len(set(map(str, values))) > 1}
    longest = max(lengths, key=lambda name: lengths[name], default="")
    if not longest or lengths[longest] < WORDS:
        raise ValueError(f"{path}: no column looks like texts; columns: {_shown(columns)}; name it with --text COLUMN")
    return longest, BY_VALUES


def _label_column(path: Path, columns: Mapping[str, Sequence[Any]], text: str) -> tuple[str, str]:
    free = {name: values for name, values in columns.items() if name != text}
    likely = {name: values for name, values in free.items() if _repeats(values)}
    if named := _named(likely, LABEL_NAMES) or _named(free, LABEL_NAMES):
        return named, BY_NAME
    if len(likely) != 1:
        several = f"{len(likely)} columns look like labels, {', '.join(map(brief, likely))}"
        which = several if likely else f"no column looks like labels; columns: {_shown(columns)}"
        raise ValueError(f"{path}: {which}; name it with --label COLUMN")
    return next(iter(likely)), BY_VALUES


def _named(columns: Iterable[str], names: Sequence[str]) -> str:
    """The column whose name comes first among the usual ones; "" if none has one."""
    by_name = {name.strip().casefold(): name for name in reversed(list(columns))}
    return next((by_name[name] for name in names if name in by_name), "")


def _mean_words(values: Sequence[Any]) -> float:
    texts = [value for value in values if isinstance(value, str)]
    return sum(len(text.split()) for text in texts) / max(1, len(values))


def _repeats(values: Sequence[Any]) -> bool:
    """Tell whether a column has few values, at least two, that come twice or more on average."""
    there = [str(value).strip() for value in values if value is not None and str(value).strip()]
    return 1 < len(set(there)) <= min(MOST_LABELS, len(there) / 2)


def _shown(columns: Iterable[str]) -> str:
    return ", ".join(map(brief, columns))
