"""Results become tables: seeds averaged, the drop against real texts beside each row, one data source to a table."""

import csv
import io
import json
import re
import shutil
import subprocess
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, ttest_1samp

import toys
from synthworth.core.entry import Entry
from synthworth.core.result import pack
from synthworth.core.sampling import sampled
from synthworth.core.tables import FORMATS
from synthworth.leaderboard import Context, View, columns, leaderboards
from synthworth.leaderboard.columns import COLUMNS, Column, by_name, notes
from synthworth.leaderboard.render import render
from synthworth.leaderboard.site.tables import tables
from synthworth.measures.metrics import confusion, macro_f1
from synthworth.measures.statistics.bootstrap import resampled_counts
from synthworth.measures.statistics.chance import chance_macro_f1

FEW = toys.result(task="sms")
ZERO = replace(FEW, method="zero_shot", demonstrations="", macro_f1=0.5, macro_f1_low=0.4, macro_f1_high=0.6)
REAL = replace(
    FEW, method="real", demonstrations="", generator="", macro_f1=0.9, macro_f1_high=0.95, attempts=0, dropped={}
)
LABELS = st.sampled_from(["ham", "spam"])
RESULTS = st.builds(
    lambda result, **changed: replace(result, train_version=f"draw {changed['generation_seed']}", **changed),
    st.sampled_from([FEW, ZERO, REAL]),
    task=st.sampled_from(["sms", "imdb"]),
    task_version=st.integers(1, 2),
    data_version=st.sampled_from(["abc", "def"]),
    data=st.sampled_from(["hub", "mirror", "quickstart"]),
    per_label=st.sampled_from([0, 50, 100]),
    classifier=st.sampled_from(["tfidf", "minilm"]),
    generation_seed=st.integers(0, 1),
    training_seed=st.integers(0, 2),
    suite_version=st.integers(1, 2),
    attempts=st.integers(0, 99),
    dropped=st.dictionaries(LABELS, st.dictionaries(st.sampled_from(["echo", "length"]), st.integers(0, 9))),
    short=st.dictionaries(LABELS, st.integers(0, 99)),
)
SHOWN = [column for column in COLUMNS if column.shown == "always" or column.name in ("gap", "remarks")]
BY_NAME = by_name()
CELLS = [
    "sms",
    "few_shot",
    "smollm2-135m",
    "minilm",
    "100",
    "0.700",
    "0.638",
    "0.762",
    "0.720",
    "0.200",
    "50",
    "%",
    "30/230",
    "1",
    "one draw",
]
MANY = st.lists(RESULTS, max_size=12, unique_by=lambda result: result.key)


def rows(*results):
    (board,) = leaderboards(results)
    return board.rows


def row(*results, method="few_shot"):
    (found,) = [row for row in rows(*results) if row.method == method]
    return found


def test_training_seeds_are_averaged():
    other = replace(FEW, training_seed=1, macro_f1=0.5, macro_f1_low=0.3, macro_f1_high=0.7, accuracy=0.52)
    found = row(FEW, other)
    assert (found.macro_f1, found.accuracy) == pytest.approx((0.6, 0.62))


def test_a_row_counts_its_seeds():
    assert row(FEW, replace(FEW, training_seed=1)).seeds == 2


def test_a_repeated_result_counts_once_and_the_last_one_holds():
    assert row(FEW, replace(FEW, macro_f1=0.65)).macro_f1 == 0.65


def test_the_drop_is_real_minus_synthetic():
    assert row(FEW, REAL).drop == pytest.approx(0.2)


def test_the_drop_is_between_means_over_seeds():
    seeds = [replace(REAL, training_seed=1, macro_f1=0.8), replace(FEW, training_seed=1, macro_f1=0.6)]
    assert row(FEW, REAL, *seeds).drop == pytest.approx(0.85 - 0.65)


def test_every_draw_of_real_texts_counts_for_the_drop():
    again = replace(REAL, generation_seed=1, train_version="second", macro_f1=0.8)
    assert row(FEW, REAL, again).drop == pytest.approx(0.15)


def test_real_texts_have_no_drop():
    assert row(FEW, REAL, method="real").drop is None


@pytest.mark.parametrize(
    "other",
    [{"per_label": 50}, {"per_label": 0}, {"classifier": "tfidf"}, {"task": "imdb"}, {"data_version": "def"}],
    ids=lambda changes: next(iter(changes)),
)
def test_real_texts_of_other_size_classifier_or_task_give_no_drop(other):
    assert row(FEW, replace(REAL, **other)).drop is None


def test_real_texts_of_another_source_give_no_drop():
    found = [row for board in leaderboards([FEW, replace(REAL, data="hub")]) for row in board.rows]
    assert [row.drop for row in found] == [None, None]


def test_dropped_answers_stand_beside_all_answers():
    assert row(FEW).dropped == "30/230"


def test_dropped_answers_are_summed_over_generation_seeds():
    assert row(FEW, replace(FEW, generation_seed=1, attempts=210, dropped={"ham": {"echo": 9}})).dropped == "39/440"


def test_dropped_answers_count_once_for_all_training_seeds():
    assert row(FEW, replace(FEW, training_seed=1), replace(FEW, training_seed=2)).dropped == "30/230"


def test_every_rule_that_drops_more_than_a_tenth_is_named():
    many = replace(
        FEW, attempts=100, dropped={"ham": {"length": 40, "echo": 10}, "spam": {"length": 20, "refusal": 15}}
    )
    assert row(many).dropped == "85/100 (length 60 %, refusal 15 %)"
    assert "(length 60 %, refusal 15 %)" in render([many])


def test_texts_that_a_file_has_are_not_called_answers_of_a_generator_alone():
    assert "or texts of a file" in BY_NAME["dropped"].note


def test_real_texts_have_no_dropped_answers():
    assert row(REAL, method="real").dropped == ""


def test_all_real_texts_are_a_size_of_their_own():
    assert row(replace(REAL, per_label=0), method="real").per_label == "all"


def test_a_row_that_is_short_of_its_quota_says_how_short():
    assert row(replace(FEW, short={"ham": 61, "spam": 44})).short == 44


def test_a_row_is_short_where_any_of_its_results_is():
    others = [replace(FEW, generation_seed=seed, short=short) for seed, short in ((1, {"ham": 90}), (2, {"spam": 80}))]
    assert row(FEW, *others).short == 80


def test_a_row_that_meets_its_quota_is_not_short():
    assert row(FEW).short is None


@pytest.mark.parametrize("count", [44, 0])
def test_a_table_has_a_column_for_what_is_short_where_something_is(count):
    lines = render([FEW, replace(ZERO, short={"ham": count})]).splitlines()
    assert next(line for line in lines if " zero_shot " in line).split()[5] == str(count)
    assert BY_NAME["short"].note in lines[-1]


def versions(*results):
    return [(row.task, row.version) for row in rows(*results)]


def test_one_version_of_a_task_is_not_named():
    assert versions(FEW, REAL) == [("sms", "")] * 2


