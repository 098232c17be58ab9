"""The commands of `synthworth`, one module each.

A module's `add(commands)` declares the command's parser, whose help has a description and an example, and names, with
`set_defaults(run=...)`, the function that takes the parsed arguments, does the work, and may return an exit code. A
ValueError or OSError is a fault of the user, and is printed in one line. Imports beyond the standard library stand
inside functions, so that one command does not wait for the libraries of another.
"""

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from shlex import quote
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from synthworth.core import Quality, Result
    from synthworth.pipeline import Run

Named = TypeVar("Named")
# Those that are built in. To ask the registry would load what no help needs; a test compares them.
METHODS = (
    "real, zero_shot, few_shot, labels, demonstrations, labelled, generator, topics, personas, attributes, taboo, "
    "grounded, completion, mixture, feedback, errors, li2023_zero_shot, li2023_few_shot"
)
FORMATS = ("plain", "github", "csv", "json", "latex")  # as `synthworth.core.tables` has them
Commands = Any  # what argparse's add_subparsers gives: its type has no public name


def add_all(parser: argparse.ArgumentParser) -> None:
    """Declare every command, in the order of their names."""
    commands = parser.add_subparsers(
        dest="command", required=True, title="commands", metavar="COMMAND", prog=parser.prog
    )
    for name in sorted(module.name for module in iter_modules(__path__)):
        import_module(f"{__name__}.{name}").add(commands)
    _describe(commands)


def _describe(commands: Commands) -> None:
    """Give each command whose help has no other words those of its line in the list of commands."""
    for listed in commands._choices_actions:
        command = commands.choices[listed.dest]
        command.description = command.description or _sentence(listed.help)
        for inner in command._actions:
            if isinstance(inner, argparse._SubParsersAction):
                _describe(inner)


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}" + "." * (not words.endswith("?"))


def say(line: str) -> None:
    """Print one line that may hold a stranger's words: escaped, they neither break it nor move the cursor."""
    sys.stdout.write(line.encode("ascii", "backslashreplace").decode() + "\n")


def notice(line: str) -> None:
    """Print on standard error what is in progress."""
    sys.stderr.write(f"{line} ...\n")


def add_recorded(parser: argparse.ArgumentParser) -> None:
    """Declare the options of commands about recorded texts: the suites whose texts they are, and who wrote them."""
    add_suites(parser)
    parser.add_argument(
        "--generator", default="smollm2-135m", help="generator of the recorded texts. Default: smollm2-135m"
    )


def add_suites(parser: argparse.ArgumentParser, what: str = "files or folders") -> None:
    """Declare the suites that a command reads."""
    parser.add_argument("--suites", type=Path, nargs="+", help=f"{what}. Default: where pytest finds tests (testpaths)")


def add_folder_of_suites(parser: argparse.ArgumentParser) -> None:
    """Declare where the tasks to compare are."""
    parser.add_argument("--suites", type=Path, default=Path("suites"), help="file or folder. Default: suites")


def add_real_texts(parser: argparse.ArgumentParser, what: str = "real texts", *, required: bool = False) -> None:
    """Declare where the real texts are: on the hub, unless a command wants it said."""
    places = f"{what}: hub, quickstart, or the folder of a mirror"
    if required:
        parser.add_argument("--data", required=True, help=places)
    else:
        parser.add_argument("--data", default="hub", help=f"{places}. Default: hub")


def add_methods(parser: argparse.ArgumentParser, default: str, more: str = "") -> None:
    """Declare the methods whose texts a command is about; `more` says what comes of their order."""
    also = f"methods, by comma: {METHODS}; also such as real10+few_shot, all+few_shot, data:DIR, FILE.py:FUNCTION"
    parser.add_argument(
        "--method", default=default, help=f"{'; '.join(filter(None, [also, more]))}. Default: {default}"
    )


def add_per_label(parser: argparse.ArgumentParser, default: int, what: str = "texts per label") -> None:
    """Declare the size of training sets."""
    parser.add_argument("--per-label", type=int, default=default, help=f"{what}. Default: {default}")


def add_force(parser: argparse.ArgumentParser) -> None:
    """Declare that files may be written over."""
    parser.add_argument("--force", action="store_true", help="overwrite files that are there")


def add_format(parser: argparse.ArgumentParser, forms: Sequence[str] = FORMATS) -> None:
    """Declare the format of what is printed: one of `forms`, which `check_options` looks at before the command runs."""
    parser.add_argument("--format", default="plain", help=f"{', '.join(forms[:-1])} or {forms[-1]}. Default: plain")
    parser.set_defaults(forms=forms)


def check_options(arguments: argparse.Namespace) -> None:
    """Raise ValueError for a mistake that any command would make, before the work whose report it would spoil."""
    if "forms" in arguments:
        from synthworth.core import check_format

        check_format(arguments.format, arguments.forms)


def say_recorder(suite_run: "Run", arguments: argparse.Namespace, suite: Path) -> None:
    """Have a run name the pytest command that records what a command with these arguments lacks, and no more."""
    values = {"data": arguments.data, "per-label": arguments.per_label}
    values |= {"generator": arguments.generator, "method": arguments.method}
    usual = {"shares": "balanced", "demonstrations": "pool", "generation-seed": 0}
    given = {name: getattr(arguments, name.replace("-", "_"), value) for name, value in usual.items()}
    values |= {name: value for name, value in given.items() if str(value) != str(usual[name])}
    values |= {"record": "missing", "classifier": "majority"}
    options = " ".join(f"--synth-{name} {quote(str(value))}" for name, value in values.items())
    suite_run.sets.places = replace(suite_run.sets.places, record_with=f"pytest {quote(str(suite))} {options}")


