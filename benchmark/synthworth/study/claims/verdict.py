"""The verdict on a claim, alone and among all claims that are asked together.

A verdict is for or against a claim only if the interval lies wholly on one side of the claim's bound, and Holm's p over
all claims asked together agrees. Everything else is `cannot tell`, and no support.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from synthworth.measures.statistics import holm

SUPPORTED, CONTRADICTED, CANNOT_TELL = "supported", "contradicted", "cannot tell"


@dataclass(frozen=True, kw_only=True)
class ClaimVerdict:
    """The verdict on a claim.

    >>> print(ClaimVerdict(claim="a >= b", estimate=0.1, low=0.05, high=0.15, p=0.01, n=9, unit="tasks"))
    a >= b: cannot tell; 0.1 (95 % 0.05 to 0.15), 9 tasks; not judged
    """

    claim: str
    verdict: str = CANNOT_TELL
    """supported, contradicted or cannot tell."""
    estimate: float
    low: float
    """Lower bound of the estimate's interval, for this claim alone."""
    high: float
    """Upper bound of the estimate's interval."""
    p: float
    """Two-sided p of the true value being `bound`."""
    adjusted: float = 1.0
    """Holm's p over the family."""
    n: int
    """Tasks, test instances or seeds: the number of what was drawn."""
    unit: str
    """The name of what was drawn."""
    why: str = "not judged"
    """The reason for the verdict, in one line."""
    note: str = ""
    """A remark for readers."""
    bound: float = 0.0
    """The claim holds if the true value is above this, or below it if `above` is False."""
    above: bool = True
    level: float = 0.95
    """Level of the interval."""
    family: int = 1
    """Claims that were asked together."""

    def __str__(self) -> str:
        interval = f"{self.estimate:.3g} ({self.level * 100:g} % {self.low:.3g} to {self.high:.3g})"
        return f"{self.claim}: {self.verdict}; {interval}, {self.n} {self.unit}; {self.why}"


def corrected(verdicts: Sequence[ClaimVerdict]) -> tuple[ClaimVerdict, ...]:
    """Judge the verdicts as one family: Holm's p over all of them must be at most 1 - level for any to be clear.

    Each function here corrects for the claims that it returns; ask several, and this corrects for them all. So the
    chance of any clear verdict against the truth is at most 1 - level, however many claims are asked, if each p is
    valid. Measured at 95 %, by simulated studies without any effect: 3 to 5 in 100 have one.

    >>> one = ClaimVerdict(claim="a >= b", estimate=0.1, low=0.05, high=0.15, p=0.03, n=9, unit="tasks")
    >>> print(corrected([one])[0])
    a >= b: supported; 0.1 (95 % 0.05 to 0.15), 9 tasks; the interval lies above 0, Holm's p of 1 claim is 0.03
    >>> print(corrected([one, one])[0])
    a >= b: cannot tell; 0.1 (95 % 0.05 to 0.15), 9 tasks; the interval lies above 0, but Holm's p of 2 claims is 0.06
    """
    adjusted = holm([verdict.p for verdict in verdicts])
    return tuple(_judged(v, float(p), len(verdicts)) for v, p in zip(verdicts, adjusted, strict=True))


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
    why += f"; {verdict.note}" if verdict.note else ""
    return replace(verdict, verdict=word, adjusted=adjusted, family=family, why=why)
