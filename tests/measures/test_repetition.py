"""A tolerance is what honest repetitions stay within, as often as it says."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from synthworth.measures.statistics.repetition import Scatter, pooled_scatter, repetition_tolerance, scatter_of_mean


def test_the_scatter_within_groups_is_the_error_variance_of_an_analysis_of_variance():
    groups = np.random.default_rng(0).normal(size=(5, 4)) + np.arange(5)[:, None]
    found = pooled_scatter(groups.tolist())
    between = 4 * groups.mean(axis=1).var(ddof=1)
    assert between / found.variance == pytest.approx(stats.f_oneway(*groups).statistic)
    assert found.degrees == 15


def test_groups_of_one_say_nothing():
    assert pooled_scatter([[0.1], [], [0.9]]) == Scatter(0.0, 0)


def test_the_tolerance_of_one_comparison_is_the_critical_difference_of_the_t_test():
    first, again = [0.70, 0.72, 0.74], [0.60, 0.63, 0.66]
    tolerance = repetition_tolerance(pooled_scatter([first, again]), first=3, again=3, false_alarms=0.05)
    low, high = stats.ttest_ind(first, again).confidence_interval(0.95)
    assert tolerance == pytest.approx((high - low) / 2)


def test_honest_repetitions_exceed_any_tolerance_as_rarely_as_it_says():
    """500 honest bundles of ten tasks: at a rate of 5 %, the share that is caught wrongly stays at or below it."""
    random, caught, bundles = np.random.default_rng(1), 0, 500
    for _ in range(bundles):
        sigma = random.uniform(0.005, 0.03, size=10)
        reference = random.normal(0, sigma[:, None, None], size=(10, 3, 3))
        given, again = random.normal(0, sigma[:, None], size=(10, 3)).mean(axis=1), random.normal(0, sigma)
        scatters = [pooled_scatter(groups.tolist()) for groups in reference]
        gaps, tolerances = [*(given - again), (given - again).mean()], [*scatters, scatter_of_mean(scatters)]
        caught += any(
            abs(gap) > repetition_tolerance(one, first=3, again=1, comparisons=11, false_alarms=0.05)
            for gap, one in zip(gaps, tolerances, strict=True)
        )
    assert 0.01 < caught / bundles < 0.05 + 2 * math.sqrt(0.05 * 0.95 / bundles)


def test_without_a_second_seed_no_tolerance_is_known():
    assert repetition_tolerance(Scatter(0.0, 0), first=1, again=1) == math.inf


def test_a_mean_is_known_only_where_each_task_is():
    assert scatter_of_mean([Scatter(1e-4, 6), Scatter(0.0, 0)]).degrees == 0
    with pytest.raises(ValueError, match="no scatter to average"):
        scatter_of_mean([])


@given(st.lists(st.tuples(st.floats(1e-8, 1), st.integers(1, 30)), min_size=1, max_size=10))
def test_the_degrees_of_a_mean_lie_between_the_fewest_and_their_sum(scatters):
    found = scatter_of_mean([Scatter(*one) for one in scatters])
    degrees = [one[1] for one in scatters]
    assert min(degrees) * (1 - 1e-9) <= found.degrees <= sum(degrees) * (1 + 1e-9)


@given(st.integers(1, 20), st.integers(1, 20))
def test_more_comparisons_widen_a_tolerance_and_more_seeds_narrow_it(comparisons, seeds):
    def tolerance(comparisons, again):
        return repetition_tolerance(Scatter(1e-4, 6), first=3, again=again, comparisons=comparisons)

    assert tolerance(comparisons, seeds) < tolerance(comparisons + 1, seeds)
    assert tolerance(comparisons, seeds) > tolerance(comparisons, seeds + 1)


@pytest.mark.parametrize("wrong", [{"first": 0}, {"again": 0}, {"comparisons": 0}, {"false_alarms": 1.0}])
def test_counts_that_are_none_are_refused(wrong):
    with pytest.raises(ValueError, match="each is positive"):
        repetition_tolerance(Scatter(1e-4, 6), **{"first": 1, "again": 1} | wrong)
