"""`synthworth export` and `synthworth show`: recorded texts as files, and in the terminal."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from synthworth.__main__ import main
from synthworth.pipeline import suites_in
from synthworth.pipeline.generate import generate

ROOT = Path(__file__).parents[2]
TEXTS = ["--suites", str(ROOT / "suites/test_sms_spam.py"), "--data", "quickstart", "--per-label", "5"]
RECORDED = [*TEXTS, "--method", "zero_shot"]


def ran(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    return code, *capsys.readouterr()


def test_export_replays_a_recording_into_a_folder_for_each_method(tmp_path, capsys):
    code, out, _ = ran(capsys, "export", *TEXTS, "--method", "zero_shot,few_shot", "--out", tmp_path)
    assert code == 0
    assert out.splitlines() == [
        str(tmp_path / method / name)
        for method in ("zero_shot", "few_shot")
        for name in ("sms_spam.jsonl", "dropped/sms_spam.jsonl", "README.md")
    ]
    rows = [json.loads(line) for line in (tmp_path / "few_shot/sms_spam.jsonl").read_text().splitlines()]
    assert len(rows) == 10
    assert all(row["text"] and row["label"] in ("ham", "spam") for row in rows)


def test_weights_of_texts_are_a_column_of_files_and_frames(tmp_path, capsys):
    method = "zero_shot|reweight"
    assert ran(capsys, "export", *TEXTS, "--method", method, "--out", tmp_path, "--format", "csv")[0] == 0
    (path,) = (path for path in tmp_path.rglob("sms_spam.csv") if path.parent.name != "dropped")
    rows = list(csv.DictReader(path.read_text().splitlines()))
    weights = [float(row["weight"]) for row in rows]
    assert len({*weights}) > 1
    (suite,) = suites_in([ROOT / "suites/test_sms_spam.py"])
    texts = generate(suite.task, method, per_label=5, record="none", cassettes=ROOT / "cassettes")
    assert texts.to_frame().weight.tolist() == weights
    plain = generate(suite.task, "zero_shot", per_label=5, record="none", cassettes=ROOT / "cassettes")
    assert list(plain.to_frame()) == ["id", "text", "label"]


def test_export_writes_texts_of_files_too(tmp_path, capsys):
    shutil.copy(ROOT / "suites/quickstart/sms_spam.jsonl", tmp_path)
    more = ["--method", f"data:{tmp_path}", "--out", tmp_path / "o", "--format", "csv"]
    code, _, _ = ran(capsys, "export", *TEXTS, *more)
    assert code == 0
    assert len(list((tmp_path / "o").rglob("sms_spam.csv"))) == 2


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--format", "xlsx"], "error: unknown format 'xlsx'; formats: csv, jsonl, parquet, datasets"),
        (["--generator", "nobody"], "error: sms_spam by nobody: zero_shot lacks 20 of 20 answers"),
        (["--shares", "odd"], "error: unknown shares 'odd'"),
        (["--per-label", "0"], "error: --per-label 0 is for texts of files and real ones"),
        (["--per-label", "-1"], "error: --per-label and --generation-seed take numbers from 0 on"),
        (["--demonstrations", "mine"], "error: unknown demonstrations 'mine'"),
    ],
)
def test_a_mistake_is_one_line_and_writes_nothing(tmp_path, capsys, options, line):
    code, out, err = ran(capsys, "export", *RECORDED, "--out", tmp_path / "o", *options)
    assert (code, out) == (4, "")
    assert err.startswith(line)
    assert not (tmp_path / "o").exists()


def test_nothing_is_written_of_any_method_if_a_file_of_one_is_there(tmp_path, capsys):
    there = tmp_path / "demonstrations" / "README.md"
    there.parent.mkdir()
    there.write_text("mine")
    code, out, err = ran(capsys, "export", *RECORDED, "--method", "zero_shot,demonstrations", "--out", tmp_path)
    assert (code, out) == (4, "")
    assert "README.md is there already; add --force" in err
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [there]


@pytest.mark.parametrize("command", [["export", "--out", "texts"], ["show"]])
def test_the_command_that_records_what_is_missing_has_every_choice_that_was_made(command, capsys):
    chosen = ["--generator", "nobody", "--shares", "natural", "--generation-seed", "1", "--demonstrations", "real"]
    code, _, err = ran(capsys, *command, *RECORDED, *chosen)
    assert code == 4
    said = err.partition("record them with: pytest ")[2]
    for option, value in [
        *zip(chosen[::2], chosen[1::2], strict=True),
        ("--data", "quickstart"),
        ("--record", "missing"),
    ]:
        assert f"--synth-{option.removeprefix('--')} {value}" in said


def test_show_puts_real_texts_beside_written_ones_in_plain_text(capsys):
    code, out, _ = ran(capsys, "show", *RECORDED, "--label", "spam", "--width", "80")
    assert code == 0
    assert "sms_spam: zero_shot by smollm2-135m" in out
    assert "5 texts, beside 5 real" in out
    assert "'ham'" not in out
    assert all(len(line) <= 80 for line in out.splitlines()[4:])
    assert out.count("\n\n") >= 5


def test_show_has_real_texts_if_they_are_asked_for(capsys, tmp_path):
    rows = [{"text": f"{label} {n} words", "label": label} for label in ("ham", "spam") for n in range(5)]
    (tmp_path / "sms_spam").mkdir()
    for name, part in (("train", rows[::2]), ("test", rows[1::2])):
        (tmp_path / f"sms_spam/{name}.jsonl").write_text("\n".join(map(json.dumps, part)))
    code, out, _ = ran(
        capsys, "show", "--suites", "suites/test_sms_spam.py", "--data", str(tmp_path), "--method", "real"
    )
    assert code == 0
    assert "3 texts, beside 3 real" in out


@pytest.mark.parametrize("width", ["-5"])
def test_a_width_below_0_is_refused(capsys, width):
    code, _, err = ran(capsys, "show", *RECORDED, "--width", width)
    assert (code, err) == (4, f"error: --width is {width}; give a number of columns, or 0 for the terminal's\n")


def test_show_names_the_rule_of_each_dropped_text(capsys):
    _, out, _ = ran(capsys, "show", *RECORDED, "--dropped")
    assert "[length]" in out


def test_what_a_text_holds_does_not_act_on_the_terminal(tmp_path, capsys):
    rows = [
        {"text": f"wipe\x1b[2J it \u202e {label} {n}", "label": label} for label in ("ham", "spam") for n in range(5)
    ]
    (tmp_path / "sms_spam.jsonl").write_text("\n".join(map(json.dumps, rows)))
    _, out, _ = ran(capsys, "show", *TEXTS, "--method", f"data:{tmp_path}")
    assert "wipe [2J it" in out
    assert not {"\x1b", "\u202e"} & set(out)


def test_a_label_that_the_task_has_not_is_one_line(capsys):
    code, _, err = ran(capsys, "show", *RECORDED, "--label", "eggs")
    assert (code, err) == (4, "error: task 'sms_spam': unknown label 'eggs'; labels: ham, spam\n")
