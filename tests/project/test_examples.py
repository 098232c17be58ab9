"""The examples: each is what a page says it is, small enough to read, and a notebook runs."""

import ast
import asyncio
import csv
import json
from pathlib import Path

import pytest

from synthworth.core.task import Task
from synthworth.generation.methods import resolve
from synthworth.pipeline.replay import suites_in

EXAMPLES = Path(__file__).parents[2] / "examples"


def rows(split):
    with (EXAMPLES / f"own_data/my-data/tickets/{split}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def task() -> Task:
    (suite,) = suites_in([EXAMPLES / "own_task"])
    return suite.task


def test_the_example_task_has_the_labels_of_the_example_data(task):
    assert {row["label"] for split in ("train", "test") for row in rows(split)} == set(task.labels)


def test_no_example_text_stands_twice(task):
    texts = [row["text"] for split in ("train", "test") for row in rows(split)]
    texts += [text for shown in task.demonstrations.values() for text in shown]
    written = (EXAMPLES / "own_data/texts/tickets.jsonl").read_text(encoding="utf-8")
    texts += [json.loads(line)["text"] for line in written.splitlines()]
    assert len({text.casefold() for text in texts}) == len(texts)


def test_the_example_method_is_one_that_an_option_can_name():
    name = f"{EXAMPLES}/own_method/subjects.py:subjects"
    assert list(resolve([name])) == ["subjects"]


@pytest.mark.parametrize("path", sorted(EXAMPLES.rglob("*.py")), ids=lambda path: path.name)
def test_an_example_fits_on_a_page(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 50


def shown_by(notebook):
    """What each code cell of a notebook shows: the value of its last line, if that is an expression."""
    names, shown = {}, []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            body = ast.parse("".join(cell["source"])).body
            last = body.pop() if isinstance(body[-1], ast.Expr) else None
            exec(compile(ast.Module(body, []), "cell", "exec"), names)  # its own cells, as a kernel runs them
            shown.append(eval(compile(ast.Expression(last.value), "cell", "eval"), names) if last else None)
    return shown


@pytest.mark.parametrize("path", sorted(EXAMPLES.rglob("*.ipynb")), ids=lambda path: path.name)
def test_a_notebook_runs_inside_a_loop_and_shows_tables(path, monkeypatch):
    """Not by a kernel: what a cell needs of one is a namespace, a running loop, and the HTML of its last line."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    monkeypatch.chdir(path.parent)

    async def kernel():
        return shown_by(notebook)

    shown = [value for value in asyncio.run(kernel()) if value is not None]
    assert any("<table>" in value._repr_html_() for value in shown if hasattr(value, "_repr_html_"))
    assert not any(cell.get("outputs") for cell in notebook["cells"])
