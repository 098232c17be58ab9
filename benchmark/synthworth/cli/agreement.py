"""`synthworth agreement`: measure how far annotators agree, from a file of their votes."""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from synthworth.cli import Commands, add_format

if TYPE_CHECKING:
    from synthworth.core import Row, Vote
    from synthworth.subjectivity import AgreementEstimate


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "agreement",
        epilog="Example: synthworth agreement votes.csv --columns instance=item_id,annotator=rater_id,label=rating",
        help="measure how far annotators agree in a file of their votes",
        description="Mean agreement, Krippendorff's alpha and Fleiss' kappa of votes, and each annotator's agreement "
        "with the rest. A vote is a row: instance_id, annotator_id, label. --columns names the columns of other files: "
        "a row for each vote, a column for each annotator (instance=id,label=ann..zoe), a column of 0 and 1 for each "
        "label (instance=id,annotator=rater,label=joy+anger), or nested JSON, by names with dots "
        "(annotator=annotations.completed_by).",
    )
    parser.add_argument("votes", help=".csv, .tsv, .jsonl, .json or .parquet, all but the last also with .gz")
    parser.add_argument(
        "--columns",
        default="",
        help="columns of the votes. Default: instance_id, annotator_id, label. "
        "Example: instance=item_id,annotator=rater_id,label=rating",
    )
    parser.add_argument("--out", type=Path, default=None, help="CSV file of the votes, as --votes takes it elsewhere")
    parser.add_argument(
        "--order", default="", help="labels from low to high, by comma: ordinal alpha too. Example: 1,2,3"
    )
    add_format(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print the measures, and then each annotator, those who agree least first."""
    from synthworth.core import Table, VoteColumns, atomic, check_can_write, read_votes_file, render, votes_csv

    if arguments.out:
        check_can_write(arguments.out, read=[Path(arguments.votes)])
    columns = VoteColumns.parse(arguments.columns) if arguments.columns else None
    votes, missing = read_votes_file(arguments.votes, columns)
    order = [name.strip() for name in arguments.order.split(",") if name.strip()]
    note = f"95 %: bootstrap over instances. {_ties(votes)}"
    note += f" Without a vote: {missing:,} cells." if missing else ""
    title = f"{arguments.votes}: {_counted(votes)}"
    tables = [
        Table(title=title, rows=_measured(votes, order), note=note),
        Table(title="each annotator's agreement with the rest, the least first", rows=_each(votes), limit=10),
    ]
    sys.stdout.write(render(tables, arguments.format))
    if arguments.out:
        atomic.replace(arguments.out, votes_csv(votes))


def _measured(votes: Sequence["Vote"], order: Sequence[str]) -> list["Row"]:
    """Make a row for each measure over instances with two votes or more, and one for Fleiss' kappa.

    The kappa is over the instances with the number of votes that most of them have.
    """
    from synthworth.subjectivity import agreement

    sizes = Counter(vote.instance for vote in votes)
    usual = Counter(size for size in sizes.values() if size > 1)
    several = [vote for vote in votes if sizes[vote.instance] > 1]
    rows = [
        _row("mean agreement", agreement.mean_agreement_interval(votes)),
        _row("Krippendorff's alpha, nominal", agreement.krippendorff_alpha(votes)),
    ]
    if order:
        rows.append(_row("Krippendorff's alpha, ordinal", agreement.krippendorff_alpha(votes, order)))
    ((most, count),) = usual.most_common(1)
    kappa = agreement.fleiss_kappa([vote for vote in votes if sizes[vote.instance] == most])
    rows.append(
        {"measure": f"Fleiss' kappa, {most} votes each", "value": kappa, "low": None, "high": None, "instances": count}
    )
    rows.append(_row("vote entropy, bits", agreement.mean_interval(list(agreement.vote_entropy(several).values()))))
    return rows


def _row(measure: str, estimate: "AgreementEstimate") -> "Row":
    return {"measure": measure} | estimate._asdict()


def _each(votes: Sequence["Vote"]) -> list["Row"]:
    from synthworth.subjectivity import annotator_agreement

    rows = [
        {"annotator": name, "agreement": one.agreement, "instances": one.instances}
        for name, one in annotator_agreement(votes).items()
        if one.instances
    ]
    return sorted(rows, key=lambda row: (row["agreement"], row["annotator"]))  # type: ignore[arg-type]


def _counted(votes: Sequence["Vote"]) -> str:
    labels = sorted({vote.label for vote in votes})
    shown = ", ".join(labels[:10]) + ", ..." * (len(labels) > 10)
    instances, annotators = len({vote.instance for vote in votes}), len({vote.annotator for vote in votes})
    return f"{len(votes):,} votes of {annotators:,} annotators on {instances:,} instances; labels: {shown}"


def _ties(votes: Sequence["Vote"]) -> str:
    from synthworth.subjectivity import majority

    alone = sum(size == 1 for size in Counter(vote.instance for vote in votes).values())
    ties = sum(len(labels) > 1 for labels in majority(votes).values())
    return f"Ties: {ties:,} instances have no single majority. Left out: {alone:,} instances with one vote."
