"""Cosines between two sets are those of scipy, found block by block."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from memory import peak
from synthworth.measures.similarity import nearest, nearest_other, top_k_similarity, unit_vectors

CHANCE = np.random.default_rng(0)
A, B = CHANCE.normal(size=(70, 12)).astype(np.float32), CHANCE.normal(size=(50, 12)).astype(np.float32)
VECTORS = st.lists(st.integers(-4, 4), min_size=3, max_size=3).filter(any)
SETS = st.lists(VECTORS, min_size=2, max_size=12).map(lambda rows: np.array(rows, dtype=np.float32))


def cosines(a, b):
    return 1 - cdist(a.astype(float), b.astype(float), "cosine")


def cosines_of_others(rows):
    found = cosines(rows, rows)
    np.fill_diagonal(found, -2)
    return found


def test_unit_vectors_have_the_length_1_and_their_direction():
    np.testing.assert_allclose(unit_vectors(A) * np.linalg.norm(A, axis=1, keepdims=True), A, rtol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(unit_vectors(A), axis=1), 1)


def test_unit_vectors_leave_what_they_are_given_as_it_was():
    given_rows = A.astype(np.float64)
    unit_vectors(given_rows)
    assert (given_rows == A).all()


@pytest.mark.parametrize(("row", "length"), [((0, 0), "0.0"), ((np.nan, 1), "nan"), ((np.inf, 1), "inf")])
def test_a_row_without_a_direction_is_refused(row, length):
    with pytest.raises(ValueError, match=f"row 1 has the length {length}; a cosine needs a direction"):
        unit_vectors(np.array([(1, 2), row], dtype=np.float32))


def test_an_array_that_is_no_table_is_refused_with_its_shape():
    with pytest.raises(ValueError, match=r"embeddings of shape \(3,\); they have the shape \(texts, dimensions\)"):
        unit_vectors(np.ones(3))


@given(SETS, SETS)
def test_the_nearest_has_the_largest_cosine_that_scipy_finds(a, b):
    rows, found = nearest(a, b)
    judge = cosines(a, b)
    np.testing.assert_allclose(found, judge.max(axis=1), atol=1e-6)
    np.testing.assert_allclose(found, judge[range(len(a)), rows], atol=1e-12)


@given(SETS)
def test_the_nearest_other_has_the_largest_cosine_that_scipy_finds(rows):
    others, found = nearest_other(rows)
    judge = cosines_of_others(rows)
    np.testing.assert_allclose(found, judge.max(axis=1), atol=1e-6)
    assert (others != range(len(rows))).all()


@given(SETS)
def test_a_duplicate_has_the_cosine_1_exactly(rows):
    assert (nearest(rows, rows).cosine == 1).all()


def test_a_nearest_that_is_nearer_than_float32_can_tell_keeps_its_cosine():
    angle = 1e-5
    found = nearest(np.array([[1.0, 0.0]]), np.array([[np.cos(angle), np.sin(angle)]])).cosine
    assert 1 - found[0] == pytest.approx(angle**2 / 2, rel=1e-4)


@given(SETS, SETS, st.integers(1, 12))
def test_top_k_is_the_mean_of_the_k_largest_cosines(real, synthetic, k):
    k = min(k, len(synthetic))
    judge = np.sort(cosines(real, synthetic), axis=1)[:, -k:].mean()
    assert top_k_similarity(real, synthetic, k) == pytest.approx(judge, abs=1e-6)


def test_top_k_takes_five_where_nothing_is_said():
    assert top_k_similarity(A, B) == top_k_similarity(A, B, 5) != top_k_similarity(A, B, 4)


@given(SETS, st.sampled_from([1e-6, 0.5, 3, 1e6]))
def test_the_lengths_of_vectors_do_not_matter(rows, scale):
    assert top_k_similarity(rows * np.float32(scale), B[:, :3], 2) == pytest.approx(top_k_similarity(rows, B[:, :3], 2))
    np.testing.assert_allclose(nearest(rows * np.float32(scale), B[:, :3]).cosine, nearest(rows, B[:, :3]).cosine)


@given(st.permutations(range(len(A))), st.permutations(range(len(B))))
def test_the_order_of_texts_does_not_matter(order, other_order):
    assert top_k_similarity(A[order], B[other_order]) == pytest.approx(top_k_similarity(A, B))
    assert (np.array(other_order)[nearest(A[order], B[other_order]).row] == nearest(A, B).row[order]).all()


def test_top_k_looks_from_the_real_texts():
    assert top_k_similarity(A, B) != pytest.approx(top_k_similarity(B, A), abs=1e-3)


def test_top_k_of_duplicates_is_at_most_1():
    assert top_k_similarity(A, np.repeat(A, 5, axis=0)) == pytest.approx(1)
    assert top_k_similarity(A, np.repeat(A, 5, axis=0)) <= 1


@pytest.mark.parametrize("cells", [1, 50, 333])
def test_a_search_in_blocks_finds_the_same(monkeypatch, cells):
    whole = nearest(A, B), nearest_other(A), top_k_similarity(A, B)
    monkeypatch.setattr("synthworth.measures.similarity.CELLS", cells)
    assert (nearest(A, B).row == whole[0].row).all()
    assert (nearest_other(A).row == whole[1].row).all()
    assert top_k_similarity(A, B) == pytest.approx(whole[2])


@pytest.mark.parametrize("search", [nearest, top_k_similarity])
def test_the_cosines_of_all_pairs_never_lie_in_memory_at_once(search):
    rows = np.random.default_rng(0).normal(size=(6000, 8)).astype(np.float32)
    assert peak(lambda: search(rows, rows)) < 6000 * 6000 * 4 / 2


def test_no_rows_have_no_nearest():
    assert len(nearest(A[:0], B).row) == 0


@pytest.mark.parametrize("k", [0, 51])
def test_a_k_that_cannot_be_is_refused(k):
    with pytest.raises(ValueError, match=f"k is {k}, for 50 synthetic texts; k is at least 1 and at most their number"):
        top_k_similarity(A, B, k)


def test_texts_without_others_to_compare_with_are_refused():
    with pytest.raises(ValueError, match="no rows to compare with; `b` needs at least one"):
        nearest(A, B[:0])
    with pytest.raises(ValueError, match="1 texts; a nearest other one needs at least 2"):
        nearest_other(A[:1])
    with pytest.raises(ValueError, match="no real texts to average over"):
        top_k_similarity(A[:0], B)


@pytest.mark.parametrize("search", [nearest, top_k_similarity])
def test_vectors_of_two_embedders_are_refused(search):
    with pytest.raises(ValueError, match="12 and 5 dimensions; embed both with the same embedder"):
        search(A, B[:, :5])
