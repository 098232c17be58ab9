"""Single annotators' votes on the labels of instances, read from the layouts in which people publish them."""

import ast
import csv
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from synthworth.core.errors import brief, unknown
from synthworth.core.table_files import Place, PlacedRow, cell_text, check_columns, read_table

COLUMNS = ("instance_id", "annotator_id", "label")
ROLES = ("instance", "annotator", "label")
OTHER = "other"  # the vote of an annotator who chose none of the label columns
CHOSEN, NOT_CHOSEN = ("1", "true", "yes", "x"), ("", "0", "false", "no")
WHOLE, NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.0+)?"), re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
# Names under which published files have the three, for a suggestion.
USUAL = {
    "instance": ("instance_id item_id text_id post_id comment_id tweet_id task_id sentence_id example_id id item "
    "instance _input_hash text"),
    "annotator": ("annotator_id rater_id worker_id user_id annotator rater worker user coder annotators completed_by "
    "_annotator_id _session_id annotation_agent workerid"),
    "label": ("label labels annotation annotations rating score choice q_overall offensiveness sentiment accept answer "
    "value"),
}  # fmt: skip


class Vote(NamedTuple):
    """The label that one annotator chose for one instance."""

    instance: str
    annotator: str
    label: str


class VotesFile(NamedTuple):
    """The votes of a file in its order, and the number of its cells that hold none."""

    votes: list[Vote]
    missing: int


@dataclass(frozen=True, kw_only=True)
class VoteColumns:
    """The columns of a votes file that hold the instance, the annotator and the label.

    A name with dots leads into nested JSON: `annotations.completed_by`. `annotator` None: each column in `label` is an
    annotator's (a wide table), or the annotators of an instance are numbered (a list of labels). Several columns in
    `label`, joined by + or as FIRST..LAST, with an annotator: one-hot, and the column with a 1 is the label.
    """

    instance: str = COLUMNS[0]
    annotator: str | None = COLUMNS[1]
    label: str = COLUMNS[2]

    @classmethod
    def parse(cls, given: str) -> "VoteColumns":
        """Read "instance=item_id,annotator=rater_id,label=rating"; raises ValueError if it is not of this form.

        >>> VoteColumns.parse("instance=id,annotator=rater_id,label=joy+sadness").label
        'joy+sadness'
        """
        # A name may hold a comma: only the name of a role behind one separates.
        parts = re.split(r",(?=\s*\w+\s*=)", given)
        named = {
            role.strip(): name.strip() for role, separator, name in (part.partition("=") for part in parts) if separator
        }
        for role in named:
            if role not in ROLES:
                raise ValueError(f"columns {given!r}: {unknown('role', role, ROLES)}")
        for role in ("instance", "label"):
            if not named.get(role):
                raise ValueError(
                    f"columns {given!r} name no {role}; give instance=COLUMN,annotator=COLUMN,label=COLUMN"
                )
        return cls(instance=named["instance"], annotator=named.get("annotator") or None, label=named["label"])


def read_votes(path: str | Path, columns: VoteColumns | None = None) -> list[Vote]:
    """Read the votes in a file of any format that `read_table` reads, in its order.

    Without `columns` it has the columns instance_id, annotator_id and label, one vote a row. An instance may have any
    number of annotators; a missing vote has no row, or, with `columns`, an empty cell. An annotator has one vote on an
    instance: a row that repeats it counts once, as public files hold a few, and one with another label is refused.
    Labels that are equal numbers, 1 and 1.0, are one label. Raises ValueError with the file and the line.
    """
    return read_votes_file(path, columns).votes


def read_votes_file(path: str | Path, columns: VoteColumns | None = None) -> VotesFile:
    """Read a file's votes as `read_votes` does, and count its cells without one."""
    rows = read_table(path, "votes")
    if not rows:
        raise ValueError(f"{path}: no votes; needed are lines with {', '.join(COLUMNS)}")
    if columns is None:
        if missing := [name for name in COLUMNS if name not in rows[0].values]:
            raise ValueError(_suggestion(path, rows[0].values, missing))
        cells = _long_cells(rows)
    else:
        cells = _split_lists(list(_cells(path, rows, columns)))
    placed = [(place, Vote(*names)) for place, *names in _one_spelling(cells) if names[2]]
    if not placed:
        raise ValueError(f"{path}: no votes; the cells of all {len(rows):,} rows are empty")
    return VotesFile(_without_repeats(placed), len(cells) - len(placed))


def votes_csv(votes: Sequence[Vote]) -> str:
    """Write votes as the CSV that `read_votes` reads without `columns`."""
    text = io.StringIO()
    # Lines end in CRLF, the default: the writer quotes what ends a line, and nothing else of the kind.
    csv.writer(text).writerows([COLUMNS, *votes])
    return text.getvalue()


Cell = tuple[Place, str, str, str]  # where, instance, annotator, label


