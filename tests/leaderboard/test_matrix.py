"""Methods by refinements: what is comparable over tasks, at equal tokens, and not beaten for as few tokens."""

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from synthworth.__main__ import main
from synthworth.core import render, write
from synthworth.leaderboard import (
    Sized,
    at_equal_tokens,
    between,
    budget_table,
    budgets,
    front_table,
    matrix_of,
    matrix_tables,
    spent_sets,
)
from synthworth.leaderboard.changes import change_table, changes_of
from synthworth.measures.statistics import Sample
from synthworth.study.figures import caption, draw, tokens_figure
from toys import result

RIGHT = {5: 55, 10: 62, 30: 70, 100: 80}  # right of 100 test rows of each label, by real texts


def scored(right, version, **more):
    of_1000 = round(10 * right)
    counts = ((of_1000, 1000 - of_1000), (1000 - of_1000, of_1000))
    score = of_1000 / 1000
    given = {"macro_f1": score, "macro_f1_low": score, "macro_f1_high": score, "confusion": counts, "test_rows": 2000}
    return result(**given | {"train_version": version, "dropped": {}} | more)


def real(task="toy"):
    text = {"method": "real", "generator": "", "demonstrations": "", "attempts": 0, "task": task}
    return [
        scored(right + 0.1 * seed, f"{task} real {size} {seed}", per_label=size, generation_seed=seed, **text)
        for size, right in RIGHT.items()
        for seed in range(2)
    ]


def written(method, right, tokens, *, size=100, task="toy", generator="toy-llm", draws=2, **more):
    return [
        scored(
            right + 0.1 * seed,
            f"{task} {method} {size} {generator} {seed}",
            method=method,
            per_label=size,
            task=task,
            generator=generator,
            generation_seed=seed,
            prompt_tokens=tokens and tokens - 10,
            completion_tokens=tokens and 10,
            **more,
        )
        for seed in range(draws)
    ]


def of(*groups, tasks=("toy",)):
    every = [one for task in tasks for one in real(task)] + [one for group in groups for one in group]
    return matrix_of(every, classifier="minilm")


# ---- refinements


def test_a_change_is_the_mean_over_tasks_of_what_the_same_draws_gain():
    plain = [one for task in ("a", "b") for one in written("zero_shot", 60, 100, task=task, draws=3)]
    better = written("zero_shot|dedup", 70, 100, task="a")  # two of the three draws
    worse = written("zero_shot|dedup", 56, 100, task="b")
    matrix = of(plain, better, worse, written("topics|dedup", 90, 100, task="a"), tasks=("a", "b"))
    (change,) = changes_of(matrix)
    assert change[:2] == ("dedup", pytest.approx((0.10 - 0.04) / 2))
    assert (change.tasks, change.sets, change.changed, change.higher) == (2, 2, 2, 1)
    gains = [0.10, -0.04]
    low, high = scipy.stats.t.interval(0.95, 1, np.mean(gains), scipy.stats.sem(gains))
    assert change.interval == pytest.approx((low, high))


def test_a_set_that_lacks_texts_is_no_change():
    short = written("zero_shot|dedup", 40, 100, short={"good": 60})
    assert changes_of(of(written("zero_shot", 60, 100), short)) == []


def test_of_one_task_a_change_has_no_interval():
    (change,) = changes_of(of(written("zero_shot", 60, 100), written("zero_shot|dedup", 70, 100)))
    assert change == ("dedup", pytest.approx(0.1), None, 1, 1, 1, 1)


def test_a_set_that_a_refinement_leaves_as_it_was_is_not_counted_among_those_that_may_be_better():
    plain = [*written("zero_shot", 60, 100), *written("few_shot", 60, 100)]
    (line,) = change_table(of(plain, written("zero_shot|dedup", 60, 100), written("few_shot|dedup", 70, 100))).rows
    assert (line["sets"], line["better refined"]) == (2, "1 of 1")


# ---- equal texts


def test_a_table_has_a_line_for_each_method_and_a_column_for_each_refinement():
    matrix = of(
        written("zero_shot", 60, 100),
        written("zero_shot|dedup", 65, 120),
        written("few_shot", 70, 300),
        written("few_shot|dedup", 71, 310, task="other"),
    )
    (table,) = matrix_tables(matrix.of_tasks(["toy"]))
    lines = {line["method"]: line for line in table.rows}
    assert list(lines["zero_shot"]) == ["method", "as written", "dedup"]
    assert lines["zero_shot"]["as written"] != lines["zero_shot"]["dedup"] != ""
    assert lines["few_shot"]["dedup"] == ""


def test_means_are_over_all_tasks_or_none():
    both = [written("zero_shot", 60, 100, task=task) for task in ("toy", "other")]
    matrix = of(*both, written("zero_shot|dedup", 90, 100), tasks=("toy", "other"))
    (table,) = matrix_tables(matrix)
    assert table.rows[0]["dedup"] == "1 of 2 tasks"
    assert "mean of 2 tasks" in table.title
    lone = of(written("zero_shot", 60, 100), written("few_shot", 60, 100, task="other"), tasks=("toy", "other"))
    with pytest.raises(ValueError, match=r"no method has texts for all 2 tasks.*name some with --task: other, toy"):
        matrix_tables(lone)


