"""What a comparison says at a stated rate of false alarms: ok, regressed, improved, or cannot tell."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from synthworth.gate.comparison import NOTHING, ONE_SEED, PROMPT, RESAMPLES, TEXTS, ScoreComparison
from synthworth.measures.statistics import interval_of, p_of, seeds_to_detect

OK, REGRESSED, IMPROVED, CANNOT_TELL = "ok", "regressed", "improved", "cannot tell"
ALPHA = 0.05  # of false alarms, over all comparisons that are made together
MARGIN = 0.01  # of Macro-F1: a smaller drop does not matter
POWER = 0.8
MOST_SEEDS = 100  # beyond, nobody trains them
MORE_SEEDS = "train several a side to begin with: --synth-seeds 3"
LARGER = "a larger margin tells sooner"
ABOUT = {
    TEXTS: "about these recorded texts: one generation seed a side, and another draw has a luck of its own",
    PROMPT: "about the prompt: over generation seeds",
    NOTHING: "texts and training are unchanged",
}


@dataclass(frozen=True, kw_only=True)
class GateVerdict:
    """`verdict` is ok, regressed, improved or cannot tell; `low` and `high` bound the drop, None where nothing does.

    `p` is that of no drop at all, one-sided, times the number of comparisons in the `family` and at most 1.
    """

    comparison: ScoreComparison
    verdict: str
    margin: float
    family: int
    low: float | None = None
    high: float | None = None
    p: float | None = None

    @property
    def tells(self) -> str:
        """What would tell, where this cannot; "" elsewhere."""
        if self.verdict != CANNOT_TELL:
            return ""
        if self.comparison.note == ONE_SEED:
            return MORE_SEEDS
        return what_would_tell(self.comparison, self.margin, self.family)

    @property
    def name(self) -> str:
        """Task, method and classifier."""
        return "/".join((self.comparison.task, self.comparison.method, self.comparison.classifier))

    def __str__(self) -> str:
        """One line: the verdict, how much, how sure, and what it is about."""
        c = self.comparison
        if c.about == NOTHING:
            return f"{self.name}: {self.verdict}; Macro-F1 {c.after:.3f}; {ABOUT[NOTHING]}"
        told = [f"Macro-F1 {c.before:.3f} -> {c.after:.3f}, {_moved(c.drop)}{self._interval()}"]
        if self.p is not None:
            told.append(f"p of no drop {self.p:.2g} ({_counted(self.family, 'comparison')})")
        told.append(f"{c.rows:,} test rows, {_seeds(c)}")
        told += [c.note] if c.note else []
        told += [self.tells] if self.tells else []
        return f"{self.name}: {self.verdict}; " + "; ".join([*told, ABOUT[c.about]])

    def _interval(self) -> str:
        if self.low is None or self.high is None:
            return ""
        return f" ({level(self.family)} {self.low:.3f} to {self.high:.3f})"


def level(family: int) -> str:
    """The level of the intervals of that many comparisons, as text.

    >>> level(1), level(4)
    ('90 %', '97.5 %')
    """
    return f"{100 * (1 - 2 * ALPHA / family):.4g} %"


def judge(comparison: ScoreComparison, *, margin: float = MARGIN, family: int = 1) -> GateVerdict:
    """The verdict of one of `family` comparisons that are made together; `margin` is the smallest drop that matters.

    The interval of the drop leaves out ALPHA / `family` on each side. `regressed`: it lies above 0, and the drop found
    is at least the margin. `improved`: the same upwards. `ok`: it leaves out a drop of the margin or more. All else is
    `cannot tell`. So, over the whole family and by Bonferroni's inequality, the chance that anything is called
    regressed where nothing fell is at most ALPHA, and so is that of an ok where something fell by the margin or more:
    one error each for the two one-sided tests (Schuirmann 1987, J. Pharmacokinetics 15). A drop that is there and
    smaller than the margin is no error to tell. The family is known before any result: no verdict depends on another
    one, or on their order. Holm's correction would tell a little more, once all are in.

    ValueError for a margin that is not in (0, 1), or a family of less than 1.

    >>> from synthworth.measures.statistics import Variance
    >>> seen = ScoreComparison(task="toy", method="few_shot", classifier="tfidf", before=0.8, after=0.76, rows=500,
    ...                   variance=Variance(1e-4, 1e-4, 4), before_seeds=(1, 3), after_seeds=(1, 3), about=TEXTS)
    >>> judge(seen).verdict, judge(seen, family=40).verdict
    ('regressed', 'cannot tell')
    """
    if not 0 < margin < 1:
        raise ValueError(f"margin is {margin}; give the smallest drop of Macro-F1 that matters, as 0.01")
    if family < 1:
        raise ValueError(f"a family of {family} comparisons; it has at least 1")
    if comparison.about == NOTHING:
        return GateVerdict(comparison=comparison, verdict=OK, margin=margin, family=family, low=0.0, high=0.0, p=1.0)
    if comparison.variance is None:
        return GateVerdict(comparison=comparison, verdict=CANNOT_TELL, margin=margin, family=family)
    drop = comparison.drop
    low, high = interval_of(drop, comparison.variance, 1 - 2 * ALPHA / family)
    both = p_of(drop, comparison.variance, least=2 / (1 + RESAMPLES) / family)
    p = min(1.0, family * (both / 2 if drop > 0 else 1 - both / 2))
    if low > 0 and drop >= margin:
        verdict = REGRESSED
    elif high < 0 and drop <= -margin:
        verdict = IMPROVED
    else:
        verdict = OK if high < margin else CANNOT_TELL
    return GateVerdict(comparison=comparison, verdict=verdict, margin=margin, family=family, low=low, high=high, p=p)


def overall(verdicts: Sequence[GateVerdict]) -> str:
    """The verdict on all of them: the worst there is; ok for none.

    >>> overall([])
    'ok'
    """
    found = {v.verdict for v in verdicts}
    return next((worst for worst in (REGRESSED, CANNOT_TELL, IMPROVED) if worst in found), OK)


def what_would_tell(comparison: ScoreComparison, margin: float, family: int = 1) -> str:
    """How many seeds a side, or test rows, would tell a drop of the margin from none in 8 of 10 cases, in words.

    From the variances found, which a few seeds know badly: an order of magnitude. "" where no variance is known.
    """
    if comparison.variance is None:
        return ""
    known, estimated, _ = comparison.variance
    of_prompt = comparison.about == PROMPT
    units = [seeds[0 if of_prompt else 1] for seeds in (comparison.before_seeds, comparison.after_seeds)]
    kind = "generation" if of_prompt else "training"
    row_sd, seed_sd = math.sqrt(known), math.sqrt(estimated / sum(1 / n for n in units))
    alpha = 2 * ALPHA / family
    found = seeds_to_detect(margin, seed_sd, row_sd=row_sd, power=POWER, alpha=alpha) if seed_sd else None
    if found is not None and found <= MOST_SEEDS:
        # What is found again may be unlucky again: more than there are, in any case.
        return f"about {max(found, *(n + 1 for n in units))} {kind} seeds a side would tell a drop of {margin:g}"
    normal = NormalDist()
    wanted = margin / (normal.inv_cdf(1 - alpha / 2) + normal.inv_cdf(POWER))
    rows = math.ceil(comparison.rows * known / wanted**2)
    if rows <= comparison.rows:
        return f"more than {MOST_SEEDS} {kind} seeds a side would tell a drop of {margin:g}; {LARGER}"
    seeds = f" and more {kind} seeds" if seed_sd else ""
    return f"about {rows:,} test rows{seeds} would tell a drop of {margin:g}; {LARGER}"


def _moved(drop: float) -> str:
    return f"{'a drop' if drop >= 0 else 'a rise'} of {abs(drop):.3f}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _seeds(c: ScoreComparison) -> str:
    def told(seeds: tuple[int, int]) -> str:
        return f"{seeds[0]} x {seeds[1]}"

    counts = dict.fromkeys((told(c.before_seeds), told(c.after_seeds)))
    return f"{' and '.join(counts)} generation x training seeds a side"
