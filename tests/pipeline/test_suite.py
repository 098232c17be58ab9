"""When a claim of a suite applies, what contradicts it, how it is named; and what every suite asks of a task."""

import re
from dataclasses import fields
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import toys
from synthworth.core.task import Example
from synthworth.pipeline.dataset import Data
from synthworth.pipeline.suite import Expectation, ShortTrainingSet, TaskSuite


def claim(**changes):
    return Expectation(**{"method": "few_shot", "at_least": 0.0} | changes)


def result(macro_f1, low, high):
    return toys.result(macro_f1=macro_f1, macro_f1_low=low, macro_f1_high=high)


MEASURED = {
    "data": "mirror",
    "per_label": 100,
    "generator": "smollm2-135m",
    "demonstrations": "pool",
    "generation_seed": 0,
}


@pytest.mark.parametrize("macro_f1", [0.3, 0.9])
def test_to_beat_the_majority_is_to_beat_guessing_whichever_label_comes_first(macro_f1):
    """Always one label of 100 and 100 test rows has a Macro-F1 of 0.333; a coin has 0.499."""
    rival = result(macro_f1, 0.2, 0.95)
    for low, clears in ((0.45, False), (0.51, macro_f1 < 0.5)):
        assert (claim(beats="majority").problem(result(0.8, low, 0.9), rival) == "") is clears
    told = claim(beats="majority").problem(result(0.6, 0.45, 0.7), result(0.3, 0.2, 0.4))
    assert "does not clear majority, 0.499" in told


def test_a_claim_applies_under_the_conditions_it_was_measured_in():
    assert claim().does_not_apply(**MEASURED) == ""


@pytest.mark.parametrize(
    ("changed", "value", "said"),
    [
        ("data", "quickstart", "stated for mirror data, this is quickstart"),
        ("data", "hub", "stated for mirror data, this is hub"),
        ("per_label", 50, "stated for 100 texts per label, this is 50"),
        ("generator", "qwen3-8b", "stated for the generator smollm2-135m, this is qwen3-8b"),
        ("demonstrations", "real", "stated for pool demonstrations, this is real"),
        ("generation_seed", 1, "stated for the generation seed 0, this is 1"),
    ],
)
def test_a_claim_does_not_apply_under_another_condition(changed, value, said):
    assert claim().does_not_apply(**MEASURED | {changed: value}) == said


def test_a_claim_about_real_texts_applies_to_every_generator():
    assert claim(method="real").does_not_apply(**MEASURED | {"generator": "qwen3-8b"}) == ""


@pytest.mark.parametrize("method", ["real", "zero_shot"])
def test_a_claim_about_a_method_that_shows_no_demonstrations_applies_to_all(method):
    assert claim(method=method).does_not_apply(**MEASURED | {"demonstrations": "real"}) == ""


def test_a_claim_about_a_method_that_is_not_ours_applies_to_the_demonstrations_it_was_measured_with():
    said = claim(method="topics").does_not_apply(**MEASURED | {"demonstrations": "real"})
    assert said == "stated for pool demonstrations, this is real"


def test_a_claim_about_real_texts_applies_to_the_draw_it_was_measured_on():
    said = claim(method="real").does_not_apply(**MEASURED | {"generation_seed": 2})
    assert said == "stated for the generation seed 0, this is 2"


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
        ({}, "few_shot-minilm-at_least-0.0"),
        ({"at_least": None, "between": (0.4, 0.6)}, "few_shot-minilm-between-0.4-0.6"),
        ({"at_least": 0.7, "beats": "tfidf"}, "few_shot-minilm-at_least-0.7-beats-tfidf"),
        ({"per_label": 50, "data": ("mirror", "hub")}, "few_shot-minilm-per_label-50-at_least-0.0-data-mirror-hub"),
    ],
)
def test_a_claim_is_named_by_its_cell_and_what_it_states(changes, shown):
    assert str(claim(**changes)) == shown


