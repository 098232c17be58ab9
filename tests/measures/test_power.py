"""What a comparison can tell agrees with textbooks and with running the comparison many times."""

import numpy as np
import pytest
from scipy.stats import binom

from synthworth.measures.statistics import (
    detectable_difference,
    detectable_difference_of_means,
    mcnemar,
    mcnemar_power,
    means_power,
    rows_to_detect,
    seeds_to_detect,
)
from synthworth.measures.statistics.interval import Variance, p_of


def told(rows, discordance, difference, studies=2000):
    """The share of studies in which McNemar's test tells a difference that is there."""
    chance, found = np.random.default_rng(0), 0
    shares = [(discordance + difference) / 2, (discordance - difference) / 2, 1 - discordance]
    for first_only, second_only, both in chance.multinomial(rows, shares, studies):
        first = "a" * first_only + "b" * second_only + "a" * both
        found += mcnemar("a" * rows, first, "b" * first_only + "a" * (rows - first_only)).p <= 0.05
    return found / studies


@pytest.mark.parametrize(("rows", "discordance", "difference"), [(200, 0.2, 0.08), (1000, 0.1, 0.0), (60, 1.0, 0.3)])
def test_the_power_of_mcnemars_test_is_how_often_it_tells(rows, discordance, difference):
    expected = mcnemar_power(rows, discordance, difference)
    allowed = 4 * np.sqrt(expected * (1 - expected) / 2000)
    assert told(rows, discordance, difference) == pytest.approx(expected, abs=allowed)


@pytest.mark.parametrize(("rows", "discordance"), [(300, 0.2), (1000, 0.05)])
def test_the_detectable_difference_is_told_8_times_in_10(rows, discordance):
    difference = detectable_difference(rows, discordance)
    assert mcnemar_power(rows, discordance, difference) == pytest.approx(0.8, abs=1e-6)
    assert told(rows, discordance, difference) == pytest.approx(0.8, abs=4 * np.sqrt(0.16 / 2000))


@pytest.mark.parametrize(("difference", "discordance"), [(0.05, 0.2), (0.02, 0.1), (0.1, 0.5)])
def test_the_rows_needed_are_near_those_of_connors_formula(difference, discordance):
    # Connor 1987, Biometrics 43, for a test without correction; the exact test needs about 1 / difference more.
    normal = (1.96 * discordance**0.5 + 0.8416 * (discordance - difference**2) ** 0.5) ** 2 / difference**2
    assert rows_to_detect(difference, discordance) == pytest.approx(normal + 1 / difference, rel=0.04)


@pytest.mark.parametrize(("difference", "discordance"), [(0.05, 0.2), (-0.05, 0.2), (0.1, 0.1), (0.3, 1.0)])
def test_one_row_fewer_than_needed_is_too_few(difference, discordance):
    rows = rows_to_detect(difference, discordance)
    assert mcnemar_power(rows - 1, discordance, difference) < 0.8 <= mcnemar_power(rows, discordance, difference)


def test_so_few_discordant_rows_tell_nothing():
    assert detectable_difference(50, 0.1) is None


def test_rows_that_all_differ_are_a_sign_test():
    # 9 or 10 of 10 are significant at 5 %: 2 x 11 / 1024.
    assert mcnemar_power(10, 1.0, 0.6) == pytest.approx(binom.cdf(1, 10, 0.2) + binom.cdf(1, 10, 0.8))


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
        (lambda: mcnemar_power(0, 0.1, 0.1), "0 test rows; a comparison needs at least one"),
        (
            lambda: mcnemar_power(100, 0.1, 0.2),
            "difference 0.2 is more than discordance 0.1, .*; allowed: at most that",
        ),
        (lambda: detectable_difference(100, 10), "10 is no share; allowed .*: more than 0, at most 1"),
        (lambda: detectable_difference(100, 0.1, power=80), "80 is no share"),
        (lambda: rows_to_detect(0, 0.1), "difference is 0; no number tells that apart from 0"),
        (lambda: seeds_to_detect(0, 0.1), "difference is 0; no number tells that apart from 0"),
        (lambda: means_power(1, 0.1, 0.1), "1 seeds a side; their variance needs at least 2"),
        (lambda: means_power(2, 0.1, -0.1), "a standard deviation of -0.1; allowed: 0 or more"),
    ],
)
def test_what_is_out_of_range_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
