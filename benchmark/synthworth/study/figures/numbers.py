"""The numbers of each figure: points with their intervals and n, which check themselves.

Every figure has four texts beside its points: `source` names the data, generator and classifier, `interval`
what its intervals hold ("95 % over test rows and 3 training seeds"), `note` what else its caption shall say, and
`name` the files. Tasks and other methods than real, few_shot and zero_shot come in the order of their first points.
"""

import math
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from synthworth.measures.statistics import Correlation, RegressionLine


@dataclass(frozen=True, kw_only=True)
class MeasuredPoint:
    """A number of one task and method, its interval (None and None if it has none), and the n that it rests on."""

    task: str
    method: str
    value: float
    low: float | None
    high: float | None
    n: int

    def __post_init__(self) -> None:
        _check(f"{self.task}, {self.method}", self.value, self.low, self.high, self.n)


@dataclass(frozen=True, kw_only=True)
class AgreementPoint:
    """Accuracy in [0, 1] on the `n` test instances whose agreement is at least `threshold`, None if left out.

    A threshold is left out if too few instances reach it; its n is shown all the same.
    """

    threshold: float
    n: int
    accuracy: float | None
    low: float | None
    high: float | None

    def __post_init__(self) -> None:
        if self.accuracy is not None:
            _check(f"threshold {self.threshold}", self.accuracy, self.low, self.high, self.n)
        elif self.low is not None or self.high is not None or self.n < 0:
            raise ValueError(f"threshold {self.threshold} is left out, with an interval or an n of {self.n}; n is >= 0")


@dataclass(frozen=True, kw_only=True)
class AgreementCurve:
    """Accuracy against the agreement threshold for one task and method, with its trend over the thresholds kept.

    `line` and `rank` are None if too few thresholds are kept for them.
    """

    task: str
    method: str
    points: tuple[AgreementPoint, ...]
    line: RegressionLine | None
    rank: Correlation | None

    def __post_init__(self) -> None:
        _check_once(f"{self.task}, {self.method}", "threshold", (point.threshold for point in self.points))
        if all(point.accuracy is None for point in self.points):
            raise ValueError(f"{self.task}, {self.method}: no accuracy at any threshold; leave the curve out")


@dataclass(frozen=True, kw_only=True)
class LearningPoint:
    """The score of a training set of `per_label` texts a label, on `n` test rows, and what the set is worth.

    `worth` is the number of real texts per label that reach the score, with its interval: 0 for fewer than any that
    was measured, inf for more, None if it was not computed, as for real texts themselves.
    """

    task: str
    method: str
    per_label: int
    value: float
    low: float | None
    high: float | None
    n: int
    worth: float | None = None
    worth_low: float | None = None
    worth_high: float | None = None

    def __post_init__(self) -> None:
        where = f"{self.task}, {self.method}, {self.per_label} a label"
        _check(where, self.value, self.low, self.high, self.n)
        if self.per_label < 1:
            raise ValueError(f"{where}: a log axis begins above 0; give the number of texts, 1 or more")
        ends = [x for x in (self.worth_low, self.worth, self.worth_high) if x is not None]
        if len(ends) not in (0, 3) or any(math.isnan(x) for x in ends) or ends[:1] > ends[2:]:
            raise ValueError(
                f"{where}: worth {self.worth} with the ends {self.worth_low} and {self.worth_high}; give all three, "
                "low <= high, or none"
            )


@dataclass(frozen=True, kw_only=True)
class Drop:
    """A task's subjectivity, and the score on real texts minus that on the method's, on `n` test rows.

    Both with intervals; None and None if there is none.
    """

    task: str
    method: str
    subjectivity: float
    subjectivity_low: float | None
    subjectivity_high: float | None
    drop: float
    drop_low: float | None
    drop_high: float | None
    n: int

    def __post_init__(self) -> None:
        where = f"{self.task}, {self.method}"
        _check(f"{where}, subjectivity", self.subjectivity, self.subjectivity_low, self.subjectivity_high, self.n)
        _check(f"{where}, drop", self.drop, self.drop_low, self.drop_high, self.n)