def test_without_a_curve_the_cells_hold_scores():
    (table,) = matrix_tables(matrix_of(written("zero_shot", 60, 100), classifier="minilm"))
    assert table.rows[0]["as written"].startswith("0.601 (")
    assert "real texts of two sizes would say" in table.note


def test_one_draw_is_marked():
    (table,) = matrix_tables(of(written("zero_shot", 60, 100, draws=1)))
    assert table.rows[0]["as written"].endswith("‡")
    assert "one draw" in table.note


# ---- equal tokens


def sized(scores, tokens, seeds=None, rows=None):
    given = np.array(scores, dtype=float)
    named = tuple(("draw", seed) for seed in (seeds or range(len(scores))))
    return Sized(Sample(given, 1e-4, rows), named, tokens, len(scores), False)


def test_between_two_sizes_a_score_is_linear_in_the_logarithm_of_tokens():
    sizes = {10: sized([0.5, 0.6], 100), 40: sized([0.7, 0.8], 400)}
    found, per_label = between(sizes, 200)
    assert found.sample.scores.tolist() == pytest.approx([0.6, 0.7])
    assert per_label == pytest.approx(20)
    assert found.sample.row_variance == pytest.approx(1e-4)
    assert between(sizes, 99) is None is between(sizes, 401)
    assert between(sizes, 100)[0] is sizes[10]
    assert between(sizes, 400)[0] is sizes[40]


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.integers(1, 10**6), st.floats(0, 1)), min_size=2, max_size=5, unique_by=lambda one: one[0]),
    st.floats(0, 1),
)
def test_interpolation_is_numpy_s_on_logarithms(points, share):
    points = sorted(points)
    tokens = math.exp((1 - share) * math.log(points[0][0]) + share * math.log(points[-1][0]))
    sizes = {place + 1: sized([score, score], spent) for place, (spent, score) in enumerate(points)}
    found = between(sizes, tokens)
    if found is None:  # beyond an end by rounding
        assert share in (0, 1) or min(abs(tokens - end) for end in (points[0][0], points[-1][0])) < 1e-6 * tokens
        return
    expected = np.interp(math.log(tokens), np.log([spent for spent, _ in points]), [score for _, score in points])
    assert found[0].sample.scores[0] == pytest.approx(expected, abs=1e-6)


def test_draws_of_two_sizes_pair_by_seed_and_their_rows_with_them():
    rows = np.arange(6.0).reshape(3, 2)
    few, many = sized([0.1, 0.2, 0.3], 10, (0, 1, 2), rows), sized([0.5, 0.9], 1000, (2, 0), rows[:2])
    found, _ = between({1: few, 100: many}, 100)
    assert found.sample.scores.tolist() == pytest.approx([(0.1 + 0.9) / 2, (0.3 + 0.5) / 2])
    assert found.sample.resampled.tolist() == [[1.0, 2.0], [2.0, 3.0]]
    strangers = sized([0.5], 1000, (7,))
    assert between({1: few, 100: strangers}, 100) is None


def test_a_size_of_one_draw_does_not_come_between_sizes_of_several():
    once = Sized(Sample(np.array([0.9]), 1e-4, None), (("training", 0),), 300, 1, False)
    sizes = {10: sized([0.5, 0.6], 100), 30: once, 40: sized([0.7, 0.8], 400)}
    found, per_label = between(sizes, 200)
    assert found.sample.scores.tolist() == pytest.approx([0.6, 0.7])
    assert per_label == pytest.approx(20)


def test_the_budget_of_a_task_is_what_every_set_has():
    matrix = of(
        written("zero_shot", 60, 100, size=30),
        written("zero_shot", 64, 400),
        written("few_shot", 70, 900),
        written("few_shot", 61, 200, size=30),
        written("data-texts", 70, None, generator="gpt-9"),
    )
    assert budgets(matrix) == {"toy": 400}
    zero, few = sorted(at_equal_tokens(matrix), key=lambda entry: entry.name.method, reverse=True)
    assert (zero.name.method, zero.per_label) == ("zero_shot", 100)
    assert 30 < few.per_label < 100
    assert 0.61 < few.measured.score.value < 0.7
    table = budget_table(matrix)
    assert [line["method"] for line in table.rows] == ["few_shot", "zero_shot"]
    assert "data-texts" not in render([table])


def test_sizes_that_have_one_draw_in_common_are_one_draw_in_between():
    few, many = sized([0.6, 0.9], 100, (0, 1)), sized([0.5, 0.7], 400, (1, 2))
    found, _ = between({10: few, 40: many}, 200)
    assert (found.draws, found.seeds, len(found.sample.scores)) == (1, (("draw", 1),), 1)


