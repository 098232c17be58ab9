"""Training in this process and in others: the same predictions, one GPU each, and what is left of them by kills."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import warnings

import pytest

from encoders import cell, damage, in_a_process, texts, tiny_bert, tuned
from synthworth.core.network import blocked
from synthworth.training import local
from synthworth.training.environment import gpus
from synthworth.training.floors import majority
from synthworth.training.local import Here, Processes, processes, take
from synthworth.training.recipes import RECIPES, Predicted, Untrainable
from synthworth.training.scheduler import Predictions, Training
from traps import WAIT_S, Trap, connect, die, fail, grow, hold, pids_in, released, show, tell, told

TAKE = """
import sys
from pathlib import Path
from synthworth.training.local import take
print(take(Path(sys.argv[1]), sys.argv[2].split(",")), flush=True)
sys.stdin.readline()
"""


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return tiny_bert(tmp_path_factory.mktemp("encoder") / "bert")


@pytest.fixture
def executor():
    """Makes executors of so many processes, and ends them."""
    with contextlib.ExitStack() as stack:

        def make(count, **options):
            made = Processes(count, **{"offline": False, **options})
            stack.callback(made.close)
            return made

        yield make


@pytest.fixture(scope="module")
def shared():
    """Two processes for tests that leave them as they are."""
    made = Processes(2, offline=False)
    yield made
    made.close()


def trapped(folder, *given, name="trapped", chosen=None, seed=0, read="label"):
    """A cell that acts in the process that trains it."""
    return cell(chosen or in_a_process(folder), name=name, train=[Trap(*given, read=read), *texts(8)], seed=seed)


def ask(executor, *cells):
    """What the executor gives for each cell, handed over together."""
    waiting = [executor.submit(one, lambda found: None) for one in cells]
    return [wait() for wait in waiting]


def kill_idle(executor, pid):
    """Kills a process that waits for a cell, and lets loky notice."""
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + WAIT_S
    while executor._pool._flags.broken is None and time.monotonic() < deadline:
        time.sleep(0.01)


def exists(pid):
    with contextlib.suppress(OSError):
        return "State:\tZ" not in (local.Path("/proc") / str(pid) / "status").read_text()
    return False


# ---- the same predictions everywhere


def test_one_seed_gives_one_prediction_here_and_in_two_processes(shared, encoder):
    chosen = tuned(encoder, least_steps=20, learning_rate=1e-4)
    cells = [cell(RECIPES["tfidf"]), *(cell(chosen, seed=seed) for seed in range(3))]
    here = ask(Here(), *cells)
    assert len({found.labels for found in here}) > 2
    assert ask(shared, *cells) == here


def test_a_floor_is_trained_in_this_process_when_it_is_asked_for(executor, monkeypatch):
    made, kept = executor(2), []
    wait = made.submit(cell(RECIPES["tfidf"]), kept.append)
    monkeypatch.setattr(local, "train", lambda cell, progress: Predicted((cell.name,), os.getpid()))
    assert kept == []
    assert wait() == Predicted(("words/real/tfidf",), os.getpid())
    assert kept == [Predicted(("words/real/tfidf",), os.getpid())]
    assert made._pool is None


def test_a_cell_is_kept_as_soon_as_it_is_trained_though_nobody_waits(shared, tmp_path):
    kept = []
    shared.submit(cell(in_a_process(tmp_path)), kept.append)
    deadline = time.monotonic() + WAIT_S
    while not kept and time.monotonic() < deadline:
        time.sleep(0.01)
    assert kept == [majority(texts(8), [""] * 30, 0)]


def test_so_many_cells_are_trained_at_once_as_there_are_processes(shared, tmp_path):
    waiting = [shared.submit(trapped(tmp_path, hold, tmp_path, seed=seed), lambda _: None) for seed in range(3)]
    assert len(told(tmp_path, 2)) == 2
    (tmp_path / "go").touch()
    assert [wait().labels[0] for wait in waiting] == ["fruit"] * 3
    assert len(pids_in(tmp_path)) == 2


def test_progress_counts_the_cells_that_have_ended(executor, tmp_path, monkeypatch):
    monkeypatch.setattr(local, "LOOK_EVERY_S", 0.05)
    stages = []
    made = executor(1, progress=lambda *stage: stages.append(stage))
    ended = made.submit(cell(in_a_process(tmp_path)), lambda _: None)
    waiting = made.submit(trapped(tmp_path, hold, tmp_path), lambda _: None)
    ended()
    told(tmp_path)
    stages.clear()
    monkeypatch.setattr(made, "_progress", lambda *stage: (stages.append(stage), (tmp_path / "go").touch()))
    waiting()
    assert stages[0] == ("training", 1, 2)


# ---- failures


def test_an_encoder_that_cannot_be_loaded_and_one_of_no_numbers_fail_alone(shared, encoder, tmp_path):
    (tmp_path / "empty").mkdir()
    damage(broken := tiny_bert(tmp_path / "broken"))
    training = Training(shared, Predictions(None))
    cells = [cell(tuned(source)) for source in (str(tmp_path / "empty"), broken, encoder)]
    training.start(cells)
    with pytest.raises(
        Untrainable, match=rf"^cannot load the encoder {tmp_path}/empty \(.*\); give a hub id or a local"
    ):
        training.predicted(cells[0])
    with pytest.raises(Untrainable, match=r"^the loss is nan at step 0 of 3; lower the learning rate$"):
        training.predicted(cells[1])
    assert training.predicted(cells[2]) == ask(Here(), cells[2])[0]


def test_a_bug_shows_its_traceback_from_the_other_process_and_others_go_on(shared, tmp_path):
    bad = trapped(tmp_path, fail, KeyError("planted"))
    good = cell(in_a_process(tmp_path))
    training = Training(shared, Predictions(None))
    training.start([bad, good])
    with pytest.raises(KeyError, match="planted") as caught:
        training.predicted(bad)
    assert "traps.py" in str(caught.value.__cause__)
    assert "in fail" in str(caught.value.__cause__)
    assert training.predicted(good) == majority(texts(8), [""] * 30, good.seed)


def test_a_time_out_of_the_training_itself_is_no_reason_to_wait_on(shared, tmp_path):
    with pytest.raises(TimeoutError, match="planted"):
        ask(shared, trapped(tmp_path, fail, TimeoutError("planted")))


# ---- kills


def test_a_process_killed_while_it_trains_is_replaced_and_the_predictions_are_the_same(executor, encoder, tmp_path):
    chosen = tuned(encoder, least_steps=150)
    killed, kept = trapped(tmp_path, tell, tmp_path, chosen=chosen, read="text"), []
    (expected,) = ask(Here(), killed)
    wait = executor(1).submit(killed, kept.append)
    (pid,) = told(tmp_path)
    time.sleep(0.2)
    assert not kept
    os.kill(pid, signal.SIGKILL)
    assert wait() == expected
    assert len(pids_in(tmp_path)) == 2
    assert kept == [expected]


def test_what_had_ended_is_not_trained_again_when_a_process_is_killed(executor, tmp_path):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    made = executor(1)
    first = made.submit(trapped(tmp_path, tell, tmp_path / "first"), lambda _: None)
    first()
    ask(made, trapped(tmp_path, die, tmp_path / "second", 1, seed=1))
    assert first() == Predicted(("fruit",) * 30, 0)
    assert len(pids_in(tmp_path / "first")) == 1
    assert len(pids_in(tmp_path / "second")) == 2


def test_what_had_failed_is_not_blamed_when_processes_are_killed(executor, tmp_path):
    made = executor(1)
    failed = made.submit(trapped(tmp_path, fail, KeyError("planted")), lambda _: None)
    with pytest.raises(KeyError, match="planted"):
        failed()
    ask(made, trapped(tmp_path, die, tmp_path, 2, seed=1))
    with pytest.raises(KeyError, match="planted"):
        failed()


def test_a_process_killed_before_all_is_handed_over_is_replaced(executor, tmp_path):
    made = executor(1)
    ask(made, trapped(tmp_path, tell, tmp_path))
    kill_idle(made, pids_in(tmp_path)[0])
    assert ask(made, cell(in_a_process(tmp_path), seed=1)) == [majority(texts(8), [""] * 30, 1)]


@pytest.mark.parametrize("count", [1, 2])
def test_a_cell_whose_process_is_killed_three_times_is_named_and_the_others_are_trained(executor, tmp_path, count):
    deaths = tmp_path / "deaths"
    deaths.mkdir()
    bad = trapped(tmp_path, die, deaths, 9, name="toy/real/deadly", seed=2)
    good = [cell(in_a_process(tmp_path), name=f"good {seed}", seed=seed) for seed in (0, 1, 3, 4, 5, 6)]
    training = Training(made := executor(count), Predictions(None))
    for one in (*good[:2], bad, *good[2:]):  # in this order, whatever their size
        training.start([one])
    for _ in range(2):
        with pytest.raises(RuntimeError, match=r"^the process that trains toy/real/deadly was killed 3 times, .*out$"):
            training.predicted(bad)
    assert [training.predicted(one) for one in good] == [majority(texts(8), [""] * 30, one.seed) for one in good]
    assert len(pids_in(deaths)) == 3
    attempts = {one.cell.name: one.attempts for one in made._under_way.values()}
    assert attempts["good 6"] == 0 or count == 2  # what had not begun when others were killed is not suspected


def test_who_trains_beside_a_deadly_cell_is_not_blamed(executor, tmp_path):
    deaths, beside = tmp_path / "deaths", tmp_path / "beside"
    deaths.mkdir()
    beside.mkdir()
    training = Training(executor(2), Predictions(None))
    slow = trapped(tmp_path, hold, beside, name="slow")  # ends at its third attempt, if that lasts a second
    deadly = trapped(tmp_path, die, deaths, 9, name="deadly", seed=1)
    training.start([slow, deadly])
    with released(beside, 3, after=1.0), pytest.raises(RuntimeError, match="trains deadly was killed 3 times"):
        training.predicted(deadly)
    assert training.predicted(slow).labels[0] == "fruit"


def test_a_process_that_cannot_begin_is_an_error_and_does_not_hang(executor, tmp_path, monkeypatch):
    made = executor(1)
    made._devices = ["0"]
    file = os.open(local.Path(made._folder.name) / "0", os.O_CREAT | os.O_RDWR)
    local.fcntl.flock(file, local.fcntl.LOCK_EX)
    try:
        with pytest.raises(RuntimeError, match="was killed 3 times"):
            ask(made, cell(in_a_process(tmp_path)))
    finally:
        os.close(file)


# ---- the end


def test_the_end_kills_what_is_under_way_at_once_and_removes_the_folder(tmp_path):
    made = Processes(2, offline=False)
    folder = local.Path(made._folder.name)
    for seed in range(2):
        made.submit(trapped(tmp_path, hold, tmp_path, seed=seed), lambda _: None)
    pids = told(tmp_path, 2)
    made.close()  # they would hold for good
    assert not any(map(exists, pids))
    assert not folder.exists()


def test_processes_that_were_never_needed_are_never_begun_and_end_without_a_word(capfd):
    made = Processes(2, offline=True)
    made.close()
    assert made._pool is None
    assert not local.Path(made._folder.name).exists()
    assert capfd.readouterr() == ("", "")


def test_a_process_that_has_come_to_need_more_memory_stays(executor, tmp_path):
    made = executor(1)
    for name in ("before", "after"):
        (tmp_path / name).mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ask(made, trapped(tmp_path, tell, tmp_path / "before"))
        time.sleep(1.1)  # loky looks once a second
        ask(made, trapped(tmp_path, grow, seed=1), *(cell(in_a_process(tmp_path), seed=seed) for seed in range(9)))
        ask(made, trapped(tmp_path, tell, tmp_path / "after", seed=2))
    assert pids_in(tmp_path / "after") == pids_in(tmp_path / "before")


# ---- the network


@pytest.mark.parametrize(
    ("offline", "encoder", "expected"),
    [
        (True, "", "NetworkBlocked"),
        (True, "nobody/nothing", "connected"),
        (False, "", "connected"),
        (False, "nobody/nothing", "connected"),
    ],
)
@pytest.mark.parametrize("parent", [blocked, contextlib.nullcontext], ids=["in a block", "outside"])
def test_a_process_may_connect_while_recording_or_for_an_encoder_of_the_hub(
    executor, tmp_path, offline, encoder, expected, parent
):
    with socket.create_server(("127.0.0.1", 0)) as server, parent():
        chosen = in_a_process(encoder or tmp_path)
        ask(executor(1, offline=offline), trapped(tmp_path, connect, tmp_path, server.getsockname()[1], chosen=chosen))
    assert (tmp_path / "told").read_text() == expected


def test_starting_processes_leaves_the_block_of_this_one_as_it_is(executor, tmp_path):
    with blocked():
        ask(executor(1, offline=True), cell(in_a_process(tmp_path)))
        with pytest.raises(OSError, match="network access is blocked"):
            socket.create_connection(("127.0.0.1", 9))


# ---- GPUs


def folder_of_gpus(tmp_path, count):
    for number in range(count):
        (tmp_path / f"0000:0{number}:00.0").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("visible", "expected"),
    [
        (None, ["0", "1", "2"]),
        ("", []),
        ("-1", []),
        ("1", ["1"]),
        ("2,0", ["2", "0"]),
        ("GPU-8932f937-d72c,MIG-GPU-8932/1/0", ["GPU-8932f937-d72c", "MIG-GPU-8932/1/0"]),
    ],
)
def test_the_gpus_are_those_that_cuda_may_see_else_all_of_the_machine(tmp_path, visible, expected):
    environment = {} if visible is None else {"CUDA_VISIBLE_DEVICES": visible}
    assert gpus(environment, folder_of_gpus(tmp_path, 3)) == expected


def test_a_machine_without_the_driver_has_no_gpus(tmp_path):
    assert gpus({}, tmp_path / "nothing") == []


@contextlib.contextmanager
def taking(folder, devices="0,1"):
    """A process that takes a GPU and keeps it; gives the process, and what it took."""
    command = [sys.executable, "-c", TAKE, folder, devices]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def test_two_living_processes_take_two_gpus_and_a_third_is_an_error(tmp_path):
    with taking(tmp_path) as (_, one), taking(tmp_path) as (_, other), taking(tmp_path) as (third, none):
        assert (one, other, none) == ("0", "1", "")
        said = third.stderr.read().splitlines()[-1]
        assert said == "RuntimeError: all GPUs (0, 1) are taken; train fewer at once with --synth-processes"


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM"])
def test_the_gpu_of_a_process_that_was_killed_is_free_again(tmp_path, name):
    with taking(tmp_path) as (first, one), taking(tmp_path) as (_, other):
        first.send_signal(signal.Signals[name])
        first.wait(timeout=WAIT_S)
        with taking(tmp_path) as (_, again):
            assert (one, other, again) == ("0", "1", "0")


def test_a_process_of_this_one_that_lives_keeps_its_gpu(tmp_path):
    assert [take(tmp_path, ["MIG-1/0", "b"]) for _ in range(2)] == ["MIG-1/0", "b"]


def test_each_process_sees_one_gpu_of_its_own_also_when_it_replaces_another(executor, tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,GPU-7")
    made, seen = executor(2), []
    for round_ in range(2):
        folder = tmp_path / str(round_)
        folder.mkdir()
        with released(folder, 2):
            ask(made, *(trapped(tmp_path, show, folder, "CUDA_VISIBLE_DEVICES", seed=2 * round_ + i) for i in (0, 1)))
        seen.append(sorted(path.read_text() for path in (folder / "CUDA_VISIBLE_DEVICES").iterdir()))
        kill_idle(made, pids_in(folder)[0])
    assert seen == [["3", "GPU-7"]] * 2


def test_more_processes_than_gpus_are_refused_in_one_line(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    Processes(2, offline=True).close()
    with pytest.raises(ValueError, match=r"^3 processes for 2 GPU\(s\), one each; lower --synth-processes$"):
        Processes(3, offline=True)


# ---- how many


@pytest.mark.parametrize(
    ("cores", "memory", "threads", "expected"),
    [(8, 64, 1, 8), (8, 64, 4, 2), (8, 64, 3, 2), (8, 3.5, 1, 3), (2, 64, 4, 1), (2, 0.5, 1, 1)],
)
def test_as_many_are_trained_at_once_as_cores_and_memory_allow(monkeypatch, cores, memory, threads, expected):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setattr("loky.cpu_count", lambda: cores)
    monkeypatch.setattr(local, "_memory", lambda: int(memory * local.MEMORY))
    assert processes(threads) == expected


def test_as_many_are_trained_at_once_as_there_are_gpus(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1,2")
    assert processes(64) == 3


def test_this_machine_has_memory_and_trains_at_least_one():
    assert local._memory() > 2**28
    assert processes(1) >= 1
