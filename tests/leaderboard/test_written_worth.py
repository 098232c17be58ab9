"""The worth of written sets, task by generator: which sets there are, their table, and the sentence about them."""

import dataclasses
from math import inf

import pytest

from synthworth.core import EntryNote
from synthworth.leaderboard import worth_sentence, worth_table, written_sets
from synthworth.leaderboard.learning_curve import Worth
from toys import result

SCORES = {5: 0.55, 10: 0.62, 30: 0.7, 100: 0.8}
FILE = "data-gpt-9.few_shot.lab"


def scored(right, **more):
    """A result with so many of 100 test rows of each label right."""
    counts = ((right, 100 - right), (100 - right, right))
    score = round(right / 100, 6)
    return result(**{"macro_f1": score, "macro_f1_low": score, "macro_f1_high": score, "confusion": counts} | more)


def real(size, seed):
    text = {"method": "real", "generator": "", "demonstrations": "", "attempts": 0, "dropped": {}}
    right = round(100 * SCORES[size]) + seed
    return scored(right, per_label=size, generation_seed=seed, train_version=f"real {size} {seed}", **text)


def written(right, seed=0, *, size=100, method=FILE, generator="gpt-9", prompting="few_shot", **more):
    origin = {"method": method, "generator": generator, "prompting": prompting, "demonstrations": ""}
    version = f"{method} {size} {seed}"
    return scored(right, per_label=size, generation_seed=seed, train_version=version, **origin | more)


REAL = [real(size, seed) for size in SCORES for seed in range(2)]
SETS = [written(65 + seed, seed) for seed in range(2)]


def sets_of(*results, sizes=(100,), **more):
    return written_sets([*REAL, *results], classifier="minilm", sizes=sizes, **more)


def test_a_set_is_named_by_its_generator_its_prompting_and_its_source():
    (one,) = sets_of(*SETS)
    assert (one.task, one.name) == ("toy", "gpt-9 few_shot (lab)")


def test_the_worth_lies_between_the_real_sizes_whose_scores_enclose_that_of_the_set():
    (one,) = sets_of(*SETS)
    assert 10 < one.sizes[100].worth.value < 30
    assert (one.sizes[100].draws, one.sizes[100].real_draws) == (2, 2)


def test_of_two_versions_of_a_task_the_newest_counts_whatever_their_order():
    new = [written(80 + seed, seed, task_version=2) for seed in range(2)]
    real_again = [dataclasses.replace(one, task_version=2) for one in REAL]
    for results in ([*SETS, *new, *real_again], [*new, *real_again, *SETS]):
        (one,) = sets_of(*results)
        assert one.sizes[100].sample.scores.tolist() == pytest.approx([0.8, 0.81])


def test_results_on_several_versions_of_the_real_texts_are_refused_in_one_line():
    elsewhere = written(80, data_version="another")
    with pytest.raises(ValueError, match=r"^the results of toy are on several versions of its real texts \(.*another"):
        sets_of(*SETS, elsewhere)


def test_mixtures_with_real_texts_and_real_texts_are_no_written_sets():
    mixed = written(70, method="real10+few_shot", prompting="")
    assert [one.method for one in sets_of(*SETS, mixed)] == [FILE]


def test_sets_stand_by_task_generator_and_from_the_barest_prompt_on():
    others = [written(60, method=f"data-gpt-9.{p}.lab", prompting=p) for p in ("grounded", "zero_shot")]
    mine = written(60, method="few_shot", generator="a", prompting="")
    assert [one.name for one in sets_of(*others, *SETS, mine)] == [
        "a few_shot",
        "gpt-9 zero_shot (lab)",
        "gpt-9 few_shot (lab)",
        "gpt-9 grounded (lab)",
    ]


def test_a_table_marks_one_draw_and_short_sets_and_numbers_the_warnings():
    short = written(60, size=1000, short={"good": 7})
    note = EntryNote(text="lower-cased", methods=[FILE])
    table = worth_table(sets_of(*SETS, short, sizes=(100, 1000), notes=[note]), (100, 1000), classifier="minilm")
    (row,) = table.rows
    assert row["worth of 1,000"] == "no curve‡§" or str(row["worth of 1,000"]).endswith("‡§")
    assert "‡" not in str(row["worth of 100"])
    assert row["mind"] == "1"
    assert table.note.endswith("Mind: 1: lower-cased.")


@pytest.mark.parametrize(
    ("value", "least", "most", "few", "full"),
    [(0.0, 50, 100, 0, 0), (0.0, 5, 100, 1, 0), (inf, 5, 50, 0, 0), (inf, 5, 100, 0, 1), (100.0, 5, 100, 0, 1)],
)
def test_what_lies_beyond_a_curve_is_counted_only_where_that_tells_enough(value, least, most, few, full):
    (one,) = sets_of(*SETS)
    beyond = Worth(value, value, value, least, most)
    sizes = {100: one.sizes[100]._replace(worth=beyond)}
    said = worth_sentence([dataclasses.replace(one, sizes=sizes)], 100)
    assert f"{few} {'is' if few == 1 else 'are'} worth fewer than 30" in said
    assert ("and none as many as they hold" in said) == (full == 0)


def test_the_sentence_counts_sets_worth_little_and_those_worth_what_they_hold():
    best = [written(85 + seed, seed, method="data-gpt-9.grounded.lab", prompting="grounded") for seed in range(2)]
    assert worth_sentence(sets_of(*SETS, *best), 100) == (
        "Of 2 sets of 100 texts per label, by 1 generator for 1 task, 1 is worth fewer than 30 real texts per label, "
        "and 1 at least as many as they hold (toy by gpt-9 grounded (lab); with 95 % certainty none)."
    )
    assert worth_sentence(sets_of(*SETS), 1000) == ""


def test_without_written_sets_the_command_that_makes_some_is_told():
    with pytest.raises(ValueError, match="no results of minilm on written texts, 100 per label, mirror data; make som"):
        sets_of()