def add_columns(parser: argparse.ArgumentParser, where: str = "in each file") -> None:
    """Declare the options of commands that read a stranger's table: the columns of its texts and labels."""
    parser.add_argument("--text", default="", help=f"the column of the texts, {where}. Default: guessed")
    parser.add_argument("--label", default="", help=f"the column of the labels, {where}. Default: guessed")


def add_label_map(parser: argparse.ArgumentParser) -> None:
    """Declare the option of commands that bring the labels of several tables together."""
    parser.add_argument(
        "--label-map",
        action="append",
        default=[],
        metavar="OLD=NEW,...",
        help="rename labels of any file, as 0=ham,1=spam; OLD= leaves its texts out",
    )


def add_scored(parser: argparse.ArgumentParser) -> None:
    """Declare the options of commands about the results of one classifier on one source of real texts."""
    add_measured_by(parser)
    parser.add_argument("--task", default="", help="only these tasks, by comma. Default: all")
    add_scored_on(parser, "pairs comparisons on test rows")
    add_suites(parser, "for --data")
    add_format(parser)


def add_measured_by(parser: argparse.ArgumentParser) -> None:
    """Declare which results a command is about: those of a classifier, on one source of real texts."""
    parser.add_argument("--classifier", default="minilm", help="Default: minilm")
    parser.add_argument("--source", default="mirror", help="results on mirror, hub or quickstart. Default: mirror")


def add_one_classifier(parser: argparse.ArgumentParser) -> None:
    """Declare that rows of one classifier are wanted."""
    parser.add_argument("--classifier", default="", help="only its rows. Default: all")


def add_scored_on(parser: argparse.ArgumentParser, gives: str) -> None:
    """Declare the texts that results were scored on, for `gold_for`, and what knowing them gives."""
    parser.add_argument("--data", default="", help=f"the texts that were scored on, as --synth-data; it {gives}")


def add_generators(parser: argparse.ArgumentParser, what: str = "only texts by these, by comma") -> None:
    """Declare whose texts, among those of the results, for `chosen` or `named`."""
    parser.add_argument("--generator", default="", help=f"{what}. Default: all")


def add_quality(parser: argparse.ArgumentParser, results: str) -> None:
    """Declare the measurements of texts, which lie beside the `results` by default, for `quality_for`."""
    parser.add_argument(
        "--quality", type=Path, help=f"what was measured of texts. Default: quality.jsonl beside {results}"
    )


def add_notes(parser: argparse.ArgumentParser, results: str) -> None:
    """Declare the warnings about methods, which lie beside the `results` by default."""
    parser.add_argument(
        "--notes", type=Path, help=f"warnings about methods. Default: entry-notes.jsonl beside {results}"
    )


def add_prices(parser: argparse.ArgumentParser) -> None:
    """Declare a file of prices, for commands that weigh labels against written texts."""
    parser.add_argument(
        "--prices",
        type=Path,
        help="JSON file with prices of models, as --synth-prices. Default: by pyproject.toml, or built in",
    )


def add_label_price(parser: argparse.ArgumentParser) -> None:
    """Declare what a label costs, for commands that weigh it against written texts."""
    parser.add_argument(
        "--label-price", type=float, default=0.1, help="what a label costs you, in US dollars. Default: 0.1"
    )


def label_price_of(arguments: argparse.Namespace) -> float:
    """Return what a label costs, in US dollars. Raises ValueError unless it is finite, and 0 or more."""
    price: float = arguments.label_price
    if not 0 <= price < float("inf"):
        raise ValueError(f"--label-price is {price}; give what a label costs in US dollars, 0 or more")
    return price


def gold_for(arguments: argparse.Namespace, results: Sequence["Result"]) -> Mapping[tuple[str, str], Sequence[str]]:
    """Return the test labels that `--data` names, which pair results; {} without it."""
    from synthworth.pipeline import gold_of, suites_in
    from synthworth.pipeline.suite_paths import suite_paths

    if not arguments.data:
        return {}
    return gold_of(suites_in(suite_paths(arguments.suites)), arguments.data, results)


def read_all(files: Sequence[Path]) -> list["Result"]:
    """Return the results of all files; one that several hold, once."""
    from synthworth.core import read

    return list({repr(result): result for file in files for result in read(file)}.values())


def quality_for(arguments: argparse.Namespace, results: Path) -> Sequence["Quality"]:
    """Return what was measured of texts: in the file of `--quality`, else in quality.jsonl beside the results."""
    from synthworth.core import quality

    beside = results.with_name("quality.jsonl")
    path = arguments.quality or (beside if beside.exists() else None)
    return quality.read(path) if path else ()


def named(names: str, field: str, known: Iterable[str]) -> set[str]:
    """Return the names of a field, given by comma. Raises ValueError, with those that are known, at another one."""
    from synthworth.core import unknown

    wanted, there = {name.strip() for name in names.split(",")} - {""}, set(known) - {""}
    if strangers := sorted(wanted - there):
        raise ValueError(unknown(field, strangers[0], sorted(there)))
    return wanted


def chosen(every: Sequence[Named], field: str, names: str, also: Sequence[Named] = ()) -> list[Named]:
    """Return those whose field has one of the names, given by comma, and those `also`; all without names.

    Those `also` are what the name "files" stands for. Raises ValueError, with the names that there are, at a name that
    nothing has.
    """
    known = {str(getattr(one, field)) for one in every}.union(["files"] if also else [])
    wanted = named(names, field, known)
    return [one for one in every if not wanted or getattr(one, field) in wanted or one in also]
