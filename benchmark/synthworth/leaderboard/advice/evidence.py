"""Written sets whose pilot was looked at and whose texts were measured: numbers alone, in a table that comes along."""

import csv
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from synthworth.core import BALANCED, Result, Row, csv_text
from synthworth.generation.methods import is_written
from synthworth.leaderboard.advice.pilot import FEATURES
from synthworth.leaderboard.estimates import score
from synthworth.leaderboard.groups import comparable, curves_of, groups_of

# Made by tests/support/measure_pilots.py from texts that are not in the repository, and suites/results.jsonl.
MEASURED = Path(__file__).with_name("measured.csv")
CLASSIFIER, SIZE = "minilm", 100
LEAST, MOST = 5, 100  # real texts per label of the learning curves
WRITTEN, MIXED = "written", "mixed"
K_REAL = 10  # real texts per label that are mixed in
MIXED_WITH = f"real{K_REAL}+"
COLUMNS = ("task", "method", "generator", "macro_f1", "real_macro_f1", "worth", *FEATURES)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The score of a classifier that was trained on 100 texts per label of one origin, and their worth in real ones."""

    task: str
    method: str
    generator: str
    macro_f1: float
    """The mean over draws of the texts and training seeds, on real test texts."""
    real_macro_f1: float
    """The same of 100 real texts per label."""
    worth: float
    """Real texts per label that reach the same; 0 for fewer than 5, inf for more than 100."""

    @property
    def drop(self) -> float:
        """The score of as many real texts less its own."""
        return self.real_macro_f1 - self.macro_f1

    @property
    def log_worth(self) -> float:
        """The binary logarithm of the worth: what lies beyond the curve counts as half a doubling beyond it."""
        return math.log2(min(max(self.worth, LEAST / math.sqrt(2)), MOST * math.sqrt(2)))


@dataclass(frozen=True, kw_only=True)
class MeasuredPilot(Outcome):
    """An outcome with what the pilot of the same written texts, 30 per label, told beforehand."""

    features: Mapping[str, float] = field(default_factory=dict)

    @property
    def way(self) -> str:
        """`WRITTEN`, or `MIXED` if 10 real texts per label were mixed in."""
        return MIXED if self.method.startswith(MIXED_WITH) else WRITTEN

    @property
    def written_by(self) -> str:
        """The method that wrote the texts."""
        return self.method.removeprefix(MIXED_WITH)


def outcomes_of(results: Sequence[Result]) -> list[Outcome]:
    """Return what written sets of 100 texts per label, alone and with 10 real ones, came to, by task and method.

    Results of minilm on real texts of a mirror; a task without a learning curve of real texts up to 100 per label is
    left out. A curve may reach further: what is worth more than 100 is so on all tasks alike.
    """
    own = [r for r in results if (r.data, r.classifier, r.shares) == ("mirror", CLASSIFIER, BALANCED)]
    groups = groups_of(own, {})
    curves = curves_of(groups)
    found = []
    for group in groups:
        curve = curves.get(comparable(group.first)[:-1])
        if group.first.per_label != SIZE or curve is None or group.real is None:
            continue
        real = score(group.samples[group.real]).value
        for name, mine in group.results.items():
            method = mine[0].method
            if not is_written(method) or ("+" in method and not method.startswith(MIXED_WITH)):
                continue
            worth = curve.worth([group.samples[name]]).value
            found.append(
                Outcome(
                    task=mine[0].task,
                    method=name[0],
                    generator=mine[0].generator,
                    macro_f1=round(score(group.samples[name]).value, 4),
                    real_macro_f1=round(real, 4),
                    worth=round(worth, 1) if worth <= MOST else math.inf,
                )
            )
    return sorted(found, key=lambda one: (one.task, one.method, one.generator))


def read_measured(path: Path = MEASURED) -> list[MeasuredPilot]:
    """Read a table that `measured_text` wrote; raises ValueError if it is none."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [_measured(row) for row in csv.DictReader(file)]
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from None
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{path} is no table of measured pilots ({error}); its columns are {', '.join(COLUMNS)}"
        ) from None


def measured_text(measured: Iterable[MeasuredPilot]) -> str:
    """Return the table as CSV."""
    rows: list[Row] = [
        {
            **{name: getattr(one, name) for name in COLUMNS if name not in FEATURES},
            "worth": str(one.worth),
            **{name: one.features.get(name, "") for name in FEATURES},
        }
        for one in measured
    ]
    return csv_text(list(COLUMNS), rows)


def joined(outcomes: Iterable[Outcome], pilots: Mapping[tuple[str, str], Mapping[str, float]]) -> list[MeasuredPilot]:
    """Return the outcomes whose texts have a pilot, with what it told; pilots by task and method.

    A mixture has the pilot of the texts that it mixes.
    """
    return [
        MeasuredPilot(**vars(one), features=pilots[place])
        for one in outcomes
        if (place := (one.task, one.method.removeprefix(MIXED_WITH))) in pilots
    ]


def with_outcomes(measured: Sequence[MeasuredPilot], outcomes: Iterable[Outcome]) -> list[MeasuredPilot]:
    """Return the same pilots with the outcomes of other results; a pilot without one is left out."""
    return joined(outcomes, {(one.task, one.method): one.features for one in measured if one.way == WRITTEN})


def without_tasks(measured: Sequence[MeasuredPilot], tasks: Collection[str]) -> list[MeasuredPilot]:
    """Return what was measured of other tasks."""
    return [one for one in measured if one.task not in tasks]


def _measured(row: Mapping[str, str]) -> MeasuredPilot:
    return MeasuredPilot(
        task=row["task"],
        method=row["method"],
        generator=row["generator"],
        macro_f1=float(row["macro_f1"]),
        real_macro_f1=float(row["real_macro_f1"]),
        worth=float(row["worth"]),
        features={name: float(row[name]) for name in FEATURES if row[name]},
    )
