"""Sessions of pytest inside pytest: the leaderboard, results, expectations, and what others' sessions see of us."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from encoders import KNOWN, LABELS, cell, damage, tiny_bert, tuned
from projects import ADJECTIVES, BOTH, REAL, WRITTEN, change, note, project, record, recording, replay, table
from servers import serving
from synthworth.core.result import read
from synthworth.core.task import Example
from synthworth.training import fit, local
from synthworth.training.local import Processes
from synthworth.training.recipes import RECIPES
from synthworth.training.scheduler import Training, train

NOTES = [*KNOWN[:5], "a", "note", "train", "test", "lovely", "warm", "gentle", "nasty", "cold", "bitter"]
QUICK = """
from dataclasses import replace
from synthworth.training.recipes import RECIPES
RECIPES["minilm"] = replace(RECIPES["minilm"], least_steps={steps}, epochs=1, learning_rate=1e-3)
"""
WITHOUT_CUDA = pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")


def collected(pytester, test, *options):
    """What stands in the brackets of the collected tests of a name."""
    text = pytester.runpytest(*options, "--collect-only", "-q").stdout.str()
    return re.findall(rf"::{test}\[(.+)\]$", text, re.MULTILINE)


# ---- the leaderboard


def test_the_leaderboard_has_a_row_for_each_classifier(pytester):
    project(pytester)
    result = pytester.runpytest(*REAL)
    result.assert_outcomes(passed=6, skipped=3)
    result.stdout.fnmatch_lines(
        ["*= synthworth =*", "*real data from a local mirror (1 task)", "task *Macro-F1*accuracy*", "toy *real*"]
    )
    assert len(table(result)) == 2


def test_a_quiet_run_ends_with_one_sentence_the_table_and_one_line(pytester):
    project(pytester)
    lines = pytester.runpytest(*REAL, "-q", "-k", "score").outlines
    begin = next(i for i, line in enumerate(lines) if re.match(r"=+ synthworth =+", line))
    shown = [line for line in lines[begin + 1 :] if line]
    assert re.fullmatch(
        r"No written texts here: real texts, 5 per label, tfidf, reach a Macro-F1 of .* on toy\.", shown[0]
    )
    assert "real data from a local mirror" in shown[1]
    assert re.fullmatch(r"95 %: over test rows, .*: synthworth leaderboard FILE", shown[-2])


def test_under_the_table_stand_at_most_two_lines(pytester):
    project(pytester)
    lines = pytester.runpytest(*REAL, "--synth-results", "out.jsonl", "-k", "score").outlines
    end = max(i for i, line in enumerate(lines) if re.match(r"toy +real ", line))
    under = [line for line in lines[end + 1 :] if line]
    assert re.fullmatch(r"95 %: over test rows, .*: synthworth leaderboard FILE", under[0])
    assert under[1] == "2 results written to out.jsonl"
    assert re.match(r"=+ ", under[2])


def test_one_result_that_is_written_is_counted_as_one(pytester):
    project(pytester)
    lines = pytester.runpytest(*REAL, "--synth-classifier", "tfidf", "--synth-results", "out.jsonl").outlines
    assert any(line.startswith("1 result written to out.jsonl") for line in lines)


def test_on_a_narrow_terminal_the_table_fits_and_the_last_line_says_where_the_whole_one_is(pytester, monkeypatch):
    project(pytester)
    monkeypatch.setenv("COLUMNS", "80")
    lines = pytester.runpytest(*REAL, "-q", "-k", "score").outlines
    assert max(map(len, table(SimpleNamespace(outlines=lines)))) <= 80
    assert re.fullmatch(
        r"The whole leaderboard, every column of its 2 rows: the same command with --synth-table all", lines[-2]
    )
    whole = pytester.runpytest(*REAL, "-q", "-k", "score", "--synth-table", "all").outlines
    assert any(re.match(r"task .*Macro-F1.*accuracy.*dropped", line) for line in whole)
    assert not any("--synth-table" in line for line in whole)


def test_the_row_of_the_majority_has_the_score_that_it_must_have(pytester):
    project(pytester)
    row = next(line for line in table(pytester.runpytest(*REAL)) if " majority " in line)
    assert " 0.333 " in row  # of two equal classes, one has F1 2/3 and the other 0
    assert " 0.500 " in row


def test_texts_of_the_generator_are_recorded_and_replayed_to_the_same_table(pytester):
    project(pytester)
    recorded, asked = record(pytester, of=BOTH)
    replayed = replay(pytester, of=BOTH)
    assert len(asked) == 30
    assert replayed.ret == recorded.ret == 0
    assert table(replayed) == table(recorded) != []


def test_a_real_row_gives_the_others_their_drop(pytester):
    project(pytester)
    record(pytester)
    rows = table(replay(pytester, "--synth-method", "real,zero_shot"))
    row = next(line for line in rows if "zero_shot" in line and "majority" in line)
    assert re.search(r" 0\.500 +0\.000 ", row)


def test_draws_of_one_run_are_those_of_runs_one_by_one(pytester):
    project(pytester)
    at_once = ("--synth-curve", "3", "--synth-cache", "off", "--synth-results")
    done, bodies = record(pytester, "--synth-generation-seed", "0,1,2", *at_once, "at_once.jsonl")
    assert done.ret == 0
    done.stdout.fnmatch_lines(["synthworth: *, 1 seed, 3 draws"])
    for seed in (0, 1, 2):  # nothing more is asked for
        assert replay(pytester, "--synth-generation-seed", str(seed), *at_once, "one_by_one.jsonl").ret == 0
    made = (pytester.path / "at_once.jsonl").read_text()
    assert made == (pytester.path / "one_by_one.jsonl").read_text()
    assert len({json.loads(line)["generation_seed"] for line in made.splitlines()}) == 3
    assert not any("one draw" in row for row in table(done))
    assert bodies


def test_seeds_are_averaged_in_one_row(pytester):
    project(pytester)
    result = pytester.runpytest(*REAL, "--synth-seeds", "2", "--synth-results", "out.jsonl")
    assert [r.training_seed for r in read(pytester.path / "out.jsonl") if r.classifier == "tfidf"] == [0, 1]
    assert [re.search(r" (\d+)  [a-z; ]+$", line)[1] for line in table(result)] == ["2", "2"]


@pytest.mark.slow
def test_two_processes_give_the_same_table_as_one(pytester):
    project(pytester)
    record(pytester)
    chosen = [*WRITTEN, "--synth-generator", "toy-llm", "--synth-method", "real,zero_shot"]
    alone = pytester.runpytest(*chosen, "--synth-results", "alone.jsonl")
    shared = pytester.runpytest_subprocess(*chosen, "--synth-results", "shared.jsonl", "-n", "2")
    assert table(alone) == table(shared) != []
    assert (pytester.path / "alone.jsonl").read_bytes() == (pytester.path / "shared.jsonl").read_bytes()


@pytest.mark.slow
def test_one_draw_of_each_method_gives_the_same_table_by_one_process_and_by_two_and_no_tier(pytester):
    project(pytester)
    record(pytester, of=BOTH)
    alone = replay(pytester, of=BOTH)
    shared = pytester.runpytest_subprocess(*BOTH, "--synth-generator", "toy-llm", "-n", "2")
    assert table(alone) == table(shared)
    assert all(line.endswith("one draw") for line in table(alone))
    assert not any(re.search(r" 5 +1\*? ", line) for line in table(alone))


def test_what_is_run_twice_is_trained_once(pytester):
    more = """
    def test_again(self, synth_run):
        import synthworth.training.fit
        first = synth_run("real", "tfidf", seed=7)
        synthworth.training.fit.train_and_predict = None
        assert synth_run("real", "tfidf", seed=7) is first
