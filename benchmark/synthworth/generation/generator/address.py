"""The generator that is asked, and the address of its server."""

import ipaddress
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from synthworth.core import Request
from synthworth.generation.generator.embedded import is_embedded
from synthworth.generation.generator.limits import Price, price_at, price_of
from synthworth.generation.generator.settings import AnswerSettings, ServerSettings

OPENAI = "https://api.openai.com/v1"
BASE_URL = "OPENAI_BASE_URL"  # the environment's variable that openai's own clients read
ENDPOINT = "/chat/completions"
EXAMPLE = "give NAME or NAME@BASE_URL, as in qwen3-8b@http://127.0.0.1:8000/v1"
# An address without its scheme, where a version could stand: m@127.0.0.1:8000, m@host.example/v1, but not m@20240620.
NO_SCHEME = re.compile(
    r"localhost|\[.*\]|\d+(\.\d+){3}|[\w-]+(\.[\w-]+)*:\d+|[\w-]+(\.[\w-]+)*\.[a-z]+/", re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True)
class Address:
    """The base URL of an OpenAI-compatible server, taken apart: only `shown` and `recorded` may be written anywhere."""

    base: str  # with user and password, without query and without /chat/completions at its end
    query: str
    host: str
    shown: str  # without user, password and query, which may all hold keys

    @classmethod
    def parse(cls, url: str) -> "Address":
        """The address of a base URL, with or without `/chat/completions`; raises ValueError if it is none.

        >>> Address.parse("https://me:pw@a.example/v1/chat/completions?api-version=2").shown
        'https://a.example/v1'
        """
        try:
            parts = urlsplit(url.strip())
            host, port = parts.hostname, parts.port
        except ValueError:  # whose text repeats a part of the URL, which may be one of a password
            raise ValueError(
                "the base URL cannot be read (a port that is no number, or a bracket too many?); give one as in "
                "http://127.0.0.1:8000/v1, a / in a password as %2F"
            ) from None
        if parts.scheme not in ("http", "https") or not host or re.search(r"\s", url.strip()):
            raise ValueError("the base URL has no server; give one as in http://127.0.0.1:8000/v1")
        path = parts.path.rstrip("/").removesuffix(ENDPOINT)
        where = f"[{host}]" if ":" in host else host
        shown = urlunsplit((parts.scheme, f"{where}:{port}" if port else where, path, "", ""))
        return cls(
            base=urlunsplit((parts.scheme, parts.netloc, path, "", "")), query=parts.query, host=host, shown=shown
        )

    @property
    def url(self) -> str:
        """The URL that a question is sent to."""
        return f"{self.base}{ENDPOINT}" + (f"?{self.query}" if self.query else "")

    @property
    def recorded(self) -> str:
        """The address as a recording names it: of a server on this machine, without the port, which tells nothing."""
        if not self.is_loopback:
            return self.shown
        parts = urlsplit(self.shown)
        return urlunsplit((parts.scheme, "localhost", parts.path, "", ""))

    @property
    def is_loopback(self) -> bool:
        """True if the server is on this machine."""
        if self.host == "localhost" or self.host.endswith(".localhost"):
            return True
        try:
            address = ipaddress.ip_address(self.host)
        except ValueError:
            return False
        return address.is_loopback or address.is_unspecified

    @property
    def is_openai(self) -> bool:
        """True if the server is OpenAI's own, whose prices we know and who may know our organisation."""
        return self.host == "api.openai.com" or self.host.endswith(".api.openai.com")


