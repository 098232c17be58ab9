"""What a run ends with fits a screen, whatever was measured, and says how to get at the rest."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthworth.leaderboard import Context, leaderboards
from synthworth.leaderboard.end_of_run import ROWS, end_of_run
from toys import result

TASKS = ("ag_news", "financial_phrasebank", "imdb", "tweet_emotion", "tweet_irony")
LONG = "data-gpt-3.5-turbo-instruct.few_shot.optml_grounded_norewrite_{}"
WHOLE = "synthworth leaderboard out.jsonl"
REAL = {"demonstrations": "", "generator": "", "attempts": 0, "dropped": {}}


def measured(task, method, classifier="minilm", per_label=100, score=0.7):
    given = {"demonstrations": "pool" if method == "few_shot" else ""} | (REAL if method == "real" else {})
    score = {"macro_f1": score, "macro_f1_low": score - 0.05, "macro_f1_high": score + 0.05}
    return result(task=task, method=method, classifier=classifier, per_label=per_label, **given, **score)


def shown(*results, width=100):
    return end_of_run(results, Context(), width=width, whole=WHOLE)


def lines_of_table(text):
    """The header and the rows of the only table."""
    _, ruler, rest = re.split(r"^(-+(?:  -+)+)$", text, flags=re.MULTILINE)
    header = text[: text.index(ruler)].splitlines()[-1]
    return header, [line for line in rest.partition("\n\n")[0].splitlines() if line], ruler


def screen_lines(text, width):
    return sum(max(-(-len(line) // width), 1) for line in text.splitlines())


@pytest.mark.parametrize("count", [2, 10, 27])
@pytest.mark.parametrize("width", [80, 100, 120])
def test_however_many_methods_the_table_is_no_wider_and_the_end_no_longer_than_a_screen(count, width):
    results = [measured(task, LONG.format(i), score=0.5 + i / 100) for task in TASKS for i in range(count)]
    results += [measured(task, "real", score=0.9) for task in TASKS]
    text = shown(*results, width=width)
    header, rows, ruler = lines_of_table(text)
    assert max(map(len, [header, ruler, *rows])) <= width
    assert len(rows) <= ROWS
    assert screen_lines(text, width) <= 24


def test_tasks_are_lines_and_methods_are_columns_and_the_mean_is_last():
    methods = ("zero_shot", "few_shot")
    results = [measured(t, m, c) for t in TASKS for m in methods for c in ("majority", "tfidf", "minilm")]
    header, rows, _ = lines_of_table(shown(*results))
    assert header.split() == ["task", "few_shot", "zero_shot"]
    assert [row.split("  ")[0] for row in rows] == [*TASKS, "mean of 5"]


def test_of_several_classifiers_the_best_on_average_is_shown_and_said_to_be():
    scores = {"majority": 0.4, "tfidf": 0.8, "minilm": 0.7}
    results = [measured(t, m, c, score=s) for t in TASKS for m in ("zero_shot", "few_shot") for c, s in scores.items()]
    text = shown(*results)
    assert "classifier tfidf (the best of 3 on average)" in text
    assert "0.800" in text
    assert "0.700" not in text


def test_of_several_sizes_the_largest_is_shown():
    results = [
        measured(t, m, per_label=n, score=n / 100) for t in TASKS for m in ("zero_shot", "few_shot") for n in (50, 70)
    ]
    text = shown(*results, width=80)
    assert "n/label 70 (the largest of 2)" in text
    assert "0.500" not in text


def test_too_many_methods_leave_the_best_of_each_task_beside_real_texts():
    results = [measured(task, f"method_{i}", score=0.5 + i / 100) for task in TASKS for i in range(10)]
    results += [measured(task, "real", score=0.9) for task in TASKS]
    header, rows, _ = lines_of_table(shown(*results, width=80))
    assert re.split("  +", header) == ["task", "real", "best written", "its Macro-F1", "sets"]
    assert re.split("  +", rows[0]) == ["ag_news", "0.900", "method_9", "0.590 (0.528 to 0.652)", "10"]


def test_of_many_rows_of_one_task_real_texts_and_the_best_are_shown_and_the_others_counted():
    results = [measured("imdb", f"method_{i}", score=0.5 + i / 100) for i in range(27)] + [measured("imdb", "real")]
    text = shown(*results, width=80)
    _, rows, _ = lines_of_table(text)
    kept = [row.split()[1] for row in rows]
    assert kept[0] == "real"
    assert set(kept[1:]) == {f"method_{i}" for i in range(27 - ROWS + 1, 27)}
    assert "the best, and 16 more rows" in text


def test_names_that_begin_alike_are_told_apart_when_they_are_cut():
    results = [measured("imdb", LONG.format(i) * 3) for i in range(9)]
    _, rows, _ = lines_of_table(shown(*results, width=80))
    assert len({row.split()[1] for row in rows}) == 9


def test_a_remark_is_not_lost_where_there_is_no_room_for_it():
    results = [measured(task, method) for task in TASKS for method in ("zero_shot", "few_shot")]
    results[0] = result(task="ag_news", method="zero_shot", demonstrations="", train_rows=150)
    results += [measured(task, "real") for task in TASKS]
    text = shown(*results)
    assert "*: with remarks." in text
    assert sum(line.endswith("*") for line in lines_of_table(text)[1]) == 2  # and in the mean


def test_the_last_line_says_where_the_whole_leaderboard_is():
    results = [measured(task, method) for task in TASKS for method in ("zero_shot", "few_shot")]
    rows = sum(len(board.rows) for board in leaderboards(results))
    assert shown(*results).splitlines()[-1] == f"The whole leaderboard, every column of its {rows} rows: {WHOLE}"


def test_one_row_is_counted_as_one():
    assert shown(measured("imdb", "zero_shot")).endswith(f"every column of its row: {WHOLE}")


def test_the_file_that_holds_the_results_stands_in_the_same_line():
    results = [measured("imdb", "zero_shot", classifier) for classifier in ("tfidf", "minilm")]
    text = end_of_run(results, Context(), width=80, whole=WHOLE, written="2 results written to out.jsonl")
    assert re.fullmatch(rf"2 results written to out.jsonl; the whole .* 2 rows: {WHOLE}", text.splitlines()[-1])


def test_a_leaderboard_that_fits_is_shown_whole():
    text = shown(measured("imdb", "zero_shot"), measured("imdb", "real"), width=250)
    assert "accuracy" in text
    assert "dropped" in text
    assert "The whole leaderboard" not in text


@settings(max_examples=40)
@given(
    tasks=st.lists(st.text("abcdefgh_0123456789", min_size=1, max_size=40), min_size=1, max_size=14, unique=True),
    methods=st.lists(st.text("mnopqr.|()", min_size=1, max_size=90), min_size=1, max_size=14, unique=True),
    classifiers=st.sampled_from(
        [("minilm",), ("tfidf", "minilm"), ("majority", "tfidf", "owner/encoder-of-" + "x" * 60)]
    ),
    width=st.integers(80, 200),
)
def test_no_run_ends_with_more_than_a_screen(tasks, methods, classifiers, width):
    text = shown(*(measured(t, m, c) for t in tasks for m in methods for c in classifiers), width=width)
    header, rows, ruler = lines_of_table(text)
    assert max(map(len, [header, ruler, *rows])) <= width
    assert len(rows) <= ROWS
