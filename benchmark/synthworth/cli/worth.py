"""`synthworth worth`: what written texts are worth, task by generator, and what follows from comparing them."""

import argparse
import sys
from pathlib import Path

from synthworth.cli import Commands, add_generators, add_notes, add_scored, chosen, gold_for

SHOWN = ("table", "claims", "sentence")


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "worth",
        epilog="Example: synthworth worth results.jsonl --generator files --show claims",
        help="what written texts are worth in real ones, task by generator",
    )
    parser.add_argument("file", type=Path, help="JSON Lines that --synth-results wrote")
    parser.add_argument("--sizes", default="100,1000", help="texts per label, by comma. Default: 100,1000")
    add_generators(parser, "only texts by these, by comma, or files: those made elsewhere")
    parser.add_argument("--show", default="table", help="table, claims or sentence. Default: table")
    add_notes(parser, "FILE")
    add_scored(parser)
    parser.add_argument("--out", type=Path, help="a folder, for the figure as worth.png, .svg and .csv")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print what is asked for, and draw the figure if a folder is given."""
    from synthworth.core import check_can_fill, in_words, notes_beside, read, read_notes, render, unknown
    from synthworth.generation.methods import is_of_files
    from synthworth.leaderboard import worth_sentence, worth_table, written_sets
    from synthworth.study.claims import claims_about_more, claims_of, claims_table
    from synthworth.study.figures import draw, worth_figure

    if arguments.show not in SHOWN:
        raise ValueError(unknown("--show", arguments.show, SHOWN, "values"))
    if arguments.out:
        check_can_fill(arguments.out)
    sizes = sizes_of(arguments.sizes)
    results = read(arguments.file)
    sets = written_sets(
        results,
        classifier=arguments.classifier,
        sizes=sizes,
        source=arguments.source,
        gold=gold_for(arguments, results),
        notes=read_notes(arguments.notes) if arguments.notes else notes_beside(arguments.file),
    )
    by_files = "files" in [name.strip() for name in arguments.generator.split(",")]
    of_files = [one for one in sets if by_files and is_of_files(one.method)]
    sets = chosen(chosen(sets, "generator", arguments.generator, of_files), "task", arguments.task)
    if arguments.show == "sentence":
        lines = {f"{size:,} per label": line for size in sizes if (line := worth_sentence(sets, size))}
        if arguments.format == "plain":
            sys.stdout.write("\n".join(lines.values()) + "\n")
        else:
            sys.stdout.write(render([in_words([*lines.items()])], arguments.format))
    elif arguments.show == "claims":
        tables = [claims_table(claims_of(sets, size), f"{size:,} texts per label") for size in sizes]
        tables.append(claims_table(claims_about_more(sets), "more texts of one set"))
        sys.stdout.write(render([table for table in tables if table.rows], arguments.format))
    else:
        sys.stdout.write(render([worth_table(sets, sizes, classifier=arguments.classifier)], arguments.format))
    if arguments.out:
        draw([worth_figure(sets, sizes, classifier=arguments.classifier)], arguments.out)


def sizes_of(given: str) -> list[int]:
    """Read sizes, separated by commas; raises ValueError if one is no number from 1 on."""
    sizes = list(dict.fromkeys(size.strip() for size in given.split(",") if size.strip()))
    if not sizes or not all(size.isdecimal() and int(size) for size in sizes):
        raise ValueError(f"--sizes is {given!r}; give numbers from 1 on, as 100,1000")
    return [int(size) for size in sizes]