"""
    project(pytester, more)
    pytester.runpytest_subprocess(*REAL, "-k", "again").assert_outcomes(passed=1)


def test_a_claim_about_another_size_than_the_run_s_can_be_asked(pytester):
    project(
        pytester,
        "\n    def test_size(self, synth_run):"
        '\n        assert synth_run("real", "majority", per_label=3).train_rows == 6\n',
    )
    pytester.runpytest(*REAL, "-k", "size").assert_outcomes(passed=1)


def test_quickstart_has_a_table_of_its_own_and_no_real_row(pytester):
    project(pytester)
    record(pytester)
    (pytester.path / "quickstart").mkdir()
    lines = [{"id": f"{k}{n}", "text": f"{ADJECTIVES[k][n]} words", "label": k} for k in ADJECTIVES for n in range(3)]
    (pytester.path / "quickstart" / "toy.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    result = replay(pytester, "--synth-method", "real,zero_shot", "--synth-data", "quickstart")
    result.stdout.fnmatch_lines(["*leaderboard*not real data (1 task)"])
    assert {line.split()[1] for line in table(result)} == {"zero_shot"}
    assert result.parseoutcomes()["passed"] > 0
    assert "failed" not in result.parseoutcomes()


# ---- training


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    """A tiny encoder, with all imported that trains it: torch cannot be imported in one session and in the next."""
    folder = tiny_bert(tmp_path_factory.mktemp("encoder") / "tiny", NOTES)
    notes = [Example(id=f"{label}{n}", text="a lovely note", label=label) for label in LABELS for n in range(4)]
    train(cell(tuned(folder), train=notes, texts=["a nasty note"]))
    return Path(folder)


@pytest.fixture
def tiny(encoder, pytester, monkeypatch):
    """A project with an encoder in the folder `tiny`, trained in a moment; gives the options that choose it."""
    monkeypatch.setitem(RECIPES, "minilm", replace(RECIPES["minilm"], least_steps=5, epochs=1, learning_rate=1e-3))
    project(pytester)
    shutil.copytree(encoder, "tiny")
    return (*REAL, "--synth-classifier", "majority,tfidf,tiny")


@pytest.fixture
def explode(monkeypatch):
    """From here on, nothing can be trained."""

    def make():
        def explosion(*_, **__):
            raise AssertionError("something is trained")

        monkeypatch.setattr(fit, "train_and_predict", explosion)
        monkeypatch.setattr(Processes, "submit", explosion)

    return make


@pytest.fixture
def trained(monkeypatch):
    """What is trained in this process, by name."""
    names = []

    def told(cell, progress):
        names.append(cell.name)
        return train(cell, progress)

    monkeypatch.setattr(local, "train", told)
    return names


def said(result):
    """What the session says of itself, but its header."""
    return [line for line in result.outlines if line.startswith("synthworth: ") and ", recordings " not in line]


def kept(folder):
    return sorted(path.name for path in folder.rglob("*.json"))


@pytest.mark.parametrize("count", ["1", "2"])
def test_a_session_in_which_nothing_has_changed_trains_nothing(pytester, tiny, explode, count):
    first = pytester.runpytest(*tiny, "--synth-seeds", "2", "--synth-processes", "1", "--synth-results", "first.jsonl")
    explode()
    again = pytester.runpytest(
        *tiny, "--synth-seeds", "2", "--synth-processes", count, "--synth-results", "again.jsonl"
    )
    assert first.ret == again.ret == 0
    assert table(first) == table(again) != []
    assert (pytester.path / "first.jsonl").read_bytes() == (pytester.path / "again.jsonl").read_bytes()


def test_what_is_new_in_a_session_is_all_that_is_trained(pytester, trained):
    project(pytester)
    pytester.runpytest(*REAL, "--synth-processes", "1")
    assert sorted(trained) == ["toy/real/majority", "toy/real/tfidf"]
    trained.clear()
    pytester.runpytest(*REAL, "--synth-processes", "1", "--synth-seeds", "2")
    assert sorted(trained) == ["toy/real/majority", "toy/real/tfidf"]
    trained.clear()
    pytester.runpytest(*REAL, "--synth-processes", "1", "--synth-seeds", "2", "--synth-threads", "2")
    assert len(trained) == 4


def test_a_changed_prompt_trains_again_what_its_answers_changed_and_nothing_else(pytester, trained):
    for name in ("toy", "game"):
        project(pytester, name=name)
    record(pytester, of=BOTH)
    replay(pytester, of=BOTH)
    trained.clear()
    replay(pytester, of=BOTH)
    assert trained == []
    change(pytester, "so kind", "ever so kind")  # a demonstration, which zero_shot does not show
    done, asked = record(
        pytester, of=BOTH, reply=lambda number, body: note(number, {**body, "seed": body["seed"] + 99})
    )
    assert done.ret == 0
    assert len(asked) == 5
    assert sorted(trained) == ["toy/few_shot/majority", "toy/few_shot/tfidf"]


def test_a_changed_prompt_that_changes_no_answer_trains_nothing(pytester, trained):
    project(pytester)
    record(pytester)
    change(pytester, "You write notes", "You jot notes")
    trained.clear()
    done, asked = record(pytester)
    assert done.ret == 0
    assert len(asked) == 20
    assert trained == []


def test_predictions_are_kept_in_the_folder_of_the_option_and_found_there(pytester, explode, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(pytester.path / "home"))
    project(pytester)
    pytester.runpytest(*REAL, "--synth-cache", "kept")
    assert len(kept(pytester.path / "kept")) == 2
    assert not (pytester.path / "home").exists()
    explode()
    assert pytester.runpytest(*REAL, "--synth-cache", "kept").ret == 0
    assert pytester.runpytest(*REAL).ret != 0
    assert pytester.runpytest(*REAL, "--synth-cache", "off").ret != 0


def test_a_damaged_prediction_is_one_line_and_made_again(pytester):
    project(pytester)
    before = pytester.runpytest(*REAL, "--synth-cache", "kept")
    for path in (pytester.path / "kept").rglob("*.json"):
        path.write_bytes(path.read_bytes()[:-9])
    again = pytester.runpytest(*REAL, "--synth-cache", "kept")
    lines = said(again)
    assert len(set(lines)) == len(lines) == 2
    told = r"synthworth: predictions in kept/\S+ cannot be read \(.*\); they are made again"
    assert all(re.fullmatch(told, line) for line in lines)
    assert table(again) == table(before)
    assert again.ret == 0
    assert said(pytester.runpytest(*REAL, "--synth-cache", "kept")) == []


@pytest.mark.parametrize("count", ["1", pytest.param("2", marks=pytest.mark.slow)])
def test_a_cache_that_takes_nothing_is_one_line_and_the_session_goes_on(pytester, tiny, count):
    (pytester.path / "file").touch()
    chosen = ("--synth-classifier", "majority,tfidf,tiny", "--synth-processes", count)
    result = pytester.runpytest(*tiny, *chosen, "--synth-cache", "file/kept")
    assert said(result) == [
        "synthworth: cannot keep predictions in file/kept (Not a directory); "
        "what this run trains, the next trains again"
    ]
    assert result.ret == 0
    assert len(table(result)) == 3


def test_two_processes_of_the_session_itself_give_the_same_table_as_none(pytester, tiny):
    off = ("--synth-seeds", "2", "--synth-cache", "off")
    alone = pytester.runpytest(*tiny, *off, "--synth-processes", "1", "--synth-results", "alone.jsonl")
    shared = pytester.runpytest(*tiny, *off, "--synth-processes", "2", "--synth-results", "shared.jsonl")
    assert alone.ret == shared.ret == 0
    assert table(alone) == table(shared) != []
    assert (pytester.path / "alone.jsonl").read_bytes() == (pytester.path / "shared.jsonl").read_bytes()


@pytest.mark.slow
def test_two_processes_of_pytest_give_the_same_table_as_none(pytester, tiny):
    pytester.makeconftest(QUICK.format(steps=5))
    off = ("--synth-seeds", "2", "--synth-cache", "off")
    alone = pytester.runpytest(*tiny, *off, "--synth-processes", "1", "--synth-results", "alone.jsonl", "-n", "0")
    shared = pytester.runpytest_subprocess(*tiny, *off, "--synth-results", "shared.jsonl", "-n", "2")
    assert alone.ret == shared.ret == 0
    assert table(alone) == table(shared) != []
    assert (pytester.path / "alone.jsonl").read_bytes() == (pytester.path / "shared.jsonl").read_bytes()


@pytest.mark.parametrize("count", ["1", "2"])
def test_what_cannot_be_trained_fails_its_own_test_with_its_own_line(pytester, tiny, count):
    Path("empty").mkdir()
    damage(shutil.copytree("tiny", "broken"))
    shape = json.loads(Path("tiny/config.json").read_text())
    (shutil.copytree(Path("tiny"), Path("misfit")) / "config.json").write_text(
        json.dumps(shape | {"num_attention_heads": 0})
    )
    chosen = ("--synth-classifier", "majority,empty,broken,misfit,tiny", "--synth-processes", count)
    result = pytester.runpytest(*tiny, *chosen, "-k", "test_score")
    result.assert_outcomes(passed=2, failed=3)
    told = sections(result)
    assert re.fullmatch(r"the loss is nan at step 0 of \d+; lower the learning rate", told["real-broken-0"])
    assert re.fullmatch(r"cannot load the encoder empty \(.*\); give a hub id or a local folder", told["real-empty-0"])
    assert re.fullmatch(
        r"cannot load the encoder misfit \(.*\); give a hub id or a local folder", told["real-misfit-0"]
    )
    assert len(table(result)) == 2


def test_a_bug_of_ours_keeps_its_traceback(pytester):
    project(pytester)
    broken = "from synthworth.training import fit\ndef broken(*given, **more): return 1 / 0\n"
    pytester.makeconftest(broken + "fit.train_and_predict = broken")
    result = pytester.runpytest_subprocess(*REAL, "--synth-processes", "1", "-k", "test_score")
    result.stdout.fnmatch_lines(["*def broken*", "*ZeroDivisionError*"])


@pytest.mark.slow
@pytest.mark.parametrize(("name", "count"), [("SIGINT", "1"), ("SIGINT", "2"), ("SIGKILL", "2")])
def test_a_session_that_is_stopped_ends_at_once_and_leaves_no_process(pytester, tiny, name, count):
    listening = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)"  # a shell may have it ignored
    pytester.makeconftest(listening + QUICK.format(steps=10**7))
    command = [sys.executable, "-m", "pytest", *tiny, "--synth-processes", count, "--synth-seeds", "3"]
    with (pytester.path / "out").open("w") as out:
        started = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)
    try:
        waiting_for(lambda: sum(trains(pid) for pid in group_of(started.pid)) == int(count))
        if name == "SIGINT":
            os.killpg(started.pid, signal.SIGINT)  # as the terminal does: all of them get it
        else:
            started.kill()
        started.wait(timeout=50)
        waiting_for(lambda: not group_of(started.pid))
    finally:
        for pid in group_of(started.pid):
            os.kill(pid, signal.SIGKILL)
    told = (pytester.path / "out").read_text()
    if name == "SIGINT":
        assert started.returncode == pytest.ExitCode.INTERRUPTED, told
        assert "KeyboardInterrupt" in told or "run the same command to go on" in told
    assert "INTERNALERROR" not in told


def waiting_for(condition, seconds=50):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def group_of(leader):
    """The living processes of a group."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, group, *_ = path.read_text().rpartition(")")[2].split()
            found += [int(path.parent.name)] if int(group) == leader and state != "Z" else []
    return found


