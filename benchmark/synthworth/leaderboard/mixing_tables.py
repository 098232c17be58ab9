"""Mixtures of written and real texts as tables: what they score, and what to do next."""

from collections.abc import Callable, Sequence
from itertools import groupby

from synthworth.core import Row as Line
from synthworth.core import Table, in_usd
from synthworth.leaderboard.mixing import Mixture, Scored, advised
from synthworth.leaderboard.written_worth import MEANING, ONE_DRAW, SHORT
from synthworth.measures.statistics import Estimate, Worth

SCORES = (
    "Macro-F1 of {} on real test texts, in brackets 95 % over test rows and draws of the texts. Edited: the same "
    "real texts, and as many edits of them (swapped and deleted words, which cost nothing) as there are written ones. "
    "Gains: of real and written texts together, over the real ones alone and over the edited ones, paired on test rows "
    "if --data names them."
)
NEXT = (
    "Worth: how many further real texts of each label reach the same Macro-F1 of {}, on the learning curve of real "
    "texts, in brackets 95 % over test rows and draws of the texts; < and >: beyond that curve. Labels: what these "
    "cost at {} each. Texts: what the generator took for the written ones. Generate if the interval lies above 0 and "
    "the texts cost less than the fewest labels in it; both if that is so with the next larger number of real texts "
    "too; label more if the interval is at most 0, or if the labels cost less even at its upper end, for < the "
    "curve's smallest size; else nobody can tell. Each line is judged by itself: of 40 lines about texts that are "
    "worth nothing, one says generate by chance."
)


def augmentation_table(mixtures: Sequence[Mixture], *, classifier: str) -> Table:
    """The scores of real texts alone, edited, with written ones, and of written ones alone."""
    lines: list[Line] = [
        {
            **_names(one),
            "real": _score(one.real),
            "edited": _score(one.edited),
            "written": _score(one.alone),
            "real and written": _score(one.both) if one.real_per_label else "",
            "gain over real": _gain(one.over_real),
            "gain over edited": _gain(one.over_edited),
        }
        for one in mixtures
    ]
    return _table("Real texts, written texts, and both", lines, SCORES.format(classifier))


def next_table(mixtures: Sequence[Mixture], *, classifier: str, label_price: float) -> Table:
    """The worth of written texts beside each number of real ones, in further labels and in money, and the advice.

    `label_price` is that of a label, in US dollars.
    """
    lines: list[Line] = []
    for _, same in groupby(mixtures, key=lambda one: (one.task, one.method, one.generator, one.per_label)):
        for one, advice in advised(list(same), label_price=label_price):
            further = one.further
            lines.append(
                {
                    **_names(one),
                    "worth in further": _marked(_worth(further), one) if further else "no curve",
                    "labels": _price(further, one.labels * label_price) if further else "",
                    "texts": "unknown" if one.usd is None else in_usd(one.usd),
                    "do": str(advice),
                }
            )
    note = NEXT.format(classifier, in_usd(label_price))
    return _table("Label more, generate, or both?", lines, note)


def _table(title: str, lines: Sequence[Line], note: str) -> Table:
    shown = [f"{mark}: {meaning}." for mark, meaning in MEANING.items() if any(mark in str(line) for line in lines)]
    right = {"real texts", "written texts"}
    left = [name for name in lines[0] if name not in right] if lines else ()
    return Table(title=title, rows=lines, note=" ".join([note, *shown]), left=left)


def _names(one: Mixture) -> dict[str, str | int]:
    return {
        "task": one.task,
        "method": one.method,
        "generator": one.generator or "not named",
        "real texts": one.real_per_label,
        "written texts": one.per_label,
    }


def _score(scored: Scored | None) -> str:
    if scored is None:
        return ""
    value, low, high = scored.score
    return f"{value:.3f} ({low:.3f} to {high:.3f})" + ONE_DRAW * (scored.draws == 1) + SHORT * scored.short


def _gain(estimate: Estimate | None) -> str:
    return "" if estimate is None else f"{estimate.value:+.3f} ({estimate.low:+.3f} to {estimate.high:+.3f})"


def _marked(text: str, one: Mixture) -> str:
    return text + ONE_DRAW * (one.draws == 1) + SHORT * one.both.short


def _worth(further: Worth) -> str:
    """Write a number of further texts as a cell shows it, with its interval unless that is as narrow."""
    return _three(further, lambda number: str(round(number)))


def _price(further: Worth, each: float) -> str:
    return _three(further, lambda number: in_usd(number * each))


def _three(further: Worth, write: Callable[[float], str]) -> str:
    def words(number: float) -> str:
        if number < further.least:
            return f"<{write(further.least)}"
        return f">{write(further.most)}" if number > further.most else write(number)

    middle, low, high = map(words, further[:3])
    return middle if middle == low == high else f"{middle} ({low} to {high})"