VARIED = {
    "method": st.sampled_from(["real", "few_shot"]),
    "classifier": st.sampled_from(["tfidf", "minilm"]),
    "per_label": st.sampled_from([0, 50, 100]),
    "at_least": st.sampled_from([0.0, 0.5]),
    "between": st.sampled_from([None, (0.4, 0.6), (0.4, 0.7)]),
    "beats": st.sampled_from([None, "majority"]),
    "generator": st.sampled_from(["smollm2-135m", "qwen3-8b"]),
    "data": st.sampled_from([("mirror",), ("hub",), ("mirror", "hub")]),
    "demonstrations": st.sampled_from(["pool", "real"]),
    "generation_seed": st.integers(0, 2),
}
CLAIMS = st.fixed_dictionaries(VARIED).map(lambda parts: Expectation(**parts))


@given(CLAIMS, CLAIMS)
def test_claims_that_differ_have_names_that_differ(one, other):
    assert (str(one) == str(other)) == (one == other)


def test_the_claims_compared_vary_in_every_field():
    assert set(VARIED) == {field.name for field in fields(Expectation)}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"at_least": None}, "it claims nothing; give at_least, between or beats"),
        ({"at_least": 72}, "at_least is 72; a score is in 0 to 1"),
        ({"at_least": -0.1}, "at_least is -0.1; a score is in 0 to 1"),
        ({"at_least": float("nan")}, "at_least is nan; a score is in 0 to 1"),
        ({"between": (0.6, 0.4)}, r"between is \(0.6, 0.4\); give \(low, high\), both in 0 to 1"),
        ({"between": (0.4, 1.4)}, "both in 0 to 1"),
        ({"between": (0.4,)}, "both in 0 to 1"),
        ({"method": " "}, "method is empty; name one"),
        ({"classifier": ""}, "classifier is empty; name one"),
        ({"beats": ""}, "beats is empty; name one"),
        ({"per_label": -1}, "per_label is -1; give 0, for all there is, or more"),
        ({"data": ()}, "it names no data; give some of hub, mirror, quickstart"),
        ({"data": ("miror",)}, "unknown data 'miror'; data: hub, mirror, quickstart; did you mean mirror?"),
        ({"demonstrations": "read"}, "unknown demonstrations 'read'; demonstrations: pool, real; did you mean real?"),
    ],
)
def test_what_cannot_be_a_claim_is_refused_in_one_line(changes, said):
    with pytest.raises(ValueError, match=rf"^expectation [^\n]*: [^\n]*{said.replace('?', '.')}$"):
        claim(**changes)


# ---- what every suite asks of a task


class Suite(TaskSuite):
    task = toys.task(words=(4, 8))


def texts(*written, label="good"):
    return tuple(Example(id=f"{label}-{n}", text=text, label=label) for n, text in enumerate(written))


def data_of(*lengths, source="mirror", **changed):
    test = texts(*(" ".join(["word"] * length) for length in lengths))
    return Data(**{"source": source, "version": "0", "train": texts("a text"), "test": test} | changed)


def fails(asked, *arguments):
    with pytest.raises(pytest.fail.Exception) as raised:
        asked(*arguments)
    return str(raised.value)


@pytest.mark.parametrize("lengths", [(4, 6, 8), (6, 6, 6, 99), (1, 5, 5, 30)])
def test_a_length_range_fits_where_half_of_the_real_texts_are_in_it(lengths):
    Suite().test_the_length_range_fits_real_texts(data_of(*lengths))


@pytest.mark.parametrize("lengths", [(1, 2, 6), (6, 9, 10), (3, 9)])
def test_a_length_range_does_not_fit_where_less_than_half_of_the_real_texts_are_in_it(lengths):
    said = fails(Suite().test_the_length_range_fits_real_texts, data_of(*lengths))
    assert "of the test texts have 4 to 8 words" in said


def test_a_length_range_far_wider_than_the_real_texts_does_not_fit():
    class Wide(TaskSuite):
        task = toys.task(words=(1, 90))

    assert "the median has 6" in fails(Wide().test_the_length_range_fits_real_texts, data_of(5, 6, 7))


