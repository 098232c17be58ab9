"""The score of a file of texts as data: its sentences, its numbers, and the tables that show them."""

from dataclasses import dataclass
from typing import NamedTuple

from synthworth.core import Frame, Row, Table, frame, printable, render, with_interval
from synthworth.leaderboard.scoring.few_labels import AccuracyOfFewLabels
from synthworth.leaderboard.scoring.notebook import report_html
from synthworth.leaderboard.scoring.text_checks import TextChecks
from synthworth.leaderboard.scoring.trainings import LabelRow
from synthworth.measures.statistics import Estimate, Worth

SHOWN = 70  # characters of a text in a table for the terminal
RARE = 0.2  # of the test texts: a label below that, and below half of an equal share, is rare
MANY_LABELS = 12  # of a table in the terminal


NOTE_OF_FEW = (
    "The unlabelled texts count by prediction-powered inference: a classifier of the labelled ones guesses how likely "
    "each prediction is right, and the labelled ones say how far that is true. It holds for this one training, and for "
    "accuracy: Macro-F1 is no mean over texts, and of a rare label a few texts say too little."
)


class ScoreRow(NamedTuple):
    """The Macro-F1 on the real test texts of one way to train; a field is None if there is nothing to say."""

    trained_on: str
    """The training texts, in words."""
    texts: int | None
    """Their number, of all labels together."""
    macro_f1: float
    """The mean over draws."""
    low: float | None
    """The lower end of its 95 % interval over test rows and draws of the texts."""
    high: float | None
    """The upper end of that interval."""
    written_over_it: Estimate | None
    """Macro-F1 of the written texts less this, paired on test rows."""


@dataclass(frozen=True, kw_only=True)
class TextScore:
    """The worth of written texts in real ones, with all that was measured on the way; `score` returns it.

    Printed, it is the report of the terminal; as the last line of a notebook's cell, tables.

    >>> from synthworth import TextScore, score
    >>> cold, warm = [f"Snow and ice on day {n}." for n in range(40)], [f"Sun and heat on day {n}." for n in range(40)]
    >>> texts, labels = cold + warm, ["cold"] * 40 + ["warm"] * 40
    >>> found = score(["Ice, snow.", "Heat, sun."], ["cold", "warm"], test=(texts, labels), classifier="tfidf")
    >>> isinstance(found, TextScore), found.macro_f1.value
    (True, 1.0)
    """

    answer: str
    """One sentence: what the texts are worth, with its interval."""
    verdicts: tuple[str, ...]
    """One sentence for each free alternative that they were compared with."""
    next_step: str
    """The next thing to do."""
    classifier: str
    """The classifier that was trained, in words."""
    macro_f1: Estimate
    """Macro-F1 of the classifier that was trained on the written texts, on the real test texts."""
    accuracy: float
    """Its accuracy, in [0, 1]."""
    worth: Worth | None
    """The number of real texts per label that reach that score; None if it cannot be told."""
    scores: tuple[ScoreRow, ...]
    """The written texts, and what they are compared with."""
    labels: tuple[LabelRow, ...]
    """Scores of each label."""
    texts: TextChecks
    """The findings about the texts themselves."""
    few_labels: AccuracyOfFewLabels | None = None
    """The accuracy from few labelled and further unlabelled real texts; None without these."""
    notes: tuple[str, ...] = ()
    """The guesses, draws and texts left out, in sentences."""

    def to_frame(self) -> Frame:
        """Return the scores as a pandas DataFrame, a row for each way to train, with differences as numbers."""
        return frame([_numbers(row) for row in self.scores])

    @property
    def sentences(self) -> tuple[tuple[str, str], ...]:
        """All that the report says in words, each with what it is."""
        return (
            ("answer", self.answer),
            *(("comparison", verdict) for verdict in self.verdicts),
            ("next", self.next_step),
            ("classifier", self.classifier),
            *(("note", note) for note in self.notes),
        )

    def tables(self, *, whole_texts: bool = False) -> list[Table]:
        """Return what was measured as tables; texts are cut for a terminal unless `whole_texts` is true."""
        return [table for table in self._all_tables(whole_texts=whole_texts) if table.rows]

    def _all_tables(self, *, whole_texts: bool) -> list[Table]:
        return [
            Table(
                title="Macro-F1 on the real test texts",
                rows=[_score_row(row) for row in self.scores],
                headers={"low": "95 % low", "high": "95 % high"},
                note="difference: the written texts less this row, paired on test texts, with its 95 % interval.",
                left=("trained_on", "difference"),
            ),
            Table(
                title="Accuracy on real texts of which a few are labelled",
                rows=_few_rows(self.few_labels) if self.few_labels else [],
                headers={"low": "95 % low", "high": "95 % high", "from_texts": "from", "worth": "as exact as"},
                note=NOTE_OF_FEW,
                left=("from_texts", "worth"),
            ),
            Table(
                title="Each label, trained on the written texts (and on all real ones)",
                rows=[_label_row(row) for row in self._labels_in_order()],
                headers={
                    "average_precision": "avg precision",
                    "of_real": "F1 of real",
                    "avg_of_real": "avg p. of real",
                },
                note=self._note_of_labels(),
                limit=None if whole_texts else MANY_LABELS,
                left=("label",),
            ),
            Table(
                title="The written texts",
                rows=[{"what": name, "count": value} for name, value in _counts(self.texts)],
                note=_note_of_counts(self.texts),
                left=("what", "count"),
            ),
            Table(
                title="Beside as many real texts",
                rows=[
                    {"of": row.name, "written": _plain(row.written), "real": _plain(row.real)}
                    for row in self.texts.beside
                ],
                left=("of",),
            ),
            Table(
                title="Words that tell written from real",
                rows=[
                    {
                        "word": word,
                        "in_written": f"{ours:.0%}".replace("%", " %"),
                        "in_real": f"{theirs:.0%}".replace("%", " %"),
                    }
                    for word, ours, theirs in self.texts.typical
                ],
                note="The share of texts that have the word.",
                left=("word",),
            ),
            Table(
                title="Most suspect",
                rows=_suspect_rows(self.texts, whole_texts=whole_texts),
                headers={"original": "the real text"},
                left=("label", "why", "text", "original"),
            ),
        ]

    def _labels_in_order(self) -> list[LabelRow]:
        """The labels in their order; of many, the worst first."""
        if len(self.labels) <= MANY_LABELS:
            return list(self.labels)
        return sorted(self.labels, key=lambda row: row.written.f1)

    def _note_of_labels(self) -> str:
        rows = sum(row.written.rows for row in self.labels)
        rare = min(self.labels, key=lambda row: row.written.rows)
        share = rare.written.rows / max(1, rows)
        notes = ["The labels with the lowest F1 come first."] if len(self.labels) > MANY_LABELS else []
        if rare.average_precision is not None and share < min(RARE, 0.5 / len(self.labels)):
            notes.append(
                f"{rare.label!r} is rare, {share:.1%} of the test texts: its average precision is "
                f"{rare.average_precision:.3f}, and that of guessing {share:.3f}.".replace("%", " %", 1)
            )
        return " ".join(notes)

    def __str__(self) -> str:
        head = [self.answer, *self.verdicts, f"Next: {self.next_step}"]
        foot = [f"Classifier: {self.classifier}.", *(f"Note: {note}." for note in self.notes)]
        return "\n".join([*map(printable, head), "", render(self.tables()), *map(printable, foot)])

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        lines = (*self.verdicts, f"Next: {self.next_step}")
        return report_html(self.answer, lines, self.tables(), (f"Classifier: {self.classifier}", *self.notes))


