"""Advice from a pilot: what it tells, what is predicted from it, what each way costs, and what is said of the error."""

import hashlib
import math
import random
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthworth.core import in_usd, read
from synthworth.generation.generator import Generator, Price
from synthworth.generation.recording import Usage
from synthworth.leaderboard.advice import recorded_pilots, report
from synthworth.leaderboard.advice.comparison import comparison, hindsight
from synthworth.leaderboard.advice.evidence import (
    MIXED,
    WRITTEN,
    MeasuredPilot,
    Outcome,
    joined,
    measured_text,
    outcomes_of,
    read_measured,
    with_outcomes,
)
from synthworth.leaderboard.advice.forecast import DROP, LOG_WORTH, error_table, forecaster
from synthworth.leaderboard.advice.pilot import FEATURES, pilot_features
from synthworth.leaderboard.advice.report import Pilot, advise, beyond, texts_of
from synthworth.measures.statistics.new_task import PredictedOutcome

RESULTS = Path(__file__).parents[2] / "suites/results.jsonl"
LABELS = ("ad", "news")


def forecast(measured, features, target):
    return forecaster(measured, features, target).forecast(features)


def embed(texts):
    """A direction for each label, named by the first word of a text, and one of the text's own."""
    rows = []
    for text in texts:
        own = np.random.default_rng(int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)).standard_normal(8)
        rows.append([3.0 * (text.split()[0] == "ad"), 3.0 * (text.split()[0] == "news"), *own])
    points = np.array(rows)
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def texts(origin, count=30, says=lambda label: label):
    return [(f"{says(label)} {origin} {place}", label) for place in range(count) for label in LABELS]


def turned(label):
    return {"ad": "news", "news": "ad"}[label]


def test_a_pilot_like_the_real_texts_has_fidelity_and_no_gaps_and_one_with_turned_labels_has_neither():
    real = texts("real")
    alike = pilot_features(texts("written"), real, [], LABELS, embed)
    assert alike["fidelity"] > 0.9
    assert abs(alike["transfer_gap"]) < 0.1
    assert abs(alike["similarity_gap"]) < 0.05
    assert abs(alike["diversity_gap"]) < 0.05
    wrong = pilot_features(texts("written", says=turned), real, [], LABELS, embed)
    assert wrong["fidelity"] < 0.1
    assert wrong["transfer_gap"] > 0.8
    assert wrong["separability"] > 0.9  # labels that are turned alike are told apart as well
    assert wrong["similarity_gap"] == alike["similarity_gap"] or abs(wrong["similarity_gap"]) < 0.05


def test_a_pilot_that_says_one_thing_is_less_diverse_and_less_like_real_texts():
    real = texts("real")
    same = [(f"{label} the same again", label) for label in LABELS for _ in range(30)]
    repeated = [(f"{text}{' ' * place}", label) for place, (text, label) in enumerate(same)]

    def ignoring_blanks(given):
        return embed([" ".join(text.split()) for text in given])

    narrow = pilot_features(repeated, real, [], LABELS, ignoring_blanks)
    assert narrow["diversity_gap"] > 0.2
    assert narrow["similarity_gap"] > 0.05


def test_the_order_of_the_texts_and_more_of_them_than_are_taken_change_nothing():
    pilot, real = texts("written", 40), texts("real", 40)
    found = pilot_features(pilot, real, [], LABELS, embed)
    mixed_up = [random.Random(0).sample(given, len(given)) for given in (pilot, real)]
    assert pilot_features(*mixed_up, [], LABELS, embed) == found


def test_without_labels_or_real_texts_a_pilot_tells_less_and_a_small_one_nothing():
    pilot = texts("written")
    assert set(pilot_features(pilot, [], [], LABELS, embed)) == {"separability", "diversity"}
    unlabelled = [text for text, _ in texts("real", 40)]
    without_labels = set(FEATURES) - {"fidelity", "transfer_gap"}
    assert set(pilot_features(pilot, [], unlabelled, LABELS, embed)) == without_labels
    assert set(pilot_features(pilot, texts("real", 5), unlabelled, LABELS, embed)) == without_labels
    with pytest.raises(ValueError, match="the pilot has 9 texts of 'ad'; advice needs 10, better 30"):
        pilot_features(texts("written", 9), [], [], LABELS, embed)


