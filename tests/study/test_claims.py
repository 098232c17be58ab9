"""Verdicts agree with counting by hand and with scipy, err as seldom as they say, and find what was planted."""

import math
import shlex
from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import permutation_test, spearmanr, ttest_1samp, ttest_ind

import toys
from synthworth.measures.metrics import macro_f1
from synthworth.measures.statistics import SeedScore, resampled_counts
from synthworth.plugin.options import add_options
from synthworth.study.claims import (
    CANNOT_TELL,
    COMPARED,
    CONTRADICTED,
    DISPUTED,
    SUPPORTED,
    WITHHELD,
    Beside,
    ClaimVerdict,
    Conditions,
    accuracy_rises,
    corrected,
    diversity_order,
    drop_grows,
    method_order,
    mixing_does_not_help,
    mixing_does_not_help_on,
    scores_of,
    seed_scores_of,
    similarity_order,
)

DIFFERENCES = st.lists(st.integers(-20, 20).map(lambda value: value / 10), min_size=1, max_size=8)
CONDITIONS = Conditions(
    data="mirror", classifier="minilm", per_label=100, generator="smollm2-135m", demonstrations="pool"
)


def pair(differences):
    """Scores of two methods on as many tasks, which differ by these differences."""
    return {f"task {i}": {"a": [0.5 + one], "b": [0.5]} for i, one in enumerate(differences)}


def order(differences, **options):
    return method_order(pair(differences), methods=("a", "b"), **options)[0]


def study(seed, *, tasks=10, few=0.0, zero=0.0, growth=0.0, seeds=3):
    """Scores of ten tasks whose methods are below real by `few`, and by `zero` and `growth` times the task's rank."""
    chance = np.random.default_rng(seed)
    table = {}
    for task in range(tasks):
        level, drops = chance.uniform(0.6, 0.9), (0, few, zero + growth * task)
        table[f"task {task}"] = {
            method: list(level - drop + chance.normal(0, 0.03) + chance.normal(0, 0.02, seeds))
            for method, drop in zip(COMPARED, drops, strict=True)
        }
    return table


RANKS = {f"task {task}": float(task) for task in range(10)}


@given(DIFFERENCES)
def test_p_is_the_share_of_all_choices_of_signs(differences):
    sums = np.array([np.dot(signs, differences) for signs in product((-1, 1), repeat=len(differences))])
    expected = np.mean(np.abs(sums) >= abs(sum(differences)) - 1e-9)
    assert order(differences).p == pytest.approx(expected)


@settings(max_examples=20)
@given(st.lists(st.integers(-20, 20), min_size=2, max_size=8))  # whole, as scipy is not sure of ties between fractions
def test_p_is_that_of_scipy(differences):
    judge = permutation_test((differences,), np.mean, permutation_type="samples", n_resamples=np.inf)
    assert order(differences).p == pytest.approx(judge.pvalue)


def test_the_interval_lies_between_means_of_subsets_of_tasks():
    differences = list(np.random.default_rng(0).normal(0.1, 0.1, 8))
    means = sorted(np.mean(some) for size in range(1, 9) for some in combinations(differences, size))
    found = order(differences)
    assert (found.low, found.high) == pytest.approx((means[5], means[-6]))  # 0.025 x 2^8 = 6.4: the 6th of each end
    assert found.estimate == pytest.approx(np.mean(differences))


@given(DIFFERENCES, st.sampled_from([0.5, 0.9, 0.95]))
def test_the_interval_leaves_0_out_just_where_p_is_small(differences, level):
    found = order(differences, level=level)
    allowed = 2 * math.floor((1 - level) / 2 * 2 ** len(differences) + 1e-9) / 2 ** len(differences)
    assert (not found.low <= 0 <= found.high) == (found.p <= allowed + 1e-12)


@given(DIFFERENCES)
def test_the_opposite_has_the_opposite_interval_and_verdict(differences):
    one, back = order(differences), order([-value for value in differences])
    assert (back.estimate, back.low, back.high, back.p) == pytest.approx((-one.estimate, -one.high, -one.low, one.p))
    assert {SUPPORTED: CONTRADICTED, CONTRADICTED: SUPPORTED, CANNOT_TELL: CANNOT_TELL}[one.verdict] == back.verdict


def test_the_interval_of_ten_tasks_is_about_as_wide_as_students():
    widths = []
    for seed in range(50):
        differences = np.random.default_rng(seed).normal(0, 1, 10)
        found, (low, high) = order(differences), ttest_1samp(differences, 0).confidence_interval()
        widths.append((found.high - found.low) / (high - low))
    assert np.mean(widths) == pytest.approx(1, abs=0.05)


