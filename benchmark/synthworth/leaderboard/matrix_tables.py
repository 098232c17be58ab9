"""The matrix of methods and refinements as tables: at equal texts, at equal tokens, and the Pareto front."""

from collections.abc import Iterable, Sequence

from synthworth.core import Row as Line
from synthworth.core import Table
from synthworth.leaderboard.learning_curve import worth_in_words
from synthworth.leaderboard.matrix import Matrix, Measured, at_equal_tokens, at_size, budgets, spent_sets
from synthworth.leaderboard.written_worth import MEANING, ONE_DRAW, SHORT

AS_WRITTEN = "as written"
IN_CELLS = {
    True: "In the cells: how many real texts per label reach the same Macro-F1 of {}, in brackets 95 % over test rows "
    "and draws of the texts; < and >: beyond the learning curve of real texts.",
    False: "In the cells: Macro-F1 of {} on real test texts, in brackets 95 % over test rows and draws of the texts; "
    "real texts of two sizes would say what that is worth (--synth-method real --synth-curve 10,30,100).",
}
EQUAL = (
    "Tokens are those of prompts and answers, of dropped answers too, of topics, attributes and votes. A score is "
    "interpolated between the two sizes whose tokens enclose that number, linear in its logarithm; nothing is "
    "extrapolated. Tier: 1 is beaten by no other (paired on test rows, over draws, Holm's p over all pairs at most "
    "0.05); none without --data, or for one draw."
)


def matrix_tables(matrix: Matrix, sizes: Sequence[int] = ()) -> list[Table]:
    """Return a table for each generator and number of texts per label: a line for each method, a column a refinement.

    `sizes` are those that are shown, by default the largest. A method needs a set on all tasks. Raises ValueError if
    none has one, or nobody has measured a size.
    """
    for size in sizes:
        if size not in matrix.sizes:
            known = ", ".join(f"{one:,}" for one in matrix.sizes)
            raise ValueError(f"no results with {size:,} texts per label; sizes: {known}")
    tables = []
    for generator in dict.fromkeys(one.name.generator for one in matrix.sets):
        for size in sizes or matrix.sizes[-1:]:
            if table := _pivot(matrix, generator, size):
                tables.append(table)
    if not tables:
        raise ValueError(
            f"no method has texts for all {len(matrix.tasks)} tasks, and means over different tasks do not compare; "
            f"name some with --task: {', '.join(matrix.tasks)}"
        )
    return tables


def _pivot(matrix: Matrix, generator: str, size: int) -> Table | None:
    curve, mine = matrix.mean_curve, [one for one in matrix.sets if one.name.generator == generator]
    whole = {one.name.method for one in mine if at_size(matrix, one, size, None)}
    mine = [one for one in mine if one.name.method in whole]
    columns = dict.fromkeys(sorted((one.name.refinements for one in mine), key=lambda name: (name != "", name)))
    lines: dict[str, dict[str, str]] = {}
    for one in mine:
        there = sum(size in of for of in one.tasks.values())
        if there:
            measured = at_size(matrix, one, size, curve)
            line = lines.setdefault(
                one.name.method, {"method": one.name.method, **dict.fromkeys(map(_head, columns), "")}
            )
            line[_head(one.name.refinements)] = _cell(measured) if measured else f"{there} of {len(matrix.tasks)} tasks"
    if not lines:
        return None
    text = IN_CELLS[curve is not None].format(matrix.classifier)
    return Table(
        title=f"Methods by refinements: {size:,} texts per label by {generator or 'nobody named'}, {_tasks(matrix)}",
        rows=list(lines.values()),
        note=" ".join([text, *_marks(cell for line in lines.values() for cell in line.values())]),
        left=list(next(iter(lines.values()))),
    )


def _head(refinements: str) -> str:
    return refinements or AS_WRITTEN


def budget_table(matrix: Matrix, tokens: float | None = None) -> Table:
    """Compare the sets at equal tokens of each task, by default as many as every set has; the best comes first.

    Raises ValueError if no set knows its tokens on all tasks.
    """
    entries = at_equal_tokens(matrix, tokens)
    if not entries:
        raise ValueError(
            "no results know the tokens of their texts, as those of files and of older versions; measure again what "
            "was recorded (nothing is asked anew)"
        )
    spent = budgets(matrix) if tokens is None else dict.fromkeys(matrix.tasks, tokens)
    lines: list[Line] = [
        {
            "method": entry.name.full,
            "generator": entry.name.generator,
            "texts per label": f"{entry.per_label:,.0f}",
            "Macro-F1": _score(entry.measured),
            "worth in real": _worth(entry.measured),
            "tier": entry.tier,
        }
        for entry in entries
        if entry.measured
    ]
    out = [entry.name.full for entry in entries if not entry.measured]
    beyond = f"Beyond its measured sizes: {', '.join(out)}; measure more, with --synth-curve 10,30,100." if out else ""
    fewest, most = min(spent.values()), max(spent.values())
    words = f"{fewest:,.0f}" if fewest == most else f"{fewest:,.0f} to {most:,.0f}, by task,"
    cells = [str(cell) for line in lines for cell in line.values()]
    return Table(
        title=f"Methods at equal tokens: {words} of each task, {_tasks(matrix)}",
        rows=lines,
        note=" ".join(filter(None, [EQUAL, *_marks(cells), beyond])),
        left=["method", "generator", "Macro-F1", "worth in real"],
    )


def front_table(matrix: Matrix) -> Table:
    """The sets that no other beats for as few tokens, from few tokens to many."""
    lines: list[Line] = []
    for one in spent_sets(matrix):
        worth, tokens = one.measured.worth, one.measured.tokens or 0.0
        known = worth is not None and worth.least <= worth.value <= worth.most
        if one.front:
            lines.append(
                {
                    "method": one.name.full,
                    "generator": one.name.generator,
                    "texts per label": one.per_label,
                    "tokens": round(tokens),
                    "Macro-F1": _score(one.measured),
                    "worth in real": _worth(one.measured),
                    "worth per 1,000 tokens": f"{1000 * worth.value / tokens:.2g}" if worth and known else "",
                }
            )
    cells = [str(cell) for line in lines for cell in line.values()]
    note = (
        "No other set has a higher mean Macro-F1 for as few tokens of a task. Tokens: the mean over tasks. Real texts "
        "are per label."
    )
    return Table(
        title=f"The Pareto front of worth against tokens, {_tasks(matrix)}",
        rows=lines,
        note=" ".join([note, *_marks(cells)]),
        left=["method", "generator", "Macro-F1", "worth in real"],
    )


def _tasks(matrix: Matrix) -> str:
    tasks = matrix.tasks
    return tasks[0] if len(tasks) == 1 else f"mean of {len(tasks)} tasks"


def _score(measured: Measured) -> str:
    value, low, high = measured.score
    return f"{value:.3f} ({low:.3f} to {high:.3f})" + _after(measured)


def _worth(measured: Measured) -> str:
    return worth_in_words(measured.worth) if measured.worth else ""


def _cell(measured: Measured) -> str:
    return worth_in_words(measured.worth) + _after(measured) if measured.worth else _score(measured)


def _after(measured: Measured) -> str:
    return ONE_DRAW * (measured.draws == 1) + SHORT * measured.short


def _marks(cells: Iterable[str]) -> list[str]:
    together = " ".join(cells)
    return [f"{mark}: {meaning}." for mark, meaning in MEANING.items() if mark in together]
