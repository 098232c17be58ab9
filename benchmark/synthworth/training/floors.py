"""Classifiers without an encoder: always the most frequent label, and bags of words."""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from synthworth.core import Example
from synthworth.core.words import words
from synthworth.training.frozen import in_order
from synthworth.training.recipes import Predicted, Untrainable
from synthworth.training.regression import labels_are_labels, logistic_regression
from synthworth.training.weighting import weights_of

MOST_UNSEEN = 0.5  # share of the training texts
TWO_LETTERS = r"\b\w\w+\b"  # scikit-learn's words


def majority(train: Sequence[Example], texts: Sequence[str], seed: int) -> Predicted:
    """Predict the most frequent training label for every text, whatever their weights; of equals, the seed draws one.

    The draw does not depend on the order of labels or texts. On equal quotas the score still hangs on it: compare with
    `chance_macro_f1` to learn what guessing reaches.
    """
    counts = Counter(example.label for example in train)
    most = max(counts.values())
    winner = min((label for label, count in counts.items() if count == most), key=lambda label: _lot(seed, label))
    return Predicted((winner,) * len(texts), 0)


def tfidf(train: Sequence[Example], texts: Sequence[str], seed: int) -> Predicted:
    """TF-IDF of words and word pairs, logistic regression.

    Sublinear counts, weak regularisation and balanced classes: a floor that is easy to beat claims nothing. Weights of
    texts are those of the regression. Raises Untrainable if the training texts hold nothing but spaces.
    """
    return Predicted(tuple(str(label) for label in _fitted(train, seed).predict(list(texts))), 0)


def tfidf_shares(train: Sequence[Example], texts: Sequence[str], order: Sequence[str], seed: int) -> Any:
    """Return how likely each label of `order` is for `texts`, by the classifier of `tfidf`, shape (texts, order).

    0 for a label that no training text has. Raises Untrainable as `tfidf` does.
    """
    pipeline = _fitted(train, seed)
    return in_order(pipeline.predict_proba(list(texts)), pipeline.classes_, order)


def _fitted(train: Sequence[Example], seed: int) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline

    train_texts = [example.text for example in train]
    pipeline = make_pipeline(
        TfidfVectorizer(sublinear_tf=True, **_features(train_texts)),
        logistic_regression(seed),
    )
    weighted = {} if (weights := weights_of(train)) is None else {"logisticregression__sample_weight": weights}
    with labels_are_labels():
        return pipeline.fit(train_texts, [example.label for example in train], **weighted)


def _lot(seed: int, label: str) -> bytes:
    return hashlib.sha256(f"{seed}:{label}".encode()).digest()


def _features(texts: Sequence[str]) -> dict[str, Any]:
    """Return how to cut texts like these: into words of two letters and more, Unicode's words, or characters.

    Two letters and more, which scikit-learn takes, lose emoji, tear words at the vowel signs of Indian scripts and take
    a Chinese or Thai sentence for one word: texts that mostly hold such are cut by Unicode's rules.
    """
    unseen = sum(any(map(_is_lost, words(text))) for text in texts)
    if unseen <= MOST_UNSEEN * len(texts) and any(re.search(TWO_LETTERS, text) for text in texts):
        return {"ngram_range": (1, 2)}
    if any(map(words, texts)):
        return {"ngram_range": (1, 2), "tokenizer": words, "token_pattern": None, "lowercase": False}
    if any(map(str.strip, texts)):
        return {"ngram_range": (1, 3), "analyzer": "char_wb"}
    raise Untrainable("no training text holds a character that can be seen; give texts with words")


def _is_lost(word: str) -> bool:
    """Return True for a word that is a picture, holds a mark, or is one character of a script without spaces."""
    return not word.replace("'", "").isalnum() or (len(word) == 1 and word.lower() == word.upper() and word > "\u0e00")
