"""Variances of means and of weighted differences: those of the bootstrap, and intervals that hold what they say."""

import numpy as np
import pytest
from scipy import stats

from judges import paired_difference_of_means
from synthworth.leaderboard.estimates import TaskContrast, gap_recovered
from synthworth.measures.metrics import accuracy, confusion, macro_f1
from synthworth.measures.statistics import (
    Sample,
    SeedScore,
    Variance,
    draws_of_mean,
    resampled_counts,
    resampled_scores,
    row_slopes,
    row_variance,
    shared_row_variance,
    split_over_tasks,
    variance_of_difference,
    variance_of_mean,
    variance_over_tasks,
    variance_split,
)
from synthworth.measures.statistics.interval import interval_of

COUNTS = [
    np.array([[80, 20], [10, 90]]),
    np.array([[300, 50, 10], [40, 200, 9], [7, 8, 60]]),
    np.array([[40, 0], [0, 40]]),
]


@pytest.mark.parametrize("counts", COUNTS, ids=["two labels", "three", "all right"])
@pytest.mark.parametrize("score", [accuracy, macro_f1])
def test_the_variance_of_rows_is_that_of_the_bootstrap(counts, score):
    judged = resampled_counts(counts, score).var(ddof=1)
    assert float(row_variance(counts, score)) == pytest.approx(judged, rel=0.06, abs=1e-9)


def test_the_variance_of_rows_of_many_is_that_of_each():
    many = np.stack([COUNTS[0], COUNTS[2]])
    assert row_variance(many, macro_f1).tolist() == [float(row_variance(counts, macro_f1)) for counts in many]


def predictions(chance, *shares):
    true = ["a", "b"] * 100
    return true, [[t if chance.random() < share else "ab"[t == "a"] for t in true] for share in shares]


def test_the_paired_variance_is_that_of_the_paired_difference_of_means():
    true, made = predictions(np.random.default_rng(0), 0.9, 0.92, 0.85, 0.7, 0.75)
    found = resampled_scores(true, made, "ab", macro_f1)
    first, second = (Sample(found.scores[of], 1.0, found.resampled[of]) for of in (slice(3), slice(3, 5)))
    judged = paired_difference_of_means(true, made[:3], made[3:], "ab", macro_f1)
    ends = interval_of(first.mean - second.mean, variance_of_difference(first, second))
    assert ends == pytest.approx((judged.low, judged.high))


def test_rows_that_are_hard_for_both_cancel_where_they_are_paired():
    rows = np.random.default_rng(0).normal(0, 0.02, 1000)
    one, other = (Sample(np.array([mean]), 4e-4, mean + rows[None]) for mean in (0.75, 0.5))
    assert variance_of_difference(one, other).known < 1e-12
    assert variance_of_difference(one, other._replace(resampled=None)).known == pytest.approx(8e-4)


def test_one_run_takes_the_variance_between_seeds_of_the_other_side():
    several, one = Sample(np.array([0.5, 0.75, 1.0]), 0.0), Sample(np.array([0.25]), 0.0)
    found = variance_of_difference(several, one)
    assert (found.estimated, found.degrees) == (pytest.approx(0.0625 / 3 + 0.0625), 2)


def test_two_single_runs_differ_by_rows_alone():
    one, other = Sample(np.array([0.5]), 1e-4), Sample(np.array([0.25]), 1e-4)
    assert variance_of_difference(one, other).estimated == 0.0


def test_a_weight_counts_by_its_square():
    one, other = Sample(np.array([0.5, 0.75]), 1e-4), Sample(np.array([0.5, 0.75]), 1e-4)
    alone = variance_of_mean(one)
    found = variance_of_difference(one, other, weight=2)
    assert (found.known, found.estimated) == pytest.approx((5 * alone.known, 5 * alone.estimated))


def test_a_mean_over_tasks_is_as_sure_as_all_their_rows_and_seeds():
    found = variance_over_tasks([Variance(1e-4, 1e-4, 2)] * 10)
    assert (found.known, found.estimated, found.degrees) == pytest.approx((1e-5, 1e-5, 20))


def test_the_split_of_a_mean_over_tasks_finds_what_was_planted_where_one_task_s_is_hardly_known():
    """Ten tasks of two draws of three trainings each, many times: the mean estimate is the planted variance."""
    chance, draw, training = np.random.default_rng(0), 0.02, 0.01
    found = []
    for _ in range(400):
        splits = []
        for _ in range(10):
            scores = 0.7 + chance.normal(0, draw, (2, 1)) + chance.normal(0, training, (2, 3))
            splits.append(
                variance_split([SeedScore(g, t, float(scores[g, t]), 0.0) for g in range(2) for t in range(3)])
            )
        found.append(split_over_tasks(splits))
    judged = np.mean([split.uncut for split in found], axis=0)
    assert judged == pytest.approx([training**2 / 60, draw**2 / 20], rel=0.1)
    assert np.mean([split.variance.estimated for split in found]) == pytest.approx(sum(judged))
    assert np.mean([split.variance.degrees for split in found]) > 4


def test_a_source_that_one_task_does_not_know_is_unknown_for_their_mean():
    several = variance_split([SeedScore(g, t, 0.5 + g / 10 + t / 100, 1e-4) for g in range(2) for t in range(2)])
    one = variance_split([SeedScore(0, t, 0.5 + t / 100, 1e-4) for t in range(2)])
    found = split_over_tasks([several, one])
    assert (found.generation_seeds, found.generations, found.trainings) == (None, 1, 2)
    assert found.training_seeds == pytest.approx((several.uncut[0] + one.uncut[0]) / 4)
    with pytest.raises(ValueError, match="no splits to average"):
        split_over_tasks([])


