"""The files of an own task: all of them or none, never over another file, and what they say is what was made."""

import ast
import shlex
import tempfile
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import toys
from synthworth.core import atomic
from synthworth.core.atomic import replace
from synthworth.core.side_by_side import cells
from synthworth.core.task import Example, Task
from synthworth.pipeline.dataset import load
from synthworth.pipeline.own_files import write_own_task
from synthworth.pipeline.replay import suites_in
from synthworth.pipeline.suite_file import suite_file

ODD = ("it's", 'a "b"', "back\\slash", "{label}", "line", "日本", '"""')


class Made:
    """What was made of a file, as far as its files need it."""

    task = Task(name="my_notes", labels={"good": "a kind note", "bad": "an unkind note"}, words=(1, 12))
    train = tuple(Example(id=f"t{n}", text=f"note {n}", label=("good", "bad")[n % 2]) for n in range(6))
    test = tuple(Example(id=f"s{n}", text=f"old note {n}", label=("good", "bad")[n % 2]) for n in range(4))
    standing_out = MappingProxyType({"good": ("kind", "warm")})


def files(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_the_suite_holds_the_task_and_the_mirror_its_texts(tmp_path):
    suite, *_ = write_own_task(Made, tmp_path, "data", "pytest x.py")
    assert set(files(tmp_path)) == {"test_my_notes.py", "data/my_notes/train.jsonl", "data/my_notes/test.jsonl"}
    (found,) = suites_in([suite])
    assert found.task == Made.task
    data = load(found.task, str(tmp_path / "data"), tmp_path)
    assert (data.train, data.test) == (Made.train, Made.test)


@pytest.mark.parametrize("label", ODD)
def test_any_label_and_description_stand_in_the_suite_as_they_are(tmp_path, label):
    task = toys.task(labels={label: f"about {label}", "other": "else"}, demonstrations={})
    text = suite_file(task, f"pytest {label}", {label: ["word"]})
    ast.parse(text)
    (tmp_path / "test_odd.py").write_text(text)
    assert suites_in([tmp_path / "test_odd.py"])[0].task == task


def is_formatted(path):
    import subprocess
    import sys

    shown = ["--check", "--isolated", "--line-length", "120", str(path)]
    return subprocess.run([sys.executable, "-m", "ruff", "format", *shown], check=False).returncode == 0


def test_the_suite_has_the_form_that_ruff_gives_python(tmp_path):
    write_own_task(Made, tmp_path, "data", "pytest x.py")
    assert is_formatted(tmp_path / "test_my_notes.py")


def test_no_line_of_a_suite_is_wider_than_120_columns_and_ruff_keeps_them_as_they_are(tmp_path):
    labels = {f"label_{n}_{'of_many_words_' * 3}": f"a text that is {'rather ' * n}odd" for n in range(1, 30)}
    odd = {'a "label" of one': "it's " * 40 + "odd", "日本" * 10: "日本語の文 " * 30 + '"a" "b"', "x": "y" * 300}
    task = toys.task(
        labels=labels | odd, context_prompt="You write " + "very " * 40 + "long prompts.", demonstrations={}
    )
    notes = {label: ["word" * 5] * (n % 7) for n, label in enumerate(task.labels)}
    command = f"pytest test_{'name' * 15}.py --synth-data my-data --synth-per-label 20 --synth-record missing"
    (tmp_path / "test_wide.py").write_text(text := suite_file(task, command, notes))
    assert max(map(cells, text.splitlines())) <= 120
    shown = text.partition("Run: ")[2].partition('\n"""')[0]
    assert shlex.split(shown.replace("\\\n", "")) == shlex.split(command)  # a shell takes what is copied from it
    assert is_formatted(tmp_path / "test_wide.py")
    assert suites_in([tmp_path / "test_wide.py"])[0].task == task


LONG = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=300)
WIDE_LABEL = LONG.map(lambda label: " ".join(label.split())).filter(lambda label: label and label.isprintable())


@settings(max_examples=15)
@given(labels=st.lists(WIDE_LABEL, min_size=2, max_size=4, unique=True), length=st.integers(1, 300))
def test_a_suite_of_labels_of_any_length_has_no_wide_line_and_holds_them(labels, length):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "test_long.py"
        named = [f"{label} {'n' * length}" for label in labels]
        task = toys.task(labels={label: f"a text of the category '{label}'" for label in named}, demonstrations={})
        path.write_text(text := suite_file(task, "pytest test_long.py", {named[0]: ["word"]}))
        assert max(map(cells, text.splitlines())) <= 120
        assert is_formatted(path)
        assert suites_in([path])[0].task == task


@pytest.mark.parametrize("there", ["test_my_notes.py", "data/my_notes/test.jsonl", "data/my_notes/train.csv.gz"])
def test_no_file_that_is_there_is_overwritten(tmp_path, there):
    path = tmp_path / there
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine")
    with pytest.raises(ValueError, match="is there already; add --force"):
        write_own_task(Made, tmp_path, "data", "pytest")
    assert files(tmp_path) == {there: "mine"}


def test_force_overwrites(tmp_path):
    (tmp_path / "test_my_notes.py").write_text("mine")
    write_own_task(Made, tmp_path, "data", "pytest", force=True)
    assert "my_notes" in (tmp_path / "test_my_notes.py").read_text()


@pytest.mark.parametrize("source", ["data/my_notes/train.jsonl", "test_my_notes.py"])
def test_force_does_not_overwrite_the_file_that_the_texts_come_from(tmp_path, source):
    path = tmp_path / source
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine")
    with pytest.raises(ValueError, match="is read from and would be overwritten; give another --name, --data or --out"):
        write_own_task(Made, tmp_path, "data", "pytest", source=path, force=True)
    assert files(tmp_path) == {source: "mine"}


def test_the_mirror_may_lie_elsewhere(tmp_path):
    write_own_task(Made, tmp_path / "suites", str(tmp_path / "data"), "pytest")
    assert set(files(tmp_path)) == {"suites/test_my_notes.py", "data/my_notes/train.jsonl", "data/my_notes/test.jsonl"}


def test_force_does_not_remove_a_file_that_would_be_read_beside_the_new_one(tmp_path):
    write_own_task(Made, tmp_path, "data", "pytest")
    (tmp_path / "data/my_notes/train.csv").write_text("mine")
    with pytest.raises(ValueError, match=r"train\.csv is there, beside the file to write; remove it"):
        write_own_task(Made, tmp_path, "data", "pytest", force=True)


@pytest.mark.parametrize("problem", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("failing", [0, 1, 2])
def test_after_a_file_that_cannot_be_written_or_ctrl_c_nothing_is_there(tmp_path, monkeypatch, failing, problem):
    done = []

    def full(path, content):
        if len(done) == failing:
            raise problem
        done.append(path)
        replace(path, content)

    monkeypatch.setattr(atomic, "replace", full)
    with pytest.raises(type(problem)):
        write_own_task(Made, tmp_path / "new", "data", "pytest")
    assert list(tmp_path.iterdir()) == []
