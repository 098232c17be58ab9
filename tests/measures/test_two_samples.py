"""Distances of two samples: by their definitions, at chance for one distribution, and as they should grow."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import KNeighborsClassifier

from synthworth.measures import median_distance, neighbour_accuracy, proxy_a_distance, squared_mmd


def sample(n, shift=0.0, seed=0, wide=6):
    return np.random.default_rng(seed).normal(shift, 1, (n, wide))


def test_the_median_distance_is_that_of_all_pairs():
    rows = sample(15)
    apart = [np.linalg.norm(one - other) for one, other in itertools.combinations(rows, 2)]
    assert median_distance(rows) == pytest.approx(np.median(apart))


def test_the_discrepancy_is_the_sum_over_pairs_of_different_texts():
    a, b = sample(7, seed=1), sample(9, 0.5, seed=2)

    def kernel(x, y):
        return np.exp(-np.sum((x - y) ** 2) / (2 * 1.7**2))

    within = [np.mean([kernel(x, y) for x, y in itertools.permutations(one, 2)]) for one in (a, b)]
    across = np.mean([kernel(x, y) for x in a for y in b])
    assert squared_mmd(a, b, 1.7) == pytest.approx(sum(within) - 2 * across)


def test_the_discrepancy_of_one_distribution_is_0_on_average_and_grows_with_the_distance():
    same = [squared_mmd(sample(20, seed=seed), sample(30, seed=10_000 + seed), 2.0) for seed in range(2000)]
    assert np.mean(same) == pytest.approx(0, abs=4 * np.std(same) / np.sqrt(2000))
    near, far = (squared_mmd(sample(100, seed=1), sample(100, shift, seed=2), 2.0) for shift in (0.3, 0.8))
    assert max(np.abs(same)) > 0
    assert np.mean(same) < near < far


def test_neighbours_of_one_distribution_tell_nothing_and_of_distant_ones_all():
    same = [neighbour_accuracy(sample(40, seed=seed), sample(40, seed=1000 + seed)) for seed in range(60)]
    assert np.mean(same) == pytest.approx(0.5, abs=0.03)
    assert neighbour_accuracy(sample(40, seed=1), sample(40, 9.0, seed=2)) == 1


def test_neighbours_vote_as_those_of_scikit_learn():
    a, b = sample(25, seed=3), sample(30, 0.7, seed=4)
    rows, is_b = np.concatenate([a, b]), np.repeat([False, True], [25, 30])
    lot = np.random.default_rng(5)
    fold = np.concatenate([lot.permutation(np.arange(len(one)) % 5) for one in (a, b)])
    right = np.zeros(55)
    for held in range(5):
        k = int(np.sqrt(np.sum(fold != held))) // 2 * 2 + 1
        model = KNeighborsClassifier(k).fit(rows[fold != held], is_b[fold != held])
        right[fold == held] = model.predict(rows[fold == held]) == is_b[fold == held]
    assert neighbour_accuracy(a, b, seed=5) == pytest.approx((right[:25].mean() + right[25:].mean()) / 2)


@given(st.floats(0, 1))
def test_the_proxy_distance_is_between_0_and_2_and_falls_with_the_error(error):
    assert 0 <= proxy_a_distance(error) <= 2
    assert proxy_a_distance(error) <= proxy_a_distance(error / 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: median_distance(np.ones((1, 2))), "1 text; a distance between texts needs at least 2"),
        (lambda: median_distance(np.ones((5, 2))), "most of the texts are the same"),
        (lambda: squared_mmd(np.ones((1, 2)), np.ones((3, 2)), 1.0), "1 and 3 texts"),
        (lambda: neighbour_accuracy(np.ones((4, 2)), np.ones((9, 2))), "4 and 9 texts; .* at least 5 of each"),
        (lambda: proxy_a_distance(1.2), "the error is 1.2"),
    ],
)
def test_too_few_texts_are_an_error(call, message):
    with pytest.raises(ValueError, match=message):
        call()
