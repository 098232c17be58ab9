"""`synthworth score`: what a file of written texts is worth in real ones."""

import argparse
import contextlib
import sys
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthworth.cli import Commands, add_columns, add_format, add_label_map

if TYPE_CHECKING:
    from synthworth.core import Bar
    from synthworth.leaderboard.scoring import TextRanking, TextScore

EXAMPLE = """example:
  synthworth score written.csv --test real_test.csv --real real_train.csv --html score.html
  synthworth score written.csv --test 60_labelled.csv --unlabelled more.csv
  synthworth score written.csv other.csv --unlabelled real.csv
"""


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "score",
        help="what a file of written texts is worth in real ones: no task, no prompt, no generator",
        description="Say what labelled texts are worth in real ones, whether they beat what comes for free, and what "
        "is wrong with them.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="WRITTEN", help="written texts: CSV, TSV, JSON, JSON Lines, Parquet"
    )
    parser.add_argument("--test", type=Path, help="real texts with labels, to score on")
    parser.add_argument(
        "--real", type=Path, help="real texts with labels, to train on. Default: half of the test texts, if enough"
    )
    parser.add_argument(
        "--unlabelled",
        type=Path,
        help="100 or more further real texts, without labels. Beside 30 to 100 labelled ones in --test: a narrower "
        "interval of the accuracy. Without --test: a ranking, not a score, of several WRITTEN",
    )
    add_columns(parser, "in each file that has it; guessed in another")
    add_label_map(parser)
    parser.add_argument(
        "--describe",
        action="append",
        default=[],
        metavar="LABEL=TEXT",
        help="what a label means, once for each: the description alone is scored too",
    )
    parser.add_argument(
        "--classifier",
        default="",
        help="probe (on embeddings), tfidf (on words), nearest, minilm, bert, roberta, or owner/encoder on the hub. "
        "Default: probe, or tfidf without the extra `embedded`",
    )
    parser.add_argument("--html", type=Path, help="write the report as one page, too")
    add_format(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print the score, and write its page; or print a ranking, if no test texts are given."""
    from synthworth.core import Bar, check_can_write

    _check_files(arguments)
    if arguments.html:
        inputs = (*arguments.files, arguments.test, arguments.real, arguments.unlabelled)
        check_can_write(arguments.html, read=filter(None, inputs))
    bar = Bar(sys.stderr, contextlib.nullcontext)
    with contextlib.closing(bar):
        report = _score(arguments, bar) if arguments.test else _ranking(arguments, bar)
    if arguments.html:
        print(f"page: {arguments.html}", file=sys.stderr)
    sys.stdout.write(report)


def _check_files(arguments: argparse.Namespace) -> None:
    """Raise ValueError unless there is one file to score, or several to rank, and what either needs."""
    count = len(arguments.files)
    if arguments.test:
        if count > 1:
            raise ValueError(f"{count} files of written texts; --test scores one: score each by itself")
        files = {"WRITTEN": arguments.files[0], "--real": arguments.real, "--test": arguments.test}
        there = [(name, file) for name, file in files.items() if file and file.exists()]
        for (name, file), (other, its) in combinations(there, 2):
            if file.samefile(its):
                remedy = "score on other texts than are trained on" if other == "--test" else "give two different files"
                raise ValueError(f"{name} and {other} are one file, {file}; {remedy}")
        return
    if not arguments.unlabelled:
        raise ValueError(
            "no real texts; give labelled ones with --test to score on, or, to rank several files of written texts "
            "without a score, unlabelled ones with --unlabelled"
        )
    needless = ("real", "describe", "label", "label_map", "classifier", "html")
    if given := [f"--{name.replace('_', '-')}" for name in needless if getattr(arguments, name)]:
        raise ValueError(
            f"{', '.join(given)} without --test; a ranking looks at texts alone: give --test, or leave it out"
        )


def _score(arguments: argparse.Namespace, bar: "Bar") -> str:
    from synthworth.core import LabelledTexts, atomic, check_named, label_map, names_apart, read_labelled, read_texts
    from synthworth.leaderboard.scoring import page, score_texts

    (file,), named = arguments.files, _columns(arguments)
    paths = [path for path in (file, arguments.test, arguments.real, arguments.unlabelled) if path]
    names = dict(zip(paths, names_apart(paths), strict=True))

    def labelled_in(path: Path) -> LabelledTexts:
        return replace(read_labelled(path, **named), name=names[path])

    written, test = labelled_in(file), labelled_in(arguments.test)
    real = labelled_in(arguments.real) if arguments.real else None
    more = None
    if arguments.unlabelled:
        more = replace(read_texts(arguments.unlabelled, **named), name=names[arguments.unlabelled])
    labelled = [texts for texts in (written, test, real) if texts]
    check_named(arguments.text, [*labelled, more] if more else labelled)
    check_named(arguments.label, labelled)
    score = score_texts(
        written,
        test,
        real,
        descriptions=descriptions(arguments.describe),
        names=label_map(arguments.label_map),
        unlabelled=more,
        classifier=arguments.classifier,
        progress=bar,
    )
    if arguments.html:
        atomic.replace(arguments.html, page(score, f"What {file.name} is worth"))
    return _shown(score, arguments.format)


def _ranking(arguments: argparse.Namespace, bar: "Bar") -> str:
    from synthworth.core import check_named, read_texts
    from synthworth.leaderboard.scoring import rank_texts, told_apart

    named = _columns(arguments)
    files = [*arguments.files, arguments.unlabelled]
    texts = [read_texts(file, **named) for file in files]
    check_named(arguments.text, texts)
    *written, real = told_apart(files, texts)
    ranking = rank_texts(written, real, bar)
    return _shown(ranking, arguments.format)


def _shown(report: "TextScore | TextRanking", form: str) -> str:
    """The report as text, or as tables of which the first holds its sentences."""
    from synthworth.core import in_words, render

    return f"{report}\n" if form == "plain" else render([in_words(report.sentences), *report.tables()], form)


def _columns(arguments: argparse.Namespace) -> dict[str, Any]:
    return {"text": arguments.text, "label": arguments.label, "or_guess": True}


def descriptions(given: list[str]) -> dict[str, str]:
    """Read descriptions of labels, LABEL=TEXT each; raises ValueError for one without a label or a text."""
    described = {}
    for one in given:
        label, _, text = (part.strip() for part in one.partition("="))
        if not label or not text:
            raise ValueError(f"--describe {one!r}; give LABEL=TEXT, as --describe 'spam=an advertisement'")
        if label in described:
            raise ValueError(f"--describe describes {label!r} twice; give each label one description")
        described[label] = text
    return described