@pytest.mark.parametrize(
    "other", [{"data_version": "def"}, {"task_version": 2}], ids=lambda changes: next(iter(changes))
)
def test_rows_of_several_versions_of_a_task_are_told_apart(other):
    found = versions(FEW, replace(FEW, **other), replace(FEW, task="imdb"))
    assert found[0] == ("imdb", "")
    assert len({version for task, version in found[1:3] if task == "sms" and version}) == 2


def test_a_table_names_the_versions_where_there_are_several():
    text = render([FEW, replace(FEW, data_version="def")])
    assert re.split(r"\s{2,}", text.splitlines()[2].strip())[1] == "version"
    assert all(shown in text for shown in ("task 1, data abc", "task 1, data def", BY_NAME["version"].note))


@given(MANY)
def test_no_two_rows_look_alike_but_for_their_scores(results):
    for board in leaderboards(results):
        names = [(r.task, r.version, r.method, r.generator, r.classifier, r.per_label) for r in board.rows]
        assert len(set(names)) == len(names)


def test_methods_stand_in_the_order_real_few_shot_zero_shot():
    assert [row.method for row in rows(ZERO, FEW, REAL)] == ["real", "few_shot", "zero_shot"]


def test_sizes_stand_in_the_order_of_numbers_and_all_comes_last():
    found = rows(*(replace(REAL, per_label=size) for size in (0, 1000, 50, 200)))
    assert [row.per_label for row in found] == ["50", "200", "1000", "all"]


@given(MANY, st.randoms(use_true_random=False))
def test_the_order_of_results_does_not_change_the_leaderboard(results, chance):
    shuffled = list(results)
    chance.shuffle(shuffled)
    for board, other in zip(leaderboards(results), leaderboards(shuffled), strict=True):
        assert [asdict(row) for row in board.rows] == [pytest.approx(asdict(row)) for row in other.rows]


@given(MANY)
def test_rows_of_different_sources_and_versions_never_share_a_table(results):
    assert len(leaderboards(results)) == len({(result.data, result.suite_version) for result in results})


@given(MANY)
def test_every_result_is_counted_in_one_row(results):
    rows = [row for board in leaderboards(results) for row in board.rows if not row.task.startswith("mean of")]
    assert sum(row.seeds for row in rows) == len(results)


@pytest.mark.parametrize(("data", "title"), [("hub", "real data from the hub"), ("mirror", "a local mirror")])
def test_the_title_names_the_source(data, title):
    (board,) = leaderboards([replace(FEW, data=data)])
    assert title in board.title


def test_quickstart_is_never_called_real():
    (board,) = leaderboards([replace(FEW, data="quickstart")])
    assert re.findall(r"(.{4})\breal\b", board.title) == ["not "]


def test_the_title_names_the_suite_version_and_counts_tasks():
    (board,) = leaderboards([FEW, replace(FEW, task="imdb")])
    assert "suite version 1" in board.title
    assert "(2 tasks)" in board.title


def test_the_plain_table_has_a_title_a_header_rows_and_a_note():
    lines = render([FEW, REAL]).splitlines()
    assert lines[0].startswith("synthworth leaderboard, suite version 1: real data from a local mirror")
    assert re.split(r"\s{2,}", lines[2].strip()) == [column.header for column in SHOWN]
    assert lines[5].split() == " ".join(CELLS).split()
    assert lines[7] == f"{notes(SHOWN)} 95 %: over test rows, for one training seed and one draw of the texts."


def test_the_github_table_is_a_heading_and_a_table_of_markdown():
    lines = render([FEW, REAL], "github").splitlines()
    assert lines[0].startswith("### synthworth leaderboard")
    assert " ".join(cell.strip() for cell in lines[5].strip("|").split("|")) == " ".join(CELLS)


def test_csv_holds_every_row_in_full_precision():
    first, second = csv.DictReader(io.StringIO(render([replace(FEW, macro_f1=0.123456), REAL], "csv")))
    assert (first["method"], second["method"]) == ("real", "few_shot")
    assert float(second["macro_f1"]) == 0.123456


def test_csv_names_the_leaderboard_of_each_row():
    found = csv.DictReader(io.StringIO(render([FEW, replace(FEW, data="quickstart")], "csv")))
    assert [("quickstart" in row["leaderboard"]) for row in found] == [False, True]


def test_json_holds_the_leaderboards_as_they_are():
    expected = [(board.title, [asdict(row) for row in board.rows]) for board in leaderboards([FEW, REAL])]
    assert [(board["title"], board["rows"]) for board in json.loads(render([FEW, REAL], "json"))] == expected


@pytest.mark.parametrize(("form", "empty"), [("plain", ""), ("github", ""), ("latex", ""), ("json", "[]\n")])
def test_no_results_are_no_table(form, empty):
    assert render([], form) == empty


def test_no_results_are_the_header_alone_in_csv():
    assert render([], "csv") == ",".join(["leaderboard", *BY_NAME]) + "\n"


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_shows_every_source(form):
    text = render([replace(FEW, data=data) for data in ("hub", "mirror", "quickstart")], form)
    assert [words in text for words in ("from the hub", "local mirror", "not real data")] == [True] * 3


def test_an_unknown_format_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"unknown format 'jsn'; formats: plain, .*, json, latex; did you mean json"):
        render([FEW], "jsn")


def test_a_mean_over_tasks_is_shown_where_every_task_has_a_score():
    found = rows(FEW, replace(FEW, task="imdb", macro_f1=0.6), replace(ZERO, task="imdb"))
    means = [(row.method, row.macro_f1) for row in found if row.task == "mean of 2"]
    assert means == [("few_shot", pytest.approx(0.65))]


def test_a_mean_over_tasks_has_the_interval_of_their_test_rows():
    found = mean_of_two(FEW, replace(FEW, task="imdb"))
    one = row(FEW)
    assert (found.low, found.high) == pytest.approx((0.7 - (0.7 - one.low) / 2**0.5, 0.7 + (one.high - 0.7) / 2**0.5))


def mean_of_two(*results):
    (found,) = [row for row in rows(*results) if row.task == "mean of 2"]
    return found


def test_a_mean_over_tasks_takes_the_newest_version_of_each():
    new = replace(FEW, task_version=2, macro_f1=0.6)
    found = mean_of_two(FEW, replace(FEW, training_seed=1), new, replace(FEW, task="imdb", macro_f1=0.8))
    assert (found.macro_f1, found.version) == (pytest.approx((0.6 + 0.8) / 2), "")


def test_a_mean_over_tasks_takes_of_several_versions_of_the_data_the_one_with_most_results():
    many = [replace(FEW, data_version="def", macro_f1=0.65, training_seed=seed) for seed in range(2)]
    assert mean_of_two(FEW, *many, replace(FEW, task="imdb", macro_f1=0.75)).macro_f1 == pytest.approx(0.7)


