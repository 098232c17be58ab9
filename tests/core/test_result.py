"""A result is one line of JSON, and a file of them is sorted, complete and replaced in one step."""

import contextlib
import json
import math
import subprocess
import sys
import tempfile
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import toys
from synthworth.core.result import Result, digest, from_mapping, pack, read, to_line, unpack, version_of, write
from synthworth.core.task import Example
from synthworth.training.cell import Cell
from synthworth.training.recipes import RECIPES

RESULT = toys.result()
SCORES = st.floats(0, 1)
RESULTS = st.builds(
    toys.result,
    task=st.text(),
    generator=st.text(),
    classifier=st.sampled_from(["tfidf", "minilm"]),
    training_seed=st.integers(0, 3),
    macro_f1=SCORES,
    accuracy=SCORES,
    dropped=st.dictionaries(st.text(), st.dictionaries(st.text(), st.integers(0, 99))),
    short=st.dictionaries(st.text(), st.integers(0, 99)),
)


def written(folder, text):
    path = folder / "results.jsonl"
    path.write_text(text, encoding="utf-8")
    return path


@given(RESULTS)
def test_a_line_gives_the_same_result_back(result):
    assert from_mapping(json.loads(to_line(result))) == result


@given(RESULTS)
def test_a_result_is_one_line_of_a_text_file(result):
    assert len((to_line(result) + "\n").split("\n")) == 2


def test_a_line_names_every_field_in_the_order_of_declaration():
    assert list(json.loads(to_line(RESULT))) == ["schema", *(field.name for field in fields(Result))]


@pytest.mark.parametrize("name", ["macro_f1", "macro_f1_low", "macro_f1_high", "accuracy"])
@pytest.mark.parametrize("value", [-0.1, 1.1, 72, math.nan])
def test_a_score_outside_of_0_to_1_is_refused(name, value):
    with pytest.raises(ValueError, match=rf"result of toy: {name} is {value}; a score is in 0 to 1"):
        toys.result(**{name: value})


def test_an_unknown_data_source_is_refused():
    with pytest.raises(ValueError, match=r"result of toy: data is 'disk'; allowed: hub, mirror, quickstart"):
        toys.result(data="disk")


def test_dropped_answers_are_counted_over_labels_and_rules():
    assert RESULT.dropped_total == 30


@pytest.mark.parametrize(
    "name", ["task", "data", "data_version", "generator", "method", "demonstrations", "classifier"]
)
def test_a_result_of_other_names_has_another_key(name):
    assert toys.result(**{name: "hub"}).key != RESULT.key


@pytest.mark.parametrize("name", ["per_label", "generation_seed", "training_seed"])
def test_a_result_of_other_numbers_has_another_key(name):
    assert toys.result(**{name: 7}).key != RESULT.key


def test_a_repeated_run_has_the_same_key_whatever_it_scored():
    assert toys.result(macro_f1=0.1, accuracy=0.2, recipe="f" * 16).key == RESULT.key


def test_only_the_training_seed_tells_results_of_one_cell_apart():
    assert toys.result(training_seed=7).setup == RESULT.setup
    assert toys.result(training_seed=7).key != RESULT.key


def test_an_unknown_field_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"unknown field 'f1'; fields: task, .*, recipe"):
        from_mapping({"f1": 0.5})


def test_a_missing_field_is_named():
    values = json.loads(to_line(RESULT))
    del values["accuracy"]
    with pytest.raises(ValueError, match=r"missing field 'accuracy'"):
        from_mapping(values)


def test_a_field_with_a_default_may_be_missing():
    values = json.loads(to_line(toys.result(short={})))
    del values["short"]
    assert from_mapping(values) == toys.result(short={})


def test_a_line_of_an_older_version_is_named_with_what_to_do(tmp_path):
    old = {name: value for name, value in json.loads(to_line(RESULT)).items() if name != "train_version"}
    path = written(tmp_path, json.dumps(old) + "\n")
    with pytest.raises(ValueError, match=rf"^{path}, line 1: missing field 'train_version'; .*: delete it and measure"):
        read(path)


