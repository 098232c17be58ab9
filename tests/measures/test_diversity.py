"""Diversity is what scipy, the definitions and NLTK find, and its intervals hold what they say they hold."""

from collections import Counter
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist, pdist
from scipy.stats import norm

from memory import peak
from synthworth.measures.diversity import (
    at_equal_size,
    chamfer,
    distinct_n,
    remote_clique,
    self_bleu,
    vendi_score,
    vocabulary_size,
)

MEASURES = [remote_clique, chamfer, vendi_score]
VECTORS = st.lists(st.integers(-4, 4), min_size=3, max_size=3).filter(any)
SETS = st.lists(VECTORS, min_size=2, max_size=12).map(lambda rows: np.array(rows, dtype=np.float32))
CHANCE = np.random.default_rng(0)
MANY, FEW = CHANCE.normal(size=(60, 8)).astype(np.float32), CHANCE.normal(size=(5, 8)).astype(np.float32)
FOG = [
    "The fog closes the airport, and the trains are late.",
    "The fog closes the harbour, and the trains are on time.",
    "Heavy fog closes the airport for a second day.",
    "Nobody in the village can say why the well is dry.",
]
TEXTS = st.lists(st.lists(st.sampled_from("abcd"), max_size=9).map(" ".join), min_size=2, max_size=7)


def mean_distance(rows):
    return pdist(rows.astype(float), "cosine").mean()


def mean_nearest_distance(rows):
    distances = cdist(rows.astype(float), rows.astype(float), "cosine")
    np.fill_diagonal(distances, np.inf)
    return distances.min(axis=1).mean()


def exponential_entropy_of_the_kernel(rows):
    shares = np.linalg.eigvalsh((1 - cdist(rows.astype(float), rows.astype(float), "cosine")) / len(rows))
    return np.exp(-sum(share * np.log(share) for share in shares if share > 1e-12))


def grams(text, n):
    found = text.split()
    return Counter(tuple(found[i : i + n]) for i in range(len(found) - n + 1))


def bleu(text, references, n):
    """BLEU by its definition, with method 1 of Chen & Cherry (2014), in exact precisions."""
    precisions = []
    for order in range(1, n + 1):
        counts, theirs = grams(text, order), [grams(other, order) for other in references]
        hits = sum(min(count, max(other[gram] for other in theirs)) for gram, count in counts.items())
        if order == 1 and not hits:
            return 0
        precisions.append(Fraction(hits or Fraction("0.1")) / max(counts.total(), 1))
    length = len(text.split())
    nearest = min((len(other.split()) for other in references), key=lambda other: (abs(other - length), other))
    brevity = 1 if length > nearest else np.exp(1 - nearest / length)
    return brevity * np.exp(np.mean([np.log(float(precision)) for precision in precisions]))


@given(SETS)
def test_remote_clique_is_the_mean_distance_of_scipy(rows):
    assert remote_clique(rows) == pytest.approx(mean_distance(rows), abs=1e-9)


@given(SETS)
def test_chamfer_is_the_mean_nearest_distance_of_scipy(rows):
    assert chamfer(rows) == pytest.approx(mean_nearest_distance(rows), abs=1e-6)


@given(SETS)
def test_vendi_score_is_that_of_the_kernel_of_all_pairs(rows):
    assert vendi_score(rows) == pytest.approx(exponential_entropy_of_the_kernel(rows), rel=1e-6)


@pytest.mark.parametrize("rows", [MANY, FEW], ids=["more texts than dimensions", "fewer"])
def test_the_measures_agree_with_the_judges_on_vectors_of_chance(rows):
    assert remote_clique(rows) == pytest.approx(mean_distance(rows), abs=1e-9)
    assert chamfer(rows) == pytest.approx(mean_nearest_distance(rows), abs=1e-6)
    assert vendi_score(rows) == pytest.approx(exponential_entropy_of_the_kernel(rows), rel=1e-9)


