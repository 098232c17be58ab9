"""Embeddings against sentence-transformers, which reads the same folder."""

import numpy as np
import pytest

from synthworth.core.weights import minilm
from synthworth.training.embedding import embed

TEXTS = [
    "Fog closes the airport.",
    "a",
    "The harvest was late, and the cider was better for it; nobody in the valley could say why.",
    "Ærlig talt: 60 % of the §§ are 'new' 🎉",
    "long " * 700,
]


def folder():
    try:
        return minilm()
    except ValueError as error:
        pytest.skip(str(error))


def test_there_is_one_vector_of_384_numbers_for_each_text():
    folder()
    assert embed(TEXTS).shape == (5, 384)


def test_no_texts_have_no_vectors():
    folder()
    assert embed([]).shape == (0, 384)


def test_every_vector_has_the_length_one():
    folder()
    np.testing.assert_allclose(np.linalg.norm(embed(TEXTS), axis=1), 1, atol=1e-6)


def test_equal_texts_have_the_cosine_one_whatever_stands_between_them():
    folder()
    found = embed([TEXTS[0], *(f"{'and ' * n}" for n in range(1, 40)), TEXTS[0]])
    assert found[0] @ found[-1] == pytest.approx(1, abs=1e-5)


def test_the_vectors_are_in_the_order_of_the_texts():
    folder()
    np.testing.assert_allclose(embed(TEXTS[::-1]), embed(TEXTS)[::-1], atol=1e-5)


def test_sentence_transformers_gives_the_same_vectors():
    judge = pytest.importorskip("sentence_transformers")
    encoder = judge.SentenceTransformer(str(folder()), device="cpu")
    np.testing.assert_allclose(embed(TEXTS), encoder.encode(TEXTS, normalize_embeddings=True), atol=1e-4)
