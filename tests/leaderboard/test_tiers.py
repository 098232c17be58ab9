"""Tiers part what is clearly apart: what beats stands higher, equals stay together, and chance parts them rarely."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from synthworth.leaderboard.tiers import leaders, tiers
from synthworth.measures.statistics import holm


@st.composite
def tables(draw):
    """Means of up to seven entries, and a p for each pair: any at all."""
    names = "abcdefg"[: draw(st.integers(1, 7))]
    means = {name: draw(st.integers(0, 9)) / 10 for name in names}
    pairs = [(one, other) for i, one in enumerate(names) for other in names[i + 1 :]]
    return means, {pair: draw(st.sampled_from([1e-6, 0.001, 0.01, 0.04, 0.5, 1.0])) for pair in pairs}


def beats(means, p_values):
    """Pairs of who beats whom, by the definition."""
    if not p_values:
        return []
    clear = [pair for pair, p in zip(p_values, holm(list(p_values.values())), strict=True) if p <= 0.05]
    ordered = [sorted(pair, key=lambda name: -means[name]) for pair in clear]
    return [pair for pair in ordered if means[pair[0]] > means[pair[1]]]


@given(tables())
def test_an_entry_stands_in_a_lower_tier_than_each_that_beats_it(table):
    found = tiers(*table)
    assert all(found[winner] < found[loser] for winner, loser in beats(*table))


@given(tables())
def test_an_entry_below_the_first_tier_is_beaten_by_one_of_the_tier_before(table):
    found, won = tiers(*table), beats(*table)
    for entry, tier in found.items():
        assert tier == 1 or any(found[winner] == tier - 1 for winner, loser in won if loser == entry)


@given(tables())
def test_the_highest_mean_of_what_is_left_leads_each_tier(table):
    means, p_values = table
    found = tiers(means, p_values)
    for number in range(1, max(found.values()) + 1):
        left = [name for name in means if found[name] >= number]
        (leader,) = [name for name in leaders(means, found) if found[name] == number]
        assert means[leader] == max(means[name] for name in left)


@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_entries_and_of_pairs_does_not_matter(table, chance):
    means, p_values = table
    names = list(means)
    chance.shuffle(names)
    turned = {pair[::-1] if chance.random() < 0.5 else pair: p for pair, p in p_values.items()}
    assert tiers({name: means[name] for name in names}, turned) == tiers(means, p_values)


def test_equal_means_are_not_parted_however_small_their_p():
    assert tiers({"a": 0.5, "b": 0.5}, {("a", "b"): 0.0}) == {"a": 1, "b": 1}


def test_a_family_of_pairs_is_corrected_for():
    p_values = {("a", "b"): 0.03, ("a", "c"): 0.03, ("b", "c"): 0.03}
    assert set(tiers({"a": 0.9, "b": 0.8, "c": 0.7}, p_values).values()) == {1}
    assert tiers({"a": 0.9, "b": 0.8}, {("a", "b"): 0.03}) == {"a": 1, "b": 2}


def test_a_pair_without_a_p_is_named():
    with pytest.raises(ValueError, match="no p of a against b; give one for each pair"):
        tiers({"a": 0.9, "b": 0.8}, {})


def test_entries_without_any_difference_are_parted_in_at_most_five_of_a_hundred_tables():
    """Ten equal entries: their means picked the leader, and all pairs are corrected for."""
    chance, parted, tables_drawn = np.random.default_rng(0), 0, 1000
    names = "abcdefghij"
    for _ in range(tables_drawn):
        drawn = chance.standard_normal(len(names))
        means = dict(zip(names, drawn, strict=True))
        apart = 2 * norm.sf(abs(drawn[:, None] - drawn) / math.sqrt(2))
        p_values = {(a, b): float(apart[names.index(a), names.index(b)]) for a, b in combinations(names, 2)}
        parted += max(tiers(means, p_values).values()) > 1
    assert parted / tables_drawn <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / tables_drawn)