def test_drawing_subsets_gives_nearly_what_counting_them_does(monkeypatch):
    differences = list(np.random.default_rng(1).normal(0.3, 1, 12))
    counted = order(differences)
    monkeypatch.setattr("synthworth.study.claims.over_tasks.COUNTED", 3)
    drawn = order(differences)
    assert drawn.low != counted.low
    assert (drawn.low, drawn.high) == pytest.approx((counted.low, counted.high), abs=0.05)
    assert drawn.p == pytest.approx(counted.p, abs=0.02)


@pytest.mark.parametrize(("tasks", "interval"), [(5, False), (6, True)])
def test_fewer_than_6_tasks_have_no_interval(tasks, interval):
    found = order([1.0 + task / 10 for task in range(tasks)])
    assert math.isfinite(found.low) == math.isfinite(found.high) == interval
    assert found.verdict == (SUPPORTED if interval else CANNOT_TELL)
    assert interval or found.why == "5 tasks give no interval of 95 %"


def test_a_difference_is_that_of_the_means_over_runs():
    table = {f"task {i}": {"a": [0.6, 0.8], "b": [0.5, 0.5, 0.65]} for i in range(3)}
    assert method_order(table, methods=("a", "b"))[0].estimate == pytest.approx(0.7 - 0.55)


@pytest.mark.parametrize(
    ("few", "zero", "verdicts"),
    [
        (0.2, 0.4, [SUPPORTED, SUPPORTED]),
        (0.2, 0.2, [SUPPORTED, CANNOT_TELL]),
        (-0.2, 0.2, [CONTRADICTED, SUPPORTED]),
        (0.0, -0.2, [CANNOT_TELL, CONTRADICTED]),
    ],
)
def test_methods_are_ordered_as_they_are(few, zero, verdicts):
    found = method_order(study(0, few=few, zero=zero))
    assert [one.claim for one in found] == [
        "real >= few_shot on average over tasks",
        "few_shot >= zero_shot on average over tasks",
    ]
    assert [one.verdict for one in found] == verdicts
    assert [(one.n, one.unit) for one in found] == [(10, "tasks")] * 2


@pytest.mark.parametrize(("growth", "verdict"), [(0.05, SUPPORTED), (0.0, CANNOT_TELL), (-0.05, CONTRADICTED)])
def test_the_drop_grows_with_subjectivity_where_it_does(growth, verdict):
    few, zero = drop_grows(study(1, growth=growth), RANKS)
    assert (few.verdict, zero.verdict) == (CANNOT_TELL, verdict)
    assert zero.claim == "the drop of zero_shot against real grows with the subjectivity of the task"


def test_the_association_of_drop_and_subjectivity_is_spearmans():
    table = study(3)
    drops = [np.mean(of["real"]) - np.mean(of["few_shot"]) for of in table.values()]
    found = drop_grows(table, RANKS)[0]
    assert found.estimate == pytest.approx(spearmanr(range(10), drops).statistic)
    assert found.low < found.estimate < found.high


def test_a_task_without_subjectivity_is_left_out_and_said():
    known = {task: rank for task, rank in RANKS.items() if task not in ("task 2", "task 7")}
    found = drop_grows(study(0), known)[0]
    assert found.n == 8
    assert found.why.endswith("; without a subjectivity: task 2, task 7")


def test_two_tasks_with_subjectivity_are_refused():
    with pytest.raises(ValueError, match="2 of 10 tasks have a subjectivity; an association needs at least 3"):
        drop_grows(study(0), {"task 1": 0.1, "task 2": 0.2, "other": 0.3})


def predictions(seed, *, n=300, seeds=2, synthetic=0.0, real=0.0):
    """Agreement, and right predictions of both classifiers by seed, whose logits rise by these slopes."""
    chance = np.random.default_rng(seed)
    agreement = chance.choice([0.6, 0.8, 1.0], n)
    hard, found = chance.normal(0, 1, n), []
    for slope in (synthetic, real):
        hits = chance.random((seeds, n)) < expit(0.5 + hard + slope * (agreement - 0.8))
        found.append([{str(i): bool(hit) for i, hit in enumerate(row)} for row in hits])
    return {str(i): float(a) for i, a in enumerate(agreement)}, *found


@pytest.mark.parametrize(
    ("synthetic", "real", "verdicts"),
    [
        (8, 0, [SUPPORTED, SUPPORTED]),
        (8, 8, [SUPPORTED, CANNOT_TELL]),
        (0, 8, [CANNOT_TELL, CONTRADICTED]),
        (-8, 0, [CONTRADICTED, CONTRADICTED]),
    ],
)
def test_accuracy_rises_with_agreement_where_it_does(synthetic, real, verdicts):
    agreement, one, other = predictions(0, n=2000, seeds=4, synthetic=synthetic, real=real)
    found = accuracy_rises({"tweets": agreement}, {"tweets": one}, {"tweets": other})
    assert [verdict.verdict for verdict in found] == verdicts
    assert [verdict.claim for verdict in found] == [
        "tweets: accuracy after synthetic data rises with agreement",
        "tweets: accuracy rises less with agreement after real data",
    ]
    assert [(verdict.n, verdict.unit) for verdict in found] == [(2000, "test instances")] * 2


