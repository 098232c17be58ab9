"""Answers in a second with `--synth-concurrency auto` and with fixed numbers, against servers with a hidden limit.

`python tests/speed/concurrency_speed.py` prints both sides. A server on loopback, in a process of its own, has room for
LIMIT requests at once, each of which takes 0.2 s; more are refused with a 429, or wait.
"""

import argparse
import asyncio
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from clients import client_of, requests_of
from synthworth.core import Table, grid
from synthworth.generation.recording import Recording

LIMIT, ANSWER_S, REQUESTS = 24, 0.2, 800
FIXED = (12, 24, 36)
ANSWER = {"choices": [{"message": {"content": "a note"}, "finish_reason": "stop"}], "usage": {}}


async def serve(kind):
    """Serve on a free port, print it, and answer until the process ends."""
    room, under_way = asyncio.Semaphore(LIMIT), 0

    async def answer():
        nonlocal under_way
        if kind == "refuses" and under_way >= LIMIT:
            return b"HTTP/1.1 429 Too Many Requests\r\n", {"error": {"message": "full"}}
        under_way += 1
        try:
            async with room:
                await asyncio.sleep(ANSWER_S)
        finally:
            under_way -= 1
        return b"HTTP/1.1 200 OK\r\n", ANSWER

    async def connection(reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                await reader.readexactly(int(head.partition("content-length:")[2].partition("\r\n")[0]))
                status, content = await answer()
                body = json.dumps(content).encode()
                writer.write(
                    status + b"content-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body) + body
                )
                await writer.drain()

    server = await asyncio.start_server(connection, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def rate(url, concurrency):
    """The answers in a second; None if the server refused so often that the run ended."""
    with tempfile.TemporaryDirectory() as folder:
        recording = Recording(Path(folder) / "a.jsonl", "missing")
        with client_of(url, recording, retries=8, concurrency=concurrency) as client:
            client._endpoint.pause_s = 0.5
            begun = time.monotonic()
            try:
                client.complete(requests_of(REQUESTS))
            except ValueError:
                return None
            return REQUESTS / (time.monotonic() - begun)


def main():
    """Print a row for each kind of server and each setting."""
    rows = []
    for kind in ("refuses", "queues"):
        process = subprocess.Popen([sys.executable, __file__, "--serve", kind], stdout=subprocess.PIPE, text=True)
        try:
            url = f"http://127.0.0.1:{process.stdout.readline().strip()}/v1"
            rates = {name: rate(url, 0 if name == "auto" else int(name)) for name in [*map(str, FIXED), "auto"]}
        finally:
            process.terminate()
            process.wait()
        best = max(value or 0 for name, value in rates.items() if name != "auto")
        for name, value in rates.items():
            of_best = f"{value / best:.0%}" if value else "ended"
            rows.append(
                {"server": kind, "concurrency": name, "answers/s": value and round(value), "of the best": of_best}
            )
    print(f"{REQUESTS} requests, room for {LIMIT} at once, {ANSWER_S} s each")
    print(grid(Table(title="", rows=rows, headers={}, left=("server", "concurrency"))))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", default="")
    serving = parser.parse_args().serve
    asyncio.run(serve(serving)) if serving else main()
