"""The split of a mean's variance agrees with textbook formulas, finds what was put in, and its interval holds."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import f_oneway, ttest_1samp

from synthworth.measures.metrics import accuracy
from synthworth.measures.statistics import (
    SeedScore,
    mean_interval,
    purchases,
    resampled_scores,
    row_correlation,
    variance_split,
)
from synthworth.measures.statistics.variance import row_variance_alone

SCORES = [[0.70, 0.74, 0.72], [0.65, 0.69, 0.64], [0.71, 0.77, 0.74], [0.60, 0.66, 0.66]]
TABLES = st.lists(st.lists(st.floats(0, 1), min_size=1, max_size=4), min_size=1, max_size=4)


def runs(table, row_variance=0.0):
    """One score for each generation seed (row) and training seed (column)."""
    return [SeedScore(g, t, score, row_variance) for g, row in enumerate(table) for t, score in enumerate(row)]


def studies(sizes, *, rows=0.0, alone=0.0, training=0.0, generation=0.0, number=4000):
    """Tables of scores about 0 with these variances of what is shared, of rows alone, and of each kind of seed."""
    chance = np.random.default_rng(0)
    for _ in range(number):
        shared = chance.normal(0, math.sqrt(rows))
        sets = chance.normal(0, math.sqrt(generation), len(sizes))
        spread = math.sqrt(training + alone)
        yield [list(shared + one + chance.normal(0, spread, size)) for one, size in zip(sets, sizes, strict=True)]


def test_the_split_of_a_balanced_table_is_the_textbooks_analysis_of_variance():
    split, (sets, trainings) = variance_split(runs(SCORES)), np.shape(SCORES)
    within = np.var(SCORES, axis=1, ddof=1).mean()
    among = trainings * np.var(np.mean(SCORES, axis=1), ddof=1)
    assert among / within == pytest.approx(f_oneway(*SCORES).statistic)
    assert split.mean == pytest.approx(np.mean(SCORES))
    assert split.training_seeds == pytest.approx(within / sets / trainings)
    assert split.generation_seeds == pytest.approx((among - within) / trainings / sets)


@given(TABLES, st.floats(0, 0.1), st.floats(0, 1))
def test_the_parts_add_up_to_the_variance_where_none_is_clipped(table, row_variance, correlation):
    split = variance_split(runs(table, row_variance), correlation=correlation)
    parts = [split.test_rows, split.training_seeds or 0, split.generation_seeds or 0]
    total = split.variance.known + split.variance.estimated
    assert sum(parts) >= total - 1e-12
    assert split.clipped or sum(parts) == pytest.approx(total)
    assert min(parts) >= 0


@pytest.mark.parametrize("sizes", [(3, 3, 3), (1, 2, 5)])
def test_the_split_finds_what_was_put_in(sizes):
    put = {"rows": 1.0, "alone": 0.5, "training": 2.0, "generation": 3.0}
    splits = [variance_split(runs(t, 1.5), correlation=1 / 1.5) for t in studies(sizes, **put, number=1000)]
    means = [split.mean for split in splits]
    total = np.mean([sum(split.variance[:2]) for split in splits])
    assert total == pytest.approx(np.var(means), rel=0.1)
    inverse = np.mean([1 / size for size in sizes]) / 3
    assert splits[0].test_rows == pytest.approx(1 + 0.5 * inverse)
    assert np.mean([split.training_seeds for split in splits]) == pytest.approx(2 * inverse, rel=0.1)
    assert np.mean([split.generation_seeds for split in splits]) == pytest.approx(1, rel=0.15)  # some are clipped


def test_one_generation_seed_leaves_that_source_unknown_and_not_0():
    split = variance_split(runs(SCORES[:1], 1e-4))
    assert split.generation_seeds is None
    assert split.training_seeds == pytest.approx(np.var(SCORES[0], ddof=1) / 3)


def test_one_training_seed_each_leaves_the_two_together():
    split = variance_split(runs([row[:1] for row in SCORES]))
    assert split.training_seeds is None
    assert split.generation_seeds == pytest.approx(np.var([row[0] for row in SCORES], ddof=1) / 4)


def test_one_run_has_the_variance_of_its_rows_alone():
    split = variance_split([SeedScore(0, 0, 0.7, 4e-4)], correlation=0.5)
    assert (split.test_rows, split.training_seeds, split.generation_seeds) == (4e-4, None, None)
    assert mean_interval(split) == pytest.approx((0.7 - 1.96 * 0.02, 0.7 + 1.96 * 0.02), abs=1e-5)


def test_a_negative_estimate_is_0_and_said():
    split = variance_split(runs([[0.6, 0.8], [0.8, 0.6]], 0.1), correlation=0.5)
    assert (split.training_seeds, split.generation_seeds) == (0, 0)
    assert split.clipped == ("training_seeds", "generation_seeds")


def test_without_rows_the_interval_of_one_training_set_is_students():
    judge = ttest_1samp(SCORES[0], 0).confidence_interval()
    assert mean_interval(variance_split(runs(SCORES[:1]))) == pytest.approx(tuple(judge))


def test_without_rows_the_interval_over_training_sets_is_students_of_their_means():
    judge = ttest_1samp(np.mean(SCORES, axis=1), 0).confidence_interval()
    assert mean_interval(variance_split(runs(SCORES))) == pytest.approx(tuple(judge))


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [(5,), (3, 3, 3, 3), (1, 1, 2, 2, 5)], ids=str)
@pytest.mark.parametrize(
    "put",
    [
        {"rows": 0.8, "alone": 0.2, "training": 0.3},
        {"rows": 0.5, "alone": 0.5, "training": 0.3},
        {"rows": 0.8, "alone": 0.2},
        {"rows": 0.1, "alone": 0.02, "training": 3.0},
    ],
    ids=str,
)
def test_the_interval_of_a_mean_holds_it_95_times_in_100(sizes, put):
    put = put | {"generation": put.get("training", 0) / 2 if len(sizes) > 1 else 0.0}
    row_variance, held = put["rows"] + put["alone"], 0
    for table in studies(sizes, **put):
        split = variance_split(runs(table, row_variance), correlation=put["rows"] / row_variance)
        low, high = mean_interval(split)
        held += low <= 0 <= high
    assert 0.93 <= held / 4000 <= 0.97


@pytest.mark.slow
def test_the_interval_of_a_mean_of_predictions_holds_it_95_times_in_100(monkeypatch):
    monkeypatch.setattr("synthworth.measures.statistics.bootstrap.RESAMPLES", 200)
    chance, held, true = np.random.default_rng(0), 0, "ab" * 100
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    truth = weights @ expit(1 + nodes * math.sqrt(1.5**2 + 0.3**2 + 0.3**2)) / weights.sum()
    for study in range(1000):
        skill = 1 + np.repeat(chance.normal(0, 0.3, 4), 2) + chance.normal(0, 0.3, 8)
        right = chance.random((8, 200)) < expit(skill[:, None] + chance.normal(0, 1.5, 200))
        rows = np.where(right, list(true), list("ba" * 100)).tolist()
        found = resampled_scores(true, rows, "ab", accuracy, seed=study)
        each = zip(found.scores, found.resampled.var(axis=1, ddof=1), strict=True)
        table = [SeedScore(i // 2, i % 2, *one) for i, one in enumerate(each)]
        low, high = mean_interval(variance_split(table, correlation=row_correlation(found.resampled)))
        held += low <= truth <= high
    assert 0.93 <= held / 1000 <= 0.97


def test_rows_that_hit_one_run_alone_are_told_from_those_that_hit_all():
    chance = np.random.default_rng(0)
    resampled = 3 * chance.normal(size=20_000) + chance.normal(size=(4, 20_000))
    assert row_variance_alone(resampled) == pytest.approx(1, rel=0.02)
    assert row_correlation(resampled) == pytest.approx(0.9, rel=0.01)


def test_scores_that_no_row_changes_are_alike():
    assert row_correlation(np.ones((2, 5))) == 1


def test_opposite_scores_have_no_correlation_below_0():
    assert row_correlation(np.array([[0.1, 0.2, 0.3], [0.3, 0.2, 0.1]])) == 0


@pytest.mark.parametrize(
    ("row_variance", "table", "best"),
    [
        (1e-2, [[0.70, 0.71], [0.71, 0.70], [0.70, 0.71]], "test_rows"),
        (1e-6, [[0.60, 0.80, 0.70, 0.75]], "training_seeds"),
        (1e-6, [[0.60, 0.61], [0.80, 0.81], [0.70, 0.71]], "generation_seeds"),
    ],
)
def test_what_varies_most_is_bought_first(row_variance, table, best):
    found = purchases(variance_split(runs(table, row_variance)), rows=10)
    assert found[0].source == best


def test_a_price_decides():
    split = variance_split(runs(SCORES, 1e-4))
    cheap_rows, dear_rows = (
        purchases(split, rows=100, prices={"test_rows": price, "generation_seeds": 1.0}) for price in (1e-4, 1e4)
    )
    assert cheap_rows[0].source == "test_rows"
    assert dear_rows[-1].source == "test_rows"


def test_the_drop_is_the_variance_before_less_that_after():
    split = variance_split(runs(SCORES, 1e-4), correlation=0.5)
    drops = dict(purchases(split, rows=99))
    sets, trainings, alone = 4, 3, 0.5e-4 / 12
    assert drops["test_rows"] == pytest.approx((0.5e-4 + alone) / 100)
    training, generation = split.training_seeds, split.generation_seeds
    after = (training + alone) * trainings / (trainings + 1)
    assert drops["training_seeds"] == pytest.approx(training + alone - after)
    after = (training + alone + generation) * sets / (sets + 1)
    assert drops["generation_seeds"] == pytest.approx(training + alone + generation - after)


def test_what_is_unknown_has_no_drop_and_comes_last():
    *_, last = purchases(variance_split(runs(SCORES[:1], 1e-4)), rows=100)
    assert last == ("generation_seeds", None)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: variance_split([]), "no scores to average; a mean needs at least one"),
        (lambda: variance_split(runs(SCORES), correlation=1.1), "correlation is 1.1; allowed: 0 to 1"),
        (lambda: variance_split(runs([[math.nan]])), "SeedScore.*nan.*; a score is finite"),
        (lambda: variance_split(runs([[0.5]], -1.0)), "SeedScore.*; a score is finite, .* at least 0"),
        (
            lambda: variance_split([SeedScore(1, 2, 0.5, 0.1)] * 2),
            "2 scores of generation seed 1 and training seed 2; give one of each",
        ),
        (
            lambda: purchases(variance_split(runs(SCORES)), rows=10, prices={"rows": 1}),
            "unknown source 'rows'; sources: test_rows, training_seeds, generation_seeds",
        ),
        (
            lambda: purchases(variance_split(runs(SCORES)), rows=10, prices={"test_rows": 0}),
            "price of test_rows is 0; a price is more than 0",
        ),
        (lambda: purchases(variance_split(runs(SCORES)), rows=0), "0 test rows; a score needs at least one"),
    ],
)
def test_what_cannot_be_split_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
