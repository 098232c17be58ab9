"""The interval of a score agrees with resampling the rows of each label one by one, holds the truth, and costs less."""

import tracemalloc
from functools import reduce

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest
from sklearn.metrics import accuracy_score, f1_score

from synthworth.measures.metrics import accuracy, confusion, macro_f1
from synthworth.measures.statistics import RESAMPLES, bootstrap_interval, resampled_scores, share_interval

COUNTS = np.array([[40, 6, 4], [9, 50, 11], [2, 8, 20]])
TABLES = st.lists(st.integers(0, 40), min_size=4, max_size=4).filter(any).map(lambda c: np.array(c).reshape(2, 2))
# A percentile of n resamples of a normal score is off by this many standard deviations / sqrt(n).
ERROR = np.sqrt(0.025 * 0.975) / 0.0585


def judge_macro_f1(true, predicted):
    return f1_score(true, predicted, average="macro", labels=range(3), zero_division=0)


def row_by_row(counts, judge, resamples):
    """Scores of resampled test sets, each drawn row by row within true labels and scored by scikit-learn."""
    true, predicted = (np.repeat(axis.ravel(), counts.ravel()) for axis in np.indices(counts.shape))
    chance, places = np.random.default_rng(1), [np.flatnonzero(true == label) for label in range(len(counts))]
    drawn = (np.concatenate([chance.choice(rows, len(rows)) for rows in places]) for _ in range(resamples))
    return np.array([judge(true[rows], predicted[rows]) for rows in drawn])


def many_labels(labels=77, rows=3, right=0.9, seed=0):
    """Counts of a classifier that is mostly right about many labels of few test rows each."""
    chance, counts = np.random.default_rng(seed), np.zeros((labels, labels), dtype=int)
    for true in np.repeat(np.arange(labels), rows):
        counts[true, true if chance.random() < right else chance.integers(labels)] += 1
    return counts


@pytest.mark.parametrize(("score", "judge"), [(macro_f1, judge_macro_f1), (accuracy, accuracy_score)])
def test_the_interval_is_that_of_resampled_rows_within_chance(score, judge):
    scores = row_by_row(COUNTS, judge, 1500)
    allowed = 3 * ERROR * scores.std() * np.sqrt(1 / len(scores) + 1 / RESAMPLES)
    assert bootstrap_interval(COUNTS, score) == pytest.approx(np.quantile(scores, [0.025, 0.975]), abs=allowed)


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95, 0.99])
def test_the_interval_of_accuracy_is_that_of_a_sum_of_binomials(level):
    rows = COUNTS.sum(axis=1)
    chances = [binom.pmf(range(n + 1), n, hits / n) for n, hits in zip(rows, COUNTS.diagonal(), strict=True)]
    below = reduce(np.convolve, chances).cumsum()
    exact = np.searchsorted(below, [(1 - level) / 2, (1 + level) / 2]) / rows.sum()
    assert bootstrap_interval(COUNTS, accuracy, level=level) == pytest.approx(exact, abs=1.01 / rows.sum())


def test_every_resample_has_as_many_rows_of_each_label_as_the_test_set():
    seen = []

    def score(counts):
        seen.append(counts.sum(axis=-1))
        return macro_f1(counts)

    bootstrap_interval(COUNTS, score)
    assert (np.concatenate(seen) == COUNTS.sum(axis=1)).all()
    assert sum(map(len, seen)) == RESAMPLES


@pytest.mark.parametrize("seed", range(5))
def test_the_interval_of_many_labels_with_few_rows_holds_the_score(seed):
    counts = many_labels(seed=seed)
    low, high = bootstrap_interval(counts, macro_f1)
    assert low < macro_f1(counts) < high


def test_a_label_without_test_rows_is_resampled_to_none():
    low, high = bootstrap_interval(np.array([[8, 2, 0], [1, 9, 0], [0, 0, 0]]), macro_f1)
    assert 0 < low < high <= 2 / 3


def test_a_draw_in_pieces_gives_the_same_interval(monkeypatch):
    whole = bootstrap_interval(COUNTS, macro_f1)
    monkeypatch.setattr("synthworth.measures.statistics.bootstrap.CELLS", 9 * 999)
    assert bootstrap_interval(COUNTS, macro_f1) == whole