def test_what_has_a_score_on_an_old_version_alone_has_no_mean():
    old = [ZERO, FEW, replace(FEW, task="imdb"), replace(ZERO, task="imdb")]
    found = [row.method for row in rows(*old, replace(FEW, task_version=2)) if row.task == "mean of 2"]
    assert found == ["few_shot"]


def test_a_mean_over_tasks_is_short_where_one_of_them_is():
    assert mean_of_two(FEW, replace(FEW, task="imdb", short={"ham": 44})).short == 44


def test_tasks_that_are_short_and_tasks_that_are_not_have_one_mean():
    assert mean_of_two(FEW, replace(FEW, task="imdb", short={"ham": 44}, macro_f1=0.6)).macro_f1 == pytest.approx(0.65)


# ---- intervals


def test_the_interval_of_one_run_is_that_of_its_test_rows():
    found = row(FEW)
    assert (found.low, found.high) == pytest.approx((0.638, 0.762), abs=0.002)
    drawn = resampled_counts(np.array(FEW.confusion), macro_f1).std(ddof=1)  # an outside judge: the bootstrap
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * drawn, rel=0.05)


def test_the_interval_of_a_score_and_of_accuracy_holds_training_seeds():
    apart = [replace(FEW, training_seed=n, macro_f1=0.7 + d, accuracy=0.7 + d) for n, d in enumerate((-0.1, 0, 0.1))]
    found, alone = row(*apart), row(FEW)
    assert found.high - found.low > 2 * (alone.high - alone.low)
    assert found.accuracy_high - found.accuracy_low > 2 * (alone.accuracy_high - alone.accuracy_low)


def test_a_number_has_one_interval_whether_or_not_the_test_labels_are_at_hand():
    with_labels, without = leaderboards(GOOD + POOR, GOLD)[0].rows, leaderboards(GOOD + POOR)[0].rows
    assert [(r.low, r.high) for r in with_labels] == [(r.low, r.high) for r in without]


@pytest.mark.parametrize(
    ("changes", "sources"),
    [
        ([{}], "test rows, for one training seed and one draw of the texts"),
        ([{}, {"training_seed": 1}], "test rows and training seeds, for one draw of the texts"),
        ([{}, {"generation_seed": 1, "train_version": "second"}], "test rows, draws of the texts and training seeds"),
    ],
)
def test_the_note_says_exactly_what_is_in_the_brackets(changes, sources):
    results = [replace(FEW, **changed) for changed in changes]
    assert f"In brackets: 95 %, over {sources}." in render(results, view=View(intervals=True))
    assert f"95 %: over {sources}." in render(results)


# ---- learning curves


def curve(*scores, rows=1000):
    """Results on real texts at 10, 20, 40, ... per label that are right that often."""
    return [
        scored(share, per_label=10 * 2**i, method="real", generator="", rows=rows) for i, share in enumerate(scores)
    ]


