"""The columns of the leaderboard: to add one, add one `Column` to `COLUMNS`."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Literal

from synthworth.core import Value, printable, text_of, unknown, usd_text, with_interval
from synthworth.leaderboard.row import Row

Bounds = tuple[float | None, float | None]


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of the leaderboard: the source of its values, and their form in every table and page."""

    name: str
    """Its key in CSV and JSON, and for `--columns`."""
    header: str
    """Its header in tables for readers."""
    value: Callable[[Row], Value]
    """Its value in a row; None or "" if there is nothing to say."""
    note: str = ""
    """The sentence about it below a table."""
    form: Callable[[Any], str] = text_of
    """The form of a number."""
    bounds: Callable[[Row], Bounds] = lambda row: (None, None)
    """The ends of the number's 95 % interval in a row."""
    mark: Callable[[Row], str] = lambda row: ""
    """A sign behind the number."""
    left: bool = False
    """True for text, which is aligned left and sorted as text."""
    identity: bool = False
    """True if it says which row this is, and is no measurement."""
    shown: Literal["always", "filled", "named"] = "filled"
    """When tables for readers have it: always, if a row has something to say there, or only if `--columns` names it."""
    blank: Value = None
    """A value that has nothing to say, beside None and ""."""

    def text(self, row: Row, *, interval: bool = False) -> str:
        """The cell of a row in a table for readers, with the interval in brackets if `interval` is true."""
        value = self.value(row)
        if value is None or isinstance(value, str):
            return printable(value or "")
        low, high = self.bounds(row) if interval else (None, None)
        return with_interval(value, low, high, self.form) + self.mark(row)

    def fills(self, row: Row) -> bool:
        """Return True if it has something to say about a row."""
        return self.value(row) not in (None, "", self.blank)


def _percent(value: float) -> str:
    return f"{value + 0.0:.0%}".replace("%", " %").replace("-0 %", "0 %")


def _column(name: str, header: str, **more: Any) -> Column:
    """A column that shows the field of its name."""
    return Column(name=name, header=header, value=attrgetter(name), **more)


def _label(name: str, header: str, **more: Any) -> Column:
    """A column of text."""
    return _column(name, header, left=True, **more)


def _estimate(name: str, header: str, ends: Sequence[Column] = (), **more: Any) -> tuple[Column, ...]:
    """A number and its bounds, each end a column of its own, by default of the fields NAME_low and NAME_high."""
    form = more.get("form", text_of)
    low, high = ends or [_column(f"{name}_{e}", f"{header.split()[0]} {e}", shown="named", form=form) for e in _ENDS]
    number = _column(name, header, bounds=lambda row: (low.value(row), high.value(row)), **more)
    return number, low, high


_ENDS = ("low", "high")

