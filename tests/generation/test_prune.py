"""What a complete green run has not used is named, and dropped only where that is asked for."""

import re
import shutil
import subprocess
import sys

import pytest

from projects import BOTH, FLOORS, WRITTEN, change, files, project, record, recording, replay
from synthworth.generation.recording.entries import loads

MAJORITY = ("--synth-classifier", "majority")
OPTIONS = ("test_toy.py", *BOTH, *MAJORITY, "--synth-generator", "toy-llm")


def pruned(pytester, *arguments):
    """Runs the command as a user does; its exit code, and its lines on standard output and error."""
    command = [sys.executable, "-m", "synthworth", "prune", *arguments]
    done = subprocess.run(command, cwd=pytester.path, capture_output=True, text=True)
    return done.returncode, done.stdout.splitlines(), done.stderr.splitlines()


def refused(pytester, *arguments):
    """The one line of a command that drops nothing."""
    before = files(pytester)
    code, said, error = pruned(pytester, "--yes", *arguments)
    assert (code, said) == (4, [])
    assert files(pytester) == before
    (line,) = error
    return line


def keys(pytester, method="zero_shot"):
    return set(loads(recording(pytester, method).read_text()))


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Where `outdated` keeps what it has made for the first test."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def outdated(pytester, kept):
    """A project whose recordings hold answers to an older context prompt too; the keys of these by method."""
    old = {}
    for context in ("You write notes", "You jot notes"):
        if not (kept / context).exists():
            project(pytester, **{"You write notes": context})
            record(pytester, *MAJORITY, of=BOTH)
            shutil.copytree(pytester.path, kept / context)
        shutil.copytree(kept / context, pytester.path, dirs_exist_ok=True)
        old = old or {method: keys(pytester, method) for method in ("zero_shot", "few_shot")}
    return old


def test_it_says_how_many_answers_are_unused_and_drops_nothing(pytester, outdated):
    before = files(pytester)
    code, said, error = pruned(pytester, *OPTIONS)
    assert (code, error) == (0, [])
    assert said[1:] == [
        "toy-llm/toy/few_shot: 10 of 20 unused",
        "toy-llm/toy/zero_shot: 20 of 40 unused",
        f"Nothing was dropped; do it with: synthworth prune --yes {' '.join(OPTIONS)}",
    ]
    assert files(pytester) == before


def test_it_says_what_the_run_was_that_decided(pytester, outdated):
    _, said, _ = pruned(pytester, *OPTIONS)
    ran, _, note = said[0].partition("; ")
    assert re.fullmatch(rf"pytest {' '.join(OPTIONS)}: 11 passed, 1 skipped in \S+", ran)
    assert note == "answers that only skipped tests need count as unused"


def test_with_yes_it_drops_exactly_what_is_unused_and_the_suite_still_replays(pytester, outdated):
    every = {method: keys(pytester, method) for method in outdated}
    code, said, error = pruned(pytester, "--yes", *OPTIONS)
    assert (code, error) == (0, [])
    assert said[1:] == ["toy-llm/toy/few_shot: 10 of 20 unused", "toy-llm/toy/zero_shot: 20 of 40 unused"]
    for method in outdated:
        assert keys(pytester, method) == every[method] - outdated[method]
    assert replay(pytester, of=BOTH).ret == 0


def test_yes_may_stand_behind_what_pytest_is_to_run(pytester, outdated):
    assert pruned(pytester, *OPTIONS, "--yes")[0] == 0
    assert len(keys(pytester)) == 20


def test_what_was_dropped_is_not_found_again(pytester, outdated):
    pruned(pytester, "--yes", *OPTIONS)
    code, said, _ = pruned(pytester, *OPTIONS)
    assert code == 0
    assert said[1:] == ["toy-llm/toy/few_shot: 0 of 10 unused", "toy-llm/toy/zero_shot: 0 of 20 unused"]


def test_answers_of_several_generation_seeds_are_kept_where_all_are_named(pytester):
    project(pytester)
    for seed in ("0", "1"):
        record(pytester, *MAJORITY, "--synth-generation-seed", seed, of=BOTH)
    every = {method: keys(pytester, method) for method in ("zero_shot", "few_shot")}
    code, said, _ = pruned(pytester, "--yes", *OPTIONS, "--synth-generation-seed=0,1")
    assert code == 0
    assert [line.split(": ")[1] for line in said[-2:]] == ["0 of 20 unused", "0 of 40 unused"]
    assert {method: keys(pytester, method) for method in every} == every
    code, said, _ = pruned(pytester, *OPTIONS, "--synth-generation-seed", "1")
    assert [line.split(": ")[1] for line in said[1:3]] == ["10 of 20 unused", "20 of 40 unused"]


def test_recordings_that_are_used_as_a_whole_keep_their_bytes(pytester):
    project(pytester)
    record(pytester, of=BOTH)
    before = files(pytester)
    assert pruned(pytester, "--yes", *OPTIONS)[0] == 0
    assert files(pytester) == before


