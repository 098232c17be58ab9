"""Flags say what a reader must know, and nothing where there is nothing to say."""

from dataclasses import replace

import pytest

import toys
from synthworth.submission.bundle import Bundle
from synthworth.submission.contents import BundleText, BundleVersions, Declaration
from synthworth.submission.entry_flags import flags_of

TASKS = ("one", "two", "three")


def bundle(results, *, good=100, bad=100):
    """A bundle with these results, and so many texts of each label."""
    texts = [BundleText(text=f"a{i}", label="good") for i in range(good)] + [
        BundleText(text=f"b{i}", label="bad") for i in range(bad)
    ]
    return Bundle(
        declaration=Declaration(
            name="a", method="few_shot", generator="g", who="", date="2026-11-20", data="mirror", per_label=100,
            generation_seeds=[0],
        ),
        texts={(task, 0): texts for task in TASKS},
        recordings={},
        usage={},
        results=results,
        versions=BundleVersions(synthworth="1", python="3", suite=1, tasks={}, libraries={}, machines={}),
    )  # fmt: skip


def scored(task, score, **changed):
    return toys.result(task=task, macro_f1=score, macro_f1_low=score - 0.05, macro_f1_high=score + 0.05, **changed)


def reference(real=0.8, plain=0.5, **changed):
    found = []
    for task in TASKS:
        found.append(scored(task, real, method="real", demonstrations="", generator="", **changed))
        found.append(scored(task, plain, method="zero_shot", demonstrations="", **changed))
    return found


def test_an_ordinary_bundle_has_no_flag():
    assert flags_of(bundle([scored(task, 0.6) for task in TASKS]), reference()) == []


def test_a_score_whose_interval_lies_above_that_of_real_data_is_flagged():
    found = flags_of(bundle([scored("one", 0.91), scored("two", 0.89), scored("three", 0.7)]), reference())
    assert found == ["above real data: one, minilm: at least 0.860, and real texts at most 0.850"]


def test_real_data_of_a_smaller_size_are_no_ceiling():
    results = [scored(task, 0.95) for task in TASKS]
    assert flags_of(bundle(results), reference(per_label=10)) == []


def test_all_real_data_are_the_ceiling_where_they_were_measured():
    more = [replace(one, per_label=0, macro_f1=0.95, macro_f1_high=0.97) for one in reference()]
    assert flags_of(bundle([scored("one", 0.91)]), [*reference(), *more]) == []


def test_unequal_quotas_are_flagged_with_the_smallest():
    found = flags_of(bundle([], good=90), reference())
    assert found == [f"unequal quotas: {task}, generation seed 0, has 90 texts of a label, not 100" for task in TASKS]


def test_a_gain_that_one_task_has_alone_is_flagged():
    found = flags_of(bundle([scored("one", 0.8), scored("two", 0.49), scored("three", 0.5)]), reference())
    assert found == ["all gain on one task: by minilm, +0.300 over zero_shot on one and -0.005 on the 2 others"]


@pytest.mark.parametrize("scores", [(0.8, 0.51, 0.5), (0.5, 0.5, 0.5), (0.6, 0.3, 0.3)])
def test_a_gain_that_others_share_and_no_gain_at_all_are_not(scores):
    results = [scored(task, score) for task, score in zip(TASKS, scores, strict=True)]
    assert flags_of(bundle(results), reference()) == []
