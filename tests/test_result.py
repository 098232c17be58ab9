"""A result is one line of JSON, and a file of them is sorted, complete and replaced in one step."""

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

from benchmark.result import Result, digest, from_mapping, read, to_line, write

RESULT = Result(
    task="sign",
    task_version=1,
    data="hub",
    data_version="abc",
    test_rows=200,
    generator="smollm2-135m",
    method="few_shot",
    demonstrations="pool",
    per_label=100,
    train_rows=200,
    classifier="minilm",
    generation_seed=0,
    training_seed=0,
    steps=60,
    macro_f1=0.7,
    macro_f1_low=0.6,
    macro_f1_high=0.8,
    accuracy=0.72,
    attempts=230,
    dropped={"pos": {"echo": 10, "length": 15}, "neg": {"echo": 5}},
    short={},
    inputs="0123456789abcdef",
)
SCORES = st.floats(0, 1)
RESULTS = st.builds(
    replace,
    st.just(RESULT),
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
    assert list(json.loads(to_line(RESULT))) == [field.name for field in fields(Result)]


@pytest.mark.parametrize("name", ["macro_f1", "macro_f1_low", "macro_f1_high", "accuracy"])
@pytest.mark.parametrize("value", [-0.1, 1.1, 72, math.nan])
def test_a_score_outside_of_0_to_1_is_refused(name, value):
    with pytest.raises(ValueError, match=rf"result of sign: {name} is {value}; a score is in 0 to 1"):
        replace(RESULT, **{name: value})


def test_an_unknown_data_source_is_refused():
    with pytest.raises(ValueError, match=r"result of sign: data is 'disk'; allowed: hub, mirror, quickstart"):
        replace(RESULT, data="disk")


def test_dropped_answers_are_counted_over_labels_and_rules():
    assert RESULT.dropped_total == 30


@pytest.mark.parametrize(
    "name", ["task", "data", "data_version", "generator", "method", "demonstrations", "classifier"]
)
def test_a_result_of_other_names_has_another_key(name):
    assert replace(RESULT, **{name: "mirror"}).key != RESULT.key


@pytest.mark.parametrize("name", ["per_label", "generation_seed", "training_seed"])
def test_a_result_of_other_numbers_has_another_key(name):
    assert replace(RESULT, **{name: 7}).key != RESULT.key


def test_a_repeated_run_has_the_same_key_whatever_it_scored():
    assert replace(RESULT, macro_f1=0.1, accuracy=0.2, inputs="f" * 16).key == RESULT.key


def test_an_unknown_field_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"unknown field 'f1'; fields: task, .*, inputs"):
        from_mapping({"f1": 0.5})


def test_a_missing_field_is_named():
    values = json.loads(to_line(RESULT))
    del values["accuracy"]
    with pytest.raises(ValueError, match=r"missing .*'accuracy'"):
        from_mapping(values)


def test_a_line_that_is_no_object_is_refused():
    with pytest.raises(ValueError, match="a result is a JSON object, got list"):
        from_mapping([1, 2])


def test_a_damaged_line_is_named_by_file_and_number(tmp_path):
    path = written(tmp_path, to_line(RESULT) + '\n{"task": \n')
    with pytest.raises(ValueError, match=rf"^{path}, line 2: "):
        read(path)


def test_a_missing_file_is_refused_with_what_to_give():
    with pytest.raises(ValueError, match=r"nowhere.jsonl: No such file .*; give a file that --synth-results wrote"):
        read(Path("nowhere.jsonl"))


def test_a_file_that_is_not_text_is_refused(tmp_path):
    path = written(tmp_path, "")
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"cannot read results from .*: not UTF-8 text; give"):
        read(path)


def test_an_empty_file_holds_no_results(tmp_path):
    assert read(written(tmp_path, "")) == []


@settings(deadline=None)
@given(st.lists(RESULTS, max_size=5, unique_by=lambda result: result.key))
def test_what_is_written_is_read_back_sorted_by_key(results):
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "results", results)
        found = read(Path(folder) / "results")
    assert found == sorted(results, key=lambda result: result.key)


def test_the_order_of_writing_does_not_change_the_file(tmp_path):
    results = [replace(RESULT, training_seed=seed) for seed in range(4)]
    write(tmp_path / "one", results)
    for result in reversed(results):
        write(tmp_path / "two", [result])
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_new_result_replaces_the_one_of_the_same_key(tmp_path):
    write(tmp_path / "results", [RESULT])
    write(tmp_path / "results", [replace(RESULT, macro_f1=0.75)])
    assert [result.macro_f1 for result in read(tmp_path / "results")] == [0.75]


def test_other_results_stay_in_the_file(tmp_path):
    other = replace(RESULT, task="other")
    write(tmp_path / "results", [other])
    write(tmp_path / "results", [RESULT])
    assert read(tmp_path / "results") == [other, RESULT]


def test_writing_leaves_nothing_beside_the_file(tmp_path):
    write(tmp_path / "deep" / "results", [RESULT])
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["results"]


def test_a_damaged_file_is_not_overwritten(tmp_path):
    path = written(tmp_path, "not json\n")
    with pytest.raises(ValueError, match="line 1"):
        write(path, [RESULT])
    assert path.read_text() == "not json\n"


def test_a_digest_is_the_same_in_another_process():
    code = "from benchmark.result import digest; print(digest('sign', {'b': 1, 'a': [2.5, 'ß']}))"
    other = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "7"}
    )
    assert other.stdout.strip() == digest("sign", {"b": 1, "a": [2.5, "ß"]})


def test_a_digest_does_not_depend_on_the_order_of_keys():
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})


@given(st.lists(st.text()), st.lists(st.text()))
def test_parts_that_differ_have_another_digest(one, other):
    assert (digest(*one) == digest(*other)) == (one == other)