@pytest.mark.parametrize(("measure", "value"), [(remote_clique, 0), (chamfer, 0), (vendi_score, 1)])
def test_one_text_many_times_is_not_diverse(measure, value):
    assert measure(np.repeat(MANY[:1], 9, axis=0)) == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize(("measure", "value"), [(remote_clique, 1), (chamfer, 1), (vendi_score, 7)])
def test_orthogonal_texts_are_at_distance_1_and_all_count(measure, value):
    assert measure(np.eye(7)) == pytest.approx(value)


@pytest.mark.parametrize(("measure", "value"), [(remote_clique, 2), (chamfer, 2), (vendi_score, 1)])
def test_two_opposite_texts_are_at_distance_2(measure, value):
    assert measure(np.array([[1.0, 2.0], [-1.0, -2.0]])) == pytest.approx(value)


def test_three_pairs_of_equal_texts_are_three_texts_by_the_vendi_score():
    assert vendi_score(np.repeat(np.eye(5)[:3], 2, axis=0)) == pytest.approx(3)


@pytest.mark.parametrize("measure", MEASURES)
@given(SETS, st.randoms(use_true_random=False))
def test_the_order_of_texts_does_not_matter(measure, rows, random):
    order = random.sample(range(len(rows)), len(rows))
    assert measure(rows[order]) == pytest.approx(measure(rows), abs=1e-6)


@pytest.mark.parametrize("measure", MEASURES)
@given(SETS, st.lists(st.sampled_from([1e-6, 0.5, 3, 1e6]), min_size=12, max_size=12))
def test_the_lengths_of_vectors_do_not_matter(measure, rows, scales):
    scaled = rows * np.array(scales[: len(rows)], dtype=np.float32)[:, None]
    assert measure(scaled) == pytest.approx(measure(rows), abs=1e-5)


@given(SETS)
def test_a_set_twice_is_as_diverse_by_the_vendi_score_and_not_at_all_by_chamfer(rows):
    assert vendi_score(np.tile(rows, (2, 1))) == pytest.approx(vendi_score(rows))
    assert chamfer(np.tile(rows, (2, 1))) == 0


@given(SETS)
def test_a_set_twice_has_the_remote_clique_of_as_many_pairs_at_distance_0_more(rows):
    n = len(rows)
    expected = remote_clique(rows) * 2 * (n - 1) / (2 * n - 1)
    assert remote_clique(np.tile(rows, (2, 1))) == pytest.approx(expected, abs=1e-12)


@given(SETS)
def test_the_measures_stay_in_their_ranges(rows):
    n = len(rows)
    assert 0 <= chamfer(rows) <= remote_clique(rows) + 1e-6
    assert remote_clique(rows) <= n / (n - 1) + 1e-12
    assert 1 - 1e-12 <= vendi_score(rows) <= min(rows.shape) + 1e-9


def test_the_remote_clique_of_texts_that_are_nearly_equal_is_not_lost_to_rounding():
    angles = 1e-7 * np.arange(10)
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    expected = np.mean([(a - b) ** 2 / 2 for a, b in combinations(angles, 2)])
    assert remote_clique(rows) == pytest.approx(expected, rel=1e-6, abs=0)


@pytest.mark.parametrize("measure", MEASURES)
def test_the_distances_of_all_pairs_never_lie_in_memory_at_once(measure):
    rows = np.random.default_rng(0).normal(size=(6000, 8)).astype(np.float32)
    assert peak(lambda: measure(rows)) < 6000 * 6000 * 4 / 2


@pytest.mark.parametrize(
    ("measure", "least"),
    [(remote_clique, "a remote clique needs at least 2"), (chamfer, "a nearest other one needs at least 2")],
)
def test_distances_of_fewer_than_two_texts_are_refused(measure, least):
    with pytest.raises(ValueError, match=f"1 texts; {least}"):
        measure(MANY[:1])


def test_a_vendi_score_of_no_text_is_refused():
    with pytest.raises(ValueError, match="0 texts; a Vendi score needs at least 1"):
        vendi_score(MANY[:0])


