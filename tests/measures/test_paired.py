"""Comparisons of two methods agree with textbooks and with resampling by row, and are right as often as they say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import binomtest, ttest_ind

from judges import paired_difference_of_means
from synthworth.measures.metrics import accuracy, confusion, macro_f1
from synthworth.measures.statistics import (
    RESAMPLES,
    Resampled,
    Variance,
    bootstrap_interval,
    holm,
    mcnemar,
    paired_difference,
    sample_of,
    variance_of_difference,
)
from synthworth.measures.statistics.interval import half_width, interval_of, p_of

LABELS = "abc"


def predicted(seed, *, rows=150, sides=2, quality=1.0, spread=0.0):
    """True labels and a prediction for each side; hard rows are hard for all, and `spread` is that of the sides."""
    chance, true = np.random.default_rng(seed), np.repeat(np.arange(3), rows // 3)
    hard, skill = chance.normal(0, 1.5, rows), quality + spread * chance.normal(size=(sides, 1))
    right = chance.random((sides, rows)) < expit(skill + hard)
    wrong = (true + chance.integers(1, 3, size=right.shape)) % 3
    return named(true), [named(row) for row in np.where(right, true, wrong)]


def named(codes):
    return np.array(list(LABELS))[codes].tolist()


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 5), st.integers(0, 5))
def test_mcnemar_is_a_binomial_test_of_the_rows_that_one_got_right(first_only, second_only, both, neither):
    true = "a" * (first_only + second_only + both + neither)
    first = "a" * first_only + "b" * second_only + "a" * both + "b" * neither
    second = "b" * first_only + "a" * second_only + "a" * both + "c" * neither
    judge = binomtest(first_only, first_only + second_only).pvalue if first_only + second_only else 1
    assert mcnemar(true, first, second) == (first_only, second_only, pytest.approx(judge))


def test_mcnemar_of_lists_of_different_length_is_refused():
    with pytest.raises(ValueError, match="3 true labels and 2 predicted ones; they must pair up"):
        mcnemar("aab", "aab", "aa")


@pytest.mark.parametrize("score", [macro_f1, accuracy])
def test_the_paired_interval_is_that_of_resampled_rows_within_chance(score):
    true, (first, second) = predicted(0)
    chance, codes = np.random.default_rng(1), np.array([[*map(LABELS.index, row)] for row in (true, first, second)])
    differences = []
    for _ in range(2000):
        rows = np.concatenate([chance.choice(places, 50) for places in np.arange(150).reshape(3, 50)])
        one, two = (score(confusion(*map(named, (codes[0, rows], row[rows])), LABELS)) for row in codes[1:])
        differences.append(one - two)
    # As in test_statistics.py: what a percentile of so many resamples may be off by.
    allowed = 3 * 2.67 * np.std(differences) * np.sqrt(1 / 2000 + 1 / RESAMPLES)
    found = paired_difference(true, first, second, LABELS, score)
    assert (found.low, found.high) == pytest.approx(np.quantile(differences, [0.025, 0.975]), abs=allowed)


@pytest.mark.parametrize("score", [macro_f1, accuracy])
def test_the_difference_is_first_less_second(score):
    true, (first, second) = predicted(0)
    one, two = (score(confusion(true, row, LABELS)) for row in (first, second))
    assert paired_difference(true, first, second, LABELS, score).difference == one - two


def test_pairing_tells_more_than_two_intervals():
    true, (first, _) = predicted(0)
    second = [*first[:-8], *("a" if label != "a" else "b" for label in first[-8:])]
    found = paired_difference(true, first, second, LABELS, macro_f1)
    apart = [bootstrap_interval(confusion(true, row, LABELS), macro_f1) for row in (first, second)]
    assert found.high - found.low < 0.5 * max(high - low for low, high in apart)


@settings(max_examples=10)
@given(st.integers(0, 1000))
def test_exchanging_the_two_changes_the_sign_alone(seed):
    true, (first, second) = predicted(seed)
    one, other = (paired_difference(true, *pair, LABELS, macro_f1) for pair in ((first, second), (second, first)))
    tolerance = 0.1 * (one.high - one.low)  # other rows are drawn
    assert (other.difference, -other.high, -other.low) == pytest.approx(
        (-one.difference, one.low, one.high), abs=tolerance
    )


def test_equal_predictions_do_not_differ():
    true, (first, _) = predicted(0)
    assert paired_difference(true, first, first, LABELS, macro_f1) == (0, 0, 0, 1)


def test_no_difference_is_so_large_that_p_is_0():
    found = paired_difference("ab" * 50, "ab" * 50, "ba" * 50, "ab", accuracy)
    assert found == (1, 1, 1, 2 / (RESAMPLES + 1))


@settings(max_examples=20)
@given(st.integers(0, 1000), st.sampled_from([0.8, 0.95, 0.99]))
def test_p_is_small_where_the_interval_leaves_0_out(seed, level):
    true, (first, second) = predicted(seed, spread=0.5)
    found = paired_difference(true, first, second, LABELS, macro_f1, level=level)
    outside, significant = not found.low <= 0 <= found.high, found.p < 1 - level
    assert outside == significant or found.p == pytest.approx(1 - level, abs=3e-4)


@pytest.mark.slow
@pytest.mark.parametrize("score", [macro_f1, accuracy])
def test_the_paired_interval_holds_the_difference_95_times_in_100_and_p_errs_5_times(score, monkeypatch):
    monkeypatch.setattr("synthworth.measures.statistics.bootstrap.RESAMPLES", 1000)
    found = [paired_difference(true, *pair, LABELS, score) for true, pair in map(predicted, range(2000))]
    assert 0.93 <= np.mean([one.low <= 0 <= one.high for one in found]) <= 0.97
    assert 0.03 <= np.mean([one.p <= 0.05 for one in found]) <= 0.07


def test_the_difference_of_means_is_that_of_the_mean_scores():
    true, rows = predicted(0, sides=5)
    scores = [macro_f1(confusion(true, row, LABELS)) for row in rows]
    found = paired_difference_of_means(true, rows[:2], rows[2:], LABELS, macro_f1)
    assert found.difference == pytest.approx(np.mean(scores[:2]) - np.mean(scores[2:]))


def test_seeds_that_all_predict_the_same_leave_the_doubt_of_the_rows():
    true, (first, second) = predicted(0)
    rows = paired_difference(true, first, second, LABELS, macro_f1)
    seeds = paired_difference_of_means(true, [first] * 3, [second] * 3, LABELS, macro_f1)
    assert (seeds.low, seeds.high) == pytest.approx((rows.low, rows.high), abs=0.1 * (rows.high - rows.low))


def test_rows_without_number_leave_welchs_t_test_of_the_seeds():
    true = "ab" * 20_000
    first, second = (
        ["ba" * k + true[2 * k :] for k in wrong] for wrong in ((2000, 3000, 6000), (5000, 6000, 5500, 9000))
    )
    judge = ttest_ind(
        *([accuracy(confusion(true, row, "ab")) for row in side] for side in (first, second)), equal_var=False
    )
    found = paired_difference_of_means(true, first, second, "ab", accuracy)
    assert found.p == pytest.approx(judge.pvalue, rel=0.01)
    assert (found.low, found.high) == pytest.approx(judge.confidence_interval(), rel=0.01)


def test_many_seeds_narrow_the_interval():
    true, rows = predicted(0, sides=40, spread=1.0)
    few, many = (paired_difference_of_means(true, rows[:k], rows[20 : 20 + k], LABELS, accuracy) for k in (3, 20))
    assert many.high - many.low < 0.5 * (few.high - few.low)


@pytest.mark.parametrize(("sides", "message"), [((1, 3), "1 seeds of the first"), ((3, 0), "0 seeds of the second")])
def test_one_seed_a_side_is_refused(sides, message):
    true, rows = predicted(0, sides=6)
    with pytest.raises(ValueError, match=f"{message} method; .* paired_difference"):
        paired_difference_of_means(true, rows[: sides[0]], rows[3 : 3 + sides[1]], LABELS, accuracy)


@pytest.mark.slow
@pytest.mark.parametrize(("seeds", "spread"), [(3, 0.3), (3, 1.0), (5, 0.1), (5, 0.3)])
def test_the_interval_of_means_holds_the_difference_95_times_in_100(seeds, spread, monkeypatch):
    monkeypatch.setattr("synthworth.measures.statistics.bootstrap.RESAMPLES", 200)
    found = []
    for study in range(1000):
        true, rows = predicted(study, sides=2 * seeds, spread=spread)
        found.append(paired_difference_of_means(true, rows[:seeds], rows[seeds:], LABELS, macro_f1))
    assert 0.93 <= np.mean([one.low <= 0 <= one.high for one in found]) <= 0.97


@pytest.mark.parametrize("share", [0, 0.2, 0.5, 0.8, 1])
@pytest.mark.parametrize(("degrees", "most"), [(1, 0.985), (2, 0.975), (3, 0.97), (4, 0.97), (9, 0.97)])
def test_an_interval_of_rows_and_few_seeds_holds_95_times_in_100_and_more_where_2_or_3_seeds_are_all(
    share, degrees, most
):
    chance, held = np.random.default_rng(0), []
    for _ in range(4000):
        variance = Variance(1 - share, share * chance.chisquare(degrees) / degrees, degrees)
        held.append(abs(chance.normal()) <= half_width(variance, 0.025))
    assert 0.93 <= np.mean(held) <= most


@given(st.floats(-3, 3), st.floats(0, 1), st.floats(0, 1), st.integers(1, 20))
def test_p_is_where_the_interval_ends_at_0(estimate, known, estimated, degrees):
    variance = Variance(known, estimated, degrees)
    p = p_of(estimate, variance, least=1e-4)
    assert 1e-4 <= p <= 1
    if 1e-4 < p < 1 and known + estimated > 1e-6:
        low, high = interval_of(estimate, variance, 1 - p)
        assert min(abs(low), abs(high)) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("p", "adjusted"),
    [
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),  # the example of statsmodels' and R's users
        ([0.01, 0.02, 0.022, 0.09], [0.04, 0.06, 0.06, 0.09]),
        ([0.5, 0.9], [1, 1]),
        ([0.2], [0.2]),
        ([], []),
    ],
)
def test_holm_of_worked_examples(p, adjusted):
    assert holm(p).tolist() == pytest.approx(adjusted)


@given(st.lists(st.floats(0, 1), min_size=1))
def test_holm_rejects_as_the_stepwise_procedure_does(p):
    alpha, stepwise = 0.05, set()
    for k, place in enumerate(np.argsort(p, kind="stable")):
        if p[place] * (len(p) - k) > alpha:
            break
        stepwise.add(int(place))
    assert set(np.flatnonzero(holm(p) <= alpha)) == stepwise


@given(st.lists(st.floats(0, 1), min_size=1))
def test_holm_keeps_the_order_and_raises_no_p_above_1(p):
    adjusted = holm(p)
    assert (adjusted >= p).all()
    assert (adjusted <= 1).all()
    assert (np.diff(adjusted[np.argsort(p)]) >= 0).all()


@pytest.mark.parametrize("p", [-0.1, 1.5, float("nan")])
def test_holm_of_what_is_no_p_is_refused(p):
    with pytest.raises(ValueError, match=f"a p of {p}; allowed: 0 to 1"):
        holm([0.5, p])


def fixed(*scores):
    """Scores whose test rows are held fixed: resampled, they are what they are."""
    values = np.array(scores)
    return sample_of(Resampled(values, np.repeat(values[:, None], 10, axis=1)))


@pytest.mark.parametrize("second", [(0.61, 0.66), (0.6,)])
def test_a_difference_of_means_on_fixed_rows_is_students_test_and_one_seed_takes_the_spread_of_the_others(second):
    first = (0.7, 0.74, 0.69, 0.72)
    one, other = fixed(*first), fixed(*second)
    difference, variance = one.mean - other.mean, variance_of_difference(one, other)
    judge = ttest_ind(first, second, equal_var=len(second) == 1)
    assert p_of(difference, variance, least=1e-9) == pytest.approx(judge.pvalue)
    assert variance_of_difference(other, one) == pytest.approx(variance)
