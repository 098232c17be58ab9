"""The author of a row of the leaderboard, the rules it was made under, and the state of its verification."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from synthworth.core.errors import shown, unknown

STATES = ("self-reported", "data-verified", "generation-verified")
DIVISIONS = ("closed", "open")
EARLIEST = date(2020, 1, 1)  # before any language model that could have written a training set


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One method with one generator, as its author declares it, and the result of its verification."""

    name: str
    """Its author's name for it."""
    method: str
    """The method of its results."""
    generator: str
    """The generator of its results; "" for a file whose generator is not named."""
    who: str = ""
    """Its authors."""
    date: str = ""
    """The day it was made, as 2026-11-20; "" if that is not declared."""
    variants: int | None = None
    """The number of variants that were tried to choose this one, itself included; None if it is not declared."""
    division: str = "closed"
    """closed: the fixed quota, pool and recipes; open: as `note` declares."""
    note: str = ""
    """Its author's words to readers."""
    state: str = STATES[0]
    """The state of its verification: one of STATES, from least to most trusted."""
    flags: Sequence[str] = ()
    """Warnings that are no grounds for rejection."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "flags", tuple(self.flags))
        if not self.name.strip():
            raise ValueError("an entry has no name; give one")
        if self.state not in STATES:
            raise ValueError(f"entry {self.name}: {unknown('state', self.state, STATES)}")
        if self.division not in DIVISIONS:
            raise ValueError(f"entry {self.name}: {unknown('division', self.division, DIVISIONS)}")
        if self.variants is not None and self.variants < 1:
            raise ValueError(f"entry {self.name}: {self.variants} variants; allowed: 1 and more, this one counts")
        if self.date and (problem := date_problem(self.date)):
            raise ValueError(f"entry {self.name}: {problem}")


def date_problem(text: str) -> str:
    """The fault of the day an entry was made, in a line; "" if it is a day from 2020 to today.

    >>> date_problem("2026-11-20"), date_problem("2999-01-01").partition(" to ")[0]
    ('', 'date is 2999-01-01; allowed: 2020-01-01')
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        return f"date is {shown(text)}; give a day, as 2026-11-20"
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)  # already today in some time zone
    return "" if EARLIEST <= day <= tomorrow else f"date is {text}; allowed: {EARLIEST} to today"