def trains(pid):
    """Whether a process has read an encoder's weights, or is about to."""
    with contextlib.suppress(OSError):
        return "safetensors" in Path(f"/proc/{pid}/maps").read_text()
    return False


def sections(result):
    """What is told of each failed test, by its parameters."""
    text = result.stdout.str().partition("= FAILURES =")[2]
    text = re.split(r"^=+ (?:synthworth|short test summary info) =+$", text, flags=re.MULTILINE)[0]
    parts = re.split(r"^_+ \S+\[(\S+)\] _+$", text, flags=re.MULTILINE)
    told = zip(parts[1::2], parts[2::2], strict=True)
    return {name: re.split(r"\n-+ Captured ", part)[0].strip() for name, part in told}


# ---- suites


def test_two_suites_in_one_file_have_each_a_run_of_their_own_task(pytester):
    project(pytester, name="game")
    project(pytester, name="toy")
    game, toy = pytester.path / "test_game.py", pytester.path / "test_toy.py"
    toy.write_text(f"{game.read_text()}\n{toy.read_text()}")
    game.unlink()
    done, bodies = record(pytester, "--synth-results", "out.jsonl")
    assert done.ret == 0
    assert len(bodies) == 40
    assert {recording(pytester, name=name).is_file() for name in ("game", "toy")} == {True}
    found = read(pytester.path / "out.jsonl")
    assert [(r.task, r.classifier) for r in found] == [
        ("game", "majority"),
        ("game", "tfidf"),
        ("toy", "majority"),
        ("toy", "tfidf"),
    ]
    assert replay(pytester).ret == 0


