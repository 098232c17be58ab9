"""A server in a process of its own that answers after a given time, and requests to ask it: for measuring our own."""

import contextlib
import random
import subprocess
import sys

from synthworth.core.completion import Request

WORDS = [f"{a}{b}" for a in ("ba", "co", "di", "fu", "ge") for b in ("lan", "mer", "nit", "pos", "rus", "tal")]
SERVER = """
import asyncio, json, sys
answer = json.dumps({"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": [
    {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": sys.argv[2]}}],
    "usage": {"prompt_tokens": 80, "completion_tokens": 120, "total_tokens": 200}}).encode()
head = b"HTTP/1.1 200 OK\\r\\ncontent-type: application/json\\r\\ncontent-length: %d\\r\\n\\r\\n" % len(answer)
async def serve(reader, writer):
    try:
        while line := await reader.readline():
            size = 0
            while (line := await reader.readline()) not in (b"\\r\\n", b""):
                if line.lower().startswith(b"content-length:"):
                    size = int(line.split(b":")[1])
            await reader.readexactly(size)
            await asyncio.sleep(float(sys.argv[1]))
            writer.write(head + answer)
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    writer.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


@contextlib.contextmanager
def answering(delay_s):
    """Serve for as long as the block runs; give the base URL."""
    command = [sys.executable, "-c", SERVER, str(delay_s), text_of(0)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}/v1"
        finally:
            process.terminate()


def text_of(number):
    """About 120 tokens of English: 480 characters."""
    return " ".join(random.Random(number).choices(WORDS, k=69))


def asks_of(count):
    """That many samples of as many different prompts."""
    return [
        Request(
            messages=(
                {"role": "system", "content": "You write notes. " * 5},
                {"role": "user", "content": f"Write note {i} of 80 words. " * 5},
            ),
            parameters={"temperature": 0.7, "top_p": 0.9, "max_tokens": 128, "seed": i},
            sample=i,
            label="a",
            parts={"context": "0" * 8, "generation": "1" * 8},
        )
        for i in range(count)
    ]
