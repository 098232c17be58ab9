"""A task of a user's own from a file of labelled texts: cleaned, split, and measured."""

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import NamedTuple

from synthworth.core import (
    ENGLISH,
    Example,
    LanguageGuess,
    Place,
    PlacedRow,
    Task,
    TextColumns,
    brief,
    common_words,
    guess_language,
    guessed_columns,
    label_in,
    missing_label,
    missing_text,
    read_table,
    respelled,
    text_in,
    word_count,
)
from synthworth.core.words import words
from synthworth.pipeline.dataset import holdout_place
from synthworth.pipeline.lengths import usual_lengths

SHARE, MOST_TEST = 0.3, 5000  # of the texts that become test texts, and how many at most unless a share is given
SHOWN = 3  # training texts that a label keeps if it can: few_shot shows that many
MOST_LABELS = 200
ROOM = 0.25  # of the median length, up and down at least
STANDING_OUT = 5  # words of a label that stand out
LEAST_TEXTS = 3  # that a word stands in, to stand out
EMPTY, UNLABELLED, DUPLICATE = "no text", "no label", "the same text and label before"
CONTRADICTORY, SINGLE = "one text, several labels", "the only text of its label"


class LabelledRow(NamedTuple):
    """One labelled text of the file: its place, its id there ("" for none), text and label."""

    place: Place
    id: str
    text: str
    label: str


@dataclass(frozen=True, kw_only=True)
class OwnData:
    """A task made from a file, its split texts, and everything that was guessed or left out on the way."""

    task: Task
    train: tuple[Example, ...]
    test: tuple[Example, ...]
    rows: int
    columns: TextColumns
    language: LanguageGuess | None
    """The guess; None if the language was given."""
    left_out: Mapping[str, int]
    """Rows that became no text, by reason."""
    contradictory: Sequence[str]
    """The places of texts with several labels."""
    respelled: Mapping[str, str]
    """Labels that differ from another in case or form alone, and what they became."""
    standing_out: Mapping[str, Sequence[str]]
    """Words that stand out in the training texts of each label."""


@dataclass(frozen=True, kw_only=True)
class InitRequest:
    """A file of labelled texts, and what its user says about it; "" and None are guessed, or have a default."""

    path: Path
    name: str = ""
    text: str = ""
    label: str = ""
    language: str = ""
    test_share: float | None = None


@dataclass(kw_only=True)
class _Cleaning:
    """The rows that cleaning leaves out, as it goes."""

    left_out: Counter[str] = field(default_factory=Counter)
    contradictory: list[str] = field(default_factory=list)


def own_data(request: InitRequest) -> OwnData:
    """Make a task of a file that `core.read_table` reads.

    Rows without text or label, repeated texts, texts with several labels and the only text of a label are left out. A
    hash of its words decides if a text is a test text, whatever the order of the rows. Words that describe a label, if
    its name has no letters, come from its training texts. Raises ValueError, in one line, if
    the columns cannot be guessed, if there are fewer than two labels, or too many to be labels.
    """
    rows = read_table(request.path, "texts")
    columns = guessed_columns(request.path, rows, text=request.text, label=request.label)
    cleaning = _Cleaning()
    labelled, changed = _joined(list(_rows(rows, columns, cleaning)))
    kept = _unambiguous(labelled, cleaning)
    names = _labels(request.path, columns.label, kept, cleaning)
    kept = [row for row in kept if row.label in names]
    share = request.test_share or min(SHARE, MOST_TEST / len(kept))
    train, test = _split(_examples(kept), names, share)
    guess = None if request.language else guess_language(example.text for example in train)
    language = request.language or (guess.tag if guess else ENGLISH)
    standing_out = words_that_stand_out(train, language)
    task = Task(
        name=request.name or name_of(request.path),
        labels=_descriptions(names, standing_out),
        words=_lengths([word_count(example.text) for example in (*train, *test)]),
        language=language,
    )
    return OwnData(
        task=task,
        train=tuple(train),
        test=tuple(test),
        rows=len(rows),
        columns=columns,
        language=guess,
        left_out=cleaning.left_out,
        contradictory=cleaning.contradictory,
        respelled=changed,
        standing_out=standing_out,
    )


def name_of(path: Path) -> str:
    """Return a name for the task of a file: its own without endings, in lower-case letters, digits and _.

    >>> name_of(Path("Support Tickets-2024.csv.gz")), name_of(Path("2024.csv"))
    ('support_tickets_2024', 'task_2024')
    """
    stem = re.sub(r"[^a-z0-9]+", "_", path.name.split(".")[0].lower()).strip("_")
    return stem if stem[:1].isalpha() else f"task_{stem}".rstrip("_")


def words_that_stand_out(examples: Sequence[Example], language: str) -> dict[str, list[str]]:
    """Return, for each label, up to five words that its texts have far more often than the others.

    A word counts once a text. Words of grammar, with digits, or in fewer than three texts of the label do not count.
    """
    texts, grammar = Counter(example.label for example in examples), common_words(language)
    counts: dict[str, Counter[str]] = {label: Counter() for label in texts}
    for example in examples:
        found = {word for word in words(example.text) if word.isalpha() and len(word) > 2}
        counts[example.label].update(found - grammar)
    overall: Counter[str] = Counter()
    for of_label in counts.values():
        overall.update(of_label)
    return {
        label: _leading(of_label, texts[label], overall, texts.total() - texts[label])
        for label, of_label in counts.items()
    }


