"""Measurements of the texts of one training set, as a line of JSON."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from synthworth.core.records import merge_records, parse_records, read_records, record_line, versioned

SCHEMA = 1  # of a line; raise it when a field changes its name or meaning, and convert older lines in `_current`


class Measure(NamedTuple):
    """A number and the ends of its interval, equal to it if it has none."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Quality:
    """Diversity, similarity to real texts, leaks and label fidelity of one training set, beside what identifies it.

    The first ten fields are those of a `Result`; results with this `train_version` were trained on these texts.
    """

    task: str
    """The task's name."""
    task_version: int
    """The version of the task."""
    data: str
    """The source of the real texts: hub, mirror or quickstart."""
    data_version: str
    """A hash of the real texts, train and test."""
    generator: str
    """The generator that wrote the texts; "" for real ones."""
    method: str
    """The method that made the training set."""
    demonstrations: str
    """Whose demonstrations the prompts showed: pool or real; "" if they showed none."""
    per_label: int
    """The quota of texts per label."""
    generation_seed: int
    """The seed of the draw."""
    train_version: str
    """A hash of the texts and labels in their order."""
    texts: int
    """Texts in the set."""
    median_words: float
    """The median of their lengths, in words."""
    size: int
    """Texts in each of the random subsets that `measures` are means over."""
    real_texts: int
    """Real test texts that `similarity` compares with."""
    embedder: str
    """The sentence embedder of the measures that need one."""
    measures: Mapping[str, Measure]
    """remote_clique, chamfer, vendi_score, distinct_2, self_bleu and vocabulary_size at `size` texts; and similarity,
    the mean over real test texts of their five largest cosines to a text."""
    leaks: Mapping[str, Mapping[str, int]]
    """Suspect texts by source (test, train, demonstrations) and rule, and by `any` rule."""
    others: int = 0
    """Texts of the same file that the quota left out; they are audited too, and measured in no other way."""
    other_leaks: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Suspect texts among `others`, as `leaks` counts them; {} if there are none."""
    opposed: Mapping[str, int] | None = None
    """Suspect texts, those among `others` too, whose original has another label, by source (test, train); None if
    nobody counted them."""
    leaked_rows: Sequence[int] = ()
    """The test rows, by place, that a text is suspected to stand for."""
    trained_with: float | None = None
    """Mean Macro-F1 over training seeds of the judge's recipe trained on all texts; None if no text is suspected to
    come from the test set, or all texts of a label are."""
    trained_without: float | None = None
    """The same, trained without the texts that are suspected to come from the test set."""
    labels: Sequence[str]
    """The labels, in the order of `disagreement`."""
    disagreement: Sequence[Sequence[int]] = ()
    """Texts, shape (labels, labels): a row for each requested label, a column for each that the judge predicts; ()
    without a judge."""
    judge: str = ""
    """The classifier trained on real texts that labelled these; "" for none."""
    judge_error: float | None = None
    """The share of real test texts that the judge gets wrong, in [0, 1]."""
    judge_on_real: Sequence[Sequence[int]] = ()
    """Real test texts, shape (labels, labels): a row for each label they have, a column for each that the judge
    predicts; () without a judge, and in lines from before it was counted."""
    judge_texts: int = 0
    """Real texts that the judge learnt from; of its two halves, the smaller one."""
    examples: Sequence[Sequence[str]] = ()
    """One text for each kind of disagreement, as (requested label, predicted label, text)."""
    rules: Mapping[str, float] = field(default_factory=dict)
    """The share of texts in [0, 1] that each reported rule flags, by its name: it drops answers, not texts of files."""
    prompt_tokens: int = 0
    """Tokens of all prompts for these texts, those of dropped answers too."""
    completion_tokens: int = 0
    """Tokens of all answers, dropped ones too."""
    batch_tokens: Sequence[int] = (0, 0)
    """Of these, the tokens of prompts and of answers that came as a provider's batch, at half the price."""

    def __post_init__(self) -> None:
        # JSON has lists: what was read back is equal to what was written.
        object.__setattr__(self, "measures", {name: Measure(*m) for name, m in self.measures.items()})
        object.__setattr__(self, "leaked_rows", tuple(self.leaked_rows))
        object.__setattr__(self, "labels", tuple(self.labels))
        object.__setattr__(self, "batch_tokens", tuple(self.batch_tokens))
        for name in ("disagreement", "judge_on_real", "examples"):
            object.__setattr__(self, name, tuple(tuple(row) for row in getattr(self, name)))
        size = len(self.labels)
        for name in ("disagreement", "judge_on_real"):
            counts = getattr(self, name)
            if counts and [len(row) for row in counts] != [size] * size:
                raise ValueError(f"quality of {self.task}: {name} is not {size} x {size}, a row and a column a label")

    @property
    def key(self) -> tuple[str | int, ...]:
        """The identity of the training set: its origin, from task to generation seed."""
        return tuple(getattr(self, f.name) for f in fields(self)[:9])

    @property
    def leak_share(self) -> float:
        """The share of texts that any rule suspects to come from the test set, as `suspect_share` counts them."""
        return self.suspect_share("test") or 0.0

    def suspect_share(self, source: str) -> float | None:
        """The share of texts, with all others of their file, that any rule suspects to come from a source.

        None if the source was not compared.
        """
        if source not in self.leaks:
            return None
        suspected = self.leaks[source].get("any", 0) + self.other_leaks.get(source, {}).get("any", 0)
        return suspected / max(self.texts + self.others, 1)

    @property
    def fidelity(self) -> float | None:
        """The share of texts that the judge gives the label that was asked for, a mean over labels, or None."""
        return _balanced(self.disagreement)

    @property
    def fidelity_of_real(self) -> float | None:
        """The share of real test texts that the judge gives their label, a mean over labels, or None."""
        return _balanced(self.judge_on_real)


def _balanced(counts: Sequence[Sequence[int]]) -> float | None:
    """The mean over labels, those with texts, of the share on the diagonal; None without texts."""
    shares = [row[place] / sum(row) for place, row in enumerate(counts) if sum(row)]
    return fmean(shares) if shares else None


def read(path: Path) -> list[Quality]:
    """Read the lines of a file that `write` wrote; raises ValueError with the file and line that cannot be read."""
    return read_records(path, Quality, "measures of texts", _current)


def parse(text: str, name: str) -> list[Quality]:
    """Read the lines in the text of such a file of that name; raises ValueError with it and the line."""
    return parse_records(text, Quality, name, _current)


def write(path: Path, measured: Iterable[Quality]) -> None:
    """Write sorted JSON Lines; what is in the file already is replaced by what has the same key, the rest stays."""
    merge_records(
        path, measured, key=lambda quality: quality.key, line=lambda quality: record_line(quality, SCHEMA), read=read
    )


def _current(values: Any) -> Any:
    return versioned(values, SCHEMA)[1]
