"""Recall and false alarms of the audit for copies, over the test texts of suites."""

import contextlib
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from synthworth.core import Row, Table, opened
from synthworth.measures import LEAST, RULES, EditedCopies, planted_copies
from synthworth.pipeline.dataset import HUB, load
from synthworth.pipeline.replay import Suite, suites_in


def audit_accuracy(paths: Sequence[Path], where: str, *, most: int = 200, seed: int = 0) -> Table:
    """Edit at most `most` test texts of each suite's task in every known way, and count what the audit finds.

    Unrelated are as many real training texts, which are no test texts word for word; of the quickstart, which has none,
    the task's demonstrations. `where` is that of `dataset.load`.
    """
    counts: dict[str, Counter[str]] = {}
    for suite in suites_in(paths):
        for outcome in _outcomes(suite, where, most, seed):
            total = counts.setdefault(outcome.edit, Counter())
            total.update(texts=outcome.texts, **outcome.by_rule)
    rows: list[Row] = [
        {
            "edit": edit,
            "texts": total["texts"],
            "found": f"{sum(total[rule] for rule in RULES) / max(total['texts'], 1):.1%}",
            **{rule: total[rule] for rule in RULES},
        }
        for edit, total in counts.items()
    ]
    return Table(
        title="Copies that the audit finds",
        rows=rows,
        note="Test texts of all suites, edited as a copyist might, and compared with the test sets by words and "
        "letters alone; a text counts under the strictest rule that finds it. A text of fewer than "
        f"{LEAST} words is found only if its letters are the same. The last row are false alarms.",
    )


def _outcomes(suite: Suite, where: str, most: int, seed: int) -> list[EditedCopies]:
    with opened() if where == HUB else contextlib.nullcontext():
        data = load(suite.task, where, suite.path.parent / "quickstart")
    chance = random.Random(f"{seed}/{suite.task.name}")
    test = [example.text for example in data.test]
    train = [example.text for example in data.train]
    chance.shuffle(test)
    chance.shuffle(train)
    unrelated = train[:most] or [example.text for example in suite.task.pool]
    return planted_copies(test, unrelated, edited=test[:most], background=train[most:], seed=seed)
