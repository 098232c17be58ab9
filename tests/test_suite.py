"""When a claim of a suite applies, what contradicts it, and how it is named."""

import pytest

from benchmark.result import Result
from benchmark.suite import Expectation


def claim(**changes):
    return Expectation(**{"method": "few_shot", "classifier": "minilm"} | changes)


def result(macro_f1, low, high):
    return Result(
        task="toy",
        task_version=1,
        data="mirror",
        data_version="0",
        test_rows=100,
        generator="",
        method="real",
        demonstrations="",
        per_label=100,
        train_rows=200,
        classifier="minilm",
        generation_seed=0,
        training_seed=0,
        steps=1,
        macro_f1=macro_f1,
        macro_f1_low=low,
        macro_f1_high=high,
        accuracy=macro_f1,
        inputs="0",
    )


MEASURED = {"data": "mirror", "per_label": 100, "generator": "smollm2-135m"}


def test_a_claim_applies_under_the_conditions_it_was_measured_in():
    assert claim().does_not_apply(**MEASURED) == ""


@pytest.mark.parametrize(
    ("changed", "value", "said"),
    [
        ("data", "quickstart", "stated for mirror data, this is quickstart"),
        ("data", "hub", "stated for mirror data, this is hub"),
        ("per_label", 50, "stated for 100 texts per label, this is 50"),
        ("generator", "qwen3-8b", "stated for the generator smollm2-135m, this is qwen3-8b"),
    ],
)
def test_a_claim_does_not_apply_under_another_condition(changed, value, said):
    assert claim().does_not_apply(**MEASURED | {changed: value}) == said


def test_a_claim_about_real_texts_applies_to_every_generator():
    assert claim(method="real").does_not_apply(**MEASURED | {"generator": "qwen3-8b"}) == ""


def test_a_claim_applies_to_each_of_its_data_sources():
    assert claim(data=("mirror", "hub")).does_not_apply(**MEASURED | {"data": "hub"}) == ""


def test_a_score_at_the_floor_bears_the_claim_out():
    assert claim(at_least=0.7).problem(result(0.7, 0.6, 0.8)) == ""


def test_a_score_below_the_floor_is_shown_with_it():
    said = claim(at_least=0.7).problem(result(0.6999, 0.6, 0.8))
    assert said == "Macro-F1 0.700 (95 % 0.600 to 0.800) is below the floor 0.7"


@pytest.mark.parametrize("score", [0.4, 0.5, 0.6])
def test_a_score_between_the_bounds_bears_the_claim_out(score):
    assert claim(between=(0.4, 0.6)).problem(result(score, 0.3, 0.7)) == ""


@pytest.mark.parametrize("score", [0.39, 0.61])
def test_a_score_outside_of_the_bounds_is_shown_with_them(score):
    said = claim(between=(0.4, 0.6)).problem(result(score, 0.3, 0.7))
    assert said.endswith("is outside of what was measured, 0.4 to 0.6")


def test_a_rival_below_the_interval_is_beaten():
    assert claim(beats="tfidf").problem(result(0.8, 0.7, 0.9), result(0.69, 0.6, 0.8)) == ""


@pytest.mark.parametrize("rival", [0.7, 0.75, 0.85])
def test_a_rival_within_or_above_the_interval_is_not_beaten(rival):
    said = claim(beats="tfidf").problem(result(0.8, 0.7, 0.9), result(rival, 0.6, 0.9))
    assert said.endswith(f"does not clear tfidf, {rival:.3f}")


def test_each_of_several_claims_is_checked():
    both = claim(at_least=0.5, beats="tfidf")
    assert "below the floor" in both.problem(result(0.4, 0.35, 0.45), result(0.2, 0.1, 0.3))
    assert "does not clear" in both.problem(result(0.6, 0.5, 0.7), result(0.55, 0.5, 0.6))


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, "few_shot-minilm"),
        ({"at_least": 0.0}, "few_shot-minilm-at_least-0.0"),
        ({"between": (0.4, 0.6)}, "few_shot-minilm-between-0.4-0.6"),
        ({"at_least": 0.7, "beats": "tfidf"}, "few_shot-minilm-at_least-0.7-beats-tfidf"),
    ],
)
def test_a_claim_is_named_by_its_cell_and_what_it_states(changes, shown):
    assert str(claim(**changes)) == shown
