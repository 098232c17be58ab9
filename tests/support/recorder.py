"""Records in a process of its own, which a test can kill, and saves as a run does.

Run: python tests/recorder.py URL FILE MODE FIRST COUNT CONCURRENCY [BYTES that a file may have at most]
"""

import resource
import signal
import sys
from pathlib import Path

from clients import client_of, requests_of
from synthworth.generation.recording import Recording


def main(url, path, mode, first, count, concurrency, most=None):
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background has it ignored
    if most:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(most), int(most)))
    recording = Recording(Path(path), mode)
    try:
        try:
            with client_of(url, recording, concurrency=int(concurrency)) as client:
                client.complete(requests_of(int(count), first=int(first)))
        except BaseException:
            if mode != "all":
                recording.save()
            raise
        recording.save()
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(*sys.argv[1:])
