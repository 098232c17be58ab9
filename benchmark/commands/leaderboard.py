"""`python -m benchmark leaderboard`: a results file as a table."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.commands import Commands

if TYPE_CHECKING:
    from benchmark.leaderboard import Known
    from benchmark.result import Result


def add(commands: Commands) -> None:
    """Declares the command."""
    parser = commands.add_parser("leaderboard", help="render a results file as a table")
    parser.add_argument("file", type=Path, help="JSON Lines that --synth-results wrote")
    parser.add_argument("--classifier", default="", help="only its rows. Default: all")
    parser.add_argument("--per-label", default="", help="only rows of that size, as 100. Default: all")
    parser.add_argument("--format", default="plain", help="plain, github, csv, json or latex. Default: plain")
    parser.add_argument("--data", default="", help="the texts that were scored on, as --synth-data; it gives tiers")
    parser.add_argument("--suites", type=Path, nargs="+", default=[Path("suites")], help="of --data. Default: suites")
    parser.add_argument("--quality", type=Path, help="what was measured of texts. Default: quality.jsonl beside FILE")
    parser.add_argument("--entries", type=Path, help="JSON Lines of who stands behind a method and generator")
    parser.add_argument("--columns", default="", help="only these, as task,method,tier. Default: what says something")
    parser.add_argument("--intervals", action="store_true", help="95 %% intervals in brackets beside the numbers")
    parser.add_argument("--by", default="", help="a column for each generator, method or classifier, in place of rows")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Prints it."""
    from benchmark.leaderboard import Shown, render
    from benchmark.result import read

    shown = Shown(
        columns=[name.strip() for name in arguments.columns.split(",") if name.strip()],
        intervals=arguments.intervals,
        by=arguments.by,
    )
    results, (form, classifier, size) = (
        read(arguments.file),
        (arguments.format, arguments.classifier, arguments.per_label),
    )
    sys.stdout.write(render(results, form, classifier, size, _known(arguments, results), shown))


def _known(arguments: argparse.Namespace, results: Sequence["Result"]) -> "Known":
    from benchmark import quality
    from benchmark.entry import Entry
    from benchmark.leaderboard import Known
    from benchmark.lines import decoded, record_of

    beside = arguments.file.with_name("quality.jsonl")
    measured = arguments.quality or (beside if beside.exists() else None)
    entries = decoded(arguments.entries, "entries") if arguments.entries else ()
    return Known(
        gold=_gold(arguments.data, arguments.suites, results) if arguments.data else {},
        quality=quality.read(measured) if measured else (),
        entries=[record_of(Entry, values, where) for where, values in entries],
    )


def _gold(where: str, suites: Sequence[Path], results: Sequence["Result"]) -> dict[tuple[str, str], list[str]]:
    """The test labels of the results' tasks, by task and data version; ValueError where none was scored on them."""
    from benchmark.dataset import load
    from benchmark.replay import suites_in

    asked, gold = {(result.task, result.data_version) for result in results}, {}
    for suite in suites_in(suites):
        if any(suite.task.name == task for task, _ in asked):
            data = load(suite.task, where, suite.path.parent / "quickstart")
            gold[suite.task.name, data.version] = [example.label for example in data.test]
    if asked and not asked & gold.keys():
        raise ValueError(
            f"no result was scored on the test texts of --data {where} by the tasks in {', '.join(map(str, suites))}; "
            "give those that they were scored on, or leave out --data"
        )
    return gold