def _long_cells(rows: Sequence[PlacedRow]) -> list[Cell]:
    cells = []
    for place, values in rows:
        check_columns(place.path, place, values, COLUMNS)
        texts = [cell_text(values[name], place, name) for name in COLUMNS]
        for name, text in zip(COLUMNS, texts, strict=True):
            if not text:
                raise ValueError(
                    f"{place}: {name} is empty; give every vote its {', '.join(COLUMNS)}, and a missing vote no line"
                )
        cells.append((place, *texts))
    return cells  # type: ignore[return-value]


def _without_repeats(placed: Sequence[tuple[Place, Vote]]) -> list[Vote]:
    firsts: dict[tuple[str, str], tuple[Place, Vote]] = {}
    for place, vote in placed:
        first, earlier = firsts.setdefault((vote.instance, vote.annotator), (place, vote))
        if earlier != vote:
            raise ValueError(
                f"{place}: annotator {vote.annotator!r} labels {vote.instance!r} {vote.label!r}, in {first.within} "
                f"{earlier.label!r}; an annotator has one vote on an instance: remove one of the lines"
            )
    return [vote for _, vote in firsts.values()]


def _one_spelling(cells: Sequence[Cell]) -> list[Cell]:
    """Give equal numbers one spelling, the shortest in the file, in each of the three columns."""
    spelled = list(zip(*cells, strict=True)) if cells else [()] * 4
    # Of names, only whole numbers that a program wrote with .0: 1.10 is another section than 1.1, and 01 than 1.
    for column, numeric in ((1, WHOLE), (2, WHOLE), (3, NUMBER)):
        spellings: dict[Decimal, set[str]] = defaultdict(set)
        for text in set(spelled[column]):
            if numeric.fullmatch(text):
                spellings[Decimal(text)].add(text)
        chosen = {text: min(texts, key=lambda one: (len(one), one)) for texts in spellings.values() for text in texts}
        spelled[column] = tuple(chosen.get(text, text) for text in spelled[column])
    return list(zip(*spelled, strict=True))


def _suggestion(path: str | Path, columns: Mapping[str, Any], missing: Sequence[str]) -> str:
    by_lower = {name.lower(): name for name in reversed(list(columns))}
    likely = {
        role: next((by_lower[name] for name in names.split() if name in by_lower), "COLUMN")
        for role, names in USUAL.items()
    }
    came = ", ".join(map(brief, list(columns)[:40])) + ", ..." * (len(columns) > 40)
    suggested = ",".join(f"{role}={name}" for role, name in likely.items())
    return f"{path}: no column {', '.join(missing)}; columns there: {came}; say which they are: --columns {suggested}"


# ---- other layouts


def _cells(path: str | Path, rows: Sequence[PlacedRow], columns: VoteColumns) -> Iterator[Cell]:
    """The votes of rows in the layout that `columns` describe; a label "" is a missing vote."""
    labels = _label_columns(columns.label, list(rows[0].values))
    for place, values in rows:
        instance = _scalar(_at(values, columns.instance, place), place, "instance")
        if not instance:
            raise ValueError(f"{place}: {columns.instance} is empty; every instance needs a name")
        if len(labels) > 1 and columns.annotator is None:
            for name in labels:
                yield place, instance, name, _label(_at(values, name, place), place)
        elif len(labels) > 1:
            annotator = _scalar(_at(values, str(columns.annotator), place), place, "annotator")
            chosen = [name for name in labels if _is_chosen(_at(values, name, place), place, name)]
            yield place, instance, _named(annotator, place, str(columns.annotator)), "+".join(chosen) or OTHER
        else:
            for annotator, label in _pairs(values, columns.annotator, labels[0], place):
                yield place, instance, annotator, label


def _label_columns(given: str, columns: Sequence[str]) -> list[str]:
    if given in columns:
        return [given]
    names: list[str] = []
    for part in given.split("+"):
        first, between, last = (name.strip() for name in part.partition(".."))
        if between and first in columns and last in columns and columns.index(first) < columns.index(last):
            names += columns[columns.index(first) : columns.index(last) + 1]
        else:
            names.append(part.strip())
    return names


def _at(values: Any, path: str, place: Place) -> Any:
    """The value under a column, or at a path of names with dots through objects and lists of objects."""
    if isinstance(values, list):
        return [_at(one, path, place) for one in values]
    if not isinstance(values, Mapping):
        raise ValueError(f"{place}: there is no {path!r} in {brief(values)}; name a column, or a path into an object")
    if path in values:
        return values[path]
    parts = path.split(".")
    for size in range(len(parts) - 1, 0, -1):  # the longest name first: a column's own name may have dots
        if (name := ".".join(parts[:size])) in values:
            return _at(_parsed(values[name]), ".".join(parts[size:]), place)
    raise ValueError(f"{place}: {unknown('column', path, map(str, values))}")