def scored(share, rows=1000, **changed):
    right = round(share * rows / 2)
    counts = ((right, rows // 2 - right), (rows // 2 - right, right))
    score = {"macro_f1": share, "macro_f1_low": share - 0.01, "macro_f1_high": share + 0.01, "accuracy": share}
    return toys.result(**score, confusion=counts, test_rows=rows, **changed)


def worth_of(*results):
    return [row.worth for row in rows(*results) if row.method == "few_shot"]


def test_worth_is_where_the_curve_of_real_texts_reaches_the_score():
    (found,) = worth_of(*curve(0.6, 0.7, 0.8), scored(0.7))
    value, low, high = map(float, re.fullmatch(r"(\d+) \((\d+) to (\d+)\)", found).groups())
    assert (value, low < 20 < high) == (20, True)


def test_more_test_rows_tell_the_worth_more_exactly():
    def width(rows):
        (found,) = worth_of(*curve(0.5, 0.7, 0.9, rows=rows), scored(0.7, rows=rows))
        low, high = re.search(r"\((\d+) to (\d+)\)", found).groups()
        return int(high) - int(low)

    assert width(10_000) < width(1_000)


@pytest.mark.parametrize(("share", "worth"), [(0.4, "<10"), (0.95, ">40")])
def test_a_score_beside_the_curve_is_worth_less_or_more_than_was_measured(share, worth):
    assert worth_of(*curve(0.6, 0.7, 0.8), scored(share)) == [worth]


def test_a_curve_of_one_point_says_nothing_about_worth():
    assert worth_of(*curve(0.6), scored(0.7)) == [""]


def test_worth_goes_by_the_curve_of_the_same_classifier_and_data():
    assert worth_of(*curve(0.6, 0.7, 0.8), scored(0.7, classifier="tfidf")) == [""]
    assert worth_of(*curve(0.6, 0.7, 0.8), scored(0.7, data_version="def")) == [""]


def test_the_worth_of_a_mean_is_where_the_mean_curve_of_all_tasks_reaches_the_mean_score():
    def of(task, *shares, written):
        return [replace(r, task=task) for r in (*curve(*shares), scored(written))]

    both = [*of("a", 0.6, 0.7, 0.8, written=0.5), *of("b", 0.7, 0.8, 0.9, written=0.8)]
    (mean,) = (row for row in rows(*both) if row.method == "few_shot" and row.task.startswith("mean"))
    assert mean.macro_f1 == pytest.approx(0.65)
    assert mean.worth.startswith("10 (")  # (0.6 + 0.7) / 2 on the mean curve, though the worth of a is below it
    without_a_curve = [r for r in both if (r.task, r.method, r.per_label) not in [("b", "real", 20), ("b", "real", 40)]]
    (mean,) = (row for row in rows(*without_a_curve) if row.method == "few_shot" and row.task.startswith("mean"))
    assert mean.worth == ""


def test_real_texts_that_miss_their_quota_are_no_point_of_the_curve():
    short = [replace(result, short={"bad": 3}) for result in curve(0.6, 0.7, 0.8)[1:]]
    assert worth_of(curve(0.6)[0], *short, scored(0.7)) == [""]


def test_one_size_can_be_shown_with_the_worth_found_from_all():
    results = [*curve(0.6, 0.7, 0.8), scored(0.7, per_label=40)]
    shown = json.loads(render(results, "json", view=View(per_label="40")))[0]["rows"]
    assert [(row["method"], row["per_label"], bool(row["worth"])) for row in shown] == [
        ("real", "40", False),
        ("few_shot", "40", True),
    ]


def test_an_unknown_size_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"unknown size '30'; sizes: 10, 20"):
        render(curve(0.6, 0.7), view=View(per_label="30"))


# ---- trainings that failed


def test_collapsed_seeds_are_counted_and_stay_in_the_mean():
    results = [replace(FEW, training_seed=0, macro_f1=0.9), replace(FEW, training_seed=1, macro_f1=0.3, collapsed=True)]
    (found,) = rows(*results)
    assert (found.macro_f1, found.seeds, found.collapsed) == (pytest.approx(0.6), 2, 1)
    assert "collapsed" in render(results).splitlines()[2]


def test_a_table_without_a_collapsed_seed_has_no_such_column():
    assert "collapsed" not in render([FEW, REAL])


def test_steps_are_shown_where_methods_of_one_size_took_different_ones():
    assert [row.steps for row in rows(replace(FEW, steps=50), REAL)] == [REAL.steps, 50]
    assert "steps" in render([replace(FEW, steps=50), REAL]).splitlines()[2]


def test_equal_steps_are_not_shown():
    assert [row.steps for row in rows(FEW, REAL)] == [None, None]
    assert "steps" not in render([FEW, REAL])


# ---- the gap recovered


def test_the_gap_recovered_is_the_share_of_what_real_texts_add_to_the_floor():
    counts = ((60, 60), (40, 40))
    given = {"confusion": counts, "test_rows": 200}
    floor = chance_macro_f1([120, 80])
    assert row(replace(FEW, **given), replace(REAL, **given)).gap == pytest.approx((0.7 - floor) / (0.9 - floor))


def test_a_set_that_teaches_nothing_recovers_nothing_even_if_it_beats_the_most_frequent_label():
    guessed = replace(FEW, macro_f1=0.5, accuracy=0.517, confusion=((50, 50), (50, 50)))
    found = row(guessed, REAL)
    assert found.gap == pytest.approx(0.0, abs=0.01)
    assert (found.at_chance, found.remarks) == (True, "at chance; one draw")


@pytest.mark.parametrize(
    ("score", "remarks"),
    [(0.7, "one draw"), *((at, "at chance; one draw") for at in (0.55, 0.45)), (0.3, "below chance; one draw")],
)
def test_a_row_says_that_its_interval_holds_the_floor_or_lies_below(score, remarks):
    found = row(replace(FEW, macro_f1=score, macro_f1_low=score))
    assert (found.remarks, found.low > found.floor) == (remarks, "chance" not in remarks)


def test_a_table_says_at_chance_and_what_it_means():
    text = render([replace(FEW, macro_f1=0.5), REAL])
    assert [line.split()[-4:] for line in text.splitlines() if " few_shot " in line] == [
        ["at", "chance;", "one", "draw"]
    ]
    assert BY_NAME["remarks"].note in text
    assert "chance" not in render([*drawn(FEW), *drawn(REAL)])


def drawn(result, *scores):
    """A result of each of two draws of its texts, or of as many as there are scores."""
    scores = scores or (result.macro_f1, result.macro_f1)
    return [replace(result, generation_seed=n, train_version=f"draw {n}", macro_f1=s) for n, s in enumerate(scores)]


def test_a_row_of_one_draw_says_so_however_many_seeds_trained_on_it():
    trained = [replace(FEW, training_seed=seed, macro_f1=0.7 + seed / 100) for seed in range(3)]
    assert (row(*trained).remarks, row(*drawn(FEW)).remarks) == ("one draw", "")


def test_generation_seeds_that_give_the_same_texts_are_one_draw_and_one_classifier_of_each_training_seed():
    same = [replace(FEW, generation_seed=seed) for seed in range(3)]
    found, alone = row(*same), row(FEW)
    assert (found.draws, found.remarks) == (1, "one draw")
    assert (found.low, found.high) == (alone.low, alone.high)


def test_a_row_beside_one_draw_of_real_texts_says_so():
    assert row(*drawn(FEW), REAL).remarks == "one draw of real texts"
    assert row(*drawn(FEW), *drawn(REAL)).remarks == ""


@pytest.mark.parametrize("method", ["labels", "demonstrations"])
def test_a_method_that_draws_nothing_lacks_no_draws_and_says_how_many_texts_it_has(method):
    assert row(replace(FEW, method=method, demonstrations=""), method=method).remarks == "200 texts in all"


def test_a_mean_over_tasks_of_which_one_has_one_draw_says_so():
    assert mean_of_two(*drawn(FEW), replace(FEW, task="imdb")).remarks == "one draw"
    assert mean_of_two(*drawn(FEW), *drawn(replace(FEW, task="imdb"))).remarks == ""


def test_a_pivot_marks_what_is_at_chance():
    text = render([replace(FEW, macro_f1=0.5), REAL], view=View(by="method"))
    assert "0.500 †" in text
    assert "†: at chance" in text
    assert "†" not in render([FEW, REAL], view=View(by="method"))


def test_a_curve_of_a_classifier_that_learns_nothing_gives_no_worth():
    assert worth_of(*curve(0.35, 0.35), scored(0.35)) == [""]


# ---- equal sizes


@pytest.mark.parametrize(
    ("mine", "theirs", "told"),
    [
        ({"per_label": 0, "train_rows": 12000}, {"per_label": 0, "train_rows": 7025}, "12,000 texts, real on 7,025"),
        ({}, {"train_rows": 150, "short": {"ham": 50}}, "200 texts, real on 150"),
        ({"train_rows": 180, "short": {"ham": 80}}, {}, "180 texts, real on 200"),
        ({"method": "real10+few_shot", "train_rows": 220}, {}, "220 texts, real on 200"),
    ],
)
def test_sets_of_unequal_sizes_have_neither_drop_nor_gap_and_the_row_says_why(mine, theirs, told):
    changed = replace(FEW, **mine)
    found = row(changed, replace(REAL, **theirs), method=changed.method)
    assert (found.drop, found.drop_low, found.gap, found.gap_high) == (None,) * 4
    assert found.remarks == f"one draw; no drop: trained on {told}"
    assert told in render([changed, replace(REAL, **theirs)])


def test_a_mean_over_tasks_with_unequal_sizes_has_no_drop_and_says_in_how_many():
    results = [FEW, REAL, replace(FEW, task="imdb", train_rows=180), replace(REAL, task="imdb")]
    (found,) = [row for row in rows(*results) if (row.task, row.method) == ("mean of 2", "few_shot")]
    assert (found.drop, found.remarks) == (None, "one draw; no drop: unequal sizes in 1 of 2 tasks")


def test_all_texts_of_equal_number_have_a_drop():
    assert row(replace(FEW, per_label=0), replace(REAL, per_label=0)).drop == pytest.approx(0.2)


def test_real_texts_that_do_not_clearly_beat_the_floor_have_no_gap_to_recover():
    assert row(FEW, replace(REAL, macro_f1=0.38, macro_f1_low=0.3)).gap is None  # the floor is 1/2


def test_worse_than_the_floor_is_less_than_nothing_recovered():
    assert row(replace(FEW, macro_f1=0.2, macro_f1_low=0.1), REAL).gap < 0


def test_the_gap_of_a_mean_is_that_of_the_means_and_no_small_gap_carries_it():
    tiny = [replace(result, task="imdb", macro_f1=score) for result, score in ((FEW, 0.6), (REAL, 0.62))]
    low = [replace(result, macro_f1_low=0.1) for result in tiny]
    (found,) = [row for row in rows(FEW, REAL, *low) if (row.task, row.method) == ("mean of 2", "few_shot")]
    floor = 2 * chance_macro_f1([100, 100])
    assert found.gap == pytest.approx((0.7 + 0.6 - floor) / (0.9 + 0.62 - floor))


@given(MANY)
def test_every_interval_holds_its_number(results):
    for board in leaderboards(results):
        for row in board.rows:
            for name in ("accuracy", "drop", "gap"):
                low, value, high = (getattr(row, name + end) for end in ("_low", "", "_high"))
                assert low is value is high is None or low <= value <= high


# ---- tiers, where the test labels are at hand

TRUE = ["good", "bad"] * 100


def measured(*rights, seed=0, true=TRUE, **changed):
    """Results of a method that has that many rows right in each draw of its texts; which, is drawn by `seed`."""
    import random

    made = []
    for number, right in enumerate(rights):
        chance = random.Random(f"{seed}/{number}")
        wrong = set(chance.sample(range(len(true)), len(true) - right))
        predicted = [("bad" if label == "good" else "good") if i in wrong else label for i, label in enumerate(true)]
        counts = confusion(true, predicted, ("good", "bad"))
        score = {"macro_f1": float(macro_f1(counts)), "macro_f1_low": 0.0, "macro_f1_high": 1.0}
        numbers = [("good", "bad").index(label) for label in predicted]
        given = {"confusion": counts.tolist(), "predicted": pack(numbers, 2), "accuracy": right / len(true)} | score
        made.append(toys.result(generation_seed=number, train_version=f"draw {number}", **given | changed))
    return made


GOLD = Context(gold={("toy", "abc"): TRUE})
GOOD = measured(180, 182, 181, generator="good")
FAIR = measured(178, 181, 180, generator="fair", seed=1)
POOR = measured(120, 122, 121, generator="poor", seed=2)


def tiers_of(*results, context=GOLD):
    (board,) = leaderboards(results, context)
    return {(row.task, row.generator): (row.tier, row.leads) for row in board.rows}


def test_what_is_clearly_worse_stands_in_the_next_tier_and_each_tier_has_one_leader():
    assert tiers_of(*GOOD, *FAIR, *POOR) == {
        ("toy", "good"): (1, True),
        ("toy", "fair"): (1, False),
        ("toy", "poor"): (2, True),
    }


def test_without_the_test_labels_there_are_no_tiers_and_the_note_says_how_to_get_them():
    assert set(tiers_of(*GOOD, *POOR, context=None).values()) == {(None, None)}
    assert "--data DIR" in render([*GOOD, *POOR])
    assert "--data" not in render([*GOOD, *POOR], context=GOLD)
    assert "--data" not in render([*GOOD, *POOR], view=View(columns=["method", "drop"]))


def test_results_without_predictions_have_no_tiers():
    old = [replace(result, predicted="") for result in POOR]
    assert set(tiers_of(*GOOD, *old).values()) == {(None, None)}


def test_a_row_of_one_draw_stands_in_no_tier_and_the_note_says_why():
    (one, *_), (other, *_) = GOOD, POOR
    assert tiers_of(*GOOD, *FAIR, other)["toy", "poor"] == (None, None)
    assert set(tiers_of(one, other).values()) == {(None, None)}
    assert "a row of one draw is about its texts" in render([one, other], context=GOLD)
    assert "of one draw is" not in render([*GOOD, *POOR], context=GOLD)


def test_the_labels_of_another_version_of_the_data_give_no_tiers():
    assert set(tiers_of(*GOOD, *POOR, context=Context(gold={("toy", "def"): TRUE})).values()) == {(None, None)}


def test_labels_that_results_were_not_scored_on_are_refused():
    with pytest.raises(ValueError, match="result of toy, few_shot, minilm: its predictions and the labels of the data"):
        leaderboards([*GOOD, *POOR], Context(gold={("toy", "abc"): TRUE[::-1]}))


def own_answers(right, generator="good", rows=50):
    """What a generator's own answers to a sample of the test rows give, if so many of them are right."""
    true = sampled(TRUE, rows)
    other = {"good": "bad", "bad": "good"}
    predicted = [label if place < right else other[label] for place, label in enumerate(true)]
    counts = confusion(true, predicted, ("good", "bad"))
    given = {"macro_f1": float(macro_f1(counts)), "macro_f1_low": 0.0, "macro_f1_high": 1.0, "accuracy": right / rows}
    given |= {"method": "generator", "classifier": "prompted", "demonstrations": "", "train_rows": 0, "steps": 0}
    given |= {"attempts": rows, "dropped": {"": {"no_label": 6}}, "confusion": counts.tolist(), "test_rows": rows}
    packed = pack([("good", "bad").index(label) for label in predicted], 2)
    return toys.result(generator=generator, predicted=packed, train_version="answers", **given)


def test_own_answers_to_a_sample_of_the_test_rows_are_a_group_of_their_own():
    alone, (board,) = leaderboards([*GOOD, *POOR], GOLD), leaderboards([*GOOD, *POOR, own_answers(40)], GOLD)
    own, *others = sorted(board.rows, key=lambda row: row.method != "generator")
    assert others == list(alone[0].rows)
    assert (own.tier, own.drop, own.gap, own.worth) == (None, None, None, "")
    assert own.remarks == "own answers on 50 test rows, 12 % named no label"
    assert own.low < own.macro_f1 < own.high


def test_own_answers_stand_in_no_tier_since_tiers_are_of_written_texts():
    (board,) = leaderboards([own_answers(48), own_answers(20, "poor"), *POOR], GOLD)
    assert {row.generator: row.tier for row in board.rows if row.method == "generator"} == {"good": None, "poor": None}


def test_own_answers_on_other_rows_than_the_sample_are_refused():
    with pytest.raises(ValueError, match="result of toy, generator, prompted: its predictions and the labels"):
        leaderboards([own_answers(40), own_answers(40, "poor")], Context(gold={("toy", "abc"): TRUE[1:]}))


@pytest.mark.parametrize("method", ["real", "augmented10"])
def test_real_texts_stand_in_no_tier_as_they_are_or_augmented(method):
    real = measured(190, 191, 192, generator="", method=method, demonstrations="")
    found = tiers_of(*real, *GOOD, *POOR)
    assert (found["toy", ""], found["toy", "good"]) == ((None, None), (1, True))


def test_one_generator_alone_has_no_tier():
    assert tiers_of(*GOOD) == {("toy", "good"): (None, None)}


def test_the_same_predictions_stand_in_one_tier():
    same = [replace(result, generator="same") for result in GOOD]
    assert {tier for tier, _ in tiers_of(*GOOD, *same).values()} == {1}


def test_a_tier_over_tasks_is_about_their_mean():
    context = Context(gold={("toy", "abc"): TRUE, ("other", "abc"): TRUE})
    turned = [*measured(120, 122, 121, task="other", generator="good"), *measured(180, 181, 182, task="other")]
    found = tiers_of(*GOOD, *turned, *(replace(result, generator="smollm2-135m") for result in POOR), context=context)
    assert [found[task, "good"][0] for task in ("toy", "other", "mean of 2")] == [1, 2, 1]
    assert found["mean of 2", "smollm2-135m"][0] == 1


@settings(max_examples=8)
@given(st.permutations([*GOOD, *FAIR, *POOR]))
def test_the_order_of_results_does_not_change_the_tiers(results):
    assert tiers_of(*results) == tiers_of(*GOOD, *FAIR, *POOR)


def test_paired_on_rows_the_drop_is_told_more_exactly():
    (real,) = measured(190, generator="", method="real", demonstrations="")
    real = drawn(real)
    shared = [replace(r, generator="g", method="few_shot", demonstrations="pool") for r in real]

    def width(context):
        (found,) = [row for row in leaderboards([*real, *shared], context)[0].rows if row.generator]
        return found.drop_high - found.drop_low

    assert width(GOLD) < width(None)


# ---- divisions, and what entries say

MINE = Entry(name="mine", method="few_shot", generator="smollm2-135m", state="data-verified", date="2026-11-20")


def test_rows_of_different_divisions_never_share_a_table_and_real_texts_are_on_each():
    other = replace(MINE, name="theirs", method="zero_shot", division="open", flags=("unequal quotas",))
    boards = leaderboards([FEW, ZERO, REAL], Context(entries=[MINE, other]))
    assert [[row.method for row in board.rows] for board in boards] == [["real", "few_shot"], ["real", "zero_shot"]]
    assert ["closed division" in boards[0].title, "open division" in boards[1].title] == [True, True]
    found = boards[1].rows[1]
    assert (found.state, found.flags, found.division) == ("data-verified", "unequal quotas", "open")


def test_what_nobody_wrote_stands_beside_the_entries_of_every_division():
    names = ("augmented10", "demonstrations", "labels")
    references = [replace(REAL, method=method) for method in names]
    other = replace(MINE, name="theirs", method="zero_shot", division="open")
    boards = leaderboards([FEW, ZERO, *references], Context(entries=[MINE, other]))
    found = [{row.method for row in board.rows} for board in boards]
    assert found == [{"few_shot", *names}, {"zero_shot", *names}]


def test_results_that_nobody_has_entered_stand_on_a_table_of_their_own():
    first, second = leaderboards([FEW, ZERO, REAL], Context(entries=[MINE]))
    assert "no division declared" in first.title
    assert [row.state for row in second.rows] == ["", "data-verified"]


def test_two_entries_of_one_method_and_generator_are_refused():
    with pytest.raises(ValueError, match="mine and twice are two entries of few_shot by 'smollm2-135m'; keep one"):
        leaderboards([FEW], Context(entries=[MINE, replace(MINE, name="twice")]))


# ---- what was measured of the texts


def test_what_was_measured_of_the_texts_stands_beside_their_scores():
    found = leaderboards([replace(FEW, task="toy")], Context(quality=[toys.quality()]))[0].rows[0]
    assert (found.diversity, found.diversity_low, found.diversity_high) == (0.8, 0.78, 0.82)
    assert (found.leaks, found.fidelity, found.tokens) == (pytest.approx(3 / 200), pytest.approx(0.75), 3000)
    text = render([replace(FEW, task="toy")], context=Context(quality=[toys.quality()]))
    assert "remote clique" in text
    assert "Diversity is of 100 texts by all-MiniLM-L6-v2." in text


ON_REAL = ((450, 50), (50, 450))


def of_draw(number, right, task="toy", on_real=ON_REAL, **changed):
    """What was measured of a draw of 100 texts of each label, of which the judge gives so many their label."""
    counts = ((right, 100 - right), (100 - right, right))
    given = {"train_version": f"draw {number}", "generation_seed": number, "task": task}
    return toys.quality(**given | {"disagreement": counts, "judge_on_real": on_real} | changed)


def labelled(*rights, **changed):
    return [of_draw(number, right, **changed) for number, right in enumerate(rights)]


def row_of(results, quality, generator="good"):
    rows = leaderboards(results, replace(GOLD, quality=quality))[0].rows
    return next(row for row in rows if row.generator == generator)


def test_fidelity_stands_beside_that_of_real_texts_with_its_interval():
    found = row_of(GOOD[:1], labelled(80))
    assert (found.fidelity, found.fidelity_of_real) == (pytest.approx(0.8), pytest.approx(0.9))
    low, high = binomtest(80, 100).proportion_ci(method="wilson")
    ends = 0.8 - (0.8 - low) / 2**0.5, 0.8 + (high - 0.8) / 2**0.5  # a mean of two labels, each with this interval
    assert (found.fidelity_low, found.fidelity_high) == pytest.approx(ends)
    text = render(GOOD[:1], context=Context(quality=labelled(80)))
    assert "fidelity of real" in text


def test_the_interval_over_draws_is_that_of_their_fidelities():
    found = row_of(GOOD, labelled(70, 80, 84))
    interval = ttest_1samp([0.70, 0.80, 0.84], 0).confidence_interval()
    assert found.fidelity == pytest.approx(0.78)
    assert (found.fidelity_low, found.fidelity_high) == pytest.approx(tuple(interval))
    same = row_of(GOOD, labelled(80, 80, 80))
    assert same.fidelity_low < 0.8 < same.fidelity_high


@pytest.mark.parametrize(
    ("rights", "on_real", "remark"),
    [
        ((80, 81, 79), ON_REAL, ""),
        ((50, 51, 49), ON_REAL, "labels at chance, the score is not"),
        ((20, 22, 21), ON_REAL, "labels at chance, the score is not"),
        ((55, 60, 75), ON_REAL, "fidelity cannot tell"),
        ((80, 81, 79), ((55, 45), (50, 50)), "judge too weak"),
        ((50, 51, 49), (), ""),
        ((80, 81), ON_REAL, "fidelity of 2 of 3 draws"),
    ],
)
def test_a_row_says_what_is_known_of_its_labels(rights, on_real, remark):
    assert row_of(GOOD, labelled(*rights, on_real=on_real)).remarks == remark


def test_labels_at_chance_that_teach_nothing_have_a_score_at_chance_too():
    results = measured(100, 102, 99, generator="good")
    assert row_of(results, labelled(50, 51, 49)).remarks == "at chance; labels at chance"


def test_a_row_whose_labels_are_at_chance_enters_no_tier():
    context = replace(GOLD, quality=labelled(50, 51, 49))
    fair = [replace(result, train_version=f"fair {result.train_version}") for result in FAIR]
    poor = [replace(result, train_version=f"poor {result.train_version}") for result in POOR]
    found = tiers_of(*GOOD, *fair, *poor, context=context)
    assert found == {("toy", "good"): (None, None), ("toy", "fair"): (1, True), ("toy", "poor"): (2, True)}


def test_the_mean_says_whether_its_labels_are_at_chance_and_in_how_many_tasks():
    tasks = ("toy", "other", "third")
    results = [replace(result, task=task) for task in tasks for result in GOOD]

    def mean(*rights):
        quality = [
            of_draw(number, right + number, task=task)
            for task, right in zip(tasks, rights, strict=True)
            for number in range(3)
        ]
        rows = leaderboards(results, Context(quality=quality))[0].rows
        return rows[-1]

    assert mean(80, 80, 50).remarks == "labels at chance in 1 of 3 tasks"
    assert mean(80, 80, 50).fidelity == pytest.approx(0.71)
    assert mean(49, 49, 49).remarks == "labels at chance (3 of 3 tasks)"


def test_many_texts_that_a_measured_rule_would_drop_are_named_in_the_row():
    found = row_of(GOOD, labelled(80, 80, 80, rules={"loop": 0.92, "about_the_task": 0.05, "other": 0.2}))
    assert found.remarks == "92 % loops, 20 % other"


def test_copies_under_another_label_are_named_in_the_row_and_in_the_mean_of_tasks():
    tasks = ("toy", "other")
    results = [replace(FEW, task=task) for task in tasks]
    quality = [toys.quality(task=task, opposed={"test": 2, "train": 1}) for task in tasks]
    *rows, mean = leaderboards(results, Context(quality=quality))[0].rows
    assert [row.opposed for row in (*rows, mean)] == [3, 3, 6]
    assert [row.remarks for row in (*rows, mean)] == [f"one draw; {n} copies under another label" for n in (3, 3, 6)]
    assert "3 copies under another label" in render(results, context=Context(quality=quality))
    unnamed = leaderboards(results, Context(quality=[toys.quality(task=tasks[0])]))[0].rows
    assert [(row.opposed, row.remarks) for row in unnamed] == [(None, "one draw")] * 3


@pytest.mark.parametrize("other", [{"train_version": "second"}, {"data_version": "def"}, {"task": "sms"}])
def test_what_was_measured_of_other_texts_is_not_shown(other):
    found = leaderboards([replace(FEW, task="toy")], Context(quality=[toys.quality(**other)]))[0].rows[0]
    assert (found.diversity, found.leaks, found.tokens) == (None, None, None)


def test_the_sets_of_several_generation_seeds_are_averaged_and_those_of_training_seeds_are_one():
    results = [replace(FEW, task="toy", training_seed=seed) for seed in range(3)]
    results.append(replace(FEW, task="toy", generation_seed=1, train_version="second"))
    second = toys.quality(train_version="second", measures={"remote_clique": (0.6, 0.5, 0.7)}, generation_seed=1)
    found = leaderboards(results, Context(quality=[toys.quality(), second]))[0].rows[0]
    assert found.diversity == pytest.approx(0.7)


def test_the_cost_is_that_of_the_tokens_at_the_known_prices():
    from synthworth.generation.generator import price_of

    given = {"task": "toy", "generator": "gpt-5-mini"}
    found = leaderboards([replace(FEW, **given)], Context(quality=[toys.quality(generator="gpt-5-mini")]))[0].rows[0]
    assert found.usd == pytest.approx(price_of("gpt-5-mini").of(1000, 2000))


def test_a_generator_of_a_table_costs_what_the_table_says_and_a_batch_half(tmp_path, monkeypatch):
    table = '[tool.synthworth.generators.mine]\nalias = "mine, hot"\nprices = {prompt = 1000, completion = 3000}\n'
    (tmp_path / "pyproject.toml").write_text(table)
    monkeypatch.chdir(tmp_path)
    given = {"task": "toy", "generator": "mine, hot"}
    measured = toys.quality(generator="mine, hot", batch_tokens=(600, 2000))
    found = leaderboards([replace(FEW, **given)], Context(quality=[measured]))[0].rows[0]
    assert found.usd == pytest.approx((400 + 600 / 2 + 3 * 2000 / 2) / 1000)


# ---- what is shown


def header(text):
    return re.split(r"\s{2,}", text.splitlines()[2].strip())


def test_the_columns_that_are_asked_for_are_shown_and_no_others():
    view = View(columns=("method", "gap", "drop_low"))
    assert header(render([FEW, REAL], view=view)) == ["method", "gap recovered", "drop low"]
    assert list(json.loads(render([FEW, REAL], "json", view=view))[0]["rows"][0]) == ["method", "gap", "drop_low"]
    assert render([FEW, REAL], "csv", view=view).splitlines()[0] == "leaderboard,method,gap,drop_low"


def test_an_unknown_column_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"unknown column 'macrof1'; columns: task, .*did you mean macro_f1"):
        render([FEW], view=View(columns=["macrof1"]))


