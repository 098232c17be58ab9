"""What git knows of a file, from real repositories; and what is said where git knows nothing."""

import os
import subprocess

import pytest

from synthworth.core import git as git_room


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository of two commits of one file, and what git calls the first."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    git(tmp_path, "init", "-q", "-b", "main")
    for text in ("first\n", "second\n"):
        (tmp_path / "a").mkdir(exist_ok=True)
        (tmp_path / "a/file.txt").write_text(text)
        git(tmp_path, "add", ".")
        git(tmp_path, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", text.strip())
    return tmp_path


def git(folder, *arguments):
    done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_file_s_text_is_that_of_the_revision(repository):
    path = repository / "a/file.txt"
    path.write_text("third\n")
    assert [git_room.text_at(repository, name, path) for name in ("HEAD~1", "main")] == ["first\n", "second\n"]


def test_the_root_is_found_from_any_folder(repository):
    assert git_room.repository(repository / "a").samefile(repository)


def test_a_branch_names_its_commit_and_an_unknown_one_names_none(repository):
    assert git_room.commit(repository, "main") == git(repository, "rev-parse", "HEAD")
    assert git_room.commit(repository, "nowhere") == ""


@pytest.mark.parametrize("name", ["--help", "-n1", "--output=x", ""])
def test_a_name_that_looks_like_an_option_is_none(repository, name):
    assert git_room.commit(repository, name) == ""
    assert sorted(path.name for path in repository.iterdir()) == [".git", "a"]


def test_a_file_that_was_not_there_or_lies_outside_has_no_text(repository):
    assert git_room.text_at(repository, "main", repository / "a/new.txt") is None
    assert git_room.text_at(repository, "main", repository.parent / "file.txt") is None


def test_a_file_as_it_was_committed_was_written_by_the_last_commit_that_changed_it(repository):
    (repository / "b").write_text("other")
    git(repository, "add", ".")
    git(repository, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "other")
    assert git_room.written_by(repository / "a/file.txt") == git(repository, "rev-parse", "HEAD~1")


def test_a_file_that_was_changed_since_was_written_by_no_commit(repository):
    (repository / "a/file.txt").write_text("changed\n")
    assert git_room.written_by(repository / "a/file.txt") == ""


def test_without_a_repository_nothing_is_known(tmp_path):
    (tmp_path / "file").write_text("x")
    assert (git_room.repository(tmp_path), git_room.written_by(tmp_path / "file")) == (None, "")


def test_without_git_nothing_is_known(repository, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert git_room.repository(repository) is None
