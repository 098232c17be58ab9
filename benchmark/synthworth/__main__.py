"""The command `synthworth`, also `python -m synthworth`: everything that is done without pytest."""

import argparse
import codecs
import io
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from synthworth.cli import add_all, check_options
from synthworth.core import escaped

ESCAPES = "synthworth.escapes"  # what standard output does with a character that its encoding lacks

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
    is_program = arguments is None
    if is_program and sys.stdout is None:  # closed by the shell, as >&- does: nobody reads it
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  (open until the program ends)
    if is_program and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors=ESCAPES)
    try:
        code = _run(arguments)
        sys.stdout.flush()  # here, where it can be told that the reader has gone, and not at the end of Python
        return code
    except OSError as error:
        if is_program:
            _forget_what_is_not_printed()
        if isinstance(error, BrokenPipeError):
            return 141  # as a shell reports a program that prints more than `head` reads
        print(f"error: {escaped(_in_words(error))}", file=sys.stderr)
        return 4
    except KeyboardInterrupt:
        print("stopped; run the same command to go on", file=sys.stderr)
        return 130  # as a shell reports it


def _run(arguments: Sequence[str] | None) -> int:
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
        check_options(chosen)
        code: int | None = chosen.run(chosen)
    except ValueError as error:
        # A file name or a label may hold anything: escaped, it neither breaks the line nor moves the cursor.
        print(f"error: {escaped(str(error))}", file=sys.stderr)
        return 4
    return code or 0


def _in_words(error: OSError) -> str:
    """Say which file could not be used and why; the words of an error that was raised with words alone are its own."""
    if error.errno is None or not error.strerror:
        return str(error)
    if error.filename is None:
        return f"{error.strerror}; what was printed or written is not complete"
    return f"cannot use {os.fsdecode(error.filename)}: {error.strerror}; check its name, its folder and your rights"


def _forget_what_is_not_printed() -> None:
    """Send what cannot be printed nowhere, so that Python does not complain about it at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _as_escapes(error: UnicodeError) -> tuple[str, int]:
    """Write what an encoding lacks as JSON does, which reads it again: a terminal in ASCII shows the rest as it is."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


codecs.register_error(ESCAPES, _as_escapes)


if __name__ == "__main__":
    sys.exit(main())
