"""Agreement of annotators: on one instance, of each with the others, and beyond chance over all instances.

Every measure takes the votes that `synthworth.core.votes.read_votes` returns, in any order and with any votes missing.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from synthworth.core import Vote
from synthworth.measures.statistics import RESAMPLES

CELLS = 400_000  # of drawn instances at once: 3 MB, which stay in the processor's cache


class AnnotatorAgreement(NamedTuple):
    """One annotator's agreement with the others, in [0, 1], and the number of instances on which there are others."""

    agreement: float
    instances: int


class AgreementEstimate(NamedTuple):
    """A value, the interval `low <= high` around it in the same unit, and the number of instances that it rests on."""

    value: float
    low: float
    high: float
    instances: int


def agreement(votes: Iterable[Vote]) -> dict[str, float]:
    """Measure the agreement on each instance: the largest share of its annotators that chose one label.

    Equation 1 of Li et al. 2023 (arXiv 2310.07849), a_i = max over labels y of the share of annotators who chose y.
    In [1 / labels, 1], higher is better; a single vote agrees with itself and has 1. Instances come in the order of
    their first votes.

    >>> agreement([Vote("1", "ann", "a"), Vote("1", "ben", "a"), Vote("1", "cat", "b"), Vote("2", "ann", "b")])
    {'1': 0.6666666666666666, '2': 1.0}
    """
    tally = _tally(votes)
    return dict(zip(tally.instances, _agreement(tally.counts).tolist(), strict=True))


def majority(votes: Iterable[Vote]) -> dict[str, tuple[str, ...]]:
    """Find the labels that most annotators of each instance chose, sorted: one label, or several if they tie.

    The most frequent label need not have more than half of the votes.

    >>> majority([Vote("1", "ann", "a"), Vote("1", "ben", "a"), Vote("1", "cat", "b")])
    {'1': ('a',)}
    >>> majority([Vote("1", "ann", "b"), Vote("1", "ben", "a")])
    {'1': ('a', 'b')}
    """
    tally = _tally(votes)
    most = tally.counts == tally.counts.max(axis=1, keepdims=True, initial=0)
    return {
        instance: tuple(tally.labels[column] for column in np.flatnonzero(row))
        for instance, row in zip(tally.instances, most, strict=True)
    }


def vote_entropy(votes: Iterable[Vote]) -> dict[str, float]:
    """Measure the Shannon entropy of each instance's shares of votes, in bits; 0 if all annotators chose one label.

    -sum over labels y of p(y) log2 p(y), the vote entropy of Settles 2009 (Active Learning Literature Survey): an even
    split between two labels has 1 bit. At most log2 min(votes, labels), and not divided by that, so that instances
    with different numbers of votes share a unit; few votes still show less entropy than many would.

    >>> vote_entropy([Vote("1", "ann", "a"), Vote("1", "ben", "b"), Vote("2", "ann", "a"), Vote("2", "ben", "a")])
    {'1': 1.0, '2': 0.0}
    """
    tally = _tally(votes)
    counts, totals = tally.counts, tally.counts.sum(axis=1, keepdims=True)
    bits = np.log2(np.divide(totals, counts, out=np.ones(counts.shape), where=counts > 0))
    return dict(zip(tally.instances, (counts / totals * bits).sum(axis=1).tolist(), strict=True))


