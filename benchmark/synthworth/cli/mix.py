"""`synthworth mix`: I have k real texts of each label; shall I label more, generate, or both?"""

import argparse
import sys
from pathlib import Path

from synthworth.cli import (
    Commands,
    add_generators,
    add_label_price,
    add_prices,
    add_quality,
    add_scored,
    chosen,
    gold_for,
    label_price_of,
    quality_for,
    read_all,
)


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "mix",
        epilog="Example: synthworth mix results.jsonl --label-price 0.05",
        help="written texts beside a few real ones: label more, generate, or both?",
    )
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help="JSON Lines that --synth-results wrote, with --synth-mix"
    )
    add_label_price(parser)
    add_generators(parser)
    add_prices(parser)
    add_quality(parser, "the first FILE")
    add_scored(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print what mixtures score, and what to do next."""
    from synthworth.core import render
    from synthworth.leaderboard import augmentation_table, mixtures, next_table

    classifier, label_price = arguments.classifier, label_price_of(arguments)
    results = read_all(arguments.files)
    rows = mixtures(
        results,
        classifier=classifier,
        source=arguments.source,
        gold=gold_for(arguments, results),
        quality=quality_for(arguments, arguments.files[0]),
        prices=arguments.prices,
    )
    rows = chosen(chosen(rows, "generator", arguments.generator), "task", arguments.task)
    tables = [
        augmentation_table(rows, classifier=classifier),
        next_table(rows, classifier=classifier, label_price=label_price),
    ]
    sys.stdout.write(render(tables, arguments.format))
