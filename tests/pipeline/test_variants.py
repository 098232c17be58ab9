"""Methods compared on a few texts: what is measured of texts that are made to have or to lack it."""

import csv
import io
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from synthworth.__main__ import main
from synthworth.cli.variants import estimates
from synthworth.core.task import Example
from synthworth.core.words import words
from synthworth.generation.collect import Generated
from synthworth.generation.methods import BUILT_IN, Method
from synthworth.pipeline.variants import MEASURES, Jackknifed, mean_difference, mean_over_tasks, variants_of

ROOT = Path(__file__).parents[2]
TASKS = ("reddit_emotion", "sms_spam")


def bag(texts):
    """Texts as counts of words, of length 1: nothing has to be loaded."""
    found = np.zeros((len(texts), 512))
    for row, text in enumerate(texts):
        for word in words(text):
            found[row, zlib.crc32(word.encode()) % 512] += 1
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)


def method(name, texts):
    """A method that makes these texts, by label."""

    def make(task, sources, per_label, seed):
        made = [Example(id=f"{label}{i}", text=t, label=label) for label in texts for i, t in enumerate(texts[label])]
        return Generated(examples=tuple(made), attempts=len(made))

    return Method(name=name, make=make, asks=False, shown=False)


FAITHFUL = {"sea": [f"wave {i}" for i in range(5)], "land": [f"hill {i}" for i in range(5)]}
SWAPPED = {"sea": FAITHFUL["land"], "land": FAITHFUL["sea"]}
FAULTY = {
    "sea": ["wave one two three wave one two three wave one two three", "sea demonstration 1", "wave a", "wave b"],
    "land": ["hill x", "sea demonstration 2", "hill y", "hill z"],
}


@pytest.fixture
def measured(run_of):
    methods = [method("faithful", FAITHFUL), method("swapped", SWAPPED), method("faulty", FAULTY)]
    run = run_of(methods={**BUILT_IN, **{one.name: one for one in methods}})
    return {one.method: one for one in variants_of(run, ["faithful", "swapped", "faulty", "real"], embed=bag)}


def values(variant):
    return {name: estimate.value for name, estimate in variant.measures.items()}


def test_texts_with_the_words_of_their_label_are_faithful_and_score_and_swapped_ones_do_neither(measured):
    assert set(values(measured["faithful"])) == set(MEASURES)
    assert (values(measured["faithful"])["fidelity"], values(measured["swapped"])["fidelity"]) == (1, 0)
    assert values(measured["faithful"])["score"] > 0.9
    assert values(measured["swapped"])["score"] < 0.2


def test_loops_and_copies_of_demonstrations_of_any_label_are_counted(measured):
    assert values(measured["faulty"])["loop"] == 1 / 8
    assert values(measured["faulty"])["copies"] == 2 / 8
    assert values(measured["faithful"])["loop"] == values(measured["faithful"])["copies"] == 0


def test_a_part_is_the_text_at_one_place_of_every_label(measured):
    fidelity = measured["faulty"].measures["fidelity"]
    assert len(fidelity.without) == 4
    assert fidelity.without[0] == pytest.approx((8 * fidelity.value - 2) / 6)  # both first texts keep their label


def test_a_method_differs_from_itself_by_nothing_and_without_doubt(measured):
    one = measured["faithful"]
    assert mean_difference([one, one], [one, one], "score") == (0, 0)
    value, error = mean_difference([one], [measured["faulty"]], "fidelity")
    assert value > 0
    assert error > 0


def test_the_error_of_a_mean_over_tasks_falls_with_their_number(measured):
    one = measured["faulty"]
    alone, four = mean_over_tasks([one], "fidelity"), mean_over_tasks([one] * 4, "fidelity")
    assert four[0] == alone[0]
    assert four[1] == pytest.approx(alone[1] / 2)


def test_without_real_texts_beside_the_quota_there_is_no_judge(run_of):
    with pytest.raises(
        ValueError, match=r"^task 'places': 30 real training texts leave no judge beside 15 per label; "
    ):
        variants_of(run_of(per_label=15), ["real"], embed=bag)


def test_the_command_prints_means_and_writes_every_task_s_rows(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("synthworth.training.embed", lambda texts, cache=None, progress=None: bag(texts))
    for task in TASKS:
        (tmp_path / task).mkdir()
        texts = (ROOT / f"suites/quickstart/{task}.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
        for place, split in enumerate(("train", "test")):  # quickstart texts are for tests alone
            (tmp_path / task / f"{split}.jsonl").write_text("".join(texts[place::2]), encoding="utf-8")
    suites, out = [str(ROOT / f"suites/test_{task}.py") for task in TASKS], tmp_path / "rows.csv"
    command = ["variants", "--data", str(tmp_path), "--suites", *suites, "--per-label", "4", "--out", str(out)]
    assert main([*command, "--format", "csv"]) == 0
    printed = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    rows = list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8"))))
    assert [row["method"] for row in printed] in (["few_shot", "zero_shot"], ["zero_shot", "few_shot"])
    assert [(row["task"], row["method"]) for row in rows] == [
        (task, method) for task in TASKS for method in ("few_shot", "zero_shot")
    ]
    assert main([*command[:4], suites[1], "--per-label", "5", "--method", "few_shot", "--out", str(out)]) == 0
    again = list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8"))))
    assert [row for row in again if (row["task"], row["method"]) != ("sms_spam", "few_shot")] == [*rows[:2], rows[3]]
    assert again[2]["texts"] == "10"
    for row in printed:
        own = [float(one["fidelity"]) for one in rows if one["method"] == row["method"]]
        assert float(row["fidelity"].split()[0]) == pytest.approx(sum(own) / 2, abs=0.006)


@pytest.mark.parametrize("text", ["", "task,method\nsms_spam,few_shot\n", "text,label\nhello,ham\n"])
def test_a_file_that_is_no_table_of_variants_is_named_before_anything_is_measured(tmp_path, capsys, text):
    (tmp_path / "mine.csv").write_text(text, encoding="utf-8")
    assert main(["variants", "--data", str(tmp_path / "nothing"), "--out", str(tmp_path / "mine.csv")]) == 4
    assert "mine.csv is no table of variants, its columns are [" in capsys.readouterr().err
    assert (tmp_path / "mine.csv").read_text(encoding="utf-8") == text


def test_a_quota_too_small_for_an_interval_is_refused(capsys):
    assert main(["variants", "--per-label", "2"]) == 4
    assert "--per-label is 2; give at least 3, for an interval" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "value", "ends"), [("fidelity", 1.0, (0.0, 1.0)), ("remote_clique", 1.9, (0.0, 2.0))])
def test_no_interval_goes_beyond_what_its_measure_can_be(measured, name, value, ends):
    wide = Jackknifed(value, (value - 0.9, value, value + 0.9))
    variant = replace(measured["faulty"], measures={**measured["faulty"].measures, name: wide})
    estimate = estimates([variant], [variant])[name]
    assert (estimate.low, estimate.high) == ends


def test_the_gain_is_cut_at_the_largest_difference_of_two_scores(measured):
    variant = replace(measured["faulty"], measures=dict(measured["faulty"].measures))
    other = replace(variant, measures={**variant.measures, "score": Jackknifed(0.0, (-0.9, 0.9, 0.0, 0.0, 0.0))})
    gain = estimates([variant], [other])["gain"]
    assert (gain.low, gain.high) == (-1, 1)
