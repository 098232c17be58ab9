"""The sources of the variance of each row's score, and what one more of each would cost and gain, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from synthworth.core import Quality, Result, Row, Table, check_format, grid
from synthworth.generation.methods import REAL
from synthworth.leaderboard.costs import Costs
from synthworth.leaderboard.groups import ResultGroup, groups_of, method_of
from synthworth.leaderboard.samples import row_variances
from synthworth.measures.statistics import SeedScore, Variance, VarianceSplit, interval_of, variance_split

FORMATS = ("plain", "github")
ROWS = 100  # test rows that are bought at once
NOTE = (
    "Draws, training seeds, test rows: shares of the variance of the row's mean score, unknown for draws where there "
    "is one, whose interval is about these very texts. Half: of the width of the 95 % interval of Macro-F1. One more: "
    "what gains most comes first; 100 test rows stand there if they show in the third decimal. Minutes of training are "
    "an estimate from steps and test rows; answers and tokens are those that a draw took on average, and real texts "
    "cost what their labels cost you."
)


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Seconds that a training takes on the user's machine; the default is roughly that of minilm on two CPU cores."""

    step: float = 1.0
    """Seconds of a step of the optimiser."""
    row: float = 0.015
    """Seconds to predict a test row."""


def purchases_table(
    results: Sequence[Result], quality: Sequence[Quality], *, pace: Pace | None = None, form: str = "plain"
) -> str:
    """Return a table of the rows with several seeds: the shares of their variance, and the best purchases in words.

    Raises ValueError for an unknown format, or if no row has several seeds.
    """
    check_format(form, FORMATS)
    costs = Costs(quality)
    rows = [
        _line(group, mine, costs, pace or Pace())
        for group in groups_of(results, {})
        for mine in group.results.values()
        if len({(r.train_version, r.training_seed) for r in mine}) > 1
    ]
    if not rows:
        raise ValueError(
            "no row has several seeds, which tell the sources of its variance; measure with --synth-seeds 3"
        )
    left = ("task", "trained on", "classifier", "one more")
    return f"{grid(Table(title='', rows=rows, left=left), form)}\n\n{NOTE}\n"


def _line(group: ResultGroup, results: Sequence[Result], costs: Costs, pace: Pace) -> Row:
    split, first = _split(results), results[0]
    total = sum(part or 0.0 for part in (split.test_rows, split.training_seeds, split.generation_seeds))

    def share(part: float | None) -> str:
        return "unknown" if part is None else f"{part / total:.0%}".replace("%", " %") if total else ""

    one_draw_each = split.training_seeds is None
    return {
        "task": first.task,
        "trained on": " by ".join(filter(None, (method_of(first), first.generator))),
        "per label": str(first.per_label or "all"),
        "classifier": first.classifier,
        "Macro-F1": round(split.mean, 3),
        "half": _half(split.variance),
        "draws": share(split.generation_seeds) + (" with training" if one_draw_each else ""),
        "training seeds": "in draws" if one_draw_each else share(split.training_seeds),
        "test rows": share(split.test_rows),
        "one more": "; ".join(_offers(split, results, costs, pace)),
    }


def _split(results: Sequence[Result]) -> VarianceSplit:
    """The split of the variance, with draws that give the same texts as one."""
    draws = {version: place for place, version in enumerate(dict.fromkeys(r.train_version for r in results))}
    alone, shared = row_variances(results)
    once = {(draws[result.train_version], result.training_seed): result.macro_f1 for result in results}
    scores = [SeedScore(draw, training, score, alone) for (draw, training), score in once.items()]
    return variance_split(scores, correlation=min(1.0, shared / alone) if alone else 1.0)


def _offers(split: VarianceSplit, results: Sequence[Result], costs: Costs, pace: Pace) -> list[str]:
    """The gain of one more of each source for its price, the largest first; no offer for a source not known."""
    known, estimated, degrees = split.variance
    first, trainings = results[0], max(1, round(split.trainings))
    minutes = (first.steps * pace.step + first.test_rows * pace.row) / 60
    offers: list[tuple[float, str]] = []
    if split.generation_seeds is not None:
        more = Variance(known, estimated * split.generations / (split.generations + 1), degrees + 1)
        offers.append((_half(more), f"draw ({_price(results, costs)}{_minutes(trainings * minutes)})"))
    if split.training_seeds is not None:
        part = (split.training_seeds + split.rows_alone) / (split.trainings + 1)
        gained = degrees + (split.generations if split.generation_seeds is None else 0)
        of_each = " of each draw" if split.generations > 1 else ""
        cost = _minutes(split.generations * minutes)
        offers.append((_half(Variance(known, max(0.0, estimated - part), gained)), f"training seed{of_each} ({cost})"))
    share = first.test_rows / (first.test_rows + ROWS)
    offers.append((_half(Variance(known * share, estimated, degrees)), f"{ROWS} test rows ({ROWS} labels)"))
    half = _half(split.variance)
    return [f"{what}: ±{half:.3f} to ±{after:.3f}" for after, what in sorted(offers) if f"{after:.3f}" < f"{half:.3f}"]


def _price(results: Sequence[Result], costs: Costs) -> str:
    """The answers and tokens of one draw, as "310 answers, 41,000 tokens, "; "" for real texts."""
    if results[0].method == REAL:
        return ""
    by_draw = {result.train_version: result for result in results}
    answers = fmean(result.attempts for result in by_draw.values())
    counted = [sum(each) for each in costs.tokens(results)]
    parts = [f"{answers:,.0f} answers"] if answers else []
    parts += [f"{fmean(counted):,.0f} tokens"] if counted else []
    return "".join(f"{part}, " for part in parts)


def _minutes(minutes: float) -> str:
    return f"about {minutes:.0f} min" if minutes >= 1 else "under 1 min"


def _half(variance: Variance) -> float:
    """Half the width of the 95 % interval."""
    low, high = interval_of(0.0, variance)
    return (high - low) / 2