def test_the_rises_of_all_tasks_are_one_family():
    agreement, one, other = predictions(0)
    found = accuracy_rises(*({"x": given, "y": given, "z": given} for given in (agreement, one, other)))
    assert [verdict.family for verdict in found] == [6] * 6


def test_a_rated_task_without_predictions_is_refused():
    agreement, one, other = predictions(0, n=50)
    with pytest.raises(ValueError, match="task 'x' has no predictions after real data; give those of all rated tasks"):
        accuracy_rises({"x": agreement}, {"x": one}, {"y": other})
    with pytest.raises(ValueError, match="no task with agreement; give the votes on one at least"):
        accuracy_rises({}, {}, {})


def test_what_is_wrong_with_predictions_is_said_with_the_task():
    with pytest.raises(ValueError, match=r"task 'x': all 2 instances have agreement 0\.8"):
        accuracy_rises({"x": {"1": 0.8, "2": 0.8}}, *[{"x": [{"1": True, "2": False}]}] * 2)


@pytest.mark.parametrize(
    ("means", "verdicts"),
    [
        ((0.9, 0.7, 0.4), [SUPPORTED, SUPPORTED, SUPPORTED]),
        ((0.5, 0.9, 0.4), [CONTRADICTED, SUPPORTED, CONTRADICTED]),
        ((0.7, 0.3, 0.9), [SUPPORTED, CONTRADICTED, CONTRADICTED]),
        ((0.7, 0.5, 0.9), [SUPPORTED, CONTRADICTED, CANNOT_TELL]),
    ],
)
def test_diversity_is_ordered_as_it_is(means, verdicts):
    chance = np.random.default_rng(2)
    table = {
        f"task {i}": {method: [mean + chance.normal(0, 0.04)] for method, mean in zip(COMPARED, means, strict=True)}
        for i in range(10)
    }
    found = diversity_order({"Chamfer": table})
    assert [one.verdict for one in found] == verdicts
    assert [one.claim for one in found] == [
        "Chamfer: real > few_shot on average over tasks",
        "Chamfer: few_shot > zero_shot on average over tasks",
        "Chamfer: few_shot is nearer to real than zero_shot is, on average over tasks",
    ]


def test_nearer_is_the_difference_of_distances_task_by_task():
    table = {
        "above": {"real": [0.5], "few_shot": [0.6], "zero_shot": [0.2]},
        "below": {"real": [0.5], "few_shot": [0.4], "zero_shot": [0.55]},
    }
    assert diversity_order({"Chamfer": table})[2].estimate == pytest.approx(((0.3 - 0.1) + (0.05 - 0.1)) / 2)


def drawn_table(means, seed=2, spread=0.04):
    """A number of each method on ten tasks, about these means."""
    chance = np.random.default_rng(seed)
    return {
        f"task {i}": {method: [mean + chance.normal(0, spread)] for method, mean in zip(COMPARED, means, strict=True)}
        for i in range(10)
    }


DIVERSE = drawn_table((0.9, 0.7, 0.4))


@pytest.mark.parametrize(
    ("means", "verdicts", "against"),
    [
        ((0.9, 0.7, 0.4), [SUPPORTED, SUPPORTED, SUPPORTED], ["", "", ""]),
        ((0.6, 0.6, 0.6), [SUPPORTED, SUPPORTED, SUPPORTED], ["not clear by distinct-2"] * 3),
        ((0.9, 0.4, 0.7), [SUPPORTED, DISPUTED, DISPUTED], ["", *["contradicted by distinct-2"] * 2]),
    ],
)
def test_a_clear_diversity_that_a_measure_beside_it_contradicts_is_disputed(means, verdicts, against):
    found = diversity_order({"chamfer": DIVERSE}, beside={"distinct-2": drawn_table(means, seed=4)})
    assert [one.verdict for one in found] == verdicts
    assert [one.remarks.partition("beside it")[0].strip("; ") for one in found] == against
    assert all("on the other side" in one.why for one in found if one.verdict == DISPUTED)


