"""`synthworth score` as a new user meets it: a sentence first, a page if wanted, and one line for what is wrong."""

import json
from pathlib import Path

import pytest

from reviews import reviews, write_csv
from synthworth.__main__ import main


@pytest.fixture
def files(tmp_path):
    """Written, test and real texts as CSV, with columns that are to be guessed."""
    columns = ("Review", "Mood")
    return [
        str(write_csv(tmp_path / f"{name}.csv", *reviews(count, seed=seed, noise=0.1), columns))
        for seed, (name, count) in enumerate((("written", 60), ("test", 120), ("real", 120)))
    ]


def test_the_answer_comes_first_and_the_guess_is_said(files, capsys):
    written, test, real = files
    assert main(["score", written, "--test", test, "--real", real, "--classifier", "tfidf"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("These 60 written texts (30 per label) are worth ")
    assert out.splitlines()[3].startswith("Next: ")
    assert "written.csv, test.csv, real.csv: text in 'Review' (by its name), label in 'Mood' (by its values)" in out
    for title in ("Macro-F1 on the real test texts", "Each label", "Beside as many real texts", "Most suspect"):
        assert title in out


def test_a_page_and_json_are_written(files, tmp_path, capsys):
    written, test, real = files
    out = tmp_path / "score.html"
    options = ["--classifier", "tfidf", "--html", str(out), "--format", "json"]
    assert main(["score", written, "--test", test, "--real", real, *options]) == 0
    printed = capsys.readouterr()
    words, scores, *_ = json.loads(printed.out)
    assert [row["what"] for row in words["rows"]][:4] == ["answer", "comparison", "comparison", "next"]
    assert words["rows"][0]["sentence"].startswith("These ")
    assert scores["rows"][0]["trained_on"] == "written texts"
    assert printed.err.endswith(f"page: {out}\n")
    assert "<h1>What written.csv is worth</h1>" in out.read_text(encoding="utf-8")


def test_a_typing_error_in_a_label_map_is_told(files, capsys):
    written, test, _ = files
    assert main(["score", written, "--test", test, "--classifier", "tfidf", "--label-map", "pos=psitive,x=neg"]) == 0
    out = capsys.readouterr().out
    assert "Note: the label map renames 'x', which no file has." in out
    assert "Note: the label map gives 'psitive', which no file had before." in out


@pytest.mark.parametrize("name", ["WRITTEN", "--real"])
def test_texts_are_not_scored_on_the_file_that_is_trained_on(files, capsys, name):
    written, test, _ = files
    again = f"{Path(test).parent}/./{Path(test).name}"
    arguments = [again] if name == "WRITTEN" else [written, "--real", again]
    assert main(["score", *arguments, "--test", test]) == 4
    assert f"{name} and --test are one file, {test}; score on other texts" in capsys.readouterr().err


def test_written_and_real_texts_come_from_two_files(files, capsys):
    written, test, _ = files
    assert main(["score", written, "--test", test, "--real", written]) == 4
    assert f"WRITTEN and --real are one file, {written}; give two different files" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["written", "test", "real"])
def test_a_page_takes_the_place_of_no_file_that_is_read(files, tmp_path, capsys, name):
    written, test, real = files
    before = [Path(file).read_bytes() for file in files]
    page = str(tmp_path / f"{name}.csv")
    assert main(["score", written, "--test", test, "--real", real, "--html", page]) == 4
    assert f"cannot write to {page}: it is a file that is read; name another" in capsys.readouterr().err
    assert [Path(file).read_bytes() for file in files] == before


def test_files_of_one_name_are_told_apart(tmp_path, capsys):
    paths = [tmp_path / name / "data.csv" for name in ("gpt", "real")]
    for path, turned in zip(paths, ({}, {"pos": "+", "neg": "-"}), strict=True):
        path.parent.mkdir()
        texts, labels = reviews(40, seed=0)
        write_csv(path, texts, [turned.get(label, label) for label in labels], ("Review", "Mood"))
    assert main(["score", str(paths[0]), "--test", str(paths[1]), "--classifier", "tfidf"]) == 4
    assert f"error: {paths[0]} has the labels 'neg', 'pos', and {paths[1]} has" in capsys.readouterr().err


def test_rows_that_the_label_map_leaves_out_are_said_to_be_that(tmp_path, capsys):
    texts, labels = reviews(60, seed=0, noise=0.1)
    written = write_csv(tmp_path / "w.csv", [*texts, "Hard to say.", ""], [*labels, "unclear", "pos"], ("Text", "Mood"))
    test = write_csv(tmp_path / "t.csv", *reviews(60, seed=1, noise=0.1), ("Text", "Mood"))
    options = ["--classifier", "tfidf", "--label-map", "unclear="]
    assert main(["score", str(written), "--test", str(test), *options]) == 0
    out = capsys.readouterr().out
    assert "Note: w.csv: 1 row without a text or a label left out.\n" in out
    assert "Note: w.csv: the label map leaves out 1 of 'unclear'.\n" in out


@pytest.mark.parametrize("page", ["", "no/page.html"])
def test_a_page_that_cannot_be_written_is_refused_before_anything_is_read(tmp_path, capsys, page):
    assert main(["score", "nowhere.csv", "--test", "nowhere.csv", "--html", str(tmp_path / page)]) == 4
    assert capsys.readouterr().err.startswith(f"error: cannot write to {tmp_path / page}: ")


def test_a_named_column_is_guessed_in_the_files_that_lack_it_and_the_guess_is_said(tmp_path, capsys):
    written = write_csv(tmp_path / "written.csv", *reviews(60, seed=0, noise=0.1), ("Notes", "Mood"))
    test = write_csv(tmp_path / "test.csv", *reviews(120, seed=1, noise=0.1), ("Review", "Stars"))
    named = ["--text", "Notes", "--label", "Stars", "--label-map", "unseen=pos", "--classifier", "tfidf"]
    assert main(["score", str(written), "--test", str(test), *named]) == 0
    out = capsys.readouterr().out
    assert (
        "Note: written.csv: text in 'Notes' (given), label in 'Mood' (by its values, for there is no 'Stars').\n" in out
    )
    assert "Note: test.csv: text in 'Review' (by its name, for there is no 'Notes'), label in 'Stars' (given).\n" in out


def test_rows_with_a_word_for_a_missing_text_are_left_out_and_said(tmp_path, capsys):
    texts, labels = reviews(60, seed=0, noise=0.1)
    gone = (["NaN", "nan", "nan", "NULL"], ["pos", "neg", "pos", "neg"])
    written = write_csv(tmp_path / "written.csv", [*texts, *gone[0]], [*labels, *gone[1]], ("Review", "Mood"))
    test = write_csv(tmp_path / "test.csv", *reviews(120, seed=1, noise=0.1), ("Review", "Mood"))
    assert main(["score", str(written), "--test", str(test), "--classifier", "tfidf"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("These 60 written texts")
    said = "for a missing value stands: 'NaN' (1), 'nan' (2), 'NULL' (1)"
    assert f"Note: written.csv: 4 rows without a text or a label left out; {said}.\n" in out


def test_a_named_column_that_is_neither_there_nor_to_be_guessed_is_one_line(tmp_path, capsys):
    written = write_csv(tmp_path / "written.csv", *reviews(60, seed=0, noise=0.1), ("Review", "Mood"))
    rows = "".join(f"{n} of many words,{n},{n % 2},{n % 3}\n" for n in range(60))
    test = tmp_path / "test.csv"
    test.write_text(f"was,nr,art,ort\n{rows}", encoding="utf-8")
    assert main(["score", str(written), "--test", str(test), "--label", "Mood"]) == 4
    said = "--label: unknown column 'Mood'; columns: was, nr, art, ort"
    assert f"error: {test}: {said}\n" == capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--text", "Body"], "--text: unknown column 'Body'; columns: Review, Mood"),
        (["--label", "Review"], "no column looks like texts; columns: 'Review', 'Mood'; name it with --text COLUMN"),
        (["--label-map", "pos"], "--label-map 'pos'; give OLD=NEW"),
        (["--label-map", "pos="], "test.csv: all 60 texts have the label 'neg'; add texts with another label"),
        (
            ["--label-map", "pos=neg"],
            "test.csv: the label map makes 'neg', 'pos' one, 'neg', the label of all 120 texts; leave",
        ),
        (["--describe", "pos=kind", "--describe", "pos=nice"], "--describe describes 'pos' twice; give each label one"),
        (["--describe", "pos=kind", "--describe", "Pos=nice"], "two descriptions of 'pos'; give each label one"),
        (["--describe", "pos"], "--describe 'pos'; give LABEL=TEXT"),
        (["--classifier", "tf-idf"], "unknown classifier 'tf-idf'"),
        (["--format", "yaml"], "unknown format 'yaml'"),
        (
            ["--real", "nowhere.csv"],
            "cannot read texts from nowhere.csv: there is no such file; check its name and folder",
        ),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_4(files, capsys, options, message):
    written, test, _ = files
    assert main(["score", written, "--test", test, *options]) == 4
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: ")
    assert printed.err.count("\n") == 1
    assert message in printed.err