def test_few_shot_of_real_texts_is_recorded_in_the_user_s_cache_and_zero_shot_in_the_project(pytester, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(pytester.path / "cache"))
    project(pytester)
    done, bodies = record(pytester, "--synth-demonstrations", "real", of=BOTH)
    assert done.ret == 0
    shown = {m["content"] for body in bodies for m in body["messages"] if m["role"] == "assistant"}
    assert any("train note" in text for text in shown)
    kept = {str(path.relative_to(pytester.path)) for path in pytester.path.rglob("*shot.jsonl*")}
    assert kept == {
        "cache/synthworth/cassettes/toy-llm/toy/few_shot.jsonl",
        "cassettes/toy-llm/toy/zero_shot.jsonl",
    }
    assert replay(pytester, "--synth-demonstrations", "real", of=BOTH).ret == 0


def test_a_miss_of_few_shot_of_real_texts_names_both_folders(pytester, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(pytester.path / "cache"))
    project(pytester)
    shown = replay(pytester, "--synth-demonstrations", "real", of=BOTH).stdout.str()
    private = pytester.path / "cache" / "synthworth" / "cassettes" / "toy-llm" / "toy"
    assert f"answers in {private} and {recording(pytester).parent};" in shown


def test_a_suite_elsewhere_works_with_a_cassette_folder_of_its_own(pytester):
    project(pytester)
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def synth_cassette_dir(request):
            return request.config.rootpath / "my recordings"
        """
    )
    record(pytester)
    assert (pytester.path / "my recordings" / "toy-llm" / "toy" / "zero_shot.jsonl").is_file()
    assert replay(pytester).ret == 0
    assert not (pytester.path / "cassettes").exists()


def test_a_suite_with_a_cassette_folder_of_its_own_is_trained_ahead_at_its_first_test(pytester, monkeypatch):
    started = []
    monkeypatch.setattr(Training, "start", lambda self, cells: started.append([cell.name for cell in cells]))
    project(pytester)
    fixture = "import pytest\n@pytest.fixture\ndef synth_cassette_dir(tmp_path):\n    return tmp_path\n"
    for text in ("", fixture):
        pytester.makeconftest(text)
        pytester.runpytest(*REAL, "--synth-processes", "2")
    cells = ["toy/real/majority", "toy/real/tfidf"]
    assert started == [cells, [], cells]


def test_recordings_lie_in_the_project_of_the_suite_wherever_pytest_takes_its_root_folder(pytester):
    project(pytester)
    suites = pytester.mkdir("suites")
    (pytester.path / "test_toy.py").rename(suites / "test_toy.py")
    (pytester.path / "pyproject.toml").touch()
    record(pytester, "suites/test_toy.py")
    assert (pytester.path / "cassettes" / "toy-llm" / "toy" / "zero_shot.jsonl").is_file()
    assert [path.name for path in (pytester.path / "mirror").iterdir()] == ["toy"]
    assert replay(pytester, "suites/test_toy.py").ret == 0


def test_without_any_project_recordings_lie_beside_the_suite(pytester):
    project(pytester)
    suites = pytester.mkdir("suites")
    (pytester.path / "test_toy.py").rename(suites / "test_toy.py")
    record(pytester, "suites/test_toy.py")
    assert (suites / "cassettes" / "toy-llm" / "toy" / "zero_shot.jsonl").is_file()


def test_the_header_says_under_which_conditions_a_run_is_made(pytester):
    project(pytester)
    pytester.runpytest(*REAL).stdout.fnmatch_lines(
        ["synthworth: data mirror, generator smollm2-135m, recordings none, 5 texts per label, 1 seed"]
    )


# ---- results


@pytest.mark.parametrize("cache", [(), ("--synth-cache", "off")])
def test_without_the_option_nothing_is_written_but_predictions_into_the_user_s_cache(pytester, monkeypatch, cache):
    monkeypatch.setenv("XDG_CACHE_HOME", str(pytester.path / "home"))
    project(pytester)
    before = {path for path in pytester.path.rglob("*") if path.is_file()}
    pytester.runpytest(*REAL, "-p", "no:cacheprovider", *cache)
    written = {path for path in pytester.path.rglob("*") if path.is_file()} - before
    kept = {path for path in written if (pytester.path / "home" / "synthworth" / "predictions") in path.parents}
    assert {path for path in written - kept if path.suffix != ".pyc"} == set()
    assert bool(kept) == (not cache)


def test_results_are_written_sorted_and_once_each(pytester):
    claim = 'Expectation(method="real", classifier="tfidf", per_label=5, at_least=0.1)'
    project(pytester, f"    expectations = ({claim},)\n")
    result = pytester.runpytest(*REAL, "--synth-results", "out.jsonl")
    assert result.ret == 0
    assert [r.classifier for r in read(pytester.path / "out.jsonl")] == ["majority", "tfidf"]
    result.stdout.fnmatch_lines(["2 results written to out.jsonl"])


def test_results_of_another_run_are_merged(pytester):
    project(pytester)
    pytester.runpytest(*REAL, "--synth-results", "out.jsonl")
    pytester.runpytest(*REAL, "--synth-results", "out.jsonl", "--synth-per-label", "3")
    found = read(pytester.path / "out.jsonl")
    assert [(r.per_label, r.classifier) for r in found] == [
        (3, "majority"),
        (3, "tfidf"),
        (5, "majority"),
        (5, "tfidf"),
    ]


def test_a_repeated_run_writes_the_same_bytes(pytester):
    project(pytester)
    pytester.runpytest(*REAL, "--synth-results", "out.jsonl")
    first = (pytester.path / "out.jsonl").read_bytes()
    pytester.runpytest(*REAL, "--synth-results", "out.jsonl")
    assert (pytester.path / "out.jsonl").read_bytes() == first


def test_results_are_written_as_each_test_ends(pytester):
    """A process that is killed with SIGKILL while a later test runs has written those before."""
    late = "import time; open('ran', 'w').close(); time.sleep(60)"
    project(pytester, f"\n    def test_zzz(self):\n        {late}\n")
    command = [sys.executable, "-m", "pytest", *REAL, "--synth-results", "out.jsonl", "-k", "score or zzz"]
    with subprocess.Popen(command, cwd=pytester.path, stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 50
        while not (pytester.path / "ran").exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert [r.classifier for r in read(pytester.path / "out.jsonl")] == ["majority", "tfidf"]


def test_results_that_cannot_be_written_end_the_run_in_one_line(pytester):
    project(pytester)
    pytester.makeconftest("import os\ndef pytest_runtest_setup(item):\n    os.makedirs('out.jsonl', exist_ok=True)\n")
    result = pytester.runpytest(*REAL, "--synth-results", "out.jsonl")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "results written" not in result.stdout.str()
    assert len([line for line in result.outlines if "cannot write results" in line]) == 1
    assert "INTERNALERROR" not in result.stdout.str()


# ---- mistakes


def test_a_damaged_mirror_fails_with_one_line(pytester):
    project(pytester)
    (pytester.path / "mirror" / "toy" / "test.jsonl.gz").unlink()
    result = pytester.runpytest(*REAL, "-k", "test_score")
    result.stdout.fnmatch_lines(["task 'toy': *test.jsonl is missing, in any format (*); there is train.jsonl.gz"])
    result.stdout.no_fnmatch_line("*Traceback*")
    assert result.parseoutcomes()["failed"] == 1


# ---- expectations


def test_a_result_that_contradicts_an_expectation_fails_with_both_numbers(pytester):
    claim = '    expectations = (Expectation(method="real", classifier="majority", per_label=5, at_least=0.9),)\n'
    project(pytester, claim)
    result = pytester.runpytest(*REAL, "-k", "test_expectation")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*Macro-F1 0.333 (95 % *is below the floor 0.9*"])


def test_an_expectation_of_other_conditions_is_skipped_with_the_reason(pytester):
    project(pytester, '    expectations = (Expectation(method="real", classifier="majority", at_least=0.9),)\n')
    result = pytester.runpytest(*REAL, "-k", "test_expectation", "-rs")
    result.stdout.fnmatch_lines(["*SKIPPED*stated for 100 texts per label, this is 5"])


CLAIMS = """
    expectations = (
        Expectation(method="real", classifier="majority", at_least=0.1),
        Expectation(method="real", classifier="tfidf", at_least=0.1),
        Expectation(method="few_shot", classifier="tfidf", at_least=0.1),
        Expectation(method="real", classifier="minilm", beats="bert"),
        Expectation(method="real", classifier="bert", at_least=0.1),
        Expectation(method="real", classifier="roberta", at_least=0.1),
    )
