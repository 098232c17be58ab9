"""`synthworth advise` as a user types it: files in, one report or one line out; the embedder is a toy."""

import csv
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from synthworth.__main__ import main
from synthworth.leaderboard.advice import file_pilot, read_measured

LABELS = ("ad", "news")
ROOT = Path(__file__).parents[2]


def embed(texts, cache=None, progress=None):
    rows = []
    for text in texts:
        own = np.random.default_rng(int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)).standard_normal(8)
        rows.append([2.0 * ("ad" in text.split()), 2.0 * ("news" in text.split()), *own])
    points = np.array(rows)
    return points / np.linalg.norm(points, axis=1, keepdims=True)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("synthworth.training.embed", embed)
    written("pilot.csv", [(f"{label} written {n}", label) for n in range(30) for label in LABELS])
    written("real.csv", [(f"{label} real {n}", label if n < 15 else "") for n in range(60) for label in LABELS])
    return tmp_path


def written(name, rows, header=("text", "label")):
    with Path(name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def said(capsys, *arguments):
    code = main(["advise", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_two_tables_give_the_ways_their_prices_and_the_errors(folder, capsys):
    code, out, _ = said(capsys, "real.csv", "--written", "pilot.csv", "--label-price", "0.5")
    assert not code
    assert "100 training texts per label, 2 labels, $0.50 for a label" in out
    assert "pilot.csv alone" in out
    assert "$100\n" in out  # 100 labels of each
    assert "off by" in out
    assert "fewer than 10 labelled" not in out


def test_other_formats_begin_with_the_advice_in_words(folder, capsys):
    _, plain, _ = said(capsys, "real.csv", "--written", "pilot.csv")
    _, out, _ = said(capsys, "real.csv", "--written", "pilot.csv", "--format", "json")
    words, _ = json.loads(out)
    assert words["rows"][0] == {"what": "answer", "sentence": plain.splitlines()[0]}
    assert [row["sentence"] for row in words["rows"] if row["sentence"] not in plain] == []


def test_labels_and_columns_that_differ_between_the_two_files_are_brought_together(folder, capsys):
    _, plain, _ = said(capsys, "real.csv", "--written", "pilot.csv")
    rows = [(f"{label} written {n}", LABELS.index(label)) for n in range(30) for label in LABELS]
    written("other.csv", rows, ("Body", "Kind"))
    _, _, err = said(capsys, "real.csv", "--written", "other.csv")
    assert "say which is which with --label-map ad=0" in err
    options = ["--text", "Body", "--label", "Kind", "--label-map", "0=ad,1=news,2=x"]
    code, out, _ = said(capsys, "real.csv", "--written", "other.csv", *options)
    assert not code
    assert out.splitlines()[0] == plain.splitlines()[0].replace("pilot.csv", "other.csv")
    assert "Note: the label map renames '2', which no file has." in out
    _, _, err = said(capsys, "real.csv", "--written", "other.csv", "--text", "Boddy")
    assert "--text: unknown column 'Boddy'" in err


def test_texts_whose_label_the_map_leaves_out_play_no_part(folder, monkeypatch, capsys):
    seen = []

    def spied(written, labelled, real, embedder):
        seen.append((labelled.texts, set(real.texts)))
        return file_pilot(written, labelled, real, embedder)

    monkeypatch.setattr("synthworth.leaderboard.advice.file_pilot", spied)
    _, plain, _ = said(capsys, "real.csv", "--written", "pilot.csv")
    rows = [(f"{label} real {n}", label if n < 15 else "") for n in range(60) for label in LABELS]
    written("more.csv", [*rows, *((f"unclear real {n}", "unclear") for n in range(500))])
    code, out, _ = said(capsys, "more.csv", "--written", "pilot.csv", "--label-map", "unclear=")
    assert not code
    assert out == plain.replace("real.csv", "more.csv")
    assert seen[0] == seen[1]


def test_spellings_of_a_label_in_the_pilot_are_one_label(folder, capsys):
    rows = [(f"{label} written {n}", label.upper() if n % 3 else label) for n in range(30) for label in LABELS]
    written("pilot.csv", rows)
    _, out, _ = said(capsys, "real.csv", "--written", "pilot.csv")
    assert "100 training texts per label, 2 labels," in out


def test_without_a_column_of_labels_the_report_says_that_none_is_known(folder, capsys):
    with Path("bare.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text",), *((f"{label} real {n}",) for n in range(60) for label in LABELS)])
    code, out, _ = said(capsys, "bare.csv", "--written", "pilot.csv")
    assert not code
    assert "Note: no label is known: " in out


def test_errors_and_held_out_tasks_need_no_file(capsys):
    code, out, _ = said(capsys, "--held-out", "sms_spam,imdb", "--format", "csv")
    assert not code
    own = [one for one in read_measured() if one.task in ("sms_spam", "imdb")]
    first = out.split("\n\n")[0]
    assert len(list(csv.DictReader(first.splitlines()))) == len(own)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "give a suite or a table of real texts, or --held-out TASK, or --errors: one of the three"),
        (["real.csv", "--errors"], "give a suite or a table of real texts, or --held-out TASK, or --errors: one of"),
        (["real.csv"], "no written texts beside real.csv; give a pilot of 30 texts of each label with --written, or"),
        (
            ["real.csv", "--written", "pilot.csv", "--label-price", "-1"],
            "--label-price is -1.0; give what a label costs in US dollars",
        ),
        *(
            (["suite.py", option, "x=y"], f"{option} is for a table of texts, and suite.py is a suite: leave it out")
            for option in ("--written", "--text", "--label", "--label-map")
        ),
        (["suite.py", "--per-label", "9"], "--per-label is 9; give at least 10, better 30"),
        (
            ["real.csv", "--written", "pilot.csv", "--prices", "prices.json"],
            "--prices is for a suite; a table of texts knows no tokens",
        ),
        *(
            (
                [*other, "--prices", "prices.json"],
                f"--prices is for texts of yours; {other[0]} tells what was measured: leave",
            )
            for other in (["--errors"], ["--held-out", "imdb"])
        ),
        (["--held-out", "nothing"], "no measured pilot of a task 'nothing'; tasks: ag_news, "),
        (["--errors", "--measured", "real.csv"], "real.csv is no table of measured pilots "),
    ],
)
def test_what_cannot_be_advised_on_is_one_line(folder, capsys, arguments, line):
    code, out, err = said(capsys, *arguments)
    assert code
    assert not out
    assert line in err
    assert err.count("\n") == 1