def test_noise_that_an_embedder_takes_for_diversity_is_disputed_by_the_labels_it_gets_wrong():
    wrong = drawn_table((0.9, 0.5, 0.8), seed=5)
    measures = {"remote clique": DIVERSE, "chamfer": DIVERSE}
    found = {one.claim: one for one in diversity_order(measures, beside={"label fidelity": wrong})}
    one = found["remote clique: few_shot > zero_shot on average over tasks"]
    assert (one.verdict, [beside.measure for beside in one.beside]) == (DISPUTED, ["chamfer", "label fidelity"])
    assert "contradicted by label fidelity" in one.remarks


def test_the_two_measures_of_diversity_can_dispute_each_other():
    found = diversity_order({"chamfer": DIVERSE, "remote clique": drawn_table((0.4, 0.7, 0.9), seed=6)})
    assert {one.verdict for one in found if " > " in one.claim} == {DISPUTED}


def test_every_line_of_a_diversity_shows_the_other_measures_with_their_intervals():
    other = drawn_table((0.8, 0.7, 0.5), seed=7)
    shown = diversity_order({"chamfer": DIVERSE}, beside={"distinct-2": other})[0].beside[0]
    alone = diversity_order({"distinct-2": other})[0]
    assert shown == Beside("distinct-2", alone.estimate, alone.low, alone.high)
    assert str(shown) == f"distinct-2 {alone.estimate:.3f} ({alone.low:.3f} to {alone.high:.3f})"


@pytest.mark.parametrize(
    ("apart", "verdict"), [(0.1, SUPPORTED), (0.0, CANNOT_TELL), (-0.1, CONTRADICTED)], ids=["more", "equal", "less"]
)
def test_texts_with_examples_are_more_similar_to_real_ones_where_they_are(apart, verdict):
    table = drawn_table((0, 0.4 + apart, 0.4))
    (found,) = similarity_order(table)
    differences = [np.mean(of["few_shot"]) - np.mean(of["zero_shot"]) for of in table.values()]
    judge = permutation_test((differences,), np.mean, permutation_type="samples", n_resamples=np.inf)
    assert found.verdict == verdict
    assert found.p == pytest.approx(judge.pvalue)
    assert found.estimate == pytest.approx(np.mean(differences))
    assert (found.n, found.unit) == (10, "tasks")


@pytest.mark.parametrize(("gain", "verdict"), [(-0.05, SUPPORTED), (0.01, CANNOT_TELL), (0.08, CONTRADICTED)])
def test_mixing_does_not_help_where_the_gain_is_below_the_margin(gain, verdict):
    chance = np.random.default_rng(2)
    table = {f"task {i}": {"real": [0.6], "both": [0.6 + gain + chance.normal(0, 0.01)]} for i in range(10)}
    (found,) = mixing_does_not_help(table, "both", "real")
    assert found.verdict == verdict
    assert found.claim == "both is less than 0.01 better than real on average over tasks"
    assert found.estimate == pytest.approx(gain, abs=0.01)
    assert found.low < found.estimate < found.high


def test_no_gain_that_is_well_measured_is_no_help_and_a_badly_measured_one_is_unknown():
    exact = {f"task {i}": {"real": [0.6], "both": [0.6 + (-1) ** i / 1000]} for i in range(10)}
    rough = {f"task {i}": {"real": [0.6], "both": [0.6 + (-1) ** i / 20]} for i in range(10)}
    assert [mixing_does_not_help(t, "both", "real")[0].verdict for t in (exact, rough)] == [SUPPORTED, CANNOT_TELL]


def test_the_margin_decides():
    table = {f"task {i}": {"real": [0.6], "both": [0.62 + i / 1000]} for i in range(10)}
    verdicts = [mixing_does_not_help(table, "both", "real", margin=margin)[0].verdict for margin in (0.0, 0.025, 0.05)]
    assert verdicts == [CONTRADICTED, CANNOT_TELL, SUPPORTED]


def seed_scores(scores, row_variance=0.0):
    return [SeedScore(0, seed, score, row_variance) for seed, score in enumerate(scores)]


def test_mixing_on_one_task_is_welchs_test_of_its_seeds():
    mixed, alone = (0.70, 0.74, 0.75), (0.66, 0.67, 0.65, 0.66)
    (found,) = mixing_does_not_help_on("relation", seed_scores(mixed), seed_scores(alone))
    interval = ttest_ind(mixed, alone, equal_var=False).confidence_interval()
    judge = ttest_ind(np.array(mixed) - 0.01, alone, equal_var=False)
    assert (found.low, found.high) == pytest.approx(tuple(interval))
    assert found.p == pytest.approx(judge.pvalue, rel=1e-4)
    assert (found.n, found.unit) == (3, "seeds a side")