def measured(tasks=10, slope=1.0, noise=0.01, seed=0):
    """Pilots of so many tasks by two methods and mixed, whose drop follows `fidelity`, or nothing."""
    lot = random.Random(seed)
    found = []
    for place in range(tasks):
        for method in ("few_shot", "zero_shot"):
            features = {name: round(lot.gauss(0, 1), 4) for name in FEATURES} | {"fidelity": lot.uniform(0.5, 1)}
            drop = slope * (1 - features["fidelity"]) + lot.gauss(0, noise)
            given = {
                "task": f"task{place}",
                "generator": "toy",
                "real_macro_f1": 0.9,
                "features": features,
            }
            one = MeasuredPilot(
                **given, method=method, macro_f1=round(0.9 - drop, 4), worth=round(100 * math.exp(-6 * drop), 1)
            )
            found.append(one)
            if method == "few_shot":
                found.append(replace(one, method="real10+few_shot", macro_f1=round(0.9 - drop / 2, 4)))
    return found


def test_a_feature_that_tells_the_drop_is_used_and_one_that_does_not_gives_way_to_the_mean():
    told = measured()
    features = told[0].features | {"fidelity": 0.6}
    found = forecast(told[3:], features, DROP)
    assert found.errors.helps
    assert "fidelity" in found.features
    assert found.prediction.value == pytest.approx(0.4, abs=0.08)
    assert found.prediction.low < 0.4 < found.prediction.high
    untold = [measured(slope=0.0, noise=0.1, seed=seed) for seed in range(8)]
    found = [forecast(given, features, DROP) for given in untold]
    assert sum(one.errors.helps for one in found) <= 3  # by luck
    for seen, one in zip(untold, found, strict=True):
        if not one.errors.helps:
            assert one.features == ()
            drops = [one.drop for one in seen if one.way == WRITTEN]
            assert one.prediction.value == pytest.approx(np.mean(drops))


def test_what_a_pilot_does_not_tell_plays_no_part():
    alone = dict.fromkeys(("separability", "diversity"), 0.5)
    assert not set(forecast(measured(), alone, DROP).features) - set(alone)


def test_the_price_of_each_way_is_that_of_its_labels_and_of_its_texts():
    pilots = [
        Pilot(method="zero_shot", features={"fidelity": 0.9}, usd=0.5),
        Pilot(method="few_shot", features={"fidelity": 0.95}, usd=0.7, demonstrations=6),
    ]
    found = advise(pilots, measured(), labels=2, label_price=0.1)
    assert [way.labels for way in found.ways] == [0, 6, 26, 200]
    assert [way.usd for way in found.ways] == pytest.approx([0.5, 1.3, 3.3, 20.0])
    low = found.ways[0].worth_at("low")
    assert found.spared(found.ways[0]) == pytest.approx(min(low, 100) * 2 * 0.1 - 0.5)
    assert found.spared(found.ways[-1]) == 0


def test_a_way_is_taken_if_it_spares_labels_at_the_lower_end_tried_if_as_predicted_and_else_one_labels():
    good, fair = (Pilot(method="zero_shot", features={"fidelity": of}, usd=0.5) for of in (0.99, 0.75))
    sure = advise([good], measured(), labels=2, label_price=1.0)
    assert sure.sure is max(sure.ways[:-1], key=sure.spared)
    assert sure.answer.startswith(f"Take {sure.sure.name}: 100 texts per label are expected to be worth")
    way = advise([fair], measured(), labels=2, label_price=1.0).ways[0]
    between = way.worth_at("low") + way.worth_at("value")  # the price of half of the labels at each
    likely = advise([replace(fair, usd=between)], measured(), labels=2, label_price=1.0)
    assert likely.sure is None
    assert f"try {likely.likely.name}: 100 texts per label are expected to be worth" in likely.answer
    free = advise([good], measured(), labels=2, label_price=0.0)
    assert (free.sure, free.likely) == (None, None)
    assert free.answer.startswith("Label real texts.")
    for found in (sure, likely, free):
        assert "off by" in str(found)


def test_a_recorded_pilot_costs_what_its_generator_s_table_says_and_its_batches_half(monkeypatch):
    made = [SimpleNamespace(text=text, label=label, provenance={}) for text, label in texts("written")]
    run = SimpleNamespace(
        task=SimpleNamespace(labels=LABELS),
        generator=Generator(name="mine", price=Price(prompt=1.0, completion=3.0)),
        data=SimpleNamespace(train=[]),
        sets=SimpleNamespace(generated=lambda name: SimpleNamespace(examples=made), demonstrations_of=lambda name: ()),
    )
    method = SimpleNamespace(name="zero_shot", asks=True)
    usage = Usage(60, 0, prompt_tokens=600_000, completion_tokens=100_000, batch_tokens=(300_000, 0))
    monkeypatch.setattr("synthworth.pipeline.missing.spent", lambda sets, name: usage)
    (pilot,) = recorded_pilots(run, [method], embed)
    assert pilot.usd == pytest.approx((0.3 + 0.3 / 2 + 0.3) * 100 / 30)


