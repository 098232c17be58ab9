"""`synthworth score`: what a file of written texts is worth in real ones."""

import argparse
import contextlib
import sys
from pathlib import Path

from synthworth.cli import Commands

EXAMPLE = """example:
  synthworth score written.csv --test real_test.csv --real real_train.csv --html score.html
  synthworth score written.csv --test 60_labelled.csv --unlabelled more.csv
"""


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "score",
        help="what a file of written texts is worth in real ones: no task, no prompt, no generator",
        description="Say what labelled texts are worth in real ones, whether they beat what comes for free, and what "
        "is wrong with them.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, metavar="WRITTEN", help="written texts: CSV, TSV, JSON, JSON Lines, Parquet")
    parser.add_argument("--test", type=Path, required=True, help="real texts with labels, to score on")
    parser.add_argument(
        "--real", type=Path, help="real texts with labels, to train on. Default: half of the test texts, if enough"
    )
    parser.add_argument(
        "--unlabelled",
        type=Path,
        help="further real texts, without labels, beside 30 to 100 labelled ones in --test: a narrower interval of the "
        "accuracy",
    )
    parser.add_argument("--text", default="", help="the column of the texts, in all files. Default: guessed")
    parser.add_argument("--label", default="", help="the column of the labels, in all files. Default: guessed")
    parser.add_argument(
        "--label-map",
        action="append",
        default=[],
        metavar="OLD=NEW,...",
        help="rename labels of any file, as 0=ham,1=spam; OLD= leaves its texts out",
    )
    parser.add_argument(
        "--describe",
        action="append",
        default=[],
        metavar="LABEL=TEXT",
        help="what a label means, once for each: the description alone is scored too",
    )
    parser.add_argument(
        "--classifier",
        default="",
        help="probe (on embeddings), tfidf (on words), nearest, minilm, bert, roberta, or owner/encoder on the hub. "
        "Default: probe, or tfidf without the extra `embedded`",
    )
    parser.add_argument("--html", type=Path, help="write the report as one page, too")
    parser.add_argument("--format", default="plain", help="plain, github, csv, json or latex. Default: plain")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print the score, and write its page."""
    from synthworth.core import Bar, check_format, label_map, read_labelled, read_texts, render, replace
    from synthworth.leaderboard.scoring import page, score_texts

    check_format(arguments.format)
    bar = Bar(sys.stderr, contextlib.nullcontext)
    named = {"text": arguments.text, "label": arguments.label}
    with contextlib.closing(bar):
        score = score_texts(
            read_labelled(arguments.file, **named),
            read_labelled(arguments.test, **named),
            read_labelled(arguments.real, **named) if arguments.real else None,
            descriptions=descriptions(arguments.describe),
            names=label_map(arguments.label_map),
            unlabelled=read_texts(arguments.unlabelled, **named) if arguments.unlabelled else None,
            classifier=arguments.classifier,
            progress=bar,
        )
    if arguments.html:
        replace(arguments.html, page(score, f"What {arguments.file.name} is worth"))
    sys.stdout.write(f"{score}\n" if arguments.format == "plain" else render(score.tables(), arguments.format))
    if arguments.html:
        print(f"page: {arguments.html}", file=sys.stderr)


def descriptions(given: list[str]) -> dict[str, str]:
    """Read descriptions of labels, LABEL=TEXT each; raises ValueError for one without a label or a text."""
    described = {}
    for one in given:
        label, _, text = (part.strip() for part in one.partition("="))
        if not label or not text:
            raise ValueError(f"--describe {one!r}; give LABEL=TEXT, as --describe 'spam=an advertisement'")
        described[label] = text
    return described
