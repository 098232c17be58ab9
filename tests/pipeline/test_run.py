"""A result is what its training set, classifier and seed give on the test texts of a mirror on disk."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest
from sklearn.metrics import accuracy_score, f1_score

from encoders import KNOWN, tiny_bert
from places import TASK, mirror
from servers import answer_of, serving
from synthworth.core.sampling import sampled
from synthworth.pipeline import missing
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


def says(number, body):
    """The label that a text has by its last word but one, no label for some, and the text itself with every answer."""
    text = body["messages"][-1]["content"].partition("\n")[0].removeprefix("Text: ")
    label = "" if text.endswith("0") else "sea" if "wave" in text else "land"
    return answer_of(f"{label}, for it says: {text}", tokens=(30, 9))


@pytest.fixture
def labelling(run_of):
    """Records what a method asks for labels; gives the run that did, and the requests."""

    def make(method, reply=says, **changed):
        with serving(reply) as (url, came):
            run = run_of(url, **{"record": "missing", **changed})
            run.sets.generated(method)
            return run, came.bodies

    return make


@pytest.fixture
def few_rows(monkeypatch):
    """A sample that is smaller than the test set."""
    monkeypatch.setattr("synthworth.pipeline.training_sets.TEST_ROWS", 7)


def test_own_answers_score_as_scikit_learn_says_on_the_sampled_rows(labelling, run_of, few_rows):
    labelling("generator")
    run = run_of()
    result = run.result("generator", "minilm")
    rows = sampled(run.data.test, 7)
    answered = ["" if e.text.endswith("0") else "sea" if "wave" in e.text else "land" for e in rows]
    other = {"sea": "land", "land": "sea"}
    found = [answer or other[e.label] for answer, e in zip(answered, rows, strict=True)]
    true = [e.label for e in rows]
    assert "" in answered
    assert result.macro_f1 == pytest.approx(f1_score(true, found, average="macro"), abs=1e-6)
    assert result.accuracy == pytest.approx(accuracy_score(true, found), abs=1e-6)
    assert result.predictions == tuple(found)


def test_a_result_of_own_answers_says_that_nothing_was_trained(labelling, run_of, few_rows):
    labelling("generator")
    run = run_of()
    result = run.result("generator", "majority", seed=4)
    assert (result.method, result.generator, result.classifier) == ("generator", "m", "prompted")
    assert (result.test_rows, result.train_rows, result.steps) == (7, 0, 0)
    assert (result.attempts, result.dropped) == (7, {"": {"no_label": 2}})
    assert result == run.result("generator", "tfidf", generation_seed=3)
    assert result.data_version == run.data.version


def test_the_sample_is_the_same_in_every_run_and_has_no_row_twice(labelling, few_rows):
    (_, one), (_, other) = (labelling("generator", record="all") for _ in range(2))
    asked = [{json.dumps(body["messages"]) for body in bodies} for bodies in (one, other)]
    assert asked[0] == asked[1]
    assert len(asked[0]) == len(one) == 7


@pytest.mark.parametrize("method", ["labelled", "generator"])
def test_labels_of_real_texts_are_never_read_to_ask_for_them(labelling, tmp_path, method):
    other, swapped = tmp_path / "swapped" / TASK.name, {"sea": "land", "land": "sea"}
    other.mkdir(parents=True)
    for path in Path(mirror(tmp_path), TASK.name).iterdir():
        with gzip.open(path, "rt", encoding="utf-8") as before, gzip.open(other / path.name, "wt") as after:
            rows = map(json.loads, before)
            after.writelines(json.dumps({**row, "label": swapped[row["label"]]}) + "\n" for row in rows)
    (run, one), (same, two) = (
        labelling(method, record="all", data=str(tmp_path / name)) for name in ("data", "swapped")
    )
    assert {e.id: e.label for e in run.data.test} == {e.id: swapped[e.label] for e in same.data.test}
    asked = [sorted(json.dumps(body, sort_keys=True) for body in bodies) for bodies in (one, two)]
    assert asked[0] == asked[1] != []
    assert run.sets.generated(method) == same.sets.generated(method)


@pytest.mark.parametrize("method", ["labelled", "generator"])
def test_no_text_of_the_data_set_is_in_the_recording_though_every_answer_repeats_one(labelling, tmp_path, method):
    run, bodies = labelling(method)
    assert all(body["messages"][-1]["content"].startswith("Text: a t") for body in bodies)
    path = run.sets.recording(method).path
    kept = "".join(file.read_text(encoding="utf-8") for file in tmp_path.rglob("*") if file.parent == path.parent)
    assert len(kept.splitlines()) == len(bodies) + 1
    texts = {example.text for example in (*run.data.train, *run.data.test)}
    pieces = {" ".join(text.split()[i : i + 2]) for text in texts for i in range(3)}
    assert [piece for piece in (*pieces, "it says", "Answer with") if piece in kept] == []
    answers = {json.loads(line)["response"]["text"] for line in kept.splitlines()[:-1]}
    assert answers == {"sea", "land", ""}


@pytest.mark.parametrize("method", ["labelled", "generator"])
def test_a_replay_gives_what_was_recorded_without_a_network(labelling, run_of, method):
    recorded, _ = labelling(method)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("socket.socket.connect", lambda *given: pytest.fail("connected"))
        run = run_of()
        assert run.sets.generated(method) == recorded.sets.generated(method)
        assert run.result(method, "tfidf") == recorded.result(method, "tfidf")


def test_a_classifier_is_trained_on_labels_as_the_generator_gave_them(labelling, run_of):
    labelling("labelled")
    run = run_of()
    examples = run.sets.generated("labelled").examples
    given = {example.text: example.label for example in run.data.train}
    assert len(examples) == run.result("labelled", "tfidf").train_rows == 10
    assert all(("wave" in example.text) == (example.label == "sea") for example in examples)
    assert {example.text for example in examples} <= set(given)


def test_the_estimate_of_labels_to_ask_for_is_what_recording_them_takes(run_of, labelling):
    planned = {row.method: row for row in missing.estimate(run_of().sets, ["labelled", "generator"])}
    assert {method: row.requests for method, row in planned.items()} == {"labelled": 10, "generator": 12}
    assert all(row.completion_tokens <= row.requests * 8 for row in planned.values())
    _, bodies = labelling("generator")
    assert len(bodies) == 12
