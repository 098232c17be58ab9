"""The gate's statistics and words: what is compared, what a verdict says and how often it errs, what changed."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import toys
from judges import paired_difference_of_means
from synthworth.core import quality
from synthworth.core.result import write
from synthworth.gate import (
    CANNOT_TELL,
    IMPROVED,
    NOTHING,
    OK,
    PROMPT,
    REGRESSED,
    TEXTS,
    Baseline,
    Cause,
    Finding,
    Report,
    ScoreComparison,
    annotations,
    changed_lines,
    compare,
    judge,
    load_baseline,
    markdown,
    mean_over_tasks,
    overall,
    prompt_lines,
    terminal_lines,
)
from synthworth.gate.causes import causes
from synthworth.measures.metrics import macro_f1
from synthworth.measures.statistics import Variance, paired_difference

TRUE = ("good", "bad") * 200
LABELS = ("good", "bad")


def flipped(share, seed, at=0.0):
    """Predictions that are wrong in that share of the rows, drawn by the seed among those from `at` of the way on."""
    random, wrong = np.random.default_rng(seed), int(share * len(TRUE))
    places = set(random.permutation(np.arange(int(at * len(TRUE)), len(TRUE)))[:wrong].tolist())
    return tuple(LABELS[1 - LABELS.index(label)] if i in places else label for i, label in enumerate(TRUE))


def side(*shares, version="first", generation_seed=0, seed=0, **changed):
    """Results of as many training seeds, wrong in these shares of the rows."""
    return [
        toys.predicting(
            TRUE,
            flipped(share, 100 * seed + 10 * generation_seed + number),
            training_seed=number,
            generation_seed=generation_seed,
            train_version=f"{version} {generation_seed}",
            **changed,
        )
        for number, share in enumerate(shares)
    ]


def comparison(drop=0.0, variance=(1e-4, 0.0, math.inf), **changed):
    given = {
        "task": "toy",
        "method": "few_shot",
        "classifier": "minilm",
        "before": 0.8,
        "after": 0.8 - drop,
        "variance": variance,
        "rows": 400,
        "before_seeds": (3, 1),
        "after_seeds": (3, 1),
        "about": PROMPT,
    }
    return ScoreComparison(**given | changed)


# ---- what is compared


def test_the_same_trainings_on_the_same_texts_are_no_matter_of_statistics():
    found = compare(TRUE, side(0.1, 0.2), side(0.1, 0.2))
    assert (found.about, found.drop, judge(found).verdict) == (NOTHING, 0, OK)


def test_what_a_machine_rounds_otherwise_is_no_drop():
    known = side(0.1, 0.2)
    other = [
        replace(r, predicted=two.predicted, confusion=two.confusion)
        for r, two in zip(known, side(0.3, 0.3, seed=5), strict=True)
    ]
    assert judge(compare(TRUE, known, other)).verdict == OK


def test_texts_that_are_the_same_need_no_predictions():
    before = [replace(r, predicted="") for r in side(0.1)]
    assert compare(TRUE, before, side(0.1)).about == NOTHING


def test_the_same_texts_by_another_recipe_are_compared():
    before, after = side(0.1, 0.12), side(0.3, 0.32)
    after = [replace(r, recipe="another") for r in after]
    assert compare(TRUE, before, after).about == TEXTS


def test_training_seeds_of_one_draw_are_compared_as_two_methods_are():
    before, after = side(0.1, 0.12, 0.15), side(0.2, 0.21, 0.25, version="second", seed=1)
    found = compare(TRUE, before, after)
    low, high = judge(found).low, judge(found).high
    judged = paired_difference_of_means(
        TRUE, [r.predictions for r in before], [r.predictions for r in after], LABELS, macro_f1, level=0.9
    )
    assert found.drop == pytest.approx(judged.difference)
    assert (low, high) == pytest.approx((judged.low, judged.high), abs=0.002)  # 2,000 resamples and not 10,000
    assert found.about == TEXTS


def test_a_classifier_without_seeds_is_compared_by_rows_alone():
    before, after = side(0.1), side(0.2, version="second", seed=1)
    found = judge(compare(TRUE, before, after, seeded=False))
    judged = paired_difference(TRUE, before[0].predictions, after[0].predictions, LABELS, macro_f1, level=0.9)
    assert (found.low, found.high) == pytest.approx((judged.low, judged.high), abs=0.004)


def test_more_training_seeds_of_a_classifier_without_seeds_say_nothing_more():
    one, two = side(0.1), side(0.2, version="second", seed=1)
    again = [replace(r, training_seed=1) for r in (*one, *two)]
    many = compare(TRUE, [*one, again[0]], [*two, again[1]], seeded=False)
    assert many.variance == compare(TRUE, one, two, seeded=False).variance


def test_one_seed_a_side_cannot_tell_a_seed_from_a_prompt():
    found = judge(compare(TRUE, side(0.1), side(0.4, version="second")))
    assert found.verdict == CANNOT_TELL
    assert "one seed a side" in str(found)
    assert "--synth-generation-seed 0,1,2" in str(found)


def test_one_seed_now_takes_the_spread_of_the_baseline():
    found = compare(TRUE, side(0.1, 0.15, 0.2), side(0.3, version="second", seed=1))
    scores = [r.macro_f1 for r in side(0.1, 0.15, 0.2)]
    assert found.variance.degrees == 2
    assert found.variance.estimated == pytest.approx(np.var(scores, ddof=1) * (1 / 3 + 1))


def test_generation_seeds_are_the_units_where_there_are_several():
    before = [r for g in range(3) for r in side(0.1 + 0.04 * g, 0.12 + 0.04 * g, generation_seed=g)]
    after = [r for g in range(3) for r in side(0.2 + 0.04 * g, 0.22 + 0.04 * g, generation_seed=g, version="second")]
    found = compare(TRUE, before, after)
    means = [[np.mean([r.macro_f1 for r in of if r.generation_seed == g]) for g in range(3)] for of in (before, after)]
    assert found.about == PROMPT
    assert (found.before_seeds, found.after_seeds) == ((3, 2), (3, 2))
    assert found.variance.estimated == pytest.approx(sum(np.var(of, ddof=1) / 3 for of in means))


def test_each_generation_seed_counts_by_as_many_training_seeds_as_the_one_that_has_fewest():
    before = [*side(0.1, 0.3), *side(0.15, 0.3, generation_seed=1)]
    after = side(0.2, version="second")
    found = compare(TRUE, before, after)
    alone = compare(TRUE, [r for r in before if r.training_seed == 0], after)
    assert (found.before, found.variance) == (alone.before, alone.variance)


@pytest.mark.parametrize(("lacking", "side_of"), [("baseline", 0), ("new", 1)])
def test_results_without_predictions_cannot_be_compared_and_say_whose(lacking, side_of):
    sides = [side(0.1, 0.2), side(0.4, 0.5, version="second")]
    sides[side_of] = [replace(r, predicted="") for r in sides[side_of]]
    found = judge(compare(TRUE, *sides))
    assert found.verdict == CANNOT_TELL
    assert f"the {lacking} results keep no predictions, and cannot be paired; measure them again" in str(found)


@pytest.mark.parametrize("changed", [{"task": "other"}, {"data_version": "other"}, {"per_label": 7}])
def test_results_of_two_cells_are_refused(changed):
    with pytest.raises(ValueError, match=f"results of {next(iter(changed))} .* compare results of one only"):
        compare(TRUE, side(0.1), side(0.1, **changed))


def test_labels_that_do_not_pair_up_are_refused():
    with pytest.raises(ValueError, match="3 true labels and 400 test rows; they must pair up"):
        compare(TRUE[:3], side(0.1), side(0.1))


def test_a_mean_over_tasks_has_the_variance_of_a_mean_of_independent_differences():
    sides = (("a", 0.1, 1e-4, 0.01), ("b", 0.02, 4e-4, 0.03))
    parts = [comparison(drop, (known, sd**2, 4), task=task) for task, drop, known, sd in sides]
    found = mean_over_tasks(parts)
    assert found.drop == pytest.approx(0.06)
    assert found.variance.known == pytest.approx(5e-4 / 4)
    assert found.variance.estimated == pytest.approx(1e-3 / 4)
    assert 4 < found.variance.degrees < 8  # Welch: between the one that decides and both


def test_a_mean_over_tasks_is_not_known_where_one_of_them_is_not():
    found = judge(mean_over_tasks([comparison(0.1), comparison(0.1, None, task="other", note="no predictions")]))
    assert found.verdict == CANNOT_TELL
    assert "other: no predictions" in str(found)


def test_an_unchanged_task_dilutes_the_mean_and_adds_no_doubt():
    still = comparison(0.0, (0.0, 0.0, math.inf), task="still", about=NOTHING)
    found = mean_over_tasks([comparison(0.1), still])
    assert found.drop == pytest.approx(0.05)
    assert found.variance == Variance(1e-4 / 4, 0.0, math.inf)
    assert found.about == PROMPT


# ---- the verdict


@pytest.mark.parametrize(
    ("drop", "sd", "verdict"),
    [
        (0.05, 0.01, REGRESSED),
        (0.05, 0.04, CANNOT_TELL),
        (0.009, 0.0005, OK),  # a drop that is there, and does not matter
        (0.009, 0.003, CANNOT_TELL),  # it is there, and may matter
        (0.0, 0.005, OK),
        (0.0, 0.007, CANNOT_TELL),
        (-0.05, 0.01, IMPROVED),
        (-0.009, 0.0005, OK),
        (-0.05, 0.04, CANNOT_TELL),
    ],
)
def test_a_verdict_is_what_the_interval_says(drop, sd, verdict):
    assert judge(comparison(drop, (sd**2, 0.0, math.inf))).verdict == verdict


def test_the_interval_leaves_out_alpha_on_each_side_shared_by_the_family():
    for family in (1, 7):
        found = judge(comparison(0.05), family=family)
        tail = stats.norm.ppf(1 - 0.05 / family) * 0.01
        assert (found.low, found.high) == pytest.approx((0.05 - tail, 0.05 + tail))


def test_p_is_one_sided_and_corrected_for_the_family():
    assert judge(comparison(0.02), family=3).p == pytest.approx(3 * stats.norm.sf(2), rel=1e-6)
    assert judge(comparison(-0.02)).p == pytest.approx(stats.norm.sf(-2), rel=1e-6)


DROPS = st.floats(-0.3, 0.3)
VARIANCES = st.tuples(st.floats(0, 0.01), st.floats(0, 0.01), st.floats(1, 20))


@given(DROPS, VARIANCES, st.floats(0.001, 0.2), st.integers(1, 50))
def test_regressed_and_ok_and_improved_exclude_each_other(drop, variance, margin, family):
    found = judge(comparison(drop, variance), margin=margin, family=family)
    c = found.comparison
    if found.verdict == REGRESSED:
        assert found.low > 0
        assert c.drop >= margin
        assert found.high >= margin
    if found.verdict == OK:
        assert found.high < margin
    if found.verdict == IMPROVED:
        assert found.high < 0
        assert c.drop <= -margin


@given(DROPS, VARIANCES, st.integers(1, 20))
def test_a_larger_family_never_makes_a_clear_verdict_of_an_unclear_one(drop, variance, family):
    one, many = (judge(comparison(drop, variance), family=size).verdict for size in (family, family + 1))
    assert one != CANNOT_TELL or many == CANNOT_TELL


@given(DROPS, VARIANCES)
def test_improved_is_regressed_with_the_sides_exchanged(drop, variance):
    there, back = (judge(comparison(d, variance)).verdict for d in (drop, -drop))
    assert (there == REGRESSED) == (back == IMPROVED)


def test_what_would_tell_is_enough_by_the_power_that_it_promises():
    found = judge(comparison(0.005, (1e-6, 2e-4 / 3, 4)))
    seeds = int(found.remedy.split()[1])
    assert found.remedy == f"about {seeds} generation seeds a side would tell a drop of 0.01"
    random, told = np.random.default_rng(0), 0
    for _ in range(1000):
        sides = random.normal(0, 0.01, (2, seeds))
        estimated = sum(of.var(ddof=1) for of in sides) / seeds
        drop = random.normal(0, 1e-3) + sides[0].mean() - sides[1].mean()
        told += judge(comparison(drop, (1e-6, estimated, 2 * (seeds - 1)))).verdict == OK
    assert 0.76 < told / 1000 < 0.9  # 80 of 100 where nothing fell


def test_rows_would_tell_where_no_number_of_seeds_does():
    found = judge(comparison(0.005, (1e-4, 0.0, math.inf)))
    wanted = 0.01 / (stats.norm.ppf(0.95) + stats.norm.ppf(0.8))
    assert found.remedy.startswith(f"about {math.ceil(400 * 1e-4 / wanted**2):,} test rows would tell a drop of 0.01")


@pytest.mark.parametrize("margin", [0, -0.1, 1, math.nan])
def test_a_margin_that_is_no_share_is_refused(margin):
    with pytest.raises(ValueError, match=r"give the smallest drop of Macro-F1 that matters, as 0.01"):
        judge(comparison(), margin=margin)


def test_the_worst_verdict_is_the_one_over_all():
    found = {drop: judge(comparison(drop, (1e-6, 0.0, math.inf))) for drop in (0.1, 0.0, -0.1)}
    assert overall(list(found.values())) == REGRESSED
    assert overall([found[0.0], judge(comparison(0.0, (1e-2, 0.0, math.inf)))]) == CANNOT_TELL
    assert overall([found[0.0], found[-0.1]]) == IMPROVED


# ---- false alarms


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [(2, 2), (3, 3), (5, 5), (5, 1)])
def test_a_against_a_is_called_regressed_at_most_at_the_stated_rate(seeds):
    """Seeds with a spread of three points on 400 rows; rows are drawn anew for both sides together."""
    random, alarms, trials = np.random.default_rng(1), 0, 1500
    names, codes = np.array(LABELS), np.array([LABELS.index(label) for label in TRUE])
    place = np.argsort(random.permutation(400))  # of a row among those that are lost first
    for _ in range(trials):
        rows = np.concatenate([random.choice(np.arange(k, 400, 2), 200) for k in range(2)])
        sides = []
        for count in seeds:
            lost = 400 * np.clip(random.normal(0.2, 0.03, count), 0, 0.5)
            sides.append({t: names[codes[rows] ^ (place[rows] < int(n))].tolist() for t, n in enumerate(lost)})
        made = estimate_of(names[codes[rows]].tolist(), *sides)
        alarms += judge(comparison(made.before - made.after, made.variance)).verdict == REGRESSED
    assert stats.binomtest(alarms, trials, 0.05, alternative="greater").pvalue > 0.01, alarms / trials


def estimate_of(true, before, after):
    from synthworth.gate.comparison import score_change

    return score_change(true, LABELS, {0: before}, {0: after}, resamples=200)


# ---- where a baseline comes from


def test_a_cell_is_found_by_what_all_its_seeds_share():
    known = [*side(0.1, 0.2), *side(0.1, method="zero_shot")]
    setup = {"task": "toy", "method": "few_shot", "classifier": "minilm", "per_label": 100, "data_version": "abc"}
    assert Baseline(source="base", results=tuple(known)).of(setup) == known[:2]


def test_a_cell_that_differs_in_one_thing_is_told_with_it():
    setup = {"task": "toy", "method": "few_shot", "classifier": "minilm", "per_label": 50}
    with pytest.raises(ValueError, match=r"^base has toy/few_shot/minilm of per_label 100, not 50$"):
        Baseline(source="base", results=tuple(side(0.1))).of(setup)


def test_a_cell_that_is_not_there_is_told():
    setup = {"task": "toy", "method": "few_shot", "classifier": "tfidf"}
    with pytest.raises(ValueError, match=r"^base has no result of toy/few_shot/tfidf$"):
        Baseline(source="base", results=tuple(side(0.1))).of(setup)


def test_a_file_outside_of_any_repository_has_results_and_no_commit(tmp_path):
    write(tmp_path / "base.jsonl", side(0.1))
    found = load_baseline(str(tmp_path / "base.jsonl"), [])
    assert (len(found.results), found.commit, found.suite(tmp_path / "test_toy.py")) == (1, "", None)


def test_what_was_measured_of_texts_is_read_beside_the_baseline_and_beside_the_results_of_now(tmp_path):
    (tmp_path / "then").mkdir()
    (tmp_path / "now").mkdir()
    write(tmp_path / "then/results.jsonl", side(0.1))
    quality.write(tmp_path / "then/quality.jsonl", [toys.quality()])
    quality.write(tmp_path / "now/quality.jsonl", [toys.quality(train_version="second", median_words=4)])
    found = load_baseline(str(tmp_path / "then/results.jsonl"), [tmp_path / "now/results.jsonl"])
    assert {version: q.median_words for version, q in found.quality.items()} == {"first": 9, "second": 4}


# ---- what changed


SUITE = """
from synthworth import Task
TASK = Task(
    name="toy",
    labels={"good": "a kind note", "bad": "an unkind note"},
    words=(1, 12),
    context_prompt=("You write "
                    "notes."),
    generation_prompt="Write {description}.",
    diversity_prompt="Another one.",
    demonstrations={"good": ("so kind",), "bad": ("so rude",)},
)
"""


def test_the_prompt_is_read_from_the_literal_and_nothing_is_executed(tmp_path):
    marker = tmp_path / "executed"
    found = prompt_lines(SUITE + f"\nopen({str(marker)!r}, 'w')\n", "toy")
    assert found[:2] == ("words: 1 to 12", "context_prompt: You write notes.")
    assert "labels, good: a kind note" in found
    assert "demonstrations, bad: so rude" in found
    assert not marker.exists()


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('"You write "', '"You jot "', ("- context_prompt: You write notes.", "+ context_prompt: You jot notes.")),
        ("(1, 12)", "(1, 6)", ("- words: 1 to 12", "+ words: 1 to 6")),
        ('"so rude",', "", ("- demonstrations, bad: so rude",)),
        ("import Task", "import Task  # of ours", ()),
    ],
)
def test_what_changed_is_the_lines_that_changed(before, after, said):
    assert before in SUITE
    assert changed_lines(prompt_lines(SUITE, "toy"), prompt_lines(SUITE.replace(before, after), "toy")) == said


@pytest.mark.parametrize("source", ["", "def (", "\0", SUITE.replace('"toy"', "NAME"), SUITE.replace("toy", "other")])
def test_a_file_that_does_not_state_the_task_has_no_prompt(source):
    assert prompt_lines(source, "toy") is None


def test_a_value_that_is_no_literal_stands_as_its_code():
    found = prompt_lines(SUITE.replace('("so kind",)', '("so kind",) * 3'), "toy")
    assert "demonstrations: {'good': ('so kind',) * 3, 'bad': ('so rude',)}" in found


def test_causes_are_what_differs_largest_first():
    before = [toys.result()]
    after = [toys.result(train_version="second", attempts=400, dropped={"good": {"echo": 200}}, short={"bad": 40})]
    measured = {
        "first": toys.quality(),
        "second": toys.quality(train_version="second", median_words=4.5, disagreement=((50, 50), (50, 50))),
    }
    assert causes(before, after, measured) == (
        Cause("dropped answers", "30 of 230 (13%)", "200 of 400 (50%)"),
        Cause("answers dropped as echo", "6.5%", "50.0%"),
        Cause("answers dropped as length", "6.5%", "0.0%"),
        Cause("labels below their quota", "none", "bad 40"),
        Cause("median words of a text", "9.0", "4.5"),
        Cause("label fidelity", "75.0%", "50.0%"),
    )


def test_what_was_measured_of_one_side_alone_is_no_cause():
    found = causes([toys.result()], [toys.result(train_version="second")], {"first": toys.quality()})
    assert found == ()


def test_diversity_at_two_sizes_is_not_compared():
    measured = {
        "first": toys.quality(),
        "second": toys.quality(train_version="second", size=50, measures={"chamfer": (0.1, 0.1, 0.1)}),
    }
    assert causes([toys.result()], [toys.result(train_version="second")], measured) == ()


def test_training_seeds_of_one_text_count_once():
    before = [toys.result(training_seed=seed) for seed in range(3)]
    after = [toys.result(train_version="second", attempts=200)]
    assert causes(before, after, {})[0].before == "30 of 230 (13%)"


# ---- what is said


def finding(drop=0.1, task="toy", **changed):
    told = {
        "verdict": judge(comparison(drop, task=task)),
        "suite": "suites/test_toy.py",
        "prompt": ("- words: 1 to 12", "+ words: 1 to 6"),
        "causes": (Cause("median words of a text", "9.0", "4.5"),),
    }
    return Finding(**told | changed)


def report(*findings, **changed):
    return Report(**{"source": "main", "commit": "0123456789abcdef", "findings": findings} | changed)


def test_a_verdict_is_one_line_with_effect_interval_p_rows_seeds_and_what_it_is_about():
    assert str(judge(comparison(0.1), family=2)) == (
        "toy/few_shot/minilm: regressed; Macro-F1 0.800 -> 0.700, a drop of 0.100 (95 % 0.080 to 0.120); p of no drop "
        "0.0005 (2 comparisons); 400 test rows, 3 x 1 generation x training seeds a side; about the prompt: over "
        "generation seeds"
    )


def test_the_terminal_has_the_worst_first_what_changed_and_the_verdict_over_all():
    unchanged = judge(comparison(about=NOTHING, variance=(0, 0, 1), task="c"))
    lines = terminal_lines(
        report(finding(0.0, "b"), finding(0.1), Finding(verdict=unchanged), missing=("main has no result of a/b/c",))
    )
    assert [line.partition(";")[0] for line in lines] == [
        "toy/few_shot/minilm: regressed",
        "b/few_shot/minilm: cannot tell",
        "unchanged, and so ok: 1",
        "not compared: main has no result of a/b/c",
        *["suites/test_toy.py: changes in the prompt", "  - words: 1 to 12", "  + words: 1 to 6"] * 2,
        "b/few_shot/minilm: median words of a text 9.0 -> 4.5",
        "toy/few_shot/minilm: median words of a text 9.0 -> 4.5",
        "power: few_shot/minilm: a drop of 5 points is found in 100%",
        "power: few_shot/minilm: a drop of 5 points is found in 100%",
        "regressed against main (0123456789): 1 regressed, 1 cannot tell, 1 ok",
    ]


def test_markdown_has_a_table_a_diff_the_causes_and_the_cost():
    text = markdown(report(finding(), usage="task  requests\ntoy  20"))
    assert text.startswith("### Prompt gate: regressed against main (0123456789): 1 regressed\n\n| task | method |")
    assert "| toy | few_shot | minilm | 0.800 | 0.700 | +0.100 | +0.084 to +0.116 |" in text
    assert "| **regressed** |" in text
    assert "`suites/test_toy.py`: changes in the prompt\n\n```diff\n- words: 1 to 12\n+ words: 1 to 6\n```" in text
    assert "| toy/few_shot/minilm | median words of a text | 9.0 | 4.5 |" in text
    assert "```\ntask  requests\ntoy  20\n```" in text


def test_a_prompt_with_a_fence_in_it_cannot_close_the_block_that_shows_it():
    text = markdown(report(finding(prompt=("+ context_prompt: ``` # a heading",))))
    assert "````diff\n+ context_prompt: ``` # a heading\n````" in text


def test_a_pipe_in_a_label_does_not_break_the_table():
    text = markdown(report(finding(causes=(Cause("labels below their quota", "none", "a|b 3"),))))
    assert "| none | a\\|b 3 |" in text


def test_every_table_row_has_as_many_cells_as_its_head():
    text = markdown(
        report(finding(0.0, "b"), finding(0.1), finding(verdict=judge(comparison(0.1, None, task="c", note="why"))))
    )
    tables = [block.splitlines() for block in text.split("\n\n") if block.startswith("|")]
    for table in tables:
        assert all(one.count("|") == two.count("|") for one, two in pairwise(table))


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        (None, "the prompt's changes are unknown"),
        ((), "the task's prompt is the same; something else has changed"),
    ],
)
def test_a_change_that_is_not_known_or_lies_elsewhere_is_said(prompt, said):
    assert said in markdown(report(finding(prompt=prompt)))
    assert any(said in line for line in terminal_lines(report(finding(prompt=prompt))))


def test_github_gets_an_error_for_a_regression_a_warning_for_the_unclear_and_nothing_for_the_rest():
    lines = annotations(report(finding(0.1), finding(0.0, "b"), finding(-0.1, "c")))
    assert [line.partition(" ")[0] for line in lines] == ["::error", "::warning"]
    assert lines[0].startswith("::error file=suites/test_toy.py,title=synthworth::toy/few_shot/minilm: regressed;")


@given(st.text(min_size=1))
def test_an_annotation_is_one_line_whatever_is_in_it(text):
    (line,) = annotations(report(finding(suite=text, verdict=judge(comparison(0.1, None, note=text)))))
    assert not {"\r", "\n"} & set(line)
    assert "," not in line.partition("::warning ")[2].partition(",title=synthworth::")[0]


# ---- what could not be measured, and what came twice


def test_a_cell_that_was_not_measured_is_named_and_makes_the_verdict_over_all_cannot_tell():
    lacking = ("tickets/zero_shot/tfidf, 40 answers missing",)
    made = report(finding(0.0, verdict=judge(comparison(0.0), margin=0.5)), unmeasured=lacking)
    assert made.findings[0].verdict.verdict == OK
    assert made.headline == "cannot tell against main (0123456789): 1 ok; 1 not measured"
    assert "not measured: tickets/zero_shot/tfidf, 40 answers missing" in terminal_lines(made)
    assert "Not measured:\n\n- tickets/zero_shot/tfidf, 40 answers missing" in markdown(made)
    assert "::warning title=synthworth::not measured: tickets/zero_shot/tfidf, 40 answers missing" in annotations(made)


def test_a_regression_stays_one_though_another_cell_was_not_measured():
    made = report(finding(0.1), unmeasured=("tickets/zero_shot/tfidf, 40 answers missing",))
    assert made.verdict == REGRESSED


def test_a_mean_is_over_different_tasks():
    with pytest.raises(ValueError, match="the task toy comes twice; a mean is over different tasks"):
        mean_over_tasks([comparison(0.1), comparison(0.1)])


def test_a_report_holds_one_finding_for_each_cell():
    with pytest.raises(ValueError, match="two findings for toy/few_shot/minilm; a report holds one for each cell"):
        report(finding(), finding())
