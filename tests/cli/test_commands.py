"""Every module of `synthworth.cli` is a command; `agreement` says what the measures say of a file of votes."""

import csv
import io
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from pkgutil import iter_modules

import pytest

from synthworth import cli
from synthworth.__main__ import main
from synthworth.core.votes import COLUMNS, Vote, read_votes
from synthworth.subjectivity.agreement import (
    fleiss_kappa,
    krippendorff_alpha,
    mean_agreement_interval,
    vote_entropy,
)

MD_AGREEMENT = Path(__file__).parents[3] / "shared" / "data" / "extra" / "md_agreement" / "annotations.csv.gz"
VOTES = [
    Vote(f"t{n}", who, label)
    for n, labels in enumerate(("111", "112", "333", "323", "331", "12"))
    for who, label in zip(("ann", "ben", "cy"), labels, strict=False)
]


def written(folder, votes=VOTES):
    with (folder / "votes.csv").open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *votes])
    return folder / "votes.csv"


def measured(capsys, *arguments):
    """The tables: what was measured by its name, the annotators, and the title and note of the first."""
    assert main(["agreement", *map(str, arguments), "--format", "json"]) == 0
    first, second = json.loads(capsys.readouterr().out)
    return {row["measure"]: row for row in first["rows"]}, second["rows"], first["title"], first["note"]


def refused(capsys, *arguments):
    code, shown = main(["agreement", *map(str, arguments)]), capsys.readouterr()
    assert (code, shown.out) == (4, "")
    assert re.fullmatch(r"error: .+\n", shown.err)
    return shown.err


# ---- all commands


def test_every_module_is_a_command_with_help(capsys):
    for name in (module.name for module in iter_modules(cli.__path__)):
        with pytest.raises(SystemExit) as caught:
            main([name, "--help"])
        assert caught.value.code == 0
        assert f"synthworth {name}" in capsys.readouterr().out