@dataclass(frozen=True, kw_only=True)
class WorthPoint:
    """The number of real texts per label that a written set of one size is worth, with its interval.

    It is 0 for fewer than `least` and inf for more than `most`, the ends of the learning curve of real texts.
    """

    task: str
    name: str
    per_label: int
    worth: float
    worth_low: float
    worth_high: float
    least: int
    most: int
    draws: int

    def __post_init__(self) -> None:
        _check_worth(f"{self.task}, {self.name}", self.worth, self.worth_low, self.worth_high)


@dataclass(frozen=True, kw_only=True)
class TokenPoint:
    """The worth of a written set in real texts per label, as `WorthPoint`, beside the tokens that it took.

    On the `front` if no other set has a higher score for as few tokens. `name` has its refinements and generator too.
    """

    name: str
    method: str
    per_label: int
    tokens: float
    worth: float
    worth_low: float
    worth_high: float
    least: int
    most: int
    draws: int
    front: bool

    def __post_init__(self) -> None:
        _check_worth(self.name, self.worth, self.worth_low, self.worth_high)
        if not 0 < self.tokens < math.inf:
            raise ValueError(f"{self.name}: {self.tokens} tokens; give a number above 0")


@dataclass(frozen=True, kw_only=True)
class Diversity:
    """Figure 1: remote clique and Chamfer of every set of n texts, under one embedder and distance."""

    remote_clique: tuple[MeasuredPoint, ...]
    chamfer: tuple[MeasuredPoint, ...]
    embedder: str
    distance: str = "cosine distance"
    source: str
    interval: str
    note: str = ""
    name: str = "diversity"

    def __post_init__(self) -> None:
        for what in ("remote_clique", "chamfer"):
            _check_points(self.name, what, [(m.task, m.method) for m in getattr(self, what)])


