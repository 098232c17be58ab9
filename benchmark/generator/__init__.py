"""Who writes the texts: any OpenAI-compatible endpoint, or the embedded one, which needs no key."""

from benchmark.generator.client import Client
from benchmark.generator.endpoint import Ask, Endpoint, Generator, GeneratorError
from benchmark.generator.limits import BYTES_PER_TOKEN, Limits, Price, most_tokens, parse_budget, price_of
from benchmark.generator.process import EmbeddedServer
from benchmark.generator.server import NAME as EMBEDDED
from benchmark.generator.server import Unavailable, serve

__all__ = [
    "BYTES_PER_TOKEN",
    "EMBEDDED",
    "Ask",
    "Client",
    "EmbeddedServer",
    "Endpoint",
    "Generator",
    "GeneratorError",
    "Limits",
    "Price",
    "Unavailable",
    "most_tokens",
    "parse_budget",
    "price_of",
    "serve",
]
