"""The columns of the table: their headers, what the note says of them, and which of them are shown."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from synthworth.core.errors import unknown
from synthworth.leaderboard.row import Row

HEADERS = {
    "task": "task",
    "version": "version",
    "method": "method",
    "generator": "generator",
    "classifier": "classifier",
    "per_label": "n/label",
    "steps": "steps",
    "short": "short",
    "tier": "tier",
    "leads": "leads its tier",
    "macro_f1": "Macro-F1",
    "low": "95 % low",
    "high": "95 % high",
    "accuracy": "accuracy",
    "accuracy_low": "accuracy low",
    "accuracy_high": "accuracy high",
    "drop": "drop",
    "drop_low": "drop low",
    "drop_high": "drop high",
    "gap": "gap recovered",
    "gap_low": "gap low",
    "gap_high": "gap high",
    "worth": "worth in real",
    "diversity": "diversity",
    "diversity_low": "diversity low",
    "diversity_high": "diversity high",
    "diversity_of": "diversity of",
    "leaks": "leaks",
    "disagreement": "disagreement",
    "tokens": "tokens",
    "usd": "cost, usd",
    "dropped": "dropped",
    "seeds": "seeds",
    "collapsed": "collapsed",
    "state": "state",
    "flags": "flags",
    "date": "date",
    "division": "division",
    "task_version": "task version",
    "data_version": "data version",
}
IDENTITY = ("task", "version", "method", "generator", "classifier", "per_label")
LEFT = (*IDENTITY[:5], "diversity_of", "state", "flags", "date", "division", "data_version")
NOTES = {  # what a reader must know of a column
    "macro_f1": "Macro-F1 and accuracy: mean over seeds.",
    "low": "95 %: bootstrap over the test rows of each label (mean of the seeds' bounds).",
    "drop": "drop: Macro-F1 of real texts of the same size and classifier, minus this row's.",
    "dropped": "dropped: answers of the generator that became no text, of all answers.",
    "version": "version: of task and data, where a task has several; a mean over tasks takes the newest task, and of "
    "it the data with the most results.",
    "short": "short: texts of the label that has the fewest, where one misses its quota.",
    "steps": "steps: of the optimiser, where methods of one size were not trained equally long.",
    "tier": "tier: 1 is whom no other method or generator beats, 2 whom none of the rest beats, and so on (paired on "
    "test rows, over seeds; Holm's p over all pairs of a task, classifier and size at most 0.05); * leads its tier by "
    "Macro-F1. Members of a tier are not shown to be equal. That of a mean is about these very tasks.",
    "gap": "gap recovered: (Macro-F1 - floor) / (that of real texts of the same size - floor), where the floor always "
    "guesses the most frequent label; left out where real texts do not clearly beat it.",
    "worth": "worth in real: how many real texts per label reach this score, on their curve (in brackets 95 % "
    "over test rows and seeds).",
    "diversity": "diversity: remote clique, the mean cosine distance of a text to the others; higher is more diverse.",
    "leaks": "leaks: share of texts suspected to come from the test set.",
    "disagreement": "disagreement: share of texts that a classifier trained on real texts labels otherwise.",
    "tokens": "tokens: of prompts and answers, for the texts of one generation seed.",
    "usd": "cost: of these tokens, at the prices that synthworth knows.",
    "collapsed": "collapsed: seeds whose training failed (loss at chance, or one label for all); the mean has them.",
    "state": "state: how far the row was verified.",
    "flags": "flags: what a reader must know.",
    "date": "date: when the entry was made.",
}
USUAL = ("macro_f1", "low", "drop", "dropped")
RARE = [name for name in NOTES if name not in USUAL]  # shown only where a row has something to say there
ASKED = {  # shown in a table only where they are asked for by name; CSV and JSON have them
    *("leads", "accuracy_low", "accuracy_high", "drop_low", "drop_high", "gap_low", "gap_high"),
    *("diversity_low", "diversity_high", "diversity_of", "division", "task_version", "data_version"),
}
BOUNDS = {
    "macro_f1": ("low", "high"),
    **{name: (f"{name}_low", f"{name}_high") for name in ("accuracy", "drop", "gap", "diversity")},
}
INTERVALS = "In brackets: 95 %, of Macro-F1 and accuracy over test rows, of drop and gap over test rows and seeds."
NO_TIERS = (
    "No tiers of statistically equal entries: they need results that hold their predictions, and --data DIR, the "
    "texts that were scored on."
)


class Shown(NamedTuple):
    """What of the rows is shown: these `columns` alone (none: those that have something to say), with `intervals` or
    without, and a column for each value `by` one of BY, in place of one row each ("": rows).
    """

    columns: Sequence[str] = ()
    intervals: bool = False
    by: str = ""


BY = ("generator", "method", "classifier")


def check(shown: Shown) -> None:
    """ValueError where a column is unknown, or where there is nothing to pivot by, with what there is."""
    for name in shown.columns:
        if name not in HEADERS:
            raise ValueError(unknown("column", name, HEADERS))
    if shown.by and shown.by not in BY:
        raise ValueError(unknown("--by", shown.by, BY, "values"))
    if shown.by and len(shown.columns) > 1:
        raise ValueError(f"--by {shown.by} shows one number; give one of --columns, not {len(shown.columns)}")
    if shown.by and set(shown.columns) & set(IDENTITY):
        raise ValueError(f"--by {shown.by} shows a number, and {shown.columns[0]} names a row; give --columns macro_f1")


def columns_of(rows: Sequence[Row], shown: Shown) -> list[str]:
    """The names of the columns that a table of these rows has."""
    if shown.columns:
        return list(dict.fromkeys(shown.columns))
    inside = BOUNDS["macro_f1"] if shown.intervals else ()  # beside the score, in its cell
    names = [name for name in HEADERS if name not in ASKED and name not in inside]
    return [name for name in names if name not in RARE or any(_says(row, name) for row in rows)]


def _says(row: Row, name: str) -> bool:
    value = getattr(row, name)
    return value not in (None, "") and not (name == "usd" and value == 0)  # a generator of one's own costs nothing


def note_of(rows: Sequence[Row], columns: Sequence[str], shown: Shown) -> str:
    """What a reader must know of the columns of a table."""
    if shown.by:
        measure = shown.columns[0] if shown.columns else "macro_f1"
        told = [f"In the cells: {HEADERS[measure]}.", notes([measure])]
    else:
        told = [notes(columns)]
        sets = sorted({row.diversity_of for row in rows} - {""})
        told += [f"Diversity is of {'; '.join(sets)}."] if sets and "diversity" in columns else []
    told += [INTERVALS] if shown.intervals else []
    unwanted = shown.by or (shown.columns and "tier" not in shown.columns)
    told += [] if unwanted or any(row.tier for row in rows) or not _could_have_tiers(rows) else [NO_TIERS]
    return " ".join(filter(None, told))


def notes(columns: Collection[str] = tuple(NOTES)) -> str:
    """What a reader must know of these columns."""
    return " ".join(told for name, told in NOTES.items() if name in columns)


def _could_have_tiers(rows: Sequence[Row]) -> bool:
    same = [(row.task, row.version, row.classifier, row.per_label) for row in rows if row.method != "real"]
    return len(set(same)) < len(same)


def cell(row: Row, name: str, *, intervals: bool = False) -> str:
    """What a table shows of a row in that column: rounded, and in brackets with its interval where that is asked for.

    "" where there is nothing to say.
    """
    value = getattr(row, name)
    if value is None:
        return ""
    if isinstance(value, str):  # anybody's name: what a terminal would obey is no part of it
        return "".join(letter if letter.isprintable() else " " for letter in value)
    if name == "tier":
        return f"{value}*" if row.leads else str(value)
    form = FORMS.get(name, _plain)
    if intervals and name in BOUNDS:
        low, high = (getattr(row, end) for end in BOUNDS[name])
        if low is not None:
            return f"{form(value)} ({form(low)} to {form(high)})"
    return form(value)


def _plain(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _percent(value: float) -> str:
    return f"{value + 0.0:.0%}".replace("%", " %").replace("-0 %", "0 %")


FORMS: Mapping[str, Callable[[Any], str]] = {
    **dict.fromkeys(("gap", "gap_low", "gap_high", "leaks", "disagreement"), _percent),
    "tokens": lambda value: f"{value:,}",
    "usd": lambda value: f"{value:.4f}",
}