"""


def test_an_expectation_is_collected_for_chosen_methods_and_classifiers_alone(pytester):
    project(pytester, CLAIMS)
    chosen = ("--synth-data", "mirror", "--synth-method", "real", "--synth-classifier", "tfidf,bert")
    found = collected(pytester, "test_expectation", *chosen)
    assert found == ["real-tfidf-at_least-0.1", "real-bert-at_least-0.1"]


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ("gpu", ["real-minilm-beats-bert", "real-bert-at_least-0.1", "real-roberta-at_least-0.1"]),
        ("not gpu", ["real-majority-at_least-0.1", "real-tfidf-at_least-0.1"]),
    ],
)
def test_an_expectation_that_trains_a_large_encoder_is_marked_gpu(pytester, marks, expected):
    project(pytester, CLAIMS)
    chosen = ("--synth-data", "mirror", "--synth-method", "real", "-m", marks)
    everything = ("--synth-classifier", "majority,tfidf,minilm,bert,roberta")
    assert collected(pytester, "test_expectation", *chosen, *everything) == expected


# ---- gpu


@WITHOUT_CUDA
@pytest.mark.parametrize(("claims", "count"), [("", 2), (CLAIMS, 5)])
def test_gpu_tests_without_a_gpu_stop_at_once_with_one_line(pytester, claims, count):
    project(pytester, claims)
    result = pytester.runpytest("--synth-data", "mirror", "--synth-method", "real", "-m", "gpu")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert [line for line in result.errlines if line] == [
        f"ERROR: {count} gpu tests are selected and this machine has no CUDA device; run them on a machine with one, "
        "or choose classifiers that need no GPU with --synth-classifier"
    ]
    assert "INTERNALERROR" not in result.stdout.str()


@WITHOUT_CUDA
def test_an_estimate_of_gpu_tests_needs_no_gpu(pytester):
    project(pytester)
    assert replay(pytester, "--synth-classifier", "bert", "-m", "gpu", "--synth-estimate").ret == 0


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ((), {"majority", "tfidf", "minilm"}),
        (("-m", "not gpu"), {"majority", "tfidf", "minilm"}),
        (("-m", "gpu"), {"bert", "roberta"}),
    ],
)
def test_gpu_classifiers_are_selected_by_m_gpu_alone(pytester, selection, expected):
    project(pytester)
    chosen = ("--synth-data", "mirror", "--synth-method", "real", *selection)
    assert set(collected(pytester, "test_score", *chosen)) == {f"real-{name}-0" for name in expected}


# ---- the network


def test_a_replaying_session_opens_no_connection(pytester):
    more = """
    def test_blocked(self, synth_run):
        import socket
        with pytest.raises(OSError, match="network access is blocked"):
            socket.create_connection(("127.0.0.1", 9))
