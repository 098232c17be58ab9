"""The margin over the best free rung: which rung that is, by hand, and what its interval holds."""

import json
import random
from dataclasses import replace
from statistics import stdev

import pytest
from scipy.stats import t as student

import toys
from synthworth.leaderboard import Context, View, leaderboards
from synthworth.leaderboard.render import render
from synthworth.measures.metrics import macro_f1
from synthworth.measures.statistics import RESAMPLES, paired_difference

FEW = toys.result()
LABELS = toys.result(
    method="labels", generator="", demonstrations="", classifier="nearest", macro_f1=0.6, train_rows=2, attempts=0
)
OWN = replace(LABELS, method="demonstrations", classifier="minilm", macro_f1=0.55, train_rows=6, steps=60)
TRUE = ["good", "bad"] * 150


def board(*results, gold=None):
    (found,) = leaderboards(results, Context(gold=gold or {}))
    return {(row.task, row.method, row.classifier): row for row in found.rows}


def margin(*results, task="toy", method="few_shot", classifier="minilm", gold=None):
    """The margin of a row with its ends, and the rung that it is over."""
    row = board(*results, gold=gold)[task, method, classifier]
    return row.margin, row.margin_low, row.margin_high, row.free_rung


# ---- which rung


def test_the_margin_is_over_the_better_of_the_free_rungs_whatever_its_classifier():
    value, low, high, rung = margin(FEW, LABELS, OWN)
    assert (value, rung) == (pytest.approx(0.7 - 0.6), "labels, nearest")
    assert low < value < high
    better = replace(OWN, macro_f1=0.65)
    assert margin(FEW, LABELS, better)[::3] == (pytest.approx(0.7 - 0.65), "demonstrations, minilm")


@pytest.mark.parametrize(
    "other", [{"task": "imdb"}, {"data_version": "def"}, {"task_version": 2}], ids=lambda changes: next(iter(changes))
)
def test_a_rung_of_another_test_set_is_none(other):
    assert board(FEW, replace(LABELS, **other))["toy", "few_shot", "minilm"].free_rung == ""


@pytest.mark.parametrize("method", ["real", "augmented10", "real10+few_shot", "zero_shot", "data-texts"])
def test_what_needs_real_texts_or_was_written_is_no_free_rung(method):
    assert margin(FEW, replace(LABELS, method=method)) == (None, None, None, "")


def test_a_rung_of_another_size_counts_since_its_texts_are_the_same():
    assert margin(FEW, replace(LABELS, per_label=50))[::3] == (pytest.approx(0.1), "labels, nearest")


def test_seeds_of_a_rung_are_averaged_over_all_sizes_and_seeds():
    again = [replace(OWN, training_seed=seed, macro_f1=score) for seed, score in enumerate((0.62, 0.64, 0.66))]
    assert margin(FEW, LABELS, *again, replace(again[0], per_label=50))[::3] == (
        pytest.approx(0.7 - 0.64),
        "demonstrations, minilm",
    )


def test_the_best_rung_says_that_it_is_the_one_and_the_others_are_compared_with_it():
    assert margin(FEW, LABELS, OWN, method="labels", classifier="nearest") == (None, None, None, "this row")
    assert margin(FEW, LABELS, OWN, method="demonstrations")[::3] == (pytest.approx(-0.05), "labels, nearest")


def test_real_texts_have_a_margin_too():
    real = replace(FEW, method="real", generator="", demonstrations="", macro_f1=0.9)
    assert margin(real, LABELS, method="real")[0] == pytest.approx(0.3)


def test_a_mean_over_tasks_is_over_the_rung_that_is_best_on_the_mean():
    few, labels, own = (
        [replace(one, task=task, macro_f1=score) for task, score in zip(("toy", "imdb"), scores, strict=True)]
        for one, scores in ((FEW, (0.7, 0.8)), (LABELS, (0.6, 0.5)), (OWN, (0.45, 0.6)))
    )
    rungs = [margin(*few, *labels, *own, task=task)[3] for task in ("toy", "imdb", "mean of 2")]
    assert rungs == ["labels, nearest", "demonstrations, minilm", "labels, nearest"]
    assert margin(*few, *labels, *own, task="mean of 2")[0] == pytest.approx((0.7 - 0.6 + 0.8 - 0.5) / 2)


