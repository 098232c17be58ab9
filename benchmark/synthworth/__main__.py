"""The command `synthworth`, also `python -m synthworth`: everything that is done without pytest."""

import argparse
import sys
from collections.abc import Sequence

from synthworth.cli import add_all
from synthworth.core import escaped

JOBS = """What is LLM-written training data worth?

  What is a file of written texts worth?    synthworth score written.csv --test real_test.csv
  Measure a task of my own.                 synthworth init tickets.csv
                                            pytest test_tickets.py --synth-data my-data --synth-record missing
  Is my generator good enough?              pytest test_tickets.py --synth-generator NAME@URL --synth-record missing
  Did my prompt get worse?                  pytest test_tickets.py --synth-baseline results.jsonl
  Show the results, and hand them in.       synthworth leaderboard results.jsonl
                                            synthworth submit NAME --results results.jsonl --data data --out bundle

Runs are pytest's: `pytest --help` has their options, all named --synth-... in five groups. All else is here;
`synthworth COMMAND --help` says what a command does, with an example.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code, 4 for a mistake of usage, with one line on standard error."""
    parser = argparse.ArgumentParser(
        prog="synthworth",
        usage="%(prog)s COMMAND ...",
        description=JOBS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_all(parser)
    if not (sys.argv[1:] if arguments is None else arguments):
        parser.print_help(sys.stderr)
        return 4
    chosen, rest = parser.parse_known_args(arguments, argparse.Namespace(takes_rest=False))
    if rest and not chosen.takes_rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    chosen.rest = rest
    try:
        code: int | None = chosen.run(chosen)
    except (ValueError, OSError) as error:
        # A file name or a label may hold anything: escaped, it neither breaks the line nor moves the cursor.
        print(f"error: {escaped(str(error))}", file=sys.stderr)
        return 4
    except KeyboardInterrupt:
        print("stopped; run the same command to go on", file=sys.stderr)
        return 130  # as a shell reports it
    return code or 0


if __name__ == "__main__":
    sys.exit(main())
