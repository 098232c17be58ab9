"""Options about who writes texts, and recordings of them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from synthworth.plugin.options.option import Option, one_of, path_or_none, whole_number, whole_numbers

if TYPE_CHECKING:
    from synthworth.generation.generator import Generator
    from synthworth.generation.methods import Method

EVERY = "all"  # of --synth-method and --synth-refine


def _methods(text: str) -> "Mapping[str, Method]":
    from synthworth.generation.methods import resolve

    return resolve(method_names(text))


def method_names(text: str) -> list[str]:
    """Return the methods that --synth-method names; raises ValueError if it names none."""
    from synthworth.generation.methods import every_method, names_in

    if not (names := names_in(text)):
        raise ValueError("--synth-method is empty; name at least one method")
    return list(dict.fromkeys(one for name in names for one in (every_method() if name == EVERY else [name])))


def _refinements(text: str) -> tuple[str, ...]:
    from synthworth.generation.refinements import chains

    return chains(text) if text else ()


def refined(methods: str, refinements: str) -> str:
    """Return the methods, each written one refined as it is asked for, by comma as they came."""
    if not refinements:
        return methods
    from synthworth.generation.methods import with_refinements

    return ",".join(with_refinements(method_names(methods), _refinements(refinements)))


def _mix(text: str) -> tuple[int, ...]:
    return tuple(sorted(whole_numbers("mix", 0)(text))) if text else ()


def mixed(methods: str, mix: str) -> str:
    """Return the methods, each written one with so many real texts, and what stands beside these, by comma."""
    if not mix:
        return methods
    from synthworth.generation.methods import with_mixtures

    return ",".join(with_mixtures(method_names(methods), _mix(mix)))


def beside_all(methods: str) -> str:
    """Return the methods, by comma, with the real texts alone if one adds to all of them."""
    from synthworth.generation.methods import with_all_real

    return ",".join(with_all_real(method_names(methods)))


def _generator(text: str) -> "Generator":
    from synthworth.generation.generator import find_generator

    return find_generator(text)


def _concurrency(text: str) -> int:
    if text == "auto":
        return 0
    try:
        return whole_number("concurrency", 1)(text)
    except ValueError as error:
        raise ValueError(f"{error}, or auto") from None


def _budget(text: str) -> tuple[int | None, float | None]:
    from synthworth.generation.generator import parse_budget

    return parse_budget(text) if text else (None, None)


TITLE = "synthworth: who writes texts, and recordings of them"
OPTIONS = (
    Option(
        name="generator",
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
        help="GGUF file of an instruct model like Llama, Mistral or Qwen2, which runs here as the generator",
        default="",
        shown="those of the embedded generator",
        example="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        read=path_or_none,
        asks=True,
    ),
    Option(
        name="method",
        help="methods, by comma: all (real and every method that writes), real, zero_shot, few_shot, topics, personas, "
        "attributes, taboo, grounded, completion, mixture, feedback, errors, labels, demonstrations, labelled (the "
        "generator labels real training texts), generator (it labels 300 test texts itself), li2023_zero_shot, "
        "li2023_few_shot, augmentedN, realN+METHOD, all+METHOD (with all real texts, which stand alone beside it), a "
        "function as FILE.py:FUNCTION or MODULE:FUNCTION, a folder of texts as data:DIR, or one from an installed "
        "package",
        default="real,zero_shot,few_shot",
        example="few_shot",
        read=_methods,
        field="methods",
        asks=True,
    ),
    Option(
        name="refine",
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
        help="numbers of real texts per label, by comma, to train every written method with; 0 is without. Beside "
        "these the same real texts alone, and with as many edits as there are written texts",
        shown="none",
        example="0,5,10,50,100",
        read=_mix,
        asks=True,
    ),
    Option(
        name="generation-seed",
        help="seeds of the texts, by comma: each is a draw of its own; with --synth-baseline the first makes the table",
        default="0",
        with_baseline="0,1,2",
        with_files="0,1,2",
        shown="0; 0,1,2 if all written texts are in files, or with --synth-baseline unless --synth-seeds is given",
        example="0,1,2",
        read=whole_numbers("generation-seed", 0),
        field="generation_seeds",
        asks=True,
    ),
    Option(
        name="record",
        help="which answers to ask the generator for: none (replay recordings), missing, batch (missing ones, as the "
        "provider's batch within a day, at half the price), or all; a file of texts needs none",
        default="none",
        example="missing",
        read=one_of("record", "none", "missing", "batch", "all"),
    ),
    Option(
        name="estimate",
        help="print what recording the missing answers would take, and run no test",
        shown="off",
        example="--synth-estimate",
        flag=True,
    ),
    Option(
        name="budget",
        help="stop recording before it costs more than this, in tokens, usd or both",
        shown="none",
        example="5usd",
        read=_budget,
    ),
    Option(
        name="prices",
        help="JSON file with prices of models, which override the built-in ones",
        shown="built in",
        example="prices.json",
        read=path_or_none,
    ),
    Option(
        name="concurrency",
        help="requests in flight at once while recording; auto finds what the server has room for",
        default="64",
        example="auto",
        read=_concurrency,
    ),
    Option(
        name="requests-per-minute",
        help="rate limit while recording; 0: none",
        default="0",
        example="500",
        read=whole_number("requests-per-minute", 0),
    ),
    Option(
        name="tokens-per-minute",
        help="rate limit while recording; 0: none",
        default="0",
        example="200000",
        read=whole_number("tokens-per-minute", 0),
    ),
)
