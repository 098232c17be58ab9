"""The verdict on a claim, alone and among all claims that are asked together.

A verdict is for or against a claim only if the interval lies wholly on one side of the claim's bound, and Holm's p over
all claims asked together agrees. Everything else is `cannot tell`, and no support. Two things stop a clear one:

- `withheld`: a claim about methods rests on one draw of the texts. It may be the draw's doing; no p can say. A claim
  about texts themselves gets its verdict then, marked as one about these very texts.
- `disputed`: a measure beside the claim's own is clear in the other direction.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from synthworth.measures.statistics import holm

SUPPORTED, CONTRADICTED, CANNOT_TELL = "supported", "contradicted", "cannot tell"
WITHHELD, DISPUTED = "withheld", "disputed"
CLEAR = (SUPPORTED, CONTRADICTED)


class Beside(NamedTuple):
    """The same contrast by another measure, which a claim does not ask about: its name, and a number with its 95 %."""

    measure: str
    estimate: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.measure} {self.estimate:.3f} ({self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True, kw_only=True)
class ClaimVerdict:
    """The verdict on a claim.

    >>> print(ClaimVerdict(claim="a >= b", estimate=0.1, low=0.05, high=0.15, p=0.01, n=9, unit="tasks"))
    a >= b: cannot tell; 0.1 (95 % 0.05 to 0.15), 9 tasks; not judged
    """

    claim: str
    verdict: str = CANNOT_TELL
    """supported, contradicted, cannot tell, withheld or disputed."""
    estimate: float
    low: float
    """Lower bound of the estimate's interval, for this claim alone."""
    high: float
    """Upper bound of the estimate's interval."""
    p: float
    """Two-sided p of the true value being `bound`."""
    adjusted: float = 1.0
    """Holm's p over the family; 1 if the verdict is withheld."""
    n: int
    """Tasks, test instances or seeds: the number of what was drawn."""
    unit: str
    """The name of what was drawn."""
    why: str = "not judged"
    """The reason for the verdict, in one line."""
    note: str = ""
    """A remark for readers."""
    draws: int | None = None
    """Draws of the texts behind the set that has the fewest; None if the claim does not say."""
    one_draw: str = ""
    """The sets with one draw on some task, by name; "" if there are none, or the claim does not say."""
    about_texts: bool = False
    """True for a claim about texts themselves, not about what they do as training texts of a method."""
    beside: tuple[Beside, ...] = ()
    """The same contrast by other measures."""
    bound: float = 0.0
    """The claim holds if the true value is above this, or below it if `above` is False."""
    above: bool = True
    level: float = 0.95
    """Level of the interval."""
    family: int = 1
    """Claims that were asked together, without those that were withheld."""

    @property
    def told(self) -> str:
        """The verdict, and that it is about these very texts if there is one draw of them."""
        limited = self.about_texts and self.one_draw and self.verdict not in (CANNOT_TELL, WITHHELD)
        return f"{self.verdict}, of these very texts" if limited else self.verdict

    @property
    def remarks(self) -> str:
        """The remarks beside the numbers: a lack of draws, contradictions, other measures, and the note."""
        parts = [
            f"one draw of {self.one_draw}" if self.one_draw else "",
            f"contradicted by {_names(self.against)}" if self.verdict == DISPUTED else "",
            f"not clear by {_names(unclear)}" if self.verdict in CLEAR and (unclear := self._unclear) else "",
            f"beside it: {', '.join(map(str, self.beside))}" if self.beside else "",
            self.note,
        ]
        return "; ".join(filter(None, parts))

    @property
    def against(self) -> tuple[Beside, ...]:
        """The other measures whose intervals lie wholly on the other side of the bound than this one's."""
        if self.low > self.bound:
            return tuple(one for one in self.beside if one.high < self.bound)
        return tuple(one for one in self.beside if self.high < self.bound < one.low)

    @property
    def _unclear(self) -> tuple[Beside, ...]:
        return tuple(one for one in self.beside if one.low <= self.bound <= one.high)

    def __str__(self) -> str:
        interval = f"{self.estimate:.3g} ({self.level * 100:g} % {self.low:.3g} to {self.high:.3g})"
        return f"{self.claim}: {self.told}; {interval}, {self.n} {self.unit}; {self.why}"