@pytest.mark.parametrize(("gain", "verdict"), [(-0.1, SUPPORTED), (0.01, CANNOT_TELL), (0.15, CONTRADICTED)])
def test_mixing_on_one_task_does_not_help_where_the_gain_is_below_the_margin(gain, verdict):
    scores = np.array([0.69, 0.70, 0.71, 0.70])
    (found,) = mixing_does_not_help_on("relation", seed_scores(scores + gain), seed_scores(scores))
    assert found.verdict == verdict


def test_few_test_rows_leave_unknown_what_seeds_alone_would_decide():
    mixed, alone = np.array([0.60, 0.61, 0.62]), np.array([0.70, 0.71, 0.72])
    found = [
        mixing_does_not_help_on("relation", seed_scores(mixed, rows), seed_scores(alone, rows))[0].verdict
        for rows in (0.0, 0.01)
    ]
    assert found == [SUPPORTED, CANNOT_TELL]


def test_draws_are_the_units_of_one_task_where_both_sides_have_several():
    sides = [
        [SeedScore(draw, seed, base + draw**2 / 50 + seed / 500, 0.0) for draw in range(draws) for seed in range(3)]
        for base, draws in ((0.7, 3), (0.6, 5))
    ]
    (found,) = mixing_does_not_help_on("relation", *sides)
    means = [
        [np.mean([one.score for one in side if one.generation_seed == draw]) for draw in range(draws)]
        for side, draws in zip(sides, (3, 5), strict=True)
    ]
    interval = ttest_ind(*means, equal_var=False).confidence_interval()
    assert (found.low, found.high) == pytest.approx(tuple(interval))
    assert (found.n, found.unit) == (3, "draws a side")


@pytest.mark.parametrize(("mixed", "alone", "name"), [(1, 2, "mixed"), (2, 1, "alone")])
def test_one_seed_of_one_task_is_refused(mixed, alone, name):
    with pytest.raises(ValueError, match=f"1 seeds of {name} on relation; their variance needs at least 2"):
        mixing_does_not_help_on("relation", seed_scores([0.7] * mixed), seed_scores([0.7] * alone))


def verdict(**changed):
    given = {"claim": "a >= b", "estimate": 0.1, "low": 0.05, "high": 0.15, "p": 0.03, "n": 9, "unit": "tasks"}
    return ClaimVerdict(**given | changed)


@pytest.mark.parametrize(
    ("changed", "word", "why"),
    [
        ({}, SUPPORTED, "the interval lies above 0, Holm's p of 1 claim is 0.03"),
        ({"above": False}, CONTRADICTED, "the interval lies above 0, Holm's p of 1 claim is 0.03"),
        ({"bound": 0.2}, CONTRADICTED, "the interval lies below 0.2, Holm's p of 1 claim is 0.03"),
        ({"bound": 0.2, "above": False}, SUPPORTED, "the interval lies below 0.2, Holm's p of 1 claim is 0.03"),
        ({"bound": 0.1}, CANNOT_TELL, "the interval holds 0.1"),
        ({"low": 0.0}, CANNOT_TELL, "the interval holds 0"),
        ({"p": 0.06}, CANNOT_TELL, "the interval lies above 0, but Holm's p of 1 claim is 0.06"),
        ({"p": 0.06, "level": 0.9}, SUPPORTED, "the interval lies above 0, Holm's p of 1 claim is 0.06"),
        ({"low": -math.inf, "high": math.inf}, CANNOT_TELL, "9 tasks give no interval of 95 %"),
        ({"note": "x is missing"}, SUPPORTED, "the interval lies above 0, Holm's p of 1 claim is 0.03; x is missing"),
    ],
)
def test_a_verdict_needs_the_interval_and_p(changed, word, why):
    (found,) = corrected([verdict(**changed)])
    assert (found.verdict, found.why) == (word, why)


def test_more_claims_asked_together_need_smaller_ps():
    found = corrected([verdict(p=0.001), verdict(p=0.02), verdict(p=0.04)])
    assert [one.adjusted for one in found] == pytest.approx([0.003, 0.04, 0.04])
    more = corrected([*found, verdict(p=0.5)])
    assert [one.adjusted for one in more] == pytest.approx([0.004, 0.06, 0.08, 0.5])
    assert [one.verdict for one in more] == [SUPPORTED, CANNOT_TELL, CANNOT_TELL, CANNOT_TELL]