def annotator_agreement(votes: Iterable[Vote]) -> dict[str, AnnotatorAgreement]:
    """Measure each annotator's agreement with the rest: the mean share, over instances, of other votes equal to theirs.

    In [0, 1], higher is better: the chance that another annotator of the instance, drawn at random, chose the same
    label. Agreement with the majority of the others would depend on how ties are broken, and the four others of five
    annotators tie often. If all instances have equally many votes, the mean over votes is the observed agreement of
    Fleiss 1971. Not corrected for chance: an annotator who always chooses the most frequent label scores high. One who
    is alone on every instance has nan over 0 instances. Annotators come in the order of their first votes.

    >>> agreements = annotator_agreement([Vote("1", "ann", "a"), Vote("1", "ben", "a"), Vote("1", "cat", "b")])
    >>> agreements["ann"], agreements["cat"]
    (AnnotatorAgreement(agreement=0.5, instances=1), AnnotatorAgreement(agreement=0.0, instances=1))
    """
    votes = list(votes)
    tally = _tally(votes)
    alike = tally.counts[tally.rows, tally.columns] - 1
    others = tally.counts.sum(axis=1)[tally.rows] - 1
    place = _places(vote.annotator for vote in votes)
    annotators = np.array([place[vote.annotator] for vote in votes], dtype=np.intp)
    shares = np.bincount(annotators, alike / np.maximum(others, 1), minlength=len(place))
    instances = np.bincount(annotators, others > 0, minlength=len(place))
    mean = np.divide(shares, instances, out=np.full(len(place), np.nan), where=instances > 0)
    return {
        annotator: AnnotatorAgreement(share, int(n))
        for annotator, share, n in zip(place, mean.tolist(), instances, strict=True)
    }


def fleiss_kappa(votes: Iterable[Vote]) -> float:
    """Measure Fleiss' kappa, agreement beyond chance if every instance has the same number of votes, by any annotators.

    (observed - expected) / (1 - expected) agreement of Fleiss 1971, at most 1; 0 is agreement by chance. Krippendorff's
    nominal alpha corrects it for the number n of all votes: 1 - alpha = (1 - kappa) (n - 1) / n. nan if all votes have
    one label, 0 / 0. Raises ValueError if instances differ in their number of votes, or have one each.

    >>> votes = [Vote("1", "ann", "a"), Vote("1", "ben", "a"), Vote("2", "ann", "b"), Vote("2", "ben", "b")]
    >>> round(fleiss_kappa([*votes, Vote("3", "ann", "a"), Vote("3", "ben", "b")]), 4)
    0.3333
    """
    counts = _tally(votes).counts
    sizes = sorted({int(size) for size in counts.sum(axis=1)})
    if len(sizes) != 1 or sizes == [1]:
        came = " to ".join(str(size) for size in (sizes[:1] + sizes[1:][-1:])) or "no"
        raise ValueError(
            f"instances have {came} votes; Fleiss' kappa needs the same number on each, 2 or more: if they differ, use "
            "krippendorff_alpha"
        )
    observed = (counts * (counts - 1)).sum() / (counts.sum() * (sizes[0] - 1))
    expected = ((counts.sum(axis=0) / counts.sum()) ** 2).sum()
    return float((observed - expected) / (1 - expected)) if expected < 1 else float("nan")


def mean_agreement_interval(votes: Iterable[Vote], *, level: float = 0.95, seed: int = 0) -> AgreementEstimate:
    """Estimate the mean `agreement` of the instances with two votes or more, with an interval over these instances.

    An instance with one vote would count as full agreement, although nobody could disagree. The interval is a
    percentile bootstrap; its source of variance is which instances were drawn, not which annotators. A single instance
    has no variance to resample: low and high are nan. Raises ValueError if no instance has two votes.

    >>> votes = [Vote(str(i), who, "a" if who == "ann" else "ab"[i % 2]) for i in range(40) for who in ("ann", "ben")]
    >>> value, low, high, instances = mean_agreement_interval(votes)
    >>> value, 0.65 < low < 0.7, 0.8 < high < 0.85, instances
    (0.75, True, True, 40)
    """
    counts = _tally(votes).counts
    return mean_interval(_agreement(counts[_pairable(counts)]).tolist(), level=level, seed=seed)


def mean_interval(shares: Sequence[float], *, level: float = 0.95, seed: int = 0) -> AgreementEstimate:
    """Estimate the mean of one share for each instance, with an interval over instances as `mean_agreement_interval`.

    Raises ValueError if there are none.

    >>> mean_interval([0.5, 1.0])
    AgreementEstimate(value=0.75, low=0.5, high=1.0, instances=2)
    """
    if not shares:
        raise ValueError("no instances to take a mean over; give at least one")
    values, sizes = np.unique(np.asarray(shares, dtype=np.float64), return_counts=True)
    return _estimate(values[:, None], sizes, lambda sums: sums[..., 0] / sizes.sum(), level, seed)


