"""The commands that work without pytest."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from pkgutil import iter_modules

import pytest

from synthworth import cli
from synthworth.__main__ import main
from synthworth.core.result import read, write
from synthworth.core.tables import FORMATS
from synthworth.leaderboard.render import render
from toys import result

WRITTEN = result(method="zero_shot", demonstrations="", macro_f1=0.75)
REAL = result(method="real", demonstrations="", generator="", macro_f1=0.9, macro_f1_high=0.95, attempts=0, dropped={})


@pytest.fixture
def results(tmp_path):
    write(tmp_path / "results.jsonl", [WRITTEN, REAL])
    return tmp_path / "results.jsonl"


@pytest.mark.parametrize("form", FORMATS)
def test_the_leaderboard_is_what_render_gives(results, capsys, form):
    assert main(["leaderboard", str(results), "--format", form]) == 0
    assert capsys.readouterr().out == render(read(results), form)


def test_plain_is_the_default(results, capsys):
    main(["leaderboard", str(results)])
    assert capsys.readouterr().out == render(read(results), "plain")


def test_json_can_be_read_as_json(results, capsys):
    main(["leaderboard", str(results), "--format", "json"])
    rows = json.loads(capsys.readouterr().out)[0]["rows"]
    assert [(row["method"], row["macro_f1"], row["drop"]) for row in rows] == [
        ("real", 0.9, None),
        ("zero_shot", 0.75, pytest.approx(0.15)),
    ]


def test_csv_can_be_read_as_csv(results, capsys):
    main(["leaderboard", str(results), "--format", "csv"])
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(row["method"], row["macro_f1"]) for row in rows] == [("real", "0.9"), ("zero_shot", "0.75")]


def test_the_json_format_holds_only_json_whatever_the_results(tmp_path, capsys):
    (tmp_path / "empty.jsonl").write_text("")
    main(["leaderboard", str(tmp_path / "empty.jsonl"), "--format", "json"])
    assert json.loads(capsys.readouterr().out) == []


def refused(capsys, *arguments):
    assert main([str(argument) for argument in arguments]) == 4
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("error: ")
    assert shown.err.count("\n") == 1
    return shown.err


def test_an_unknown_format_is_one_line_and_exit_code_4(results, capsys):
    said = refused(capsys, "leaderboard", results, "--format", "markdown")
    assert "unknown format 'markdown'; formats: plain, github, csv, json" in said


FORMATTED = [  # each with files that are not there, which nobody looks for
    *(
        ("leaderboard", "no"),
        ("worth", "no"),
        ("mix", "no"),
        ("matrix", "no"),
        ("agreement", "no"),
        ("calibrate", "no"),
    ),
    *(
        ("variance", "no"),
        ("coverage", "no"),
        ("score", "no", "--test", "no"),
        ("advise", "no"),
        ("compare", "rank", "no"),
    ),
    *(("rules", "--suites", "no"), ("audit", "--suites", "no", "--data", "no"), ("variants", "--suites", "no")),
]


@pytest.mark.parametrize("arguments", FORMATTED)
def test_a_format_is_refused_before_the_work_whose_report_it_would_spoil(capsys, arguments):
    assert "unknown format 'jsno'; formats: plain, github" in refused(capsys, *arguments, "--format", "jsno")


def test_the_formats_of_the_commands_are_those_of_tables():
    assert list(FORMATS) == list(cli.FORMATS)


@pytest.mark.parametrize("command", [("worth",), ("matrix",)])
def test_a_folder_to_write_to_that_is_a_file_is_refused_before_anything_is_printed(results, capsys, command):
    said = refused(capsys, *command, results, "--out", results / "figures")
    assert said == f"error: cannot write to {results / 'figures'}: {results} is a file; name a folder\n"


def test_a_near_match_of_a_format_is_named(results, capsys):
    assert "did you mean github?" in refused(capsys, "leaderboard", results, "--format", "git-hub")


def test_a_damaged_line_is_one_line_with_file_and_number_and_exit_code_4(results, capsys):
    with results.open("a") as file:
        file.write('{"task": "to\n')
    assert f"{results}, line 3:" in refused(capsys, "leaderboard", results)


def test_an_unknown_field_is_one_line_with_file_and_number_and_exit_code_4(results, capsys):
    with results.open("a") as file:
        file.write('{"tsak": "toy"}\n')
    said = refused(capsys, "leaderboard", results)
    assert f"{results}, line 3:" in said
    assert "'tsak'" in said


def test_a_missing_file_is_one_line_and_exit_code_4(tmp_path, capsys):
    assert str(tmp_path / "none.jsonl") in refused(capsys, "leaderboard", tmp_path / "none.jsonl")


def test_a_folder_is_one_line_and_exit_code_4(tmp_path, capsys):
    assert str(tmp_path) in refused(capsys, "leaderboard", tmp_path)


def test_the_module_can_be_run(results):
    done = subprocess.run(
        [sys.executable, "-m", "synthworth", "leaderboard", str(results), "--format", "nothing"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 4
    assert done.stderr.count("\n") == 1


def test_the_leaderboard_imports_nothing_heavy(results):
    code = (
        "import sys; from synthworth.__main__ import main; main(['leaderboard', sys.argv[1], '--format', 'json']); "
        "found = {'torch', 'transformers', 'datasets', 'openai', 'vcr', 'sklearn'} & set(sys.modules); "
        "sys.exit(' '.join(found) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(results)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_without_a_command_the_commands_are_listed(capsys):
    assert main([]) == 4
    said = capsys.readouterr().err
    assert [command for command in COMMANDS if command not in said] == []


STRANGE = [
    ("leaderboard", "a", "b"),
    ("serve", "--prot", "1"),
    ("pin", "a/b", "--revision"),
    ("verify", "a", "--data", "b", "c"),
]


@pytest.mark.parametrize("arguments", STRANGE)
def test_what_a_command_does_not_take_is_refused(capsys, arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "unrecognized arguments" in capsys.readouterr().err


COMMANDS = sorted(module.name for module in iter_modules(cli.__path__))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(capsys, command):
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])
    assert caught.value.code == 0
    assert f"synthworth {command}" in capsys.readouterr().out


def test_ctrl_c_is_one_line_that_says_how_to_go_on(results, capsys, monkeypatch):
    def interrupted(arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("synthworth.cli.leaderboard.run", interrupted)
    assert main(["leaderboard", str(results)]) == 130
    assert capsys.readouterr().err == "stopped; run the same command to go on\n"


def program(*arguments, encoding="utf-8", stdout=subprocess.PIPE):
    return subprocess.run(
        [sys.executable, "-m", "synthworth", *map(str, arguments)],
        env={**os.environ, "PYTHONIOENCODING": encoding},
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
    )


STRANGE_NAME = "\u65e5 \U0001f600 \u05d0 a\u200db"


@pytest.mark.parametrize("form", FORMATS)
def test_a_character_that_the_encoding_lacks_does_not_lose_the_report(tmp_path, form):
    write(tmp_path / "results.jsonl", [result(generator=STRANGE_NAME), REAL])
    done = program("leaderboard", tmp_path / "results.jsonl", "--format", form, encoding="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert "\\u65e5 \\ud83d\\ude00" in done.stdout.decode("ascii")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_json_says_the_same_in_every_encoding(tmp_path, encoding):
    write(tmp_path / "results.jsonl", [result(generator=STRANGE_NAME), REAL])
    done = program("leaderboard", tmp_path / "results.jsonl", "--format", "json", encoding=encoding)
    rows = json.loads(done.stdout.decode(encoding))[0]["rows"]
    assert STRANGE_NAME in [row["generator"] for row in rows]


def test_a_reader_that_has_gone_is_no_error_to_tell(results):
    reading, writing = os.pipe()
    os.close(reading)
    done = program("leaderboard", results, stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_closed_output_is_no_fault(results):
    command = [sys.executable, "-m", "synthworth", "leaderboard"]
    for file, code in ((results, 0), ("nowhere.jsonl", 4)):
        closed = ["sh", "-c", '"$@" >&-', "sh", *command, file]
        done = subprocess.run(closed, stderr=subprocess.PIPE, check=False, text=True)
        assert (done.returncode, done.stderr.count("\n")) == (code, bool(code))


def test_a_full_disk_is_one_line_that_says_what_is_lost(results):
    with Path("/dev/full").open("wb") as full:
        done = program("leaderboard", results, stdout=full)
    said = b"error: No space left on device; what was printed or written is not complete\n"
    assert (done.returncode, done.stderr) == (4, said)


def test_an_error_of_the_system_is_one_line_that_names_the_file_and_what_to_do(results, capsys, monkeypatch):
    def failing(arguments):
        raise PermissionError(13, "Permission denied", "a\nb.jsonl")

    monkeypatch.setattr("synthworth.cli.leaderboard.run", failing)
    said = "error: cannot use a\\nb.jsonl: Permission denied; check its name, its folder and your rights\n"
    assert refused(capsys, "leaderboard", results) == said


def test_a_file_in_place_of_a_folder_is_refused_by_init(tmp_path, capsys):
    (tmp_path / "rows.csv").write_text("text,label\n" + "".join(f"fog {n},{n % 2}\n" for n in range(40)))
    (tmp_path / "taken").write_text("")
    said = refused(capsys, "init", tmp_path / "rows.csv", "--out", tmp_path / "taken")
    assert said == f"error: cannot write to {tmp_path / 'taken'}: {tmp_path / 'taken'} is a file; name a folder\n"