def test_a_line_that_is_no_object_is_refused():
    with pytest.raises(ValueError, match="a result is a JSON object, got list"):
        from_mapping([1, 2])


def test_a_damaged_line_is_named_by_file_and_number(tmp_path):
    path = written(tmp_path, to_line(RESULT) + '\n{"task": \n')
    with pytest.raises(ValueError, match=rf"^{path}, line 2: "):
        read(path)


def test_a_missing_file_is_refused_with_what_to_give():
    with pytest.raises(ValueError, match=r"nowhere.jsonl: No such file .*; give a file that synthworth wrote"):
        read(Path("nowhere.jsonl"))


def test_a_file_that_is_not_text_is_refused(tmp_path):
    path = written(tmp_path, "")
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"cannot read results from .*: not UTF-8 text; give"):
        read(path)


def test_an_empty_file_holds_no_results(tmp_path):
    assert read(written(tmp_path, "")) == []


@settings(max_examples=30)  # each waits for the disk
@given(st.lists(RESULTS, max_size=5, unique_by=lambda result: result.key))
def test_what_is_written_is_read_back_sorted_by_key(results):
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "results", results)
        found = read(Path(folder) / "results")
    assert found == sorted(results, key=lambda result: result.key)


def test_the_order_of_writing_does_not_change_the_file(tmp_path):
    results = [toys.result(training_seed=seed) for seed in range(4)]
    write(tmp_path / "one", results)
    for result in reversed(results):
        write(tmp_path / "two", [result])
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_new_result_replaces_the_one_of_the_same_key(tmp_path):
    write(tmp_path / "results", [RESULT])
    write(tmp_path / "results", [toys.result(macro_f1=0.75)])
    assert [result.macro_f1 for result in read(tmp_path / "results")] == [0.75]


def test_other_results_stay_in_the_file(tmp_path):
    other = toys.result(task="other")
    write(tmp_path / "results", [other])
    write(tmp_path / "results", [RESULT])
    assert read(tmp_path / "results") == [other, RESULT]


def test_stored_results_of_other_training_texts_go_from_the_cell(tmp_path):
    write(tmp_path / "results", [toys.result(training_seed=seed) for seed in range(3)])
    write(tmp_path / "results", [toys.result(training_seed=1, train_version="second")])
    assert [(r.training_seed, r.train_version) for r in read(tmp_path / "results")] == [(1, "second")]


def test_stored_results_of_the_same_training_texts_stay_in_the_cell(tmp_path):
    write(tmp_path / "results", [RESULT])
    write(tmp_path / "results", [toys.result(training_seed=1)])
    assert [r.training_seed for r in read(tmp_path / "results")] == [0, 1]


@pytest.mark.parametrize("changed", [{"generation_seed": 1}, {"method": "zero_shot"}, {"classifier": "tfidf"}])
def test_stored_results_of_other_training_texts_stay_in_another_cell(tmp_path, changed):
    other = toys.result(train_version="other", **changed)
    write(tmp_path / "results", [other])
    write(tmp_path / "results", [RESULT])
    assert sorted(r.train_version for r in read(tmp_path / "results")) == ["first", "other"]


def test_sessions_that_write_to_one_file_at_once_lose_nothing(tmp_path):
    code = (
        "import sys; from pathlib import Path; from synthworth.core.result import from_mapping, write; import json\n"
        "values = json.loads(sys.argv[2])\n"
        "for seed in range(20):\n"
        "    write(Path(sys.argv[1]), [from_mapping(values | {'training_seed': seed})])\n"
    )
    lines = [to_line(toys.result(task=name)) for name in ("one", "other", "third")]
    started = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "results"), line]) for line in lines]
    assert [process.wait(timeout=60) for process in started] == [0, 0, 0]
    assert len(read(tmp_path / "results")) == 60


