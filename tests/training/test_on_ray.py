"""Training on Ray: the same predictions and table, whatever becomes of its processes, and nobody else who listens."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

import traps
from encoders import KNOWN, cell, damage, in_a_process, texts, tiny_bert, tuned
from projects import ADJECTIVES, REAL, project, table
from synthworth.core.errors import raised_in
from synthworth.training.local import Here
from synthworth.training.recipes import RECIPES, Untrainable
from synthworth.training.scheduler import Predictions, Training
from traps import Trap, die, fail, pids_in, show, tell, told

slow = pytest.mark.slow
SUPPORT = str(Path(traps.__file__).parent)
TOKEN = Path.home() / ".ray" / "auth_token"
LISTENING = """
import json, sys
import psutil
from synthworth.training.on_ray import OnRay
from ray._common.usage import usage_lib

def children():
    return [process for process in psutil.Process().children(recursive=True) if process.status() != "zombie"]

started = OnRay(sys.argv[1])
places = {}
for process in [psutil.Process(), *children()]:
    for at in process.net_connections(kind="inet"):
        if at.status == "LISTEN":
            places.setdefault(at.laddr.ip, []).append(process.name())
usage = usage_lib.usage_stats_enabled()
started.close()
psutil.wait_procs(children(), timeout=20)
print(json.dumps({"places": places, "usage": usage, "left": [process.name() for process in children()]}))
"""


@pytest.fixture(scope="module")
def on_ray():
    """A Ray of this machine whose processes find the modules of these tests."""
    from synthworth.training.on_ray import OnRay

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", SUPPORT)
        made = OnRay("")
        yield made
        made.close()


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    """A tiny encoder, with all imported that trains it: torch cannot be imported in one session and in the next."""
    folder = tiny_bert(tmp_path_factory.mktemp("encoder") / "bert")
    ask(Here(), cell(tuned(folder)))
    return folder


def trapped(folder, *given, chosen=None, seed=0, read="label"):
    """A cell that acts in the process that trains it."""
    train = [Trap(*given, read=read), *texts(8)]
    return cell(chosen or in_a_process(folder), name="toy/real/trapped", train=train, seed=seed)


def ask(executor, *cells):
    """What the executor gives for each cell, handed over together."""
    waiting = [executor.submit(one, lambda found: None) for one in cells]
    return [wait() for wait in waiting]


# ---- where there is no Ray


def test_without_ray_one_line_says_how_to_install_it(pytester, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    project(pytester)
    result = pytester.runpytest(*REAL, "--synth-executor", "ray")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    told = "ERROR: Ray is not installed; install it with: pip install 'synthworth[ray]'"
    assert [line for line in result.errlines if line] == [told]


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("127.0.0.1:9", "Connection refused"),
        ("ray://127.0.0.1:9", "Connection refused"),
        ("[::1]:9", "Connection refused|Cannot assign requested address|not supported"),
        ("nowhere", "Invalid address format: nowhere"),
    ],
)
def test_where_no_ray_answers_one_line_says_so_at_once(pytester, address, reason):
    project(pytester)
    result = pytester.runpytest_subprocess(*REAL, "--synth-executor", f"ray={address}", timeout=30)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    (line,) = [line for line in result.errlines if line]
    assert re.fullmatch(rf"ERROR: no Ray at {re.escape(address)} \(.*({reason}).*\); check --synth-executor", line)


# ---- a Ray of this machine


@slow
def test_it_listens_on_loopback_alone_reports_nothing_and_leaves_no_process():
    pytest.importorskip("psutil")
    there = {**os.environ, "RAY_ADDRESS": "127.0.0.1:9"}  # of a cluster that nobody has asked for
    command = [sys.executable, "-c", LISTENING, ""]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, env=there)
    found = json.loads(done.stdout.splitlines()[-1])
    assert {place.removeprefix("::ffff:") for place in found["places"]} == {"127.0.0.1"}, found["places"]
    assert found["usage"] is False
    assert found["left"] == []


@slow
def test_one_seed_gives_one_prediction_here_and_on_ray(on_ray, encoder):
    chosen = tuned(encoder, least_steps=20, learning_rate=1e-4)
    cells = [cell(RECIPES["tfidf"]), *(cell(chosen, seed=seed) for seed in range(3))]
    here = ask(Here(), *cells)
    assert len({found.labels for found in here}) > 2
    assert ask(on_ray, *cells) == here


@slow
def test_weights_travel_with_the_texts(on_ray, encoder):
    weighted = [replace(example, weight=(0.1, 1.9)[n % 2]) for n, example in enumerate(texts(8))]
    chosen = tuned(encoder, least_steps=20, learning_rate=1e-4)
    plain, *cells = (
        cell(of, train=train, train_version=str(n))
        for n, (of, train) in enumerate([(chosen, texts(8)), (chosen, weighted), (RECIPES["tfidf"], weighted)])
    )
    here = ask(Here(), *cells)
    assert here[0].loss != ask(Here(), plain)[0].loss
    assert ask(on_ray, *cells) == here


@slow
def test_the_texts_of_a_test_set_travel_once(on_ray, tmp_path):
    before = len(on_ray._texts)
    ask(on_ray, *(cell(in_a_process(tmp_path), seed=seed, test_version="once") for seed in range(4)))
    assert len(on_ray._texts) == before + 1


@slow
def test_what_somebody_has_waited_for_is_kept(on_ray, tmp_path):
    kept = []

    def keep(found):
        time.sleep(0.3)
        kept.append(found)

    assert on_ray.submit(cell(in_a_process(tmp_path), seed=77), keep)() == kept[0]


@slow
def test_a_process_killed_while_it_trains_is_replaced_and_the_predictions_are_the_same(on_ray, encoder, tmp_path):
    chosen = tuned(encoder, least_steps=150)
    killed, kept = trapped(tmp_path, tell, tmp_path, chosen=chosen, read="text"), []
    (expected,) = ask(Here(), killed)
    wait = on_ray.submit(killed, kept.append)
    (pid,) = told(tmp_path)
    time.sleep(0.2)
    assert not kept
    os.kill(pid, signal.SIGKILL)
    assert wait() == expected
    assert len(pids_in(tmp_path)) == 2
    assert kept == [expected]


@slow
def test_a_cell_whose_process_is_killed_each_time_is_named_and_the_others_are_trained(on_ray, tmp_path):
    (tmp_path / "deaths").mkdir()
    training = Training(on_ray, Predictions(None))
    bad = trapped(tmp_path, die, tmp_path / "deaths", 99, seed=5)
    good = [cell(in_a_process(tmp_path), name=f"good {seed}", seed=seed) for seed in range(20, 24)]
    training.start([bad, *good])
    with pytest.raises(RuntimeError, match=r"^toy/real/trapped failed 4 times on Ray: The worker died"):
        training.predicted(bad)
    assert [training.predicted(one) for one in good] == ask(Here(), *good)
    assert len(pids_in(tmp_path / "deaths")) == 4


@slow
def test_what_cannot_be_trained_fails_alone_in_one_line(on_ray, encoder, tmp_path):
    (tmp_path / "empty").mkdir()
    damage(broken := tiny_bert(tmp_path / "broken"))
    training = Training(on_ray, Predictions(None))
    cells = [cell(tuned(source), seed=3) for source in (str(tmp_path / "empty"), broken, encoder)]
    training.start(cells)
    with pytest.raises(
        Untrainable, match=rf"^cannot load the encoder {tmp_path}/empty \(.*\); give a hub id or"
    ) as caught:
        training.predicted(cells[0])
    assert "\n" not in str(caught.value)
    with pytest.raises(Untrainable, match=r"^the loss is nan at step 0 of 3; lower the learning rate$"):
        training.predicted(cells[1])
    assert training.predicted(cells[2]) == ask(Here(), cells[2])[0]


@slow
@pytest.mark.parametrize(
    ("recipe_changes", "cell_changes", "advice"),
    [
        (
            {"gpu": True},
            {},
            r"needs 1 GPU of one machine; the largest .* has 0: start a machine",
        ),
        ({}, {"threads": 4096}, r"needs 4096 CPU of one machine.* take fewer --synth-threads"),
    ],
)
def test_what_no_machine_of_the_cluster_can_train_is_refused_alone_and_at_once(
    on_ray, encoder, recipe_changes, cell_changes, advice
):
    training = Training(on_ray, Predictions(None))
    chosen = tuned(encoder)
    too_much = cell(replace(chosen, **recipe_changes), seed=9, **cell_changes)
    other = cell(chosen, seed=10)
    training.start([too_much, other])
    with pytest.raises(Untrainable, match=advice):
        training.predicted(too_much)
    assert training.predicted(other) == ask(Here(), other)[0]


@slow
@pytest.mark.parametrize("kind", [ValueError, KeyError, TimeoutError])
def test_a_bug_shows_its_traceback_from_the_other_process(on_ray, tmp_path, kind):
    training = Training(on_ray, Predictions(None))
    with pytest.raises(kind) as caught:
        training.predicted(trapped(tmp_path, fail, kind("planted"), seed=kind.__name__))
    assert "traps.py" in str(caught.value)
    assert "planted" in str(caught.value)
    assert not raised_in(caught.value, "synthworth")  # or its tests would show one line of it


@slow
def test_progress_counts_what_has_ended(on_ray, tmp_path, monkeypatch):
    stages = []
    done = on_ray.submit(cell(in_a_process(tmp_path), seed=50), lambda _: None)
    held = on_ray.submit(trapped(tmp_path, show, tmp_path, "RAY_USAGE_STATS_ENABLED", seed=51), lambda _: None)
    done()
    told(tmp_path)
    monkeypatch.setattr(on_ray, "_progress", lambda *stage: (stages.append(stage), (tmp_path / "go").touch()))
    held()
    total = on_ray._handed_over
    assert stages[0] == ("training", total - 1, total)
    (shown,) = (tmp_path / "RAY_USAGE_STATS_ENABLED").iterdir()
    assert shown.read_text() == "0"


def results_of(pytester, started, name, *options):
    """The table, and the results as they are written."""
    done = started(*REAL, "--synth-seeds", "2", "--synth-cache", "off", "--synth-results", name, *options)
    assert done.ret == 0, done.stdout.str()
    assert table(done)
    return table(done), (pytester.path / name).read_bytes()


@slow
def test_the_table_is_the_same_with_ray_and_without(pytester):
    project(pytester)
    words = ("a", "train", "test", "note", *(word for of_label in ADJECTIVES.values() for word in of_label))
    encoder = tiny_bert(pytester.path / "bert", known=(*KNOWN, *words))
    chosen = ("--synth-classifier", f"majority,tfidf,{encoder}")
    alone = results_of(pytester, pytester.runpytest, "alone", *chosen, "--synth-processes", "1")
    assert results_of(pytester, pytester.runpytest_subprocess, "ray", *chosen, "--synth-executor", "ray") == alone


@slow
def test_the_table_is_the_same_on_a_cluster_that_is_there(pytester, on_ray, monkeypatch):
    address = on_ray._ray.get_runtime_context().gcs_address
    monkeypatch.setenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")  # it listens on loopback
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(TOKEN))  # pytester has a home of its own
    project(pytester)
    alone = results_of(pytester, pytester.runpytest, "alone", "--synth-processes", "1")
    for place in (address, "auto"):
        there = ("--synth-executor", f"ray={place}")
        assert results_of(pytester, pytester.runpytest_subprocess, "ray", *there) == alone
    assert ask(on_ray, cell(seed=60))  # who leaves a cluster that he has not started leaves it running