COLUMNS: tuple[Column, ...] = (
    _label("task", "task", identity=True, shown="always"),
    _label(
        "version",
        "version",
        identity=True,
        note="version: of task and data, if a task has several; a mean over tasks takes the newest task, and of it the "
        "data with the most results.",
    ),
    _label("method", "method", identity=True, shown="always"),
    _label("generator", "generator", identity=True, shown="always"),
    _label("prompting", "prompting", note="prompting: how the texts of a file were asked for, as it says."),
    _label("source", "source", shown="named", note="source: the place that the texts of a file come from."),
    _label("classifier", "classifier", identity=True, shown="always"),
    _column("per_label", "n/label", identity=True, shown="always"),
    _column(
        "steps",
        "steps",
        note="steps: of the optimiser, if methods of one size were not trained equally long.",
        form=str,
    ),
    _column("short", "short", note="short: texts of the label that has the fewest, if one misses its quota.", form=str),
    _column(
        "tier",
        "tier",
        mark=lambda row: "*" if row.leads else "",
        note="tier: 1 is beaten by no other method or generator, 2 by none but those of tier 1, and so on (paired on "
        "test rows, over seeds; Holm's p over all pairs of a task, classifier and size at most 0.05); * has the "
        "highest Macro-F1 of its tier. Members of a tier are not shown to be equal. The tiers of a mean are about "
        "these very tasks. A row of one draw has none: it says nothing about its method.",
    ),
    _column("leads", "leads its tier", shown="named"),
    *_estimate(
        "macro_f1",
        "Macro-F1",
        [_column("low", "95 % low", shown="always"), _column("high", "95 % high", shown="always")],
        shown="always",
        note="Macro-F1 and accuracy: mean over seeds.",
    ),
    *_estimate("accuracy", "accuracy", shown="always"),
    *_estimate(
        "drop",
        "drop",
        shown="always",
        note="drop: Macro-F1 of real texts of the same size and classifier, minus this row's.",
    ),
    *_estimate(
        "gap",
        "gap recovered",
        form=_percent,
        note="gap recovered: (Macro-F1 - floor) / (that of real texts of the same size - floor); left out if real "
        "texts do not clearly beat the floor.",
    ),
    _column(
        "floor",
        "floor",
        shown="named",
        note="floor: Macro-F1 that a guesser who reads no text can expect, the higher of always naming the most "
        "frequent label and of naming labels at random with their shares in the test set.",
    ),
    _column(
        "worth",
        "worth in real",
        note="worth in real: how many real texts per label reach this score, on their curve (in brackets 95 % over "
        "test rows and seeds).",
    ),
    *_estimate(
        "margin",
        "margin",
        note="margin: Macro-F1 minus that of the best free rung on the same test set, whatever its classifier; a mean "
        "takes the rung that is best on the mean. Free rungs need neither a labelled real text nor a generator: labels "
        "and demonstrations. The best was picked by these very scores, which favours it.",
    ),
    _label("free_rung", "free rung"),
    *_estimate(
        "diversity",
        "diversity",
        note="diversity: remote clique, the mean cosine distance of a text to the others; higher is more diverse.",
    ),
    _label("diversity_of", "diversity of", shown="named"),
    _column("leaks", "leaks", form=_percent, note="leaks: share of texts suspected to come from the test set."),
    _column(
        "opposed",
        "opposed",
        shown="named",
        note="opposed: suspected copies of a test or training text that has another label.",
    ),
    *_estimate(
        "fidelity",
        "fidelity",
        form="{:.2f}".format,
        note="fidelity: share of texts that a classifier trained on other, real texts gives the label that was asked "
        "for; fidelity of real: that of real test texts, with the label they have. Both are means over labels.",
    ),
    _column("fidelity_of_real", "fidelity of real", form="{:.2f}".format),
    _column("tokens", "tokens", note="tokens: of prompts and answers, for the texts of one generation seed."),
    _column(
        "usd",
        "cost, usd",
        form=usd_text,
        blank=0.0,
        note="cost: of these tokens, at the prices that the generator's table in pyproject.toml, or synthworth, knows; "
        "as a batch, at half of them.",
    ),
    _column(
        "dropped",
        "dropped",
        shown="always",
        note="dropped: answers of a generator, or texts of a file, that were not trained on, of all; with each rule "
        "that drops more than 10 %.",
    ),
    _column("seeds", "seeds", shown="always"),
    _column("draws", "draws", shown="named", note="draws: of the training texts, one for each generation seed."),
    _column(
        "collapsed",
        "collapsed",
        note="collapsed: seeds whose training failed (loss at chance, or one label for all); the mean has them.",
    ),
    _label(
        "remarks",
        "remarks",
        note="at chance: the interval of Macro-F1 holds the floor, which is the Macro-F1 that a guesser who reads no "
        "text can expect; below chance: it lies below; one draw: intervals are about these very texts, and another "
        "draw of them by the same method may score beyond; one draw of real texts: the same of those beside the row; "
        "labels at chance: fidelity is not above 1 / labels, and the row enters no tier; fidelity cannot tell: it may "
        "as well be that of real texts; judge too weak: that one is not clearly above chance.",
    ),
    _label("state", "state", note="state: how far the row was verified."),
    _label("flags", "flags", note="flags: warnings about the entry."),
    _label("date", "date", note="date: when the entry was made."),
    _label("division", "division", shown="named"),
    _column("task_version", "task version", shown="named"),
    _label("data_version", "data version", shown="named"),
)
INSIDE = ("low", "high")  # in the cell of the score, if intervals are in brackets
NO_TIERS = "No tiers: they compare on the test rows, whose labels --data DIR gives."
NO_TIERS_OF_ONE_DRAW = (
    "No tiers: they compare methods, and a row of one draw is about its texts; --synth-generation-seed 1 draws again."
)
BY = ("generator", "method", "classifier")