def test_writing_leaves_nothing_beside_the_file(tmp_path):
    write(tmp_path / "deep" / "results", [RESULT])
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["results"]


def test_a_damaged_file_is_not_overwritten(tmp_path):
    path = written(tmp_path, "not json\n")
    with pytest.raises(ValueError, match="line 1"):
        write(path, [RESULT])
    assert path.read_text() == "not json\n"


def test_a_digest_is_the_same_in_another_process():
    code = "from synthworth.core.result import digest; print(digest('toy', {'b': 1, 'a': [2.5, 'ß']}))"
    other = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "7"}
    )
    assert other.stdout.strip() == digest("toy", {"b": 1, "a": [2.5, "ß"]})


def test_a_digest_does_not_depend_on_the_order_of_keys():
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})


def test_half_a_character_as_json_may_hold_it_has_a_digest():
    assert digest(json.loads(r'"\ud83d"')) != digest("")


@given(st.lists(st.text()), st.lists(st.text()))
def test_parts_that_differ_have_another_digest(one, other):
    assert (digest(*one) == digest(*other)) == (one == other)


@given(st.data(), st.integers(1, 300))
def test_packed_numbers_are_unpacked_as_they_were(data, labels):
    numbers = data.draw(st.lists(st.integers(0, labels - 1), max_size=50))
    assert unpack(pack(numbers, labels), labels, len(numbers)) == tuple(numbers)


@given(st.text(max_size=20), st.integers(1, 5), st.integers(0, 20))
def test_what_was_not_packed_is_refused_or_in_range(text, labels, rows):
    with contextlib.suppress(ValueError):
        assert all(0 <= number < labels for number in unpack(text, labels, rows))


def test_predictions_come_back_by_label():
    packed = pack([0, 1, 1, 0], 2)
    result = toys.result(test_rows=4, confusion=((1, 1), (1, 1)), predicted=packed)
    assert from_mapping(json.loads(to_line(result))).predictions == ("good", "bad", "bad", "good")


@pytest.mark.parametrize(
    ("predicted", "problem"),
    [
        (pack([0, 1, 1, 1], 2), "other counts of labels than confusion"),
        (pack([0] * 9, 2), "2 bytes; 4 rows of 2 labels take 1"),
        ("no!", "not base64"),
        ("/w==", "a number above 1, the last of 2 labels"),
    ],
)
def test_predictions_that_do_not_fit_the_result_are_refused(predicted, problem):
    with pytest.raises(ValueError, match=problem):
        toys.result(test_rows=4, confusion=((1, 1), (1, 1)), predicted=predicted)


def test_a_result_without_predictions_says_so():
    with pytest.raises(ValueError, match="has no predictions: an older version wrote it; measure it again"):
        _ = toys.result().predictions


def test_results_of_another_recipe_do_not_stay_beside_new_ones(tmp_path):
    old = [toys.result(training_seed=seed, recipe="threads 1") for seed in range(3)]
    new = toys.result(training_seed=0, recipe="threads 4")
    other = toys.result(task="other", recipe="threads 1")
    write(tmp_path / "r.jsonl", [*old, other])
    write(tmp_path / "r.jsonl", [new])
    assert read(tmp_path / "r.jsonl") == [other, new]


def test_a_count_below_0_is_refused():
    with pytest.raises(ValueError, match="result of toy: confusion has a count below 0"):
        toys.result(confusion=((-10, 110), (40, 60)))


# ---- schemas