def _leading(inside: Counter[str], texts: int, overall: Counter[str], others: int) -> list[str]:
    """Return the words with the largest share of the divergence between texts of a label and all others."""
    gains = {}
    for word, count in inside.items():
        here, there = (count + 0.5) / (texts + 1), (overall[word] - count + 0.5) / (others + 1)
        if count >= LEAST_TEXTS and here > 2 * there:
            gains[word] = here * math.log(here / there)
    return sorted(gains, key=lambda word: (-gains[word], word))[:STANDING_OUT]


# ---- rows


def _rows(rows: Sequence[PlacedRow], columns: TextColumns, cleaning: _Cleaning) -> Iterator[LabelledRow]:
    for place, values in rows:
        text, label = text_in(values.get(columns.text), place), label_in(values.get(columns.label), place)
        if word := missing_text(values.get(columns.text)):
            cleaning.left_out[f"{word!r} for a text"] += 1
        elif word := missing_label(values.get(columns.label)):
            cleaning.left_out[f"{word!r} for a label"] += 1
        elif not words(text):
            cleaning.left_out[EMPTY] += 1
        elif not label:
            cleaning.left_out[UNLABELLED] += 1
        else:
            identity = values.get("id")
            yield LabelledRow(place, "" if identity is None else str(identity).strip(), text, label)


def _joined(rows: Sequence[LabelledRow]) -> tuple[list[LabelledRow], dict[str, str]]:
    """Give labels that differ in case or form alone the commonest spelling; returns these rows, and what changed."""
    changed = respelled(row.label for row in rows)
    return [row._replace(label=changed.get(row.label, row.label)) for row in rows], changed


def _unambiguous(rows: Sequence[LabelledRow], cleaning: _Cleaning) -> list[LabelledRow]:
    """Keep the first row of each text, and none of a text that has several labels."""
    by_text: dict[tuple[str, ...], list[LabelledRow]] = {}
    for row in rows:
        by_text.setdefault(tuple(words(row.text)), []).append(row)
    kept = []
    for same in by_text.values():
        if len({row.label for row in same}) > 1:
            cleaning.left_out[CONTRADICTORY] += len(same)
            cleaning.contradictory.append(" and ".join(f"{row.place.within} ({row.label})" for row in same[:2]))
        else:
            cleaning.left_out[DUPLICATE] += len(same) - 1
            kept.append(same[0])
    return kept


def _labels(path: Path, column: str, rows: Sequence[LabelledRow], cleaning: _Cleaning) -> list[str]:
    """Return the labels with two texts or more, in alphabetical order, or by their number if they are numbers."""
    counts = Counter(row.label for row in rows)
    if len(counts) > max(2, min(MOST_LABELS, len(rows) // 2)):
        raise ValueError(
            f"{path}: the column {column!r} has {len(counts):,} values in {len(rows):,} texts, too many for labels "
            f"(at most {MOST_LABELS}, and two texts each); name another with --label COLUMN"
        )
    names = [label for label, count in counts.items() if count > 1]
    cleaning.left_out[SINGLE] += len(counts) - len(names)
    if len(names) < 2:
        there = ", ".join(f"{brief(label)} ({count:,})" for label, count in counts.most_common(5)) or "none"
        gone = ", ".join(f"{count:,} ({why})" for why, count in cleaning.left_out.items() if count and why != SINGLE)
        raise ValueError(
            f"{path}: the column {column!r} has {len(names) or 'no'} label with two texts or more; a classifier needs "
            f"two; there are: {there}{f', and left out are {gone}' if gone else ''}; name another with --label COLUMN"
        )
    numbers = all(re.fullmatch(r"-?\d+(\.\d+)?", name) for name in names)
    return sorted(names, key=float) if numbers else sorted(names)


# ---- the split


def _examples(rows: Sequence[LabelledRow]) -> list[Example]:
    """Return the rows as examples; the ids are those of the file if each row has its own, else hashes of the texts."""
    own = {row.id for row in rows}
    given = "" not in own and len(own) == len(rows)
    return [
        Example(
            id=row.id if given else hashlib.sha256(row.text.encode()).hexdigest()[:16], text=row.text, label=row.label
        )
        for row in rows
    ]


def _split(examples: Sequence[Example], labels: Sequence[str], share: float) -> tuple[list[Example], list[Example]]:
    """Return training and test texts: of each label, the share whose hashes come first are test texts.

    Each label has a test text, and three training texts if it has four or more.
    """
    places = {example.id: holdout_place(example.text) for example in examples}
    held: set[str] = set()
    for label in labels:
        ordered = sorted((places[example.id], example.id) for example in examples if example.label == label)
        most = max(1, len(ordered) - SHOWN)
        held.update(identity for _, identity in ordered[: min(max(1, round(share * len(ordered))), most)])
    return [e for e in examples if e.id not in held], [e for e in examples if e.id in held]


def _lengths(counts: Sequence[int]) -> tuple[int, int]:
    """Return the usual lengths, and of texts of much the same length a little more: no generator counts to the word."""
    (fewest, most), usual = usual_lengths(counts), median(counts)
    return max(1, min(fewest, math.floor((1 - ROOM) * usual))), max(most, math.ceil((1 + ROOM) * usual))


def _descriptions(labels: Sequence[str], standing_out: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return a description for each label that a generator can work with, made of its name.

    A name without letters says nothing: words that stand out do.
    """
    readable = {label: " ".join(re.sub(r"[_\-]+", " ", label).split()) or label for label in labels}
    if len({name.casefold() for name in readable.values()}) < len(labels):
        readable = {label: label for label in labels}
    described = {}
    for label, name in readable.items():
        described[label] = f"a text of the category '{name}'"
        if not re.search(r"[^\W\d_]{2}", label) and standing_out.get(label):
            described[label] += f", with words such as {', '.join(standing_out[label])}"
    return described