def by_name() -> dict[str, Column]:
    """The columns by their names, in order."""
    return {column.name: column for column in COLUMNS}


@dataclass(frozen=True, kw_only=True)
class View:
    """A selection of columns and rows of the leaderboards."""

    columns: Sequence[str] = ()
    """These columns alone. Default: those that have something to say."""
    intervals: bool = False
    """True for 95 % intervals in brackets beside the numbers."""
    by: str = ""
    """generator, method or classifier: a column for each, in place of rows."""
    classifier: str = ""
    """Only rows of this classifier. Default: all."""
    per_label: str = ""
    """Only rows of this size, as "100" or "all". Default: all."""
    task: str = ""
    """Only rows of this task, or "mean" for the means over tasks. Default: all."""
    generator: str = ""
    """Only rows of this generator, and those that need none. Default: all."""
    brief: bool = False
    """True for one line under the table, in place of a sentence about each column: for a table after every run."""

    def __post_init__(self) -> None:
        there = by_name()
        for name in self.columns:
            if name not in there:
                raise ValueError(unknown("column", name, there))
        if self.by and self.by not in BY:
            raise ValueError(unknown("--by", self.by, BY, "values"))
        if self.by and len(self.columns) > 1:
            raise ValueError(f"--by {self.by} shows one number; give one of --columns, not {len(self.columns)}")
        if self.by and self.columns and there[self.columns[0]].identity:
            raise ValueError(
                f"--by {self.by} shows a number, and {self.columns[0]} names a row; give --columns macro_f1"
            )


def columns_of(rows: Sequence[Row], view: View) -> list[Column]:
    """The columns that a table of these rows has for its readers."""
    if view.columns:
        there = by_name()
        return [there[name] for name in dict.fromkeys(view.columns)]
    inside = INSIDE if view.intervals else ()
    return [
        column
        for column in COLUMNS
        if column.name not in inside
        and (column.shown == "always" or (column.shown == "filled" and any(column.fills(row) for row in rows)))
    ]


def notes(columns: Collection[Column]) -> str:
    """The sentences about these columns."""
    return " ".join(column.note for column in columns if column.note)


def note_of(rows: Sequence[Row], columns: Sequence[Column], view: View) -> str:
    """The note below a table of these rows: about its columns, and the sources of its intervals."""
    names = [column.name for column in columns]
    parts = [notes(columns)]
    samples = sorted({row.diversity_of for row in rows} - {""})
    parts += [f"Diversity is of {'; '.join(samples)}."] if samples and "diversity" in names else []
    if view.intervals:
        parts.append(f"In brackets: 95 %, over {interval_sources(rows)}.")
    elif "low" in names or "high" in names:
        parts.append(f"95 %: over {interval_sources(rows)}.")
    return " ".join(filter(None, parts))


def interval_sources(rows: Sequence[Row]) -> str:
    """The sources of error that the intervals of these rows hold, in words."""
    if all(row.seeds == 1 for row in rows):
        return "test rows, for one training seed and one draw of the texts"
    if all(row.draws == 1 for row in rows):
        return "test rows and training seeds, for one draw of the texts"
    if all(row.draws > 1 for row in rows):
        return "test rows, draws of the texts and training seeds"
    return "test rows and training seeds, and over draws of the texts in rows that have several"
