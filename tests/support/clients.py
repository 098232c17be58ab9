"""Requests to ask, and a client to ask them with."""

import contextlib

from synthworth.core.completion import Request
from synthworth.generation.generator import Client, Endpoint, Generator, Limits
from synthworth.generation.recording.store import Store

MESSAGES = ({"role": "system", "content": "You write notes."}, {"role": "user", "content": "Write the planted note."})


def requests_of(count, first=0, **parameters):
    """That many requests, told apart by their seed, which is the sample index too."""
    return [
        Request(
            messages=MESSAGES,
            parameters={"temperature": 0.7, "max_tokens": 40, "seed": i, **parameters},
            sample=i,
            label="a",
            parts={"context": "01234567"},
        )
        for i in range(first, first + count)
    ]


def samples_of_one_request(count):
    """That many samples of one request: bodies that are equal to the letter."""
    one = {"temperature": 0.7, "max_tokens": 40}
    return [Request(messages=MESSAGES, parameters=one, sample=i, label="a") for i in range(count)]


@contextlib.contextmanager
def client_of(
    url, recording, *, retries=0, missing=LookupError, on_answer=lambda done, wanted: None, price=None, **options
):
    """A client of the server at `url`, which asks the generator m or another; its connections are closed at the end."""
    generator = options.pop("generator", None) or Generator(name="m", base_url=url)
    told = {name: options.pop(name) for name in ("notice", "redact") if name in options}
    endpoint = Endpoint(generator, Limits(**options), price, connect=lambda: url, **told)
    endpoint.retries, endpoint.pause_s = retries, 0.01
    try:
        yield Client(endpoint, recording, missing=missing, on_answer=on_answer)
    finally:
        endpoint.close()


def texts_of(completions):
    """The texts of the answers."""
    return [completion.text for completion in completions]


def samples_in(path):
    """The sample indices of the answers in a recording and its journal."""
    return sorted(one["sample"] for one in Store(path).entries.values())


def entries_in(path):
    """The entries of a recording and its journal, by sample index."""
    return {one["sample"]: one for one in Store(path).entries.values()}
