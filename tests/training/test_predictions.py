"""Kept predictions are found again whole or not at all, whatever becomes of their files."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthworth.training.predictions import _hash
from synthworth.training.recipes import Predicted
from synthworth.training.scheduler import Predictions

KEY = "0123456789abcdef"
LABELS = ("good", "bad", "so-so")
FOUND = Predicted(("bad", "good", "bad", "so-so"), 60, 0.25, 1.09)
CANNOT = "cannot keep predictions in {} ({}); what this run trains, the next trains again"
KEEP = """
import sys
from itertools import count
from pathlib import Path
from synthworth.training.recipes import Predicted
from synthworth.training.scheduler import Predictions
kept = Predictions(Path(sys.argv[1]))
for i in count() if sys.argv[2] == "on" else range(int(sys.argv[2])):
    kept.keep(f"{i % 7:016x}", ("good", "bad"), Predicted(("good", "bad") * 5000, i, 0.1, 0.7))
    print(i, flush=True)
"""
FULL = """
import resource, sys
from pathlib import Path
from synthworth.training.recipes import Predicted
from synthworth.training.scheduler import Predictions
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
kept = Predictions(Path(sys.argv[1]), print)
for i in range(3):
    kept.keep(f"{i:016x}", ("good", "bad"), Predicted(("good", "bad") * (10 if i == 0 else 5000), 60, 0.1, 0.7))
