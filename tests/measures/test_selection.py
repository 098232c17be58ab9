"""The choice of texts by their embeddings: what is promised of each choice, against brute force."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthworth.measures.selection import facility_location, k_centre, unlike_earlier

CHOICES = (k_centre, facility_location)


def directions(rows, columns=4, seed=0):
    vectors = np.random.default_rng(seed).normal(size=(rows, columns))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@settings(max_examples=60)
@given(rows=st.integers(0, 25), seed=st.integers(0, 99), cosine=st.floats(0.1, 1))
def test_of_near_copies_the_first_stays_and_what_stays_stays_again(rows, seed, cosine):
    vectors = directions(rows, columns=3, seed=seed)
    kept = unlike_earlier(vectors, cosine)
    expected = []
    for row in range(rows):  # as one would write it down
        if all(vectors[row] @ vectors[other] < cosine - 1e-6 for other in expected):
            expected.append(row)
    assert kept == expected
    assert unlike_earlier(vectors[kept], cosine) == list(range(len(kept)))


def test_a_cosine_of_1_finds_equal_texts_and_no_others():
    vectors = directions(6)
    assert unlike_earlier(np.concatenate([vectors, vectors]), 1) == list(range(6))


@pytest.mark.parametrize("choose", CHOICES)
@settings(max_examples=40)
@given(rows=st.integers(0, 20), size=st.integers(1, 25), seed=st.integers(0, 99))
def test_a_choice_has_its_size_and_its_order_and_no_row_twice(choose, rows, size, seed):
    chosen = choose(directions(rows, seed=seed), size)
    assert chosen == sorted({*chosen}) == [row for row in chosen if 0 <= row < rows]
    assert len(chosen) == min(rows, size)


@settings(max_examples=40)
@given(size=st.integers(1, 4), seed=st.integers(0, 999))
def test_k_centre_leaves_no_text_further_than_twice_the_least_possible(size, seed):
    vectors = directions(9, seed=seed)
    apart = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)
    radius = {centres: apart[:, centres].min(axis=1).max() for centres in combinations(range(9), size)}
    assert radius[tuple(k_centre(vectors, size))] <= 2 * min(radius.values()) + 1e-9


@settings(max_examples=40)
@given(size=st.integers(1, 4), seed=st.integers(0, 999))
def test_facility_location_reaches_the_share_of_the_best_that_is_proved(size, seed):
    vectors = directions(9, seed=seed)
    cosines = np.maximum(vectors @ vectors.T, 0)
    reached = {chosen: cosines[:, chosen].max(axis=1).sum() for chosen in combinations(range(9), size)}
    assert reached[tuple(facility_location(vectors, size))] >= (1 - 1 / np.e) * max(reached.values()) - 1e-9


def test_a_rare_text_is_chosen_by_one_and_left_out_by_the_other():
    crowd = directions(20, seed=1) * 0.1 + np.array([1.0, 0, 0, 0])
    vectors = np.concatenate([crowd, [[0, 0, 0, 1.0]]])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    assert 20 in k_centre(vectors, 2)
    assert 20 not in facility_location(vectors, 1)
