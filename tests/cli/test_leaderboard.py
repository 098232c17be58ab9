"""`synthworth leaderboard` beside data, measured texts and entries: what it shows, and what it refuses."""

import gzip
import json
import re
from dataclasses import asdict

import pytest

import toys
from synthworth.__main__ import main
from synthworth.core import quality
from synthworth.core.entry import Entry
from synthworth.core.result import pack, write
from synthworth.measures.metrics import confusion, macro_f1
from synthworth.pipeline.dataset import load

LABELS = ("good", "bad")
SUITE = """
import toys
from synthworth import TaskSuite


class TestToy(TaskSuite):
    task = toys.task()
"""


@pytest.fixture
def folder(tmp_path):
    """A suite, a mirror of its task, and results of two generators that were scored on it."""
    (tmp_path / "test_toy.py").write_text(SUITE)
    (tmp_path / "mirror/toy").mkdir(parents=True)
    for split in ("train", "test"):
        rows = [{"id": f"{split}-{n}", "text": f"{split} note {n}", "label": LABELS[n % 2]} for n in range(60)]
        with gzip.open(tmp_path / f"mirror/toy/{split}.jsonl.gz", "wt") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    data = load(toys.task(), str(tmp_path / "mirror"), tmp_path)
    wrongs = {"poor": (30, 31), "fine": (3, 4)}
    results = [result(data, n, name, draw) for name, wrong in wrongs.items() for draw, n in enumerate(wrong)]
    write(tmp_path / "results.jsonl", results)
    return tmp_path


def result(data, wrong, generator, draw):
    true = [example.label for example in data.test]
    predicted = [LABELS[label == "good"] if n < wrong else label for n, label in enumerate(true)]
    counts = confusion(true, predicted, LABELS)
    return toys.result(
        data_version=data.version,
        generation_seed=draw,
        train_version=f"draw {draw}",
        test_rows=len(true),
        generator=generator,
        confusion=counts.tolist(),
        macro_f1=float(macro_f1(counts)),
        macro_f1_low=0.0,
        macro_f1_high=1.0,
        predicted=pack([LABELS.index(label) for label in predicted], 2),
    )


def printed(capsys, folder, *options):
    assert main(["leaderboard", str(folder / "results.jsonl"), "--format", "json", *map(str, options)]) == 0
    return json.loads(capsys.readouterr().out)


def refused(capsys, folder, *options):
    assert main(["leaderboard", str(folder / "results.jsonl"), *map(str, options)]) == 4
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count("\n")) == ("", 1)
    return shown.err


def test_data_gives_tiers(folder, capsys):
    (board,) = printed(capsys, folder, "--data", folder / "mirror", "--suites", folder / "test_toy.py")
    assert {row["generator"]: row["tier"] for row in board["rows"]} == {"fine": 1, "poor": 2}


def test_data_that_nothing_was_scored_on_is_refused(folder, capsys):
    path = folder / "mirror/toy/train.jsonl.gz"
    with gzip.open(path, "at") as file:
        file.write(json.dumps({"id": "more", "text": "another note", "label": "good"}) + "\n")
    said = refused(capsys, folder, "--data", folder / "mirror", "--suites", folder / "test_toy.py")
    assert "no result was scored on the test texts of --data" in said


def test_a_suite_that_is_not_there_is_refused(folder, capsys):
    assert "no suite" in refused(capsys, folder, "--data", folder / "mirror", "--suites", folder / "nothing")


def test_what_was_measured_of_texts_is_found_beside_the_results_or_where_it_is_said_to_be(folder, capsys):
    version = printed(capsys, folder)[0]["rows"][0]["data_version"]
    for name, share in (("quality.jsonl", 0.8), ("other.jsonl", 0.6)):
        given = {"data_version": version, "train_version": "draw 0"}
        measured = toys.quality(**given, measures={"remote_clique": (share, share, share)})
        quality.write(folder / name, [measured])
    assert printed(capsys, folder)[0]["rows"][0]["diversity"] == 0.8
    assert printed(capsys, folder, "--quality", folder / "other.jsonl")[0]["rows"][0]["diversity"] == 0.6


def test_entries_give_state_and_division(folder, capsys):
    entry = Entry(name="mine", method="few_shot", generator="fine", state="data-verified", division="open")
    (folder / "entries.jsonl").write_text(json.dumps(asdict(entry)) + "\n")
    boards = printed(capsys, folder, "--entries", folder / "entries.jsonl")
    assert [(row["generator"], row["state"]) for board in boards for row in board["rows"]] == [
        ("poor", ""),
        ("fine", "data-verified"),
    ]


def test_a_damaged_entry_is_one_line_with_its_file_and_number(folder, capsys):
    (folder / "entries.jsonl").write_text(
        '{"name": "mine", "method": "few_shot", "generator": "g", "division": "half"}\n'
    )
    said = refused(capsys, folder, "--entries", folder / "entries.jsonl")
    assert f"{folder / 'entries.jsonl'}, line 1: entry mine: unknown division 'half'" in said


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--columns", "task,macrof1"], "unknown column 'macrof1'"),
        (["--by", "task"], "unknown --by 'task'"),
        (["--quality", "none.jsonl"], "cannot read measures of texts from none.jsonl"),
        (["--entries", "none.jsonl"], "cannot read entries from none.jsonl"),
    ],
    ids=lambda given: given[0] if isinstance(given, list) else "",
)
def test_a_mistake_is_one_line(folder, capsys, options, problem):
    assert problem in refused(capsys, folder, *options)


def test_columns_and_intervals_are_shown_as_asked(folder, capsys):
    main(["leaderboard", str(folder / "results.jsonl"), "--columns", "generator, accuracy", "--intervals"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].split() == ["generator", "accuracy"]
    assert " (" in lines[4]


def test_a_file_without_results_is_one_line(tmp_path, capsys):
    (tmp_path / "none.jsonl").touch()
    assert main(["leaderboard", str(tmp_path / "none.jsonl")]) == 4
    assert capsys.readouterr().err.startswith(f"error: no results in {tmp_path}/none.jsonl; measure some with: pytest")


def test_notes_that_are_named_and_not_there_are_one_line_of_pages_too(folder, capsys):
    named = ["--results", str(folder / "results.jsonl"), "--suites", str(folder), "--notes", str(folder / "none.jsonl")]
    assert main(["site", *named, "--out", str(folder / "site")]) == 4
    assert "none.jsonl" in capsys.readouterr().err
    assert not (folder / "site").exists()


@pytest.mark.parametrize("form", ["plain", "json"])
def test_the_sentence_about_worth_has_the_format_that_is_asked_for(capsys, form):
    assert main(["worth", "suites/results.jsonl", "--show", "sentence", "--sizes", "100", "--format", form]) == 0
    out = capsys.readouterr().out
    said = out.rstrip("\n") if form == "plain" else json.loads(out)[0]["rows"][0]["sentence"]
    assert re.fullmatch(r"Of [0-9]+ sets of 100 texts per label, .*[.]", said)
