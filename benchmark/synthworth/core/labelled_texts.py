"""Labelled texts of no task: from a stranger's table or from Python, and their labels matched with those of others."""

import re
import shlex
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from synthworth.core.errors import NAMED, brief, few, unknown
from synthworth.core.guessed_columns import guessed_columns, guessed_text_column
from synthworth.core.table_files import Place, cell_text, read_table
from synthworth.core.words import is_unicode

# What pandas, R, spreadsheets and databases write for a missing value. "None" and "N/A" may be labels, but no texts.
NO_LABEL = ("NaN", "nan", "NaT", "<NA>", "#N/A", "NULL")
NO_TEXT = (*NO_LABEL, "null", "None", "NA", "N/A", "n/a")

MARKED = re.compile(r'"(?:[^"]|"")*"')  # a label between quotation marks
# OLD=NEW of --label-map and the comma behind it; what is not marked ends at the first = or comma.
PAIR = re.compile(rf"(\s*{MARKED.pattern}\s*(?==)|[^,=]*)=(\s*{MARKED.pattern}\s*(?=,|$)|[^,]*)(?:,|$)")


@dataclass(frozen=True, kw_only=True)
class LabelledTexts:
    """Texts with a label each, and where they come from."""

    name: str
    """The file, or what they are, for messages."""
    texts: tuple[str, ...]
    """The texts, without blanks around them; none is empty."""
    labels: tuple[str, ...]
    """Their labels, in the same order."""
    columns: str = ""
    """The columns that were taken, and how they were found; "" for texts from Python."""
    left_out: int = 0
    """Rows without a text or without a label."""
    mapped_out: Mapping[str, int] = field(default_factory=dict)
    """The texts whose label was mapped to nothing, by that label."""
    lacking: Mapping[str, str] = field(default_factory=dict)
    """The columns that were named and that the file lacks, each with the line that says so."""
    placeholders: Mapping[str, int] = field(default_factory=dict)
    """Of the rows left out, those with a word for a missing value, such as NaN, by that word."""

    @property
    def counts(self) -> Mapping[str, int]:
        """The number of texts of each label, the most frequent first."""
        return dict(Counter(self.labels).most_common())


def read_labelled(path: str | Path, *, text: str = "", label: str = "", or_guess: bool = False) -> LabelledTexts:
    """Read the texts and labels of a table file in any format of `read_table`.

    `text` and `label` name the columns; "" has them guessed by `guessed_columns`, as is, with `or_guess`, one that this
    file lacks. A label is text, a number or a truth value; rows without a text or a label, or with a word for a missing
    one (`NO_TEXT`, `NO_LABEL`), are left out and counted. Raises ValueError, in one line, for a file that cannot be
    read or has no such columns, and if no row is left.
    """
    path = Path(path)
    rows = read_table(path, "texts")
    chosen = guessed_columns(path, rows, text=text, label=label, or_guess=or_guess)
    cells = [(row.get(chosen.text), row.get(chosen.label), place) for place, row in rows]
    found = f"text in {brief(chosen.text)} ({chosen.text_found}), label in {brief(chosen.label)} ({chosen.label_found})"
    return replace(_kept(path.name, cells, found), lacking=chosen.lacking)


@dataclass(frozen=True, kw_only=True)
class UnlabelledTexts:
    """Texts without labels, and where they come from."""

    name: str
    """The file, or what they are, for messages."""
    texts: tuple[str, ...]
    """The texts, each once, without blanks around them; none is empty."""
    columns: str = ""
    """The column that was taken, and how it was found; "" for texts from Python."""
    lacking: Mapping[str, str] = field(default_factory=dict)
    """The column that was named, if the file lacks it, with the line that says so."""
    placeholders: Mapping[str, int] = field(default_factory=dict)
    """The rows left out for a word that stands for a missing text, such as NaN, by that word."""


