"""A stranger's folder is read within bounds, and none is ever an accident: an error line, nothing written."""

import json
import os
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import bundles
from bundles import copied, sealed
from synthworth.__main__ import main
from synthworth.submission import folder as folders

pytestmark = pytest.mark.usefixtures("no_embedder")
NAMES = (
    "declaration.json",
    "usage.json",
    "versions.json",
    "results.jsonl",
    "recordings/notes.jsonl",
    "texts/notes.0.jsonl",
)
VALUES = st.sampled_from(
    [
        None,
        True,
        -1,
        0,
        2**53,
        1e308,
        "",
        "x",
        "../../etc/passwd",
        "\x00",
        "\u2028",
        [],
        [[]],
        {},
        {"": None},
        ["a"] * 50,
    ]
)


def test_what_was_written_is_loaded(tmp_path):
    files = {"manifest.json": b"{}", "texts/a.0.jsonl": "ä\n".encode()}
    folders.write(tmp_path / "new" / "bundle", files)
    assert folders.load(tmp_path / "new" / "bundle") == files
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["bundle"]


def test_nothing_is_left_of_a_bundle_that_cannot_be_written_whole(tmp_path):
    with pytest.raises(OSError, match="too long"):
        folders.write(tmp_path / "bundle", {"a.json": b"{}", "b" * 300: b"{}"})
    assert list(tmp_path.iterdir()) == []


def test_no_folder_is_written_over(tmp_path):
    with pytest.raises(ValueError, match="exists; name a new folder"):
        folders.write(tmp_path, {})


def link_to_a_file(folder):
    (folder / "usage.json").unlink()
    (folder / "usage.json").symlink_to("/etc/hostname")


def link_to_a_folder(folder):
    for path in (folder / "texts").iterdir():
        path.unlink()
    (folder / "texts").rmdir()
    (folder / "texts").symlink_to("/etc")


def hard_link(folder):
    (folder.parent / "other").write_text("{}")
    (folder / "usage.json").unlink()
    os.link(folder.parent / "other", folder / "usage.json")


def pipe(folder):
    (folder / "usage.json").unlink()
    os.mkfifo(folder / "usage.json")


def many_files(folder):
    for number in range(folders.MOST_FILES + 1):
        (folder / f"texts/notes.{number}.jsonl").touch()


def large_file(folder):
    with (folder / "texts/notes.1.jsonl").open("wb") as file:
        file.truncate(folders.MOST_BYTES + 1)  # a hole: it takes no room on disk


def named(name):
    def make(folder):
        path = os.path.join(os.fsencode(folder), name)  # noqa: PTH118, a name that is no UTF-8
        with open(path, "wb"):  # noqa: PTH123
            pass

    return make


TRICKS = {
    "link to a file": (link_to_a_file, "'usage.json' is a link"),
    "link to a folder": (link_to_a_folder, "'texts' is a link"),
    "hard link": (hard_link, "usage.json is a hard link"),
    "pipe": (pipe, "usage.json is not a plain file"),
    "many files": (many_files, "more than 500 files"),
    "large file": (large_file, "texts/notes.1.jsonl is too large"),
    "code": (named(b"conftest.py"), "'conftest.py' does not belong in a bundle"),
    "hidden file": (named(b".git"), "'.git' does not belong in a bundle"),
    "line break": (named(b"texts/a\n.0.jsonl"), r"'texts/a\n.0.jsonl' does not belong in a bundle"),
    "no UTF-8": (named(b"texts/\xff.0.jsonl"), "does not belong in a bundle"),
    "seed with zeros": (named(b"texts/notes.00.jsonl"), "does not belong in a bundle"),
    "pickle": (named(b"recordings/notes.pkl"), "does not belong in a bundle"),
    "folder as a file": (
        lambda folder: (folder / "texts/notes.7.jsonl").mkdir(),
        "texts/notes.7.jsonl is not a plain file",
    ),
    "another folder": (lambda folder: (folder / "more").mkdir(), "'more' does not belong in a bundle"),
    "no manifest": (lambda folder: (folder / "manifest.json").unlink(), "is not a bundle: it has no manifest.json"),
}