@pytest.mark.parametrize("p", [1e-9, 0.03, 0.9])
def test_a_claim_about_methods_of_one_draw_is_withheld_whatever_its_p_and_is_no_part_of_the_family(p):
    one, other = corrected([verdict(p=p, one_draw="a, b", draws=1, note="x"), verdict(p=0.04)])
    assert (one.verdict, one.why) == (WITHHELD, "one draw of a, b: another draw may say the opposite; x")
    assert (one.told, one.remarks) == (WITHHELD, "one draw of a, b; x")
    assert (other.verdict, other.family, other.adjusted) == (SUPPORTED, 1, 0.04)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, "supported, of these very texts"),
        ({"above": False}, "contradicted, of these very texts"),
        ({"p": 0.5}, "cannot tell"),
        ({"one_draw": ""}, "supported"),
    ],
)
def test_a_claim_about_texts_of_one_draw_has_a_verdict_that_says_it_is_about_these(changed, told):
    (found,) = corrected([verdict(**{"one_draw": "a", "draws": 1, "about_texts": True} | changed)])
    assert found.told == told
    assert told in str(found)


ASKED = st.tuples(
    st.sampled_from([0.001, 0.005, 0.01, 0.02, 0.05]),  # so that many are equal
    st.sampled_from(["", "b"]),
    st.booleans(),
)


@given(
    st.lists(ASKED, min_size=1, max_size=12).flatmap(lambda a: st.tuples(st.just(a), st.permutations(range(len(a)))))
)
def test_the_order_of_the_claims_changes_no_verdict_and_equal_ps_have_equal_ones(given):
    asked, order = given
    claims = [verdict(claim=f"claim {i}", p=p, one_draw=d, about_texts=t) for i, (p, d, t) in enumerate(asked)]
    judged = corrected(claims)
    again = corrected([claims[place] for place in order])
    assert {one.claim: one for one in judged} == {one.claim: one for one in again}
    adjusted = {}
    for one in judged:
        if one.verdict != WITHHELD:
            assert adjusted.setdefault(one.p, one.adjusted) == one.adjusted


@given(DIFFERENCES.flatmap(lambda values: st.tuples(st.just(values), st.permutations(values))))
def test_the_order_of_the_tasks_changes_no_number(given):
    one, other = (order(list(differences)) for differences in given)
    assert (one.p, one.low, one.high, one.estimate) == pytest.approx((other.p, other.low, other.high, other.estimate))


def test_judging_again_changes_nothing_but_the_family():
    found = method_order(study(0, few=0.2, zero=0.25))
    assert corrected(found) == found
    assert corrected([]) == ()


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({}, "no task with scores; give those of real, few_shot, zero_shot on one at least"),
        (
            {"x": {"real": [1], "few_shot": [1]}},
            "task 'x' has no scores of zero_shot; give those of real",
        ),
        ({"x": {"real": [1], "few_shot": [], "zero_shot": [1]}}, "task 'x' has no scores of few_shot"),
        (
            {"x": {"real": [math.nan], "few_shot": [1], "zero_shot": [1]}},
            "task 'x': a score of real is not finite",
        ),
    ],
)
@pytest.mark.parametrize(
    "claim", [method_order, lambda table: drop_grows(table, RANKS), lambda table: diversity_order({"Chamfer": table})]
)
def test_scores_that_lack_something_are_refused(claim, table, message):
    with pytest.raises(ValueError, match=message):
        claim(table)


def results(tasks=("one", "two"), seeds=2, **changed):
    """A result of each method for each task and seed, with a score that says which it is."""
    return [
        toys.result(
            task=task,
            method=method,
            generator="" if method == "real" else "smollm2-135m",
            demonstrations="pool" if method == "few_shot" else "",
            training_seed=seed,
            **{"macro_f1": round(0.6 + t / 10 + m / 100 + seed / 1000, 3)} | changed,
        )
        for t, task in enumerate(tasks)
        for m, method in enumerate(COMPARED)
        for seed in range(seeds)
    ]


def test_scores_are_those_of_the_results_by_task_method_and_seed():
    assert scores_of(results(), CONDITIONS) == {
        "one": {"real": [0.6, 0.601], "few_shot": [0.61, 0.611], "zero_shot": [0.62, 0.621]},
        "two": {"real": [0.7, 0.701], "few_shot": [0.71, 0.711], "zero_shot": [0.72, 0.721]},
    }


def test_a_result_given_twice_counts_once():
    assert scores_of(results() * 2, CONDITIONS) == scores_of(results(), CONDITIONS)


def redrawn(made, draw):
    """The same results of another draw of the texts, higher by a tenth."""
    return [
        replace(r, generation_seed=draw, train_version=f"draw {draw}", macro_f1=round(r.macro_f1 + 0.1, 3))
        for r in made
    ]


def test_training_seeds_of_one_draw_are_averaged_where_there_are_several_draws_however_many_each_has():
    one_seed = [r for r in redrawn(results(), 1) if r.training_seed == 0]
    found = scores_of([*results(), *one_seed], CONDITIONS)
    expected = {"real": [0.6005, 0.7], "few_shot": [0.6105, 0.71], "zero_shot": [0.6205, 0.72]}
    assert found["one"] == {method: pytest.approx(scores) for method, scores in expected.items()}


