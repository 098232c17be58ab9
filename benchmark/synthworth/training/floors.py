"""What any classifier must beat: always the most frequent label, and bags of words."""

from collections import Counter
from collections.abc import Sequence

from synthworth.core.task import Example
from synthworth.training.recipes import Predicted


def majority(train: Sequence[Example], texts: Sequence[str], labels: Sequence[str]) -> Predicted:
    """The most frequent training label for every text; of equals, the first in the task's order."""
    counts = Counter(example.label for example in train)
    winner = max(labels, key=lambda label: counts[label])
    return Predicted((winner,) * len(texts), 0)


def tfidf(train: Sequence[Example], texts: Sequence[str], seed: int) -> Predicted:
    """TF-IDF of words and word pairs, logistic regression.

    Sublinear counts, weak regularisation and balanced classes: a floor that is easy to beat claims nothing.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    pipeline = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        LogisticRegression(C=10, class_weight="balanced", max_iter=1000, random_state=seed),
    )
    pipeline.fit([example.text for example in train], [example.label for example in train])
    return Predicted(tuple(str(label) for label in pipeline.predict(list(texts))), 0)
