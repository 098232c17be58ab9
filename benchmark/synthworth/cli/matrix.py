"""`synthworth matrix`: every written method by every refinement, at equal texts and at equal tokens."""

import argparse
import sys
from pathlib import Path

from synthworth.cli import Commands, add_generators, add_quality, add_scored, gold_for, named, quality_for, read_all


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "matrix",
        epilog="Example: synthworth matrix results.jsonl --out study",
        help="methods by refinements: what the texts are worth, at equal texts and at equal tokens",
    )
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="JSON Lines that --synth-results wrote")
    parser.add_argument("--sizes", default="", help="texts per label, by comma. Default: the largest measured")
    parser.add_argument(
        "--tokens", type=int, help="tokens of each task to compare at. Default: as many as every set has"
    )
    add_generators(parser)
    add_quality(parser, "the first FILE")
    parser.add_argument("--out", type=Path, help="a folder, for the figure as tokens.png, .svg and .csv")
    add_scored(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print the tables, and draw the figure if a folder is given."""
    from synthworth.cli.worth import sizes_of
    from synthworth.core import check_can_fill, render
    from synthworth.leaderboard import budget_table, change_table, front_table, matrix_of, matrix_tables
    from synthworth.study.figures import draw, tokens_figure

    if arguments.out:
        check_can_fill(arguments.out)
    if arguments.tokens is not None and arguments.tokens < 1:
        raise ValueError(f"--tokens is {arguments.tokens}; give a number from 1 on")
    results = read_all(arguments.files)
    generators = named(arguments.generator, "generator", (one.generator for one in results))
    matrix = matrix_of(
        [one for one in results if not generators or one.generator in generators or not one.generator],
        classifier=arguments.classifier,
        source=arguments.source,
        gold=gold_for(arguments, results),
        quality=quality_for(arguments, arguments.files[0]),
    )
    if tasks := named(arguments.task, "task", matrix.tasks):
        matrix = matrix.of_tasks(sorted(tasks))
    reasons, tables = list[str](), [change_table(matrix)]
    try:
        tables = [*matrix_tables(matrix, sizes_of(arguments.sizes) if arguments.sizes else ()), *tables]
    except ValueError as error:
        if not tables[0].rows:
            raise
        reasons.append(str(error))
    try:
        tables += [budget_table(matrix, arguments.tokens), front_table(matrix)]
    except ValueError as error:  # the first table needs no tokens
        reasons.append(str(error))
    sys.stdout.write(render([table for table in tables if table.rows], arguments.format))
    for reason in reasons:
        sys.stderr.write(f"left out: {reason}\n")
    if arguments.out:
        draw([tokens_figure(matrix)], arguments.out)
