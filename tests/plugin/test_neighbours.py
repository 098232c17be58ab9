"""Sessions beside plugins that run tests again, many times, or in another order: what we count, we count by cell."""

import re

import pytest

from projects import REAL, change, measure, project, record, replay, table
from synthworth.core.result import read

GATE = ("--synth-baseline", "base.jsonl")
SWAPPED = ('"good": "a kind note", "bad": "an unkind note"', '"good": "an unkind note", "bad": "a kind note"')
LONELY = ("--synth-classifier", "tfidf", "-p", "no:cacheprovider", "-p", "no:benchmark")


def lines_of_gate(result):
    """The lines of the gate's section."""
    lines = result.outlines
    start = next(i for i, line in enumerate(lines) if "the gate for prompt changes" in line)
    return [line for line in lines[start + 1 :] if line and not re.match(r"=+ ", line)]


@pytest.fixture
def baseline(pytester):
    """A project with a baseline, whose prompt was then changed for the worse and recorded."""
    project(pytester)
    measure(pytester, *LONELY)
    change(pytester, *SWAPPED)
    record(pytester, *LONELY, *GATE, "-k", "regression")
    return pytester


@pytest.mark.parametrize("broken", ["prompt", "data"])
def test_a_fault_stays_a_failure_however_often_its_test_is_run_again(pytester, broken):
    project(pytester)
    record(pytester, *LONELY, "-k", "score")
    if broken == "prompt":
        change(pytester, "You write notes", "You jot notes")
    else:
        (pytester.path / "mirror" / "toy" / "test.jsonl.gz").write_bytes(b"nothing")
    result = replay(pytester, *LONELY, "--reruns", "2")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    outcomes = result.parseoutcomes()
    assert (outcomes["failed"], outcomes["rerun"]) == (1, 2)


@pytest.mark.parametrize("options", [("--count", "3"), ("--flake-finder", "--flake-runs=3"), ("--reruns", "2")])
def test_a_cell_is_compared_once_however_often_its_test_runs(baseline, options):
    result = replay(baseline, *LONELY, *GATE, *options, "-k", "regression")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    lines = lines_of_gate(result)
    assert lines[0].startswith("false alarms: at most 5%, over the 1 verdict that decides;")
    assert len([line for line in lines if line.startswith("toy/zero_shot/tfidf: regressed")]) == 1
    assert not [line for line in lines if line.startswith("mean of")]
    assert "regressed against base.jsonl: 1 regressed" in lines


def test_one_task_in_two_files_is_one_cell_of_the_gate(baseline):
    text = (baseline.path / "test_toy.py").read_text().replace("TestToy", "TestZoo")
    baseline.makepyfile(test_zoo=text)
    lines = lines_of_gate(replay(baseline, *LONELY, *GATE, "-k", "regression"))
    assert "regressed against base.jsonl: 1 regressed" in lines
    assert not [line for line in lines if line.startswith("mean of")]


@pytest.mark.parametrize("options", [("--count", "2"), ("--flake-finder", "--flake-runs=2")])
def test_a_result_is_one_row_however_often_its_test_runs(pytester, options):
    project(pytester)
    result = pytester.runpytest(*REAL, *LONELY, *options, "-k", "score", "--synth-results", "out.jsonl")
    assert result.parseoutcomes()["passed"] == 2
    assert len(table(result)) == len(read(pytester.path / "out.jsonl")) == 1


def test_the_order_of_the_tests_changes_nothing(pytester):
    project(pytester)
    forwards = table(pytester.runpytest(*REAL, *LONELY))
    pytester.makeconftest("def pytest_collection_modifyitems(items):\n    items.reverse()\n")
    assert table(pytester.runpytest(*REAL, *LONELY)) == forwards != []


def test_a_cell_that_could_not_be_measured_is_named_and_nothing_can_be_told(pytester):
    project(pytester)
    both = ("--synth-method", "real,zero_shot")
    measure(pytester, *LONELY, *both)
    change(pytester, "You write notes", "You jot notes")
    lines = lines_of_gate(replay(pytester, *LONELY, *both, *GATE))
    assert "not measured: toy/zero_shot/tfidf, 60 answers missing" in lines
    assert "cannot tell against base.jsonl: 1 ok; 1 not measured" in lines


def test_a_cell_whose_test_did_not_run_is_named_too(pytester):
    project(pytester)
    measure(pytester, *LONELY)
    stopping = "import pytest\ndef pytest_runtest_logfinish(nodeid):\n    if 'score' in nodeid: pytest.exit('enough')\n"
    pytester.makeconftest(stopping)
    lines = lines_of_gate(replay(pytester, *LONELY, *GATE))
    assert "not measured: toy/zero_shot/tfidf, its test did not run" in lines
    assert "cannot tell against base.jsonl: nothing was compared; 1 not measured" in lines
