"""The worth of written sets as the first figure of the pages: a strip for each set, places in percent."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from synthworth.leaderboard.site.tables import EntryKey
from synthworth.leaderboard.written_worth import SizedSet, WrittenSet
from synthworth.measures.statistics import Worth

LEFT, RIGHT = 4.0, 96.0  # percent of the strip's width: the ends of the axis
BEYOND = 1.5  # times the ends of the learning curve: where what lies beyond it stands
TICKS = (5, 10, 30, 100, 300, 1000, 3000)


@dataclass(frozen=True, kw_only=True)
class WorthMark:
    """The worth of a set of one size on a strip."""

    x: float
    """Percent of the strip's width, as the ends."""
    low: float
    """The lower end of the interval."""
    high: float
    """The upper end."""
    style: int
    """The style of its mark, one for each size."""
    words: str
    """The worth in words."""


@dataclass(frozen=True, kw_only=True)
class WorthStrip:
    """A written set in the figure."""

    task: str
    """Its task."""
    name: str
    """Its generator and how it was asked."""
    key: EntryKey
    """The entry, for the link to its page."""
    note: str
    """The warning about it."""
    marks: tuple[WorthMark | None, ...]
    """A mark for each size; None without a worth."""


@dataclass(frozen=True, kw_only=True)
class WorthStrips:
    """The figure: its sizes, the ticks of its axis, and a strip for each set."""

    classifier: str
    """The classifier that was trained."""
    sizes: tuple[int, ...]
    """Texts per label."""
    ticks: tuple[tuple[float, str], ...]
    """The place of each tick, in percent, and its number."""
    strips: tuple[WorthStrip, ...]
    """The sets, by task."""


def worth_strips(sets: Sequence[WrittenSet], sizes: Sequence[int], classifier: str) -> WorthStrips | None:
    """Return the figure of sets at these sizes; None if none has a worth."""
    worths = [of.worth for one in sets for of in one.sizes.values() if of.worth]
    if not worths:
        return None
    ends = min(worth.least for worth in worths) / BEYOND, max(worth.most for worth in worths) * BEYOND

    def place(number: float) -> float:
        share = math.log(number / ends[0]) / math.log(ends[1] / ends[0])
        return round(LEFT + (RIGHT - LEFT) * share, 2)

    def mark(of: SizedSet | None, style: int) -> WorthMark | None:
        if of is None or of.worth is None:
            return None
        low, value, high = (place(_at(number, of.worth)) for number in (of.worth.low, of.worth.value, of.worth.high))
        return WorthMark(x=value, low=low, high=high, style=style, words=of.words)

    shown = [size for size in sizes if any(size in one.sizes for one in sets)]
    return WorthStrips(
        classifier=classifier,
        sizes=tuple(shown),
        ticks=tuple((place(tick), f"{tick:,}") for tick in TICKS if ends[0] <= tick <= ends[1]),
        strips=tuple(
            WorthStrip(
                task=one.task,
                name=one.name,
                key=(one.method, one.generator),
                note=one.note,
                marks=tuple(mark(one.sizes.get(size), style) for style, size in enumerate(shown, 1)),
            )
            for one in sets
        ),
    )


def _at(number: float, worth: Worth) -> float:
    """The number of real texts at which a worth is drawn: beyond the curve, a little beyond its end."""
    return worth.least / BEYOND if number < worth.least else min(number, worth.most * BEYOND)
