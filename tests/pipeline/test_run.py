"""A result is what its training set, classifier and seed give on the test texts of a mirror on disk."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest
from sklearn.metrics import accuracy_score, f1_score

from encoders import KNOWN, tiny_bert
from places import TASK, mirror
from synthworth.training.fit import train_and_predict
from synthworth.training.recipes import RECIPES, recipe
from synthworth.training.scheduler import key_of


def cell_of(run, method, classifier, **choice):
    """The training that a result needs."""
    return run.cell(run.cell_id(method, classifier, **choice))


def test_a_result_is_made_once(run_of):
    run = run_of()
    assert run.result("real", "tfidf") is run.result("real", "tfidf", per_label=5, seed=0)
    assert run.result("real", "tfidf", seed=1) is not run.result("real", "tfidf")


def test_the_score_is_that_of_scikit_learn(run_of):
    run = run_of()
    result = run.result("real", "tfidf")
    texts, truth = [e.text for e in run.data.test], [e.label for e in run.data.test]
    found = train_and_predict(recipe("tfidf"), run.sets.generated("real").examples, texts, tuple(TASK.labels), 0).labels
    assert result.accuracy == pytest.approx(accuracy_score(truth, found), abs=1e-6)
    assert result.macro_f1 == pytest.approx(f1_score(truth, found, average="macro"), abs=1e-6)
    assert result.macro_f1_low <= result.macro_f1 <= result.macro_f1_high
    assert result.predictions == found


def test_a_result_says_what_went_in(run_of, recorded):
    recorded("few_shot")
    run = run_of()
    result = run.result("few_shot", "majority", seed=3)
    assert (result.task, result.data, result.data_version) == ("places", "mirror", run.data.version)
    assert (result.generator, result.method, result.demonstrations) == ("m", "few_shot", "pool")
    assert (result.per_label, result.train_rows, result.test_rows, result.training_seed) == (5, 10, 12, 3)
    assert result.attempts == 10


def test_a_result_of_real_texts_names_no_generator(run_of):
    result = run_of().result("real", "majority")
    assert (result.generator, result.demonstrations, result.attempts) == ("", "", 0)


def test_equal_inputs_have_one_hash_and_others_another(run_of):
    first, same = (run_of().result("real", "majority") for _ in range(2))
    others = [run_of().result("real", "tfidf"), run_of().result("real", "majority", seed=1)]
    others += [run_of(generation_seed=1).result("real", "majority")]
    assert first == same
    assert len({result.inputs for result in [first, *others]}) == 4


# ---- what is trained


def row_of(rows, **changed):
    """The first row, changed."""
    rows[0] |= changed


CHANGES = {
    "a training text": ("train", lambda rows: row_of(rows, text="a hill that is new")),
    "a label of a training text": ("train", lambda rows: row_of(rows, label="sea")),
    "a training text less": ("train", lambda rows: rows.pop()),
    "a test text": ("test", lambda rows: row_of(rows, text="a hill that is new")),
    "a test text more": ("test", lambda rows: rows.append({"id": "new", "text": "a new wave", "label": "sea"})),
}


@pytest.fixture
def edited(tmp_path):
    """Makes a mirror in which a split differs."""

    def make(split, change):
        path = Path(mirror(tmp_path / "edited")) / TASK.name / f"{split}.jsonl.gz"
        with gzip.open(path, "rt", encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        change(rows)
        with gzip.open(path, "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
        return str(path.parents[1])

    return make


def test_the_same_texts_elsewhere_are_the_same_cell(run_of, edited):
    before = cell_of(run_of(per_label=0), "real", "tfidf").key
    assert cell_of(run_of(per_label=0, data=edited("train", list)), "real", "tfidf").key == before


@pytest.mark.parametrize("changed", CHANGES)
def test_a_change_in_the_texts_or_labels_is_another_cell(run_of, edited, changed):
    before = cell_of(run_of(per_label=0), "real", "tfidf").key
    assert cell_of(run_of(per_label=0, data=edited(*CHANGES[changed])), "real", "tfidf").key != before


def test_another_order_of_the_labels_is_another_cell(run_of):
    other = replace(TASK, labels=dict(reversed(TASK.labels.items())))
    assert cell_of(run_of(task=other), "real", "tfidf").key != cell_of(run_of(), "real", "tfidf").key


def test_another_seed_size_classifier_or_number_of_threads_is_another_cell(run_of):
    run = run_of()
    cells = [
        cell_of(run, "real", "tfidf"),
        cell_of(run, "real", "tfidf", seed=1),
        cell_of(run, "real", "tfidf", per_label=3),
    ]
    cells += [cell_of(run, "real", "majority"), cell_of(run_of(threads=2), "real", "tfidf")]
    assert len({cell.key for cell in cells}) == 5


def test_a_change_that_changes_no_text_is_the_same_cell(run_of, recorded):
    recorded("few_shot")
    before = cell_of(run_of(), "few_shot", "tfidf")
    other = replace(TASK, version=TASK.version + 1)
    after = cell_of(run_of(task=other), "few_shot", "tfidf")
    assert after.key == before.key


def test_what_a_result_says_of_its_inputs_is_what_its_cell_was_found_by(run_of):
    run = run_of()
    cell, result = cell_of(run, "real", "tfidf"), run.result("real", "tfidf")
    assert (result.inputs, key_of(result.inputs, recipe("tfidf"))) == (cell.inputs, cell.key)


@pytest.mark.parametrize(("rate", "collapsed"), [(1e-2, False), (1e-12, True)])
def test_a_training_that_failed_is_a_result_that_says_so(run_of, tmp_path, monkeypatch, rate, collapsed):
    folder = tiny_bert(tmp_path / "tiny", [*KNOWN[:5], "a", "train", "test", "wave", "hill"])
    chosen = replace(RECIPES["minilm"], name="tiny", encoder=str(folder), learning_rate=rate, least_steps=30)
    monkeypatch.setitem(RECIPES, "tiny", chosen)
    result = run_of(per_label=10).result("real", "tiny")
    assert result.collapsed is collapsed
    assert (result.classifier, result.steps) == ("tiny", 30)
