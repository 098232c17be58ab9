"""The steps of `compare`: sheets are written all or none, a stand-in replays, and a ranking says who made it."""

import csv
import errno
import io
import json
import os
import re

import pytest

from servers import answer_of, serving
from synthworth.__main__ import main
from synthworth.core import atomic
from synthworth.subjectivity.comparisons import ANSWER, COLUMNS, Comparison, read_comparisons, to_csv

NAMES = ("ag_news", "imdb", "relation", "tweet_irony")  # from the most objective one, to whoever is asked here
SUITE = """
from synthworth import TaskSuite
from toys import task
class Test{title}(TaskSuite):
    task = task(name="{name}")
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A project with the suites of four tasks, as the current folder."""
    (tmp_path / "suites").mkdir()
    (tmp_path / "pyproject.toml").touch()
    for name in NAMES:
        text = SUITE.format(name=name, title=name.title().replace("_", ""))
        (tmp_path / f"suites/test_{name}.py").write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def done(capsys, *arguments):
    """What a command that succeeds prints."""
    code, shown = main(["compare", *map(str, arguments)]), capsys.readouterr()
    assert (code, shown.err) == (0, "")
    return shown.out


def refused(capsys, *arguments):
    """The one line of a command that fails."""
    code, shown = main(["compare", *map(str, arguments)]), capsys.readouterr()
    assert code == 4
    assert re.fullmatch(r"error: .+\n", shown.err)
    return shown.err


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"}


# ---- sheets


def test_each_annotator_gets_a_sheet_of_all_pairs(folder, capsys):
    said = done(capsys, "sheets", "ann", "Ben Lee", "--out", "sheets")
    assert said.startswith("2 sheets of 6 pairs of 4 tasks in sheets\n")
    for name in ("ann", "Ben Lee"):
        rows = list(csv.DictReader(io.StringIO((folder / f"sheets/{name}.csv").read_text())))
        assert [(row["annotator"], row[ANSWER]) for row in rows] == [(name, "")] * 6


def test_a_sheet_may_have_fewer_pairs(folder, capsys):
    assert "1 sheet of 2 pairs" in done(capsys, "sheets", "ann", "--out", "sheets", "--pairs", 2)


def test_the_seed_changes_the_order(folder, capsys):
    for seed in (0, 1):
        done(capsys, "sheets", "ann", "--out", f"sheets{seed}", "--seed", seed)
    assert (folder / "sheets0/ann.csv").read_text() != (folder / "sheets1/ann.csv").read_text()


def test_a_sheet_that_is_there_is_never_overwritten_and_no_other_is_written(folder, capsys):
    done(capsys, "sheets", "ben", "--out", "sheets")
    (folder / "sheets/ben.csv").write_text("filled in")
    assert "sheets/ben.csv is there already, perhaps filled in" in refused(
        capsys, "sheets", "ann", "ben", "--out", "sheets"
    )
    assert (folder / "sheets/ben.csv").read_text() == "filled in"
    assert not (folder / "sheets/ann.csv").exists()


@pytest.mark.parametrize("name", ["../ann", "a/b", "", ".", " ann", "model:llm", "a\nb"])
def test_an_annotator_whose_name_is_no_files_is_refused_and_nothing_is_written(folder, capsys, name):
    before = files(folder)
    assert f"annotator {name!r}" in refused(capsys, "sheets", "ann", name, "--out", "sheets")
    assert files(folder) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("ann", "--pairs", 7), "7 pairs per annotator; 4 tasks have 1 to 6 pairs"),
        (("ann", "ann"), "the annotator 'ann' is there 2 times"),
        (("ann", "--suites", "nowhere.py"), "no suite nowhere.py"),
        (("ann", "--suites", "suites/test_imdb.py"), "1 task; give at least 2"),
    ],
)
def test_sheets_that_cannot_be_dealt_are_refused(folder, capsys, arguments, message):
    assert message in refused(capsys, "sheets", *arguments, "--out", "sheets")
    assert not (folder / "sheets").exists()


def test_an_out_that_is_a_file_is_refused(folder, capsys):
    (folder / "sheets").touch()
    assert "cannot write sheets into sheets (File exists)" in refused(capsys, "sheets", "ann", "--out", "sheets")


def test_where_one_sheet_cannot_be_written_none_is_left(folder, capsys, monkeypatch):
    whole, written = atomic.replace, []

    def full_at_the_second(path, text):
        if written:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written.append(path)
        whole(path, text)

    monkeypatch.setattr(atomic, "replace", full_at_the_second)
    said = refused(capsys, "sheets", "ann", "ben", "--out", "sheets")
    assert "cannot write sheets into sheets (No space left on device); give another --out" in said
    assert written
    assert not written[0].exists()


