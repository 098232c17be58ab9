"""`synthworth.run`: a task measured from a notebook, as a run of pytest measures it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Unpack

from synthworth.core import Frame, Result, Row, Table, Task, frame, grid, html_text, render, user_cache
from synthworth.generation.methods import Method, is_drawn
from synthworth.leaderboard.board_tables import table_for_readers
from synthworth.leaderboard.boards import leaderboards
from synthworth.leaderboard.columns import View
from synthworth.leaderboard.row import Context, Leaderboard
from synthworth.leaderboard.sentence import sentence
from synthworth.pipeline import (
    REAL,
    Asking,
    CellId,
    Run,
    Settings,
    Texts,
    asked_run,
    check_arguments,
    given_data,
    resolved,
    smallest_label,
    whole,
)
from synthworth.training import recipes


@dataclass(frozen=True, kw_only=True)
class TaskRun:
    """The results of one task, and what they say; `run` returns it.

    Printed, it is what a run of pytest ends with; as the last line of a notebook's cell, a sentence and a table.

    >>> from synthworth import Task, TaskRun, run
    >>> notes = Task(name="notes", labels={"kind": "a kind note", "harsh": "a harsh note"}, words=(1, 12))
    >>> test = [("how kind of you", "kind"), ("a harsh reply", "harsh")]
    >>> found = run(notes, "labels", test=test, classifier="tfidf")  # trained on the descriptions alone
    >>> isinstance(found, TaskRun), found.to_frame().macro_f1.tolist()
    (True, [1.0])
    """

    task: str
    """The task's name."""
    answer: str
    """One sentence: what the texts are worth, or reach."""
    results: tuple[Result, ...]
    """A result for each draw of the texts and each seed of the training, the written texts first."""
    boards: tuple[Leaderboard, ...]
    """The means over draws and seeds, with their intervals."""

    def to_frame(self) -> Frame:
        """Return the results as a pandas DataFrame, a row for each."""
        return frame([_row(result) for result in self.results])

    def tables(self) -> list[Table]:
        """Return the means over draws and seeds as tables."""
        return [table_for_readers(board, View(brief=True)) for board in self.boards]

    def __str__(self) -> str:
        return f"{self.answer}\n\n{render(self.tables())}"

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        tables = "".join(f"{grid(table, 'html')}<p>{html_text(table.note)}</p>" for table in self.tables())
        return f"<div><p><strong>{html_text(self.answer)}</strong></p>{tables}</div>"


def run(
    task: Task,
    method: str = "zero_shot",
    *,
    test: Texts,
    train: Texts = (),
    classifier: str = "probe",
    per_label: int = 20,
    draws: Sequence[int] = (0, 1, 2),
    training_seeds: int = 1,
    **asking: Unpack[Asking],
) -> TaskRun:
    """Measure what a method's texts for a task teach a classifier, as a run of pytest with these settings does.

    `test` are real texts to score on, `train` real ones to compare with, each a file, `Example`s, or pairs (text,
    label); `test` may also be hub, or the folder of a mirror, which has both. Real texts of the same size stand beside
    the written ones if each label has as many. `classifier` is what `--synth-classifier` takes, `draws` are generation
    seeds, `training_seeds` counts those of the training; `generator`, `weights`, `cassettes`, `record` and `progress`
    are described at `synthworth.generate`. Predictions are kept in the user's cache, trainings run one after the
    other, in this process, also inside a running event loop. Raises ValueError, in one line, if the texts cannot be
    made or read; `MissingAnswers`, a ValueError too, if answers are missing that `record="none"` does not ask for.

    >>> from pathlib import Path
    >>> from synthworth import run, suites_in
    >>> (suite,) = suites_in([Path("suites/test_sms_spam.py")])  # in a clone of the benchmark
    >>> found = run(
    ...     suite.task, test="suites/quickstart/sms_spam.jsonl", classifier="majority", per_label=4, draws=(0,),
    ...     record="none",
    ... )
    >>> [(result.method, result.train_rows, result.accuracy) for result in found.results]
    [('zero_shot', 8, 0.5)]
    """
    check_arguments(asking, run)
    if not isinstance(draws, Iterable) or isinstance(draws, str):
        raise ValueError(f"draws={draws!r}; give generation seeds, such as (0, 1, 2)")
    seeds = list(dict.fromkeys(whole(0, draws=seed) for seed in draws))
    if not seeds:
        raise ValueError(f"draws={draws!r}; give at least one generation seed")
    per_label, training_seeds = whole(1, per_label=per_label), whole(1, training_seeds=training_seeds)
    methods = resolved(method)
    recipes.recipe(classifier)  # an unknown one is refused before anything is asked
    settings = Settings(
        data=given_data(task, train, test),
        record=asking.get("record", "missing"),
        per_label=per_label,
        generation_seed=seeds[0],
    )
    with asked_run(task, settings, methods, asking, cache=user_cache() / "predictions") as measured:
        measured.sets.seeds.update(seeds)
        results = [
            measured.result_of(cell_id) for cell_id in _cells(measured, methods, classifier, seeds, training_seeds)
        ]
        gold = {(task.name, measured.data.version): [example.label for example in measured.data.test]}
    context = Context(gold=gold, notes=[note for one in methods.values() for note in one.notes])
    boards = leaderboards(results, context)
    return TaskRun(task=task.name, answer=sentence(boards), results=tuple(results), boards=tuple(boards))


def _cells(
    measured: Run, methods: Mapping[str, Method], classifier: str, draws: Sequence[int], training_seeds: int
) -> Iterator[CellId]:
    """Yield the cells to measure, each once: those of the methods, then those of as many real texts."""
    names = [*methods]
    if REAL not in names and smallest_label(measured.task, measured.data.train) >= measured.settings.per_label:
        names.append(REAL)
    cells = (
        measured.cell_id(name, classifier, seed=seed, generation_seed=drawn)
        for name in names
        for drawn in (draws if is_drawn(name) else draws[:1])
        for seed in range(training_seeds)
    )
    yield from dict.fromkeys(cells)


def _row(result: Result) -> Row:
    return {
        "method": result.method,
        "generator": result.generator,
        "classifier": result.classifier,
        "per_label": result.per_label,
        "generation_seed": result.generation_seed,
        "training_seed": result.training_seed,
        "train_rows": result.train_rows,
        "macro_f1": result.macro_f1,
        "low": result.macro_f1_low,
        "high": result.macro_f1_high,
        "accuracy": result.accuracy,
    }
