"""The number of CPU threads that torch computes on: another number rounds otherwise."""

import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def computing_on(threads: int) -> Iterator[None]:
    """Let torch compute on that many CPU threads inside the with block."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
