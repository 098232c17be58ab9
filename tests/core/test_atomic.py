"""Files that several processes write at once lose nothing, and are never seen half written."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from synthworth.core.atomic import check_can_fill, check_can_write, folder_lock, replace, replace_all

COUNT = """
import sys
from pathlib import Path
from synthworth.core.atomic import folder_lock, replace
path = Path(sys.argv[1])
for _ in range(int(sys.argv[2])):
    with folder_lock(path.parent):
        replace(path, str(int(path.read_text()) + 1))
"""
HOLD = """
import sys, time
from pathlib import Path
from synthworth.core.atomic import folder_lock
with folder_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
    (Path(sys.argv[1]) / "let go").touch()
"""
SWAP = """
import itertools, sys
from pathlib import Path
from synthworth.core.atomic import replace
for letter in itertools.cycle("ab"):
    replace(Path(sys.argv[1]), letter * 300_000)
    print(letter, flush=True)
"""


@contextlib.contextmanager
def process(code, *arguments):
    command = [sys.executable, "-c", code, *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as started:
        try:
            yield started
        finally:
            started.kill()


def test_processes_that_hold_the_lock_lose_no_change_of_each_other(tmp_path):
    path = tmp_path / "count"
    path.write_text("0")
    with contextlib.ExitStack() as stack:
        for counting in [stack.enter_context(process(COUNT, path, 25)) for _ in range(4)]:
            assert counting.wait(timeout=60) == 0
    assert path.read_text() == "100"


def test_a_lock_is_waited_for(tmp_path):
    with process(HOLD, tmp_path) as holder:
        assert holder.stdout.readline() == "held\n"
        holder.stdin.write("\n")
        holder.stdin.flush()
        with folder_lock(tmp_path):
            assert (tmp_path / "let go").exists()


def test_a_process_that_is_killed_lets_the_lock_go(tmp_path):
    with process(HOLD, tmp_path) as holder:
        assert holder.stdout.readline() == "held\n"
        holder.send_signal(signal.SIGKILL)
        with folder_lock(tmp_path):
            assert not (tmp_path / "let go").exists()


def test_the_lock_of_one_folder_leaves_another_free(tmp_path):
    (tmp_path / "one").mkdir()
    with process(HOLD, tmp_path) as holder:
        assert holder.stdout.readline() == "held\n"
        with folder_lock(tmp_path / "one"):
            assert not (tmp_path / "let go").exists()


def test_a_lock_is_free_after_a_failure_under_it(tmp_path):
    with contextlib.suppress(KeyError), folder_lock(tmp_path):
        raise KeyError
    with process(HOLD, tmp_path) as holder:
        assert holder.stdout.readline() == "held\n"


def test_a_reader_sees_the_old_file_or_the_new_one_and_nothing_between(tmp_path):
    path, seen = tmp_path / "text", set()
    with process(SWAP, path) as writer:
        writer.stdout.readline()
        start = time.monotonic()
        while time.monotonic() < start + (1 if len(seen) > 1 else 30):
            seen.add(path.read_text())
    assert seen == {"a" * 300_000, "b" * 300_000}


@pytest.mark.parametrize("text", ["", "one\ntwo\n", "\u2028 ß 🎉\r\n"])
def test_the_text_is_in_the_file_as_it_was_given(tmp_path, text):
    replace(tmp_path / "text", text)
    assert (tmp_path / "text").read_bytes() == text.encode()


def test_a_failure_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    replace(tmp_path / "text", "old")
    with pytest.raises(UnicodeEncodeError):
        replace(tmp_path / "text", "new \ud800")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_the_new_file_has_the_rights_of_any_new_file(tmp_path):
    (tmp_path / "other").touch()
    replace(tmp_path / "text", "new")
    assert (tmp_path / "text").stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_and_the_file_it_leads_to_is_replaced(tmp_path, there):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    if there:
        (folder / "text").write_text("old")
    link = tmp_path / "link"
    link.symlink_to(folder / "text")
    check_can_write(link)
    replace(link, "new")
    assert link.is_symlink()
    assert [path.read_text() for path in folder.iterdir()] == ["new"]


def test_a_pipe_is_written_to_and_stays(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        check_can_write(pipe)
        replace(pipe, "new")
        assert reader.communicate(timeout=60)[0] == b"new"
    assert pipe.is_fifo()


def test_a_link_that_leads_to_itself_and_a_socket_are_known_before_the_work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the address of a socket is short
    Path("one").symlink_to("other")
    Path("other").symlink_to("one")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("socket")
        for name, problem in (("one", "it is a link that leads to itself"), ("socket", "it is a socket")):
            with pytest.raises(ValueError, match=f"^cannot write to {name}: {problem}; name a file$"):
                check_can_write(Path(name))


def test_standard_output_that_goes_to_a_file_is_not_replaced(tmp_path):
    code = "from pathlib import Path; from synthworth.core.atomic import check_can_write as c; c(Path('/dev/stdout'))"
    with (tmp_path / "out").open("w") as file:
        ran = subprocess.run([sys.executable, "-c", code], stdout=file, stderr=subprocess.PIPE, text=True, check=False)
    assert ran.stderr.endswith("cannot write to /dev/stdout: it leads to a file that is written; name another file\n")


def test_a_file_that_is_read_is_not_written_to(tmp_path):
    read, link = tmp_path / "read", tmp_path / "link"
    read.write_text("mine")
    link.symlink_to(read)
    for path in (read, link):
        with pytest.raises(ValueError, match=f"^cannot write to {path}: it is a file that is read; name another$"):
            check_can_write(path, read=[tmp_path / "none", read])
    check_can_write(tmp_path / "new", read=[read, tmp_path / "new"])


@pytest.mark.parametrize("hindered", [0, 1, 2])
def test_of_several_files_all_are_written_or_none(tmp_path, hindered):
    paths = [tmp_path / "out" / name / "text" for name in "abc"]
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "kept").touch()
    paths[hindered].parent.write_text("in the way")
    with pytest.raises(OSError, match=r"File exists|Not a directory"):
        replace_all(dict.fromkeys(paths, "new"))
    assert sorted(path.name for path in (tmp_path / "out").rglob("*")) == sorted(["kept", "abc"[hindered]])
    paths[hindered].parent.unlink()
    replace_all(dict.fromkeys(paths, "new"))
    assert {path.read_text() for path in paths} == {"new"}


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "it is a folder; give the name of a file in it"),
        ("no/file.html", "there is no folder .*no; make it, or name another"),
    ],
)
def test_what_cannot_be_written_is_known_before_the_work(tmp_path, name, problem):
    with pytest.raises(ValueError, match=f"^cannot write to {tmp_path / name}: {problem}$"):
        check_can_write(tmp_path / name)


def test_what_can_be_written_passes_and_is_left_as_it_is(tmp_path):
    check_can_write(tmp_path / "new")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "old").write_text("old")
    check_can_write(tmp_path / "old")
    assert (tmp_path / "old").read_text() == "old"


def test_an_error_names_the_file_that_was_asked_for_and_not_the_one_beside_it(tmp_path):
    with pytest.raises(OSError, match="folder") as caught:
        replace(tmp_path / "no" / "folder", "x")
    assert (caught.value.filename, caught.value.filename2) == (str(tmp_path / "no" / "folder"), None)


def test_a_folder_that_is_there_or_can_be_made_passes_and_nothing_is_made(tmp_path):
    check_can_fill(tmp_path)
    check_can_fill(tmp_path / "new" / "folder")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["taken", "taken/folder"])
def test_a_file_in_place_of_a_folder_is_known_before_the_work(tmp_path, name):
    (tmp_path / "taken").touch()
    with pytest.raises(ValueError, match=f"{tmp_path / name}: {tmp_path / 'taken'} is a file; name a folder"):
        check_can_fill(tmp_path / name)
