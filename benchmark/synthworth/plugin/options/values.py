"""The checked values of the options of one session."""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthworth.plugin.options import OPTIONS
from synthworth.plugin.options.generator import EVERY, beside_all, method_names, mixed, refined
from synthworth.plugin.options.option import Option
from synthworth.plugin.options.training import CLASSIFIERS, GPU_CLASSIFIERS

if TYPE_CHECKING:
    import pytest

    from synthworth.generation.generator import Generator, Limits, Price
    from synthworth.generation.methods import Method


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
    """Methods that were named, and not added to stand beside others."""
    matrix: bool
    """True if all methods, or all refinements, are asked for: what has no recordings is left out, in one line."""

    @cached_property
    def beside(self) -> "Mapping[str, tuple[int, ...]]":
        """The numbers of texts per label (0: all) of the methods that stand beside mixtures: real or edited texts."""
        from synthworth.generation.methods import REAL, adds_to_all_real, mixed_quotas

        quotas = mixed_quotas(self.mix, self.per_label)
        if adds_to_all_real(self.methods) and (self.per_label or REAL not in self.named):
            quotas[REAL] = (*quotas.get(REAL, ()), 0)
        return quotas

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
    methods = refined(given["method"], given["refine"])
    meant = given | {"method": beside_all(mixed(methods, given["mix"]))}
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
        named=frozenset(method_names(methods)),
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
    names = method_names(given["method"])
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
