"""`synthworth init`: from a file of texts to a suite that runs, as a new user would."""

import csv
import random

import pytest

from servers import answer_of, serving
from synthworth.__main__ import main

pytest_plugins = ("pytester",)


@pytest.fixture
def notes(tmp_path, monkeypatch):
    """A folder with notes.csv alone, where the command is run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    draw = random.Random(0)
    with (tmp_path / "notes.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["nr", "message", "kind"])
        for number in range(60):
            kind = ("unkind", "kindly")[number % 2]
            word = draw.choice(("warm", "gentle") if number % 2 else ("cold", "nasty"))
            rows.writerow([number, f"that is a {word} word to say to me, number {number}", kind])
    return tmp_path


def spoken(number, body):
    """A text of the label asked for that no other request gets."""
    word = "cold" if "'unkind'" in body["messages"][-1]["content"] else "warm"
    return answer_of(f"that is such a {word} word for all of us to say, number {body['seed']}")


def run(capsys, *arguments):
    code = main(["init", *arguments])
    return code, *capsys.readouterr()


def test_what_was_guessed_and_found_is_said(notes, capsys):
    code, out, _ = run(capsys, "notes.csv")
    assert code == 0
    assert "60 rows; text: column 'message' (by its name); label: column 'kind' (by its values)" in out
    assert "language: English (language='en'), guessed" in out
    assert "written: test_notes.py, my-data/notes/train.jsonl, my-data/notes/test.jsonl" in out
    assert "  pytest test_notes.py --synth-data my-data --synth-per-label 20 --synth-record missing\n" in out


def test_the_two_commands_end_in_a_leaderboard(notes, capsys, pytester):
    run(capsys, str(notes / "notes.csv"), "--out", str(pytester.path))
    with serving(spoken) as (url, _):
        done = pytester.runpytest(
            *("test_notes.py", "--synth-data", "my-data", "--synth-per-label", "4", "--synth-record", "missing"),
            *("--synth-classifier", "majority,tfidf", "--synth-generator", f"toy-llm@{url}"),
        )
    done.assert_outcomes(passed=16, skipped=3)
    done.stdout.re_match_lines([r"notes +few_shot \(real examples\) .*tfidf"])
    assert not list((pytester.path / "cassettes").rglob("few_shot.jsonl"))


def test_a_second_run_overwrites_nothing_without_force(notes, capsys):
    run(capsys, "notes.csv")
    (notes / "test_notes.py").write_text("mine")
    code, _, err = run(capsys, "notes.csv")
    assert (code, (notes / "test_notes.py").read_text()) == (4, "mine")
    assert "is there already; add --force" in err
    assert run(capsys, "notes.csv", "--force")[0] == 0


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["none.csv"], "error: cannot read texts from none.csv: there is no such file; check its name and folder"),
        (["notes.csv", "--text", "words"], "error: notes.csv: --text: unknown column 'words'"),
        (["notes.csv", "--test-share", "30"], "error: --test-share is 30; give a share between 0 and 1"),
        (["notes.csv", "--name", "My Task"], "error: task 'My Task': a name is lower-case letters"),
        (["notes.csv", "--language", "german"], "error: task 'notes': language is 'german'; give a tag"),
    ],
)
def test_a_mistake_is_one_line_and_writes_nothing(notes, capsys, options, line):
    code, out, err = run(capsys, *options)
    assert (code, out) == (4, "")
    assert err.startswith(line)
    assert [path.name for path in notes.iterdir()] == ["notes.csv"]
