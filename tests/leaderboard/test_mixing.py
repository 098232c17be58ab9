"""Written texts beside a few real ones: which rows stand together, what they add, and the advice that follows."""

import dataclasses
import json
import math
from dataclasses import replace

import pytest

from synthworth.__main__ import main
from synthworth.core import render, write
from synthworth.leaderboard import advised, augmentation_table, mixtures, next_table
from toys import quality, result

RIGHT = {5: 55, 10: 62, 30: 70, 100: 80}  # right of 100 test rows of each label, by real texts
TOKENS = {"prompt_tokens": 600_000, "completion_tokens": 100_000}


def scored(right, version, **more):
    of_1000 = round(10 * right)
    counts = ((of_1000, 1000 - of_1000), (1000 - of_1000, of_1000))
    score = round(right / 100, 6)
    given = {"macro_f1": score, "macro_f1_low": score, "macro_f1_high": score, "confusion": counts, "test_rows": 2000}
    return result(**given | {"train_version": version, "dropped": {}} | more)


def nobody(method, size, right, seed):
    text = {"method": method, "generator": "", "demonstrations": "", "attempts": 0}
    return scored(right + 0.1 * seed, f"{method} {size} {seed}", per_label=size, generation_seed=seed, **text)


REAL = [nobody("real", size, right, seed) for size, right in RIGHT.items() for seed in range(3)]


def written(real, right, *, generator="gpt-4o-mini", draws=3, **more):
    method = f"real{real}+few_shot" if real else "few_shot"
    return [
        scored(
            right + 0.1 * seed,
            f"{method} {generator} {seed}",
            method=method,
            generator=generator,
            generation_seed=seed,
            **TOKENS | more,
        )
        for seed in range(draws)
    ]


def edited(real, right):
    return [nobody(f"augmented{real}", real + 100, right, seed) for seed in range(3)]


def of(*groups, **more):
    return mixtures([*REAL, *(one for group in groups for one in group)], classifier="minilm", **more)


def advice(*groups, label_price=1.0):
    return {one.real_per_label: given for one, given in advised(of(*groups), label_price=label_price)}


def test_a_mixture_stands_beside_the_same_real_texts_alone_and_edited_and_the_written_ones():
    nothing, ten = of(written(0, 58), written(10, 66), edited(10, 64))
    assert (nothing.real_per_label, ten.real_per_label) == (0, 10)
    scores = [one.sample.mean for one in (ten.real, ten.edited, ten.alone, ten.both)]
    assert scores == pytest.approx([0.621, 0.641, 0.581, 0.661])
    assert (nothing.real, nothing.edited, nothing.both) == (None, None, ten.alone)
    assert ten.over_real.value == pytest.approx(0.04)
    assert ten.over_edited.value == pytest.approx(0.02)


def test_edits_of_another_number_of_texts_are_not_taken_for_these():
    (ten,) = of(written(10, 66), [nobody("augmented10", 100, 64, seed) for seed in range(3)])
    assert ten.edited is None


def test_further_texts_are_the_worth_less_those_there_are():
    (ten,) = of(written(10, 66))
    worth = ten.curve.worth([ten.both.sample])
    assert 10 < worth.low < worth.value < worth.high < 30
    assert ten.further[:3] == pytest.approx([end - 10 for end in worth[:3]])
    (worse,) = of(written(10, 50))
    assert worse.further.value == -math.inf


def test_money_is_that_of_the_tokens_of_one_draw_at_the_generators_price(tmp_path):
    (ten,) = of(written(10, 66))
    assert ten.usd == pytest.approx(0.6 * 0.15 + 0.1 * 0.6)
    (unknown,) = of(written(10, 66, generator="mine"))
    assert unknown.usd is None
    prices = tmp_path / "prices.json"
    prices.write_text(json.dumps({"usd_per_million_tokens": {"mine": [1, 2]}}))
    (known,) = of(written(10, 66, generator="mine"), prices=prices)
    assert known.usd == pytest.approx(0.6 + 0.2)
    (older,) = of([dataclasses.replace(one, prompt_tokens=None) for one in written(10, 66)])
    assert older.usd is None


def test_a_generator_of_a_table_costs_what_the_table_says_unless_a_file_of_prices_knows_better(tmp_path, monkeypatch):
    table = '[tool.synthworth.generators.mine]\nalias = "mine, hot"\nprices = {prompt = 1, completion = 3}\n'
    (tmp_path / "pyproject.toml").write_text(table)
    monkeypatch.chdir(tmp_path)
    (by_table,) = of(written(10, 66, generator="mine, hot"))
    assert by_table.usd == pytest.approx(0.6 + 0.1 * 3)
    for known_by in ("mine, hot", "mine"):  # its name in results, and that of its model
        prices = tmp_path / f"{known_by}.json"
        prices.write_text(json.dumps({"usd_per_million_tokens": {known_by: [2, 4]}}))
        (by_file,) = of(written(10, 66, generator="mine, hot"), prices=prices)
        assert by_file.usd == pytest.approx(0.6 * 2 + 0.1 * 4)


def measured_in_batches(results):
    """Half of the prompts' tokens, and none of the answers', came in batches."""
    return [
        quality(method=one.method, generator=one.generator, train_version=one.train_version, batch_tokens=(300_000, 0))
        for one in results
    ]


