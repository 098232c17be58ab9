"""What is written of a bundle is read back, and what is none is refused with its file and line."""

import json

import pytest

import bundles
from synthworth.submission.bundle import manifest_problems, read, read_answers, to_files
from synthworth.submission.folder import load


@pytest.fixture
def files(submitted):
    return load(submitted.bundle)


def test_what_is_read_is_written_again_byte_for_byte(files):
    recordings = {task: files[f"recordings/{task}.jsonl"] for task in bundles.TASKS}
    assert to_files(read(files), recordings) == files


def test_files_that_are_those_of_the_manifest_have_no_manifest_problem(files):
    assert manifest_problems(files) == []


@pytest.mark.parametrize("content", [b"[]", b'{"usage.json": 1}', b'{"usage.json": {"bytes": []}}', b"{", b"\xff"])
def test_a_manifest_that_is_none_is_refused_in_one_line(files, content):
    with pytest.raises(ValueError, match=r"^manifest.json: ") as caught:
        manifest_problems(files | {"manifest.json": content})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["declaration.json", "results.jsonl", "usage.json", "versions.json"])
def test_a_bundle_without_one_of_its_files_is_not_whole(files, name):
    with pytest.raises(ValueError, match=f"^{name} is missing; the bundle is incomplete"):
        read({key: content for key, content in files.items() if key != name})


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("format", 2, "a bundle of format 2; this version reads 1"),
        ("name", " ", "an entry has no name"),
        ("note", "a\u001b[31m", "give one line of at most"),
        ("who", "x" * 3000, "give one line of at most"),
        ("date", "20-11-2026", "give a day"),
        ("date", "20261120", "give a day"),
        ("date", "2999-01-01", "date is 2999-01-01; allowed: 2020-01-01 to today"),
        ("data", "web", "allowed: hub, mirror, quickstart"),
        ("per_label", 10**9, "allowed: 1 to 10,000"),
        ("generation_seeds", [], "give 1 to 20"),
        ("generation_seeds", [-1], "give 1 to 20"),
        ("division", "half", "unknown division 'half'"),
        ("variants", 0, "0 variants"),
        ("state", "generation-verified", "unknown field 'state'"),
    ],
)
def test_a_declaration_that_makes_no_sense_is_refused(files, field, value, problem):
    declared = json.loads(files["declaration.json"]) | {field: value}
    with pytest.raises(ValueError, match=problem) as caught:
        read(files | {"declaration.json": json.dumps(declared).encode()})
    assert str(caught.value).startswith("declaration.json: ")
    assert str(caught.value).isprintable()


def test_a_recording_whose_footer_does_not_fit_is_refused(files):
    text = files["recordings/notes.jsonl"].decode()
    with pytest.raises(ValueError, match="do not have the hash in its footer"):
        read_answers(text.replace("note 1", "note 2", 1), "here")


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ('"sample":', '"simple":', "unknown field 'simple'"),
        ('"tokens":[20,5]', '"tokens":[20,-5]', "tokens are"),
        ('"temperature":0.7', '"api_key":"x"', "a request holds 'api_key', which no recording keeps"),
        ('"model":"toy-llm","parts"', '"model":1,"parts"', "a request names no model"),
        ('{"key":"', '{"key":"x', "does not have 64 hex digits"),
    ],
)
def test_a_recorded_answer_of_another_shape_is_refused(files, before, after, problem):
    line = files["recordings/notes.jsonl"].decode().split("\n")[0]
    assert before in line
    with pytest.raises(ValueError, match=problem):
        read_answers(bundles.footed([line.replace(before, after)]), "here")


@pytest.mark.parametrize("line", ["1", "[]", '{"key":"a"}', '{"key":"a","response":1}'])
def test_a_line_that_is_no_answer_is_refused(line):
    with pytest.raises(ValueError, match=r"^(here|recording here)"):
        read_answers(bundles.footed([line]), "here")