def test_declaring_the_commands_loads_no_library():
    code = (
        "import sys; from synthworth.__main__ import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "found = {'numpy', 'scipy', 'torch', 'datasets', 'openai', 'vcr', 'tabulate'} & set(sys.modules)\n"
        "sys.exit(' '.join(found) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


# ---- agreement


def test_the_measures_are_those_of_the_votes(tmp_path, capsys):
    found, _, _, _ = measured(capsys, written(tmp_path), "--order", "1,2,3")
    three = [vote for vote in VOTES if vote.instance != "t5"]
    for name, estimate in {
        "mean agreement": mean_agreement_interval(VOTES),
        "Krippendorff's alpha, nominal": krippendorff_alpha(VOTES),
        "Krippendorff's alpha, ordinal": krippendorff_alpha(VOTES, ["1", "2", "3"]),
    }.items():
        assert found[name] == {"measure": name, **estimate._asdict()}
    assert (found["Fleiss' kappa, 3 votes each"]["value"], found["Fleiss' kappa, 3 votes each"]["instances"]) == (
        fleiss_kappa(three),
        5,
    )
    entropy = vote_entropy(VOTES).values()
    assert found["vote entropy, bits"]["value"] == pytest.approx(sum(entropy) / len(entropy))


def test_without_an_order_there_is_no_ordinal_alpha(tmp_path, capsys):
    found, _, _, _ = measured(capsys, written(tmp_path))
    assert "Krippendorff's alpha, ordinal" not in found


def test_counts_and_ties_are_told(tmp_path, capsys):
    path = written(tmp_path, [*VOTES, Vote("alone", "dee", "1")])
    _, _, title, note = measured(capsys, path)
    assert title == f"{path}: 18 votes of 4 annotators on 7 instances; labels: 1, 2, 3"
    assert "Ties: 1 instances have no single majority. Left out: 1 instances with one vote." in note


def test_whoever_agrees_least_comes_first_and_whoever_was_always_alone_is_left_out(tmp_path, capsys):
    _, each, _, _ = measured(capsys, written(tmp_path, [*VOTES, Vote("alone", "dee", "1")]))
    assert [row["annotator"] for row in each] == sorted(
        ("ann", "ben", "cy"), key=lambda name: next(row["agreement"] for row in each if row["annotator"] == name)
    )


def test_an_instance_with_one_vote_changes_no_measure(tmp_path, capsys):
    one, _, _, _ = measured(capsys, written(tmp_path))
    other, _, _, _ = measured(capsys, written(tmp_path, [*VOTES, Vote("alone", "ann", "1")]))
    assert one == other


def test_csv_is_the_measures(tmp_path, capsys):
    main(["agreement", str(written(tmp_path)), "--format", "csv"])
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert rows[0]["measure"] == "mean agreement"
    assert float(rows[0]["value"]) == mean_agreement_interval(VOTES).value


@pytest.mark.parametrize(
    ("votes", "arguments", "message"),
    [
        (VOTES, ("--order", "1,2"), "unknown label '3'; labels in order: 1, 2; place it among them"),
        (VOTES, ("--order", "1,2,2,3"), "the order of labels repeats one"),
        ([], (), "no votes; needed are lines with instance_id, annotator_id, label"),
        ([VOTES[0]], (), "no instance has two votes; agreement needs two annotators on at least one instance"),
        ([*VOTES, VOTES[0]._replace(label="2")], (), "an annotator has one vote on an instance"),
        (VOTES, ("--format", "xml"), "unknown format 'xml'; formats: plain, github, csv, json"),
    ],
)
def test_what_cannot_be_measured_is_one_line(tmp_path, capsys, votes, arguments, message):
    assert message in refused(capsys, written(tmp_path, votes), *arguments)


def test_a_missing_file_is_one_line(tmp_path, capsys):
    assert f"cannot read votes from {tmp_path / 'none.csv'}" in refused(capsys, tmp_path / "none.csv")


def test_a_name_that_would_move_the_cursor_is_escaped(tmp_path, capsys):
    evil = "a\x1b[2Jb\u202ec"
    assert "a\\x1b[2Jb\\u202ec" in refused(capsys, tmp_path / f"{evil}.csv")
    path = written(tmp_path, [*VOTES, Vote("t0", evil, evil), Vote("t0", evil, "1")])
    assert evil not in refused(capsys, path)
    main(["agreement", str(written(tmp_path, [*VOTES, Vote("t0", evil, evil)]))])
    assert not {"\x1b", "\u202e"} & set(capsys.readouterr().out)


def test_votes_that_all_have_one_label_have_no_alpha(tmp_path, capsys):
    found, _, _, _ = measured(capsys, written(tmp_path, [vote._replace(label="1") for vote in VOTES]))
    assert (found["mean agreement"]["value"], found["Krippendorff's alpha, nominal"]["value"]) == (1.0, None)


def test_named_columns_give_the_same_measures_and_a_file_of_votes(tmp_path, capsys):
    usual, _, _, _ = measured(capsys, written(tmp_path))
    rows = [{"item": v.instance, "by": v.annotator, "stars": float(v.label), "text": "x" * 200_000} for v in VOTES]
    (tmp_path / "own.json").write_text(json.dumps(rows, indent=1))
    columns = ("--columns", "instance=item,annotator=by,label=stars")
    found, _, _, _ = measured(capsys, tmp_path / "own.json", *columns, "--out", str(tmp_path / "out.csv"))
    assert found == usual
    assert read_votes(tmp_path / "out.csv") == VOTES


def test_cells_without_a_vote_are_counted(tmp_path, capsys):
    (tmp_path / "wide.csv").write_text("id,ann,ben\n1,yes,no\n2,yes,\n")
    _, _, _, note = measured(capsys, tmp_path / "wide.csv", "--columns", "instance=id,label=ann+ben")
    assert note.endswith("Without a vote: 1 cells.")


def test_columns_that_a_file_lacks_are_answered_with_those_that_it_has(tmp_path, capsys):
    (tmp_path / "own.csv").write_text("item_id,rater_id,rating\n1,ann,2\n")
    assert "say which they are: --columns instance=item_id,annotator=rater_id,label=rating" in refused(
        capsys, tmp_path / "own.csv"
    )


def test_every_measure_says_how_many_instances_it_rests_on(tmp_path, capsys):
    found, _, _, _ = measured(capsys, written(tmp_path))
    sizes = Counter(Counter(vote.instance for vote in VOTES).values())
    assert found["Fleiss' kappa, 3 votes each"]["instances"] == sizes[3]
    assert found["mean agreement"]["instances"] == sizes[3] + sizes[2]


def test_md_agreement_is_measured(capsys):
    if not MD_AGREEMENT.is_file():
        pytest.skip(f"no {MD_AGREEMENT}")
    found, each, title, _ = measured(capsys, MD_AGREEMENT)
    assert "53,764 votes of 819 annotators on 10,753 instances" in title
    assert len(each) == 819
    assert {name: round(row["value"], 3) for name, row in found.items()} == {
        "mean agreement": 0.827,
        "Krippendorff's alpha, nominal": 0.359,
        "Fleiss' kappa, 5 votes each": 0.359,
        "vote entropy, bits": 0.488,
    }
    assert [row["instances"] for row in found.values()] == [10_753, 10_753, 10_752, 10_753]


@pytest.mark.parametrize(
    ("option", "given", "there"),
    [("classifier", "tf-idf", "tfidf"), ("task", "imbd", "imdb"), ("per-label", "7", "100")],
)
def test_variance_names_what_the_results_hold_where_an_option_names_something_else(capsys, option, given, there):
    results = Path(__file__).parents[2] / "suites/results.jsonl"
    assert main(["variance", str(results), f"--{option}", given]) == 4
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: unknown --{option} '{given}'; values: ")
    assert there in line