@given(st.lists(st.integers(1, 400), min_size=1, max_size=60))
def test_the_range_that_is_proposed_fits(lengths):
    class Odd(TaskSuite):
        task = toys.task(words=(5000, 5001), demonstrations={})

    said = fails(Odd().test_the_length_range_fits_real_texts, data_of(*lengths))
    limits = tuple(map(int, re.search(r"; try words=\((\d+), (\d+)\)$", said).groups()))

    class Fitted(TaskSuite):
        task = toys.task(words=limits, demonstrations={})

    Fitted().test_the_length_range_fits_real_texts(data_of(*lengths))


def test_a_length_range_is_not_compared_with_quickstart_texts():
    with pytest.raises(pytest.skip.Exception, match="about real texts"):
        Suite().test_the_length_range_fits_real_texts(data_of(99, source="quickstart"))


@pytest.mark.parametrize(("left_out", "kept"), [(5, 95), (0, 1)])
def test_a_few_training_texts_may_be_test_texts(left_out, kept):
    data = data_of(5, train=texts(*["a text"] * kept), left_out=left_out)
    Suite().test_hardly_any_training_text_is_a_test_text(data)


def test_many_training_texts_may_not_be_test_texts():
    data = data_of(5, train=texts(*["a text"] * 94), left_out=6)
    assert "6.0% of the training texts" in fails(Suite().test_hardly_any_training_text_is_a_test_text, data)


def test_data_without_training_texts_have_none_to_compare():
    with pytest.raises(pytest.skip.Exception, match="no real training texts"):
        Suite().test_hardly_any_training_text_is_a_test_text(data_of(5, train=()))


def test_one_test_text_of_a_hundred_may_have_two_labels():
    many = texts(*(f"text {n}" for n in range(198)))
    both = (*texts("same words"), *texts("Same words!", label="bad"))
    Suite().test_hardly_any_test_text_has_two_labels(data_of(test=many + both))
    said = fails(Suite().test_hardly_any_test_text_has_two_labels, data_of(test=many[1:] + both))
    assert "good-0, bad-0" in said


def test_no_written_text_may_have_two_labels():
    both = (*texts("kind words", "same words"), *texts("Same words!", label="bad"))
    assert "good-1, bad-0" in fails(Suite().test_no_written_text_has_two_labels, "few_shot", both)


def test_no_written_text_may_be_a_test_text():
    copied = "fog shuts the small airport for one day"
    data = data_of(test=texts(f"On Monday, {copied}."))
    drawn = SimpleNamespace(others=())
    Suite().test_no_test_text_is_copied("few_shot", texts("fog shuts an airport"), drawn, data)
    assert copied in fails(Suite().test_no_test_text_is_copied, "few_shot", texts(copied), drawn, data)


def test_a_copy_in_the_rest_of_a_file_is_found_and_its_other_label_named():
    copied = "fog shuts the small airport for one day"
    data, rest = data_of(test=texts(copied)), SimpleNamespace(others=texts(copied, label="bad"))
    said = fails(Suite().test_no_test_text_is_copied, "data-texts", texts("rain again"), rest, data)
    assert "1 copies of test texts, 1 of them under another label; the first: " in said


@pytest.mark.parametrize("method", ["real", "few_shot", "data-texts"])
def test_a_label_that_is_short_of_its_quota_is_a_warning(method):
    made = SimpleNamespace(short={"good": 3}, dropped={"good": {"echo": 9}})
    with pytest.warns(ShortTrainingSet, match=rf"toy/{method}: fewer texts .* \(good: 3\); dropped .*'echo': 9"):
        Suite().test_every_label_reaches_its_quota(method, made)


def test_a_full_training_set_is_none(recwarn):
    Suite().test_every_label_reaches_its_quota("few_shot", SimpleNamespace(short={}, dropped={}))
    assert not recwarn.list


def test_a_score_must_lie_in_its_interval():
    said = fails(Suite().test_score, "few_shot", "minilm", 0, 0, lambda *_, **more: result(0.9, 0.5, 0.8))
    assert said


def test_a_shortage_of_many_labels_names_the_shortest_and_counts_the_others():
    short = {f"label{number}": number + 1 for number in reversed(range(77))}
    with pytest.warns(UserWarning, match=r"\(label0: 1, .*, label7: 8, and 69 more labels\)"):
        Suite()._warn_of_shortage("real", short, "")