def test_a_generation_seed_that_gives_the_same_texts_is_no_other_draw():
    same = [replace(r, generation_seed=1) for r in results()]
    assert scores_of([*results(), *same], CONDITIONS) == scores_of(results(), CONDITIONS)
    given = {"task": "two", "method": "few_shot"}
    assert seed_scores_of([*results(), *same], CONDITIONS, **given) == seed_scores_of(results(), CONDITIONS, **given)


def test_accuracy_can_be_asked_for():
    assert scores_of(results(), CONDITIONS, measure="accuracy")["one"]["real"] == [0.72, 0.72]


@pytest.mark.parametrize(
    "other",
    [{"classifier": "tfidf"}, {"data": "quickstart"}, {"per_label": 50}],
    ids=str,
)
def test_results_of_other_conditions_are_passed_over(other):
    both = [*results(), *results(macro_f1=0.1, **other)]
    assert scores_of(both, CONDITIONS) == scores_of(results(), CONDITIONS)


def test_another_generator_and_other_demonstrations_are_passed_over():
    others = [toys.result(task="one", generator="qwen3"), toys.result(task="one", demonstrations="real")]
    assert scores_of([*results(), *others], CONDITIONS) == scores_of(results(), CONDITIONS)


def test_tasks_and_methods_can_be_chosen():
    found = scores_of(results(), CONDITIONS, tasks=("two",), methods=("zero_shot",))
    assert found == {"two": {"zero_shot": [0.72, 0.721]}}


def test_missing_results_are_named_with_the_command_that_makes_them():
    there = [r for r in results() if (r.task, r.method) != ("one", "real") and r.method != "few_shot"]
    asked = Conditions(data="mirror", classifier="minilm", per_label=100, seeds=3)
    with pytest.raises(ValueError, match="missing results") as error:
        scores_of(there, asked, tasks=("one", "two"))
    assert str(error.value) == (
        "missing results of minilm, 100 texts per label, mirror data: real of one, two (2 of 3 seeds); few_shot of "
        "one, two; zero_shot of one (2 of 3 seeds), two (2 of 3 seeds); make them with: pytest suites --synth-data DIR "
        "--synth-method real,few_shot,zero_shot --synth-classifier minilm --synth-per-label 100 --synth-seeds 3 "
        "--synth-results results.jsonl (DIR is the folder of your mirror)"
    )


def test_the_command_names_what_differs_from_its_defaults():
    asked = Conditions(data="hub", classifier="a b", per_label=5, generator="qwen3", demonstrations="real", seeds=1)
    with pytest.raises(ValueError, match="zero_shot of one; make them with: ") as error:
        scores_of([], asked, tasks=("one",), methods=("zero_shot",))
    assert shlex.split(str(error.value).partition("make them with: ")[2]) == [
        *("pytest", "suites", "--synth-data", "hub", "--synth-generator", "qwen3", "--synth-demonstrations", "real"),
        *("--synth-method", "zero_shot", "--synth-classifier", "a b", "--synth-per-label", "5", "--synth-seeds", "1"),
        *("--synth-results", "results.jsonl"),
    ]


def test_the_command_has_only_options_that_there_are(declared):
    asked = Conditions(data="mirror", classifier="x", per_label=5, generator="qwen3", demonstrations="real")
    with pytest.raises(ValueError, match="make them with: ") as error:
        scores_of([], asked, tasks=("one",))
    command = shlex.split(str(error.value).partition("make them with: ")[2])
    assert {word for word in command if word.startswith("--")} <= declared


@pytest.fixture
def declared():
    """The names of the options that the plugin declares."""

    class Names(set):
        def getgroup(self, *_):
            return self

        def addoption(self, name, **_):
            self.add(name)

    names = Names()
    add_options(names)
    return names


def test_unknown_data_are_refused():
    with pytest.raises(ValueError, match="unknown data 'miror'; data: hub, mirror, quickstart; did you mean mirror"):
        Conditions(data="miror", classifier="minilm", per_label=100)


def test_without_any_results_all_methods_are_missing():
    with pytest.raises(ValueError, match="real of any task; few_shot of any task; zero_shot of any task; make them"):
        scores_of(results(data="hub"), CONDITIONS)


def test_all_real_texts_are_said_to_be_all():
    asked = Conditions(data="mirror", classifier="minilm", per_label=0)
    with pytest.raises(ValueError, match=r"of minilm, all texts, mirror data: real of one; .* --synth-per-label 0"):
        scores_of(results(), asked, tasks=("one",), methods=("real",))


def test_results_of_several_versions_are_refused():
    both = [*results(), *results(data_version="new", tasks=("two",))]
    with pytest.raises(ValueError, match=r"of two have several versions.*: suite 1 task 1 data abc, suite 1 task 1"):
        scores_of(both, CONDITIONS)