def krippendorff_alpha(
    votes: Iterable[Vote],
    order: Sequence[str] | None = None,
    *,
    level: float = 0.95,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> AgreementEstimate:
    """Estimate Krippendorff's alpha, nominal, or ordinal if `order` gives the labels from low to high.

    1 - observed / expected disagreement (Krippendorff 2011, Computing Krippendorff's Alpha-Reliability), at most 1;
    0 is agreement by chance, and below it annotators disagree systematically. An instance with one vote is left out.
    nan if all other votes have one label: 0 / 0, since annotators who agree cannot be told from a label that everybody
    always chooses.
    The interval is a percentile bootstrap over instances, with the expected disagreement of each resample's own votes.
    Source of variance: which instances were drawn, not which annotators. A resample that happens to hold one label only
    has no alpha and is left out. low and high are nan if alpha is, on a single instance, and for 0 `resamples`.
    Raises ValueError if no instance has two votes, or `order` lacks a label or repeats one.

    >>> pairs = ["aa", "bb", "aa", "bb", "ab", "aa", "bb", "ba"] * 10
    >>> votes = [Vote(str(i), who, label) for i, pair in enumerate(pairs) for who, label in zip(("ann", "ben"), pair)]
    >>> value, low, high, instances = krippendorff_alpha(votes)
    >>> round(value, 2), 0.27 < low < 0.33, 0.66 < high < 0.72, instances
    (0.5, True, True, 80)
    >>> votes = [Vote("1", "ann", "a"), Vote("1", "ben", "c"), Vote("2", "ann", "b"), Vote("2", "ben", "b")]
    >>> krippendorff_alpha(votes, order=["a", "b", "c"]).value
    -0.5
    """
    profiles, sizes = _profiles(_tally(votes, order).counts)
    labels, ordinal = profiles.shape[1], order is not None

    def score(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        return _alpha(sums, labels, ordinal)

    return _estimate(_coincidences(profiles, ordinal), sizes, score, level, seed, resamples)


class _Tally(NamedTuple):
    instances: list[str]
    labels: list[str]
    rows: NDArray[np.intp]  # of each vote in counts
    columns: NDArray[np.intp]
    counts: NDArray[np.int64]  # votes, shape (instances, labels)


def _tally(votes: Iterable[Vote], order: Sequence[str] | None = None) -> _Tally:
    votes = list(votes)
    _check_one_vote_each(votes)
    # Sorted, so that the order of the votes changes no draw of a bootstrap.
    labels = sorted({vote.label for vote in votes}) if order is None else list(order)
    column, row = _places(labels), _places(vote.instance for vote in votes)
    if len(column) < len(labels):
        raise ValueError(f"the order of labels repeats one: {', '.join(labels)}; name each label once")
    for vote in votes:
        if vote.label not in column:
            raise ValueError(f"unknown label {vote.label!r}; labels in order: {', '.join(labels)}; place it among them")
    rows = np.array([row[vote.instance] for vote in votes], dtype=np.intp)
    columns = np.array([column[vote.label] for vote in votes], dtype=np.intp)
    cells = np.bincount(rows * len(labels) + columns, minlength=len(row) * len(labels))
    return _Tally(list(row), labels, rows, columns, cells.reshape(len(row), len(labels)))


def _check_one_vote_each(votes: Sequence[Vote]) -> None:
    if len({vote[:2] for vote in votes}) < len(votes):
        (instance, annotator), n = Counter(vote[:2] for vote in votes).most_common(1)[0]
        raise ValueError(f"annotator {annotator!r} has {n} votes on {instance!r}; an annotator has one on an instance")


def _places(names: Iterable[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate(dict.fromkeys(names))}


def _agreement(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(counts.max(axis=1, initial=0) / counts.sum(axis=1))


def _pairable(counts: NDArray[np.int64]) -> NDArray[np.bool_]:
    pairable = counts.sum(axis=1) >= 2
    if not pairable.any():
        raise ValueError("no instance has two votes; agreement needs two annotators on at least one instance")
    return np.asarray(pairable)


def _profiles(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the different rows of counts with two votes or more, and how many instances have each.

    Five votes on two labels fall in six ways, however many instances there are.
    """
    return np.unique(counts[_pairable(counts)], axis=0, return_counts=True)


def _coincidences(counts: NDArray[np.int64], ordinal: bool) -> NDArray[np.float64]:
    """Tabulate what instances add to alpha, a row each: their votes by label, then their coincidences of two labels.

    Nominal alpha needs only the sum over pairs of labels. Ordinal alpha needs every pair, since the distance of two
    labels depends on the votes on all instances.
    """
    n = counts.astype(np.float64)
    total = n.sum(axis=1, keepdims=True)
    if ordinal:
        low, high = np.triu_indices(n.shape[1], 1)
        pairs = n[:, low] * n[:, high]
    else:
        pairs = (total**2 - (n**2).sum(axis=1, keepdims=True)) / 2
    return np.hstack([n, pairs / (total - 1)])


def _alpha(sums: NDArray[np.float64], labels: int, ordinal: bool) -> NDArray[np.float64]:
    """Compute alpha from sums of rows of `_coincidences`, without their last axis; nan if all votes have one label."""
    n, observed = sums[..., :labels], sums[..., labels:]
    total = n.sum(axis=-1)
    if ordinal:
        low, high = np.triu_indices(labels, 1)
        # The votes on the labels from low to high, those on the two ends half, separate the mean ranks of the ends.
        ranks = n.cumsum(axis=-1) - n / 2
        distances = (ranks[..., high] - ranks[..., low]) ** 2
        observed = observed * distances
        expected = (n[..., low] * n[..., high] * distances).sum(axis=-1)
    else:
        expected = (total**2 - (n**2).sum(axis=-1)) / 2
    ratio = np.divide(observed.sum(axis=-1), expected, out=np.full(expected.shape, np.nan), where=expected > 0)
    return np.asarray(1 - (total - 1) * ratio)


def _estimate(
    parts: NDArray[np.float64],
    sizes: NDArray[np.int64],
    score: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    level: float,
    seed: int,
    resamples: int = RESAMPLES,
) -> AgreementEstimate:
    """Score the sum over all instances of their parts, with an interval over resampled instances.

    Equal instances share a row of `parts`, and `sizes` counts them; `score` takes the last axis of sums of rows.
    """
    instances, value = int(sizes.sum()), float(score(sizes @ parts))
    if instances == 1 or np.isnan(value) or not resamples:
        return AgreementEstimate(value, float("nan"), float("nan"), instances)
    scores = [score(drawn @ parts) for drawn in _draws(sizes, np.random.default_rng(seed), resamples)]
    tail = (1 - level) / 2
    low, high = np.nanquantile(np.concatenate(scores), [tail, 1 - tail])
    return AgreementEstimate(value, float(low), float(high), instances)


def _draws(sizes: NDArray[np.int64], random: np.random.Generator, resamples: int) -> Iterator[NDArray[np.float64]]:
    """Count how often each row comes if all instances are drawn with replacement, shape (some resamples, rows)."""
    instances, rows = int(sizes.sum()), len(sizes)
    # The binomial draw of a row takes about as long as ten draws of an instance.
    by_row = 10 * rows < instances
    some = max(1, CELLS // (rows if by_row else instances))
    row_of = np.repeat(np.arange(rows), sizes)
    for start in range(0, resamples, some):
        now = min(some, resamples - start)
        if by_row:
            drawn = random.multinomial(instances, sizes / instances, size=now)
        else:
            cells = row_of[random.integers(instances, size=(now, instances), dtype=np.int32)]
            cells += rows * np.arange(now)[:, None]
            drawn = np.bincount(cells.ravel(), minlength=now * rows).reshape(now, rows)
        yield drawn.astype(np.float64)
