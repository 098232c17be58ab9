"""`synthworth show`: written texts in the terminal, beside real ones."""

import argparse
import shutil
import sys
from itertools import zip_longest
from typing import TYPE_CHECKING

from synthworth.cli import Commands
from synthworth.cli.export import add_texts, runs_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from synthworth.pipeline import Run

WIDTH = 120  # of what is no terminal


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "show",
        help="page through written texts, real ones beside them",
        description="Page through the texts that a method made, label by label, with real ones of the label beside "
        "them, from recordings (nothing is sent) or files. Example: synthworth show --data my-data --method few_shot",
    )
    parser.add_argument("--label", default="", help="only texts of this label. Default: all")
    parser.add_argument("--dropped", action="store_true", help="show the dropped texts, each with its rule")
    parser.add_argument("--width", type=int, default=0, help=f"columns. Default: the terminal's, else {WIDTH}")
    add_texts(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Show the texts in a pager, or print them if this is no terminal."""
    import pydoc

    if arguments.width < 0:
        raise ValueError(f"--width is {arguments.width}; give a number of columns, or 0 for the terminal's")
    width = arguments.width or shutil.get_terminal_size((WIDTH, 24)).columns
    lines: list[str] = []
    for method, suite_run in runs_of(arguments):
        lines += _of_task(suite_run, method, arguments, width)
    text = "\n".join(lines) + "\n"
    if sys.stdout.isatty():
        pydoc.pager(text)
    else:
        sys.stdout.write(text)


def _of_task(suite_run: "Run", method: str, arguments: argparse.Namespace, width: int) -> "Iterator[str]":
    from synthworth.core import brief, printable, unknown

    labels = list(suite_run.task.labels)
    if arguments.label and arguments.label not in labels:
        raise ValueError(f"task {suite_run.task.name!r}: {unknown('label', arguments.label, labels)}")
    by = suite_run.sets.generator_of(method)
    yield printable(f"{suite_run.task.name}: {method}" + (f" by {by}" if by else ""))
    for label in [arguments.label] if arguments.label else labels:
        written, real = _texts(suite_run, method, label, dropped=arguments.dropped)
        kind = "dropped texts" if arguments.dropped else "texts"
        meaning = suite_run.task.labels[label]
        yield from ("", printable(f"{brief(label)}, {meaning}: {len(written):,} {kind}, beside {len(real):,} real"))
        yield from _beside(real, written, method, width)


def _texts(suite_run: "Run", method: str, label: str, *, dropped: bool) -> "tuple[list[str], list[str]]":
    """The written texts of a label, and as many real ones, training texts if there are any."""
    from synthworth.core import sampled
    from synthworth.generation import RULE

    generated, data = suite_run.sets.generated(method), suite_run.data
    if dropped:
        discarded = [e for e in generated.discarded if e.label == label]
        written = [f"[{example.provenance.get(RULE, '')}] {example.text}" for example in discarded]
    else:
        written = [e.text for e in suite_run.sets.written(method, generated) or generated.examples if e.label == label]
    real = [example.text for example in (data.train or data.test) if example.label == label]
    return written, sampled(real, len(written))


def _beside(real: "Sequence[str]", written: "Sequence[str]", method: str, width: int) -> "Iterator[str]":
    from synthworth.core import side_by_side

    half = (width - 2) // 2
    yield from side_by_side("real", method, half)
    yield from side_by_side("-" * min(half, 40), "-" * min(half, 40), half)
    for one, other in zip_longest(real, written, fillvalue=""):
        yield from side_by_side(one, other, half)
        yield ""