@pytest.mark.parametrize("asked", [scores_of, lambda *a, **k: seed_scores_of(*a, task="one", method="real", **k)])
def test_an_unknown_measure_is_refused(asked):
    with pytest.raises(ValueError, match="unknown measure 'f1'; measures: macro_f1, accuracy"):
        asked(results(), CONDITIONS, measure="f1")


def test_scores_by_seed_have_the_variance_of_their_rows():
    found = seed_scores_of(results(), CONDITIONS, task="two", method="few_shot")
    variance = resampled_counts(np.array([[90, 10], [46, 54]]), macro_f1).var(ddof=1)
    assert found == [SeedScore(0, 0, 0.71, pytest.approx(variance)), SeedScore(0, 1, 0.711, pytest.approx(variance))]


def clear(verdicts):
    return any(one.verdict != CANNOT_TELL for one in verdicts)


def diversity_study(seed):
    return diversity_order({"Chamfer": study(seed), "remote clique": study(seed + 1000)})


def mixing_study(seed):
    return mixing_does_not_help(study(seed, few=-0.01), "few_shot", "real")


def mixing_study_on_one_task(seed):
    chance = np.random.default_rng(seed)
    rows = chance.normal(0, 0.02, 2)
    mixed, alone = (
        list(0.7 + gain + row + chance.normal(0, 0.02, 3)) for gain, row in zip((0.01, 0), rows, strict=True)
    )
    return mixing_does_not_help_on("relation", seed_scores(mixed, 4e-4), seed_scores(alone, 4e-4))


def study_of_these_tasks(seed):
    """Ten tasks with differences of their own that cancel in the mean, and as much noise of draws as was measured.

    The methods have 5, 2 and 3 draws.
    """
    chance = np.random.default_rng(seed)
    apart = np.linspace(-0.1, 0.1, 10)
    return {
        f"task {task}": {
            "real": list(0.8 + chance.normal(0, 0.01, 5)),
            "few_shot": list(0.8 + apart[task] + chance.normal(0, 0.05, 2)),
            "zero_shot": list(0.8 - apart[task] + chance.normal(0, 0.03, 3)),
        }
        for task in range(10)
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    "asked",
    [
        lambda seed: method_order(study(seed)),
        lambda seed: method_order(study_of_these_tasks(seed)),
        lambda seed: similarity_order(study(seed)),
        lambda seed: method_order(study(seed, tasks=7)),
        lambda seed: drop_grows(study(seed, tasks=8), RANKS),
        diversity_study,
        mixing_study,
        mixing_study_on_one_task,
    ],
    ids=[
        "order",
        "order of these tasks",
        "similarity",
        "order of 7 tasks",
        "drop",
        "diversity",
        "mixing",
        "mixing on one task",
    ],
)
def test_where_there_is_no_effect_any_clear_verdict_comes_at_most_5_times_in_100(asked):
    studies = 400
    found = np.mean([clear(asked(seed)) for seed in range(studies)])
    assert found <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / studies)


@pytest.mark.slow
def test_accuracy_that_does_not_rise_is_clear_at_most_5_times_in_100(monkeypatch):
    monkeypatch.setattr("synthworth.measures.statistics.bootstrap.RESAMPLES", 399)
    found = []
    for seed in range(300):
        tasks = {task: predictions(3 * seed + i, n=150) for i, task in enumerate("xy")}
        found.append(clear(accuracy_rises(*({t: of[side] for t, of in tasks.items()} for side in range(3)))))
    assert np.mean(found) <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 300)


@pytest.mark.slow
def test_what_is_planted_is_found_and_never_called_its_opposite(monkeypatch):
    monkeypatch.setattr("synthworth.measures.statistics.bootstrap.RESAMPLES", 399)
    words = {"order": [], "drop": [], "rise": [], "mixing": []}
    for seed in range(60):
        table = study(seed, few=0.07, growth=0.02, zero=0.1)
        words["order"] += [one.verdict for one in method_order(table)]
        words["drop"].append(drop_grows(table, RANKS)[1].verdict)
        agreement, one, other = predictions(seed, n=1500, seeds=3, synthetic=7)
        found = accuracy_rises({"x": agreement}, {"x": one}, {"x": other})
        words["rise"] += [verdict.verdict for verdict in found]
        words["mixing"].append(mixing_does_not_help(table, "few_shot", "real")[0].verdict)
    power = {claim: np.mean([word == SUPPORTED for word in of]) for claim, of in words.items()}
    assert CONTRADICTED not in {word for of in words.values() for word in of}
    assert all(share > 0.8 for share in power.values()), power
