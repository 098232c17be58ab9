"""`compare rank`: tasks from the most objective to the most subjective one, with the reliability of that order."""

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from synthworth.cli import Commands, add_format

if TYPE_CHECKING:
    from synthworth.core import Row
    from synthworth.subjectivity import Comparison

CIRCLES = 3  # that a note names


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "rank",
        epilog="Example: synthworth compare rank sheets/anna.csv sheets/ben.csv",
        help="rank tasks by filled sheets and files with winner, loser, annotator",
    )
    parser.add_argument("files", nargs="+", help="sheets, or files of comparisons: .csv, .tsv or .jsonl, also with .gz")
    parser.add_argument("--people", action="store_true", help="leave out stand-ins. Default: all who have answered")
    add_format(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print the ranking, its consistency, and each annotator."""
    from synthworth.core import Table, render
    from synthworth.subjectivity import STAND_IN, read_answers
    from synthworth.subjectivity.ranking import comparison_source, standings

    answers = [read_answers(path) for path in arguments.files]
    comparisons = [comparison for one in answers for comparison in one.comparisons]
    if arguments.people:
        comparisons = [comparison for comparison in comparisons if not comparison.annotator.startswith(STAND_IN)]
    if not comparisons:
        raise ValueError(
            f"no {'person' if arguments.people else 'annotator'} has answered in {', '.join(arguments.files)}"
        )
    unanswered = sum(one.unanswered for one in answers)
    rows = [row._asdict() for row in standings(comparisons)]
    whole, note = _whole(comparisons)
    tables = [
        Table(
            title=f"the most objective task first: {comparison_source(comparisons)}",
            rows=[{"rank": row.pop("rank"), **row} for row in rows],
            note="strength: Bradley-Terry, log scale, mean 0; 95 % over annotators, or over the comparisons of one. "
            f"{unanswered:,} rows of sheets have no answer.{_caution(comparisons)}",
        ),
        Table(title="how far the answers are from an order", rows=whole, note=note),
        Table(title="annotators", rows=_each(comparisons)),
    ]
    sys.stdout.write(render(tables, arguments.format))


def _caution(comparisons: Sequence["Comparison"]) -> str:
    from synthworth.subjectivity import STAND_IN

    stand_ins = sum(comparison.annotator.startswith(STAND_IN) for comparison in comparisons)
    if not stand_ins:
        return ""
    return f" {stand_ins:,} of {len(comparisons):,} comparisons are by stand-ins, which are generators and not people."


def _whole(comparisons: Sequence["Comparison"]) -> tuple[list["Row"], str]:
    """Make rows on all comparisons together, and a note on the clearest circles."""
    from synthworth.subjectivity.ranking import coefficient_of_agreement, coefficient_of_consistence

    order, agreed = coefficient_of_consistence(comparisons), coefficient_of_agreement(comparisons)
    rows: list[Row] = [
        {"measure": "circular triads, of those decided by majorities", "value": order.share, "n": order.decided},
        {"measure": "coefficient of consistence, zeta", "value": order.zeta, "n": order.decided},
        {"measure": "two annotators say the same of a pair", "value": agreed.share, "n": agreed.n},
        {"measure": "coefficient of agreement, u", "value": agreed.u, "n": agreed.n},
    ]
    circles = "; ".join(f"{t.first} > {t.second} > {t.third} > {t.first}" for t in order.worst[:CIRCLES])
    more = f", and {len(order.worst) - CIRCLES} more" if len(order.worst) > CIRCLES else ""
    notes = [f"Circles, the clearest first: {circles}{more}."] if circles else []
    if order.zeta is None:
        notes.append("There is no zeta, as some pairs have no majority.")
    return rows, " ".join(notes)


def _each(comparisons: Sequence["Comparison"]) -> list["Row"]:
    from synthworth.subjectivity import STAND_IN
    from synthworth.subjectivity.ranking import coefficient_of_consistence, repeatability

    rows: list[Row] = []
    for name in sorted({comparison.annotator for comparison in comparisons}):
        own = [comparison for comparison in comparisons if comparison.annotator == name]
        order, again = coefficient_of_consistence(own), repeatability(own)
        rows.append(
            {
                "annotator": name,
                "kind": "stand-in" if name.startswith(STAND_IN) else "person",
                "comparisons": len(own),
                "circular": order.circular,
                "decided": order.decided,
                "zeta": order.zeta,
                "same_answer_again": again.share,
                "pairs_asked_again": again.n,
            }
        )
    return rows
