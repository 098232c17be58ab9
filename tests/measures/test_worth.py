"""The worth of synthetic data agrees with scikit-learn's isotonic curve, and its interval holds a known worth."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from synthworth.measures.statistics import Sample, Worth, draws_of_mean, real_examples
from synthworth.measures.statistics.worth import _isotonic, worth

CURVE = {50: 0.60, 100: 0.70, 1000: 0.80}
SHARES = st.floats(0, 1).map(lambda share: round(share, 3))


@given(st.lists(SHARES, min_size=2, max_size=8))
def test_the_monotone_curve_is_that_of_scikit_learn(scores):
    judge = IsotonicRegression().fit_transform(range(len(scores)), scores)
    assert _isotonic(np.array(scores)) == pytest.approx(judge)


@given(st.lists(SHARES, min_size=2, max_size=6), SHARES)
def test_the_worth_is_where_scikit_learns_curve_first_reaches_the_score(scores, score):
    sizes = [10 * 2**i for i in range(len(scores))]
    grid = np.geomspace(sizes[0], sizes[-1], 2001)
    curve = IsotonicRegression().fit(np.log(sizes), scores).predict(np.log(grid))
    found = float(real_examples(dict(zip(sizes, scores, strict=True)), score))
    if score > curve[-1] + 1e-9:
        assert found == math.inf
    elif score < curve[0] - 1e-9:
        assert found == 0
    else:
        reached = grid[np.argmax(curve >= score - 1e-9)]
        assert found == pytest.approx(reached, rel=0.005)


@pytest.mark.parametrize(
    ("score", "examples"), [(0.60, 50), (0.65, math.sqrt(50 * 100)), (0.70, 100), (0.75, math.sqrt(1e5)), (0.80, 1000)]
)
def test_the_curve_is_linear_in_the_logarithm(score, examples):
    assert real_examples(CURVE, score) == pytest.approx(examples)


@pytest.mark.parametrize(("score", "examples"), [(0.59, 0), (0.81, math.inf)])
def test_the_curve_is_not_extrapolated(score, examples):
    assert real_examples(CURVE, score) == examples


def test_a_score_on_a_flat_part_is_worth_its_fewest_examples():
    assert real_examples({10: 0.5, 20: 0.6, 40: 0.6, 80: 0.7}, 0.6) == pytest.approx(20)


def test_neighbours_in_the_wrong_order_are_averaged():
    assert real_examples({10: 0.5, 20: 0.7, 40: 0.6, 80: 0.9}, 0.65) == pytest.approx(20)


@given(st.lists(SHARES, min_size=2, max_size=6), SHARES, SHARES)
def test_a_higher_score_is_worth_no_less(scores, one, other):
    curve = {2**i: score for i, score in enumerate(scores)}
    low, high = (float(real_examples(curve, score)) for score in sorted((one, other)))
    assert low <= high


@given(
    st.lists(st.lists(SHARES, min_size=3, max_size=3), min_size=2, max_size=5), st.lists(SHARES, min_size=3, max_size=3)
)
def test_an_array_of_curves_gives_what_each_of_them_gives(rows, scores):
    together = real_examples({2**i: row for i, row in enumerate(rows)}, scores)
    each = [float(real_examples({2**i: row[k] for i, row in enumerate(rows)}, scores[k])) for k in range(len(scores))]
    assert together.tolist() == each


def resampled(spread, number=4000, seed=0):
    chance = np.random.default_rng(seed)
    return {n: score + chance.normal(0, spread, number) for n, score in CURVE.items()}, chance.normal(0, spread, number)


def test_the_interval_widens_with_the_noise():
    widths = []
    for spread in (0.001, 0.01):
        curve, noise = resampled(spread)
        found = worth(CURVE, 0.75, resampled_curve=curve, resampled_score=0.75 + noise)
        assert found.low < found.value < found.high
        widths.append(math.log(found.high / found.low))
    assert widths[1] == pytest.approx(10 * widths[0], rel=0.15)


def test_noise_that_hits_real_and_synthetic_alike_cancels():
    noise = np.random.default_rng(0).normal(0, 0.05, 1000)
    curve = {n: score + noise for n, score in CURVE.items()}
    found = worth(CURVE, 0.75, resampled_curve=curve, resampled_score=0.75 + noise)
    assert found[:3] == pytest.approx([math.sqrt(1e5)] * 3)


@pytest.mark.parametrize(
    ("score", "said"),
    [
        (0.50, "less than 50 (less than 50 to less than 50)"),
        (0.60, "50 (less than 50 to 64)"),
        (0.80, "1,000 (427 to more than 1,000)"),
        (0.90, "more than 1,000 (more than 1,000 to more than 1,000)"),
    ],
)
def test_open_ends_are_said_in_words(score, said):
    curve, noise = resampled(0.015)
    assert str(worth(CURVE, score, resampled_curve=curve, resampled_score=score + noise)) == said


def test_a_higher_level_is_wider():
    curve, noise = resampled(0.01)
    narrow, wide = (
        worth(CURVE, 0.75, resampled_curve=curve, resampled_score=0.75 + noise, level=level) for level in (0.5, 0.95)
    )
    assert wide.low < narrow.low < narrow.high < wide.high


def test_a_worth_is_its_numbers():
    curve, noise = resampled(0.0)
    assert worth(CURVE, 0.7, resampled_curve=curve, resampled_score=0.7 + noise) == Worth(
        *[pytest.approx(100)] * 3, 50, 1000
    )


@pytest.mark.slow
@pytest.mark.parametrize(("seeds", "most"), [(10, 0.97), (5, 0.985), (3, 0.995)])
@pytest.mark.parametrize("score", [0.65, 0.75])
def test_the_interval_holds_the_worth_95_times_in_100_and_more_where_seeds_are_few(score, seeds, most):
    chance, held, studies, resamples = np.random.default_rng(0), 0, 1000, 500
    truth = float(real_examples(CURVE, score))
    for study in range(studies):
        rows, again = chance.normal(0, 0.01), chance.normal(0, 0.01, resamples)  # shared by all, as test rows are
        found, draws = {}, {}
        for n, mean in (CURVE | {0: score}).items():
            scores = mean + rows + chance.normal(0, 0.008, seeds)
            sample = Sample(scores, 1e-4, scores[:, None] + again)
            found[n], draws[n] = sample.mean, draws_of_mean([sample], seed=1001 * study + n)
        point, one = found.pop(0), draws.pop(0)
        interval = worth(found, point, resampled_curve=draws, resampled_score=one)
        held += interval.low <= truth <= interval.high
    assert 0.93 <= held / studies <= most


@pytest.mark.parametrize(
    ("curve", "score", "message"),
    [
        ({100: 0.5}, 0.5, "a learning curve of 1 points; it needs at least two numbers of real examples"),
        ({0: 0.5, 100: 0.6}, 0.5, "a point at 0 real examples; allowed: 1 and more"),
        ({10: 0.5, 100: math.nan}, 0.5, "a score that is not finite; leave out what could not be measured"),
        ({10: 0.5, 100: 0.6}, math.inf, "a score that is not finite"),
    ],
)
def test_what_is_no_learning_curve_is_refused(curve, score, message):
    with pytest.raises(ValueError, match=message):
        real_examples(curve, score)


def test_resamples_of_other_sizes_are_refused():
    with pytest.raises(ValueError, match=r"a curve of sizes \[50, 100, 1000\] resampled at \[50, 100\]; give the same"):
        worth(CURVE, 0.7, resampled_curve={50: np.ones(3), 100: np.ones(3)}, resampled_score=np.ones(3))


def test_resamples_that_do_not_pair_up_are_refused():
    with pytest.raises(ValueError, match="3 resamples of 50 real examples and 4 of the score; they must pair up"):
        worth(CURVE, 0.7, resampled_curve={n: np.ones(3) for n in CURVE}, resampled_score=np.ones(4))
