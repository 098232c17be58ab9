"""`synthworth figures`: every figure and table of the study, and what becomes of its claims."""

import argparse
from pathlib import Path

from synthworth.cli import Commands


def add(commands: Commands) -> None:
    """Declares the command."""
    parser = commands.add_parser("figures", help="draw the study's figures, and write its tables and verdicts")
    parser.add_argument("--out", type=Path, required=True, help="folder for PNG, SVG, CSV and tables.md")
    parser.add_argument(
        "--results", type=Path, default=Path("suites/results.jsonl"), help="Default: suites/results.jsonl"
    )
    parser.add_argument("--data", help="real texts, for what is paired on test rows: hub, or a mirror's folder")
    parser.add_argument(
        "--suites", type=Path, nargs="+", default=[Path("suites")], help="files, folders. Default: suites"
    )
    parser.add_argument("--quality", type=Path, help="what `measure` wrote. Default: quality.jsonl beside the results")
    parser.add_argument("--votes", type=Path, help="folder of votes, TASK.csv or .jsonl. Default: those the data carry")
    parser.add_argument("--comparisons", type=Path, help="of `compare`. Default: comparisons.csv beside the results")
    parser.add_argument(
        "--redrawn",
        type=Path,
        metavar="FILE",
        help="results of further generation seeds, for the variance alone. Default: redrawn.jsonl beside the results",
    )
    parser.add_argument("--source", default="mirror", help="results on which data: mirror, hub. Default: mirror")
    parser.add_argument("--classifier", default="minilm", help="Default: minilm")
    parser.add_argument("--generator", default="smollm2-135m", help="Default: smollm2-135m")
    parser.add_argument("--per-label", type=int, default=100, help="texts per label. Default: 100")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Draws what there is evidence for, and says what else is missing and how to get it."""
    from synthworth.study import EvidenceFiles, figures_of, gather, tables_of, write_tables
    from synthworth.study.claims import Conditions
    from synthworth.study.figures import draw

    sources = EvidenceFiles(
        suites=arguments.suites,
        results=arguments.results,
        data=arguments.data,
        quality=arguments.quality,
        votes=arguments.votes,
        comparisons=arguments.comparisons,
        redrawn=arguments.redrawn,
    )
    conditions = Conditions(
        data=arguments.source,
        classifier=arguments.classifier,
        per_label=arguments.per_label,
        generator=arguments.generator,
    )
    evidence = gather(sources, conditions)
    figures, no_figure = figures_of(evidence)
    tables, no_table = tables_of(evidence)
    draw(figures, arguments.out)
    write_tables(tables, arguments.out)
    print(f"{len(figures)} figures and {len(tables)} tables in {arguments.out}")
    for line in dict.fromkeys([*no_figure, *no_table]):
        print(f"left out: {line}")
