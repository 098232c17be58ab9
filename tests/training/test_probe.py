"""The linear probe is scikit-learn's logistic regression on frozen embeddings; those of test texts are kept."""

import pytest
from sklearn.linear_model import LogisticRegression

from encoders import LABELS, texts
from synthworth.core.weights import minilm
from synthworth.training import embedding
from synthworth.training.cell import Cell
from synthworth.training.embedding import embed
from synthworth.training.fit import train_and_predict
from synthworth.training.local import Here
from synthworth.training.predictions import Predictions
from synthworth.training.recipes import RECIPES, Untrainable
from synthworth.training.scheduler import Training

RECIPE = RECIPES["probe"]


@pytest.fixture(autouse=True)
def installed():
    try:
        minilm()
    except ValueError as error:
        pytest.skip(str(error))


def cell(per_label, seed=0):
    train, asked = texts(per_label, seed=seed), [example.text for example in texts(12, seed=7)]
    return Cell(
        name="sign/probe",
        recipe=RECIPE,
        train=tuple(train),
        train_version=f"{per_label}-{seed}",
        texts=tuple(asked),
        test_version="twelve of each",
        labels=tuple(LABELS),
        seed=0,
    )


def test_scikit_learn_on_the_same_embeddings_gives_the_same_labels():
    train, asked = texts(6), [example.text for example in texts(20, seed=2)]
    judge = LogisticRegression(C=10, class_weight="balanced", max_iter=1000)
    judge.fit(embed([e.text for e in train]), [e.label for e in train])
    found = train_and_predict(RECIPE, train, asked, LABELS, 3)
    assert list(found.labels) == [str(label) for label in judge.predict(embed(asked))]
    assert (found.steps, found.loss, found.collapsed) == (0, None, False)


def test_test_texts_are_embedded_once_for_all_training_sets(tmp_path, monkeypatch):
    asked = []
    real = embedding._embed

    def counted(given, progress):
        asked.append(len(given))
        return real(given, progress)

    monkeypatch.setattr(embedding, "_embed", counted)
    cells = [cell(3), cell(4), cell(5)]
    found = []
    for one in cells:  # as three sessions do, one after another
        training = Training(Here(), Predictions(tmp_path))
        found.append(training.predicted(one).labels)
        training.close()
    assert asked == [len(one.train) for one in cells[:1]] + [len(cells[0].texts)] + [
        len(one.train) for one in cells[1:]
    ]
    monkeypatch.undo()
    apart = [train_and_predict(RECIPE, one.train, one.texts, one.labels, 0).labels for one in cells]
    assert found == apart


def test_where_nothing_is_kept_no_folder_is_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    training = Training(Here(), Predictions(None))
    assert len(training.predicted(cell(3)).labels) == len(cell(3).texts)
    assert list(tmp_path.iterdir()) == []


def test_one_label_is_one_line():
    with pytest.raises(Untrainable, match=r"^the task has the one label 'fruit'; a classifier needs two$"):
        train_and_predict(RECIPE, [e for e in texts(3) if e.label == LABELS[0]], ["fig"], LABELS[:1], 0)
