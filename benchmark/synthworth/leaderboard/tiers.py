"""Group entries that the data cannot separate, instead of ranking them."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from statistics import fmean
from typing import TypeVar

from synthworth.leaderboard.estimates import p_of_pair
from synthworth.measures.statistics import Sample, holm

LEVEL = 0.95
Entry = TypeVar("Entry")


def tiers(
    means: Mapping[Entry, float], p_values: Mapping[tuple[Entry, Entry], float], *, level: float = LEVEL
) -> dict[Entry, int]:
    """The tier of each entry. Tier 1: beaten by no other entry; tier 2: beaten only by entries of tier 1; and so on.

    `p_values` holds a two-sided p for each pair of entries, in one of its two orders. One entry beats another if its
    mean is higher and Holm's p, over all pairs as one family, is at most 1 - `level`. So

    - an entry stands in a lower tier than each one that beats it, and in tier 1 if none does;
    - a tier begins with the highest mean among the remaining entries: its leader;
    - the chance that any entry stands lower than it would if every true difference were known is at most 1 - `level`:
      all pairs are corrected for, so that it does not matter that the leader was picked for its mean.

    Entries of one tier are not shown to be equal: more test rows or seeds may separate them. Raises ValueError if a
    pair is missing.

    >>> tiers({"a": 0.9, "b": 0.88, "c": 0.7}, {("a", "b"): 0.6, ("a", "c"): 0.001, ("b", "c"): 0.002})
    {'a': 1, 'b': 1, 'c': 2}
    """
    pairs = list(combinations(means, 2))
    adjusted = dict(zip(pairs, holm([_p(pair, p_values) for pair in pairs]), strict=True))
    beaten_by: dict[Entry, list[Entry]] = {entry: [] for entry in means}
    for (one, other), p in adjusted.items():
        if p <= 1 - level and means[one] != means[other]:
            winner, loser = (one, other) if means[one] > means[other] else (other, one)
            beaten_by[loser].append(winner)
    tier: dict[Entry, int] = {}
    for entry in sorted(
        means, key=lambda entry: -means[entry]
    ):  # an entry's winners have higher means, and a tier by then
        tier[entry] = 1 + max((tier[winner] for winner in beaten_by[entry]), default=0)
    return {entry: tier[entry] for entry in means}


def tiers_of(samples: Mapping[Entry, Sequence[Sample]]) -> tuple[dict[Entry, int], set[Entry]]:
    """The tier of each entry and the leaders of all tiers, from a sample of each entry for each task.

    Pairs are compared by `p_of_pair`. None, if there are fewer than two entries or not all pair on test rows.
    """
    if len(samples) < 2 or any(sample.resampled is None for of_tasks in samples.values() for sample in of_tasks):
        return {}, set()
    means = {entry: fmean(sample.mean for sample in of_tasks) for entry, of_tasks in samples.items()}
    tier = tiers(means, {(a, b): p_of_pair(samples[a], samples[b]) for a, b in combinations(samples, 2)})
    return tier, leaders(means, tier)


def leaders(means: Mapping[Entry, float], tier: Mapping[Entry, int]) -> set[Entry]:
    """The entry with the highest mean in each tier; of equal means, the first.

    >>> sorted(leaders({"a": 0.9, "b": 0.88, "c": 0.7}, {"a": 1, "b": 1, "c": 2}))
    ['a', 'c']
    """
    return {max((e for e in means if tier[e] == number), key=lambda e: means[e]) for number in set(tier.values())}


def _p(pair: tuple[Entry, Entry], p_values: Mapping[tuple[Entry, Entry], float]) -> float:
    for order in (pair, pair[::-1]):
        if order in p_values:
            return p_values[order]
    raise ValueError(f"no p of {pair[0]} against {pair[1]}; give one for each pair of entries")