def test_a_mean_is_over_a_rung_that_all_tasks_have():
    imdb = [replace(one, task="imdb") for one in (FEW, OWN)]
    assert margin(FEW, LABELS, OWN, *imdb, task="mean of 2")[3] == "demonstrations, minilm"
    assert margin(FEW, LABELS, *imdb, task="mean of 2")[::3] == (None, "")


# ---- tables


def test_one_classifier_alone_keeps_its_margin_and_no_row_of_another():
    view = View(classifier="minilm", columns=["task", "method", "margin", "free_rung"])
    (table,) = json.loads(render([FEW, LABELS, replace(LABELS, task="imdb")], "json", view=view))
    assert table["rows"] == [
        {"task": "toy", "method": "few_shot", "margin": pytest.approx(0.1), "free_rung": "labels, nearest"}
    ]


def test_a_table_without_a_free_rung_has_no_column_for_it():
    assert "margin" not in render([FEW])
    text = render([FEW, LABELS])
    assert "free rung" in text
    assert "picked by these very scores" in text


# ---- intervals


def predicted(right, seed, **changed):
    """A result of that many right predictions; which, is drawn by `seed`."""
    wrong = set(random.Random(seed).sample(range(len(TRUE)), len(TRUE) - right))
    labels = [("bad" if label == "good" else "good") if i in wrong else label for i, label in enumerate(TRUE)]
    return toys.predicting(TRUE, labels, **changed)


AS_LABELS = {"method": "labels", "generator": "", "demonstrations": "", "classifier": "nearest"}
GOLD = {("toy", "abc"): TRUE}


def test_paired_on_rows_the_interval_is_that_of_the_paired_bootstrap():
    few, labels = predicted(240, 1), predicted(200, 2, **AS_LABELS)
    judge = paired_difference(TRUE, few.predictions, labels.predictions, few.labels, macro_f1)
    value, low, high, _ = margin(few, labels, gold=GOLD)
    assert value == pytest.approx(judge.difference, abs=1e-6)
    assert (low, high) == pytest.approx((judge.low, judge.high), abs=4 * (judge.high - judge.low) / RESAMPLES**0.5)


def test_rows_that_are_hard_for_both_cancel_where_the_test_labels_are_at_hand():
    few = predicted(200, 1)
    same = replace(few, **AS_LABELS)
    value, low, high, _ = margin(few, same, gold=GOLD)
    assert (value, low, high) == pytest.approx((0, 0, 0), abs=1e-9)
    value, low, high, _ = margin(few, same)
    assert low < -0.05 < value < 0.05 < high


def test_a_rung_that_no_seed_changes_takes_no_spread_from_the_row_it_is_compared_with():
    scores = (0.62, 0.70, 0.81)
    draws = [
        replace(FEW, generation_seed=n, train_version=f"draw {n}", macro_f1=score) for n, score in enumerate(scores)
    ]
    exact = [replace(one, confusion=((100, 0), (0, 100))) for one in (*draws, LABELS)]  # test rows add nothing
    value, low, high, _ = margin(*exact)
    half = student.ppf(0.975, 2) * stdev(scores) / 3**0.5
    assert (high - value, value - low) == pytest.approx((half, half), rel=1e-6)


def test_a_rung_of_one_training_seed_takes_the_spread_of_the_row():
    draws = [replace(FEW, generation_seed=n, train_version=f"draw {n}", macro_f1=0.6 + n / 10) for n in range(3)]
    narrow, wide = (margin(*draws, rung) for rung in (LABELS, replace(LABELS, classifier="minilm")))
    assert wide[2] - wide[1] > 1.2 * (narrow[2] - narrow[1])
