"""The accuracy from few labelled and many unlabelled texts: near the true one, and only where it can be told."""

import pytest

import synthworth
from reviews import GERMAN, reviews
from synthworth.core import Example, labelled_texts
from synthworth.core.labelled_texts import UnlabelledTexts
from synthworth.leaderboard.scoring import score_texts
from synthworth.leaderboard.scoring.classifiers import OnWords

WRITTEN = labelled_texts("written.csv", *reviews(60, seed=3))


def real(count, seed):
    """Half English texts, and half German ones, which no written text helps with."""
    texts, labels = reviews(count // 2, seed=seed)
    german, named = reviews(count // 2, seed=seed + 1, kinds=GERMAN)
    return (*texts, *german), (*labels, *("pos" if label == "gut" else "neg" for label in named))


def scored(labelled=60, more=400, written_too=(), training=None):
    texts = (*real(more, 9)[0], *written_too)
    return score_texts(
        WRITTEN,
        labelled_texts("test.csv", *real(labelled, 5)),
        training,
        descriptions={},
        names={},
        unlabelled=UnlabelledTexts(name="more.csv", texts=texts, columns=""),
        classifier="tfidf",
    )


@pytest.fixture(scope="module")
def found():
    return scored()


def test_the_interval_holds_the_accuracy_on_many_labelled_texts_and_counts_as_more_than_the_few(found):
    texts, labels = real(2000, 11)
    pairs = zip(WRITTEN.texts, WRITTEN.labels, strict=True)
    train = [Example(id=f"{number}", text=text, label=label) for number, (text, label) in enumerate(pairs)]
    predicted = OnWords().predict(train, texts, ["pos", "neg"]).labels
    true = sum(one == other for one, other in zip(predicted, labels, strict=True)) / len(labels)
    few = found.few_labels
    assert few.powered.low <= true <= few.powered.high
    assert few.powered.worth > 65


def test_all_labelled_texts_are_scored_on_and_the_report_says_it(found):
    assert (found.few_labels.labelled, found.few_labels.unlabelled) == (60, 400)
    assert found.few_labels.alone.value == pytest.approx(found.accuracy)
    assert "from 60 labelled and 400 unlabelled real texts: as exact as" in found.verdicts[0]
    assert "Accuracy on real texts of which a few are labelled" in str(found)
    assert any("with unlabelled texts, all labelled ones are scored on" in note for note in found.notes)


def test_without_unlabelled_texts_nothing_is_said_of_them():
    test = labelled_texts("test.csv", *real(60, 5))
    found = score_texts(WRITTEN, test, None, descriptions={}, names={}, classifier="tfidf")
    assert found.few_labels is None
    assert "unlabelled" not in str(found)


def test_from_python_a_list_of_unlabelled_texts_is_enough(found):
    asked = {"test": real(60, 5), "unlabelled": real(400, 9)[0], "classifier": "tfidf"}
    assert synthworth.score(WRITTEN.texts, WRITTEN.labels, **asked).few_labels == found.few_labels


def test_texts_that_another_file_has_too_do_not_count_as_unlabelled():
    texts, labels = real(400, 9)
    training = labelled_texts("real.csv", texts[::4], labels[::4])
    found = scored(written_too=WRITTEN.texts, training=training)
    assert found.few_labels.unlabelled == 300


def test_too_few_texts_are_one_line():
    with pytest.raises(ValueError, match=r"^20 labelled test texts; with unlabelled ones .* at least 30: label more$"):
        scored(labelled=20)
    with pytest.raises(ValueError, match=r"^more.csv: 50 unlabelled texts that no other file has; give at least 100"):
        scored(more=50)
