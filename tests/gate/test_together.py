"""The verdicts of one gate together: what decides, what stands beside it, and what it could have found."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from synthworth.gate import (
    CANNOT_TELL,
    NOTHING,
    OK,
    PROMPT,
    REGRESSED,
    TEXTS,
    Families,
    Finding,
    Report,
    ScoreComparison,
    annotations,
    chance_to_find,
    families_of,
    judge,
    judged_together,
    markdown,
    overall,
    power_lines,
    terminal_lines,
    terms,
)
from synthworth.measures.statistics import Variance, detection_power


def comparison(task="a", drop=0.0, variance=(1e-5, 1e-4, 4), about=PROMPT, method="zero_shot"):
    seeds = (1, 3) if about == TEXTS else (3, 1)
    return ScoreComparison(
        task=task,
        method=method,
        classifier="minilm",
        before=0.8,
        after=0.8 - drop,
        variance=variance,
        rows=400,
        before_seeds=seeds,
        after_seeds=seeds,
        about=about,
    )


def tasks(*drops, **how):
    return [comparison(f"task {number}", drop, **how) for number, drop in enumerate(drops)]


# ---- what decides


def test_the_mean_over_several_changed_tasks_decides_and_no_single_one_does():
    verdicts = judged_together(tasks(0.02, 0.03, 0.04), Families(1, 3))
    assert [v.decides for v in verdicts] == [False, False, False, True]
    assert [v.family for v in verdicts] == [3, 3, 3, 1]
    assert verdicts[-1].comparison.task == "mean of 3 tasks"


def test_the_only_task_that_changed_decides():
    still = replace(comparison("still", variance=(0.0, 0.0, math.inf)), about=NOTHING)
    found = judged_together([comparison("a", 0.2), still], Families(1, 1))
    assert [(v.verdict, v.decides) for v in found] == [(REGRESSED, True), (OK, True)]


def test_methods_share_the_rate_of_what_decides():
    few = tasks(0.1, 0.1, method="few_shot")
    verdicts = judged_together([*tasks(0.1, 0.1), *few], families_of([["a", "b"], ["a", "b"]]))
    assert [(v.family, v.decides) for v in verdicts] == [(4, False)] * 4 + [(2, True)] * 2


def test_a_task_that_fell_beside_a_mean_that_did_not_makes_it_cannot_tell_and_never_regressed():
    verdicts = judged_together(tasks(0.2, -0.2, 0.0), Families(1, 3), margin=0.05)
    assert verdicts[0].verdict == REGRESSED
    assert verdicts[-1].verdict == OK
    assert overall(verdicts) == CANNOT_TELL


def test_single_tasks_that_cannot_be_told_leave_the_mean_its_verdict():
    verdicts = judged_together(tasks(*[0.0] * 10, variance=(1e-5, 4e-4, 4)), Families(1, 10), margin=0.02)
    assert {v.verdict for v in verdicts if not v.decides} == {CANNOT_TELL}
    assert overall(verdicts) == OK


@pytest.mark.slow
def test_a_gate_in_which_nothing_changed_fails_at_most_at_the_stated_rate():
    """Ten tasks whose draws differ by one to nine points, three draws a side, two methods."""
    random, fired, single, trials = np.random.default_rng(7), 0, 0, 400
    sds = np.linspace(0.01, 0.09, 10)
    for _ in range(trials):
        comparisons = []
        for method in ("zero_shot", "few_shot"):
            scores = random.normal(0, 1, (2, 3, 10)) * sds
            rows = random.normal(0, 0.005, 10)
            drops = scores[0].mean(axis=0) - scores[1].mean(axis=0) + rows
            between = scores.var(axis=1, ddof=1).sum(axis=0) / 3
            spread = ((float(d), Variance(2.5e-5, float(b), 4)) for d, b in zip(drops, between, strict=True))
            comparisons += [comparison(f"t{i}", d, v, method=method) for i, (d, v) in enumerate(spread)]
        verdicts = judged_together(comparisons, Families(2, 20))
        fired += overall(verdicts) == REGRESSED
        single += any(v.verdict == REGRESSED for v in verdicts if not v.decides)
    for alarms in (fired, single):
        assert stats.binomtest(alarms, trials, 0.05, alternative="greater").pvalue > 0.01, alarms / trials
    assert fired > 0


# ---- one draw


@given(st.floats(-0.3, 0.3), st.floats(1e-8, 1e-3))
def test_one_draw_a_side_says_of_these_very_texts_what_several_would_say_of_the_prompt(drop, known):
    one, several = (judge(comparison(drop=drop, variance=(known, 0, math.inf), about=a)) for a in (TEXTS, PROMPT))
    assert (one.verdict, one.texts) == (CANNOT_TELL, several.verdict)
    assert several.texts == ""


def test_a_report_of_one_draw_warns_and_never_says_regressed_without_these_very_texts():
    (verdict,) = judged_together([comparison(drop=0.2, about=TEXTS)], Families())
    made = Report(source="main", commit="", findings=(Finding(verdict=verdict),))
    assert made.headline == "cannot tell against main: 1 cannot tell"
    assert "--synth-generation-seed 0,1,2" in made.warning
    lines = [*terminal_lines(made), *annotations(made)]
    assert f"warning: {made.warning}" in lines
    assert all("these very texts: regressed" in line for line in lines if "regressed" in line)
    assert f"**Warning:** {made.warning}." in markdown(made)
    assert power_lines(made.verdicts) == []


# ---- power


@pytest.mark.parametrize("variance", [(1e-4, 0.0, math.inf), (0.0, 4e-4, 4), (1e-4, 2e-4, 6.5)])
def test_the_stated_power_is_the_share_of_such_gates_that_find_the_drop(variance):
    known, estimated, degrees = variance
    random, trials = np.random.default_rng(5), 1000
    told = 0
    for _ in range(trials):
        seen = estimated * random.chisquare(degrees) / degrees if estimated else 0.0
        drop = random.normal(0.05, math.sqrt(known + estimated))
        told += judge(comparison(drop=drop, variance=(known, seen, degrees))).verdict == REGRESSED
    stated = chance_to_find(judge(comparison(variance=variance)), 0.05)
    assert stated == pytest.approx(told / trials, abs=0.05)


@given(st.floats(0, 0.2), st.floats(0, 0.01), st.floats(0, 0.01), st.floats(1, 30), st.floats(0.001, 0.1))
def test_power_is_a_share_that_a_larger_drop_does_not_lower(drop, known, estimated, degrees, tail):
    one, two = (detection_power(d, Variance(known, estimated, degrees), tail, least=0.01) for d in (drop, drop + 0.01))
    assert 0 <= one <= two <= 1


def test_the_report_states_the_power_of_the_mean_and_of_one_task():
    verdicts = judged_together(tasks(*[0.0] * 10, variance=(1e-4, 4e-4, 4)), Families(1, 10))
    (line,) = power_lines(verdicts)
    mean, single = (chance_to_find(v, 0.05) for v in (verdicts[-1], verdicts[0]))
    assert line == (
        f"zero_shot/minilm: a drop of 5 points of the mean of 10 tasks is found in {mean:.0%}, a drop of 5 points of "
        f"one task in {single:.0%}"
    )
    assert mean > 0.9 > 0.2 > single
    made = Report(source="main", commit="", findings=tuple(Finding(verdict=v) for v in verdicts))
    assert f"power: {line}" in terminal_lines(made)
    assert f"- Power: {line}." in markdown(made)


# ---- what is said


def test_the_terms_name_both_families():
    assert terms(Families(2, 20), 0.02) == (
        "false alarms: at most 5%, over the 2 verdicts that decide; single tasks beside a mean: at most 5% over all "
        "20; the smallest drop of Macro-F1 that matters: 0.02"
    )


def test_github_gets_an_error_for_what_decides_and_a_warning_for_a_single_task_that_fell():
    verdicts = judged_together(tasks(0.3, 0.3, 0.0), Families(1, 3))
    made = Report(source="main", commit="", findings=tuple(Finding(verdict=v) for v in verdicts))
    assert [line.partition(" ")[0] for line in annotations(made)] == ["::warning", "::warning", "::error"]