"""
    project(pytester, more)
    pytester.runpytest(*REAL, "-k", "blocked").assert_outcomes(passed=1)


@pytest.mark.parametrize("scope", ["session", "module", "class", "function"])
@pytest.mark.parametrize("data", ["mirror", "hub"])
def test_a_replaying_session_opens_no_connection_for_a_fixture_of_the_suite(pytester, scope, data):
    more = f"""
    def test_of_ours(self, reached):
        assert reached == "network access is blocked"

@pytest.fixture(scope="{scope}")
def reached():
    import socket
    with socket.create_server(("127.0.0.1", 0)) as server:
        try:
            socket.create_connection(server.getsockname()).close()
        except OSError as error:
            return str(error).partition(" during")[0]
"""
    project(pytester, more)
    pytester.runpytest(*REAL, "--synth-data", data, "-k", "of_ours").assert_outcomes(passed=1)


def test_a_recording_session_may_connect(pytester):
    more = """
    def test_of_ours(self):
        import socket
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname()).close()
"""
    project(pytester, more)
    pytester.runpytest(*WRITTEN, "--synth-record", "missing", "-k", "of_ours").assert_outcomes(passed=1)


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """A hub on loopback that has nothing; gives what comes to it."""
    with serving() as (url, came):
        monkeypatch.setenv("HF_ENDPOINT", url)
        monkeypatch.setenv("HF_HUB_OFFLINE", "0")
        monkeypatch.setenv("HF_HOME", str(tmp_path))
        yield came


def test_data_of_the_hub_are_fetched_though_a_replay_opens_no_connection(pytester, hub):
    there = "hub=Hub(path='nobody/nothing', labels={0: 'good', 1: 'bad'}),"
    named = {"import Expectation,": "import Expectation, Hub,", "words=(1, 12),": f"words=(1, 12), {there}"}
    project(pytester, **named)
    result = pytester.runpytest_subprocess("--synth-method", "real", "--synth-classifier", "majority")
    assert hub.connections > 0
    lines = [line for line in result.outlines if line.startswith("task 'toy': cannot load nobody/nothing from the hub")]
    assert len(lines) == 1
    assert "network access is blocked" not in result.stdout.str()


def test_an_encoder_of_the_hub_is_fetched_though_a_replay_opens_no_connection(pytester, hub):
    project(pytester)
    result = pytester.runpytest_subprocess(*REAL, "--synth-classifier", "nobody/nothing", "-k", "test_score")
    assert hub.connections > 0
    assert len([line for line in result.outlines if line.startswith("cannot load the encoder nobody/nothing (")]) == 1
    assert "network access is blocked" not in result.stdout.str()


def test_a_subprocess_of_a_replaying_test_opens_no_connection(pytester):
    more = """
    def test_child(self, tmp_path):
        import subprocess, sys
        code = "import socket; socket.create_connection(('127.0.0.1', 9))"
        done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
        assert "NetworkBlocked: network access is blocked" in done.stderr
