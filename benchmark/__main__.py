"""`python -m benchmark`: what is done without pytest."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit code, 4 for a mistake of usage, with one line on standard error."""
    parser = argparse.ArgumentParser(prog="python -m benchmark", description="synthworth without pytest")
    commands = parser.add_subparsers(dest="command", required=True)

    table = commands.add_parser("leaderboard", help="render a results file as a table")
    table.add_argument("file", type=Path, help="JSON Lines that --synth-results wrote")
    table.add_argument("--classifier", default="", help="only its rows. Default: all")
    table.add_argument("--per-label", default="", help="only rows of that size, as 100. Default: all")
    table.add_argument("--format", default="plain", help="plain, github, csv or json. Default: plain")

    server = commands.add_parser("serve", help="serve the embedded generator on loopback, OpenAI-compatible")
    server.add_argument("--port", type=int, default=8000, help="0: any free one. Default: 8000")
    server.add_argument("--threads", type=int, default=None, help="Default: all cores")
    server.add_argument("--stop-with-stdin", action="store_true", help="stop when standard input closes")

    pruned = commands.add_parser(
        "prune",
        help="drop recorded answers that a complete green run does not use",
        usage="%(prog)s [-h] [--yes] [what pytest is to run, and its options; default: suites]",
        allow_abbrev=False,
    )
    pruned.add_argument("--yes", action="store_true", help="drop them. Default: only say how many there are")

    pin = commands.add_parser("pin", help="print the newest revision of a data set on the hub, to pin a task to it")
    pin.add_argument("path", nargs="+", help="data sets: ID, or ID@REF for a branch, as in fancyzhx/ag_news")

    calibrated = commands.add_parser("calibrate", help="how often the gate for prompt changes fires on nothing")
    calibrated.add_argument("file", type=Path, help="JSON Lines that --synth-results wrote, of several training seeds")
    calibrated.add_argument("--data", default="hub", help="what was measured on: a mirror, quickstart or hub")
    calibrated.add_argument("--suites", type=Path, nargs="+", default=[Path("suites")], help="Default: suites")
    calibrated.add_argument("--trials", type=int, default=100, help="of each line of the table. Default: 100")
    calibrated.add_argument("--margin", type=float, default=0.01, help="drop that matters. Default: 0.01")
    calibrated.add_argument("--format", default="plain", help="plain or github. Default: plain")

    chosen, rest = parser.parse_known_args(arguments)
    if rest and chosen.command != "prune":
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        if chosen.command == "leaderboard":
            from benchmark.leaderboard import render
            from benchmark.result import read

            sys.stdout.write(render(read(chosen.file), chosen.format, chosen.classifier, chosen.per_label))
        elif chosen.command == "serve":
            from benchmark.generator import serve

            serve(chosen.port, threads=chosen.threads, stop_with_stdin=chosen.stop_with_stdin)
        elif chosen.command == "calibrate":
            from benchmark.calibrate import calibrate

            told = calibrate(
                chosen.file, chosen.data, chosen.suites, trials=chosen.trials, margin=chosen.margin, form=chosen.format
            )
            sys.stdout.write(told)
        elif chosen.command == "prune":
            from benchmark.prune import prune

            print(prune(rest or ["suites"], drop=chosen.yes))
        else:
            from benchmark.dataset import newest_revision

            for given in chosen.path:
                path, _, ref = given.partition("@")
                print(given, newest_revision(path, ref or None))
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main())