@pytest.mark.slow
@pytest.mark.parametrize("paired", [True, False], ids=["paired", "not paired"])
def test_the_interval_of_the_gap_recovered_holds_it_in_about_95_of_100_studies(paired):
    """Scores with rows hard for all and seeds of their own; where rows are not paired, the interval is a wide one."""
    chance, studies, held = np.random.default_rng(0), 2000, 0
    score, real, floor, shared, alone, seeds = 0.7, 0.85, 0.4, 0.012, 0.008, 5
    for _ in range(studies):
        rows = chance.normal(0, shared)
        samples = []
        drawn = chance.normal(0, shared, 400)
        for mean in (score, real):
            scores = mean + rows + chance.normal(0, alone, seeds)
            samples.append(Sample(scores, shared**2, scores[:, None] + drawn[None] if paired else None))
        found = gap_recovered([TaskContrast(*samples, floor)])
        held += found is not None and found.low <= (score - floor) / (real - floor) <= found.high
    assert 0.93 <= held / studies <= (0.97 if paired else 1.0)


def test_a_gap_is_known_for_scores_of_test_rows_that_were_really_drawn():
    """From confusion counts of two classifiers to the interval, by the bootstrap of the ratio on the same rows."""
    true, made = predictions(np.random.default_rng(1), 0.75, 0.9)
    found = resampled_scores(true, made, "ab", macro_f1)
    samples = [
        Sample(
            found.scores[i : i + 1],
            float(row_variance(confusion(true, made[i], "ab"), macro_f1)),
            found.resampled[i : i + 1],
        )
        for i in range(2)
    ]
    judged = np.quantile((found.resampled[0] - 1 / 3) / (found.resampled[1] - 1 / 3), [0.025, 0.975])
    share = gap_recovered([TaskContrast(*samples, 1 / 3)])
    assert (share.low, share.high) == pytest.approx(tuple(judged), abs=0.01)


@pytest.mark.parametrize(("seeds", "spread"), [(5, 0.0), (5, 0.05), (20, 0.05)])
def test_draws_of_a_mean_vary_by_rows_and_by_seeds(seeds, spread):
    chance = np.random.default_rng(0)
    scores = 0.7 + chance.normal(0, spread, seeds) if spread else np.full(seeds, 0.7)
    resampled = scores[:, None] + chance.normal(0, 0.01, (seeds, 40_000))
    between = max(0, scores.var(ddof=1) - 0.01**2) * (seeds - 1) / (seeds - 3)  # of Student's t
    assert draws_of_mean([Sample(scores, 1e-4, resampled)]).var() == pytest.approx((0.01**2 + between) / seeds, rel=0.1)


def test_draws_of_one_seed_are_its_resampled_scores():
    resampled = np.array([[0.6, 0.7, 0.8]])
    assert draws_of_mean([Sample(np.array([0.7]), 1e-4, resampled)]).tolist() == [0.6, 0.7, 0.8]


def test_draws_of_two_sets_take_another_seed_each():
    sample = Sample(np.array([0.6, 0.8]), 1e-4, np.zeros((2, 100)))
    one, again, other = (draws_of_mean([sample], seed=seed) for seed in (0, 0, 1))
    assert (one == again).all()
    assert (one != other).any()


def test_resampled_rows_of_a_mean_are_paired_within_a_task_and_independent_between_tasks():
    rows = np.random.default_rng(0).normal(0, 0.01, (1, 20_000))
    task = Sample(np.array([0.7]), 1e-4, 0.7 + rows)
    easier = task._replace(scores=np.array([0.8]), resampled=0.8 + rows)
    one, other = draws_of_mean([task] * 4), draws_of_mean([easier] * 4, seed=1)
    assert one.std() == pytest.approx(0.01 / 2, rel=0.03)
    assert (other - one).std() < 1e-12


@pytest.mark.parametrize("paired", [True, False])
def test_a_mean_of_ten_tasks_of_two_seeds_has_the_quantiles_of_ten_degrees_of_freedom(paired):
    chance = np.random.default_rng(1)
    scores = chance.normal(0.7, 0.05, (10, 2))
    samples = [Sample(one, 0.0, np.full((2, 100_000), one.mean())) for one in scores]
    variances = scores.var(axis=1, ddof=1)
    degrees = variances.sum() ** 2 / (variances**2).sum()
    drawn = np.concatenate([draws_of_mean(samples, paired=paired, seed=seed) for seed in range(1 if paired else 100)])
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert (high - low) / 2 == pytest.approx(stats.t.ppf(0.975, degrees) * np.sqrt(variances.sum() / 2) / 10, rel=0.03)


def test_what_runs_share_over_rows_is_told_without_the_labels_about_as_with_them():
    random = np.random.default_rng(3)
    true, hard = np.repeat([0, 1, 2], [900, 700, 400]), random.random(2000)
    predicted = np.array(
        [np.where(0.6 * hard + 0.4 * random.random(2000) > 0.7, (true + 1) % 3, true) for _ in range(3)]
    )
    counts = np.zeros((3, 3, 3), dtype=np.int64)
    for run, of_run in enumerate(predicted):
        np.add.at(counts[run], (true, of_run), 1)
    influence = row_slopes(counts, macro_f1)[np.arange(3)[:, None], true, predicted]
    covariance = influence @ influence.T  # an outside judge: it knows each row's label
    judge = np.mean([covariance[i, j] for i in range(3) for j in range(i)])
    assert shared_row_variance(counts, predicted, range(3), macro_f1) == pytest.approx(judge, rel=0.1)
    assert np.diagonal(covariance) == pytest.approx(row_variance(counts, macro_f1))
