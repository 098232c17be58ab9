"""The key of a cell changes with all that decides its predictions, and with nothing else."""

import contextlib
import dataclasses
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoders import cell, in_a_process, texts, tiny_bert, tuned
from synthworth.core.network import NetworkBlocked, blocked
from synthworth.training import cell as cells
from synthworth.training.recipes import RECIPES, Recipe
from synthworth.training.scheduler import key_of, train

NEW = {
    "train_version": "other",
    "test_version": "other",
    "labels": ("metal", "fruit", "river"),
    "seed": 1,
    "threads": 2,
}
NEW_RECIPE = {
    "name": "other",
    "version": 2,
    "encoder": "",
    "frozen": True,
    "epochs": 2,
    "least_steps": 4,
    "batch": 7,
    "learning_rate": 1e-3,
    "weight_decay": 0.0,
    "warm_up": 0.2,
    "attention_dropout": 0.0,
    "length": 64,
    "precision": "fp32",
}
RECIPE = Recipe(name="tiny", encoder="nobody/nothing", epochs=1, least_steps=3, batch=8, learning_rate=3e-3)


# ---- keys


def test_every_field_of_a_recipe_is_tried():
    assert {*NEW_RECIPE, "gpu"} == {field.name for field in dataclasses.fields(Recipe)}


def test_equal_inputs_have_one_key():
    assert cell(RECIPE).key == cell(RECIPE).key


@pytest.mark.parametrize("changed", NEW)
def test_a_change_of_what_goes_in_gives_another_key(changed):
    assert cell(RECIPE, **{changed: NEW[changed]}).key != cell(RECIPE).key


@pytest.mark.parametrize("changed", NEW_RECIPE)
def test_a_change_of_the_recipe_gives_another_key(changed):
    assert cell(dataclasses.replace(RECIPE, **{changed: NEW_RECIPE[changed]})).key != cell(RECIPE).key


def test_neither_the_name_of_a_cell_nor_where_its_recipe_runs_changes_the_key():
    assert cell(RECIPE, name="one").key == cell(RECIPE, name="two").key
    assert cell(dataclasses.replace(RECIPE, gpu=True)).key == cell(RECIPE).key


def test_hashes_are_made_of_stable_names_and_of_no_python_text():
    known = {"tfidf": "a08a42b2ef8f4d89", "minilm": "6288590ef6b5e4d9", "majority": "b0a362c163f5c4d7"}
    made = {name: cell(RECIPES[name]).recipe_version for name in known}
    assert made == known, "the hashes of committed results follow from these: raise a version and measure them anew"
    given = {"train_version": "a", "test_version": "b", "labels": ("x", "y"), "seed": 3}
    assert cell(RECIPES["tfidf"], **given).inputs == "444dd03d2b36b0b9"


def test_another_version_of_the_training_code_gives_other_inputs(monkeypatch):
    before = cell(RECIPE).inputs
    monkeypatch.setattr(cells, "TRAINING_VERSION", cells.TRAINING_VERSION + 1)
    assert cell(RECIPE).inputs != before


def test_the_training_set_and_the_test_set_are_not_taken_for_each_other():
    one, other = cell(train_version="a", test_version="b"), cell(train_version="b", test_version="a")
    assert one.key != other.key


RECIPES_OF = st.builds(
    Recipe,
    name=st.sampled_from("ab"),
    encoder=st.sampled_from(["a", "b", "c"]),  # without one, nothing else of a recipe counts
    epochs=st.integers(1, 2),
    batch=st.integers(1, 2),
    learning_rate=st.sampled_from([1e-4, 1e-5]),
)
FIELDS = st.fixed_dictionaries(
    {
        "recipe": RECIPES_OF,
        "train_version": st.sampled_from(["", "a", "b"]),
        "test_version": st.sampled_from(["", "a", "b"]),
        "labels": st.lists(st.text(alphabet='a,"\\\u00e4\ud800', max_size=2), min_size=1, max_size=3).map(tuple),
        "seed": st.integers(0, 1),
        "threads": st.integers(1, 2),
    }
)


@given(FIELDS, FIELDS)
def test_two_cells_have_one_key_if_and_only_if_all_of_it_is_equal(one, other):
    assert (cell(**one).key == cell(**other).key) == (one == other)


@given(FIELDS, st.data())
def test_whatever_is_changed_the_key_changes(one, data):
    name = data.draw(st.sampled_from(sorted(one)))
    other = data.draw(FIELDS.filter(lambda drawn: drawn[name] != one[name]))
    assert cell(**one | {name: other[name]}).key != cell(**one).key


def test_the_inputs_are_the_same_on_every_machine_and_the_key_is_not(monkeypatch):
    before = cell().inputs, cell().key
    monkeypatch.setattr(cells, "environment", lambda recipe: {"machine": "another"})
    assert cell().inputs == before[0]
    assert cell().key != before[1]


def test_the_key_of_known_inputs_needs_no_texts():
    assert key_of(cell(RECIPE).inputs, RECIPE) == cell(RECIPE).key


def test_another_state_of_the_encoder_s_folder_gives_another_key(tmp_path):
    chosen = in_a_process(tmp_path)
    before = cell(chosen).key
    (tmp_path / "weights").touch()
    assert cell(chosen).key != before


# ---- sizes


@pytest.mark.parametrize("name", ["majority", "tfidf"])
def test_a_floor_takes_no_time(name):
    assert cell(RECIPES[name]).size == 0


def test_more_steps_and_longer_texts_and_more_of_them_take_longer_up_to_the_length_that_is_read():
    most = RECIPE.length * cells.CHARACTERS_PER_TOKEN
    short, long, longer = (cell(RECIPE, texts=["a" * n] * 9).size for n in (most // 2, most, 2 * most))
    assert short < long == longer
    assert cell(RECIPE, texts=["a" * most] * 10).size > long
    assert cell(dataclasses.replace(RECIPE, least_steps=30)).size > cell(RECIPE).size
    assert cell(RECIPE, train=texts(20)).size > cell(RECIPE).size


# ---- training


def test_a_cell_is_trained_with_its_own_seed_and_threads(monkeypatch):
    given = []
    monkeypatch.setattr(cells.fit, "train_and_predict", lambda *a, **b: given.append((*a[:5], b)))
    train(asked := cell(RECIPES["tfidf"], seed=7, threads=3))
    assert given == [(asked.recipe, asked.train, asked.texts, asked.labels, 7, {"threads": 3, "embeddings": None})]


def test_progress_names_the_cell(tmp_path):
    told = []
    train(cell(tuned(tiny_bert(tmp_path / "bert")), name="toy/real/tiny"), lambda *stage: told.append(stage))
    assert told[0] == ("training toy/real/tiny", 1, 3)
    assert told[-1] == ("scoring toy/real/tiny", 30, 30)


@pytest.mark.parametrize(("encoder", "reached"), [("nobody/nothing", True), ("", False), (".", False)])
def test_the_network_is_open_for_an_encoder_of_the_hub_alone(monkeypatch, encoder, reached):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def connect(*_, **__):
            socket.create_connection(server.getsockname()).close()

        monkeypatch.setattr(cells.fit, "train_and_predict", connect)
        with blocked(), contextlib.nullcontext() if reached else pytest.raises(NetworkBlocked):
            train(cell(dataclasses.replace(RECIPE, encoder=encoder)))