def test_77_labels_take_less_than_200_megabytes():
    counts = many_labels()
    tracemalloc.start()
    try:
        bootstrap_interval(counts, macro_f1)
        assert tracemalloc.get_traced_memory()[1] < 200e6
    finally:
        tracemalloc.stop()


def three_predictions(rows=120, seed=0):
    """True labels, and three predictions that are right about mostly the same rows."""
    chance = np.random.default_rng(seed)
    true, hard = chance.integers(3, size=rows), chance.random(rows) < 0.5
    drawn = [np.where(hard & (chance.random(rows) < 0.9), chance.integers(3, size=rows), true) for _ in range(3)]
    true, *predictions = ["".join("abc"[label] for label in row) for row in (true, *drawn)]
    return true, predictions


def test_scores_of_several_predictions_are_those_of_each():
    true, predictions = three_predictions()
    scores = resampled_scores(true, predictions, "abc", macro_f1).scores
    assert scores.tolist() == [macro_f1(confusion(true, predicted, "abc")) for predicted in predictions]


def test_resampling_one_prediction_is_the_bootstrap_of_its_counts():
    true, (predicted, *_) = three_predictions()
    found, counts = resampled_scores(true, [predicted], "abc", macro_f1), confusion(true, predicted, "abc")
    allowed = 4 * ERROR * found.resampled.std() * np.sqrt(2 / RESAMPLES)
    assert np.quantile(found.resampled, [0.025, 0.975]) == pytest.approx(
        bootstrap_interval(counts, macro_f1), abs=allowed
    )


def test_all_predictions_are_resampled_on_the_same_rows():
    true, predictions = three_predictions()
    true, *rows = (np.array(list(row)) for row in (true, *predictions))
    right = np.array([row == true for row in rows])
    exact = sum((true == label).sum() * np.cov(right[:, true == label], ddof=0) for label in "abc") / len(true) ** 2
    found = np.cov(resampled_scores(true, predictions, "abc", accuracy).resampled)
    allowed = 4 * np.sqrt((np.outer(exact.diagonal(), exact.diagonal()) + exact**2) / RESAMPLES)
    assert (np.abs(found - exact) < allowed).all()
    assert exact.min() > 3 * allowed.max()  # hard rows are hard for all


def test_a_joint_draw_in_pieces_gives_the_same_scores(monkeypatch):
    whole = resampled_scores(*three_predictions(), "abc", macro_f1)
    monkeypatch.setattr("synthworth.measures.statistics.bootstrap.CELLS", 27 * 999)
    pieces = resampled_scores(*three_predictions(), "abc", macro_f1)
    assert (pieces.resampled == whole.resampled).all()


def test_another_seed_draws_other_rows_jointly_too():
    one, other = (resampled_scores(*three_predictions(), "abc", macro_f1, seed=seed).resampled for seed in (0, 1))
    assert (one != other).any()


def test_a_label_that_no_test_row_has_may_be_predicted():
    assert resampled_scores("aab", ["acb"], "abc", accuracy).scores.tolist() == [pytest.approx(2 / 3)]


@pytest.mark.parametrize(
    ("true", "predicted", "message"),
    [
        ("ab", "a", "2 true labels and 1 predicted ones; they must pair up"),
        ("ab", "ax", "unknown label 'x'; labels: a, b"),
        ("", "", "no test rows to resample; a score needs at least one"),
    ],
)
def test_predictions_that_do_not_fit_the_test_set_are_refused(true, predicted, message):
    with pytest.raises(ValueError, match=message):
        resampled_scores(true, [predicted], "ab", accuracy)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_that_is_no_share_is_refused(level):
    with pytest.raises(ValueError, match=f"level is {level}; an interval holds a share between 0 and 1"):
        bootstrap_interval(COUNTS, accuracy, level=level)


