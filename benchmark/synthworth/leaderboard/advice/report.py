"""Advice in words: what each way to a training set is expected to be worth, what it costs, and which one to take."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from synthworth.core import Row, Table, in_usd, printable, render
from synthworth.leaderboard.advice.evidence import K_REAL, LEAST, MIXED, MOST, SIZE, WRITTEN, MeasuredPilot
from synthworth.leaderboard.advice.forecast import DROP, LEVEL, LOG_WORTH, Forecast, forecaster

FEW = 30  # labels per label that anybody can give in an afternoon


@dataclass(frozen=True, kw_only=True)
class Pilot:
    """The pilot of one method: what it told, what 100 texts per label would cost, and what labels it takes."""

    method: str
    features: Mapping[str, float]
    usd: float | None = 0.0
    """US dollars for 100 texts per label; None if nobody knows the price."""
    demonstrations: int = 0
    """Labelled texts, of all labels, that the generator is shown."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way to a training set, with what it is expected to come to, and its price."""

    name: str
    labels: int
    """Real texts that have to be labelled, or written by hand, for it."""
    usd_for_labels: float
    usd_for_texts: float | None
    """US dollars for the generator; None if its price is unknown, 0 without one."""
    drop: Forecast | None = None
    worth: Forecast | None = None
    mixed: bool = False
    """True if real texts are trained on beside the written ones."""

    @property
    def usd(self) -> float:
        """Its price in US dollars, as far as it is known."""
        return self.usd_for_labels + (self.usd_for_texts or 0.0)

    def worth_at(self, end: str) -> float:
        """The worth in real texts per label, at its `value`, `low` or `high`; 0 and inf beyond what was measured."""
        return texts_of(getattr(self.worth.prediction, end)) if self.worth else float(SIZE)


