"""Rank correlation and regression line agree with scipy, and the permutation p with counting the permutations."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import linregress, rankdata, spearmanr

from synthworth.measures.statistics import RESAMPLES, regression_line, spearman

X = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110]  # IQ and hours of television, the worked example of Wikipedia
Y = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17]
FEW = st.integers(-4, 4)


def pairs(least=3, most=30, values=FEW):
    lists = st.lists(st.tuples(values, values), min_size=least, max_size=most)
    return lists.map(lambda rows: tuple(map(list, zip(*rows, strict=True)))).filter(varied)


def varied(sides):
    return all(len(set(side)) > 1 for side in sides)


def normal_pairs(chance, n, rho):
    x = chance.normal(size=n)
    return x, rho * x + np.sqrt(1 - rho**2) * chance.normal(size=n)


def tied_pairs(chance, n, rho):
    x, y = normal_pairs(chance, n, rho)
    return np.round(1.5 * x), np.round(2 * y)


def test_rho_of_the_worked_example():
    assert spearman(X, Y).rho == pytest.approx(-29 / 165)


@given(pairs())
def test_rho_is_that_of_scipy_with_ties_too(sides):
    assert spearman(*sides).rho == pytest.approx(spearmanr(*sides).statistic)


@settings(max_examples=30)
@given(pairs(most=6))
def test_p_of_few_pairs_is_the_share_of_all_pairings(sides):
    x, y = (rankdata(side) for side in sides)
    all_pairings = np.array([(x - x.mean()) @ row for row in permutations(y)])
    expected = np.mean(np.abs(all_pairings) >= abs((x - x.mean()) @ y) - 1e-9)
    assert spearman(*sides).p == pytest.approx(expected)


def test_p_of_10_pairs_is_the_share_of_all_3628800_pairings():
    # Counted once by itertools.permutations: 2,293,916 are as far from 0 as -29 / 165, and 2 as far as 1.
    assert spearman(X, Y).p == 2293916 / 3628800
    assert spearman(range(10), range(10)).p == 2 / 3628800


@pytest.mark.parametrize("rho", [0.3, 0.6])
def test_p_of_more_pairs_is_near_that_of_scipy(rho):
    sides = normal_pairs(np.random.default_rng(0), 40, rho)
    judge = spearmanr(*sides).pvalue
    assert spearman(*sides).p == pytest.approx(judge, abs=0.003 + 4 * np.sqrt(judge / RESAMPLES))


def test_no_association_is_so_strong_that_a_drawn_p_is_0():
    assert spearman(range(50), range(50)).p == 1 / (RESAMPLES + 1)


def test_drawing_instead_of_counting_gives_nearly_the_same_p(monkeypatch):
    counted = spearman(X, Y).p
    monkeypatch.setattr("synthworth.measures.statistics.association.EXACT", 3)
    drawn = spearman(X, Y).p
    assert drawn != counted
    assert drawn == pytest.approx(counted, abs=4 * np.sqrt(counted * (1 - counted) / RESAMPLES))


def test_pairings_drawn_in_pieces_are_the_same(monkeypatch):
    sides = normal_pairs(np.random.default_rng(0), 40, 0.1)
    whole = spearman(*sides)
    monkeypatch.setattr("synthworth.measures.statistics.bootstrap.CELLS", 40 * 999)
    assert spearman(*sides) == whole


def test_another_seed_draws_other_pairings():
    sides = normal_pairs(np.random.default_rng(0), 40, 0.1)
    assert len({spearman(*sides, seed=seed).p for seed in range(5)}) > 1


@pytest.mark.slow
@pytest.mark.parametrize("n", [7, 15])
def test_p_errs_5_times_in_100(n, monkeypatch):
    monkeypatch.setattr("synthworth.measures.statistics.bootstrap.RESAMPLES", 999)
    chance = np.random.default_rng(0)
    found = [spearman(*tied_pairs(chance, n, 0)).p <= 0.05 for _ in range(1000)]
    assert 0.03 <= np.mean(found) <= 0.07


@given(pairs(least=4))
def test_the_interval_holds_rho_and_grows_with_its_level(sides):
    narrow, wide = (spearman(*sides, level=level) for level in (0.8, 0.95))
    assert -1 <= wide.low <= narrow.low <= narrow.rho <= narrow.high <= wide.high <= 1


@given(pairs(least=4))
def test_the_interval_of_the_opposite_is_opposite(sides):
    x, y = sides
    one, other = spearman(x, y), spearman(x, [-value for value in y])
    assert (other.rho, other.low, other.high) == pytest.approx((-one.rho, -one.high, -one.low))


def test_perfect_order_of_few_pairs_is_not_certain():
    few, more = spearman(range(5), range(5)), spearman(range(10), range(10))
    assert few.low < 0.3 < 0.9 < more.low < 1 == few.high == more.high


def test_3_pairs_leave_everything_open():
    assert spearman([1, 2, 3], [1, 3, 2])[1:3] == (-1, 1)


@pytest.mark.slow
@pytest.mark.parametrize("rho", [0, 0.6, 0.9])
@pytest.mark.parametrize("n", [10, 20, 50])
@pytest.mark.parametrize("drawn", [normal_pairs, tied_pairs])
def test_the_interval_holds_rho_of_the_population_95_times_in_100(drawn, n, rho, monkeypatch):
    monkeypatch.setattr("synthworth.measures.statistics.bootstrap.RESAMPLES", 1)  # p is not asked for
    monkeypatch.setattr("synthworth.measures.statistics.association.EXACT", 0)
    chance, held = np.random.default_rng(0), 0
    truth = 6 / np.pi * np.arcsin(rho / 2) if drawn is normal_pairs else spearmanr(*drawn(chance, 10**6, rho)).statistic
    for _ in range(4000):
        found = spearman(*drawn(chance, n, rho))
        held += found.low <= truth <= found.high
    assert 0.93 <= held / 4000 <= 0.97


@given(pairs(values=st.floats(-100, 100).map(lambda value: round(value, 3))))
def test_the_line_is_that_of_scipy(sides):
    judge = linregress(*sides)
    assume(np.ptp(sides[0]) > 0.1 < np.ptp(sides[1]))
    assert regression_line(*sides) == pytest.approx((judge.slope, judge.intercept, judge.rvalue**2), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("association", [spearman, regression_line])
@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([1, 2, 3], [1, 2], "3 values of x and 2 of y; they must pair up"),
        ([1, 2], [1, 2], "2 pairs; an association needs at least 3"),
        ([1, 2, 3], [4, 4, 4], "y is 4.0 throughout; an association needs at least two values of it"),
        ([0.1, 0.1, 0.1], [1, 2, 3], "x is 0.1 throughout"),
        ([1, 2, float("nan")], [1, 2, 3], "x holds nan; leave out pairs without a finite value"),
        ([1, 2, 3], [1, 2, float("inf")], "y holds inf"),
    ],
)
def test_what_has_no_association_is_refused(association, x, y, message):
    with pytest.raises(ValueError, match=message):
        association(x, y)
