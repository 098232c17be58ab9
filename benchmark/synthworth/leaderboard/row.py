"""A leaderboard as data: its rows, and what is known beside the results that they are made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from synthworth.core.entry import Entry
from synthworth.core.quality import Quality

Gold = Mapping[tuple[str, str], Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known beside the results: `gold` has the test labels, in order, by task and data version.

    `quality` holds what was measured of the texts that results were trained on, `entries` who stands behind a method
    with a generator.
    """

    gold: Gold = field(default_factory=dict)
    quality: Sequence[Quality] = ()
    entries: Sequence[Entry] = ()


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the leaderboard; a field is None, or "", where there is nothing to say.

    `version` tells rows apart where there are results of several versions of the task or its data, and is "" elsewhere.
    `steps` of the optimiser are given where they differ between methods of one size, as where a label is short.
    `short` is the size of the smallest label where one misses its quota. `tier` is that of `tiers`, among the methods
    of one task, classifier and size that a generator wrote for, and `leads` says that the row is the first of its tier.
    `low` and `high` bound the 95 % interval of `macro_f1`, and those of accuracy, over test rows; those of `drop`
    (Macro-F1 of real texts of the same size less this row's) and `gap` (the share of the gap recovered) over test rows
    and seeds. `worth` is in real texts per label, "" where real texts were measured at one size only. `diversity`,
    `leaks` and `disagreement` are of the texts, as `synthworth.core.quality` defines them; `tokens` and `usd` are what
    the answers of one generation seed took. `collapsed` counts seeds whose training failed. A mean over tasks speaks of
    these very tasks: tasks are no sample of anything, and its intervals and tiers hold rows and seeds within them.
    """

    task: str
    version: str
    method: str
    generator: str
    classifier: str
    per_label: str
    steps: int | None
    short: int | None
    tier: int | None
    leads: bool | None
    macro_f1: float
    low: float
    high: float
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    drop: float | None
    drop_low: float | None
    drop_high: float | None
    gap: float | None
    gap_low: float | None
    gap_high: float | None
    worth: str
    diversity: float | None
    diversity_low: float | None
    diversity_high: float | None
    diversity_of: str
    leaks: float | None
    disagreement: float | None
    tokens: int | None
    usd: float | None
    dropped: str
    seeds: int
    collapsed: int | None
    state: str
    flags: str
    date: str
    division: str
    task_version: int | None
    data_version: str


@dataclass(frozen=True, kw_only=True)
class Leaderboard:
    """The rows of one data source and division, which are in the title: others never share its table."""

    title: str
    rows: tuple[Row, ...]