def read_texts(path: str | Path, *, text: str = "", label: str = "", or_guess: bool = False) -> UnlabelledTexts:
    """Read the texts of a table file in any format of `read_table`; a column of labels is not needed, and not read.

    `text` names their column; "" has it guessed, any but `label`, as is, with `or_guess`, one that this file lacks.
    Rows without a text, and repeated texts, are left out. Raises ValueError as `read_labelled` does.
    """
    path = Path(path)
    rows = read_table(path, "texts")
    column, found, lacking = guessed_text_column(path, rows, text=text, label=label, or_guess=or_guess)
    cells = [(row.get(column), place) for place, row in rows]
    return UnlabelledTexts(
        name=path.name,
        texts=_different(path.name, cells),
        placeholders=Counter(filter(None, (missing_text(cell) for cell, _ in cells))),
        columns=f"text in {brief(column)} ({found})",
        lacking=lacking,
    )


def names_apart(files: Sequence[str | Path]) -> list[str]:
    """Return the names of files for messages: their paths as given, for those of one name in several folders.

    >>> names_apart(["gpt/data.csv", "llama/data.csv", "test.csv"])
    ['gpt/data.csv', 'llama/data.csv', 'test.csv']
    """
    names = [Path(file).name for file in files]
    return [str(file) if names.count(name) > 1 else name for file, name in zip(files, names, strict=True)]


def check_named(name: str, files: Sequence[LabelledTexts | UnlabelledTexts]) -> None:
    """Raise ValueError if all of these files lack the named column: that is a typing error, and nothing to guess."""
    if all(name in file.lacking for file in files):
        raise ValueError(files[0].lacking[name])


def unlabelled_texts(name: str, texts: Iterable[object]) -> UnlabelledTexts:
    """Take texts without labels from Python: a list, or a column of a frame.

    Raises ValueError if they hold something else than texts, or if none is left.

    >>> unlabelled_texts("real texts", ["Fog.", "", "Fog."]).texts
    ('Fog.',)
    """
    cells = [(text, Place(Path(name), number, "row")) for number, text in enumerate(texts, 1)]
    found = Counter(filter(None, (missing_text(cell) for cell, _ in cells)))
    return UnlabelledTexts(name=name, texts=_different(name, cells), placeholders=found)


def _different(name: str, cells: Sequence[tuple[object, Place]]) -> tuple[str, ...]:
    """The texts in these cells, each once; raises ValueError if there is none."""
    texts = tuple(filter(None, dict.fromkeys(text_in(cell, place) for cell, place in cells)))
    if not texts:
        raise ValueError(f"{name}: none of {len(cells):,} rows has a text; give a text in each row")
    return texts


def labelled_texts(name: str, texts: Iterable[object], labels: Iterable[object]) -> LabelledTexts:
    """Take texts and labels from Python: lists, columns of a frame, or arrays, of one length.

    Raises ValueError if they differ in number, hold something else than texts and labels, or if none is left.

    >>> labelled_texts("written", ["Fog.", ""], [1, 0]).labels
    ('1',)
    """
    texts, labels = list(texts), list(labels)
    if len(texts) != len(labels):
        raise ValueError(f"{name}: {len(texts):,} texts and {len(labels):,} labels; give one label for each text")
    places = [Place(Path(name), number, "row") for number in range(1, len(texts) + 1)]
    return _kept(name, list(zip(texts, labels, places, strict=True)), "")


def text_in(value: Any, place: Place) -> str:
    """Return the text in a stranger's cell, stripped; "" for a missing one, or a word for it. Blanks join tokens.

    Raises ValueError, which names the place, for anything else than words.

    >>> text_in(["No", "fog", "."], Place(Path("a.jsonl"), 1))
    'No fog .'
    """
    if _is_missing(value) or missing_text(value):
        return ""
    if isinstance(value, list) and all(isinstance(token, str) for token in value):
        value = " ".join(value)
    if not isinstance(value, str) or not is_unicode(value):
        raise ValueError(f"{place}: the text is {brief(value)}, not words; of a file, name their column with --text")
    return value.strip()


