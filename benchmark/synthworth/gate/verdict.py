"""The verdict on a comparison at a stated rate of false alarms: ok, regressed, improved, or cannot tell."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

from synthworth.gate.comparison import NOTHING, PROMPT, ROW_RESAMPLES, TEXTS, ScoreComparison
from synthworth.measures.statistics import interval_of, p_of, seeds_to_detect

OK, REGRESSED, IMPROVED, CANNOT_TELL = "ok", "regressed", "improved", "cannot tell"
ALPHA = 0.05  # of false alarms, over all comparisons that are made together
MARGIN = 0.01  # of Macro-F1: a smaller drop does not matter
POWER = 0.8
MOST_SEEDS = 100  # more are never affordable
MORE_DRAWS = "a verdict about the prompt takes several draws a side, in the baseline too: --synth-generation-seed 0,1,2"
LARGER = "a larger margin needs fewer"
ABOUT = {
    TEXTS: "about these very texts: one generation seed on a side, and another draw may be luckier",
    PROMPT: "about the prompt: over generation seeds",
    NOTHING: "texts and training are unchanged",
}


@dataclass(frozen=True, kw_only=True)
class GateVerdict:
    """The verdict on one comparison."""

    comparison: ScoreComparison
    verdict: str
    """ok, regressed, improved or cannot tell: about the prompt, so that one draw of texts a side cannot tell."""
    margin: float
    """The smallest drop of Macro-F1 that matters."""
    family: int
    """How many comparisons are made together."""
    low: float | None = None
    """Lower bound of the drop; None if unknown."""
    high: float | None = None
    """Upper bound of the drop; None if unknown."""
    p: float | None = None
    """One-sided p of no drop at all, times the family, and at most 1; None if unknown."""
    decides: bool = True
    """True if the verdict over all rests on it; False for a single task beside the mean over several."""
    texts: str = ""
    """The verdict about these very texts, where they are one draw and so none about the prompt; else ""."""

    @property
    def remedy(self) -> str:
        """The seeds or rows that would make a verdict possible; "" if there is one."""
        if self.verdict != CANNOT_TELL:
            return ""
        if self.comparison.about == TEXTS:
            return MORE_DRAWS
        return what_would_tell(self.comparison, self.margin, self.family)

    @property
    def name(self) -> str:
        """Task, method and classifier, as task/method/classifier."""
        return "/".join((self.comparison.task, self.comparison.method, self.comparison.classifier))

    def __str__(self) -> str:
        """Return one line: the verdict, the drop, its uncertainty, and its subject."""
        c = self.comparison
        if c.about == NOTHING:
            return f"{self.name}: {self.verdict}; Macro-F1 {c.after:.3f}; {ABOUT[NOTHING]}"
        parts = [f"these very texts: {self.texts}"] if self.texts else []
        parts.append(f"Macro-F1 {c.before:.3f} -> {c.after:.3f}, {_moved(c.drop)}{self._interval()}")
        if self.p is not None:
            parts.append(f"p of no drop {self.p:.2g} ({_counted(self.family, 'comparison')})")
        parts.append(f"{c.rows:,} test rows, {_seeds(c)}")
        parts += [c.note] if c.note else []
        parts += [self.remedy] if self.remedy else []
        return f"{self.name}: {self.verdict}; " + "; ".join([*parts, ABOUT[c.about]])

    def _interval(self) -> str:
        if self.low is None or self.high is None:
            return ""
        return f" ({level(self.family)} {self.low:.3f} to {self.high:.3f})"


def level(family: int) -> str:
    """Return the level of the intervals of that many comparisons, as text.

    >>> level(1), level(4)
    ('90 %', '97.5 %')
    """
    return f"{100 * (1 - 2 * ALPHA / family):.4g} %"


def judge(comparison: ScoreComparison, *, margin: float = MARGIN, family: int = 1, decides: bool = True) -> GateVerdict:
    """Judge one of `family` comparisons that are made together; `margin` is the smallest drop that matters.

    The interval of the drop leaves out ALPHA / `family` on each side. `regressed`: it lies above 0, and the measured
    drop is at least the margin. `improved`: the same for a rise. `ok`: it excludes a drop of the margin or more.
    Everything else is `cannot tell`. So, over the whole family and by Bonferroni's inequality, the chance of any false
    `regressed` is at most ALPHA, and so is the chance of an `ok` despite a drop of the margin or more: one error each
    for the two one-sided tests (Schuirmann 1987, J. Pharmacokinetics 15). Calling a real drop below the margin
    regressed is no error. The family is known before any result, so no verdict depends on another one, or on their
    order; Holm's correction would be a little more powerful, but needs all results first. With one draw of the texts on
    a side, all this is about these very texts, and the verdict about the prompt is `cannot tell`.

    Raises ValueError for a margin that is not in (0, 1), or a family of less than 1.

    >>> from synthworth.measures.statistics import Variance
    >>> seen = ScoreComparison(task="toy", method="few_shot", classifier="tfidf", before=0.8, after=0.76, rows=500,
    ...                   variance=Variance(1e-4, 1e-4, 4), before_seeds=(3, 1), after_seeds=(3, 1), about=PROMPT)
    >>> judge(seen).verdict, judge(seen, family=40).verdict
    ('regressed', 'cannot tell')
    """
    if not 0 < margin < 1:
        raise ValueError(f"margin is {margin}; give the smallest drop of Macro-F1 that matters, as 0.01")
    if family < 1:
        raise ValueError(f"a family of {family} comparisons; it has at least 1")
    told = GateVerdict(comparison=comparison, verdict=CANNOT_TELL, margin=margin, family=family, decides=decides)
    if comparison.about == NOTHING:
        return replace(told, verdict=OK, low=0.0, high=0.0, p=1.0)
    if comparison.variance is None:
        return told
    drop = comparison.drop
    low, high = interval_of(drop, comparison.variance, 1 - 2 * ALPHA / family)
    both = p_of(drop, comparison.variance, least=2 / (1 + ROW_RESAMPLES) / family)
    p = min(1.0, family * (both / 2 if drop > 0 else 1 - both / 2))
    if low > 0 and drop >= margin:
        verdict = REGRESSED
    elif high < 0 and drop <= -margin:
        verdict = IMPROVED
    else:
        verdict = OK if high < margin else CANNOT_TELL
    known = replace(told, low=low, high=high, p=p)
    return replace(known, texts=verdict) if comparison.about == TEXTS else replace(known, verdict=verdict)


def overall(verdicts: Sequence[GateVerdict]) -> str:
    """Return the worst of the verdicts that decide; ok for none.

    A single task that regressed beside a mean that did not makes it `cannot tell` at best, and never `regressed`: the
    mean alone spends the whole rate of false alarms.

    >>> overall([])
    'ok'
    """
    kinds = {v.verdict for v in verdicts if v.decides}
    worst = next((worst for worst in (REGRESSED, CANNOT_TELL, IMPROVED) if worst in kinds), OK)
    fell = any(v.verdict == REGRESSED for v in verdicts if not v.decides)
    return CANNOT_TELL if fell and worst != REGRESSED else worst


def what_would_tell(comparison: ScoreComparison, margin: float, family: int = 1) -> str:
    """Return how many draws a side, or test rows, would detect a drop of the margin in 8 of 10 cases, in words.

    It rests on the measured variances, which few seeds estimate badly: an order of magnitude. "" if none is known.
    """
    if comparison.variance is None:
        return ""
    known, estimated, _ = comparison.variance
    units = [seeds[0] for seeds in (comparison.before_seeds, comparison.after_seeds)]
    row_sd, seed_sd = math.sqrt(known), math.sqrt(estimated / sum(1 / n for n in units))
    alpha = 2 * ALPHA / family
    wanted_seeds = seeds_to_detect(margin, seed_sd, row_sd=row_sd, power=POWER, alpha=alpha) if seed_sd else None
    if wanted_seeds is not None and wanted_seeds <= MOST_SEEDS:
        # The same number may be unlucky again: more than there are, in any case.
        wanted_seeds = max(wanted_seeds, *(n + 1 for n in units))
        return f"about {wanted_seeds} generation seeds a side would tell a drop of {margin:g}"
    normal = NormalDist()
    wanted = margin / (normal.inv_cdf(1 - alpha / 2) + normal.inv_cdf(POWER))
    rows = math.ceil(comparison.rows * known / wanted**2)
    if rows <= comparison.rows:
        return f"more than {MOST_SEEDS} generation seeds a side would tell a drop of {margin:g}; {LARGER}"
    seeds = " and more generation seeds" if seed_sd else ""
    return f"about {rows:,} test rows{seeds} would tell a drop of {margin:g}; {LARGER}"


def _moved(drop: float) -> str:
    return f"{'a drop' if drop >= 0 else 'a rise'} of {abs(drop):.3f}"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _seeds(c: ScoreComparison) -> str:
    def product(seeds: tuple[int, int]) -> str:
        return f"{seeds[0]} x {seeds[1]}"

    counts = dict.fromkeys((product(c.before_seeds), product(c.after_seeds)))
    return f"{' and '.join(counts)} generation x training seeds a side"
