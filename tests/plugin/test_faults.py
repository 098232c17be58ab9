"""Faults of the user, of every kind: one line each, and no traceback."""

import hashlib
import importlib.util
import re
import sys

import pytest

from projects import REAL, WRITTEN, project, record, recording, replay
from synthworth.generation.generator.embedded import EMBEDDED, MODELS, NEEDED
from synthworth.plugin.session import ended_by_interrupt

LONELY = ("--synth-classifier", "majority", "-p", "no:cacheprovider", "-p", "no:benchmark", "--tb=long")
IN_A_SUITE = {
    "a label without a description": ('"good": "a kind note"', '"good": ""', r"test_toy\.py:\d+: .*"),
    "an unknown field": ("words=(1, 12)", "wrods=(1, 12)", r"test_toy\.py:\d+: Task: .*'wrods'.*; see help\(.*\)"),
    "a range that is none": ("words=(1, 12)", "words=(12, 1)", r"test_toy\.py:\d+: .*words.*"),
}


def unheard(result):
    """What no fault may print: tracebacks, source lines and the records of ours."""
    text = result.stdout.str() + result.stderr.str()
    return re.findall(r"Traceback|^E  |^>  |^self = |Data\(|Example\(|dataclass|INTERNALERROR", text, re.MULTILINE)


@pytest.mark.parametrize("fault", IN_A_SUITE)
def test_a_fault_in_a_task_is_one_line_that_says_where(pytester, fault):
    before, after, line = IN_A_SUITE[fault]
    project(pytester, **{before: after})
    result = pytester.runpytest(*REAL, *LONELY)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert [found for found in result.outlines if re.fullmatch(line, found)], result.stdout.str()
    assert not unheard(result)


def test_expectations_that_are_none_stop_the_session_with_one_line(pytester):
    project(pytester, '\n    expectations = "few_shot"\n')
    result = pytester.runpytest(*REAL, *LONELY)
    assert [line for line in result.errlines if line] == [
        "ERROR: TestToy.expectations is 'few_shot'; give a tuple of them: (Expectation(...),)"
    ]


def test_a_task_that_is_none_is_one_line(pytester):
    pytester.mkdir("mirror")
    pytester.makepyfile(test_toy="from synthworth import TaskSuite\n\nclass TestToy(TaskSuite):\n    task = 'toy'\n")
    result = pytester.runpytest(*REAL, *LONELY)
    assert result.outlines.count("TestToy has the task 'toy'; write `task = Task(...)` in it") == 1
    assert not unheard(result)


@pytest.mark.parametrize("content", [b"nothing", b"", b"\x1f\x8b broken"])
def test_a_fault_in_the_data_is_one_failure_of_one_line(pytester, content):
    project(pytester)
    (pytester.path / "mirror" / "toy" / "test.jsonl.gz").write_bytes(content)
    result = pytester.runpytest(*REAL, *LONELY)
    assert (result.parseoutcomes()["failed"], result.parseoutcomes().get("errors")) == (1, None)
    assert not unheard(result)


def test_a_fault_in_a_recording_is_one_failure_of_one_line(pytester):
    project(pytester)
    record(pytester, *LONELY, "-k", "score")
    recording(pytester).write_bytes(recording(pytester).read_bytes()[:-40])
    result = replay(pytester, *LONELY)
    assert (result.parseoutcomes()["failed"], result.parseoutcomes().get("errors")) == (1, None)
    assert not unheard(result)


def test_a_cassette_folder_that_is_a_file_is_one_failure_of_one_line(pytester):
    project(pytester)
    (pytester.path / "cassettes").write_text("")
    result, _ = record(pytester, *LONELY)
    assert (result.parseoutcomes()["failed"], result.parseoutcomes().get("errors")) == (1, None)
    assert not unheard(result)


