"""`synthworth figures`: draw the study's figures, and write its tables and verdicts."""

import argparse
from pathlib import Path

from synthworth.cli import Commands, add_measured_by, add_per_label, add_quality, add_suites


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "figures",
        epilog="Example: synthworth figures --results suites --out study",
        help="draw the study's figures, and write its tables and verdicts",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for PNG, SVG, CSV and tables.md")
    parser.add_argument(
        "--results",
        type=Path,
        nargs="+",
        metavar="PATH",
        help="what --synth-results wrote, with all draws of the texts: files, or folders with results.jsonl. Default: "
        "results.jsonl beside the suites",
    )
    parser.add_argument("--data", help="real texts, for what is paired on test rows: hub, or the folder of a mirror")
    add_suites(parser)
    add_quality(parser, "the results")
    parser.add_argument("--votes", type=Path, help="folder of votes, TASK.csv or .jsonl. Default: those the data carry")
    parser.add_argument(
        "--comparisons", type=Path, help="what compare wrote. Default: comparisons.csv beside the results"
    )
    add_measured_by(parser)
    parser.add_argument(
        "--generator",
        default="",
        help="only its texts, but for the figure of worth, which has all. Default: every generator and file",
    )
    parser.add_argument(
        "--with-examples", default="", metavar="SERIES", help="texts written with examples. Default: few_shot"
    )
    parser.add_argument(
        "--without-examples", default="", metavar="SERIES", help="texts written without examples. Default: zero_shot"
    )
    add_per_label(parser, 100)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Draw what there is evidence for, and print what else is missing and how to get it."""
    from synthworth.core import check_can_fill
    from synthworth.pipeline import results_beside
    from synthworth.pipeline.suite_paths import suite_paths
    from synthworth.study import EvidenceFiles, gather
    from synthworth.study.claims import Conditions
    from synthworth.study.figures import draw, figures_of
    from synthworth.study.tables import tables_of, write_tables

    check_can_fill(arguments.out)
    suites = suite_paths(arguments.suites)
    results = arguments.results or list(filter(None, [results_beside(suites)]))
    if not results:
        raise ValueError("no results.jsonl beside the suites; write one with --synth-results, and name it: --results")
    sources = EvidenceFiles(
        suites=suites,
        results=results,
        data=arguments.data,
        quality=arguments.quality,
        votes=arguments.votes,
        comparisons=arguments.comparisons,
    )
    conditions = Conditions(
        data=arguments.source,
        classifier=arguments.classifier,
        per_label=arguments.per_label,
        generator=arguments.generator,
        with_examples=arguments.with_examples,
        without_examples=arguments.without_examples,
    )
    evidence = gather(sources, conditions)
    figures, no_figure = figures_of(evidence)
    tables, no_table = tables_of(evidence)
    draw(figures, arguments.out)
    write_tables(tables, arguments.out)
    print(f"{len(figures)} figures and {len(tables)} tables in {arguments.out}")
    for line in dict.fromkeys([*no_figure, *no_table]):
        print(f"left out: {line}")
