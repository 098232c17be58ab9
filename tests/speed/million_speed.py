"""What a million requests cost beside the waiting for a server: processor time and memory, from 100,000 of them.

    python tests/speed/million_speed.py                     # a few minutes on two free cores
    python tests/speed/million_speed.py --requests 20000

A server on loopback, in a process of its own, answers at once, so that all time is ours. Ten recordings are made one
after the other in one process, as by a run of many tasks. The processor time is that of this process alone: on a
machine that does other things too, the time on the clock says nothing.
"""

import argparse
import os
import platform
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from clients import client_of
from synthworth.core import Table, grid
from synthworth.generation.recording import Recording
from timed_server import answering, asks_of

RECORDINGS, MILLION = 10, 1_000_000


def memory_mb():
    """The memory of this process now, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def recorded(url, folder, each):
    """Make the recordings; yield after each the requests answered, and the processor time and memory so far."""
    kept, begun = [], time.process_time()
    for number in range(RECORDINGS):
        recording = Recording(folder / f"{number}.jsonl", "missing")
        with client_of(url, recording, concurrency=64, retries=8) as client:
            requests = asks_of(each)
            answers = client.complete(requests)
            assert len(answers) == each
        recording.save()
        recording.put_away()  # as a run does, which goes on to the next task
        kept.append(recording)
        del requests, answers
        yield {
            "requests": (number + 1) * each,
            "processor time, s": round(time.process_time() - begun, 1),
            "memory, MB": round(memory_mb()),
        }


def main():
    """Print a row for each recording, and what follows for a million."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=100_000, help="in all recordings. Default: 100000")
    each = parser.parse_args().requests // RECORDINGS
    with tempfile.TemporaryDirectory() as folder, answering(0) as url:
        rows = list(recorded(url, Path(folder), each))
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(grid(Table(title="", rows=rows, headers={})))
    first, last = rows[len(rows) // 2 - 1], rows[-1]  # at first the process takes memory that it then uses again
    more = last["requests"] - first["requests"]
    seconds = (last["processor time, s"] - first["processor time, s"]) / more
    megabytes = (last["memory, MB"] - first["memory, MB"]) / more
    print(
        f"A million requests: {seconds * MILLION / 60:.0f} minutes of processor time, and "
        f"{last['memory, MB'] + megabytes * (MILLION - last['requests']):,.0f} MB"
    )


if __name__ == "__main__":
    main()
