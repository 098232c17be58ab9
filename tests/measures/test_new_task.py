"""Predictions for a new task: the regression by scikit-learn, the interval by hand and by simulation."""

import math

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from synthworth.measures.statistics.new_task import (
    MEAN,
    Candidate,
    chosen,
    fitted,
    left_out,
    predict,
    sets_of,
)

ALL = Candidate((0, 1, 2), 1.0)


def drawn(tasks, seed=0, slope=1.0, each=3):
    """Sets of so many tasks: an outcome by the first of three features, by task, and by chance."""
    random = np.random.default_rng(seed)
    counts = random.integers(1, each + 1, tasks)
    names = np.repeat([f"task{place:03}" for place in range(tasks)], counts)
    features = np.repeat(random.standard_normal((tasks, 3)), counts, axis=0) + 0.3 * random.standard_normal(
        (len(names), 3)
    )
    own = np.repeat(random.standard_normal(tasks), counts)
    return sets_of(names, features, slope * features[:, 0] + own + 0.3 * random.standard_normal(len(names)))


def test_the_regression_is_ridge_of_scikit_learn_on_standardised_features_with_each_task_counting_alike():
    sets, others = drawn(10), drawn(4, seed=1).features
    weights = sets.weights
    centre = np.average(sets.features, axis=0, weights=weights)
    scale = np.sqrt(np.average((sets.features - centre) ** 2, axis=0, weights=weights))
    judge = Ridge(alpha=2.5).fit((sets.features - centre) / scale, sets.outcomes, sample_weight=weights)
    found = predict(sets, Candidate((0, 1, 2), 2.5), others)
    assert np.allclose(found, judge.predict((others - centre) / scale))


def test_the_mean_counts_each_task_alike_and_a_feature_that_never_varies_changes_nothing():
    sets = sets_of(["a", "b", "b", "b"], np.ones((4, 3)), [0.0, 3.0, 3.0, 3.0])
    for candidate in (MEAN, ALL):
        assert predict(sets, candidate, np.ones((1, 3))) == pytest.approx([1.5])


def test_what_a_task_is_left_out_of_does_not_know_it():
    sets = drawn(8)
    before = left_out(sets, [ALL, MEAN])
    here = sets.tasks == 3
    changed = sets._replace(outcomes=np.where(here, 99.0, sets.outcomes))
    assert (left_out(changed, [ALL, MEAN])[here] == before[here]).all()


def test_the_chosen_candidate_beats_the_first_by_a_standard_error_on_tasks_left_out():
    useful = drawn(12, slope=3.0)
    assert chosen(useful, [MEAN, ALL]) == ALL
    assert chosen(useful, [ALL, ALL._replace(columns=(2, 1, 0))]) == ALL  # equals: the first
    by_chance = [chosen(drawn(12, seed=seed, slope=0.0), [MEAN, ALL]) for seed in range(20)]
    assert by_chance.count(MEAN) >= 16


def test_the_error_is_the_mean_over_tasks_of_what_each_is_off_by_where_it_was_left_out():
    sets = drawn(8)
    off = np.abs(sets.outcomes - left_out(sets, [MEAN, ALL]))
    by_task = [off[sets.tasks == task].mean() for task in range(8)]
    assert fitted(sets, [MEAN, ALL]).error == pytest.approx(np.mean(by_task))


def test_the_interval_of_one_set_a_task_is_the_jackknife_plus_by_hand():
    outcomes = np.array([1.0, 2.0, 4.0, 7.0, 11.0, 16.0, 22.0, 29.0, 37.0])
    sets = sets_of([f"t{place}" for place in range(9)], np.zeros((9, 1)), outcomes)
    means = [np.delete(outcomes, place).mean() for place in range(9)]
    off = [abs(outcome - mean) for outcome, mean in zip(outcomes, means, strict=True)]
    lows = sorted(mean - one for mean, one in zip(means, off, strict=True))
    highs = sorted(mean + one for mean, one in zip(means, off, strict=True))
    found = fitted(sets, [MEAN]).predict(np.zeros(1), level=0.8)
    assert found == pytest.approx((outcomes.mean(), lows[1], highs[-2]))  # of 10 places, 2 are outside
    assert fitted(sets, [MEAN]).predict(np.zeros(1), level=0.95)[1:] == (-math.inf, math.inf)


@pytest.mark.slow
def test_four_fifths_of_the_intervals_hold_a_new_task_whether_features_tell_anything_or_not():
    candidates = [MEAN, ALL]
    for slope in (0.0, 1.0):
        held = []
        for seed in range(60):
            sets = drawn(11, seed=seed, slope=slope)
            new = sets.tasks == 10
            found = fitted(sets.select(~new), candidates).predict(sets.features[new][0])
            held.append(found.low <= sets.outcomes[new][0] <= found.high)
        assert 0.7 <= np.mean(held) <= 0.95


def test_too_few_tasks_are_one_line():
    with pytest.raises(ValueError, match="3 measured tasks; a prediction for a new one needs 4"):
        fitted(drawn(3), [MEAN])
