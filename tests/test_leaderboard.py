"""Results become tables: seeds averaged, the drop against real texts beside each row, one data source to a table."""

import csv
import io
import json
import re
from dataclasses import asdict, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import toys
from benchmark.leaderboard import FORMATS, HEADERS, NOTE, RARE, leaderboards, render

FEW = toys.result(task="sms")
ZERO = replace(FEW, method="zero_shot", demonstrations="", macro_f1=0.5, macro_f1_low=0.4, macro_f1_high=0.6)
REAL = replace(
    FEW, method="real", demonstrations="", generator="", macro_f1=0.9, macro_f1_high=0.95, attempts=0, dropped={}
)
LABELS = st.sampled_from(["ham", "spam"])
RESULTS = st.builds(
    replace,
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
COLUMNS = [name for name in HEADERS if name not in RARE]
CELLS = ["sms", "few_shot", "smollm2-135m", "minilm", "100", "0.700", "0.600", "0.800", "0.720", "0.200", "30/230", "1"]
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
    assert (found.macro_f1, found.low, found.high, found.accuracy) == pytest.approx((0.6, 0.45, 0.75, 0.62))


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
    assert row(FEW, REAL, replace(REAL, generation_seed=1, macro_f1=0.8)).drop == pytest.approx(0.15)


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
    assert RARE["short"].strip() in lines[-1]


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
    assert all(shown in text for shown in ("task 1, data abc", "task 1, data def", RARE["version"].strip()))


@settings(deadline=None)
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


@settings(deadline=None)
@given(MANY, st.randoms(use_true_random=False))
def test_the_order_of_results_does_not_change_the_leaderboard(results, chance):
    shuffled = list(results)
    chance.shuffle(shuffled)
    for board, other in zip(leaderboards(results), leaderboards(shuffled), strict=True):
        assert [asdict(row) for row in board.rows] == [pytest.approx(asdict(row)) for row in other.rows]


@settings(deadline=None)
@given(MANY)
def test_rows_of_different_sources_and_versions_never_share_a_table(results):
    assert len(leaderboards(results)) == len({(result.data, result.suite_version) for result in results})


@settings(deadline=None)
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
    assert re.split(r"\s{2,}", lines[2].strip()) == [HEADERS[name] for name in COLUMNS]
    assert lines[5].split() == CELLS
    assert lines[7] == NOTE


def test_the_github_table_is_a_heading_and_a_table_of_markdown():
    lines = render([FEW, REAL], "github").splitlines()
    assert lines[0].startswith("### synthworth leaderboard")
    assert [cell.strip() for cell in lines[5].strip("|").split("|")] == CELLS


def test_csv_holds_every_row_in_full_precision():
    first, second = csv.DictReader(io.StringIO(render([replace(FEW, macro_f1=0.123456), REAL], "csv")))
    assert (first["method"], second["method"]) == ("real", "few_shot")
    assert float(second["macro_f1"]) == 0.123456


def test_csv_names_the_leaderboard_of_each_row():
    found = csv.DictReader(io.StringIO(render([FEW, replace(FEW, data="quickstart")], "csv")))
    assert [("quickstart" in row["leaderboard"]) for row in found] == [False, True]


def test_json_holds_the_leaderboards_as_they_are():
    expected = [{"title": board.title, "rows": [asdict(r) for r in board.rows]} for board in leaderboards([FEW, REAL])]
    assert json.loads(render([FEW, REAL], "json")) == expected


@pytest.mark.parametrize(("form", "empty"), [("plain", ""), ("github", ""), ("json", "[]\n")])
def test_no_results_are_no_table(form, empty):
    assert render([], form) == empty


def test_no_results_are_the_header_alone_in_csv():
    assert render([], "csv") == ",".join(["leaderboard", *HEADERS]) + "\n"


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_shows_every_source(form):
    text = render([replace(FEW, data=data) for data in ("hub", "mirror", "quickstart")], form)
    assert [words in text for words in ("from the hub", "local mirror", "not real data")] == [True] * 3


def test_an_unknown_format_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"unknown format 'jsn'; formats: plain, .*, json; did you mean json"):
        render([FEW], "jsn")


def test_a_mean_over_tasks_is_shown_where_every_task_has_a_score_and_carries_no_interval():
    found = rows(FEW, replace(FEW, task="imdb", macro_f1=0.6))
    assert [(row.macro_f1, row.low) for row in found if row.task == "mean of 2"] == [(pytest.approx(0.65), None)]


def mean_of_two(*results):
    (found,) = [row for row in rows(*results) if row.task == "mean of 2"]
    return found


def test_a_mean_over_tasks_stays_where_a_task_has_several_versions_and_counts_each_task_once():
    sms = [FEW, replace(FEW, data_version="def", macro_f1=0.5)]
    found = mean_of_two(*sms, replace(FEW, task="imdb", macro_f1=0.8))
    assert (found.macro_f1, found.version) == (pytest.approx((0.6 + 0.8) / 2), "")


def test_a_mean_over_tasks_is_short_where_one_of_them_is():
    assert mean_of_two(FEW, replace(FEW, task="imdb", short={"ham": 44})).short == 44


def test_tasks_that_are_short_and_tasks_that_are_not_have_one_mean():
    assert mean_of_two(FEW, replace(FEW, task="imdb", short={"ham": 44}, macro_f1=0.6)).macro_f1 == pytest.approx(0.65)


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


def test_real_texts_that_miss_their_quota_are_no_point_of_the_curve():
    short = [replace(result, short={"bad": 3}) for result in curve(0.6, 0.7, 0.8)[1:]]
    assert worth_of(curve(0.6)[0], *short, scored(0.7)) == [""]


def test_one_size_can_be_shown_with_the_worth_found_from_all():
    results = [*curve(0.6, 0.7, 0.8), scored(0.7, per_label=40)]
    shown = json.loads(render(results, "json", per_label="40"))[0]["rows"]
    assert [(row["method"], row["per_label"], bool(row["worth"])) for row in shown] == [
        ("real", "40", False),
        ("few_shot", "40", True),
    ]


def test_an_unknown_size_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"unknown size '30'; sizes: 10, 20"):
        render(curve(0.6, 0.7), per_label="30")


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
