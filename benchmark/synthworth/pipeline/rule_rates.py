"""Rates at which rules drop real texts, which are false alarms, and written ones, over the texts of suites."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from synthworth.core import Example, Row, Table, unknown
from synthworth.generation import RULES, AnswerContext, Generated
from synthworth.generation.methods import OF_FILES
from synthworth.pipeline.run import Run
from synthworth.pipeline.training_sets import REAL

BY_NAME = {rule.__name__: rule for rule in RULES}
ALL = "all"


@dataclass(frozen=True, kw_only=True)
class TextsOfTask:
    """The texts of a task: real ones, and written ones by their method, which may come from several draws."""

    task: str
    context: AnswerContext
    real: Sequence[str]
    written: Mapping[str, Sequence[str]] = field(default_factory=dict)


def texts_of(run: Run, methods: Sequence[str], seeds: Sequence[int]) -> TextsOfTask:
    """Take all real texts of a task, train and test, and all that the methods make in each draw, dropped ones too.

    Raises ValueError if a method's texts cannot be made.
    """
    return TextsOfTask(
        task=run.task.name,
        context=AnswerContext(task=run.task),
        real=[example.text for example in (*run.data.train, *run.data.test)],
        written={
            # A draw of a file looks at the whole file.
            method: [
                example.text
                for seed in (seeds[:1] if method.startswith(OF_FILES) else seeds)
                for example in _looked_at(run.sets.generated(method, generation_seed=seed))
            ]
            for method in methods
        },
    )


def rates_of_rules(tasks: Sequence[TextsOfTask], rules: Sequence[str]) -> Table:
    """A table with a row for each rule and task, and one for all: of real texts, and of those of each method.

    Raises ValueError, with the known names, for a rule that is none.
    """
    for name in rules:
        if name not in BY_NAME:
            raise ValueError(unknown("rule", name, BY_NAME))
    methods = list(dict.fromkeys(method for each in tasks for method in each.written))
    rows: list[Row] = []
    for name in rules:
        found = {each.task: {column: _found(each, name, texts) for column, texts in _columns(each)} for each in tasks}
        found[ALL] = {c: [hit for f in found.values() for hit in f.get(c, [])] for c in (REAL, *methods)}
        for task, by_column in found.items():
            shares = {column: _percent(by_column.get(column, [])) for column in (REAL, *methods)}
            rows.append({"rule": name, "task": task, "texts": len(by_column[REAL]), **shares})
    return Table(
        title="Texts that rules drop",
        rows=rows,
        note="real: false alarms, among all real texts of a task. Of a method: of all answers that hold a text, or of "
        "all texts of a file, those that another rule drops too.",
        headers={REAL: "real", **{method: method for method in methods}, "texts": "real texts"},
    )


def _looked_at(generated: Generated) -> tuple[Example, ...]:
    return (*generated.examples, *generated.others, *generated.discarded)


def _columns(each: TextsOfTask) -> list[tuple[str, Sequence[str]]]:
    return [(REAL, each.real), *each.written.items()]


def _found(each: TextsOfTask, rule: str, texts: Sequence[str]) -> list[bool]:
    return [BY_NAME[rule](text, each.context) for text in texts]


def _percent(found: Sequence[bool]) -> str:
    return f"{sum(found) / len(found):.2%}" if found else ""
