"""`synthworth init`: a task of one's own from a file of labelled texts."""

import argparse
import shlex
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from synthworth.cli import Commands, add_columns, add_force

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from synthworth.core import Example
    from synthworth.pipeline import OwnData

MOST_SHOWN = 12  # labels in the table
DATA = "my-data"


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "init",
        help="a task of your own from a file of labelled texts",
        description="Read a table of labelled texts (CSV, TSV, JSON, JSON Lines, Parquet), split it into training and "
        "test texts, and write a suite file that pytest runs. Example: synthworth init tickets.csv",
    )
    parser.add_argument("file", type=Path, help="a table with a text and a label in each row")
    add_columns(parser)
    parser.add_argument("--name", default="", help="the task's name. Default: that of the file")
    parser.add_argument("--language", default="", help="of the texts, as en, de or pt-BR. Default: guessed, and said")
    parser.add_argument("--test-share", default="", help="share of test texts. Default: 0.3, and 5,000 texts at most")
    parser.add_argument("--out", type=Path, default=Path(), help="folder to write to. Default: this one")
    parser.add_argument("--data", default=DATA, help=f"folder in it for the real texts. Default: {DATA}")
    add_force(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Write the suite and the texts, and say what was found and what to do next."""
    from synthworth.core import check_can_fill, escaped
    from synthworth.pipeline import InitRequest, own_data, write_own_task

    check_can_fill(arguments.out)
    request = InitRequest(
        path=arguments.file,
        name=arguments.name,
        text=arguments.text,
        label=arguments.label,
        language=arguments.language,
        test_share=_share(arguments.test_share),
    )
    data = own_data(request)
    command = (
        f"pytest {shlex.quote(f'test_{data.task.name}.py')} --synth-data {shlex.quote(arguments.data)} "
        "--synth-per-label 20 --synth-record missing"
    )
    written = write_own_task(data, arguments.out, arguments.data, command, source=arguments.file, force=arguments.force)
    for line in _report(arguments.file, data):
        sys.stdout.write(escaped(line) + "\n")
    sys.stdout.write(f"\n{_labels_table(data)}\n\n")
    sys.stdout.write(escaped(f"written: {', '.join(map(str, written))}") + "\n")
    sys.stdout.write(
        escaped(
            f"next: say in {written[0]} what each label means (it runs as it is, too), then"
            + (f", in {arguments.out}," if arguments.out != Path() else "")
        )
        + "\n"
    )
    sys.stdout.write(
        f"  {escaped(command)}\n"
        "which asks the embedded generator for 20 texts per label; add --synth-generator NAME@URL for one of yours\n"
    )


def _share(text: str) -> float | None:
    if not text:
        return None
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share < 1:
        raise ValueError(f"--test-share is {text}; give a share between 0 and 1, as 0.3")
    return share


def _report(path: Path, data: "OwnData") -> "Iterator[str]":
    """Yield a line for each thing that was guessed or left out."""
    columns = data.columns
    yield (
        f"{path}: {data.rows:,} rows; text: column {columns.text!r} ({columns.text_found}); "
        f"label: column {columns.label!r} ({columns.label_found})"
    )
    if left_out := {reason: count for reason, count in data.left_out.items() if count}:
        yield f"left out: {', '.join(f'{count:,} ({reason})' for reason, count in left_out.items())}"
    if data.contradictory:
        yield f"several labels: {_first(data.contradictory)}"
    if data.respelled:
        ways = [f"{one!r} as {other!r}" for one, other in data.respelled.items()]
        yield f"labels spelled in several ways: {_first(ways)}"
    yield _language_line(data)
    fewest, most = data.task.words
    yield f"length: {fewest} to {most} words (words=), fitted to these texts"
    if few := [label for label, count in Counter(e.label for e in data.train).items() if count < 3]:
        yield f"fewer than 3 training texts, which few_shot shows: {_first(few)}; leave few_shot out, or add texts"


def _language_line(data: "OwnData") -> str:
    from synthworth.core import language_name

    named = f"{language_name(data.task.language)} (language={data.task.language!r})"
    if data.language is None:
        return f"language: {named}, as given"
    if data.language.doubt:
        return f"language: not sure ({data.language.doubt}), taken for {named}; if it is another: --language TAG"
    return f"language: {named}, guessed"


def _labels_table(data: "OwnData") -> str:
    from synthworth.core import Row, Table, grid

    train, test = (_counts(examples) for examples in (data.train, data.test))
    labels = sorted(data.task.labels, key=lambda label: -train[label] - test[label])
    rows: list[Row] = [
        {
            "label": label,
            "training texts": train[label],
            "test texts": test[label],
            "words that stand out": ", ".join(data.standing_out.get(label, ())),
        }
        for label in labels[:MOST_SHOWN]
    ]
    more = labels[MOST_SHOWN:]
    least = min((train[label] + test[label] for label in more), default=0)
    note = f"\nand {len(more):,} more labels, with {least:,} texts or more" if more else ""
    return grid(Table(title="", rows=rows)) + note


def _counts(examples: "Sequence[Example]") -> Counter[str]:
    return Counter(example.label for example in examples)


def _first(items: "Sequence[str]") -> str:
    return "; ".join(items[:3]) + (f"; and {len(items) - 3:,} more" if len(items) > 3 else "")