def test_the_report_says_if_the_pilot_is_no_better_than_the_mean_and_if_a_price_is_unknown():
    pilots = [Pilot(method="pilot.csv", features=dict.fromkeys(FEATURES, 0.5), usd=None)]
    said = str(advise(pilots, measured(slope=0.0, noise=0.1, seed=1), labels=3, label_price=0.1, notes=["a note"]))
    assert "is not better by a standard error" in said
    assert "so it plays no part" in said
    assert "+ generator" in said
    assert said.endswith("Note: a note.")


def test_a_generator_of_unknown_price_is_taken_or_tried_if_it_costs_less_than_what_the_texts_spare():
    good, fair = (Pilot(method="zero_shot", features={"fidelity": of}, usd=None) for of in (0.99, 0.75))
    others, labels = [one for one in measured() if one.way == WRITTEN], 2
    (way, _) = advise([fair], others, labels=labels, label_price=1.0).ways
    between = round(way.worth_at("low") + way.worth_at("value"))  # half of the labels at each end
    shows = replace(good, demonstrations=6)
    for pilot, end in ((good, "low"), (shows, "low"), (replace(fair, demonstrations=between), "value")):
        found = advise([pilot], others, labels=labels, label_price=1.0)
        (way, _) = found.ways
        spared = found.spared(way, end)
        assert spared == pytest.approx(min(way.worth_at(end), 100) * labels - pilot.demonstrations)
        assert f"{way.name} if the generator costs less than {in_usd(spared)} for 100 texts per label: " in found.answer
        assert "cost $" not in found.answer
        assert found.tables()[0].rows[0]["at least"].endswith(" - generator")
    known = advise([replace(good, usd=0.5)], others, labels=labels, label_price=1.0)
    assert "if the generator" not in known.answer
    assert "generator" not in str(known.tables()[0].rows)


def test_the_answer_says_what_drop_is_expected():
    for price in (0.0, 1.0):
        pilot = Pilot(method="zero_shot", features={"fidelity": 0.99}, usd=0.5)
        found = advise([pilot], [one for one in measured() if one.way == WRITTEN], labels=2, label_price=price)
        value, low, high = found.ways[0].drop.prediction
        assert (
            f"; a classifier is then expected to score {value:.2f} ({low:.2f} to {high:.2f}) lower in Macro-F1 than "
            "with 100 real ones. "
        ) in found.answer


def test_held_out_tasks_play_no_part_in_the_advice_on_them():
    before, absurd = measured(), []
    for one in before:
        absurd.append(replace(one, macro_f1=0.01, worth=0.0) if one.task in ("task3", "task7") else one)
    tables = [comparison(given, ["task3", "task7"]) for given in (before, absurd)]
    assert len(tables[0].rows) == 6
    for one, other in zip(*(table.rows for table in tables), strict=True):
        assert {k: one[k] for k in ("task", "by", "drop", "worth")} == {
            k: other[k] for k in ("task", "by", "drop", "worth")
        }
        assert one["measured drop"] != other["measured drop"]
    with pytest.raises(ValueError, match="no measured pilot of a task 'imdb'; tasks: task0, "):
        comparison(before, ["imdb"])


def test_hindsight_names_the_way_whose_measured_worth_spares_most_labels():
    given = [
        replace(one, worth={"few_shot": 20.0, "zero_shot": 40.0, "real10+few_shot": 45.0}[one.method])
        if one.task == "task3"
        else one
        for one in measured()
    ]
    (row,) = hindsight(given, ["task3"]).rows
    assert (row["best"], row["best spares"]) == ("zero_shot", "40")  # the mixture spares 45 less its own 10
    (changed,) = hindsight([replace(one, worth=0.0) if one.task == "task3" else one for one in given], ["task3"]).rows
    assert changed["advised"] == row["advised"]
    assert changed["best spares"] == "0"