def test_intervals_stand_in_brackets_beside_their_numbers():
    text = render([FEW, REAL], view=View(intervals=True))
    assert "0.700 (0.638 to 0.762)" in text
    assert re.search(r"0\.200 \(0\.\d+ to 0\.\d+\) +50 % \(\d+ % to \d+ %\)", text)
    assert "95 % low" not in text


def test_csv_and_json_carry_the_intervals():
    (line,) = [row for row in csv.DictReader(io.StringIO(render([FEW, REAL], "csv"))) if row["method"] == "few_shot"]
    (stored,) = [row for row in json.loads(render([FEW, REAL], "json"))[0]["rows"] if row["method"] == "few_shot"]
    for name in ("accuracy", "drop", "gap"):
        assert float(line[f"{name}_low"]) < float(line[name]) < float(line[f"{name}_high"])
        assert stored[f"{name}_low"] == float(line[f"{name}_low"])


def test_generators_can_be_columns():
    text = render([FEW, replace(FEW, generator="big", macro_f1=0.8), REAL], view=View(by="generator"))
    assert header(text)[-3:] == ["no generator", "big", "smollm2-135m"]
    assert [line.split()[-2:] for line in text.splitlines() if " few_shot " in line] == [["0.800", "0.700"]]


def test_a_pivot_shows_the_number_that_is_asked_for_in_every_format():
    view = View(by="generator", columns=("accuracy",))
    assert "0.720" in render([FEW], view=view)
    assert json.loads(render([FEW], "json", view=view))[0]["rows"] == [
        {"task": "sms", "method": "few_shot", "classifier": "minilm", "per_label": "100", "smollm2-135m": 0.72}
    ]
    assert render([FEW], "csv", view=view).splitlines()[1].endswith("sms,few_shot,minilm,100,0.72")