def label_in(value: Any, place: Place) -> str:
    """Return the label in a stranger's cell as text, the only one of a list; "" for a missing one, or a word for it.

    Raises ValueError, which names the place, for several labels and anything but text, a number or a truth value.

    >>> label_in([True], Place(Path("a.jsonl"), 1)), label_in(1.0, Place(Path("a.jsonl"), 1))
    ('true', '1')
    """
    if isinstance(value, list) and len(value) == 1:
        (value,) = value
    value = value.item() if hasattr(value, "item") else value  # a number of numpy's
    if _is_missing(value) or missing_label(value):
        return ""
    if isinstance(value, list):
        raise ValueError(f"{place}: the label is {brief(value)}; a text has exactly one label here")
    return str(value).lower() if isinstance(value, bool) else cell_text(value, place, "the label")


def missing_text(value: object) -> str:
    """Return the word in a cell that stands for a missing text, one of `NO_TEXT`; "" for any other cell.

    >>> missing_text(" NaN "), missing_text(["NaN"]), missing_text("NaN is no number"), missing_text(None)
    ('NaN', 'NaN', '', '')
    """
    return _word(value, NO_TEXT)


def missing_label(value: object) -> str:
    """Return the word in a cell that stands for a missing label, one of `NO_LABEL`; "" for any other cell.

    >>> missing_label("nan"), missing_label("None")
    ('nan', '')
    """
    return _word(value, NO_LABEL)


def _word(value: object, known: Sequence[str]) -> str:
    if isinstance(value, list) and len(value) == 1:  # the only token of a text, or the only label
        (value,) = value
    return word if isinstance(value, str) and (word := value.strip()) in known else ""


def placeholders_in_words(counts: Mapping[str, int]) -> str:
    """Say which words were taken for missing values.

    >>> placeholders_in_words({"NaN": 2, "NULL": 1})
    "for a missing value stands: 'NaN' (2), 'NULL' (1)"
    """
    return f"for a missing value stands: {', '.join(f'{word!r} ({count:,})' for word, count in counts.items())}"


def placeholder_notes(*files: LabelledTexts | UnlabelledTexts | None) -> list[str]:
    """Say of each file how many of its rows have a word for a missing value, and which words."""
    notes = []
    for given in files:
        if given and given.placeholders:
            count = sum(given.placeholders.values())
            rows = f"{count:,} {'row' if count == 1 else 'rows'} left out"
            notes.append(f"{given.name}: {rows}; {placeholders_in_words(given.placeholders)}")
    return notes


def column_notes(*files: LabelledTexts | UnlabelledTexts | None) -> list[str]:
    """Say the columns of the files and how they were found, of files that have the same ones together."""
    by_columns: dict[str, list[str]] = {}
    for file in files:
        if file and file.columns:
            by_columns.setdefault(file.columns, []).append(file.name)
    return [f"{', '.join(names)}: {columns}" for columns, names in by_columns.items()]


def _is_missing(value: Any) -> bool:
    """Tell whether a cell holds nothing: None, and what frames have for it, nan, NaT and NA."""
    try:
        return value is None or bool(value != value)
    except TypeError:  # NA, whose comparison is neither true nor false
        return True