def test_a_set_that_lacks_a_task_or_its_tokens_sets_no_budget():
    both = ("toy", "other")
    whole = [written(method, 60, 400, task=task) for method in ("zero_shot", "few_shot") for task in both]
    of_one_task = written("topics", 60, 100)
    without_tokens = [*written("personas", 60, 90), *written("personas", 60, None, task="other")]
    matrix = of(*whole, of_one_task, without_tokens, tasks=both)
    assert budgets(matrix) == dict.fromkeys(both, 400)
    entries = at_equal_tokens(matrix)
    assert sorted(entry.name.method for entry in entries) == ["few_shot", "zero_shot"]
    assert all(entry.measured for entry in entries)
    assert budgets(of(of_one_task, written("zero_shot", 60, 100, task="other"), tasks=both)) == {}


def test_a_set_beyond_its_measured_sizes_is_named_and_not_extrapolated():
    matrix = of(written("zero_shot", 60, 100), written("few_shot", 70, 900))
    table = budget_table(matrix)
    assert [line["method"] for line in table.rows] == ["zero_shot"]
    assert "Beyond its measured sizes: few_shot" in table.note
    assert [line["method"] for line in budget_table(matrix, 900).rows] == ["few_shot"]


def test_without_tokens_nothing_compares_at_equal_ones():
    with pytest.raises(ValueError, match="no results know the tokens of their texts"):
        budget_table(of(written("zero_shot", 60, None)))


# ---- the front


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(11, 30).map(lambda n: 10 * n), st.integers(50, 90)), min_size=1, max_size=7, unique=True
    )
)
def test_the_front_is_what_no_other_beats_for_as_few_tokens(points):
    groups = [written(f"m{place}", right, tokens) for place, (tokens, right) in enumerate(points)]
    found = spent_sets(matrix_of([one for group in groups for one in group], classifier="minilm"))
    assert [one.measured.tokens for one in found] == sorted(tokens for tokens, _ in points)
    by_name = {one.name.method: one.front for one in found}
    for place, (tokens, right) in enumerate(points):
        beaten = any(t <= tokens and r > right for t, r in points)
        equal_for_less = any(t < tokens and r == right for t, r in points)
        assert by_name[f"m{place}"] == (not beaten and not equal_for_less)


def test_the_figure_names_the_front_and_is_drawn_with_its_numbers(tmp_path):
    matrix = of(
        written("zero_shot", 60, 400),
        written("zero_shot|dedup", 65, 420),
        written("few_shot", 63, 900),
        written("few_shot", 40, 200, size=30),
        written("topics", 90, 2000),
    )
    figure = tokens_figure(matrix)
    assert [point.name for point in figure.points if point.front] == [
        "few_shot by toy-llm",
        "zero_shot by toy-llm",
        "zero_shot|dedup by toy-llm",
        "topics by toy-llm",
    ]
    paths = draw([figure], tmp_path)
    assert sorted(path.name for path in paths) == ["tokens.csv", "tokens.png", "tokens.svg"]
    lines = (tmp_path / "tokens.csv").read_text().splitlines()
    assert len(lines) == 6
    painted = (tmp_path / "tokens.svg").read_text()
    assert "zero_shot|dedup" in painted
    assert "1,000" in painted
    assert "math" not in painted
    assert "Pareto front" in caption(figure)
    shown = render([front_table(matrix)])
    assert "zero_shot|dedup" in shown
    assert shown.count("few_shot") == 1
    with pytest.raises(ValueError, match="no worth to draw against tokens"):
        tokens_figure(of(written("zero_shot", 60, None)))


def test_the_command_prints_all_tables_and_says_what_it_lacks(tmp_path, capsys):
    file = tmp_path / "results.jsonl"
    refined = [*written("few_shot|dedup", 70, 90), *written("zero_shot|dedup", 65, 90)]
    write(file, [*real(), *written("zero_shot", 60, 100), *refined])
    assert main(["matrix", str(file), "--out", str(tmp_path / "study")]) == 0
    shown = capsys.readouterr()
    for title in (
        "What each refinement changes",
        "Methods by refinements: 100 texts",
        "Methods at equal tokens: 90 of each",
        "The Pareto front of",
    ):
        assert title in shown.out
    assert (tmp_path / "study/tokens.png").exists()
    file.unlink()
    write(file, [*real(), *written("zero_shot", 60, None), *written("few_shot|dedup", 70, None)])
    assert main(["matrix", str(file)]) == 0
    assert "left out: no results know the tokens" in capsys.readouterr().err
    for options, told in (
        (["--tokens", "0"], "--tokens is 0; give a number from 1 on"),
        (["--task", "others"], "unknown task 'others'; tasks: toy"),
        (["--task", "toy,typo"], "unknown task 'typo'; tasks: toy"),
        (["--generator", "gpt"], "unknown generator 'gpt'; generators: toy-llm"),
        (["--sizes", "100,70"], "no results with 70 texts per label; sizes: 100"),
        (["--classifier", "tfidf"], "no results of tfidf on written texts"),
    ):
        assert main(["matrix", str(file), *options]) != 0
        assert told in capsys.readouterr().err
