"""The end of a session, beside the leaderboard: the matrix, mixtures, and what was left out."""

import contextlib
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from synthworth.core import Result

Gold = Mapping[tuple[str, str], Sequence[str]]


def matrix_text(results: Sequence[Result], file: str) -> str:
    """Methods by refinements, as a table for each classifier, and the commands that say more of the results' file.

    `file` is quoted for a shell; "" if no results are kept.

    Nothing is paired on test rows, as by these commands without --data: there may be thousands of results.
    """
    from synthworth.core import render
    from synthworth.leaderboard import matrix_of, matrix_tables

    tables = []
    for classifier, source in _measured(results):
        with contextlib.suppress(ValueError):  # of a classifier without written texts on all tasks
            tables += matrix_tables(matrix_of(results, classifier=classifier, source=source))
    lines = ["keep the results with --synth-results FILE to compare at equal tokens (synthworth matrix)"]
    if file:
        lines = [
            f"Task by task: synthworth leaderboard {file}",
            f"At equal tokens, with a figure: synthworth matrix {file} --out study",
        ]
    return "\n".join([render(tables), *lines])


def mixtures_text(results: Sequence[Result], gold: Gold, file: str) -> str:
    """The scores of real and written texts together, as a table for each classifier, and the command that says more.

    `file` is that of the results, quoted for a shell; "" if none are kept.
    """
    from synthworth.core import render
    from synthworth.leaderboard import augmentation_table, mixtures

    tables = []
    for classifier, source in _measured(results):
        with contextlib.suppress(ValueError):  # of a classifier without mixtures, as a session of few tests has
            found = mixtures(results, classifier=classifier, source=source, gold=gold)
            tables.append(augmentation_table(found, classifier=classifier))
    more = "keep the results with --synth-results FILE to see what to do next (synthworth mix)"
    if file:
        more = f"Label more, generate, or both? synthworth mix {file}"
    return f"{render(tables)}\n{more}"


def not_beside(methods: AbstractSet[str], keyword: str) -> str:
    """Say which methods are not there to compare mixtures with, since -k left their tests out, and what has them.

    >>> not_beside({"real"}, "score")
    'without real to compare with: -k left out its test_curve, which -k "score or curve" takes in'
    """
    names, kept = ", ".join(sorted(methods)), keyword if keyword.isidentifier() else f"({keyword})"
    return f'without {names} to compare with: -k left out its test_curve, which -k "{kept} or curve" takes in'


def _measured(results: Sequence[Result]) -> list[tuple[str, str]]:
    return sorted({(result.classifier, result.data) for result in results})


def left_out(lacking: Mapping[str, AbstractSet[str]], every: AbstractSet[str]) -> str:
    """The methods without recorded answers, each with its tasks, in a line.

    Of a method that lacks texts, its refinements are not named. `every` are all tasks of the session.

    >>> left_out({"topics": {"imdb"}, "topics|dedup": {"imdb"}, "zero_shot|relabel": {"imdb", "toy"}}, {"imdb", "toy"})
    'left out for lack of recorded answers: topics (imdb); zero_shot|relabel (every task)'
    """
    told = []
    for method, tasks in sorted(lacking.items()):
        written, refined, _ = method.partition("|")
        if own := tasks - lacking.get(written, frozenset()) if refined else tasks:
            told.append(f"{method} ({'every task' if own == every else ', '.join(sorted(own))})")
    return f"left out for lack of recorded answers: {'; '.join(told)}"