def test_a_worth_beyond_what_was_measured_is_said_as_that():
    ends = [
        Outcome(task="t", method="m", generator="", macro_f1=0.5, real_macro_f1=0.9, worth=w).log_worth
        for w in (0.0, 5.0, 100.0, math.inf)
    ]
    assert [beyond(texts_of(end)) for end in ends] == ["fewer than 5", "5", "100", "more than 100"]
    assert report.texts_of(math.inf) == math.inf
    assert report.texts_of(-math.inf) == 0


def test_the_table_reads_as_it_was_written_and_another_file_is_one_line(tmp_path):
    path = tmp_path / "measured.csv"
    given = [one for one in measured() if one.way == WRITTEN]
    path.write_text(measured_text(given), encoding="utf-8")
    assert read_measured(path) == given
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"no table of measured pilots .*; its columns are task, method, generator"):
        read_measured(path)


def test_a_mixture_has_the_pilot_of_the_texts_that_it_mixes():
    given = {"task": "t", "generator": "g", "macro_f1": 0.5, "real_macro_f1": 0.9, "worth": 9.0}
    outcomes = [Outcome(**given, method=method) for method in ("few_shot", "real10+few_shot", "topics")]
    found = joined(outcomes, {("t", "few_shot"): {"fidelity": 0.7}})
    assert [(one.method, one.way, one.features) for one in found] == [
        ("few_shot", WRITTEN, {"fidelity": 0.7}),
        ("real10+few_shot", MIXED, {"fidelity": 0.7}),
    ]


def test_the_table_of_errors_has_the_mean_first_and_every_choice():
    table = error_table(measured(tasks=6))
    assert table.rows[0]["by"] == "the mean of the other tasks"
    by = {row["by"]: row["drop"] for row in table.rows}
    assert by["fidelity"] < by["the mean of the other tasks"]
    assert by["chosen, with labelled real texts too"] < by["chosen, from the pilot alone"]
    assert [row["better"] for row in table.rows if row["by"] in ("the mean of the other tasks", "fidelity")] == [
        "",
        "drop and worth",
    ]
    assert table.headers["better"] == "better by a standard error"
    assert f"of {2 * (len(table.rows) - 1)} comparisons about 16 % would pass by chance, 3.5, if" in table.note


@pytest.mark.slow
def test_the_outcomes_that_come_along_are_those_of_the_results():
    shipped = read_measured()
    assert shipped == with_outcomes(shipped, outcomes_of(read(RESULTS)))
    assert {one.way for one in shipped} == {WRITTEN, MIXED}
    assert len({one.task for one in shipped}) == 10
    assert forecast(shipped, shipped[0].features, LOG_WORTH).tasks == 10


@given(st.lists(st.floats(-1, 1), min_size=3, max_size=3).map(sorted))
def test_how_much_lower_or_higher_a_way_scores_has_the_sign_of_its_interval(numbers):
    low, value, high = numbers
    drop = SimpleNamespace(prediction=PredictedOutcome(value, low, high))
    said = report._apart(report.Way(name="x", labels=0, usd_for_labels=0.0, usd_for_texts=0.0, drop=drop))
    told, *ends = (float(number) for number in re.findall(r"-?\d\.\d\d", said))
    assert ends[0] <= told <= ends[1]
    assert told >= 0
    assert said.endswith(" lower" if value >= 0 else " higher")


def way_of(worth, usd=0.0):
    """A way whose texts are worth so many real ones, whatever the end."""
    log = math.log2(worth) if worth else -1.0
    forecast = SimpleNamespace(prediction=PredictedOutcome(log, log, log))
    drop = SimpleNamespace(prediction=PredictedOutcome(0.1, 0.0, 0.2))
    return report.Way(name="texts", labels=0, usd_for_labels=0.0, usd_for_texts=usd, worth=forecast, drop=drop)


@pytest.mark.parametrize(
    ("worth", "usd", "said"),
    [
        (1e9, 0.0, "Even at the lower end, more than 100, the texts spare labels for $"),
        (0.0, 0.0, "The texts spare no labels."),
        (0.0, None, "The texts spare no labels."),
        (10.0, 999.0, "The texts cost as much as the labels that they spare, or more."),
    ],
)
def test_the_answer_says_a_worth_in_words_and_no_cost_that_is_not_there(worth, usd, said):
    label = report.Way(name="label", labels=200, usd_for_labels=20.0, usd_for_texts=0.0)
    advice = report.PilotAdvice(ways=[way_of(worth, usd), label], labels=2, label_price=0.1)
    assert said in advice.answer
    assert "inf" not in advice.answer