print(kept.find("0" * 16, ("good", "bad"), 20))
"""


@pytest.fixture
def kept(tmp_path):
    """A folder with the predictions FOUND, the path of their file, and what is said."""
    said = []
    predictions = Predictions(tmp_path / "cache", said.append)
    predictions.keep(KEY, LABELS, FOUND)
    return predictions, tmp_path / "cache" / KEY[:2] / f"{KEY}.json", said


def body_of(path, **changed):
    """The file with another body and its right hash."""
    body = json.loads(path.read_text())["body"] | changed
    return json.dumps({"sha256": _hash(body), "body": body})


@given(st.data())
def test_what_is_kept_is_found(data):
    labels = data.draw(st.lists(st.text(max_size=3), min_size=1, max_size=4, unique=True))
    loss = st.none() | st.floats(0, 9)
    predicted = tuple(data.draw(st.lists(st.sampled_from(labels), max_size=9)))
    found = Predicted(predicted, data.draw(st.integers(0, 9)), data.draw(loss), data.draw(loss))
    with tempfile.TemporaryDirectory() as folder:
        predictions = Predictions(Path(folder), pytest.fail)
        predictions.keep(KEY, labels, found)
        assert predictions.find(KEY, tuple(labels), len(predicted)) == found


def test_what_is_kept_again_takes_the_place_of_the_old(kept):
    predictions, path, said = kept
    predictions.keep(KEY, LABELS, FOUND._replace(steps=7))
    assert predictions.find(KEY, LABELS, 4) == FOUND._replace(steps=7)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert said == []


def test_nothing_is_found_under_another_key_and_nothing_said(kept):
    predictions, _, said = kept
    assert predictions.find("f" * 16, LABELS, 4) is None
    assert said == []


def test_without_a_folder_nothing_is_kept():
    predictions = Predictions(None, pytest.fail)
    predictions.keep(KEY, LABELS, FOUND)
    assert predictions.find(KEY, LABELS, 4) is None


def test_a_folder_is_made_when_something_is_kept_and_not_before(tmp_path):
    predictions = Predictions(tmp_path / "a" / "b")
    assert predictions.find(KEY, LABELS, 4) is None
    assert list(tmp_path.iterdir()) == []
    predictions.keep(KEY, LABELS, FOUND)
    assert predictions.find(KEY, LABELS, 4) == FOUND


# ---- files that are not as they were written


def test_a_file_cut_off_anywhere_counts_as_not_there(kept):
    predictions, path, said = kept
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert predictions.find(KEY, LABELS, 4) is None
    assert len(said) == len(whole)


def test_a_file_in_which_any_byte_has_changed_counts_as_not_there(kept):
    predictions, path, _ = kept
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        found = predictions.find(KEY, LABELS, 4)
        assert found is None or found == FOUND  # 1 and 01, say


DAMAGES = {
    "no JSON": (lambda path: path.write_text("predicted\n\n: yes"), "Expecting value"),
    "empty": (lambda path: path.write_text(""), "Expecting value"),
    "no text": (lambda path: path.write_bytes(b"\xff\xfe"), "codec can't decode"),
    "a list": (lambda path: path.write_text("[]"), "list indices must be"),
    "a number": (lambda path: path.write_text("7"), "not subscriptable"),
    "nested too deeply": (lambda path: path.write_text("[" * 100_000), "too deep"),
    "no body": (lambda path: path.write_text("{}"), "'body'"),
    "another hash": (lambda path: path.write_text(path.read_text().replace('"steps":60', '"steps":61')), "its hash"),
    "other labels": (lambda path: path.write_text(body_of(path, labels=["a", "b"])), "it has the labels a, b"),
    "labels in another order": (
        lambda path: path.write_text(body_of(path, labels=sorted(LABELS))),
        "it has the labels bad, good, so-so",
    ),
    "fewer rows": (lambda path: path.write_text(body_of(path, predicted=[0, 1])), "it has 2 rows, not 4"),
    "more rows": (lambda path: path.write_text(body_of(path, predicted=[0] * 5)), "it has 5 rows, not 4"),
    "no such label": (lambda path: path.write_text(body_of(path, predicted=[0, 1, 2, 3])), "out of range"),
    "no place": (lambda path: path.write_text(body_of(path, predicted=["good"] * 4)), "indices must be"),
    "a folder in its place": (lambda path: (path.unlink(), path.mkdir()), "Is a directory"),
    "unreadable": (lambda path: (path.unlink(), path.symlink_to(path.name)), "symbolic links"),
}


@pytest.mark.parametrize("kind", DAMAGES)
def test_a_damaged_file_counts_as_not_there_and_one_line_says_so(kept, kind):
    predictions, path, said = kept
    damage, reason = DAMAGES[kind]
    damage(path)
    assert predictions.find(KEY, LABELS, 4) is None
    assert len(said) == 1
    assert re.fullmatch(rf"predictions in {path} cannot be read \(.*\); they are made again", said[0])
    assert reason in said[0]


@pytest.mark.parametrize("kind", [kind for kind in DAMAGES if kind != "a folder in its place"])
def test_new_predictions_take_the_place_of_a_damaged_file(kept, kind):
    predictions, path, said = kept
    DAMAGES[kind][0](path)
    predictions.keep(KEY, LABELS, FOUND)
    assert predictions.find(KEY, LABELS, 4) == FOUND
    assert said == []


@pytest.mark.skipif(not os.geteuid(), reason="root reads every file")
def test_a_file_that_may_not_be_read_counts_as_not_there(kept):
    predictions, path, said = kept
    path.chmod(0)
    assert predictions.find(KEY, LABELS, 4) is None
    assert "Permission denied" in said[0]


# ---- disks that take nothing


def test_a_folder_that_cannot_be_made_is_said_once_and_the_run_goes_on(tmp_path):
    said = []
    (tmp_path / "file").touch()
    predictions = Predictions(tmp_path / "file" / "cache", said.append)
    for _ in range(3):
        assert predictions.find(KEY, LABELS, 4) is None
        predictions.keep(KEY, LABELS, FOUND)
    assert said == [CANNOT.format(tmp_path / "file" / "cache", "Not a directory")]


def test_a_full_disk_is_said_once_and_leaves_nothing_half_written(tmp_path):
    done = subprocess.run([sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [CANNOT.format(tmp_path, "File too large"), "None"]
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [f"{0:016x}.json"]


@pytest.fixture
def read_only(tmp_path):
    """A file system that takes nothing, where the machine lets its users mount one in a namespace of their own."""
    if not shutil.which("unshare"):
        pytest.skip("nothing can be mounted: unshare is not installed")
    tried = subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "t", tmp_path], capture_output=True, text=True)
    if tried.returncode:
        pytest.skip(f"nothing can be mounted: {tried.stderr.strip()}")
    return tmp_path


def test_a_disk_that_may_not_be_written_is_said_once(read_only):
    code = FULL.replace("resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))", "")
    script = 'mount -t tmpfs -o ro t "$1" && exec "$0" -c "$2" "$1"'
    command = ["unshare", "-rm", "sh", "-c", script, sys.executable, read_only, code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [CANNOT.format(read_only, "Read-only file system"), "None"]


# ---- other processes, and kills


def test_kill_9_at_any_moment_leaves_whole_files(tmp_path):
    for round_ in range(6):
        with subprocess.Popen(
            [sys.executable, "-c", KEEP, tmp_path, "on"], stdout=subprocess.PIPE, text=True
        ) as process:
            assert [int(process.stdout.readline()) for _ in range(3)] == [0, 1, 2]
            time.sleep(0.011 * round_)
            process.send_signal(signal.SIGKILL)
            written = 3 + len(process.stdout.read().split())
        predictions = Predictions(tmp_path, pytest.fail)
        found = [predictions.find(f"{i:016x}", ("good", "bad"), 10_000) for i in range(min(written, 7))]
        assert None not in found


def test_processes_that_keep_the_same_predictions_at_once_do_not_damage_them(tmp_path):
    command = [sys.executable, "-c", KEEP, tmp_path, "60"]
    started = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(3)]
    predictions, seen = Predictions(tmp_path, pytest.fail), 0
    while any(process.poll() is None for process in started):
        seen += predictions.find(f"{3:016x}", ("good", "bad"), 10_000) is not None
    assert [process.wait() for process in started] == [0, 0, 0]
    assert seen > 10
    assert sorted(path.name for path in tmp_path.rglob("*.json")) == [f"{i:016x}.json" for i in range(7)]
    assert not list(tmp_path.rglob(".*"))