@dataclass(frozen=True, kw_only=True)
class Generator:
    """The model that writes the texts, and the servers that have it.

    `name` is what tables show and recordings lie under; `model` is what the server is asked for ("": the same).
    `base_url` is that of its server (None: see `server`), and `replicas` those of others with the same model.
    `settings` change an answer, `line` does not. `price` is its own (None: see `price_of`), and `typed` is what a user
    types for it, if it is not the name and the URL.
    """

    name: str
    base_url: str | None = None
    replicas: tuple[str, ...] = ()
    model: str = ""
    settings: AnswerSettings = field(default_factory=AnswerSettings)
    line: ServerSettings = field(default_factory=ServerSettings)
    price: Price | None = None
    typed: str = ""

    @classmethod
    def parse(cls, text: str) -> "Generator":
        """`NAME` or `NAME@BASE_URL[,BASE_URL...]`; a name may hold an @ itself.

        Raises ValueError, without a key, if it is neither.

        >>> Generator.parse("@cf/qwen@http://127.0.0.1:8000/v1").base_url
        'http://127.0.0.1:8000/v1'
        >>> Generator.parse("claude@20240620").base_url
        >>> Generator.parse("qwen@http://a.example/v1,http://b.example/v1").replicas
        ('http://b.example/v1',)
        """
        text = text.strip()
        if not text.isprintable():
            raise ValueError(f"generator {_without_url(text)!r} has characters that cannot be shown; {EXAMPLE}")
        if match := re.fullmatch(r"(.+)@(https?://.*)", text, re.IGNORECASE | re.DOTALL):
            first, *others = split_urls(match[2])
            try:
                address, *_ = [Address.parse(url) for url in (first, *others)]
            except ValueError as error:
                raise ValueError(f"generator {_without_url(match[1])!r}: {error}") from None
            if "://" in match[1]:
                raise ValueError(f"generator at {address.shown} has two base URLs; {EXAMPLE}")
            return cls(name=match[1], base_url=first, replicas=tuple(others))
        if re.match(r"@?https?://", text, re.IGNORECASE):
            raise ValueError(f"generator is a base URL without the name of a model; {EXAMPLE}")
        _, at, behind = text.rpartition("@")
        if not text or text.endswith("@") or "://" in text or (at and NO_SCHEME.match(behind)):
            raise ValueError(f"generator {_without_url(text)!r}; {EXAMPLE}")
        return cls(name=text)

    @property
    def asked_model(self) -> str:
        """The name that the server knows the model by."""
        return self.model or self.name

    @property
    def is_plain(self) -> bool:
        """True if its name alone says what is asked of it: a stranger without its table finds its answers."""
        return self.asked_model == self.name and self.settings == AnswerSettings()

    def price_by(self, prices: Path | None = None) -> Price | None:
        """Return its price: by a file of prices, its own, or by our list if that holds for its server; None if unknown.

        Raises ValueError if the file cannot be read.
        """
        ours = self.is_at_openai or is_embedded(self.asked_model)
        listed = price_of(self.asked_model, prices, ours=False)
        return listed or self.price or price_of(self.asked_model, ours=ours) or self._price_at_provider()

    def _price_at_provider(self) -> Price | None:
        """Return the price at a provider's own server; an address that cannot be read is refused elsewhere."""
        try:
            return price_at(urlsplit(self.server).hostname or "", self.asked_model)
        except ValueError:
            return None

    def body(self, request: Request) -> dict[str, Any]:
        """Return the body of a request to this generator: a recording's key is made of it.

        >>> question = Request(messages=(), parameters={"temperature": 0.7}, sample=0, label="news")
        >>> Generator(name="hot", model="qwen3-8b", settings=AnswerSettings(temperature=1.3)).body(question)
        {'model': 'qwen3-8b', 'messages': [], 'temperature': 1.3}
        """
        return self.settings.applied(request.body(self.asked_model))

    @property
    def server(self) -> str:
        """The base URL that is really asked: the generator's own, else the environment's, else OpenAI's."""
        return self.base_url or os.environ.get(BASE_URL, "").strip() or OPENAI

    @property
    def is_at_openai(self) -> bool:
        """True if OpenAI's own server is asked."""
        try:
            return Address.parse(self.server).is_openai
        except ValueError:
            return False

    @property
    def shown(self) -> str:
        """The generator as text without user, password or query of its URLs: for whatever is printed."""
        if self.typed or not self.base_url:
            return self.typed or self.name
        return f"{self.name}@{shown_urls((self.base_url, *self.replicas))}"


def split_urls(text: str) -> list[str]:
    """Split base URLs at the commas between them; a comma within one stays.

    >>> split_urls("http://a.example/v1,https://b.example/v1?x=1,2")
    ['http://a.example/v1', 'https://b.example/v1?x=1,2']
    """
    return [url.strip() for url in re.split(r",\s*(?=https?://)", text, flags=re.IGNORECASE)]


def shown_urls(urls: Iterable[str]) -> str:
    """Return base URLs as text, without user, password or query."""
    return ",".join(Address.parse(url).shown for url in urls)


def _without_url(text: str) -> str:
    """Return what a user typed for a generator up to where a URL may begin, which cannot be taken apart here."""
    return re.sub(r"(?<=.)(@|://).+", r"\1***", text, flags=re.DOTALL)
