"""The generators that a project describes in `[tool.synthworth.generators.NAME]` of its pyproject.toml."""

import json
import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from synthworth.core import brief, unknown
from synthworth.generation.generator.address import Address, Generator, shown_urls
from synthworth.generation.generator.limits import Price, price_of
from synthworth.generation.generator.settings import EFFORTS, SECRET, VARIABLE, AnswerSettings, ServerSettings

FILE = "pyproject.toml"
SHORTEST_S, LONGEST_S = 0.1, 86_400.0
# Fields of a body that have a key of their own, or that the sampling of texts decides.
OWN = ("model", "messages", "temperature", "top_p", "max_tokens", "max_completion_tokens", "reasoning_effort")
OURS = ("n", "seed", "stream")
Check = Callable[[Any], Any]


def find_generator(text: str, folder: Path | None = None) -> Generator:
    """Return the generator that a user names: one of the project's tables, else `NAME[@BASE_URL[,BASE_URL...]]`.

    A table is named by its name or, as results name it, by its alias.

    The table is that of the nearest pyproject.toml with a `[tool.synthworth]` from `folder` (None: here) upwards. A
    base URL behind the name of a table takes the place of the table's. Raises ValueError, in one line, if the text is
    no generator, or if the table holds what it cannot.
    """
    path, tables = generator_tables(folder or Path.cwd())
    names = _names(path, tables)
    if name := names.get(text.strip()):
        return _from_table(path, name, tables[name])
    given = Generator.parse(text)
    if given.name not in names:
        return given
    urls = [url for url in (given.base_url, *given.replicas) if url]
    generator = _from_table(path, names[given.name], tables[names[given.name]])
    return replace(
        generator, base_url=urls[0], replicas=tuple(urls[1:]), typed=f"{names[given.name]}@{shown_urls(urls)}"
    )


def price_of_named(name: str, prices: Path | None = None) -> Price | None:
    """Return the price of a generator by its name in results; None if it is unknown.

    A file of `prices` tells it, by this name or its model; else a table of the project with this name or alias, by its
    `prices` or its model; else our list. Raises ValueError if the file cannot be read.
    """
    if price := price_of(name, prices, ours=False):
        return price
    try:
        generator = find_generator(name)
    except ValueError:  # a table that cannot be read: results can be shown without it
        return price_of(name)
    return generator.price_by(prices) or price_of(generator.asked_model)


def _names(path: Path, tables: Mapping[str, Any]) -> dict[str, str]:
    """Return what each table may be called, its own name and its alias, with its own name.

    Raises ValueError if two may be called the same: they would record into one folder.
    """
    names = {name: name for name in tables}
    for name, table in tables.items():
        alias = table.get("alias") if isinstance(table, dict) else None
        if isinstance(alias, str) and (other := names.setdefault(alias.strip(), name)) != name:
            raise ValueError(
                f"{path}: [tool.synthworth.generators.{name}]: alias is a name of the table {other!r}, too; give it an "
                "alias of its own: recordings lie under it"
            )
    return names


def generator_tables(folder: Path) -> tuple[Path, Mapping[str, Any]]:
    """Return the nearest pyproject.toml with a `[tool.synthworth]`, and its generators by name; none if there is none.

    Raises ValueError if that file cannot be read.
    """
    for place in (folder, *folder.absolute().parents):
        path = place / FILE
        if not path.is_file():
            continue
        try:
            ours = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("synthworth")
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ValueError(f"cannot read {path}: {error}; correct it") from None
        if ours is not None:
            return path, _generators(path, ours)
    return folder / FILE, {}


def _generators(path: Path, ours: Any) -> Mapping[str, Any]:
    if not isinstance(ours, dict):
        raise ValueError(f"{path}: tool.synthworth is {_harmless(ours)}; make it a table")
    for key in ours:
        if key != "generators":
            raise ValueError(f"{path}: [tool.synthworth]: {unknown('key', key, ['generators'])}")
    tables = ours.get("generators", {})
    if not isinstance(tables, dict):
        raise ValueError(
            f"{path}: tool.synthworth.generators is {_harmless(tables)}; write [tool.synthworth.generators.NAME]"
        )
    return tables


