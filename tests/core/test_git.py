"""Git's knowledge of files, from real repositories; and git's own reasons where it knows nothing."""

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


@pytest.fixture
def code(repository):
    """The same repository with a folder of code."""
    (repository / "code").mkdir()
    (repository / "code/a.py").write_text("1\n")
    git(repository, "add", ".")
    git(repository, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "code")
    return repository


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


# ---- git's own reasons


def test_a_repository_that_answers_has_no_reason(repository):
    assert git_room.refusal(repository / "a", "main", repository / "a/file.txt") == ""


def test_a_file_that_a_revision_lacks_is_no_refusal(repository):
    assert git_room.refusal(repository, "main", repository / "a/new.txt") == ""


def test_without_git_the_reason_is_that(repository, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert git_room.refusal(repository, "main") == "git is not installed"


def test_outside_of_a_repository_the_reason_is_git_s(tmp_path):
    assert git_room.refusal(tmp_path, "main").startswith("not a git repository")


def test_a_repository_of_another_owner_is_refused_with_the_command_that_allows_it(repository, monkeypatch):
    # What git itself is tested with: it takes the folder for another's.
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    reason = git_room.refusal(repository, "main")
    assert reason.startswith("detected dubious ownership in repository at")
    assert "; run: git config --global --add safe.directory " in reason
    assert "\n" not in reason


def test_a_repository_without_a_commit_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    git(tmp_path, "init", "-q")
    assert "revision" in git_room.refusal(tmp_path, "main")


def test_an_unknown_revision_is_named(repository):
    assert git_room.refusal(repository, "nowhere") == "git knows no commit 'nowhere'"


def test_a_branch_that_only_the_remote_has_is_named_as_git_names_it(repository, tmp_path_factory):
    clone = tmp_path_factory.mktemp("clone")
    git(clone, "clone", "-q", str(repository), ".")
    git(clone, "checkout", "-q", "--detach")
    git(clone, "branch", "-q", "-D", "main")
    assert git_room.refusal(clone, "main") == "git knows no commit 'main', but origin/main; name that"


def test_a_shallow_clone_is_told_how_to_become_whole(repository, tmp_path_factory):
    git(repository, "checkout", "-q", "-b", "change")
    clone = tmp_path_factory.mktemp("clone")
    git(clone, "clone", "-q", "--depth=1", "--branch=change", repository.as_uri(), ".")
    assert git_room.refusal(clone, "main") == (
        "git knows no commit 'main': this clone is shallow; run: git fetch --unshallow origin main (in CI: "
        "fetch-depth: 0)"
    )


def test_a_reason_is_in_english_whatever_the_user_s_language(repository, monkeypatch):
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("LANGUAGE", "de")
    assert git_room.refusal(repository.parent, "main").startswith("not a git repository")


# ---- the commit of code


def test_committed_code_has_the_commit(code):
    assert git_room.code_commit(code / "code") == git(code, "rev-parse", "HEAD")


@pytest.mark.parametrize("name", ["code/a.py", "code/new.py"])
def test_a_changed_and_a_new_file_of_code_are_named(code, name):
    (code / name).write_text("2\n")
    with pytest.raises(ValueError, match=rf"^code is not committed: {name}; commit it"):
        git_room.code_commit(code / "code")


def test_what_is_no_code_may_change(code):
    (code / "code/results.jsonl").write_text("{}\n")
    assert git_room.code_commit(code / "code")


def test_outside_of_version_control_there_is_no_commit(tmp_path):
    (tmp_path / "a.py").write_text("1\n")
    assert git_room.code_commit(tmp_path) == ""


def test_without_git_there_is_no_commit(code, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert git_room.code_commit(code / "code") == ""