# ---- ask


def by_name(number, body):
    """Names the task that comes first in the alphabet, whatever the order."""
    return answer_of(min(re.findall(r"^[AB]: (\w+)\.", body["messages"][0]["content"], re.MULTILINE)))


@pytest.fixture
def recorded(folder, capsys):
    with serving(by_name) as (url, came):
        done(capsys, "ask", "--generator", f"toy-llm@{url}", "--record", "missing")
    assert len(came.bodies) == 12
    return folder / "cassettes/toy-llm/compare/objective.jsonl"


def test_answers_are_recorded_beside_the_suites(recorded):
    assert len(recorded.read_text().splitlines()) == 12 + 1


def test_recorded_answers_replay_without_a_server_and_become_comparisons(recorded, folder, capsys):
    said = done(capsys, "ask", "--generator", "toy-llm", "--out", "toy.csv")
    assert (
        "model:toy-llm, a stand-in and not a person: 12 of 12 answers name a task, 6 of them the one shown first"
        in said
    )
    assert "Of 6 pairs answered both ways round, 6 got the same answer twice" in said
    found = read_comparisons(folder / "toy.csv")
    assert {c.annotator for c in found} == {"model:toy-llm"}
    assert all(c.winner < c.loser for c in found)


def test_a_replay_writes_no_file_but_what_is_asked_for(recorded, folder, capsys):
    before = files(folder)
    done(capsys, "ask", "--generator", "toy-llm")
    assert files(folder) == before


def test_what_is_recorded_is_not_asked_again(recorded, capsys):
    with serving(by_name) as (url, came):
        done(capsys, "ask", "--generator", f"toy-llm@{url}", "--record", "missing")
    assert not came.bodies


def test_a_changed_task_asks_for_the_pairs_it_is_in(recorded, folder, capsys):
    path = folder / "suites/test_imdb.py"
    path.write_text(path.read_text().replace('name="imdb"', 'name="imdb", labels={"good": "praise", "bad": "blame"}'))
    said = refused(capsys, "ask", "--generator", "toy-llm")
    assert f"6 answers of toy-llm are not recorded in {recorded}; record them with: synthworth compare " in said
    assert said.endswith("--record missing\n")


def test_without_a_recording_nothing_is_asked_and_nothing_written(folder, capsys):
    before = files(folder)
    with serving(by_name) as (url, came):
        said = refused(capsys, "ask", "--generator", f"toy-llm@{url}", "--out", "toy.csv")
    assert "12 answers of toy-llm are not recorded" in said
    assert f"--generator toy-llm@{url} --suites suites --record missing" in said
    assert not came.bodies
    assert files(folder) == before


def test_answers_that_name_no_task_write_no_file(folder, capsys):
    with serving(lambda number, body: answer_of("Hm.")) as (url, _):
        main(["compare", "ask", "--generator", f"toy-llm@{url}", "--record", "missing", "--out", "toy.csv"])
    shown = capsys.readouterr()
    assert "0 of 12 answers name a task" in shown.out
    assert "toy.csv is not written: none of the answers names a task" in shown.err
    assert not (folder / "toy.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--record", "all"), "unknown --record 'all'; values: none, missing"),
        (("--max-tokens", "0"), "--max-tokens is 0; give a whole number, 1 or more"),
        (("--out", "nowhere/toy.csv"), "cannot write to nowhere/toy.csv: there is no folder nowhere"),
        (("--generator", "@"), "generator '@'; give NAME"),
        (("--suites", "suites/test_imdb.py"), "1 task; give at least 2 to compare"),
    ],
)
def test_what_cannot_be_asked_is_refused(folder, capsys, arguments, message):
    assert message in refused(capsys, "ask", *arguments)


# ---- rank


