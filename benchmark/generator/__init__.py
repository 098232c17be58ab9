"""Who writes the texts: any OpenAI-compatible endpoint, or the embedded one, which needs no key."""

from benchmark.generator.client import Client, Generator, GeneratorError
from benchmark.generator.process import EmbeddedServer
from benchmark.generator.server import NAME as EMBEDDED
from benchmark.generator.server import Unavailable, serve

__all__ = ["EMBEDDED", "Client", "EmbeddedServer", "Generator", "GeneratorError", "Unavailable", "serve"]
