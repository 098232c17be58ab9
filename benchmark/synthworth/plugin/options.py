"""The command line: every option declared once, and checked before anything is collected."""

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from synthworth.core.errors import unknown
from synthworth.core.places import user_cache
from synthworth.core.result import read

METHODS = "real,zero_shot,few_shot"
CLASSIFIERS = "majority,tfidf,minilm"
GPU_CLASSIFIERS = "bert,roberta"
CONDITIONS: dict[str, str] = {  # options that decide what is asked of a generator, with their defaults
    "data": "hub",
    "generator": "smollm2-135m",
    "method": METHODS,
    "generation-seed": "0",
    "per-label": "100",
    "demonstrations": "pool",
    "curve": "",
}
LEAST = {
    "threads": 1,
    "processes": 0,
    "seeds": 1,
    "per-label": 0,
    "concurrency": 1,
    "requests-per-minute": 0,
    "tokens-per-minute": 0,
}
EXECUTORS = ("local", "ray")
CHOICES = {"record": ("none", "missing", "all"), "demonstrations": ("pool", "real")}


def add_options(parser: pytest.Parser) -> None:
    """Declares them, in one group of `pytest --help`."""
    group = parser.getgroup("synthworth", "synthworth: what is LLM-written training data worth?")

    def add(name: str, default: Any, help: str, **options: Any) -> None:
        group.addoption(f"--synth-{name}", default=default, help=help, **options)

    def add_condition(name: str, help: str, **options: Any) -> None:
        add(name, CONDITIONS[name], help, **options)

    add_condition("data", "real texts: hub, quickstart, or the folder of a mirror. Default: hub. Example: ../data")
    add_condition(
        "generator",
        "who writes: NAME[@BASE_URL] of an OpenAI-compatible server, key in OPENAI_API_KEY. Default: the embedded "
        "smollm2-135m. Example: qwen3-8b@http://127.0.0.1:8000/v1",
    )
    add_condition(
        "method",
        "methods, by comma: real, zero_shot, few_shot, realN+METHOD, a function as FILE.py:FUNCTION or "
        "MODULE:FUNCTION, texts made elsewhere as data:DIR, or one that an installed package has. "
        f"Default: {METHODS}. Example: few_shot",
    )
    add(
        "classifier",
        None,
        f"classifiers, by comma: {CLASSIFIERS}, {GPU_CLASSIFIERS}, a hub id or a local folder. Default: "
        f"{CLASSIFIERS}; with -m gpu: {GPU_CLASSIFIERS}. Example: tfidf,minilm",
    )
    add("seeds", 1, "training seeds, counted from 0. Default: 1. Example: 5")
    add_condition(
        "generation-seed",
        "seed of the generation; several, by comma, are compared with --synth-baseline, and the first makes the rest. "
        "Default: 0. Example: 1",
    )
    add_condition(
        "per-label",
        "training texts per label; 0, for the method real alone: all there are. Default: 100. Example: 50",
    )
    add_condition("demonstrations", "what few_shot shows: pool (the task's own) or real. Default: pool. Example: real")
    add("record", "none", "answers of the generator: none, missing or all. Default: none. Example: missing")
    add(
        "estimate",
        False,
        "print what recording the missing answers would take, and do nothing else. Default: off. "
        "Example: --synth-estimate",
        action="store_true",
    )
    add("budget", "", "stop recording before it passes this, in tokens, usd or both. Default: none. Example: 5usd")
    add("prices", None, "JSON file with prices of models, read before our own. Default: ours. Example: prices.json")
    add("concurrency", 64, "requests under way at once while recording. Default: 64. Example: 8")
    add("requests-per-minute", 0, "quota while recording; 0: none. Default: 0. Example: 500")
    add("tokens-per-minute", 0, "quota while recording; 0: none. Default: 0. Example: 200000")
    add(
        "executor",
        "local",
        "who trains: local (processes of this machine) or ray[=ADDRESS] (a cluster; without an address, one started "
        "here). Default: local. Example: ray=auto",
    )
    add("processes", 0, "trainings side by side on this machine; 0: as many as fit. Default: 0. Example: 1")
    add("threads", 1, "CPU threads of one training; another number rounds differently. Default: 1. Example: 4")
    add("cache", "", "folder of predictions made before, or off. Default: ~/.cache/synthworth. Example: off")
    add_condition("curve", "train also on so many texts per label, by comma. Default: none. Example: 10,20,50,100")
    add("results", None, "write results to this JSON Lines file. Default: not written. Example: suites/results.jsonl")
    add(
        "baseline",
        None,
        "compare with the results in this file, or in a git revision's: the gate for prompt changes. Default: none. "
        "Example: main",
    )
    add("margin", "0.01", "smallest drop of Macro-F1 that matters to the gate. Default: 0.01. Example: 0.02")
    add(
        "strict",
        False,
        "the gate fails too where it cannot tell. Default: it warns. Example: --synth-strict",
        action="store_true",
    )
    add("report", None, "write the gate's findings as Markdown. Default: not written. Example: gate.md")
    add("used", None, "write which recorded answers were used, for `prune`. Default: not written. Example: used.json")


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the command line says, checked; `given` is the part of it that decides what is asked of a generator."""

    data: str
    generator: Any
    methods: Mapping[str, Any]
    classifiers: tuple[str, ...]
    seeds: range
    generation_seeds: tuple[int, ...]
    per_label: int
    demonstrations: str
    record: str
    estimate: bool
    limits: Any
    price: Any
    executor: str
    processes: int
    threads: int
    cache: Path | None
    curve: tuple[int, ...]
    results: Path | None
    used: Path | None
    baseline: str | None
    margin: float
    strict: bool
    report: Path | None
    given: tuple[str, ...]

    @property
    def generation_seed(self) -> int:
        """The one that makes all results but those that the gate compares beside it."""
        return self.generation_seeds[0]


def read_options(config: pytest.Config) -> Options:
    """The options of this session; pytest.UsageError, in one line, where one makes no sense."""
    try:
        return _read(config)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None


def _read(config: pytest.Config) -> Options:
    from synthworth.generation.generator import EMBEDDED, Generator, Limits, parse_budget, price_of
    from synthworth.generation.methods import resolve
    from synthworth.training.recipes import recipe

    def option(name: str) -> Any:
        return config.getoption(f"--synth-{name}")

    number = {name: _number(name, option(name), least) for name, least in LEAST.items()}
    generation_seeds, margin = _generation_seeds(option), _margin(option("margin"))
    for name, allowed in CHOICES.items():
        if option(name) not in allowed:
            raise ValueError(unknown(f"--synth-{name}", option(name), allowed, "values"))
    if option("data") not in ("hub", "quickstart") and not Path(option("data")).is_dir():
        raise ValueError(f"no folder {option('data')}; --synth-data takes hub, quickstart, or the folder of a mirror")

    methods = resolve(_names("method", option("method")))
    if not number["per-label"] and any(method.asks for method in methods.values()):
        raise ValueError("--synth-per-label 0 asks for all real texts there are; add --synth-method real")
    default = f"{CLASSIFIERS},{GPU_CLASSIFIERS}" if "gpu" in config.getoption("-m") else CLASSIFIERS
    classifiers = _names("classifier", option("classifier") or default)
    for name in classifiers:
        recipe(name)

    generator = Generator.parse(option("generator"))
    tokens, usd = parse_budget(option("budget")) if option("budget") else (None, None)
    limits = Limits(
        concurrency=number["concurrency"],
        requests_per_minute=number["requests-per-minute"],
        tokens_per_minute=number["tokens-per-minute"],
        budget_tokens=tokens,
        budget_usd=usd,
    )
    _check_execution(config, option)
    curve = _names("curve", option("curve")) if option("curve") else ()
    sizes = tuple(dict.fromkeys(_number("curve", size, 1) for size in curve))
    results = Path(option("results")) if option("results") else None
    if results and results.exists():
        read(results)
    return Options(
        data=option("data"),
        generator=generator,
        methods=methods,
        classifiers=classifiers,
        seeds=range(number["seeds"]),
        generation_seeds=generation_seeds,
        per_label=number["per-label"],
        demonstrations=option("demonstrations"),
        record=option("record"),
        estimate=option("estimate"),
        limits=limits,
        price=price_of(
            generator.name,
            Path(option("prices")) if option("prices") else None,
            ours=generator.is_at_openai or generator.name == EMBEDDED,
        ),
        executor=option("executor"),
        processes=number["processes"],
        threads=number["threads"],
        cache=_cache(option("cache")),
        curve=sizes,
        results=results,
        used=Path(option("used")) if option("used") else None,
        baseline=option("baseline"),
        margin=margin,
        strict=option("strict"),
        report=_report(option),
        given=tuple(
            f"--synth-{k} {shlex.quote(generator.shown if k == 'generator' else str(option(k)))}"
            for k, default in CONDITIONS.items()
            if option(k) != default
        ),
    )


def _check_execution(config: pytest.Config, option: Callable[[str], Any]) -> None:
    """ValueError where what is asked for cannot be done by the processes that are to do it."""
    if option("executor") not in EXECUTORS and not option("executor").startswith("ray="):
        raise ValueError(unknown("executor", option("executor"), (*EXECUTORS, "ray=ADDRESS")))
    if not hasattr(config, "workerinput") and config.getoption("dist", "no") == "no":
        return
    if option("record") != "none" or option("estimate") or option("used"):
        raise ValueError("recording runs in one process, many requests at once; leave out -n")
    if option("executor") != "local":
        raise ValueError("-n and --synth-executor ray both spread the work; use one of them")


def _cache(given: str) -> Path | None:
    if given == "off":
        return None
    path = Path(given) if given else user_cache() / "predictions"
    if path.exists() and not path.is_dir():
        raise ValueError(f"--synth-cache {path} is no folder; give one, or off")
    return path


def _generation_seeds(option: Callable[[str], Any]) -> tuple[int, ...]:
    given = option("generation-seed").split(",")
    seeds = tuple(dict.fromkeys(_number("generation-seed", seed.strip(), 0) for seed in given))
    if len(seeds) > 1 and not option("baseline"):
        raise ValueError(
            f"--synth-generation-seed {option('generation-seed')}: several are compared with --synth-baseline alone; "
            "give one, or the baseline"
        )
    return seeds


def _margin(given: str) -> float:
    try:
        margin = float(given)
    except ValueError:
        margin = 0.0
    if not 0 < margin < 1:
        raise ValueError(f"--synth-margin is {given}; give the smallest drop of Macro-F1 that matters, as 0.01")
    return margin


def _report(option: Callable[[str], Any]) -> Path | None:
    for name in ("strict", "report"):
        if option(name) and not option("baseline"):
            raise ValueError(f"--synth-{name} is about a comparison; add --synth-baseline FILE or a git revision")
    if not option("report"):
        return None
    path = Path(option("report"))
    if path.is_dir() or not path.parent.is_dir():  # told now: what it takes to find out may take hours
        raise ValueError(f"--synth-report {path} cannot be written; give a file in a folder that is there")
    return path


def _number(name: str, given: str | int, least: int) -> int:
    # Not argparse's `type=int`, whose complaint is a page.
    if not str(given).isdecimal() or int(given) < least:
        raise ValueError(f"--synth-{name} is {given}; give a whole number, {least} or more")
    return int(given)


def _names(kind: str, text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names:
        raise ValueError(f"--synth-{kind} is empty; name at least one {kind}")
    return names
