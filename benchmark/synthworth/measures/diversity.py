"""Diversity of a set of texts: by their embeddings, by their words, and at equal size with intervals.

Distances are cosine distances, 1 - cosine, in [0, 2]; words are those of `core.words.words`. All but
the remote clique change with the number of texts, however alike the sources are: compare sets with `at_equal_size`, and
name the embedder and the size with the number. The measures of words change with the length of the texts as well.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import NormalDist
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from synthworth.core.words import words
from synthworth.measures.similarity import nearest_other, unit_vectors

DRAWS = 100
SMOOTHING = 0.1

Texts = TypeVar("Texts", Sequence[str], NDArray[np.floating])


class DiversityEstimate(NamedTuple):
    """A measure at one size: its mean, standard error and interval `low <= mean <= high`, and that size in texts."""

    mean: float
    error: float
    low: float
    high: float
    size: int


def remote_clique(embeddings: NDArray[np.floating]) -> float:
    """Return the mean over texts of the mean cosine distance to the other texts, in [0, n / (n - 1)].

    `embeddings` has the shape (n, d).

    After Cox et al. (2021), as Figure 1 of Li et al. (2023) uses it; higher is more diverse. For unit vectors u and v
    the distance is |u - v|² / 2, and its mean over all pairs of different texts is the sum of the variances of the
    coordinates (divisor n - 1): exact in linear time, and unbiased at any n. Raises ValueError if n < 2.

    >>> round(remote_clique(np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 2.0]])), 4)
    0.6667
    """
    rows = unit_vectors(embeddings)
    if len(rows) < 2:
        raise ValueError(f"{len(rows)} texts; a remote clique needs at least 2")
    rows -= rows.mean(axis=0)
    return float(np.einsum("ij,ij->", rows, rows) / (len(rows) - 1))


def chamfer(embeddings: NDArray[np.floating]) -> float:
    """Return the mean over texts of the cosine distance to the nearest other text, in [0, n / (n - 1)].

    `embeddings` has the shape (n, d).

    After Cox et al. (2021), as Figure 1 of Li et al. (2023) uses it; higher is more diverse. A text with a duplicate
    counts 0. It falls as n grows: the more texts, the nearer the nearest. Raises ValueError if n < 2.

    >>> round(chamfer(np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 2.0]])), 4)
    0.3333
    """
    return float((1 - nearest_other(embeddings).cosine).mean())


def vendi_score(embeddings: NDArray[np.floating]) -> float:
    """Return the effective number of different texts, from 1 (all alike) to min(n, d) (orthogonal).

    `embeddings` has the shape (n, d). Friedman & Dieng (2023): exp(-Σ λ log λ) over the eigenvalues λ of K / n, where K
    holds the cosines of all pairs. K = U Uᵀ has the eigenvalues of UᵀU and zeros, so the smaller of the two is taken:
    O(n d min(n, d)). Raises ValueError if there is no text.

    >>> round(vendi_score(np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 2.0], [3.0, 0.0]])), 4)
    2.0
    """
    rows = unit_vectors(embeddings)
    if not len(rows):
        raise ValueError("0 texts; a Vendi score needs at least 1")
    shares = np.linalg.eigvalsh((rows.T @ rows if len(rows) > rows.shape[1] else rows @ rows.T) / len(rows))
    shares = shares[shares > 0]
    return float(np.exp(-(shares * np.log(shares)).sum()))


def vocabulary_size(texts: Sequence[str]) -> int:
    """Return the number of different words.

    >>> vocabulary_size(["Fog closes the airport.", "The fog lifts."])
    5
    """
    return len({word for text in texts for word in words(text)})


def distinct_n(texts: Sequence[str], n: int) -> float:
    """Return distinct-n: different n-grams of words over all n-grams, in (0, 1]; none crosses texts.

    After Li et al. (2016, A Diversity-Promoting Objective Function), who divide by the number of words; over n-grams
    it reaches 1 if none repeats. It falls as the texts grow in number or length. Raises ValueError if n < 1, or no text
    has n words.

    >>> distinct_n(["the cat sat", "the cat ran"], 2)
    0.75
    """
    if n < 1:
        raise ValueError(f"n is {n}; an n-gram has at least 1 word")
    grams = [gram for text in map(words, texts) for gram in zip(*(text[i:] for i in range(n)), strict=False)]
    if not grams:
        raise ValueError(f"none of {len(texts)} texts has {n} words; take a smaller n, or longer texts")
    return len(set(grams)) / len(grams)


def self_bleu(texts: Sequence[str], n: int = 4) -> float:
    """Return self-BLEU: the mean BLEU of each text against all others as references, in [0, 1]; lower is more diverse.

    Zhu et al. (2018, Texygen), with their smoothing: a precision of 0 counts 0.1 / n-grams of the text (method 1 of
    Chen & Cherry, 2014). Equal to NLTK's `sentence_bleu` with `SmoothingFunction().method1`, text by text; exact, and
    not quadratic: of each n-gram only the two texts that have it most often can limit another's count. Raises
    ValueError if there are fewer than 2 texts, or n < 1.

    >>> round(self_bleu(["fog shuts the airport", "fog shuts the small airport", "rain falls"]), 4)
    0.2062
    """
    if len(texts) < 2 or n < 1:
        raise ValueError(f"{len(texts)} texts, n = {n}; self-BLEU needs at least 2 texts, and n at least 1")
    split = [words(text) for text in texts]
    lengths = np.array([len(text) for text in split])
    hits = np.array([_matched(grams, owner, len(split)) for grams, owner in _ngrams(split, n)])
    precisions = np.where(hits, hits, SMOOTHING) / np.maximum(lengths - np.arange(n)[:, None], 1)
    scores = np.exp(np.log(precisions).mean(axis=0)) * _brevity(lengths)
    return float(np.where(hits[0], scores, 0).mean())


def _ngrams(texts: list[list[str]], n: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield all 1-grams, 2-grams ... n-grams, as numbers that are equal if their words are, each with its text."""
    place = dict[str, int]()
    ids = np.array([place.setdefault(word, len(place)) for text in texts for word in text], dtype=np.int64)
    owner = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    grams, ends = ids, np.arange(len(ids))
    for _ in range(n):
        yield grams, owner[ends]
        goes_on = np.append(owner, -1)[ends + 1] == owner[ends]
        ends = ends[goes_on] + 1
        # Numbered anew at each length, so that the product stays far below 2**63.
        grams = np.unique(grams[goes_on] * len(place) + ids[ends], return_inverse=True)[1]