SCHEMA_1 = (
    '{"task": "toy", "task_version": 1, "suite_version": 1, "data": "mirror", "data_version": "2c433818ef49fda5", '
    '"test_rows": 4, "generator": "", "method": "real", "demonstrations": "", "per_label": 10, "train_rows": 20, '
    '"train_version": "a226ba556729c2d5", "classifier": "tfidf", "generation_seed": 0, "training_seed": 3, "steps": 0, '
    '"macro_f1": 0.5, "macro_f1_low": 0.5, "macro_f1_high": 0.5, "accuracy": 0.5, "labels": ["good", "bad"], '
    '"confusion": [[1, 1], [1, 1]], "collapsed": false, "attempts": 0, "dropped": {}, "short": {}, '
    '"inputs": "f50f460b049bfa77", "predicted": "YA==", "recipe": "6c283e8602f05fdb"}'
)


def test_a_line_of_schema_1_is_equal_to_the_same_result_measured_now():
    old = from_mapping(json.loads(SCHEMA_1))
    now = Cell(
        name="toy/real/tfidf",
        recipe=RECIPES["tfidf"],
        train=(),
        train_version="a226ba556729c2d5",
        texts=(),
        test_version="2c433818ef49fda5",
        labels=("good", "bad"),
        seed=3,
    )
    assert (old.recipe, old.inputs) == (now.recipe_version, now.inputs)
    assert from_mapping(json.loads(to_line(old))) == old


def test_seeds_of_schema_1_stay_beside_new_ones(tmp_path):
    path = written(tmp_path, SCHEMA_1 + "\n")
    (old,) = read(path)
    write(path, [replace(old, training_seed=4)])
    assert [result.training_seed for result in read(path)] == [3, 4]
    assert [json.loads(line)["schema"] for line in path.read_text().splitlines()] == [4, 4]


def test_a_recipe_of_schema_1_without_a_name_of_today_equals_none_of_today():
    values = json.loads(SCHEMA_1) | {"recipe": "0123456789abcdef"}
    assert from_mapping(values).recipe == "0123456789abcdef"


@pytest.mark.parametrize(("schema", "came"), [(5, "5"), (0, "0"), ("2", "str"), (True, "bool"), ([], "list")])
def test_a_line_of_an_unknown_schema_is_refused(tmp_path, schema, came):
    path = written(tmp_path, json.dumps({"schema": schema} | json.loads(SCHEMA_1)) + "\n")
    with pytest.raises(ValueError, match=rf"^{path}, line 1: schema {came}; this version reads 1 to 4: install"):
        read(path)


def test_a_line_of_schema_2_names_no_prompting_and_no_source():
    values = json.loads(to_line(RESULT)) | {"schema": 2}
    del values["prompting"], values["source"]
    assert from_mapping(values) == replace(RESULT, prompting="", source="")


def test_a_line_of_schema_3_knows_no_tokens_and_has_no_weights():
    values = json.loads(to_line(toys.result(prompt_tokens=70, completion_tokens=5, effective={"good": 1.6})))
    assert from_mapping(values).tokens == 75
    values |= {"schema": 3}
    del values["prompt_tokens"], values["completion_tokens"], values["effective"]
    assert from_mapping(values) == RESULT
    assert RESULT.tokens is None


TEXTS = [Example(id=str(n), text=f"text {n}", label="good") for n in range(3)]


def test_texts_without_weights_have_the_version_that_they_always_had():
    assert version_of(TEXTS) == digest([(example.text, example.label) for example in TEXTS])


@given(st.lists(st.floats(0.01, 100), min_size=3, max_size=3))
def test_texts_with_weights_have_another_version_for_other_weights(weights):
    weighted = [replace(example, weight=weight) for example, weight in zip(TEXTS, weights, strict=True)]
    assert (version_of(weighted) == version_of(TEXTS)) == (weights == [1, 1, 1])
    doubled = [replace(example, weight=2 * example.weight) for example in weighted]
    assert version_of(doubled) != version_of(weighted)


def test_a_line_of_today_holds_no_inputs():
    with pytest.raises(ValueError, match="unknown field 'inputs'"):
        from_mapping(json.loads(to_line(RESULT)) | {"inputs": "f50f460b049bfa77"})