@dataclass(frozen=True, kw_only=True)
class Similarity:
    """Figure B.2: the mean cosine of each real text to its `nearest` among n synthetic ones."""

    cosines: tuple[MeasuredPoint, ...]
    embedder: str
    nearest: int = 5
    source: str
    interval: str
    note: str = ""
    name: str = "similarity"

    def __post_init__(self) -> None:
        _check_points(self.name, "cosine", [(m.task, m.method) for m in self.cosines])


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Table 1 as a dot plot: Macro-F1 on n test rows for each task and method, by the name of the classifier."""

    macro_f1: Mapping[str, tuple[MeasuredPoint, ...]]
    source: str
    interval: str
    note: str = ""
    name: str = "scores"

    def __post_init__(self) -> None:
        _check_points(self.name, "classifier", list(self.macro_f1))
        for classifier, scores in self.macro_f1.items():
            _check_points(self.name, f"Macro-F1 of {classifier}", [(m.task, m.method) for m in scores])


@dataclass(frozen=True, kw_only=True)
class AgreementCurves:
    """Figures 2 and C.1: a panel for each task, in which all methods are scored on the same instances.

    `p` says how the p and the interval of Spearman's rho were found; thresholds of fewer than `least` instances are
    left out.
    """

    curves: tuple[AgreementCurve, ...]
    least: int
    p: str
    source: str
    interval: str
    note: str = ""
    name: str = "agreement"

    def __post_init__(self) -> None:
        _check_points(self.name, "curve", [(c.task, c.method) for c in self.curves])
        counted: dict[tuple[str, float], int] = {}
        for curve in self.curves:
            for point in curve.points:
                n = counted.setdefault((curve.task, point.threshold), point.n)
                if n != point.n:
                    raise ValueError(
                        f"figure {self.name}: {curve.task} has {n} and {point.n} instances at {point.threshold}; "
                        "score all methods on the same ones"
                    )


@dataclass(frozen=True, kw_only=True)
class LearningCurves:
    """Figure B.1: a panel for each task with the `score` against the number of training texts per label."""

    points: tuple[LearningPoint, ...]
    score: str = "Macro-F1"
    source: str
    interval: str
    note: str = ""
    name: str = "learning_curves"

    def __post_init__(self) -> None:
        _check_points(self.name, "point", [(p.task, p.method, p.per_label) for p in self.points])
        real = {point.task for point in self.points if point.method == "real"}
        for point in self.points:
            if point.worth is not None and point.task not in real:
                raise ValueError(f"figure {self.name}: {point.task} has a worth, but no real points to read it on")


@dataclass(frozen=True, kw_only=True)
class DropAgainstSubjectivity:
    """A panel for each method with a point for each task; `rank` holds Spearman's rho by method, if there is one.

    `subjectivity` is the label of the axis: it names the measure and its source. `p` says how the p and the interval
    of rho were found.
    """

    drops: tuple[Drop, ...]
    rank: Mapping[str, Correlation] = field(default_factory=dict)
    p: str
    subjectivity: str
    score: str = "Macro-F1"
    source: str
    interval: str
    note: str = ""
    name: str = "drop"

    def __post_init__(self) -> None:
        _check_points(self.name, "drop", [(d.task, d.method) for d in self.drops])
        if strangers := sorted(set(self.rank) - {drop.method for drop in self.drops}):
            raise ValueError(f"figure {self.name}: a rho of {strangers[0]}, which has no drop; leave it out")


@dataclass(frozen=True, kw_only=True)
class Worths:
    """The worth of written sets in real texts: a row for each set, a mark for each size."""

    points: tuple[WorthPoint, ...]
    source: str
    interval: str
    note: str = ""
    name: str = "worth"

    def __post_init__(self) -> None:
        _check_points(self.name, "point", [(p.task, p.name, p.per_label) for p in self.points])


@dataclass(frozen=True, kw_only=True)
class WorthAgainstTokens:
    """The worth of written sets against their tokens, a mean over `tasks`, with the Pareto front."""

    points: tuple[TokenPoint, ...]
    tasks: tuple[str, ...]
    source: str
    interval: str
    note: str = ""
    name: str = "tokens"

    def __post_init__(self) -> None:
        _check_points(self.name, "point", [(p.name, p.per_label) for p in self.points])


Figure = (
    Diversity
    | Similarity
    | Scores
    | AgreementCurves
    | LearningCurves
    | DropAgainstSubjectivity
    | Worths
    | WorthAgainstTokens
)


def size_in_words(per_label: int) -> str:
    """Return a size as legends name it.

    >>> size_in_words(1000)
    '1,000 written texts per label'
    """
    return f"{per_label:,} written texts per label"


def pairs(figure: Figure) -> list[tuple[str, str]]:
    """Return the tasks and methods of the figure's points, in their order, one pair a point."""
    match figure:
        case Diversity():
            return [(m.task, m.method) for m in (*figure.remote_clique, *figure.chamfer)]
        case Similarity():
            return [(m.task, m.method) for m in figure.cosines]
        case Scores():
            return [(m.task, m.method) for scores in figure.macro_f1.values() for m in scores]
        case AgreementCurves():
            return [(c.task, c.method) for c in figure.curves]
        case LearningCurves():
            return [(p.task, p.method) for p in figure.points]
        case DropAgainstSubjectivity():
            return [(d.task, d.method) for d in figure.drops]
        case Worths():
            return [(p.task, size_in_words(p.per_label)) for p in figure.points]
        case WorthAgainstTokens():
            return [(", ".join(figure.tasks), p.method) for p in figure.points]


def _check(where: str, value: float, low: float | None, high: float | None, n: int) -> None:
    if not math.isfinite(value):
        raise ValueError(f"{where}: {value}; a point is finite: leave out what could not be measured")
    ends = (low, high)
    known = low is not None and high is not None and math.isfinite(low) and math.isfinite(high) and low <= high
    if ends != (None, None) and not known:
        raise ValueError(f"{where}: the interval {ends}; give two finite ends, low <= high, or None and None")
    if n < 1:
        raise ValueError(f"{where}: n is {n}; a number rests on 1 or more")


def _check_worth(where: str, worth: float, low: float, high: float) -> None:
    if not 0 <= low <= high or math.isnan(worth):
        raise ValueError(f"{where}: worth {worth} ({low} to {high}); give low <= high, 0 or more")


def _check_points(name: str, what: str, points: Sequence[Hashable]) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        raise ValueError(f"figure {name!r}; the name of a figure is that of its files: letters, digits, _ and -")
    if not points:
        raise ValueError(f"figure {name}: no {what}; it needs at least one: measure it, or leave the figure out")
    _check_once(f"figure {name}", what, points)


def _check_once(where: str, what: str, points: Iterable[Hashable]) -> None:
    repeated = [point for point, times in Counter(points).items() if times > 1]
    if repeated:
        point = ", ".join(map(str, repeated[0])) if isinstance(repeated[0], tuple) else repeated[0]
        raise ValueError(f"{where}: {what} {point} twice; give each one once")