@pytest.mark.slow
@pytest.mark.parametrize("score", [macro_f1, accuracy])
@pytest.mark.parametrize(
    ("rows", "right"),
    [([50, 50], 0.8), ([20] * 6, 0.8), ([480, 60], [0.97, 0.8]), ([1000, 100, 30], [0.95, 0.7, 0.5])],
    ids=["two labels", "20 rows a label", "spam", "unequal labels"],
)
def test_the_interval_holds_the_score_of_the_population_95_times_in_100(rows, right, score, monkeypatch):
    monkeypatch.setattr("synthworth.measures.statistics.bootstrap.RESAMPLES", 1000)
    chance, rows = np.random.default_rng(0), np.array(rows)
    shares = np.linspace(1, 2, len(rows)) * (1 - np.eye(len(rows)))  # some mistakes are likelier than others
    shares *= ((1 - np.broadcast_to(right, len(rows))) / shares.sum(axis=1))[:, None]
    shares += np.diag(np.broadcast_to(right, len(rows)))
    truth, held = score(rows[:, None] * shares), 0
    for seed in range(2000):
        low, high = bootstrap_interval(chance.multinomial(rows, shares), score, seed=seed)
        held += low <= truth <= high
    assert 0.93 <= held / 2000 <= 0.97


@settings(max_examples=25)
@given(TABLES)
def test_an_interval_is_ordered_and_within_0_to_1(counts):
    low, high = bootstrap_interval(counts, macro_f1)
    assert 0 <= low <= high <= 1


@settings(max_examples=25)
@given(TABLES)
def test_the_interval_of_accuracy_holds_the_accuracy(counts):
    low, high = bootstrap_interval(counts, accuracy)
    assert low <= accuracy(counts) <= high


@settings(max_examples=25)
@given(TABLES)
def test_a_higher_level_gives_a_wider_interval(counts):
    narrow, wide = (bootstrap_interval(counts, macro_f1, level=level) for level in (0.8, 0.95))
    assert wide.low <= narrow.low <= narrow.high <= wide.high


def test_four_times_the_rows_halve_the_interval():
    one, four = (bootstrap_interval(n * COUNTS, macro_f1) for n in (1, 4))
    assert (one.high - one.low) / (four.high - four.low) == pytest.approx(2, rel=0.1)


def test_the_same_seed_gives_the_same_interval():
    assert bootstrap_interval(COUNTS, macro_f1, seed=3) == bootstrap_interval(COUNTS, macro_f1, seed=3)


def test_another_seed_draws_other_rows():
    assert bootstrap_interval(COUNTS, macro_f1, seed=3) != bootstrap_interval(COUNTS, macro_f1, seed=4)


def test_the_chance_of_others_is_left_alone():
    np.random.seed(0)
    before = np.random.get_state()[1].tolist()
    bootstrap_interval(COUNTS, macro_f1)
    assert np.random.get_state()[1].tolist() == before


def test_only_right_predictions_leave_no_doubt():
    assert bootstrap_interval(np.diag([50, 50]), accuracy) == (1, 1)


def test_no_test_rows_are_refused():
    with pytest.raises(ValueError, match="no test rows to resample; a score needs at least one"):
        bootstrap_interval(np.zeros((2, 2), dtype=int), macro_f1)


@pytest.mark.benchmark(group="interval of Macro-F1, 150 rows")
def test_speed_of_10_000_resamples_as_counts(benchmark):
    low, high = benchmark.pedantic(bootstrap_interval, (COUNTS, macro_f1), rounds=3)
    assert low < macro_f1(COUNTS) < high


@pytest.mark.benchmark(group="interval of Macro-F1, 150 rows")
def test_speed_of_100_resamples_in_a_scikit_learn_loop(benchmark):
    scores = benchmark.pedantic(row_by_row, (COUNTS, judge_macro_f1, 100), rounds=3)
    assert scores.min() < macro_f1(COUNTS) < scores.max()


@given(st.integers(0, 200), st.integers(1, 200), st.sampled_from([0.9, 0.95, 0.99]))
def test_the_interval_of_a_share_is_wilson_s(count, n, level):
    count = min(count, n)
    judge = binomtest(count, n).proportion_ci(level, method="wilson")
    assert share_interval(count, n, level=level) == pytest.approx((judge.low, judge.high), abs=1e-9)


@pytest.mark.parametrize(("count", "n"), [(-1, 5), (6, 5), (0, 0)])
def test_a_share_of_nothing_or_of_more_than_there_is_is_refused(count, n):
    with pytest.raises(ValueError, match=f"{count} of {n}; a share needs at least one"):
        share_interval(count, n)


def test_fewer_resamples_can_be_asked_for():
    found = resampled_scores("ab" * 20, ["ab" * 20, "aa" * 20], "ab", accuracy, resamples=50)
    assert found.resampled.shape == (2, 50)
