"""`synthworth advise`: whether written texts will do for a task that is not measured, from a pilot of them."""

import argparse
import contextlib
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthworth.cli import (
    Commands,
    add_columns,
    add_format,
    add_label_map,
    add_label_price,
    add_per_label,
    add_prices,
    add_real_texts,
    label_price_of,
    say_recorder,
)

if TYPE_CHECKING:
    from synthworth.core import LabelledTexts, Progress
    from synthworth.leaderboard.advice import Embed, MeasuredPilot, Pilot

EXAMPLE = """example:
  synthworth advise test_tickets.py --data my-data --label-price 0.20
  synthworth advise real.csv --written pilot.csv
  synthworth advise --held-out tweet_emotion,tweet_irony
  synthworth advise --errors
"""


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "advise",
        help="generate or label? what a pilot of 30 written texts per label lets you expect, and what each way costs",
        description="Predict, from a pilot of written texts and what was measured of other tasks, how far a classifier "
        "will fall behind one trained on real texts, and what the written texts are worth; with an interval, and with "
        "what such predictions are off by.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "file", type=Path, nargs="?", help="a suite, or a table of real texts; of these, some with a label or none"
    )
    parser.add_argument("--written", type=Path, help="the pilot, for a table: labelled written texts, 30 of each label")
    add_real_texts(parser, "for a suite, real texts")
    parser.add_argument(
        "--method", default="zero_shot,few_shot", help="for a suite: whose texts. Default: zero_shot,few_shot"
    )
    parser.add_argument(
        "--generator", default="smollm2-135m", help="for a suite: who wrote them. Default: smollm2-135m"
    )
    add_per_label(parser, 30, "for a suite: texts of a pilot")
    add_columns(parser, "in each file that has it; guessed in another")
    add_label_map(parser)
    add_label_price(parser)
    add_prices(parser)
    parser.add_argument(
        "--measured", type=Path, help="a table of measured pilots. Default: that of ten tasks, which comes along"
    )
    parser.add_argument(
        "--results", type=Path, help="JSON Lines of --synth-results: what the same pilots came to. Default: as measured"
    )
    parser.add_argument(
        "--held-out", default="", help="instead of a file: advise on these measured tasks from the others, and compare"
    )
    parser.add_argument(
        "--errors", action="store_true", help="instead of a file: what predictions are off by, by what they go by"
    )
    add_format(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print the advice, a comparison with what was measured, or the errors."""
    from synthworth.core import in_words, render
    from synthworth.leaderboard.advice import advise, comparison, error_table, hindsight

    if sum(map(bool, (arguments.file, arguments.held_out, arguments.errors))) != 1:
        raise ValueError("give a suite or a table of real texts, or --held-out TASK, or --errors: one of the three")
    if not arguments.file:
        option = "--held-out" if arguments.held_out else "--errors"
        for name in ("prices", "written", "text", "label", "label_map"):
            if getattr(arguments, name):
                given = "--" + name.replace("_", "-")
                raise ValueError(f"{given} is for texts of yours; {option} tells what was measured: leave {given} out")
    label_price = label_price_of(arguments)
    measured = _measured(arguments)
    if arguments.held_out:
        tasks = [task.strip() for task in arguments.held_out.split(",") if task.strip()]
        sys.stdout.write(render([comparison(measured, tasks), hindsight(measured, tasks)], arguments.format))
        return
    if arguments.errors:
        sys.stdout.write(render([error_table(measured)], arguments.format))
        return
    task, labels, pilots, notes = _pilots(arguments)
    others = [one for one in measured if one.task != task]
    if len(others) < len(measured):
        notes.append(f"what was measured of {task} itself is left out")
    advice = advise(pilots, others, labels=labels, label_price=label_price, notes=notes)
    tables = [in_words(advice.sentences), *advice.tables()]
    sys.stdout.write(f"{advice}\n" if arguments.format == "plain" else render(tables, arguments.format))


def _measured(arguments: argparse.Namespace) -> "list[MeasuredPilot]":
    from synthworth.core import read
    from synthworth.leaderboard.advice import outcomes_of, read_measured, with_outcomes

    measured = read_measured(arguments.measured) if arguments.measured else read_measured()
    return with_outcomes(measured, outcomes_of(read(arguments.results))) if arguments.results else measured


def _pilots(arguments: argparse.Namespace) -> "tuple[str, int, list[Pilot], list[str]]":
    """Return the task's name, its number of labels, its pilots, and notes."""
    from synthworth.core import Bar, user_cache
    from synthworth.training import embed

    bar = Bar(sys.stderr, contextlib.nullcontext)
    with contextlib.closing(bar):
        embedder = partial(embed, cache=user_cache() / "embeddings", progress=bar)
        if arguments.file.suffix == ".py" or arguments.file.is_dir():
            for option in ("written", "text", "label", "label_map"):
                if getattr(arguments, option):
                    name = option.replace("_", "-")
                    raise ValueError(f"--{name} is for a table of texts, and {arguments.file} is a suite: leave it out")
            return _of_suite(arguments, embedder, bar)
        return _of_table(arguments, embedder)


def _of_suite(
    arguments: argparse.Namespace, embedder: "Embed", progress: "Progress"
) -> "tuple[str, int, list[Pilot], list[str]]":
    from synthworth.generation.methods import is_written, names_in, resolve
    from synthworth.generation.recording import MissingAnswers
    from synthworth.leaderboard.advice import LEAST, PER_LABEL, recorded_pilots
    from synthworth.pipeline import Settings, missing, run_of, suites_in, trainer

    if arguments.per_label < LEAST:
        raise ValueError(f"--per-label is {arguments.per_label}; give at least {LEAST}, better {PER_LABEL}")
    methods = {name: one for name, one in resolve(names_in(arguments.method)).items() if is_written(name)}
    suite, *others = suites_in([arguments.file])
    if others:
        raise ValueError(f"{arguments.file} holds {len(others) + 1} tasks; advise takes one: name its file")
    settings = Settings(data=arguments.data, per_label=arguments.per_label)
    with trainer(None, count=1) as trains:
        suite_run = run_of(
            suite,
            settings,
            trains,
            generator=arguments.generator,
            prices=arguments.prices,
            progress=progress,
            methods=methods,
        )
        say_recorder(suite_run, arguments, suite.path)
        try:
            pilots = recorded_pilots(suite_run, methods.values(), embedder, arguments.prices)
        except MissingAnswers:
            raise ValueError(missing.missing(suite_run.sets, list(methods))) from None
    return suite.task.name, len(suite.task.labels), pilots, []


def _of_table(arguments: argparse.Namespace, embedder: "Embed") -> "tuple[str, int, list[Pilot], list[str]]":
    from synthworth.core import (
        check_named,
        joined,
        label_map,
        label_map_notes,
        placeholder_notes,
        read_labelled,
        read_texts,
        renamed,
    )
    from synthworth.leaderboard.advice import file_pilot

    if arguments.prices:
        raise ValueError("--prices is for a suite; a table of texts knows no tokens")
    if not arguments.written:
        raise ValueError(
            f"no written texts beside {arguments.file}; give a pilot of 30 texts of each label with --written, or make "
            f"a task of the table with synthworth init {arguments.file}, record a pilot as it says, and name the task"
        )
    named: dict[str, Any] = {"text": arguments.text, "label": arguments.label, "or_guess": True}
    written, real = read_labelled(arguments.written, **named), read_texts(arguments.file, **named)
    check_named(arguments.text, [written, real])
    labelled: LabelledTexts | None = None
    notes = placeholder_notes(written, real)
    try:
        labelled = read_labelled(arguments.file, **named)
    except ValueError as error:  # no labels at all are no fault here: the report says so
        notes.append(f"no label is known: {error}")
    check_named(arguments.label, [written, labelled] if labelled else [written])
    names = label_map(arguments.label_map)
    notes += label_map_notes(names, written, labelled)
    written = joined(renamed(written, names))
    if labelled:
        kept = renamed(labelled, names)
        gone = set(labelled.texts) - set(kept.texts)  # without their labels they would play a part still
        labelled, real = kept, replace(real, texts=tuple(text for text in real.texts if text not in gone))
    pilot, more = file_pilot(written, labelled, real, embedder)
    return "", len(written.counts), [pilot], [*more, *notes]