def matched(given: LabelledTexts, known: Sequence[str], known_in: str) -> LabelledTexts:
    """Give texts the labels of `known`, those of the texts `known_in`: the same but for case, form and blanks.

    Raises ValueError, in one line, with the labels of both and how to map them, if one is unknown.

    >>> matched(labelled_texts("a.csv", ["Fog."], ["Weather "]), ["weather", "sport"], "b.csv").labels
    ('weather',)
    """
    by_form = {_form(label): label for label in known}
    strange = [label for label in given.counts if _form(label) not in by_form]
    if len(strange) == len(given.counts):
        raise ValueError(
            f"{given.name} has the labels {listed(given.counts)}, and {known_in} has {listed(known)}; say which is "
            f"which with {_option(strange[0], known[0], ',...')} (label_map={{...}} in Python)"
        )
    for label in strange:
        texts = f"{given.counts[label]:,} texts" if given.counts[label] > 1 else "one text"
        raise ValueError(
            f"{given.name}: {unknown('label', label, _some(known))}; {known_in} has no text of it: map it with "
            f"{_option(label, 'NAME')}, or leave its {texts} out with {_option(label, '')}"
        )
    return replace(given, labels=tuple(by_form[_form(label)] for label in given.labels))


def respelled(labels: Iterable[str]) -> dict[str, str]:
    """Say which labels differ from a commoner one in case, form or blanks alone, and from which.

    >>> respelled(["ham", "Ham", "spam", "ham", "1.0", "1", "1"])
    {'Ham': 'ham', '1.0': '1'}
    """
    common: dict[str, str] = {}
    ordered = [label for label, _ in Counter(labels).most_common()]
    return {label: same for label in ordered if (same := common.setdefault(_form(label), label)) != label}


def joined(given: LabelledTexts) -> LabelledTexts:
    """Give labels of one file that differ in case, form or blanks alone the commonest spelling."""
    changed = respelled(given.labels)
    return replace(given, labels=tuple(changed.get(label, label) for label in given.labels))


def renamed(given: LabelledTexts, names: Mapping[str, str]) -> LabelledTexts:
    """Rename labels as `names` says, before they are matched; texts whose label becomes "" are left out.

    Raises ValueError if nothing is left.

    >>> renamed(labelled_texts("a.csv", ["Fog.", "Goal."], [0, 1]), {"0": "weather", "1": ""}).labels
    ('weather',)
    """
    by_form = {_form(old): new for old, new in names.items()}
    labels = [by_form.get(_form(label), label) for label in given.labels]
    kept = [(text, label) for text, label in zip(given.texts, labels, strict=True) if label]
    if not kept:
        raise ValueError(f"{given.name}: --label-map leaves out every text; its labels are {listed(given.counts)}")
    texts, new = zip(*kept, strict=True)
    gone = Counter(old for old, label in zip(given.labels, labels, strict=True) if not label)
    return replace(given, texts=texts, labels=new, mapped_out=gone)


def label_map(given: Sequence[str]) -> dict[str, str]:
    """Read what `--label-map` was given: OLD=NEW, several of them separated by commas, or the option repeated.

    A label that has a comma or an = in it stands between double quotation marks, two for one of its own. Raises
    ValueError if a part has no =, or a label is mapped to two.

    >>> label_map(["0=ham,1=spam", "unclear=", '"Ham, eggs"=ham'])
    {'0': 'ham', '1': 'spam', 'unclear': '', 'Ham, eggs': 'ham'}
    """
    names: list[tuple[str, str]] = []
    for one in given:
        rest = one
        while rest.strip():
            pair = PAIR.match(rest)
            old, new = map(_unquoted, pair.groups()) if pair else ("", "")
            if not pair or not old:
                part = rest.partition(",")[0]
                raise ValueError(
                    f"--label-map {brief(part)}; give OLD=NEW, such as 0=ham,1=spam, or OLD= to leave it out; a label "
                    'with a comma or = in it between quotation marks: "OLD"=NEW'
                )
            names.append((old, new))
            rest = rest[pair.end() :]
    return _one_new_label_each(names, "--label-map")


def _one_new_label_each(pairs: Iterable[tuple[str, str]], said: str) -> dict[str, str]:
    """The pairs as a mapping; raises ValueError if labels that are one but for case and form become two."""
    names: dict[str, str] = {}
    first: dict[str, tuple[str, str]] = {}
    for old, new in pairs:
        before, its = first.setdefault(_form(old), (old, new))
        if _form(its) != _form(new):
            also = "" if before == old else f", which is {before!r} but for its form,"
            raise ValueError(f"{said} maps {old!r}{also} to {its!r} and to {new!r}; give it one label")
        names.setdefault(old, its)
    return names