def _matched(grams: NDArray[np.int64], owner: NDArray[np.int64], texts: int) -> NDArray[np.float64]:
    """Count for each text the n-grams that BLEU counts: each as often as the other text with most of it has it."""
    pairs, counts = np.unique(grams * texts + owner, return_counts=True)
    gram, text = np.divmod(pairs, texts)
    order = np.lexsort((-counts, gram))
    gram, text, counts = gram[order], text[order], counts[order]
    first = np.flatnonzero(np.diff(gram, prepend=-1))
    most = np.repeat(counts[first], np.diff(first, append=len(gram)))
    second = np.append(counts, 0)[first + 1] * (np.append(gram, -1)[first + 1] == gram[first])
    most[first] = second
    return np.bincount(text, weights=np.minimum(counts, most), minlength=texts).astype(np.float64)


def _brevity(lengths: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return BLEU's penalty for a text that is shorter than the text next to it in length, the shorter at a tie."""
    ordered = np.sort(lengths)
    place = np.searchsorted(ordered, lengths)
    below, above = np.append(-np.inf, ordered)[place], np.append(ordered, np.inf)[place + 1]  # itself is at its place
    return np.asarray(np.exp(np.where(above - lengths < lengths - below, 1 - above / np.maximum(lengths, 1), 0)))


def at_equal_size(
    measure: Callable[[Texts], float],
    sets: Mapping[str, Texts],
    *,
    size: int | None = None,
    draws: int = DRAWS,
    level: float = 0.95,
    seed: int = 0,
) -> dict[str, DiversityEstimate]:
    """Estimate the measure of each set at one common size, by default half of the smallest set, with an interval.

    The mean is over `draws` random subsets of `size` texts. The interval is the delete-d jackknife's (Shao & Wu, 1989):
    the variance of the measure over subsets times size / (n - size), plus that of the mean of the draws; it is normal.
    It holds one source of variance, the sample of texts: it says where the mean over fresh sets of this size from the
    same source lies, if each text is drawn independently. It does not hold the generation seed, the prompts or the
    embedder, and is too narrow if texts hang together, as those of one conversation do. For measures that are far
    from means, such as Chamfer, it is rather too wide (Efron & Stein, 1981; by a fifth to a third on 400 tweets).

    Subsets are drawn without replacement: a bootstrap would draw a text twice, its own nearest neighbour at distance 0.
    And at least one text is left out: a set's only subset of its own size is itself, and its interval would be a point.

    Intervals of different sets are independent: the standard error of a difference is the root of the sum of squares.
    A set gives the same estimate whatever the other sets are, at one size and seed.

    >>> sizes = at_equal_size(vocabulary_size, {"one": ["a b", "a c", "a d", "a e"], "other": ["a a", "b b"] * 9})
    >>> sizes["one"].mean, sizes["one"].size
    (3.0, 2)
    """
    smallest = min(map(len, sets.values()), default=0)
    size = smallest // 2 if size is None else size
    if not 1 <= size < smallest:
        raise ValueError(f"size {size}, but a set has {smallest} texts; take at least 1, and leave at least 1 out")
    if draws < 2:
        raise ValueError(f"{draws} draws; an interval needs at least 2")
    return {name: _estimate(measure, texts, size, draws, level, seed) for name, texts in sets.items()}


def _estimate(
    measure: Callable[[Texts], float], texts: Texts, size: int, draws: int, level: float, seed: int
) -> DiversityEstimate:
    random, values = np.random.default_rng(seed), np.zeros(draws)
    for draw in range(draws):
        rows = random.choice(len(texts), size, replace=False)
        values[draw] = measure(texts[rows] if isinstance(texts, np.ndarray) else [texts[row] for row in rows])
    mean = float(values.mean())
    error = float(np.sqrt(values.var(ddof=1) * (size / (len(texts) - size) + 1 / draws)))
    reach = NormalDist().inv_cdf((1 + level) / 2) * error
    return DiversityEstimate(mean, error, mean - reach, mean + reach, size)