@pytest.mark.parametrize("trick", TRICKS)
def test_a_folder_that_holds_anything_else_is_refused_in_one_line(submitted, tmp_path, trick):
    make, told = TRICKS[trick]
    folder = copied(submitted, tmp_path)
    make(folder)
    with pytest.raises(ValueError, match=re.escape(told)) as caught:
        folders.load(folder)
    assert "\n" not in str(caught.value)


def test_all_files_together_have_a_limit_too(submitted, monkeypatch):
    total = sum(path.stat().st_size for path in submitted.bundle.rglob("*") if path.is_file())
    monkeypatch.setattr(folders, "MOST_TOTAL", total)
    assert len(folders.load(submitted.bundle)) == 9
    monkeypatch.setattr(folders, "MOST_TOTAL", total - 1)
    with pytest.raises(ValueError, match="is too large; a file has at most"):
        folders.load(submitted.bundle)


def names(places):
    """Of everything in these folders but what Python compiles."""
    return sorted(str(path) for place in places for path in place.rglob("*") if "__pycache__" not in path.parts)


def outcome(submitted, folder, capsys):
    """The exit code of `verify` and what it prints, once both have been judged."""
    project = submitted.project
    before = names([folder.parent, project])
    arguments = ["verify", str(folder), "--data", str(project / "mirror"), "--suites", str(project / "suites")]
    code = main([*arguments, "--processes", "1"])
    shown = capsys.readouterr()
    errors = [line for line in shown.err.splitlines() if not line.endswith("...")]
    assert names([folder.parent, project]) == before
    assert code in (0, 1, 4)
    assert all(line.isprintable() for line in [*shown.out.splitlines(), *errors])
    if code == 4:
        assert (shown.out, len(errors), errors[0][:7]) == ("", 1, "error: ")
    else:
        assert not errors
        assert ("problem: " in shown.out) == (code == 1)
    return code


FUZZ = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def at(value, path):
    """The container and the place in it that a path of numbers leads to."""
    while True:
        places = list(value) if isinstance(value, dict) else list(range(len(value)))
        place = places[path[0] % len(places)]
        inside = value[place]
        if len(path) == 1 or not isinstance(inside, dict | list) or not inside:
            return value, place
        value, path = inside, path[1:]


@FUZZ
@given(
    name=st.sampled_from([*NAMES, "manifest.json"]),
    line=st.integers(0, 100),
    path=st.lists(st.integers(0, 100), min_size=1, max_size=4),
    value=VALUES,
)
def test_any_value_of_another_kind_is_judged_without_a_traceback(
    submitted, tmp_path_factory, capsys, name, line, path, value
):
    folder = copied(submitted, tmp_path_factory.mktemp("fuzz"))
    rows = [json.loads((folder / name).read_text())] if name.endswith(".json") else bundles.lines(folder / name)
    container, place = at(rows[line % len(rows)], path)
    container[place] = value
    bundles.rewrite(folder / name, rows)
    if name != "manifest.json":
        sealed(folder)
    outcome(submitted, folder, capsys)


@FUZZ
@given(name=st.sampled_from([*NAMES, "manifest.json"]), keep=st.floats(0, 1), content=st.binary(max_size=60))
def test_any_bytes_in_any_file_are_judged_without_a_traceback(submitted, tmp_path_factory, capsys, name, keep, content):
    folder = copied(submitted, tmp_path_factory.mktemp("fuzz"))
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[: int(keep * len(whole))] + content)
    if name != "manifest.json":
        sealed(folder)
    code = outcome(submitted, folder, capsys)
    assert code != 0 or (folder / name).read_bytes().strip() == whole.strip()


@FUZZ
@given(st.text(min_size=1, max_size=20).filter(lambda name: "\0" not in name))
def test_no_path_of_a_manifest_leads_out_of_the_bundle(submitted, tmp_path_factory, capsys, name):
    folder = copied(submitted, tmp_path_factory.mktemp("fuzz"))
    for path in (name, f"../{name}", f"/{name}", f"texts/../../{name}"):
        bundles.change(folder / "manifest.json", lambda listed, path=path: listed.update({path: {"bytes": 1}}))
    assert outcome(submitted, folder, capsys) == 1