def _score_row(row: ScoreRow) -> Row:
    over = row.written_over_it
    return {
        "trained_on": row.trained_on,
        "texts": row.texts,
        "macro_f1": row.macro_f1,
        "low": row.low,
        "high": row.high,
        "difference": "" if over is None else with_interval(*over),
    }


def _numbers(row: ScoreRow) -> Row:
    value, low, high = row.written_over_it or (None, None, None)
    return {**_score_row(row), "difference": value, "difference_low": low, "difference_high": high}


def _few_rows(few: AccuracyOfFewLabels) -> list[Row]:
    named = (
        (f"{few.labelled:,} labelled texts alone", few.alone, float(few.labelled)),
        (f"and {few.unlabelled:,} unlabelled ones", Estimate(*few.powered[:3]), few.powered.worth),
    )
    return [
        {
            "from_texts": name,
            "accuracy": found.value,
            "low": found.low,
            "high": found.high,
            "worth": f"{worth:,.0f} labels",
        }
        for name, found, worth in named
    ]


def _label_row(row: LabelRow) -> Row:
    return {
        "label": row.label,
        "test_texts": row.written.rows,
        "precision": row.written.precision,
        "recall": row.written.recall,
        "F1": row.written.f1,
        "average_precision": row.average_precision,
        "of_real": row.real.f1 if row.real else None,
        "avg_of_real": row.average_precision_of_real,
    }


def _counts(texts: TextChecks) -> list[tuple[str, str]]:
    rows = [
        ("written texts", f"{texts.texts:,}"),
        ("repeat the words of another", f"{texts.duplicates:,}"),
        ("come under two labels", f"{texts.contradictions:,}"),
        ("copies of test texts, left out", f"{texts.copies:,}"),
        ("copies of real training texts", f"{texts.copies_of_real:,}"),
    ]
    if texts.fidelity:
        rows.append(("label fidelity", with_interval(*texts.fidelity.texts)))
        if texts.fidelity.of_real:
            rows.append(("label fidelity of real test texts", with_interval(*texts.fidelity.of_real)))
    return rows


def _suspect_rows(texts: TextChecks, *, whole_texts: bool) -> list[Row]:
    """The suspects, with the text that each copies beside it if any does."""
    copied = any(one.original for one in texts.suspects)
    rows: list[Row] = []
    for one in texts.suspects:
        text, original = (one.text, one.original) if whole_texts else map(_cut, (one.text, one.original))
        rows.append({"label": one.label, "why": one.reasons, "text": text} | ({"original": original} if copied else {}))
    return rows


def _note_of_counts(texts: TextChecks) -> str:
    if texts.fidelity is None:
        return ""
    verdict = f" {texts.fidelity.verdict.capitalize()}." if texts.fidelity.verdict else ""
    return (
        "Label fidelity: how often a judge that learnt from other, real texts gives a text its own label, a mean over "
        f"labels; chance is {texts.fidelity.chance:.2f}.{verdict}"
    )


def _plain(value: float | None) -> float | int | None:
    return int(value) if value is not None and value == int(value) and value > 1 else value


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else line[: SHOWN - 3] + "..."
