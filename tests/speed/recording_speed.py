"""Prints what recording and replaying cost, each beside what it is compared with, in one run.

Run: python tests/speed/recording_speed.py        (about five minutes; quote the ratios, not the seconds)
"""

import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx2
import openai
from tabulate import tabulate

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from synthworth.core.completion import Completion
from synthworth.generation.generator import Client, Endpoint, Generator, Limits
from synthworth.generation.recording import Recording, find_secret
from synthworth.generation.recording.cassette import RecordedRequest, asking, recorded
from synthworth.generation.recording.entries import dumps, entry, loads
from synthworth.generation.recording.store import Store
from timed_server import answering, asks_of, text_of

FOLDERS = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "support")]
MODEL = "m"
N, SAMPLED, ROUNDS, CONCURRENCY, DELAY_S = 3000, 40, 5, 32, 0.05
MEMORY = """
import resource, sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from recording_speed import client_of
from timed_server import asks_of
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
client_of(Path(sys.argv[1])).complete(asks_of(10_000))
print(before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def answer_of(text):
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    usage = {"prompt_tokens": 80, "completion_tokens": 120, "total_tokens": 200}
    return {"id": "x", "object": "chat.completion", "created": 0, "model": MODEL, "choices": [choice], "usage": usage}


def written(path, count):
    """A recording of that many answers."""
    found = [entry(request.body(MODEL), request, answer_of(text_of(request.sample))) for request in asks_of(count)]
    path.write_text(dumps({one["key"]: one for one in found}), encoding="utf-8")
    return path


def client_of(path):
    endpoint = Endpoint(Generator(name=MODEL), Limits(), None, connect=lambda: None)
    return Client(endpoint, Recording(path), missing=lambda absent: LookupError(len(absent)))


def seconds(work):
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def ask_each(client, requests, context):
    for request in requests:
        with context(request):
            client.chat.completions.create(**request.body(MODEL))


def asking_for(request):
    return asking(RecordedRequest(request.body(MODEL), request))


def bulk_of(path, requests):
    """Reads the recording and replays all of it as a suite does."""
    return seconds(lambda: client_of(path).complete(requests))


def through_the_client(path, requests):
    """Replays through the openai client, one request at a time."""
    store = Store(path)
    keeping = recorded(store, again=False, on_answer=lambda key: None, on_failure=lambda error: None)
    with openai.OpenAI(base_url="http://recorded.invalid/v1", api_key="none") as client, keeping:
        return seconds(lambda: ask_each(client, requests, asking_for))


def constant(requests):
    """The same client against an answer in memory: what replaying cannot be faster than."""
    answer = answer_of(text_of(0))
    transport = httpx2.MockTransport(lambda request: httpx2.Response(200, json=answer))
    with openai.OpenAI(
        base_url="http://recorded.invalid/v1", api_key="none", http_client=httpx2.Client(transport=transport)
    ) as client:
        return seconds(lambda: ask_each(client, requests, lambda request: contextlib.nullcontext()))


def as_vcrpy_comes(folder, requests, sampled):
    """vcrpy's own cassette in YAML, matching on the body: seconds a request, of some spread over the cassette."""
    import vcr

    path = folder / "vcrpy.yaml"
    matching = vcr.VCR(match_on=["method", "scheme", "host", "port", "path", "query", "body"])
    interactions = [
        {
            "request": {
                "method": "POST",
                "uri": "http://recorded.invalid/v1/chat/completions",
                "body": json.dumps(request.body(MODEL), separators=(",", ":"), ensure_ascii=False),
                "headers": {"content-type": ["application/json"]},
            },
            "response": {
                "status": {"code": 200, "message": "OK"},
                "headers": {"content-type": ["application/json"]},
                "body": {"string": json.dumps(answer_of(text_of(request.sample)))},
            },
        }
        for request in requests
    ]
    from vcr.serializers import yamlserializer

    path.write_text(yamlserializer.serialize({"version": 1, "interactions": interactions}))
    chosen = requests[:: len(requests) // sampled]
    with (
        openai.OpenAI(base_url="http://recorded.invalid/v1", api_key="none", max_retries=0) as client,
        matching.use_cassette(str(path), record_mode="none", allow_playback_repeats=True),
    ):
        ask_each(client, chosen[:1], lambda request: contextlib.nullcontext())
        taken = seconds(lambda: ask_each(client, chosen, lambda request: contextlib.nullcontext()))
    return taken / len(chosen)


class Unrecorded:
    """Answers that are kept nowhere: what an endpoint does without a recording."""

    mode = "missing"

    def __init__(self):
        self._asked = set()

    def find(self, body, sample):
        return Completion(text="", finish_reason="stop", prompt_tokens=1) if sample in self._asked else None

    @contextlib.contextmanager
    def recording(self):
        yield

    @contextlib.contextmanager
    def asking(self, body, request, **sent):
        yield
        self._asked.add(request.sample)

    @contextlib.contextmanager
    def unrecorded(self):
        yield

    def answered_by(self, server):
        """Keeps nothing."""


def sent(url, requests, answers):
    endpoint = Endpoint(Generator(name=MODEL, base_url=url), Limits(concurrency=CONCURRENCY), None, connect=lambda: url)
    client = Client(endpoint, answers, missing=lambda absent: LookupError(len(absent)))
    try:
        return seconds(lambda: client.complete(requests))
    finally:
        endpoint.close()


def recording_rate(folder):
    """Rates with and without a recording, in turns, so that both meet the same noise."""
    requests, with_it, without = asks_of(2000), [], []
    with answering(DELAY_S) as url:
        sent(url, requests[:200], Unrecorded())
        for turn in range(ROUNDS):
            without.append(len(requests) / sent(url, requests, Unrecorded()))
            recording = Recording(folder / f"{turn}.jsonl", "missing")
            with_it.append(len(requests) / sent(url, requests, recording))
    return statistics.median(with_it), statistics.median(without)


def memory(path):
    command = [sys.executable, "-c", MEMORY, str(path), *FOLDERS]
    before, after = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return int(before) / 1024, int(after) / 1024


def load_committed():
    count = 0
    for path in (Path(__file__).parents[2] / "cassettes").glob("*/*/*.jsonl"):
        text = path.read_text(encoding="utf-8")
        count += len(loads(text, path))
        assert not find_secret(text, os.environ)
    return count


def main():
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, openai {openai.__version__}"
    )
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = {count: written(folder / f"{count}.jsonl", count) for count in (1000, N, 10_000)}
        requests = asks_of(N)

        floor = statistics.median(constant(requests) for _ in range(3))
        client = statistics.median(through_the_client(paths[N], requests) for _ in range(3))
        bulk = statistics.median(bulk_of(paths[N], requests) for _ in range(5))
        own = as_vcrpy_comes(folder, requests, SAMPLED)
        rows += [
            ("the client against a constant answer in memory, s", floor, ""),
            ("replay through the client, s", client, f"{client / floor:.2f} x the constant answer"),
            (f"vcrpy matching on the body, s ({SAMPLED} timed)", own * N, f"{own * N / client:.0f} x the replay"),
            ("replay of a suite, no client, s", bulk, f"{client / bulk:.0f} x faster than through the client"),
        ]
        few, many = asks_of(1000), asks_of(10_000)
        taken = [through_the_client(paths[len(asks)], asks) for asks in (few, many)]
        rows.append(("10,000 through the client, s", taken[1], f"{taken[1] / taken[0]:.1f} x 1,000"))
        taken = [statistics.median(bulk_of(paths[len(asks)], asks) for _ in range(5)) for asks in (few, many)]
        rows.append(("10,000 without the client, s", taken[1], f"{taken[1] / taken[0]:.1f} x 1,000"))
        with_it, without = recording_rate(folder)
        rows.append(
            (
                f"record 2,000 at concurrency {CONCURRENCY}, answers/s",
                with_it,
                f"{with_it / without:.0%} of {without:.0f}",
            )
        )
        before, after = memory(paths[10_000])
        rows.append(("memory after replaying 10,000, MB", after, f"{before:.0f} before"))
        rows.append(("size of an interaction of 120 tokens, B", paths[N].stat().st_size / N, ""))
        taken = seconds(load_committed)
        rows.append((f"load and check the {load_committed():,} committed answers, s", taken, ""))
    print(tabulate(rows, (f"{N:,} interactions of about 120 tokens", "", ""), floatfmt=".3g"))


if __name__ == "__main__":
    main()