def sheet(path, annotator, *, better=min, separator=","):
    """A sheet that somebody has filled in."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, delimiter=separator)
        writer.writeheader()
        for i, first in enumerate(NAMES):
            for second in NAMES[i + 1 :]:
                row = {"annotator": annotator, "first": first, "second": second, ANSWER: better(first, second)}
                writer.writerow(row)
    return path


def comparisons(path, annotator):
    path.write_text(to_csv([Comparison("imdb", "ag_news", annotator), Comparison("ag_news", "imdb", annotator)]))
    return path


def ranked(capsys, *arguments):
    return json.loads(done(capsys, "rank", *arguments, "--format", "json"))


def test_sheets_and_comparisons_are_ranked_together(tmp_path, capsys):
    paths = [sheet(tmp_path / "ann.csv", "ann"), comparisons(tmp_path / "ben.csv", "ben")]
    standings, order, annotators = ranked(capsys, *paths)
    assert [row["task"] for row in standings["rows"]] == list(NAMES)
    assert standings["title"] == "the most objective task first: 8 comparisons by 2 people"
    assert [row["n"] for row in standings["rows"]] == [5, 5, 3, 3]
    assert {row["measure"]: row["value"] for row in order["rows"]}["two annotators say the same of a pair"] == 0.5
    assert [(row["annotator"], row["zeta"], row["same_answer_again"]) for row in annotators["rows"]] == [
        ("ann", 1.0, None),
        ("ben", None, 0.0),
    ]


def test_a_sheet_saved_by_a_spreadsheet_is_the_same_sheet(tmp_path, capsys):
    one, other = sheet(tmp_path / "a.csv", "ann"), sheet(tmp_path / "b.csv", "ann", separator=";")
    assert ranked(capsys, one) == ranked(capsys, other)


def test_a_stand_in_is_named_in_title_note_and_table(tmp_path, capsys):
    paths = [sheet(tmp_path / "ann.csv", "ann"), comparisons(tmp_path / "llm.csv", "model:llm")]
    standings, _, annotators = ranked(capsys, *paths)
    assert standings["title"].endswith("8 comparisons by 1 person and the stand-in model:llm")
    assert "2 of 8 comparisons are by stand-ins, which are generators and not people." in standings["note"]
    assert [row["kind"] for row in annotators["rows"]] == ["person", "stand-in"]


def test_stand_ins_can_be_left_out(tmp_path, capsys):
    paths = [sheet(tmp_path / "ann.csv", "ann"), comparisons(tmp_path / "llm.csv", "model:llm")]
    assert ranked(capsys, *paths, "--people") == ranked(capsys, paths[0])


def test_a_circle_is_named_and_lowers_zeta(tmp_path, capsys):
    beats = {("ag_news", "relation"): "relation"}
    path = sheet(tmp_path / "ann.csv", "ann", better=lambda *pair: beats.get(pair, min(pair)))
    _, order, _ = ranked(capsys, path)
    values = {row["measure"]: row["value"] for row in order["rows"]}
    assert values["circular triads, of those decided by majorities"] == 0.25
    assert values["coefficient of consistence, zeta"] == 0.5
    assert order["note"] == "Circles, the clearest first: ag_news > imdb > relation > ag_news."


def test_csv_is_the_ranking_alone_and_names_stand_ins_too(tmp_path, capsys):
    shown = done(capsys, "rank", sheet(tmp_path / "llm.csv", "model:llm"), "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(shown)))
    assert [row["task"] for row in rows] == list(NAMES)
    assert all("6 comparisons by the stand-in model:llm" in row["table"] for row in rows)


def test_rows_without_an_answer_are_counted(tmp_path, capsys):
    path = sheet(tmp_path / "ann.csv", "ann", better=lambda *pair: "" if "imdb" in pair else min(pair))
    standings, _, _ = ranked(capsys, path)
    assert "3 rows of sheets have no answer." in standings["note"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (to_csv([Comparison("a", "b", "ann"), Comparison("c", "d", "ann")]), "no comparison connects a, b with c, d"),
        (to_csv([Comparison("a", "a", "ann")]), "line 2: 'a' is compared with itself"),
        (f"annotator,first,second,{ANSWER}\nann,a,b,c\n", f"line 2: {ANSWER} is 'c'; write a or b, or leave it empty"),
        (f"annotator,first,second,{ANSWER}\nann,a,b,\n", "no annotator has answered in "),
        ("", "no comparisons; needed are lines with winner, loser, annotator"),
    ],
)
def test_what_cannot_be_ranked_is_one_line(tmp_path, capsys, text, message):
    (tmp_path / "answers.csv").write_text(text)
    assert message in refused(capsys, "rank", tmp_path / "answers.csv")


def test_no_people_are_no_ranking_of_people(tmp_path, capsys):
    path = comparisons(tmp_path / "llm.csv", "model:llm")
    assert f"no person has answered in {path}" in refused(capsys, "rank", path, "--people")


def test_an_unknown_format_is_refused(tmp_path, capsys):
    path = sheet(tmp_path / "ann.csv", "ann")
    assert "unknown format 'xml'; formats: " in refused(capsys, "rank", path, "--format", "xml")