"""
    project(pytester, more)
    pytester.runpytest(*REAL, "-k", "child").assert_outcomes(passed=1)


def test_the_network_and_the_environment_are_as_before_after_a_session(pytester):
    def state():
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
        return socket.socket.connect, socket.socket.connect_ex, socket.socket.sendto, socket.getaddrinfo, environment

    project(pytester)
    before = state()
    pytester.runpytest(*REAL)
    assert state() == before


def test_tests_of_others_in_the_same_session_may_connect(pytester):
    project(pytester)
    pytester.makepyfile(
        test_zebra="""
        import socket

        def test_it():
            with socket.create_server(("127.0.0.1", 0)) as server:
                socket.create_connection(server.getsockname()).close()
        """
    )
    pytester.runpytest(*REAL, "-k", "score or zebra").assert_outcomes(passed=3)


# ---- others' sessions


def test_a_session_without_suites_prints_nothing_of_ours(pytester):
    pytester.makepyfile("def test_it():\n    pass\n")
    result = pytester.runpytest()
    result.assert_outcomes(passed=1)
    assert not [line for line in result.outlines if "synth" in line and not line.startswith(("plugins:", "rootdir:"))]


def test_a_session_without_suites_imports_nothing_heavy(pytester):
    pytester.makepyfile(
        """
        import sys

        def test_it():
            assert "synthworth.plugin" in sys.modules
            assert not {"torch", "transformers", "datasets", "openai", "vcr", "scipy", "sklearn"} & set(sys.modules)
        """
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_a_session_with_a_suite_and_without_cuda_questions_only_collects(pytester):
    light = "\nimport sys\n\ndef test_light():\n    assert not {'torch', 'datasets', 'vcr'} & set(sys.modules)\n"
    project(pytester, light)
    assert pytester.runpytest_subprocess(*REAL, "-k", "test_light").parseoutcomes()["passed"] == 1
