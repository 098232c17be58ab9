"""The table of few_shot's variants is what their recordings give, and the choice is what its rule says."""

from math import hypot
from statistics import fmean

import pytest

import variants
from synthworth.core.network import blocked
from synthworth.generation import AnswerContext
from synthworth.generation.collect import Sources
from synthworth.generation.generator import EMBEDDED, Client, Endpoint, Generator, Limits
from synthworth.generation.recording import Recording, path_of
from synthworth.measures import RUN, SAME, Originals
from synthworth.measures.diversity import distinct_n
from synthworth.pipeline.replay import suites_in
from synthworth.pipeline.variants import MEASURES, RULES

TASKS = {suite.task.name: suite.task for suite in suites_in([variants.ROOT / "suites"])}


def replayed(task, method):
    path = path_of(variants.ROOT / "cassettes", EMBEDDED, task.name, method)
    endpoint = Endpoint(Generator(name=EMBEDDED), Limits(), None, connect=lambda: pytest.fail("asked for the address"))
    client = Client(endpoint, Recording(path), missing=lambda absent: AssertionError(f"{len(absent)} missing"))
    with blocked():
        return variants.make(method)(task, Sources(client=client, pool=task.pool), variants.QUOTA, 0)


@pytest.mark.parametrize(("task", "method"), variants.recorded(), ids="-".join)
def test_a_row_says_what_its_recording_gives(task, method):
    (row,) = (row for row in variants.rows() if (row["task"], row["method"]) == (task, method))
    made = replayed(TASKS[task], method)
    texts = [example.text for example in made.examples]
    by_label = [[e.text for e in made.examples if e.label == label] for label in TASKS[task].labels]
    shown = Originals([example.text for example in TASKS[task].pool], shown=True)
    copies = {copy.text for copy in shown.copies(texts, rules=(SAME, RUN))}
    assert int(row["texts"]) == len(texts) == variants.QUOTA * len(by_label)
    assert float(row["asked_per_text"]) == round(made.attempts / len(texts), 2)
    for name, rule in RULES.items():
        flagged = [rule(text, AnswerContext(task=TASKS[task])) for text in texts]
        assert float(row[name]) == pytest.approx(fmean(flagged), abs=1e-4)
    assert float(row["copies"]) == pytest.approx(len(copies) / len(texts), abs=1e-4)
    assert float(row["distinct_2"]) == pytest.approx(fmean(distinct_n(one, 2) for one in by_label), abs=1e-4)


def test_every_row_has_its_intervals_in_order():
    for row in variants.rows():
        for name in (*MEASURES, "gain"):
            assert float(row[f"{name}_low"]) <= float(row[name]) <= float(row[f"{name}_high"]), (row["method"], name)


def test_the_choice_is_what_the_rule_says():
    assert chosen() == variants.CHOSEN


def chosen():
    """The variant that the rule in suites/variants/few_shot.py chooses, of those measured on every task in the rows."""
    rows = {(row["task"], row["method"]): row for row in variants.rows()}
    tasks = sorted({task for task, _ in rows})
    scores = {name: mean(rows, tasks, name, "score") for name in candidates(rows, tasks)}
    best = max(scores, key=lambda name: scores[name][0])
    tied = [name for name, (score, error) in scores.items() if scores[best][0] - score <= hypot(error, scores[best][1])]
    return max(tied, key=lambda name: [mean(rows, tasks, name, of)[0] for of in ("fidelity", "distinct_2")])


def candidates(rows, tasks):
    return [name for name in variants.NAMES if all((task, name) in rows for task in tasks)]


def mean(rows, tasks, name, measure):
    """The mean over tasks, and half of its interval."""
    found = [rows[task, name] for task in tasks]
    ends = [[abs(float(row[f"{measure}_{end}"]) - float(row[measure])) for end in ("low", "high")] for row in found]
    halves = [max(both) for both in ends]  # one end may be cut at what a share can be
    return fmean(float(row[measure]) for row in found), hypot(*halves) / len(found)