def corrected(verdicts: Sequence[ClaimVerdict]) -> tuple[ClaimVerdict, ...]:
    """Judge the verdicts as one family: Holm's p over all of them must be at most 1 - level for any to be clear.

    Each function here corrects for the claims that it returns; ask several, and this corrects for them all. So the
    chance of any clear verdict against the truth is at most 1 - level, however many claims are asked, if each p is
    valid. Measured at 95 %, by simulated studies without any effect: 3 to 5 in 100 have one. Claims of one draw are
    withheld whatever their p, and are no part of the family. The order of the claims changes nothing: Holm's p is a
    continuous function of all p, and equal ones have equal ones.

    >>> one = ClaimVerdict(claim="a >= b", estimate=0.1, low=0.05, high=0.15, p=0.03, n=9, unit="tasks")
    >>> print(corrected([one])[0])
    a >= b: supported; 0.1 (95 % 0.05 to 0.15), 9 tasks; the interval lies above 0, Holm's p of 1 claim is 0.03
    >>> print(corrected([one, one])[0])
    a >= b: cannot tell; 0.1 (95 % 0.05 to 0.15), 9 tasks; the interval lies above 0, but Holm's p of 2 claims is 0.06
    >>> print(corrected([replace(one, one_draw="b")])[0])
    a >= b: withheld; 0.1 (95 % 0.05 to 0.15), 9 tasks; one draw of b: another draw may say the opposite
    """
    asked = [verdict for verdict in verdicts if not _withheld(verdict)]
    adjusted = iter(holm([verdict.p for verdict in asked]))
    return tuple(
        _withhold(verdict) if _withheld(verdict) else _judged(verdict, float(next(adjusted)), len(asked))
        for verdict in verdicts
    )


def _withheld(verdict: ClaimVerdict) -> bool:
    return bool(verdict.one_draw) and not verdict.about_texts


def _withhold(verdict: ClaimVerdict) -> ClaimVerdict:
    why = f"one draw of {verdict.one_draw}: another draw may say the opposite"
    return replace(verdict, verdict=WITHHELD, adjusted=1.0, family=1, why=_with_note(why, verdict.note))


def _judged(verdict: ClaimVerdict, adjusted: float, family: int) -> ClaimVerdict:
    alpha = 1 - verdict.level
    higher, lower = verdict.low > verdict.bound, verdict.high < verdict.bound
    correction = f"Holm's p of {family} claim{'s' * (family > 1)} is {adjusted:.2g}"
    word = CANNOT_TELL
    if math.isinf(verdict.low) and math.isinf(verdict.high):
        why = f"{verdict.n} {verdict.unit} give no interval of {verdict.level * 100:g} %"
    elif not (higher or lower):
        why = f"the interval holds {verdict.bound:g}"
    elif adjusted > alpha:
        why = f"the interval lies {'above' if higher else 'below'} {verdict.bound:g}, but {correction}"
    else:
        why = f"the interval lies {'above' if higher else 'below'} {verdict.bound:g}, {correction}"
        word = SUPPORTED if higher == verdict.above else CONTRADICTED
        if against := verdict.against:
            word, why = DISPUTED, f"{why}, but that of {_names(against)} lies on the other side"
    return replace(verdict, verdict=word, adjusted=adjusted, family=family, why=_with_note(why, verdict.note))


def _names(measures: Sequence[Beside]) -> str:
    return " and ".join(one.measure for one in measures)


def _with_note(why: str, note: str) -> str:
    return f"{why}; {note}" if note else why