def test_a_pilot_that_is_not_recorded_is_one_line_with_the_command_that_records_it_and_no_more(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    arguments = ["suites/test_sms_spam.py", "--data", "quickstart", "--method", "topics|dedup", "--generator", "mine"]
    code, out, err = said(capsys, *arguments)
    assert code
    assert not out
    assert "topics|dedup lacks " in err
    assert err.endswith(
        "record them with: pytest suites/test_sms_spam.py --synth-data quickstart --synth-per-label 30 "
        "--synth-generator mine --synth-method 'topics|dedup' --synth-record missing --synth-classifier majority\n"
    )


def test_a_pilot_that_is_not_recorded_has_the_price_that_was_given(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    (tmp_path / "prices.json").write_text(json.dumps({"usd_per_million_tokens": {"mine": [1, 2]}}))
    arguments = ["suites/test_sms_spam.py", "--data", "quickstart", "--method", "topics", "--generator", "mine"]
    _, _, err = said(capsys, *arguments)
    assert "at an unknown price" in err
    _, _, err = said(capsys, *arguments, "--prices", str(tmp_path / "prices.json"))
    assert " usd; record them with: " in err


@pytest.mark.slow
def test_a_suite_s_recorded_texts_are_its_pilots_and_its_own_results_play_no_part(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("synthworth.training.embed", embed)
    code, out, _ = said(capsys, "suites/test_sms_spam.py", "--data", "quickstart")
    assert not code
    for way in ("zero_shot alone", "few_shot, ", "few_shot and 10 real per label", "100 real per label"):
        assert way in out
    assert "9 other tasks" in out or "on 9 tasks" in out
    assert "what was measured of sms_spam itself is left out" in out