def test_other_recordings_are_left_alone(pytester, outdated):
    record(pytester, name="other-llm")
    before = recording(pytester, generator="other-llm").read_bytes()
    few = recording(pytester, "few_shot").read_bytes()
    pruned(pytester, "--yes", "test_toy.py", *WRITTEN, "--synth-generator", "toy-llm")
    assert recording(pytester, generator="other-llm").read_bytes() == before
    assert recording(pytester, "few_shot").read_bytes() == few
    assert len(keys(pytester)) == 20


def test_what_two_suites_of_one_task_use_is_kept_for_both(pytester):
    asking = 'def test_more(self, synth_run):\n        synth_run("zero_shot", "majority", per_label=25)'
    project(pytester, f"\nclass TestMore(TestToy):\n    {asking}\n")
    record(pytester)
    before = keys(pytester)
    assert pruned(pytester, "--yes", *OPTIONS, "--synth-method", "zero_shot")[0] == 0
    assert keys(pytester) == before


def test_by_default_it_runs_the_suites_on_the_quickstart_texts(pytester, outdated):
    (pytester.path / "suites" / "quickstart").mkdir(parents=True)
    (pytester.path / "test_toy.py").rename(pytester.path / "suites" / "test_toy.py")
    lines = [f'{{"id": "{i}", "text": "a note {i}", "label": "{label}"}}\n' for i, label in enumerate(["good", "bad"])]
    (pytester.path / "suites" / "quickstart" / "toy.jsonl").write_text("".join(lines))
    pytester.makeini("[pytest]\naddopts = --synth-generator toy-llm --synth-per-label 5\n")
    code, said, error = pruned(pytester, "--yes")
    assert (code, error) == (0, [])
    assert said[0].startswith("pytest suites: ")
    assert not keys(pytester) & outdated["zero_shot"]
    assert len(keys(pytester)) == 20


@pytest.mark.parametrize(
    "part",
    [("-k", "score"), ("-m", "not slow", "-k", "not copied"), ("--deselect", "test_toy.py")],
)
def test_a_run_that_leaves_tests_out_drops_nothing(pytester, part, outdated):
    line = refused(pytester, *OPTIONS, *part)
    assert line.startswith(f"error: pytest {' '.join((*OPTIONS, *part))} was not green, or left tests out (")
    assert "deselected" in line
    assert line.endswith("; nothing was dropped")


@pytest.mark.parametrize("node", ["test_toy.py::TestToy::test_score", "test_toy.py::TestToy"])
def test_a_run_of_tests_by_their_names_drops_nothing(pytester, node, outdated):
    line = refused(pytester, node, *BOTH, "--synth-generator", "toy-llm")
    assert line.endswith("leaves tests out, which may need other answers; name whole files")


def test_a_red_run_drops_nothing(pytester, outdated):
    with (pytester.path / "test_toy.py").open("a") as file:
        file.write("\n    def test_red(self):\n        assert False\n")
    line = refused(pytester, *OPTIONS)
    assert re.search(r" was not green, or left tests out \(1 failed, 11 passed, 1 skipped in \S+\); ", line)


def test_a_run_with_answers_missing_drops_nothing(pytester, outdated):
    change(pytester, "You jot notes", "You pen notes")
    assert "1 failed" in refused(pytester, *OPTIONS)


def test_a_damaged_recording_drops_nothing(pytester, outdated):
    recording(pytester, "few_shot").write_text("torn")
    assert "(1 failed, " in refused(pytester, *OPTIONS)


def test_a_run_that_was_stopped_drops_nothing(pytester, outdated):
    with (pytester.path / "test_toy.py").open("a") as file:
        file.write("\n    def test_stop(self):\n        pytest.exit('enough', returncode=0)\n")
    assert "nothing was dropped" in refused(pytester, *OPTIONS)


def test_an_option_that_makes_no_sense_drops_nothing(pytester, outdated):
    line = refused(pytester, *OPTIONS, "--synth-seeds", "0")
    assert "--synth-seeds is 0; give a whole number, 1 or more" in line


def test_an_estimate_drops_nothing(pytester, outdated):
    change(pytester, "You jot notes", "You pen notes")
    assert "nothing was dropped" in refused(pytester, *OPTIONS, "--synth-estimate")


def test_a_run_of_several_processes_drops_nothing(pytester, outdated):
    assert "leave out -n" in refused(pytester, *OPTIONS, "-n", "2")


def test_a_run_that_only_collects_drops_nothing(pytester, outdated):
    assert "nothing was dropped" in refused(pytester, *OPTIONS, "--collect-only")


def test_a_run_that_only_sets_up_drops_nothing(pytester, outdated):
    assert "nothing was dropped" in refused(pytester, *OPTIONS, "--setup-only")


def test_a_run_without_any_test_drops_nothing(pytester, outdated):
    (pytester.path / "empty").mkdir()
    assert "nothing was dropped" in refused(pytester, "empty", *FLOORS)


def test_a_run_on_a_folder_that_is_not_there_drops_nothing(pytester):
    assert "nothing was dropped" in refused(pytester)