def test_real_texts_stand_beside_every_generator_where_methods_are_columns():
    big = replace(FEW, generator="big", macro_f1=0.8)
    elsewhere = replace(REAL, task="other", macro_f1=0.6)
    view = View(by="method")
    rows = json.loads(render([FEW, big, REAL, elsewhere], "json", view=view))[0]["rows"]
    told = {(row["task"], row["generator"]): (row["real"], row["few_shot"]) for row in rows}
    score = round(REAL.macro_f1, 6)
    assert told["sms", "smollm2-135m"] == (score, 0.7)
    assert told["sms", "big"] == (score, 0.8)
    assert told["other", ""] == (0.6, "")
    assert ("sms", "") not in told


def test_what_nobody_wrote_stands_beside_every_generator_where_methods_are_columns():
    augmented, labels = (replace(REAL, method=method, macro_f1=0.6) for method in ("augmented10", "labels"))
    apart = replace(labels, classifier="nearest", macro_f1=0.65)
    labelled = replace(FEW, method="labelled", demonstrations="", macro_f1=0.75)  # by the generator: its line has it
    results = [FEW, REAL, augmented, labels, apart, labelled]
    rows = json.loads(render(results, "json", view=View(by="method")))[0]["rows"]
    told = {(r["generator"], r["classifier"]): (r["augmented10"], r["labels"], r["labelled"]) for r in rows}
    assert told == {("smollm2-135m", "minilm"): (0.6, 0.6, 0.75), ("", "nearest"): ("", 0.65, "")}