def test_batches_cost_half_if_the_mixture_or_its_written_texts_were_measured():
    alone, together = written(0, 58), written(10, 66)
    whole = 0.6 * 0.15 + 0.1 * 0.6
    assert [one.usd for one in of(alone, together)] == pytest.approx([whole, whole])
    for measured in (alone, together, [*alone, *together]):
        costs = [one.usd for one in of(alone, together, quality=measured_in_batches(measured))]
        assert costs == pytest.approx([whole - 0.3 * 0.15 / 2] * 2)
    unknown = [replace(one, prompt_tokens=0, completion_tokens=0) for one in measured_in_batches(together)]
    costs = [one.usd for one in of(alone, together, quality=[*measured_in_batches(alone), *unknown])]
    assert costs == pytest.approx([whole - 0.3 * 0.15 / 2] * 2), "measured, but with no tokens known"


@pytest.mark.parametrize(
    ("right", "price", "said"),
    [
        (68, 1.0, "generate"),  # 15 texts of 2 labels further, and 15 cents for the tokens
        (68, 0.0001, "label more: that costs less"),
        (68, 0.15 / 2 / 14.2, "cannot tell: either may cost less"),
        (62.2, 1.0, "cannot tell: they may be worth no further label"),
        (57, 1.0, "label more: the written texts are worth no further label"),
    ],
)
def test_the_advice_follows_the_interval_and_the_prices(right, price, said):
    assert str(advice(written(10, right), label_price=price)[10]) == said


def test_below_the_curve_the_worth_is_surely_none_only_beside_as_many_real_texts_as_its_smallest_size():
    found = of(written(0, 40), written(10, 40))
    assert all(one.further.high == -math.inf for one in found)
    given = advice(written(0, 40), written(10, 40))
    assert str(given[0]) == "cannot tell: they are worth fewer than 5 further labels of each, perhaps none"
    assert str(given[10]) == "label more: the written texts are worth no further label"


@pytest.mark.parametrize("right", [40, 62.2])  # below the curve, and on it, perhaps worth nothing
def test_texts_that_cost_more_than_they_can_be_worth_are_not_to_be_paid_for_even_if_they_may_be_worth_a_label(right):
    (one, *_) = found = of(written(0, right), written(10, 40))
    most = max(one.further.high, one.further.least) * one.labels
    for label_price, what in (
        (0.99 * one.usd / most, "label more: that costs less"),
        (1.01 * one.usd / most, "cannot"),
    ):
        (_, given), *_ = advised(found, label_price=label_price)
        assert str(given).startswith(what)


def test_labels_that_cost_nothing_are_never_beaten():
    assert str(advice(written(10, 68), label_price=0)[10]) == "label more: that costs less"
    free = written(10, 68, generator="smollm2-135m")
    assert str(advice(free, label_price=0)[10]) == "cannot tell: either may cost less"


def test_to_do_both_pays_if_it_pays_with_more_labels_too():
    given = advice(written(10, 68), written(30, 75))
    assert str(given[10]) == "both: it pays with 30 too"
    assert str(given[30]) == "generate"
    assert str(advice(written(10, 68), written(30, 70))[10]) == "generate"


def test_one_draw_gives_no_advice():
    assert str(advice(written(10, 68, draws=1))[10]) == "cannot tell: one draw of the texts"


def test_edits_that_do_better_for_nothing_are_told():
    assert str(advice(written(10, 66), edited(10, 75))[10]).startswith("label more: edits of the real texts do better")
    assert str(advice(written(10, 68), edited(10, 68))[10]).startswith("generate: edits of the real texts, for noth")
    assert str(advice(written(10, 68), edited(10, 62))[10]) == "generate"


def test_edits_that_may_do_as_well_are_told_where_the_price_is_unknown_too():
    said = str(advice(written(10, 68, generator="mine"), edited(10, 68))[10])
    assert said.startswith("generate: if it costs less than $10.")
    assert said.endswith("unknown; edits of the real texts, for nothing, may do as well")
    assert "edits" not in str(advice(written(10, 68, generator="mine"), edited(10, 62))[10])


def test_an_unknown_price_says_what_the_texts_may_cost():
    assert str(advice(written(10, 68, generator="mine"))[10]).startswith("generate: if it costs less than $10.")


def test_texts_beyond_the_curve_are_worth_nobody_knows_how_many():
    assert str(advice(written(100, 95))[100]).startswith("cannot tell: they reach beyond the learning curve")


def test_without_a_curve_nobody_can_tell():
    found = mixtures(written(10, 68), classifier="minilm")
    assert [str(given) for _, given in advised(found, label_price=1)] == [
        "cannot tell: no learning curve of real texts"
    ]


def test_tables_have_a_line_for_each_mixture_and_explain_their_marks():
    found = of(written(0, 58), written(10, 66), edited(10, 64), written(30, 75, draws=1))
    shown = render(
        [augmentation_table(found, classifier="minilm"), next_table(found, classifier="minilm", label_price=1)]
    )
    assert shown.count("few_shot") == 6
    assert "0.661 (" in shown
    assert "+0.020 (" in shown
    assert "‡: one draw of the texts" in shown


def test_the_command_says_what_to_do_and_what_it_lacks(tmp_path, capsys):
    file = tmp_path / "results.jsonl"
    write(file, [*REAL, *written(10, 68)])
    assert main(["mix", str(file), "--label-price", "1"]) == 0
    assert "generate" in capsys.readouterr().out
    for options, told in (
        (["--label-price", "-1"], "--label-price is -1.0; give what a label costs"),
        (["--classifier", "tfidf"], "no results of tfidf on real and written texts together"),
        (["--task", "other"], "unknown task 'other'; tasks: toy"),
        (["--task", "toy,typo"], "unknown task 'typo'; tasks: toy"),
    ):
        assert main(["mix", str(file), *options]) != 0
        assert told in capsys.readouterr().err