def _pairs(values: Mapping[str, Any], annotator: str | None, label: str, place: Place) -> Iterator[tuple[str, str]]:
    """The annotators of one row with their labels."""
    if annotator is not None:
        shared, inner_annotator, inner_label = _shared_list(values, annotator, label)
        if shared is not None:
            for one in shared:
                yield from _pairs(one, inner_annotator, inner_label, place)
            return
    given = _parsed(_at(values, label, place))
    who = None if annotator is None else _parsed(_at(values, annotator, place))
    if isinstance(given, Mapping) and len(given) == 1 and isinstance(next(iter(given.values())), list):
        given = next(iter(given.values()))  # Label Studio's {"choices": [...]}
    if isinstance(given, Mapping) and given and all(isinstance(one, bool) for one in given.values()):
        given = [name for name, chosen in given.items() if chosen]  # Mechanical Turk's {label: true}
    if isinstance(given, Mapping):
        yield from _by_annotator(given, who, place)
    elif isinstance(who, list):
        if not isinstance(given, list) or len(given) != len(who):
            raise ValueError(f"{place}: {len(who)} annotators and the labels {brief(given)}; each has one label")
        for name, one in zip(who, given, strict=True):
            yield _named(_scalar(name, place, "annotator"), place, str(annotator)), _label(one, place)
    elif who is None and annotator is None and isinstance(given, list):
        yield from ((str(number), _label(one, place)) for number, one in enumerate(given, 1))
    elif annotator is None:
        raise ValueError(f"{place}: one label and no annotator; name the annotator's column: annotator=COLUMN")
    else:
        yield _named(_scalar(who, place, "annotator"), place, annotator), _label(given, place)


def _by_annotator(given: Mapping[str, Any], who: Any, place: Place) -> Iterator[tuple[str, str]]:
    """The votes of LeWiDi's {annotator: label}, told from counts of votes by label."""
    named = who if isinstance(who, list) else re.split(r"[,;|]", who) if isinstance(who, str) else []
    known = {_scalar(name, place, "annotator") for name in named}
    if not set(given) <= known and not (who is None and all(isinstance(one, str) for one in given.values())):
        raise ValueError(
            f"{place}: the label is an object with {', '.join(map(brief, list(given)[:5]))}; if these are annotators, "
            "name the column that lists them: annotator=COLUMN"
        )
    yield from ((_named(name.strip(), place, "an annotator"), _label(one, place)) for name, one in given.items())


def _shared_list(values: Mapping[str, Any], annotator: str, label: str) -> tuple[list[Any] | None, str, str]:
    """The list of objects that holds both, and their paths inside of it; None if there is none."""
    if annotator in values or label in values:
        return None, annotator, label
    parts = annotator.split("."), label.split(".")
    size = next((at for at, names in enumerate(zip(*parts, strict=False)) if names[0] != names[1]), 0)
    for common in range(size, 0, -1):
        name, inner = ".".join(parts[0][:common]), [".".join(one[common:]) for one in parts]
        entries = _parsed(values.get(name))
        if isinstance(entries, list) and all(isinstance(one, Mapping) for one in entries) and all(inner):
            return entries, inner[0], inner[1]
    return None, annotator, label


def _parsed(value: Any) -> Any:
    """A list or object that a CSV cell holds as JSON, or as Python prints it; else the value."""
    if isinstance(value, str) and value.strip()[:1] in ("[", "{"):
        for read in (json.loads, ast.literal_eval):
            try:
                parsed = read(value.strip())
            except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
                continue
            if isinstance(parsed, list | dict):
                return parsed
    return value


def _label(value: Any, place: Place) -> str:
    """One label; several that an annotator chose are joined by +, as a kind of their own."""
    value = _parsed(value)
    if isinstance(value, list):
        flat = [one for inner in value for one in (inner if isinstance(inner, list) else [inner])]
        return "+".join(dict.fromkeys(text for one in flat if (text := _label(one, place))))
    return _scalar(value, place, "label")


def _scalar(value: Any, place: Place, role: str) -> str:
    if isinstance(value, Mapping):
        inner = ", ".join(map(brief, value))
        raise ValueError(f"{place}: the {role} is an object with {inner}; name one of them after a dot")
    return "" if value is None or value != value else cell_text(value, place, role)


def _named(annotator: str, place: Place, column: str) -> str:
    if not annotator:
        raise ValueError(f"{place}: {column} is empty; every vote needs an annotator")
    return annotator


def _is_chosen(value: Any, place: Place, name: str) -> bool:
    text = str(value).lower() if isinstance(value, bool) else _scalar(value, place, name).lower()
    if text not in CHOSEN + NOT_CHOSEN:
        raise ValueError(f"{place}: {name} is {brief(value)}; a column for each label holds 0 or 1")
    return text in CHOSEN


def _split_lists(cells: list[Cell]) -> list[Cell]:
    """Take apart the annotators and labels of rows that hold them all, separated alike: "ann,ben" and "0,1"."""
    for separator in (",", ";", "|"):
        sizes = [(annotator.count(separator), label.count(separator)) for _, _, annotator, label in cells]
        if all(one == other for one, other in sizes) and any(one for one, _ in sizes):
            return [
                (place, instance, annotator.strip(), label.strip())
                for place, instance, annotators, labels in cells
                for annotator, label in zip(annotators.split(separator), labels.split(separator), strict=True)
            ]
    return cells
