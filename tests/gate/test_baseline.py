"""A baseline that git cannot give is refused with git's own reason."""

import os
import subprocess

import pytest

import toys
from synthworth.core.result import write
from synthworth.gate.baseline import Baseline, load_baseline


def git(folder, *arguments):
    name = ("-c", "user.name=a", "-c", "user.email=a@b")
    subprocess.run(["git", *name, "-C", str(folder), *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with committed results on main, and a branch for a change."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    folder = tmp_path / "repository"
    write(folder / "results.jsonl", [toys.result()])
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "results")
    git(folder, "checkout", "-q", "-b", "change")
    return folder


def refused(given, file):
    with pytest.raises(ValueError, match=r"\A.+\Z") as caught:
        load_baseline(given, [file])
    return str(caught.value)


def test_a_branch_gives_its_results(repository):
    assert load_baseline("main", [repository / "results.jsonl"]).results == (toys.result(),)


def test_a_repository_of_another_owner_is_refused_with_the_command_that_allows_it(repository, monkeypatch):
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # git's own switch for its tests
    told = refused("main", repository / "results.jsonl")
    assert "(detected dubious ownership in repository at " in told
    assert "run: git config --global --add safe.directory " in told


def test_a_shallow_clone_is_refused_with_the_command_that_completes_it(repository, tmp_path):
    git(tmp_path, "clone", "-q", "--depth=1", "--branch=change", repository.as_uri(), "clone")
    told = refused("main", tmp_path / "clone/results.jsonl")
    assert "this clone is shallow; run: git fetch --unshallow origin main" in told


def test_without_git_the_reason_is_that(repository, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert "(git is not installed)" in refused("main", repository / "results.jsonl")


# ---- its draws


def holding(*seeds):
    results = [toys.result(generation_seed=seed, train_version=f"draw {seed}") for seed in seeds]
    return Baseline(source="base", results=tuple(results))


@pytest.mark.parametrize("there", [(0, 1, 2), (0, 1, 2, 3)])
def test_a_baseline_of_all_draws_that_are_asked_for_lacks_nothing(there):
    known = holding(*there)
    assert known.drawn(known.results, (0, 1, 2)) == ""


def test_a_baseline_that_lacks_draws_names_them():
    known = holding(0, 2)
    assert known.drawn(known.results, (0, 1, 2)) == (
        "base has generation seed 0,2 and lacks 1; measure it with all of 0,1,2"
    )


def test_a_baseline_of_a_draw_that_nobody_asked_for_is_refused():
    known = holding(7)
    with pytest.raises(ValueError, match=r"of generation seed 7 and none of 0,1,2: .* --synth-generation-seed 7$"):
        known.drawn(known.results, (0, 1, 2))