def test_the_vocabulary_is_counted_without_case_and_punctuation():
    assert vocabulary_size(["Fog, fog and FOG!", "and rain"]) == 3


@pytest.mark.parametrize(("n", "share"), [(1, 5 / 8), (2, 5 / 6), (3, 4 / 4), (4, 2 / 2)])
def test_distinct_n_is_the_share_of_different_n_grams(n, share):
    assert distinct_n(["the cat sat here", "The cat, the dog"], n) == share


def test_no_n_gram_crosses_from_one_text_to_the_next():
    assert distinct_n(["a b", "a b"], 2) == 0.5


@given(TEXTS)
def test_texts_twice_have_half_the_distinct_words_and_no_other_vocabulary(texts):
    if any(texts):
        assert distinct_n(texts * 2, 1) == distinct_n(texts, 1) / 2
        assert vocabulary_size(texts * 2) == vocabulary_size(texts)


@pytest.mark.parametrize(
    ("n", "reason"), [(0, "n is 0; an n-gram has at least 1 word"), (3, "none of 2 texts has 3 words")]
)
def test_n_grams_that_cannot_be_are_refused(n, reason):
    with pytest.raises(ValueError, match=reason):
        distinct_n(["a b", "c d"], n)


@pytest.mark.parametrize(("n", "value"), [(2, 0.4762987625525829), (3, 0.4223904564460678), (4, 0.35419693605843017)])
def test_self_bleu_is_that_of_nltk(n, value):
    """What `sentence_bleu` of NLTK 3.10.4 gives with `SmoothingFunction().method1` and equal weights."""
    assert self_bleu(FOG, n) == pytest.approx(value, rel=1e-12)


@given(TEXTS, st.integers(1, 5))
def test_self_bleu_is_that_of_its_definition(texts, n):
    judge = [bleu(text, texts[:i] + texts[i + 1 :], n) for i, text in enumerate(texts)]
    assert self_bleu(texts, n) == pytest.approx(np.mean(judge))


def test_self_bleu_looks_at_four_words_in_a_row_where_nothing_is_said():
    assert self_bleu(FOG) == self_bleu(FOG, 4)


@given(TEXTS, st.randoms(use_true_random=False))
def test_self_bleu_does_not_depend_on_the_order_of_texts(texts, random):
    assert self_bleu(random.sample(texts, len(texts))) == pytest.approx(self_bleu(texts))


def test_self_bleu_is_1_for_one_text_many_times_and_0_where_no_word_is_shared():
    assert self_bleu(FOG[:1] * 5) == pytest.approx(1)
    assert self_bleu(["a b c d e", "f g h i j"]) == 0


@pytest.mark.parametrize(("texts", "n"), [(["a"], 4), (["a", "b"], 0)])
def test_a_self_bleu_that_cannot_be_is_refused(texts, n):
    with pytest.raises(ValueError, match=f"{len(texts)} texts, n = {n}; self-BLEU needs at least 2 texts"):
        self_bleu(texts, n)


def mean_of_first(rows):
    return float(rows[:, 0].mean())


def test_the_default_size_is_half_of_the_smallest_set():
    found = at_equal_size(remote_clique, {"many": MANY, "few": FEW[:4]}, draws=5)
    assert {estimate.size for estimate in found.values()} == {2}


def test_the_mean_is_that_over_all_subsets_within_chance():
    exact = [chamfer(FEW[list(rows)]) for rows in combinations(range(5), 3)]
    found = at_equal_size(chamfer, {"few": FEW}, size=3, draws=2000)["few"]
    assert found.mean == pytest.approx(np.mean(exact), abs=4 * np.std(exact) / np.sqrt(2000))


def test_the_error_is_that_of_the_delete_d_jackknife_over_all_subsets_within_chance():
    exact = np.var([chamfer(FEW[list(rows)]) for rows in combinations(range(5), 3)])
    found = at_equal_size(chamfer, {"few": FEW}, size=3, draws=2000)["few"]
    assert found.error**2 == pytest.approx(exact * (3 / 2 + 1 / 2000), rel=0.15)


