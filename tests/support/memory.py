"""What a call needs of memory: tests of measures that must not build a square of all pairs share it."""

import tracemalloc


def peak(measure):
    """Bytes that Python and numpy held at most during the call."""
    tracemalloc.start()
    try:
        measure()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
