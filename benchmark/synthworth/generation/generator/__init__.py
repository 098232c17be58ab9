"""The generator of the texts: any OpenAI-compatible endpoint, or the embedded one, which needs no key."""

from synthworth.generation.generator.address import Generator
from synthworth.generation.generator.client import Client
from synthworth.generation.generator.endpoint import Ask, Endpoint, GeneratorError
from synthworth.generation.generator.limits import BYTES_PER_TOKEN, Limits, Price, most_tokens, parse_budget, price_of
from synthworth.generation.generator.process import EmbeddedServer
from synthworth.generation.generator.server import NAME as EMBEDDED
from synthworth.generation.generator.server import Unavailable, serve

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