@dataclass(frozen=True, kw_only=True)
class PilotAdvice:
    """The ways to a training set for a task that nobody has measured, and which one to take."""

    ways: Sequence[Way]
    """Written alone, with demonstrations, mixed with real texts, as far as there are pilots; the last is to label."""
    labels: int
    label_price: float
    """US dollars for a label."""
    notes: Sequence[str] = field(default_factory=tuple)

    def spared(self, way: Way, end: str = "low") -> float:
        """The US dollars that a way spares: labels for as many real texts as it is worth, at an end, less its price."""
        texts = way.worth_at(end)
        return (0.0 if texts < LEAST else min(texts, MOST)) * self.labels * self.label_price - way.usd

    @property
    def sure(self) -> Way | None:
        """The way that spares most at the lower end of its worth; None if none spares anything there."""
        return self._sparing("low")

    @property
    def likely(self) -> Way | None:
        """The way that spares most at its predicted worth; None if none spares anything there either."""
        return self._sparing("value")

    def _sparing(self, end: str) -> Way | None:
        best = max(self.ways[:-1], key=lambda way: self.spared(way, end))
        return best if self.spared(best, end) > 0 else None

    @property
    def answer(self) -> str:
        """The advice in two or three sentences: take a way, try one, or label."""
        if best := self.sure:
            return (
                f"Take {best.name}{self._if(best, 'low')}: {_expected(best)}. Even at the lower end, "
                f"{beyond(best.worth_at('low'))}, the texts spare labels for {in_usd(self.spared(best) + best.usd)}"
                f"{_cost(best)}."
            )
        if best := self.likely:
            return (
                f"Label {K_REAL} to {FEW} real texts per label before you decide, and try {best.name}"
                f"{self._if(best, 'value')}: {_expected(best)}. As predicted, the texts would spare labels for "
                f"{in_usd(self.spared(best, 'value') + best.usd)}{_cost(best)}; at the lower end they spare nothing. "
                "With those labels, synthworth score says what they are worth."
            )
        most = max(self.ways[:-1], key=lambda way: way.worth_at("value"))
        return f"Label real texts. {_begin(most.name)}: {_expected(most)}. The texts " + (
            "spare no labels."
            if most.worth_at("value") < LEAST
            else "cost as much as the labels that they spare, or more."
        )

    def _if(self, way: Way, end: str) -> str:
        """Say what a generator of unknown price may cost, so that a way still spares something at an end."""
        if way.usd_for_texts is not None:
            return ""
        return f" if the generator costs less than {in_usd(self.spared(way, end))} for {SIZE} texts per label"

    def _spared_in_words(self, way: Way, end: str) -> str:
        """Say what a way spares, "" for that to label; less a generator whose price is unknown."""
        if way.worth is None:
            return ""
        return in_usd(self.spared(way, end)) + ("" if way.usd_for_texts is not None else " - generator")

    def tables(self) -> list[Table]:
        """Return the ways as a table."""
        rows: list[Row] = [
            {
                "way": way.name,
                "drop": _drop(way),
                "worth": _worth(way),
                "labels": way.labels,
                "usd": in_usd(way.usd) + ("" if way.usd_for_texts is not None else " + generator"),
                "spares": self._spared_in_words(way, "value"),
                "at least": self._spared_in_words(way, "low"),
            }
            for way in self.ways
        ]
        return [
            Table(
                title=f"{SIZE} training texts per label, {self.labels} labels, {in_usd(self.label_price)} for a label",
                rows=rows,
                headers={"drop": "drop in Macro-F1", "worth": "worth per label", "labels": "to label"},
                note=(
                    "Drop: against as many real texts; worth: real texts per label that reach the same; in brackets "
                    f"{LEVEL:.0%} for a task like the measured ones. Spares: labels for as many real texts as it is "
                    "worth, less its price; at least: at the lower end."
                ).replace("%", " %"),
                left=("way", "drop", "worth"),
            )
        ]

    def errors(self) -> list[str]:
        """Say for each kind of way how far such predictions were off, and if a pilot tells more than the mean."""
        said = {}
        for way in self.ways:
            if way.drop and way.worth:
                kind = MIXED if way.mixed else WRITTEN
                said[kind] = f"{_begin(_error(kind, way.drop, way.worth))}"
        return list(said.values())

    @property
    def sentences(self) -> tuple[tuple[str, str], ...]:
        """All that the report says in words, each with what it is."""
        return ("answer", self.answer), *(("error", said) for said in self.errors()), *(("note", n) for n in self.notes)

    def __str__(self) -> str:
        foot = [*self.errors(), *(f"Note: {note}." for note in self.notes)]
        return "\n".join([printable(self.answer), "", render(self.tables()), *map(printable, foot)])


def advise(
    pilots: Sequence[Pilot],
    measured: Sequence[MeasuredPilot],
    *,
    labels: int,
    label_price: float,
    notes: Sequence[str] = (),
) -> PilotAdvice:
    """Predict what each way comes to, from pilots of one task and what was measured of others.

    `labels` is the number of labels, `label_price` the price of labelling a text, in US dollars. The texts that real
    ones are mixed with are those of the first pilot that shows demonstrations, or else of the first: that is what was
    measured. Raises ValueError without a pilot, or if fewer than 4 tasks were measured.
    """
    if not pilots:
        raise ValueError("no pilot; name a method that writes with --method, or give written texts with --written")
    ways = []
    for pilot in pilots:
        shown = pilot.demonstrations
        name = f"{pilot.method}, {shown} demonstrations" if shown else f"{pilot.method} alone"
        ways.append(_way(name, pilot, measured, WRITTEN, shown, label_price))
    mixed = next((pilot for pilot in pilots if pilot.demonstrations), pilots[0])
    if any(one.way == MIXED for one in measured):
        count = K_REAL * labels + mixed.demonstrations
        name = f"{mixed.method} and {K_REAL} real per label"
        ways.append(_way(name, mixed, measured, MIXED, count, label_price))
    real = Way(
        name=f"{SIZE} real per label",
        labels=SIZE * labels,
        usd_for_labels=SIZE * labels * label_price,
        usd_for_texts=0.0,
    )
    return PilotAdvice(ways=[*ways, real], labels=labels, label_price=label_price, notes=notes)