@pytest.mark.parametrize("size", [15, 30, 45])
def test_the_error_of_a_mean_is_its_textbook_standard_error_at_any_size(size):
    found = at_equal_size(mean_of_first, {"many": MANY}, size=size, draws=4000)["many"]
    draws = MANY[:, 0].var(ddof=1) * (1 / size - 1 / 60) / 4000
    assert found.error**2 == pytest.approx(MANY[:, 0].var(ddof=1) / 60 + draws, rel=0.1)


def test_the_interval_is_normal_at_its_level():
    found = at_equal_size(chamfer, {"many": MANY}, level=0.9)["many"]
    assert norm.interval(0.9, found.mean, found.error) == pytest.approx((found.low, found.high))


@pytest.mark.parametrize("measure", MEASURES)
def test_an_interval_of_95_percent_holds_the_value_of_the_source_at_least_nine_times_in_ten(measure):
    """Sources of 400 clustered vectors in 6 dimensions; the truth is the mean over fresh samples of 20."""
    chance = np.random.default_rng(0)
    centres = chance.normal(size=(8, 6))

    def sample(n):
        return centres[chance.integers(8, size=n)] + chance.normal(size=(n, 6)) / 2

    truth = np.mean([measure(sample(20)) for _ in range(2000)])
    found = [at_equal_size(measure, {"one": sample(40)}, draws=50, seed=seed)["one"] for seed in range(150)]
    assert np.mean([estimate.low <= truth <= estimate.high for estimate in found]) >= 0.9
    spread = np.std([estimate.mean for estimate in found])
    assert 0.85 < np.mean([estimate.error for estimate in found]) / spread < 1.6


def test_no_subset_holds_a_text_twice():
    seen = []
    at_equal_size(lambda texts: float(seen.append(texts) or 0), {"one": [f"{i}" for i in range(9)]}, size=8, draws=20)
    assert [len(set(texts)) for texts in seen] == [8] * 20


def test_subsets_differ():
    seen = set()
    at_equal_size(lambda texts: float(seen.add(tuple(texts)) or 0), {"one": [f"{i}" for i in range(99)]}, draws=20)
    assert len(seen) == 20


def test_more_texts_at_one_size_give_a_narrower_interval():
    found = at_equal_size(remote_clique, {"many": MANY, "half": MANY[:30]}, size=15)
    assert found["many"].error < found["half"].error


def test_a_set_gives_the_same_estimate_whatever_the_other_sets_are():
    alone = at_equal_size(chamfer, {"many": MANY}, size=4)
    assert at_equal_size(chamfer, {"few": FEW, "many": MANY}, size=4)["many"] == alone["many"]


def test_texts_are_measured_as_vectors_are():
    found = at_equal_size(lambda texts: distinct_n(texts, 1), {"fog": FOG, "rain": ["rain"] * 6}, draws=10)
    assert found["rain"][:4] == (0.5, 0, 0.5, 0.5)
    assert 0.5 < found["fog"].mean < 1


def test_the_same_seed_gives_the_same_estimate_and_another_seed_another():
    one, again, other = (at_equal_size(chamfer, {"many": MANY}, seed=seed) for seed in (3, 3, 4))
    assert one == again != other


def test_the_chance_of_others_is_left_alone():
    np.random.seed(0)
    before = np.random.get_state()[1].tolist()
    at_equal_size(chamfer, {"many": MANY}, draws=2)
    assert np.random.get_state()[1].tolist() == before


@pytest.mark.parametrize("size", [0, 5])
def test_a_size_that_leaves_out_no_text_of_the_smallest_set_is_refused(size):
    with pytest.raises(ValueError, match=f"size {size}, but a set has 5 texts; take at least 1, and leave"):
        at_equal_size(chamfer, {"many": MANY, "few": FEW}, size=size)


def test_a_single_draw_is_refused():
    with pytest.raises(ValueError, match="1 draws; an interval needs at least 2"):
        at_equal_size(chamfer, {"many": MANY}, draws=1)