def _from_table(path: Path, name: str, table: Any) -> Generator:
    where = f"{path}: [tool.synthworth.generators.{name}]"
    if not isinstance(table, dict):
        raise ValueError(f"{where}: it is {_harmless(table)}; make it a table")
    read: dict[str, Any] = {}
    for key, value in table.items():
        if key not in KEYS:
            raise ValueError(f"{where}: {unknown('key', key, KEYS)}")
        check, allowed = KEYS[key]
        try:
            read[key] = check(value)
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            why = f"({error})" if isinstance(error, _Because) else f"is {_harmless(value)}"
            raise ValueError(f"{where}: {key} {why}; give {allowed}") from None
    first, *others = read.get("base_url") or [None]
    return Generator(
        name=read.get("alias", name),
        base_url=first,
        replicas=tuple(others),
        model=read.get("model", name),
        settings=AnswerSettings(**{f.name: read[f.name] for f in fields(AnswerSettings) if f.name in read}),
        line=ServerSettings(**{f.name: read[f.name] for f in fields(ServerSettings) if f.name in read}),
        price=read.get("prices"),
        typed=name,
    )


def _harmless(value: Any) -> str:
    """Show a number or true or false; of all else only the kind, for a secret may stand there, however deep."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return brief(value)
    if value == "":
        return "an empty text"
    kinds = {str: "a text", dict: "a table", list: "a list"}
    return next((kind for one, kind in kinds.items() if isinstance(value, one)), "a date or time")


class _Because(ValueError):
    """A reason that may be told: it repeats nothing that could be a secret."""


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError
    return value.strip()


def _urls(value: Any) -> list[str]:
    urls = [_text(one) for one in (value if isinstance(value, list) else [value])]
    if not urls:
        raise ValueError
    for url in urls:
        try:
            Address.parse(url)
        except ValueError as error:
            raise _Because(str(error)) from None
    return urls


def _headers(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise TypeError
    for name, text in value.items():
        if not isinstance(text, str) or not text.isprintable() or not text.isascii() or not name.isascii():
            raise _Because(f"the value of {name!r} is no printable ASCII text")
        if SECRET.search(name) and not VARIABLE.search(text):
            raise _Because(f"{name!r} holds a secret in plain text")
    return dict(value)


def _variable(value: Any) -> str:
    if value != "" and not (isinstance(value, str) and value.isidentifier()):
        raise ValueError
    return str(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _number(least: float, most: float, *, above: bool = False) -> Check:
    def check(value: Any) -> float:
        number = not isinstance(value, bool) and isinstance(value, int | float) and math.isfinite(value)
        if not number or not least <= value <= most or (above and value == least):
            raise ValueError
        return float(value)

    return check


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError
    return value


def _effort(value: Any) -> str:
    if value not in EFFORTS:
        raise ValueError
    return str(value)


def _extra_body(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError
    for name in value:
        if name in OWN or name in OURS:
            raise _Because(f"{name!r} {'is decided for each text' if name in OURS else 'has a key of its own'}")
    try:
        return dict(json.loads(json.dumps(value, allow_nan=False)))
    except (ValueError, TypeError):
        raise _Because("a value cannot be written as JSON") from None


def _prices(value: Any) -> Price:
    if not isinstance(value, dict) or set(value) != {"prompt", "completion"}:
        raise ValueError
    price = _number(0, math.inf)
    return Price(prompt=price(value["prompt"]), completion=price(value["completion"]))


_SECONDS = f"seconds, from {SHORTEST_S:g} to {LONGEST_S:,.0f}"
KEYS: Mapping[str, tuple[Check, str]] = {
    "model": (_text, "the name that the server knows the model by, as a text"),
    "alias": (_text, "the name that tables show and recordings lie under, as a text"),
    "base_url": (_urls, 'a base URL as "http://127.0.0.1:8000/v1", or a list of them'),
    "headers": (_headers, 'a table of texts; a secret is named by its variable, as api-key = "$AZURE_OPENAI_API_KEY"'),
    "key_variable": (_variable, 'the name of an environment variable, or "" to send no key'),
    "system_message": (_flag, "true or false"),
    "temperature": (_number(0, 2), "a number from 0 to 2"),
    "top_p": (_number(0, 1, above=True), "a number above 0, to 1"),
    "max_tokens": (_count, "a whole number, 1 or more"),
    "reasoning_effort": (_effort, f"one of {', '.join(EFFORTS)}"),
    "extra_body": (_extra_body, "a table of further fields, as {chat_template_kwargs = {enable_thinking = false}}"),
    "timeout_s": (_number(SHORTEST_S, LONGEST_S), _SECONDS),
    "connect_timeout_s": (_number(SHORTEST_S, LONGEST_S), _SECONDS),
    "prices": (_prices, "{prompt = 0.25, completion = 2.0}, in US dollars for a million tokens"),
}
