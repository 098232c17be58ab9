"""What was measured of texts is a line of JSON beside its results."""

import json

import pytest
from sklearn.metrics import balanced_accuracy_score, confusion_matrix

import toys
from synthworth.core.quality import Measure, read, write


def test_a_file_gives_the_same_back_sorted_and_replaced_by_key(tmp_path):
    first, other = toys.quality(), toys.quality(task="other", median_words=3.0)
    again = toys.quality(median_words=7.0)
    write(tmp_path / "q.jsonl", [other, first])
    write(tmp_path / "q.jsonl", [again])
    assert read(tmp_path / "q.jsonl") == [other, again]


def test_shares_are_of_all_texts():
    found = toys.quality()
    assert found.leak_share == 3 / 200


def test_fidelity_is_the_balanced_accuracy_of_the_judge_against_the_labels_asked_for():
    asked = ["good"] * 20 + ["bad"] * 80
    judged = ["good"] * 15 + ["bad"] * 65 + ["good"] * 20
    table = confusion_matrix(asked, judged, labels=["good", "bad"]).tolist()
    found = toys.quality(disagreement=table, judge_on_real=((9, 1), (4, 6)))
    assert found.fidelity == pytest.approx(balanced_accuracy_score(asked, judged))
    assert found.fidelity_of_real == pytest.approx((0.9 + 0.6) / 2)
    without = toys.quality(disagreement=())
    assert (without.fidelity, without.fidelity_of_real) == (None, None)


def test_a_label_without_texts_has_no_part_in_fidelity():
    assert toys.quality(disagreement=((8, 2), (0, 0))).fidelity == pytest.approx(0.8)


def test_a_line_from_before_the_judge_was_counted_on_real_texts_can_be_read(tmp_path):
    write(tmp_path / "q.jsonl", [toys.quality()])
    line = json.loads((tmp_path / "q.jsonl").read_text(encoding="utf-8"))
    for name in ("judge_on_real", "judge_texts", "rules"):
        line.pop(name)
    (tmp_path / "q.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    (found,) = read(tmp_path / "q.jsonl")
    assert (found.fidelity, found.fidelity_of_real, found.judge_texts, found.rules) == (0.75, None, 0, {})


def test_a_share_of_suspects_is_of_the_whole_file():
    found = toys.quality(others=300, other_leaks={"test": {"exact": 0, "any": 22}})
    assert found.leak_share == found.suspect_share("test") == 25 / 500
    assert found.suspect_share("train") == 2 / 500
    assert found.suspect_share("demonstrations") is None


def test_a_line_from_before_copies_under_another_label_were_counted_says_that_nobody_counted(tmp_path):
    older, counted = toys.quality(), toys.quality(task="other", opposed={"test": 2, "train": 0})
    write(tmp_path / "q.jsonl", [older, counted])
    lines = [json.loads(line) for line in (tmp_path / "q.jsonl").read_text(encoding="utf-8").splitlines()]
    for line in lines:
        line.update(opposed=line["opposed"]) if line["task"] == "other" else line.pop("opposed", None)
    (tmp_path / "q.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert [found.opposed for found in read(tmp_path / "q.jsonl")] == [{"test": 2, "train": 0}, None]


def test_measures_are_named_numbers():
    assert toys.quality(measures={"chamfer": [0.2, 0.1, 0.3]}).measures["chamfer"] == Measure(0.2, 0.1, 0.3)


def test_a_table_that_is_not_square_is_refused():
    with pytest.raises(ValueError, match="quality of toy: disagreement is not 2 x 2"):
        toys.quality(disagreement=((1,), (2,)))


def test_a_broken_line_is_named(tmp_path):
    (tmp_path / "q.jsonl").write_text('{"task": "a"}\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"q.jsonl, line 1: missing field 'task_version'"):
        read(tmp_path / "q.jsonl")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ValueError, match="cannot read measures of texts from"):
        read(tmp_path / "none.jsonl")


def test_others_may_write_to_the_folder_while_texts_are_measured(tmp_path):
    def slowly():
        write(tmp_path / "other.jsonl", [toys.quality()])
        yield toys.quality()

    write(tmp_path / "q.jsonl", slowly())
    assert read(tmp_path / "q.jsonl") == read(tmp_path / "other.jsonl")
