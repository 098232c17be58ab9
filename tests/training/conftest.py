"""Fixtures of the tests of training."""

import pytest


@pytest.fixture
def one_thread():
    """Torch on one thread: networks as small as a test's are slower on two, and much slower on a busy machine."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