@pytest.mark.parametrize(
    ("weights", "line"),
    [
        ("page.gguf", r".*page\.gguf are no GGUF file: .*"),
        ("none.gguf", r".*none\.gguf cannot be read: .*; give a GGUF file"),
    ],
)
def test_weights_that_cannot_run_are_one_failure_of_one_line(pytester, weights, line):
    project(pytester)
    (pytester.path / "page.gguf").write_text("<html>")
    given = ("--synth-generator", "my-llama", "--synth-weights", weights, "--synth-record", "missing")
    result = pytester.runpytest(*WRITTEN, *LONELY, *given)
    assert (result.parseoutcomes()["failed"], result.parseoutcomes().get("errors")) == (1, None)
    assert [found for found in result.outlines if re.fullmatch(line, found)], result.stdout.str()
    assert not unheard(result)


def test_weights_of_another_hash_are_loaded_with_one_line_that_says_so(pytester, monkeypatch):
    project(pytester)
    (pytester.path / "other.gguf").write_bytes(b"GGUF of somebody's own")
    pytester.makepyfile(**{"broken/torch": "raise ImportError('this torch is broken')"})  # weights cost seconds to load
    monkeypatch.setenv("PYTHONPATH", str(pytester.path / "broken"))
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *at: object() if name in NEEDED else real(name, *at))
    given = ("--synth-generator", EMBEDDED, "--synth-weights", "other.gguf", "--synth-record", "missing")
    result = pytester.runpytest(*WRITTEN, *LONELY, *given)
    found, made_with = hashlib.sha256(b"GGUF of somebody's own").hexdigest(), MODELS[EMBEDDED].sha256[:12]
    assert [line for line in result.outlines if "sha256" in line] == [
        f"synthworth: other.gguf has the sha256 {found[:12]}..., not "
        f"{made_with}... of the weights that recordings under {EMBEDDED} were made with: it may write other texts; "
        "another name of the generator keeps them apart"
    ]
    assert "the embedded generator did not start: ImportError: this torch is broken" in result.outlines  # it was tried
    assert not unheard(result)


def test_a_length_range_that_does_not_fit_is_one_line_with_one_that_does(pytester):
    project(pytester, **{"words=(1, 12)": "words=(1, 60)"})
    result = pytester.runpytest(*REAL, *LONELY, "-k", "length_range")
    (line,) = [line for line in result.outlines if line.startswith("toy: ")]
    low, high = map(int, re.search(r"try words=\((\d+), (\d+)\)", line).groups())
    assert low <= 5 <= high < 60  # each of its texts has five words
    assert not unheard(result)


def test_ctrl_c_while_something_is_made_is_one_line_that_says_how_to_go_on(pytester):
    interrupt = "\n    def test_stop(self, synth_run):\n        import os, signal\n"
    interrupt += "        synth_run.run.result = lambda *a, **k: os.kill(os.getpid(), signal.SIGINT)\n"
    interrupt += '        synth_run("real", "majority", per_label=2)\n'
    project(pytester, interrupt)
    result = pytester.runpytest_subprocess(*REAL, *LONELY, "-k", "stop")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    shown = result.stdout.str()
    assert "stopped; answers and trainings so far are kept: run the same command to go on" in shown
    assert "KeyboardInterrupt" not in shown
    assert ".py:" not in shown


def test_a_session_inside_a_running_event_loop_works(pytester):
    project(pytester)
    record(pytester, *LONELY, "-k", "score")
    chosen = [*WRITTEN, *LONELY, "--synth-generator", "toy-llm"]
    code = f"import asyncio, pytest\nasync def main():\n    return pytest.main({chosen!r})\nprint(asyncio.run(main()))"
    done = pytester.run(sys.executable, "-c", code)
    done.assert_outcomes(passed=7, skipped=1)


def test_an_interrupt_ends_the_session_by_an_error_that_comes_from_no_other():
    # Pytest prints what an error comes from, and fails at a frame without a line, which an interrupt may strike.
    with pytest.raises(pytest.exit.Exception) as ended, ended_by_interrupt():
        raise KeyboardInterrupt
    assert ended.value.__suppress_context__
    assert ended.value.returncode == pytest.ExitCode.INTERRUPTED
