"""Code is what its commit says, or it is not committed."""

import subprocess

import pytest

from synthworth.submission.checkout import commit_of


@pytest.fixture
def repository(tmp_path):
    (tmp_path / "code").mkdir()
    (tmp_path / "code/a.py").write_text("1\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "a")
    return tmp_path


def git(folder, *arguments):
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(folder), *arguments]
    return subprocess.check_output(command, text=True).strip()


def test_committed_code_has_the_commit(repository):
    assert commit_of(repository / "code") == git(repository, "rev-parse", "HEAD")


@pytest.mark.parametrize("name", ["code/a.py", "code/new.py"])
def test_a_changed_and_a_new_file_of_code_are_named(repository, name):
    (repository / name).write_text("2\n")
    with pytest.raises(ValueError, match=rf"^code is not committed: {name}; commit it"):
        commit_of(repository / "code")


def test_what_is_no_code_may_change(repository):
    (repository / "code/results.jsonl").write_text("{}\n")
    assert commit_of(repository / "code")


def test_outside_of_version_control_there_is_no_commit(tmp_path):
    (tmp_path / "a.py").write_text("1\n")
    assert commit_of(tmp_path) == ""


def test_without_git_there_is_no_commit(repository, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert commit_of(repository / "code") == ""
