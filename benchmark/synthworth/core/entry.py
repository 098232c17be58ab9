"""Who stands behind a row of the leaderboard, under which rules it was made, and how far it was verified."""

from collections.abc import Sequence
from dataclasses import dataclass

from synthworth.core.errors import unknown

STATES = ("self-reported", "data-verified", "generation-verified")
DIVISIONS = ("closed", "open")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One method with one generator, as its author declares it, and what a verification found.

    `method` and `generator` are those of its results. `who` are its authors, `date` the day it was made and `variants`
    how many were tried before this one was chosen, None where that is not said. Division closed: the fixed quota, pool
    and recipes; open: as `note` declares. `state` is one of STATES, from least to most trusted; `flags` say what a
    reader must know.
    """

    name: str
    method: str
    generator: str
    who: str = ""
    date: str = ""
    variants: int | None = None
    division: str = "closed"
    note: str = ""
    state: str = STATES[0]
    flags: Sequence[str] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "flags", tuple(self.flags))
        if not self.name.strip():
            raise ValueError("an entry has no name; give one")
        if self.state not in STATES:
            raise ValueError(f"entry {self.name}: {unknown('state', self.state, STATES)}")
        if self.division not in DIVISIONS:
            raise ValueError(f"entry {self.name}: {unknown('division', self.division, DIVISIONS)}")
        if self.variants is not None and self.variants < 1:
            raise ValueError(f"entry {self.name}: {self.variants} variants; this one is one at least")
