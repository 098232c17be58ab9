"""What a comparison can tell agrees with textbooks and with running the comparison many times."""

import numpy as np
import pytest

from synthworth.measures.statistics import (
    detectable_difference_of_means,
    means_power,
    seeds_to_detect,
)
from synthworth.measures.statistics.interval import Variance, p_of


@pytest.mark.parametrize(("effect", "seeds"), [(0.5, 64), (0.8, 26), (1.2, 12)])
def test_the_seeds_needed_are_those_of_cohens_table(effect, seeds):
    # Cohen 1988, table 2.4.1: two samples, alpha 0.05 two-sided, power 0.80; 12 by G*Power.
    assert seeds_to_detect(effect, 1.0) == seeds


@pytest.mark.parametrize(("seeds", "row_sd"), [(2, 0.0), (3, 0.5), (5, 1.0), (10, 0.2)])
def test_the_detectable_difference_of_means_is_told_8_times_in_10(seeds, row_sd):
    difference, chance, studies = (
        detectable_difference_of_means(seeds, 1.0, row_sd=row_sd),
        np.random.default_rng(0),
        2000,
    )
    sides, rows, found = chance.normal(size=(studies, 2, seeds)), chance.normal(0, row_sd, studies), 0
    for side, row in zip(sides, rows, strict=True):
        one, two = side.var(axis=1, ddof=1) / seeds
        variance = Variance(row_sd**2, one + two, 2 * (seeds - 1))
        found += p_of(side[0].mean() - side[1].mean() + row + difference, variance, least=1e-4) <= 0.05
    assert found / studies == pytest.approx(0.8, abs=4 * np.sqrt(0.16 / studies))


def test_one_seed_fewer_than_needed_is_too_few():
    seeds = seeds_to_detect(0.02, 0.01, row_sd=0.005)
    few, enough = (means_power(k, 0.02, 0.01, row_sd=0.005) for k in (seeds - 1, seeds))
    assert few < 0.8 <= enough


def test_no_number_of_seeds_tells_what_the_rows_leave_open():
    assert seeds_to_detect(0.01, 0.01, row_sd=0.01) is None


def test_seeds_that_do_not_vary_leave_the_rows():
    assert detectable_difference_of_means(2, 0.0, row_sd=1.0) == pytest.approx(1.96 + 0.8416, abs=1e-3)


def test_without_any_doubt_every_difference_is_told():
    assert detectable_difference_of_means(2, 0.0) == 0
    assert (means_power(2, 0.1, 0.0), means_power(2, 0.0, 0.0)) == (1, 0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: detectable_difference_of_means(2, 0.1, power=80),
            "80 is not a share; allowed .*: more than 0, at most 1",
        ),
        (lambda: seeds_to_detect(0, 0.1), "difference is 0, which no number of seeds detects"),
        (lambda: means_power(1, 0.1, 0.1), "1 seeds a side; their variance needs at least 2"),
        (lambda: means_power(2, 0.1, -0.1), "a standard deviation of -0.1; allowed: 0 or more"),
    ],
)
def test_what_is_out_of_range_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
