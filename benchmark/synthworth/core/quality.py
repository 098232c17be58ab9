"""What was measured of the texts of one training set, whatever is trained on them, as a line of JSON."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

from synthworth.core.records import merge_records, parse_records, read_records, record_line, versioned

SCHEMA = 1  # of a line; raise it when a field changes its name or meaning, and convert older lines in `_current`


class Measure(NamedTuple):
    """A number and the ends of its interval, equal to it where it has none."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Quality:
    """Diversity, likeness to real texts, leaks and label errors of one training set, beside what identifies it.

    The first fields are those of a `Result`; results with this `train_version` were trained on these texts. `texts` is
    their number, `median_words` the median of their lengths. `measures` holds `remote_clique`, `chamfer`,
    `vendi_score`, `distinct_2`, `self_bleu` and `vocabulary_size` at `size` texts, and `similarity`, the mean over
    `real_texts` real test texts of the five largest cosines to a text; embedded by `embedder`. `leaks` counts
    suspect texts by source (test, train, demonstrations) and rule, and by `any` rule; `leaked_rows` are the test rows
    that a text is suspected to stand for. `trained_with` and `trained_without` are the mean Macro-F1 over training
    seeds of the `judge`'s classifier trained on all texts, and on those that are not suspected to come from the test
    set; None where none is, or all texts of a label are. `disagreement` counts texts, a row for each requested label
    and a column for each that a classifier trained on real texts, `judge`, predicts, in the order of `labels`; () where
    none was asked.
    `judge_error` is the share of real test texts that it gets wrong. `examples` are one text of each wrong cell, as
    (requested, predicted, text). `prompt_tokens` and `completion_tokens` are what all answers took that were asked for
    these texts, dropped ones too.
    """

    task: str
    task_version: int
    data: str
    data_version: str
    generator: str
    method: str
    demonstrations: str
    per_label: int
    generation_seed: int
    train_version: str
    texts: int
    median_words: float
    size: int
    real_texts: int
    embedder: str
    measures: Mapping[str, Measure]
    leaks: Mapping[str, Mapping[str, int]]
    leaked_rows: Sequence[int] = ()
    trained_with: float | None = None
    trained_without: float | None = None
    labels: Sequence[str]
    disagreement: Sequence[Sequence[int]] = ()
    judge: str = ""
    judge_error: float | None = None
    examples: Sequence[Sequence[str]] = ()
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def __post_init__(self) -> None:
        # JSON has lists: what was read back is equal to what was written.
        object.__setattr__(self, "measures", {name: Measure(*m) for name, m in self.measures.items()})
        object.__setattr__(self, "leaked_rows", tuple(self.leaked_rows))
        object.__setattr__(self, "labels", tuple(self.labels))
        for name in ("disagreement", "examples"):
            object.__setattr__(self, name, tuple(tuple(row) for row in getattr(self, name)))
        size = len(self.labels)
        if self.disagreement and [len(row) for row in self.disagreement] != [size] * size:
            raise ValueError(f"quality of {self.task}: disagreement is not {size} x {size}, a row and a column a label")

    @property
    def key(self) -> tuple[str | int, ...]:
        """What identifies the training set: its texts, and what made them."""
        return tuple(getattr(self, f.name) for f in fields(self)[:9])

    @property
    def leak_share(self) -> float:
        """The share of texts that any rule suspects to come from the test set."""
        return self.leaks.get("test", {}).get("any", 0) / max(self.texts, 1)

    @property
    def disagreement_share(self) -> float | None:
        """The share of texts that a classifier trained on real texts labels otherwise; None where none was asked."""
        total = sum(map(sum, self.disagreement))
        return 1 - sum(row[i] for i, row in enumerate(self.disagreement)) / total if total else None


def read(path: Path) -> list[Quality]:
    """Read the lines of a file that `write` wrote; raises ValueError with the file and line that cannot be read."""
    return read_records(path, Quality, "measures of texts", _current)


def parsed(text: str, name: str) -> list[Quality]:
    """Read the lines in the text of such a file of that name; raises ValueError with it and the line."""
    return parse_records(text, Quality, name, _current)


def write(path: Path, measured: Iterable[Quality]) -> None:
    """Write sorted JSON Lines; what is in the file already is replaced by what has the same key, the rest stays."""
    merge_records(
        path, measured, key=lambda quality: quality.key, line=lambda quality: record_line(quality, SCHEMA), read=read
    )


def _current(values: Any) -> Any:
    return versioned(values, SCHEMA)[1]
