"""Claims about one task: test instances, or draws of the texts, are the units."""

from collections.abc import Mapping, Sequence

from synthworth.measures.statistics import SeedScore, bootstrap, interval_of, p_of, variance_of_sum, variance_split
from synthworth.study.claims.accuracy_by_agreement import Right, trend, trend_difference
from synthworth.study.claims.over_tasks import MARGIN
from synthworth.study.claims.verdict import ClaimVerdict, corrected

Agreement = Mapping[str, Mapping[str, float]]  # by task, then instance


def accuracy_rises(
    agreement: Agreement,
    synthetic: Mapping[str, Right],
    real: Mapping[str, Right],
    *,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[ClaimVerdict, ...]:
    """Claim 3: within a task, accuracy rises with agreement, and for real data the rise is weaker; two verdicts a task.

    `agreement` maps task and test instance to a_i; `synthetic` and `real` say for each task and run which instances
    the classifiers trained on these data got right (`Right`: runs are draws of the texts if there are several). The
    estimates are the slope of `trend` for synthetic, and synthetic less real of `trend_difference`: accuracy for each
    unit of agreement. Test instances are the unit, since thresholds are nested; to their variance that of the runs'
    slopes is added, with Student's quantile of as many runs as there are: two draws leave it nearly unknown. With one
    draw, only training seeds are in it. The gold label may itself lean on the votes: `accuracy_by_agreement` says what
    that does to both, in favour of the first and against the second. Raises ValueError if a task is not in all three,
    or as `trend` does.

    >>> agreement = {"tweets": {str(i): (0.6, 0.8, 1.0)[i % 3] for i in range(300)}}
    >>> steep = {i: a > 0.7 or int(i) % 2 == 0 for i, a in agreement["tweets"].items()}
    >>> flat = {i: int(i) % 4 > 0 for i in steep}
    >>> rises, weaker = accuracy_rises(agreement, {"tweets": [steep]}, {"tweets": [flat]})
    >>> (rises.verdict, round(rises.estimate, 2)), (weaker.verdict, round(weaker.estimate, 2)), weaker.n
    (('supported', 1.25), ('supported', 1.25), 300)
    """
    if not agreement:
        raise ValueError("no task with agreement; give the votes on one at least")
    verdicts = []
    for task, rated in agreement.items():
        for kind, given in (("synthetic", synthetic), ("real", real)):
            if task not in given:
                raise ValueError(f"task {task!r} has no predictions after {kind} data; give those of all rated tasks")
        try:
            rise = trend(rated, synthetic[task], level=level, seed=seed)
            apart = trend_difference(rated, synthetic[task], real[task], level=level, seed=seed)
        except ValueError as error:
            raise ValueError(f"task {task!r}: {error}") from None
        verdicts += [
            _over_instances(
                f"{task}: accuracy after synthetic data rises with agreement", rise[:4], rise.instances, level
            ),
            _over_instances(
                f"{task}: accuracy rises less with agreement after real data", apart, rise.instances, level
            ),
        ]
    return corrected(verdicts)


def mixing_does_not_help_on(
    task: str, mixed: Sequence[SeedScore], alone: Sequence[SeedScore], *, margin: float = MARGIN, level: float = 0.95
) -> tuple[ClaimVerdict, ...]:
    """Claim 5 on one task, as the study asked it: `mixed` is less than `margin` better than the real set `alone`.

    Draws of the texts are the unit if a side has several, training seeds if it has one draw, with the variance of each
    side's mean from `variance_split`: it holds draws, training seeds, and test rows as if the two sides had not shared
    them, which is the wide side; predictions of the same rows would say more, by `variance_of_difference`. Supported
    and contradicted as in `mixing_does_not_help`. Raises ValueError for fewer than 2 scores a side.

    >>> alone = [SeedScore(0, i, score, 1e-5) for i, score in enumerate((0.70, 0.71, 0.72))]
    >>> mixed = [SeedScore(0, i, score, 1e-5) for i, score in enumerate((0.66, 0.67, 0.68))]
    >>> (found,) = mixing_does_not_help_on("relation", mixed, alone)
    >>> found.verdict, round(found.estimate, 3), round(found.high, 3)
    ('supported', -0.04, -0.016)
    """
    for side, name in ((mixed, "mixed"), (alone, "alone")):
        if len(side) < 2:
            raise ValueError(f"{len(side)} seeds of {name} on {task}; their variance needs at least 2")
    one, other = (variance_split(side) for side in (mixed, alone))
    draws = min(one.generations, other.generations)
    variance = variance_of_sum([one.variance, other.variance])
    gain = one.mean - other.mean
    low, high = interval_of(gain, variance, level)
    return corrected(
        [
            ClaimVerdict(
                claim=f"{task}: mixed is less than {margin:g} better than real alone",
                estimate=gain,
                low=low,
                high=high,
                p=p_of(gain - margin, variance, least=2 / (1 + bootstrap.RESAMPLES)),
                n=draws if draws > 1 else min(len(mixed), len(alone)),
                unit="draws a side" if draws > 1 else "seeds a side",
                bound=margin,
                above=False,
                level=level,
            )
        ]
    )


def _over_instances(claim: str, interval: tuple[float, float, float, float], n: int, level: float) -> ClaimVerdict:
    estimate, low, high, p = interval
    return ClaimVerdict(
        claim=claim, estimate=estimate, low=low, high=high, p=p, n=n, unit="test instances", level=level
    )