def test_texts_whose_generator_nobody_names_stand_on_a_line_of_their_own_in_a_pivot():
    nobody = replace(FEW, method="data-texts", generator="", macro_f1=0.65)
    rows = json.loads(render([FEW, nobody, REAL], "json", view=View(by="method")))[0]["rows"]
    assert {row["generator"]: row["data-texts"] for row in rows} == {"smollm2-135m": "", "": 0.65}
    named = replace(nobody, generator="gpt", macro_f1=0.75)
    rows = json.loads(render([nobody, named], "json", view=View(by="classifier")))[0]["rows"]
    assert {row["generator"]: row["minilm"] for row in rows} == {"": 0.65, "gpt": 0.75}


def test_what_all_lines_of_a_pivot_share_is_said_once():
    text = render([FEW, replace(FEW, task="other"), REAL], view=View(by="method"))
    assert header(text)[0] == "task"
    assert "All: written by smollm2-135m, classifier minilm, n/label 100. In the cells: Macro-F1." in text


def test_one_task_or_the_mean_over_tasks_can_be_asked_for():
    results = [FEW, replace(FEW, task="other"), REAL, replace(REAL, task="other")]
    assert {row["task"] for row in json.loads(render(results, "json", view=View(task="sms")))[0]["rows"]} == {"sms"}
    assert {row["task"] for row in json.loads(render(results, "json", view=View(task="mean")))[0]["rows"]} == {
        "mean of 2"
    }
    with pytest.raises(ValueError, match=r"unknown task 'mms'; tasks: .*sms.*mean"):
        render(results, view=View(task="mms"))


