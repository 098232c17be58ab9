"""The rates of rules are shares of the texts that they would drop, by task and in all."""

from types import SimpleNamespace

import pytest

import toys
from synthworth.core import Example
from synthworth.generation import Generated
from synthworth.generation.filters import RULES, AnswerContext, loop
from synthworth.pipeline.rule_rates import TextsOfTask, rates_of_rules, texts_of

LOOP = "we meet at noon " * 3
CONTEXT = AnswerContext(task=toys.task())
TOY = TextsOfTask(
    task="toy",
    context=CONTEXT,
    real=["How kind you are!"] * 7 + [LOOP],
    written={"few_shot": [LOOP] * 3 + ["Thank you very much."], "zero_shot": ["Dear [name], go away."] * 2},
)
OTHER = TextsOfTask(task="other", context=CONTEXT, real=["So it goes."] * 12, written={"few_shot": [LOOP] * 4})


def test_a_share_is_of_the_texts_of_a_task_and_of_all_tasks_together():
    rows = {row["task"]: row for row in rates_of_rules([TOY, OTHER], ["loop"]).rows}
    shares = {"real": "12.50%", "few_shot": "75.00%", "zero_shot": "0.00%"}
    assert rows["toy"] == {"rule": "loop", "task": "toy", "texts": 8} | shares
    assert rows["other"]["zero_shot"] == ""
    assert (rows["all"]["texts"], rows["all"]["real"], rows["all"]["few_shot"]) == (20, "5.00%", "87.50%")
    assert sum(loop(text, CONTEXT) for text in TOY.real) == 1


def test_any_rule_that_looks_at_a_text_can_be_asked_for():
    rows = rates_of_rules([TOY], [rule.__name__ for rule in RULES]).rows
    assert {row["zero_shot"] for row in rows if row["rule"] == "placeholder"} == {"100.00%"}


def test_rates_of_a_file_are_of_the_whole_file_once_whatever_the_quota_and_the_draws():
    kept = [Example(id=str(n), text=f"line {n}", label="good") for n in range(6)]
    gone = [Example(id=f"gone {n}", text="Dear [name], hello", label="good") for n in range(2)]
    generated = Generated(examples=tuple(kept[:2]), others=tuple(kept[2:]), discarded=tuple(gone))
    sets = SimpleNamespace(generated=lambda method, generation_seed: generated)
    run = SimpleNamespace(task=toys.task(), sets=sets, data=SimpleNamespace(train=kept, test=()))
    texts = texts_of(run, ["data-file", "few_shot"], [0, 1, 2])
    assert {name: len(written) for name, written in texts.written.items()} == {"data-file": 8, "few_shot": 24}
    (row, _) = rates_of_rules([texts], ["placeholder"]).rows
    assert row["data-file"] == "25.00%"


def test_a_rule_that_is_none_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"unknown rule 'loops'; rules: .*loop"):
        rates_of_rules([TOY], ["loops"])