def label_names(given: Mapping[Any, Any]) -> dict[str, str]:
    """Take a label map from Python, whose labels are text, numbers or truth values as in `labelled_texts`.

    None in place of a new label leaves texts out, as "" does. Raises ValueError for anything else, and if a label is
    mapped to two.

    >>> label_names({0: "ham", True: "spam", "unclear": None})
    {'0': 'ham', 'true': 'spam', 'unclear': ''}
    """
    at = Place(Path("label_map"), 1, "label")
    pairs = [(label_in(old, at), label_in(new, at)) for old, new in given.items()]
    return _one_new_label_each(pairs, "label_map")


def label_map_notes(names: Mapping[str, str], *files: LabelledTexts | None) -> list[str]:
    """Say which labels of a map no file has: an old one renames nothing, and a new one may be a typing error.

    >>> label_map_notes({"spam": "spma", "eggs": "ham"}, labelled_texts("a.csv", ["Hi.", "Win!"], ["ham", "spam"]))
    ["the label map renames 'eggs', which no file has", "the label map gives 'spma', which no file had before"]
    """
    there = {_form(label) for file in files if file for label in file.counts}
    old = [one for one in names if _form(one) not in there]
    new = dict.fromkeys(new for one, new in names.items() if new and _form(one) in there and _form(new) not in there)
    said = [("renames", old, "has"), ("gives", new, "had before")]
    return [f"the label map {does} {listed(labels)}, which no file {has}" for does, labels, has in said if labels]


def _kept(name: str, cells: Sequence[tuple[object, object, Place]], columns: str) -> LabelledTexts:
    pairs = [(text_in(text, place), label_in(label, place)) for text, label, place in cells]
    words = (missing_text(text) or missing_label(label) for text, label, _ in cells)
    kept = [(text, label) for text, label in pairs if text and label]
    if not kept:
        lacking = "a text" if not any(text for text, _ in pairs) else "a label"
        raise ValueError(f"{name}: none of {len(pairs):,} rows has {lacking}; give a text and a label in each row")
    texts, labels = zip(*kept, strict=True)
    return LabelledTexts(
        name=name,
        texts=texts,
        labels=labels,
        columns=columns,
        left_out=len(pairs) - len(kept),
        placeholders=Counter(filter(None, words)),
    )


def _form(label: str) -> str:
    """The form in which labels of two files are compared: "1.0" is 1, and Joy is joy."""
    folded = " ".join(unicodedata.normalize("NFKC", label).casefold().split())
    whole = folded.removesuffix(".0")
    return whole if whole.lstrip("-").isdecimal() else folded


def _option(old: str, new: str, more: str = "") -> str:
    """Return the option that maps a label, as a shell and the command take it: -1 is not to look like an option."""
    value = f"{_marked(old)}={_marked(new)}{more}"
    return f"--label-map{'=' if value.startswith('-') else ' '}{shlex.quote(value)}"


def _marked(side: str) -> str:
    return '"' + side.replace('"', '""') + '"' if re.search('[,=]|^"', side) else side


def _unquoted(side: str) -> str:
    side = side.strip()
    return side[1:-1].replace('""', '"').strip() if MARKED.fullmatch(side) else side


def listed(labels: Iterable[str]) -> str:
    """List labels in a message or a note: all of a few, and of many the first, with how many more there are.

    >>> listed(["spam", "ham"])
    "'spam', 'ham'"
    """
    return few(map(brief, labels))


def _some(labels: Sequence[str]) -> list[str]:
    """The labels to list in a message: all of a few, and the first of many."""
    return list(labels) if len(labels) <= NAMED else [*labels[:NAMED], "..."]