@pytest.mark.parametrize(
    ("view", "problem"),
    [
        ({"by": "generater"}, "unknown --by 'generater'; values: generator, method, classifier; did you mean"),
        ({"by": "method", "columns": ("drop", "gap")}, "--by method shows one number; give one of --columns, not 2"),
        ({"by": "method", "columns": ("task",)}, "--by method shows a number, and task names a row"),
    ],
)
def test_a_pivot_that_makes_no_sense_is_refused(view, problem):
    with pytest.raises(ValueError, match=problem):
        View(**view)


def test_adding_a_column_is_adding_one_record(monkeypatch):
    column = Column(
        name="errors",
        header="errors, %",
        value=lambda row: 100 * (1 - row.accuracy),
        note="errors: the share of test rows with a wrong label.",
        form="{:.1f}".format,
        bounds=lambda row: (100 * (1 - row.accuracy_high), 100 * (1 - row.accuracy_low)),
        shown="always",
    )
    monkeypatch.setattr(columns, "COLUMNS", (*COLUMNS, column))
    text = render([FEW, REAL], view=View(intervals=True))
    assert header(text)[-1] == "errors, %"
    assert re.search(r"28\.0 \(2\d\.\d to 3\d\.\d\)$", text.splitlines()[5])
    assert column.note in text
    for form in ("csv", "json", "latex"):
        assert "errors" in render([FEW, REAL], form)
    (table,) = tables([FEW, REAL], {})
    assert ("errors, %", True) in [(one.header, one.name in table.numeric) for one in table.columns]


def test_every_column_that_has_a_number_with_an_interval_has_columns_for_its_ends():
    (board,) = leaderboards([FEW, REAL])
    for column in COLUMNS:
        for end, bound in zip(column.bounds(board.rows[1]), ("low", "high"), strict=True):
            names = [n for n in (f"{column.name}_{bound}", bound) if n in BY_NAME]
            assert end is None or BY_NAME[names[0]].value(board.rows[1]) == end


def test_augmented_sets_are_methods_like_others():
    mixed = replace(FEW, method="real+few_shot", macro_f1=0.95, macro_f1_high=0.97)
    assert row(mixed, REAL, method="real+few_shot").drop == pytest.approx(-0.05)


def test_what_a_terminal_or_markdown_would_obey_is_no_part_of_a_table():
    strange = replace(FEW, generator="a|b\x1b[31m\nc")
    assert "\x1b" not in render([strange])
    (line,) = [line for line in render([strange], "github").splitlines() if "few_shot" in line]
    assert "a\\|b [31m c" in line


def latex():
    return render([replace(FEW, generator="50%_a&b{c}$x^~\\#"), REAL], "latex", view=View(intervals=True))


def test_a_table_of_latex_has_rules_and_escapes_what_tex_would_obey():
    text = latex()
    body = text[text.index("\\toprule") : text.index("\\bottomrule")]
    assert r"50\%\_a\&b\{c\}\$x\^{}\textasciitilde{}\textbackslash{}\#" in body
    assert not re.search(r"(?<!\\)[%#$]", text.partition("\n")[2])
    cells = {len(re.findall(r"(?<!\\)&", line)) for line in body.splitlines() if line.endswith(r"\\")}
    assert cells == {len(re.search(r"\\begin\{tabular\}\{([lr]+)\}", text)[1]) - 1}


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no TeX here")
def test_a_table_of_latex_compiles(tmp_path):
    page = "\\documentclass{article}\\usepackage{booktabs}\\begin{document}" + latex() + "\\end{document}"
    (tmp_path / "page.tex").write_text(page, encoding="utf-8")
    done = subprocess.run(["pdflatex", "-halt-on-error", "page.tex"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:]


def test_dropped_is_said_of_answers_and_of_texts_of_a_file():
    assert "answers of a generator, or texts of a file" in BY_NAME["dropped"].note


# ---- shares of the labels


def test_natural_shares_are_compared_with_real_texts_of_natural_shares_alone():
    natural = [replace(one, shares="natural", macro_f1=one.macro_f1 - 0.05) for one in (FEW, REAL)]
    (board,) = leaderboards([FEW, REAL, *natural])
    found = {(row.per_label, row.method): row for row in board.rows}
    assert set(found) == {(size, method) for size in ("100", "100 natural") for method in ("few_shot", "real")}
    assert found["100 natural", "few_shot"].macro_f1 == FEW.macro_f1 - 0.05
    assert found["100 natural", "few_shot"].drop == pytest.approx(REAL.macro_f1 - FEW.macro_f1)
