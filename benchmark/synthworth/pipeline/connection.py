"""The line to a generator, from its name to its end: the embedded server starts with the first question."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from synthworth.generation.generator import EmbeddedServer, Endpoint, Generator, Limits, Price, is_embedded
from synthworth.generation.recording import redacted


@contextlib.contextmanager
def connected(
    generator: Generator,
    *,
    notice: Callable[[str], None],
    weights: Path | None = None,
    limits: Limits | None = None,
    price: Price | None = None,
) -> Iterator[Endpoint]:
    """Open the line to a generator; at the end, close the connections and stop the embedded server.

    An embedded generator, or any whose `weights` are given, runs in a process of our own, unless it has a base URL.
    `notice` gets lines for the user, without secrets.
    """
    server = EmbeddedServer(generator.asked_model, weights, notice)
    embedded = generator.base_url is None and (weights is not None or is_embedded(generator.asked_model))
    endpoint = Endpoint(
        generator,
        limits or Limits(),
        price,
        connect=server.start if embedded else lambda: generator.base_url,
        notice=notice,
        redact=lambda text: redacted(text, {**os.environ, **generator.line.secrets}),
    )
    try:
        yield endpoint
    finally:
        endpoint.close()
        server.stop()
