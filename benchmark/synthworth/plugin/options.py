"""The command line: each option declared once, and checked before any test runs.

`OPTIONS` is the only list. `pytest --help`, the values of `Options`, their checks and the command that a message tells
the user to type are all derived from it.
"""

import math
import os
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

    from synthworth.generation.generator import Generator, Limits, Price
    from synthworth.generation.methods import Method

METHODS = "real,zero_shot,few_shot"
EVERY = "all"  # of --synth-method and --synth-refine
CLASSIFIERS = "majority,tfidf,minilm"
GPU_CLASSIFIERS = "bert,roberta"
EXECUTORS = ("local", "ray")
MOST_SEEDS = 1000  # each is a test: pytest would collect a billion of them for ever
GROUPS = {
    "data": "synthworth: the real texts, and how many to train on",
    "generator": "synthworth: who writes texts, and recordings of them",
    "training": "synthworth: which classifiers are trained, and where",
    "gate": "synthworth: compare with earlier results",
    "output": "synthworth: files to write",
}


@dataclass(frozen=True, kw_only=True)
class Option:
    """One option of pytest's command line, `--synth-NAME`.

    `read` turns the text given into the value of `Options.FIELD`; it raises ValueError, in one line, if the text makes
    no sense. `default` is a text too; `shown` is how the help prints it if it is not to be typed. A `flag` takes no
    value. `asks`: the option decides what is asked of a generator, so that the command to record must repeat it.
    `with_baseline` is the default with --synth-baseline, if no option that has one is given; `with_files` that of a run
    whose written texts are all in files.
    """

    name: str
    group: str
    help: str
    example: str
    default: str = ""
    shown: str = ""
    read: Callable[[str], Any] = str
    field: str = ""
    flag: bool = False
    asks: bool = False
    with_baseline: str = ""
    with_files: str = ""

    @property
    def option(self) -> str:
        """The name as it is typed."""
        return f"--synth-{self.name}"

    @property
    def attribute(self) -> str:
        """The field of `Options` that holds the value."""
        return self.field or self.name.replace("-", "_")

    @property
    def help_text(self) -> str:
        """The help with the default and an example."""
        return f"{self.help}. Default: {self.shown or self.default}. Example: {self.example}"


def _number(name: str, least: int, most: float = math.inf) -> Callable[[str], int]:
    def read(text: str) -> int:  # not argparse's `type=int`, whose complaint is a page
        if not (text.isascii() and text.isdecimal()) or int(text) < least:
            raise ValueError(f"--synth-{name} is {text}; give a whole number, {least} or more")
        if int(text) > most:
            raise ValueError(f"--synth-{name} is {text}; give {most:,} or fewer")
        return int(text)

    return read


def _numbers(name: str, least: int) -> Callable[[str], tuple[int, ...]]:
    one = _number(name, least)
    return lambda text: tuple(dict.fromkeys(map(one, _names(name, "number", text))))


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(sorted(_numbers("curve", 1)(text))) if text else ()


