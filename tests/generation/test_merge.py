"""Recordings of two branches as one, by the command and by git itself."""

import shlex
import shutil
import subprocess
import sys

import pytest

from synthworth.__main__ import main
from synthworth.core.completion import Request
from synthworth.generation.recording.entries import UnreadableRecording, entry, loads
from synthworth.generation.recording.merge import merge
from synthworth.generation.recording.store import Store


def entry_of(sample, text="a text"):
    request = Request(messages=(), parameters={}, sample=sample, label="good")
    return entry({"model": "m"}, request, {"choices": [{"message": {"content": text}, "finish_reason": "stop"}]})


def recorded(path, texts, server=""):
    store = Store(path)
    store.server = server
    for sample, text in texts.items():
        store.append(entry_of(sample, text))
    store.save()
    return path


def texts_of(entries):
    return {one["sample"]: one["response"]["text"] for one in entries.values()}


def test_two_recordings_become_one_with_the_servers_of_both_and_the_first_wins(tmp_path, capsys):
    ours = recorded(tmp_path / "a.jsonl", {0: "x", 1: "ours"}, "https://a.example/v1")
    theirs = recorded(tmp_path / "b.jsonl", {1: "theirs", 2: "y"}, "https://b.example/v1")
    assert main(["recordings", "merge", str(ours), str(theirs)]) == 0
    merged = loads(ours.read_text())
    assert texts_of(merged) == {0: "x", 1: "ours", 2: "y"}
    assert merged.servers == {"https://a.example/v1", "https://b.example/v1"}
    assert capsys.readouterr().out == f"{ours}: 3 answers; 1 differ, and those of the first are kept\n"
    assert texts_of(loads(theirs.read_text())) == {1: "theirs", 2: "y"}


def test_of_a_common_ancestor_what_one_side_has_removed_or_recorded_again_is_so_in_the_result(tmp_path):
    base = recorded(tmp_path / "base.jsonl", dict.fromkeys(range(5), "old"))
    ours = recorded(tmp_path / "a.jsonl", {0: "old", 1: "new", 2: "old", 4: "ours"})
    theirs = recorded(tmp_path / "b.jsonl", {0: "old", 1: "old", 2: "new", 3: "old", 4: "theirs", 5: "more"})
    merged = merge([ours, theirs], base)
    assert texts_of(merged.entries) == {0: "old", 1: "new", 2: "new", 4: "ours", 5: "more"}
    assert merged.differing == 1


CONFLICT = "<<<<<<< HEAD\n{ours}||||||| base\n{base}=======\n{theirs}>>>>>>> branch\n"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file_with_both_sides_of_a_conflict_is_joined_without_the_ancestor(tmp_path, end, capsys):
    sides = {}
    for name, texts in {"ours": {0: "x", 1: "ours"}, "base": {0: "x", 9: "gone"}, "theirs": {0: "x", 2: "y"}}.items():
        sides[name] = recorded(tmp_path / f"{name}.jsonl", texts).read_text()
    path = tmp_path / "a.jsonl"
    path.write_bytes(CONFLICT.format(**sides).replace("\n", end).encode())
    assert main(["recordings", "check", str(path)]) == 1
    assert f"synthworth recordings merge {path}" in capsys.readouterr().out
    assert main(["recordings", "merge", str(path)]) == 0
    assert texts_of(loads(path.read_text())) == {0: "x", 1: "ours", 2: "y"}
    assert main(["recordings", "check", str(path)]) == 0


def test_a_merged_file_with_a_stale_footer_is_rewritten(tmp_path):
    path = recorded(tmp_path / "a.jsonl", dict.fromkeys(range(3), "x"))
    whole = path.read_text()
    path.write_text(recorded(tmp_path / "b.jsonl", {7: "y"}).read_text().splitlines(keepends=True)[0] + whole)
    assert main(["recordings", "merge", str(path)]) == 0
    assert len(loads(path.read_text())) == 4


@pytest.mark.parametrize("line", ['{"key":"0"}', "half a l", "[1]"])
def test_a_line_that_is_no_answer_stops_a_merge_with_its_place_and_changes_nothing(tmp_path, line):
    path = recorded(tmp_path / "a.jsonl", {0: "x"})
    path.write_text(f"{path.read_text()}{line}\n")
    before = path.read_bytes()
    with pytest.raises(UnreadableRecording, match=r"a\.jsonl, line 3 .*; correct or delete that line"):
        merge([path])
    assert path.read_bytes() == before


def test_check_names_each_fault_of_files_and_journals_and_counts(tmp_path, capsys):
    recorded(tmp_path / "m/task/whole.jsonl", {0: "x"})
    truncated = recorded(tmp_path / "m/task/cut.jsonl", {0: "x"})
    truncated.write_bytes(truncated.read_bytes()[:-30])
    (tmp_path / "m/task/new.jsonl.partial").write_text('{"key":"a","sample":0}\n')
    assert main(["recordings", "check", str(tmp_path)]) == 1
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 3
    assert "cut.jsonl is damaged: its footer is missing; restore it" in said[0]
    assert "new.jsonl.partial, line 1 has no request; it is left there: correct or delete it" in said[1]
    assert said[2] == "recordings: 3, faults: 2"


def test_a_recording_that_is_not_there_is_one_line(tmp_path, capsys):
    assert main(["recordings", "check", str(tmp_path / "none")]) == 4
    assert "no recording" in capsys.readouterr().err


def test_git_joins_two_branches_that_record_by_the_driver_of_the_docs(tmp_path):
    if not shutil.which("git"):
        pytest.skip("git is not installed")

    def git(*arguments):
        return subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@b.example", *arguments],
            cwd=tmp_path,
            check=True,
            capture_output=True,
        )

    path = tmp_path / "cassettes/m/task/zero_shot.jsonl"
    git("init", "-q", "-b", "main")
    driver = f"{shlex.quote(sys.executable)} -m synthworth recordings merge %A %B --base %O"
    git("config", "merge.synthworth.driver", driver)
    (tmp_path / ".gitattributes").write_text("cassettes/**/*.jsonl text eol=lf merge=synthworth\n")
    recorded(path, {0: "x"})
    git("add", "-A")
    git("commit", "-qm", "base")
    git("checkout", "-qb", "branch")
    recorded(path, {1: "theirs"})
    git("commit", "-qam", "theirs")
    git("checkout", "-q", "main")
    recorded(path, {2: "ours"})
    git("commit", "-qam", "ours")
    git("merge", "-q", "--no-edit", "branch")
    assert texts_of(loads(path.read_text())) == {0: "x", 1: "theirs", 2: "ours"}
