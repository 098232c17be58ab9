"""`synthworth agreement`: how far annotators agree, of a file of their votes."""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from synthworth.cli import Commands

if TYPE_CHECKING:
    from synthworth.core.tables import Row
    from synthworth.core.votes import Vote
    from synthworth.subjectivity.agreement import Estimate


def add(commands: Commands) -> None:
    """Declares the command."""
    parser = commands.add_parser(
        "agreement",
        help="measure how far annotators agree in a file of their votes",
        description="Mean agreement, Krippendorff's alpha and Fleiss' kappa of votes, and each annotator's agreement "
        "with the rest. A vote is a line: instance_id, annotator_id, label.",
    )
    parser.add_argument("votes", help=".csv, .tsv or .jsonl, either with .gz")
    parser.add_argument(
        "--order", default="", help="labels from low to high, by comma: ordinal alpha too. Example: 1,2,3"
    )
    parser.add_argument("--format", default="plain", help="plain, github, csv or json. Default: plain")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Prints what was measured, and then each annotator, whoever agrees least first."""
    from synthworth.core.tables import Table, render
    from synthworth.core.votes import read_votes

    votes = read_votes(arguments.votes)
    order = [name.strip() for name in arguments.order.split(",") if name.strip()]
    title, note = f"{arguments.votes}: {_counted(votes)}", f"95 %: bootstrap over instances. {_ties(votes)}"
    tables = [
        Table(title=title, rows=_measured(votes, order), note=note),
        Table(title="each annotator's agreement with the rest, the least first", rows=_each(votes), limit=10),
    ]
    sys.stdout.write(render(tables, arguments.format))


def _measured(votes: Sequence["Vote"], order: Sequence[str]) -> list["Row"]:
    """Rows of the measures over instances with two votes or more, and of Fleiss' kappa where as many votes are on each.

    The kappa is of the instances with the number of votes that most of them have.
    """
    from synthworth.subjectivity import agreement

    sizes = Counter(vote.instance for vote in votes)
    usual = Counter(size for size in sizes.values() if size > 1)
    several = [vote for vote in votes if sizes[vote.instance] > 1]
    rows = [
        _row("mean agreement", agreement.mean_agreement_interval(votes)),
        _row("Krippendorff's alpha, nominal", agreement.krippendorff_alpha_interval(votes)),
    ]
    if order:
        rows.append(_row("Krippendorff's alpha, ordinal", agreement.krippendorff_alpha_interval(votes, order)))
    ((most, count),) = usual.most_common(1)
    kappa = agreement.fleiss_kappa([vote for vote in votes if sizes[vote.instance] == most])
    rows.append(
        {"measure": f"Fleiss' kappa, {most} votes each", "value": kappa, "low": None, "high": None, "instances": count}
    )
    rows.append(_row("vote entropy, bits", agreement.mean_interval(list(agreement.vote_entropy(several).values()))))
    return rows


def _row(measure: str, found: "Estimate") -> "Row":
    return {"measure": measure} | found._asdict()


def _each(votes: Sequence["Vote"]) -> list["Row"]:
    from synthworth.subjectivity.agreement import annotator_agreement

    found = {name: each for name, each in annotator_agreement(votes).items() if each.instances}
    rows = [
        {"annotator": name, "agreement": each.agreement, "instances": each.instances} for name, each in found.items()
    ]
    return sorted(rows, key=lambda row: (row["agreement"], row["annotator"]))  # type: ignore[arg-type]


def _counted(votes: Sequence["Vote"]) -> str:
    labels = sorted({vote.label for vote in votes})
    shown = ", ".join(labels[:10]) + ", ..." * (len(labels) > 10)
    instances, annotators = len({vote.instance for vote in votes}), len({vote.annotator for vote in votes})
    return f"{len(votes):,} votes of {annotators:,} annotators on {instances:,} instances; labels: {shown}"


def _ties(votes: Sequence["Vote"]) -> str:
    from synthworth.subjectivity.agreement import majority

    alone = sum(size == 1 for size in Counter(vote.instance for vote in votes).values())
    ties = sum(len(labels) > 1 for labels in majority(votes).values())
    return f"Ties: {ties:,} instances have no single majority. Left out: {alone:,} instances with one vote."