def _names(option: str, kind: str, text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names:
        raise ValueError(f"--synth-{option} is empty; name at least one {kind}")
    return names


def _choice(name: str, *allowed: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in allowed:
            from synthworth.core import unknown

            raise ValueError(unknown(f"--synth-{name}", text, allowed, "values"))
        return text

    return read


def _path(text: str) -> Path | None:
    return Path(text) if text else None


def _data(text: str) -> str:
    if not text.strip():
        raise ValueError("--synth-data is empty; it takes hub, quickstart, or the folder of a mirror")
    if text not in ("hub", "quickstart") and not Path(text).is_dir():
        raise ValueError(f"no folder {text}; --synth-data takes hub, quickstart, or the folder of a mirror")
    return text


def _methods(text: str) -> "Mapping[str, Method]":
    from synthworth.generation.methods import resolve

    return resolve(_method_names(text))


def _method_names(text: str) -> list[str]:
    from synthworth.generation.methods import every_method, names_in

    if not (names := names_in(text)):
        raise ValueError("--synth-method is empty; name at least one method")
    return list(dict.fromkeys(one for name in names for one in (every_method() if name == EVERY else [name])))


def _refinements(text: str) -> tuple[str, ...]:
    from synthworth.generation.refinements import chains

    return chains(text) if text else ()


def _refined(methods: str, refinements: str) -> str:
    """The methods, each written one refined as it is asked for, by comma as they came."""
    if not refinements:
        return methods
    from synthworth.generation.methods import with_refinements

    return ",".join(with_refinements(_method_names(methods), _refinements(refinements)))


def _mix(text: str) -> tuple[int, ...]:
    return tuple(sorted(_numbers("mix", 0)(text))) if text else ()


def _mixed(methods: str, mix: str) -> str:
    """The methods, each written one with so many real texts, and what stands beside these, by comma."""
    if not mix:
        return methods
    from synthworth.generation.methods import with_mixtures

    return ",".join(with_mixtures(_method_names(methods), _mix(mix)))


def _classifiers(text: str) -> tuple[str, ...]:
    from synthworth.training import recipe

    names = _names("classifier", "classifier", text)
    for name in names:
        recipe(name)
    return names


def _generator(text: str) -> "Generator":
    from synthworth.generation.generator import find_generator

    return find_generator(text)


def _concurrency(text: str) -> int:
    if text == "auto":
        return 0
    try:
        return _number("concurrency", 1)(text)
    except ValueError as error:
        raise ValueError(f"{error}, or auto") from None


def _budget(text: str) -> tuple[int | None, float | None]:
    from synthworth.generation.generator import parse_budget

    return parse_budget(text) if text else (None, None)


def _executor(text: str) -> str:
    if text not in EXECUTORS and not text.startswith("ray="):
        from synthworth.core import unknown

        raise ValueError(unknown("executor", text, (*EXECUTORS, "ray=ADDRESS")))
    return text


def _cache(text: str) -> Path | None:
    from synthworth.core import user_cache

    if text == "off":
        return None
    path = Path(text) if text else user_cache() / "predictions"
    if path.exists() and not path.is_dir():
        raise ValueError(f"--synth-cache {path} is not a folder; give one, or off")
    return path


def _margin(text: str) -> float:
    try:
        margin = float(text)
    except ValueError:
        margin = 0.0
    if not 0 < margin < 1:
        raise ValueError(f"--synth-margin is {text}; give the smallest drop of Macro-F1 that matters, as 0.01")
    return margin


def _results(text: str) -> Path | None:
    from synthworth.core import read

    path = _path(text)
    if path and path.exists():
        read(path)  # a damaged file is better found now than after hours of training
    if path and not _can_hold_a_file(path.parent):
        raise ValueError(f"--synth-results {path} cannot be written; give a file in a folder that you may write to")
    return path


def _can_hold_a_file(folder: Path) -> bool:
    """Tell whether a file may be written in a folder, which need not exist yet."""
    there = next((one for one in (folder, *folder.absolute().parents) if one.exists()), folder)
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def _used(text: str) -> Path | None:
    path = _path(text)
    if path and (path.is_dir() or not path.parent.is_dir()):
        raise ValueError(f"--synth-used {path} cannot be written; give a file in a folder that exists")
    return path


def _report(text: str) -> Path | None:
    path = _path(text)
    if path and (path.is_dir() or not path.parent.is_dir()):  # the report is written when all is done: too late
        raise ValueError(f"--synth-report {path} cannot be written; give a file in a folder that exists")
    return path


OPTIONS = (
    Option(
        name="data",
        group="data",
        help="real texts: hub, quickstart, or the folder of a mirror",
        default="hub",
        example="../data",
        read=_data,
        asks=True,
    ),
    Option(
        name="per-label",
        group="data",
        help="training texts per label; 0, which only the method real can fill, is all there are",
        default="100",
        example="50",
        read=_number("per-label", 0),
        asks=True,
    ),
    Option(
        name="shares",
        group="data",
        help="shares of the labels among training texts: balanced (equal) or natural (as in the real texts, with "
        "--synth-per-label on average)",
        default="balanced",
        example="natural",
        read=_choice("shares", "balanced", "natural"),
        asks=True,
    ),
    Option(
        name="curve",
        group="data",
        help="train also on these numbers of texts per label, by comma",
        shown="none",
        example="10,20,50,100",
        read=_sizes,
        asks=True,
    ),
    Option(
        name="demonstrations",
        group="data",
        help="what few_shot shows the generator: pool (the task's own; of a task without, training texts) or real "
        "(training texts)",
        default="pool",
        example="real",
        read=_choice("demonstrations", "pool", "real"),
        asks=True,
    ),
    Option(
        name="generator",
        group="generator",
        help="the LLM that writes: NAME[@BASE_URL[,BASE_URL...]] of OpenAI-compatible servers, its key in "
        "OPENAI_API_KEY; or the NAME of a [tool.synthworth.generators.NAME] in pyproject.toml",
        default="smollm2-135m",
        shown="smollm2-135m, which is embedded",
        example="qwen3-8b@http://127.0.0.1:8000/v1",
        read=_generator,
        asks=True,
    ),
    Option(
        name="weights",
        group="generator",
        help="GGUF file of an instruct model like Llama, Mistral or Qwen2, which runs here as the generator",
        default="",
        shown="those of the embedded generator",
        example="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        read=_path,
        asks=True,
    ),
    Option(
        name="method",
        group="generator",
        help="methods, by comma: all (real and every method that writes), real, zero_shot, few_shot, topics, personas, "
        "attributes, taboo, grounded, completion, mixture, feedback, errors, labels, demonstrations, labelled (the "
        "generator labels real training texts), generator (it labels 300 test texts itself), li2023_zero_shot, "
        "li2023_few_shot, augmentedN, realN+METHOD, all+METHOD, a function as FILE.py:FUNCTION or MODULE:FUNCTION, a "
        "folder of texts as data:DIR, or one from an installed package",
        default=METHODS,
        example="few_shot",
        read=_methods,
        field="methods",
        asks=True,
    ),
    Option(
        name="refine",
        group="generator",
        help="refine the texts of every written method before training, by | one after the other (in quotes): dedup, "
        "relabel, filter, consistency, select, balance, reweight; by comma, each a method of its own, and none beside "
        "them as they came; all is each by itself. More texts are asked for until the quota is full again",
        shown="none",
        example="none,dedup",
        read=_refinements,
        field="refinements",
        asks=True,
    ),
    Option(
        name="mix",
        group="generator",
        help="numbers of real texts per label, by comma, to train every written method with; 0 is without. Beside "
        "these the same real texts alone, and with as many edits as there are written texts",
        shown="none",
        example="0,5,10,50,100",
        read=_mix,
        asks=True,
    ),
    Option(
        name="generation-seed",
        group="generator",
        help="seeds of the texts, by comma: each is a draw of its own; with --synth-baseline the first makes the table",
        default="0",
        with_baseline="0,1,2",
        with_files="0,1,2",
        shown="0; 0,1,2 if all written texts are in files, or with --synth-baseline unless --synth-seeds is given",
        example="0,1,2",
        read=_numbers("generation-seed", 0),
        field="generation_seeds",
        asks=True,
    ),
    Option(
        name="record",
        group="generator",
        help="which answers to ask the generator for: none (replay recordings), missing, batch (missing ones, as the "
        "provider's batch within a day, at half the price), or all; a file of texts needs none",
        default="none",
        example="missing",
        read=_choice("record", "none", "missing", "batch", "all"),
    ),
    Option(
        name="estimate",
        group="generator",
        help="print what recording the missing answers would take, and run no test",
        shown="off",
        example="--synth-estimate",
        flag=True,
    ),
    Option(
        name="budget",
        group="generator",
        help="stop recording before it costs more than this, in tokens, usd or both",
        shown="none",
        example="5usd",
        read=_budget,
    ),
    Option(
        name="prices",
        group="generator",
        help="JSON file with prices of models, which override the built-in ones",
        shown="built in",
        example="prices.json",
        read=_path,
    ),
    Option(
        name="concurrency",
        group="generator",
        help="requests in flight at once while recording; auto finds what the server has room for",
        default="64",
        example="auto",
        read=_concurrency,
    ),
    Option(
        name="requests-per-minute",
        group="generator",
        help="rate limit while recording; 0: none",
        default="0",
        example="500",
        read=_number("requests-per-minute", 0),
    ),
    Option(
        name="tokens-per-minute",
        group="generator",
        help="rate limit while recording; 0: none",
        default="0",
        example="200000",
        read=_number("tokens-per-minute", 0),
    ),
    Option(
        name="classifier",
        group="training",
        help=f"classifiers, by comma: {CLASSIFIERS}, nearest, probe, {GPU_CLASSIFIERS}, a hub id or a local folder",
        shown=f"{CLASSIFIERS}; with -m gpu: {GPU_CLASSIFIERS}",
        example="tfidf,minilm",
        read=_classifiers,
        field="classifiers",
    ),
    Option(
        name="seeds",
        group="training",
        help="number of training seeds, counted from 0",
        default="1",
        with_baseline="1",
        example="5",
        read=lambda text: range(_number("seeds", 1, MOST_SEEDS)(text)),
    ),
    Option(
        name="executor",
        group="training",
        help="where to train: local (processes of this machine) or ray[=ADDRESS] (a cluster; without an address, one "
        "started here)",
        default="local",
        example="ray=auto",
        read=_executor,
    ),
    Option(
        name="processes",
        group="training",
        help="trainings side by side on this machine; 0: as many as fit",
        default="0",
        example="1",
        read=_number("processes", 0),
    ),
    Option(
        name="threads",
        group="training",
        help="CPU threads of one training; another number rounds differently",
        default="1",
        example="4",
        read=_number("threads", 1),
    ),
    Option(
        name="cache",
        group="training",
        help="folder of predictions made before, or off",
        shown="~/.cache/synthworth",
        example="off",
        read=_cache,
    ),
    Option(
        name="baseline",
        group="gate",
        help="compare with the results in this file, or in a git revision: did the prompt get worse? Several draws of "
        "the texts a side answer it, and without other words these are generation seeds 0,1,2 with one training seed "
        "each",
        shown="none",
        example="main",
        asks=True,
    ),
    Option(
        name="margin",
        group="gate",
        help="smallest drop of Macro-F1 that matters",
        default="0.01",
        example="0.02",
        read=_margin,
    ),
    Option(
        name="strict",
        group="gate",
        help="fail if the comparison cannot tell",
        shown="off, it warns",
        example="--synth-strict",
        flag=True,
    ),
    Option(
        name="report",
        group="gate",
        help="write the findings to this file as Markdown",
        shown="not written",
        example="gate.md",
        read=_report,
    ),
    Option(
        name="results",
        group="output",
        help="write results to this JSON Lines file, beside those that it holds",
        shown="not written",
        example="suites/results.jsonl",
        read=_results,
    ),
    Option(
        name="table",
        group="output",
        help="what a run ends with: screen (as much of the leaderboard as fits one) or all (every row and column)",
        default="screen",
        example="all",
        read=_choice("table", "screen", "all"),
    ),
    Option(
        name="used",
        group="output",
        help="write which recorded answers were used, for `synthworth prune`",
        shown="not written",
        example="used.json",
        read=_used,
    ),
)


def add_options(parser: "pytest.Parser") -> None:
    """Add every option to `pytest --help`, in one group for each of `GROUPS`."""
    for option in OPTIONS:
        group = parser.getgroup(f"synthworth-{option.group}", GROUPS[option.group])
        if option.flag:
            group.addoption(option.option, action="store_true", default=False, help=option.help_text)
        else:
            default = None if option.with_baseline else option.default
            group.addoption(option.option, default=default, help=option.help_text)


@dataclass(frozen=True, kw_only=True)
class Options:
    """The checked values of one session's options, under the names of `OPTIONS`.

    `command` holds the words that repeat the options given which decide what is asked of a generator. `budget` is
    (tokens, usd), each None if there is no limit.
    """

    data: str
    per_label: int
    shares: str
    curve: tuple[int, ...]
    demonstrations: str
    generator: "Generator"
    weights: Path | None
    methods: "Mapping[str, Method]"
    refinements: tuple[str, ...]
    mix: tuple[int, ...]
    generation_seeds: tuple[int, ...]
    record: str
    estimate: bool
    budget: tuple[int | None, float | None]
    prices: Path | None
    concurrency: int
    requests_per_minute: int
    tokens_per_minute: int
    classifiers: tuple[str, ...]
    seeds: range
    executor: str
    processes: int
    threads: int
    cache: Path | None
    baseline: str
    margin: float
    strict: bool
    report: Path | None
    results: Path | None
    table: str
    used: Path | None
    command: tuple[str, ...]
    named: frozenset[str]
    """Methods that were named, and not added by --synth-mix."""
    matrix: bool
    """True if all methods, or all refinements, are asked for: what has no recordings is left out, in one line."""

    @cached_property
    def beside(self) -> "Mapping[str, tuple[int, ...]]":
        """The numbers of texts per label of the methods that --synth-mix adds: real texts alone, and edited ones."""
        from synthworth.generation.methods import mixed_quotas

        return mixed_quotas(self.mix, self.per_label)

    @property
    def sizes(self) -> tuple[int, ...]:
        """All numbers of texts per label that a method is trained on beside --synth-per-label, in order."""
        return tuple(sorted({*self.curve, *(size for sizes in self.beside.values() for size in sizes)}))

    def trains(self, method: str, size: int | None) -> bool:
        """Tell whether a method is trained on so many texts per label; None stands for --synth-per-label."""
        wanted = method in self.named or method not in self.beside
        return wanted if size is None else size in self.beside.get(method, ()) or (wanted and size in self.curve)

    @property
    def generation_seed(self) -> int:
        """The seed of every text but those that the gate compares beside it."""
        return self.generation_seeds[0]

    @property
    def draws(self) -> tuple[int, ...]:
        """The generation seeds whose results the table shows."""
        return self.generation_seeds[:1] if self.baseline else self.generation_seeds

    @property
    def limits(self) -> "Limits":
        """The limits of the generator: rate, requests in flight, and budget."""
        from synthworth.generation.generator import Limits

        tokens, usd = self.budget
        return Limits(
            concurrency=self.concurrency,
            requests_per_minute=self.requests_per_minute,
            tokens_per_minute=self.tokens_per_minute,
            budget_tokens=tokens,
            budget_usd=usd,
        )

    @cached_property
    def price(self) -> "Price | None":
        """The generator's price; None if it is unknown. Raises ValueError if the file of prices cannot be read."""
        return self.generator.price_by(self.prices)


def read_options(config: "pytest.Config") -> Options:
    """Read and check the options of this session; raises ValueError, in one line, if one makes no sense."""
    given = with_defaults({option.name: config.getoption(option.option) for option in OPTIONS})
    if not given["classifier"]:
        everything = f"{CLASSIFIERS},{GPU_CLASSIFIERS}"
        given["classifier"] = everything if "gpu" in config.getoption("-m") else CLASSIFIERS
    refined = _refined(given["method"], given["refine"])
    meant = given | {"method": _mixed(refined, given["mix"])}
    values = {option.attribute: _value(option, meant[option.name]) for option in OPTIONS}
    typed = given | {"generator": values["generator"].shown}  # without a password, and with the server that is asked
    command = tuple(
        f"{option.option} {shlex.quote(typed[option.name])}"
        for option in OPTIONS
        if option.asks and given[option.name] != option.default
    )
    options = Options(
        **values,
        command=command,
        named=frozenset(_method_names(refined)),
        matrix=given["refine"] == EVERY or EVERY in given["method"].replace(" ", "").split(","),
    )
    distributed = hasattr(config, "workerinput") or config.getoption("dist", "no") != "no"
    for problem in _problems(options, distributed=distributed):
        raise ValueError(problem)
    _ = options.price
    return options


def with_defaults(given: dict[str, Any]) -> dict[str, Any]:
    """The options with the defaults of those that were not given and have one for a comparison, or for files."""
    unnamed = [option for option in OPTIONS if given[option.name] is None]
    compares = bool(given["baseline"]) and len(unnamed) == sum(bool(option.with_baseline) for option in OPTIONS)
    names = _method_names(given["method"])
    files = any(map(_is_file, names)) and all(name == "real" or _is_file(name) for name in names)

    def default(option: Option) -> str:
        return (compares and option.with_baseline) or (files and option.with_files) or option.default

    return given | {option.name: default(option) for option in unnamed}


def _is_file(method: str) -> bool:
    return method.startswith("data:")


def _value(option: Option, given: Any) -> Any:
    """The value of one option; raises ValueError too if the system refuses its path, as one that is too long."""
    try:
        return given if option.flag else option.read(given)
    except OSError as error:
        from synthworth.core import brief

        raise ValueError(f"{option.option} {brief(given)}: {error.strerror}; give another path") from None


def _problems(options: Options, *, distributed: bool) -> Iterator[str]:
    """Why these options do not go together; `distributed`: pytest-xdist runs the tests."""
    if not options.per_label and any(method.asks for method in options.methods.values()):
        yield "--synth-per-label 0 asks for all real texts there are; add --synth-method real"
    if options.mix and not options.per_label:
        yield "--synth-mix adds to a number of written texts; give --synth-per-label 1 or more"
    for name in ("strict", "report"):
        if getattr(options, name) and not options.baseline:
            yield f"--synth-{name} is about a comparison; add --synth-baseline FILE or a git revision"
    if distributed and (options.record != "none" or options.estimate or options.used):
        yield "recording runs in one process, many requests at once; leave out -n"
    if distributed and options.executor != "local":
        yield "-n and --synth-executor ray both spread the work; use one of them"
