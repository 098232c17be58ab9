"""The answer of a run in one sentence."""

import pytest

from synthworth.leaderboard.boards import leaderboards
from synthworth.leaderboard.columns import View
from synthworth.leaderboard.render import render
from synthworth.leaderboard.sentence import sentence
from toys import result

REAL = {"method": "real", "demonstrations": "", "generator": "", "attempts": 0, "dropped": {}}
WRITTEN = {"method": "zero_shot", "demonstrations": ""}


def said_of(*results):
    return sentence(leaderboards(list(results)))


def test_the_best_written_texts_speak_beside_as_many_real_ones():
    good = result(**WRITTEN, macro_f1=0.75)
    said = said_of(good, result(**{**WRITTEN, "method": "few_shot"}, macro_f1=0.6), result(**REAL, macro_f1=0.9))
    assert said.startswith(
        f"The texts of zero_shot by {good.generator}, {good.per_label} per label, {good.classifier},"
    )
    assert "Macro-F1 of 0.750" in said
    assert f"on {good.task}, 0.150 below as many real ones" in said
    assert said.endswith("; one draw, so it is about these texts and not about the method.")
    assert said.count(". ") == 0


@pytest.mark.parametrize("mixture", ["all+zero_shot", "real+zero_shot", "real10+zero_shot"])
def test_texts_beside_real_ones_do_not_speak_for_written_texts_alone(mixture):
    said = said_of(result(**{**WRITTEN, "method": mixture}, macro_f1=0.9), result(**WRITTEN, macro_f1=0.75))
    assert said.startswith("The texts of zero_shot by ")


def test_real_texts_alone_say_that_none_are_written():
    assert said_of(result(**REAL, macro_f1=0.9)).startswith("No written texts here: real texts, ")


def test_texts_at_chance_are_said_to_be(tmp_path):
    low = result(**WRITTEN, macro_f1=0.33, macro_f1_low=0.2, macro_f1_high=0.4)
    assert "nothing that can be told from chance" in said_of(low)


def test_a_classifier_that_learns_nothing_says_nothing_of_texts():
    guessed = result(**WRITTEN, classifier="majority", macro_f1=0.5)
    assert said_of(guessed).startswith("Nothing was learnt here: the classifier majority guesses ")
    assert ", minilm, " in said_of(guessed, result(**WRITTEN, classifier="minilm", macro_f1=0.4))


def test_without_results_there_is_no_sentence():
    assert said_of() == ""


@pytest.mark.parametrize("brief", [True, False])
def test_only_a_brief_table_begins_with_it(brief):
    results = [result(**REAL, macro_f1=0.9)]
    shown = render(results, view=View(brief=brief))
    assert shown.startswith("No written texts here") is brief