def texts_of(log_worth: float) -> float:
    """Return the real texts per label of a binary logarithm; 0 below what was measured and inf above.

    >>> texts_of(4.0), texts_of(1.9), texts_of(math.inf)
    (16.0, 0.0, inf)
    """
    texts = math.inf if log_worth > 60 else 2.0**log_worth
    return 0.0 if texts < LEAST - 1e-6 else math.inf if texts > MOST + 1e-6 else texts


def beyond(texts: float) -> str:
    """Say a number of real texts per label.

    >>> beyond(0.0), beyond(12.4), beyond(math.inf)
    ('fewer than 5', '12', 'more than 100')
    """
    if texts < LEAST - 1e-6:
        return f"fewer than {LEAST}"
    return f"more than {MOST}" if texts > MOST + 1e-6 else f"{texts:.0f}"


def worth_in_words(found: Forecast) -> str:
    """Say a predicted worth with its interval."""
    value, low, high = (beyond(texts_of(end)) for end in found.prediction)
    return f"{value} ({low} to {high})" if low != high else value


def _way(name: str, pilot: Pilot, measured: Sequence[MeasuredPilot], way: str, labels: int, label_price: float) -> Way:
    return Way(
        name=name,
        labels=labels,
        usd_for_labels=labels * label_price,
        usd_for_texts=pilot.usd,
        drop=forecaster(measured, pilot.features, DROP, way).forecast(pilot.features),
        worth=forecaster(measured, pilot.features, LOG_WORTH, way).forecast(pilot.features),
        mixed=way == MIXED,
    )


def _expected(way: Way) -> str:
    return (
        f"{SIZE} texts per label are expected to be worth {_worth(way)} real ones per label; a classifier is then "
        f"expected to score {_apart(way)} in Macro-F1 than with {SIZE} real ones"
    )


def _apart(way: Way) -> str:
    """Say how much lower, or higher, a way scores: the number and its interval have one sign."""
    if way.drop is None or way.drop.prediction.value >= 0:
        return f"{_drop(way)} lower"
    value, low, high = (-end for end in way.drop.prediction)
    return f"{value:.2f} ({high:.2f} to {low:.2f}) higher"


def _cost(way: Way) -> str:
    """Say what a way costs; of one whose generator has no known price, what its own labels do, if it takes any."""
    if way.usd_for_texts is not None:
        return f" and cost {in_usd(way.usd)}"
    return f" and take {way.labels} labels for {in_usd(way.usd)}" if way.labels else ""


def _error(kind: str, drop: Forecast, worth: Forecast) -> str:
    what = "Texts mixed with real ones" if kind == MIXED else "Written texts"
    return f"{what}: {_one_error('the drop', drop)}; {_one_error('the worth', worth, ' doublings')}."


def _one_error(what: str, found: Forecast, unit: str = "") -> str:
    mean, model = (f"{number:.3f}{unit}" for number in found.errors[:2])
    if found.errors.helps:
        by = f" by {' and '.join(found.features)}" if found.features else ""
        return (
            f"{what} is predicted{by}, which on {found.tasks} tasks left out is off by {model}, and the mean of the "
            f"others by {mean}"
        )
    return (
        f"{what} is the mean of {found.tasks} other tasks, which on tasks left out is off by {mean}; what the pilot "
        f"tells is not better by a standard error ({model}), so it plays no part"
    )


def _drop(way: Way) -> str:
    if way.drop is None:
        return "0"
    value, low, high = way.drop.prediction
    return f"{value:.2f} ({low:.2f} to {high:.2f})"


def _worth(way: Way) -> str:
    return worth_in_words(way.worth) if way.worth else f"{SIZE}"


def _begin(text: str) -> str:
    return text[:1].upper() + text[1:]
