"""Prediction-powered inference: the authors' numbers, the best weight by brute force, and how often it holds truth."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from synthworth.measures.statistics import prediction_powered_share, share_interval
from synthworth.measures.statistics.prediction_powered import prediction_powered_mean, tuned_weight


def drawn(seed, *, labelled=40, unlabelled=200, share=2 / 3, spread=3.0, noise=0.2):
    """Labels of some texts, and predictions for all: each text has a chance of its own, that is guessed with noise."""
    random = np.random.default_rng(seed)
    chances = random.beta(share * spread, (1 - share) * spread, labelled + unlabelled)
    true = (random.random(labelled + unlabelled) < chances).astype(float)
    predicted = np.clip(chances + noise * random.normal(size=len(chances)), 0, 1)
    return true[:labelled], predicted[:labelled], predicted[labelled:]


def test_the_estimate_is_that_of_ppi_python():
    random = np.random.default_rng(7)
    chances = random.beta(2, 1, 240)
    true = (random.random(240) < chances).astype(float)[:40]
    predicted = np.round(np.clip(chances + 0.2 * random.normal(size=240), 0, 1), 3)
    data = true, predicted[:40], predicted[40:]
    weight = tuned_weight(*data)
    mean, variance = prediction_powered_mean(*data, weight)
    # ppi_py 0.2.3: ppi_mean_pointestimate, and ppi_mean_ci, whose variance has n degrees of freedom, ours n - 2
    assert mean == pytest.approx(0.65288207, abs=1e-7)
    true, predicted, _ = data
    of_labelled = (true - weight * predicted).var()
    variance -= of_labelled / 38 - of_labelled / 40
    assert 2 * 1.9599640 * np.sqrt(variance) == pytest.approx(0.78237423 - 0.5233899, abs=2e-4)


def test_no_other_weight_has_a_smaller_variance():
    # Of the population that the texts are drawn from: with many of them, the tuned weight is that of least variance.
    data = drawn(3, labelled=20_000, unlabelled=40_000)
    weights = np.linspace(0, 1, 1001)
    best = weights[np.argmin([prediction_powered_mean(*data, weight)[1] for weight in weights])]
    assert 0 < best < 1
    assert tuned_weight(*data) == pytest.approx(best, abs=0.01)


def test_the_variance_is_that_over_many_samples():
    found = [prediction_powered_mean(*drawn(seed, labelled=100), 0.7) for seed in range(3000)]
    means, variances = zip(*found, strict=True)
    assert np.mean(variances) == pytest.approx(np.var(means), rel=0.1)


@pytest.mark.parametrize("labelled", [30, 60, 100])
@pytest.mark.parametrize("share", [0.6, 0.8, 0.95])
@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_the_interval_holds_the_true_share_as_often_as_it_says(labelled, share, noise):
    inside = 0
    for seed in range(600):
        found = prediction_powered_share(*drawn(seed, labelled=labelled, share=share, spread=0.7, noise=noise))
        inside += found.low <= share <= found.high
    assert 0.925 <= inside / 600 <= 0.99


def by_kind(kinds, true, of, seen):
    """Guess by the labelled texts `seen` of the same kind; a kind without any gets the mean of all."""
    counts = np.bincount(kinds[seen], minlength=8)
    sums = np.bincount(kinds[seen], true[seen], minlength=8)
    return ((sums + true[seen].mean()) / (counts + 1))[of]


def test_the_interval_holds_the_truth_if_the_predictions_are_learnt_from_the_labelled_texts():
    chances = np.array([0.05, 0.2, 0.9, 0.95, 0.99, 0.9, 0.97, 1.0])
    inside, narrower = 0, 0
    for seed in range(2000):
        random = np.random.default_rng(seed)
        kinds, fold = random.integers(0, 8, 360), np.arange(60) % 5
        true = (random.random(60) < chances[kinds[:60]]).astype(float)
        guesses, rest = np.zeros(60), np.zeros(300)
        for held in range(5):
            seen = np.flatnonzero(fold != held)
            guesses[fold == held] = by_kind(kinds[:60], true, kinds[:60][fold == held], seen)
            rest += by_kind(kinds[:60], true, kinds[60:], seen) / 5
        found = prediction_powered_share(true, guesses, rest)
        alone = share_interval(true.sum(), 60)
        inside += found.low <= chances.mean() <= found.high
        narrower += found.high - found.low < 0.8 * (alone.high - alone.low)
    assert 0.935 <= inside / 2000 <= 0.975
    assert narrower > 1000


@given(st.lists(st.booleans(), min_size=3, max_size=60), st.floats(0, 1))
def test_predictions_that_say_nothing_leave_the_interval_of_the_labelled_texts_alone(labels, guess):
    true = np.array(labels, dtype=float)
    found = prediction_powered_share(true, np.full(len(true), guess), np.full(500, guess))
    assert found.weight == 0
    assert (found.low, found.high) == pytest.approx(share_interval(int(true.sum()), len(true)))


@example(3099)  # the end at 1 was 1 - 2⁻⁵³
@given(st.integers(0, 10_000))
def test_a_share_and_its_interval_stay_between_0_and_1(seed):
    found = prediction_powered_share(*drawn(seed, labelled=5, unlabelled=20, share=0.9))
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert 0 <= found.weight <= 1
    assert 5 <= found.worth <= 25 + 1e-9


@pytest.mark.parametrize(
    ("true", "predicted", "unlabelled", "message"),
    [
        ([1, 0, 1], [1, 0], [1, 0], "3 labelled texts and 2 predictions for them"),
        ([1, 0], [1, 0], [1, 0], "2 labelled and 2 unlabelled texts; give at least 3 and 2"),
        ([1, 0, 2], [1, 0, 1], [1, 0], "true holds 2.0"),
        ([1, 0, 1], [1, 0, 1], [1, float("nan")], "unlabelled holds nan"),
    ],
)
def test_what_cannot_be_estimated_is_an_error(true, predicted, unlabelled, message):
    with pytest.raises(ValueError, match=message):
        prediction_powered_share(np.array(true), np.array(predicted), np.array(unlabelled))
